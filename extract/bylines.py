"""A byline as people: without "By", titles, places and agencies, several authors apart."""

from __future__ import annotations

import re
from collections.abc import Iterable

_BY = re.compile(
    r"^\W*(?:written|words|story|text|report|reporting|posted|published|analysis|opinion|review|photos? and story)?\s*"
    r"(?:by|par|von|por|door|oleh|da|di|af|av|\u0628\u0642\u0644\u0645|\u0643\u062a\u0628|\u0430\u0432\u0442\u043e\u0440|yazan|penulis|auteur|autor|autore|author|reporter)"
    r"(?:\b|(?=:))\s*[:\u2013-]?\s*",
    re.IGNORECASE,
)
_SPLIT = re.compile(
    r"\s*(?:,|;|\||/|\u2022|\u00b7|\n|&|\u060c|\u3001|\s(?:and|et|und|y|en|dan|ve|og|och|oraz|\u0438|\u0648|with|mit|avec)\s)\s*"
)
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?\s+\d"
_TAIL = re.compile(
    r"\s*(?:\(.*|\b(?:is|was) (?:an?|the)\b.*|\b(?:for|in|at|of|reports?|reporting|correspondent|editor|contributor|contributing|reporter"
    r"|columnist|photograph\w*|published|updated|posted|last|link copied|follow|share|produced"
    r"|(?:the\s+)?associated press|reuters|afp|agence|staff|special to|senior|chief)\b.*"
    rf"|\b{_MONTH}.*|\d.*|https?:.*|@.*|:.*|[-\u2013\u2014]\s.*|\s(?:\uae30\uc790|\ud2b9\ud30c\uc6d0|\u8a18\u8005).*)$",
    re.IGNORECASE,
)
_DESK = re.compile(
    r"\b(?:ap|afp|dpa|epa|ansa|efe|ians|pti|reuters|associated press|agence|agency|agencies|agentur|ajans\u0131"
    r"|staff|desk|newsroom|editors?|editorial"
    r"|board|team|redaktion|redacci\u00f3n|r\u00e9daction|redactie|redaksi|redazione|redakcja|redaksjonen|news|newspaper|press|admin|administrator|webmaster"
    r"|correspondents?|contributors?|service|online|web|media|tv|radio|magazine|times|post|daily|herald|tribune|gazette|journal"
    r"|officer|director|head|professor|president|manager|chief|founder|university|institute|foundation|limited|inc|ltd|gmbh"
    r"|photograph\w*|illustrat\w*|image|images|getty|updated|published|posted|last|today|yesterday|subscribe|newsletter)\b"
    r"|\.com|\.org|\.net|www\.|@",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"(?:https?://|www\.|^/)\S*", re.IGNORECASE)
_PARTICLES = frozenset(
    [
        "de",
        "del",
        "della",
        "der",
        "den",
        "di",
        "da",
        "do",
        "dos",
        "das",
        "du",
        "la",
        "le",
        "van",
        "von",
        "zu",
        "zur",
        "ten",
        "ter",
        "bin",
        "bint",
        "ibn",
        "al",
        "el",
        "af",
        "av",
        "y",
        "e",
        "i",
        "of",
        "und",
    ]
)
LONGEST_NAME = 60


def people(values: Iterable[str], *sites: str) -> tuple[str, ...]:
    """The persons named in bylines, each once, in order. `sites` are names of the outlet."""
    found: dict[str, str] = {}
    for value in values:
        text = value.strip()[:400]
        if text.startswith(","):
            continue  # a name that a template left out, and the outlet after it
        parts = _SPLIT.split(_BY.sub("", _ADDRESS.sub(" ", text)))
        for part in parts:
            if is_site(part, *sites):
                continue
            name = cleaned(part, *sites)
            if is_person(name, *sites) and (len(parts) == 1 or " " in name or not name.isascii()):
                found.setdefault(name.casefold(), name)
    return tuple(found.values())[:20]


def cleaned(part: str, *sites: str) -> str:
    """One author's name without what stands around it: "By", dates, the outlet."""
    name = _BY.sub("", part.strip())
    for site in sites:
        if len(site) > 2 and name.casefold().endswith(" " + site.casefold()):
            name = name[: -len(site)]
    name = re.sub(r"\s+(?:the|le|la|der|die|das)$", "", _TAIL.sub("", name).strip(), flags=re.IGNORECASE)
    return name.strip(" .,:;-\u2013\u2014*\"'|")


def is_person(name: str, *sites: str) -> bool:
    """Whether a part of a byline looks like somebody's name and not like a desk, an agency or the outlet."""
    if not 2 <= len(name) <= LONGEST_NAME or (len(name) == 2 and name.isascii()) or _DESK.search(name):
        return False
    if is_site(name, *sites) or ")" in name or not name[0].isalpha() or any(each.isdigit() for each in name):
        return False
    words = name.split()
    low = [word for word in words if word[0].islower() and word.rstrip(".") not in _PARTICLES]
    return len(words) <= 6 and not low


def is_site(name: str, *sites: str) -> bool:
    """Whether a name is the outlet's own, however it is spelt ("The Sample", "sample.example")."""
    mine = _squeezed(name)
    return any(mine == theirs or (len(mine) > 4 and mine in theirs) for theirs in map(_squeezed, sites) if theirs)


def _squeezed(name: str) -> str:
    name = re.sub(r"^(?:the|le|la|les|der|die|das|el|www)[\s.]+|\.\w{2,4}(?:\.\w{2})?$", "", name.strip().casefold())
    return re.sub(r"[\W_]+", "", name)
