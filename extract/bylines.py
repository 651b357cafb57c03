"""A byline as people: without "By", titles and agencies, several authors apart."""

from __future__ import annotations

import re
from collections.abc import Iterable

_BY = re.compile(
    r"^\W*(?:written|words|story|text|report|reporting|posted|published)?\s*"
    r"(?:by|par|von|por|door|oleh|da|di|\u0628\u0642\u0644\u0645|\u0643\u062a\u0628|\u0430\u0432\u0442\u043e\u0440|yazan|penulis|auteur|autor|author)\b\s*[:\u2013-]?\s*",
    re.IGNORECASE,
)
_SPLIT = re.compile(
    r"\s*(?:,|;|\||/|\u2022|\u00b7|\n|&|\u060c|\s(?:and|et|und|y|en|dan|ve|\u0438|\u0648|with|mit|avec)\s)\s*"
)
_TAIL = re.compile(
    r"\s*(?:\(.*\)|\b(?:is|was) (?:an?|the)\b.*|\b(?:for|in|at|of|reports?|reporting|correspondent|editor|contributor|reporter|published|updated"
    r"|associated press|reuters|afp|agence|staff)\b.*|\d.*|https?:.*|@.*|[-\u2013\u2014]\s.*)$",
    re.IGNORECASE,
)
_DESK = re.compile(
    r"\b(?:ap|afp|dpa|reuters|associated press|agence|agency|agencies|staff|desk|newsroom|editors?|editorial|team|redaktion|redacci\u00f3n|"
    r"r\u00e9daction|redactie|redaksi|news|press|admin|administrator|webmaster|correspondent|contributors?|service|online|web|media|tv)\b|\.com|www\.",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"(?:https?://|www\.|^/)\S*", re.IGNORECASE)
_THE = re.compile(r"^(?:the|le|la|les|der|die|das|el)\s+")
LONGEST_NAME = 60


def people(values: Iterable[str], outlet: str = "") -> tuple[str, ...]:
    """The persons named in bylines, each once, in order."""
    found: dict[str, str] = {}
    for value in values:
        text = _BY.sub("", _ADDRESS.sub(" ", value.strip()[:400]))
        for part in _SPLIT.split(text):
            name = _TAIL.sub("", _BY.sub("", part)).strip(" .,:;-\u2013\u2014*\"'")
            if is_person(name, outlet):
                found.setdefault(name.casefold(), name)
    return tuple(found.values())[:20]


def is_person(name: str, outlet: str) -> bool:
    """Whether a part of a byline looks like somebody's name and not like a desk, an agency or the outlet."""
    same = _THE.sub("", name.casefold()) == _THE.sub("", outlet.casefold())
    if not 3 <= len(name) <= LONGEST_NAME or same or _DESK.search(name):
        return False
    words = name.split()
    if ")" in name or (len(words) == 1 and name.isascii() and name[0].islower()):
        return False  # what a bracket left over, or somebody's name for a network
    return len(words) <= 6 and not any(character.isdigit() for character in name) and name[0].isalpha()
