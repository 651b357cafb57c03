"""Where a repost says that its text comes from, in nine languages."""

from __future__ import annotations

import re

from extract import addresses
from model import Credit

_NAME = r"(?P<outlet>[^\s,.;:()\u2013\u2014][^,;()\n\u2013\u2014]{1,60}?)"
_SOURCE = re.compile(
    r"^\W{0,3}(?:source|original source|via|credit|quelle|fuente|bron|kaynak|sumber|\u0438\u0441\u0442\u043e\u0447\u043d\u0438\u043a|"
    r"\u0627\u0644\u0645\u0635\u062f\u0631|originally (?:published|posted) (?:in|at|on|by)|originalquelle|source originale)"
    rf"\s*[:\uff1a\u2013-]?\s+(?:the article in\s+)?{_NAME}\s*(?:[,|\u2013\u2014-]\s*(?P<author>[^,;|\n]{{3,60}}))?\s*\.?$",
    re.IGNORECASE,
)
_FIRST = re.compile(
    r"(?:(?:this|the) (?:article|story|piece|report|post|essay|interview) (?:was )?(?:first |originally )+(?:appeared|published|posted|ran)"
    r"(?: (?:in|on|at|by))?|(?:re)?published with (?:the )?permission (?:of|from)|reprinted (?:from|with permission (?:of|from))"
    r"|cet article (?:a \u00e9t\u00e9 |est )?(?:initialement |d'abord )?(?:publi\u00e9|paru) (?:dans|sur|par)"
    r"|dieser (?:artikel|beitrag|text) (?:ist |erschien |wurde )+(?:zuerst |urspr\u00fcnglich )?(?:erschienen |ver\u00f6ffentlicht )?(?:in|auf|bei)"
    r"|este (?:art\u00edculo|reportaje) (?:se public\u00f3|fue publicado|apareci\u00f3) (?:originalmente |por primera vez )?(?:en|por)"
    r"|dit artikel (?:verscheen|is) (?:eerder |eerst )?(?:verschenen |gepubliceerd )?(?:in|op|bij)"
    r"|artikel ini (?:pertama kali )?(?:terbit|tayang|dimuat) (?:di|pada)"
    r"|bu (?:yaz\u0131|haber|makale|s\u00f6yle\u015fi) ilk (?:olarak|kez)"
    r"|(?:эта |данная )?(?:статья|заметка|материал) (?:был[аи]? )?(?:впервые|изначально) (?:был[аи]? )?опубликован[аоы]? (?:в|на)"
    r"|نُ?شر(?:ت)? (?:هذا|هذه) (?:المقال|المقالة|التقرير|المادة) (?:لأول مرة |أصل[اً]+ |أول[اً]+ )?(?:في|على))"
    rf"\s+{_NAME}(?:\s+(?:by|von|par|por|door|oleh)\s+(?P<author>[^,;.\n]{{3,60}}))?(?:[.,;]|$|['’]\w{{2,5}}\s+yay|\s+(?:on|and|under|am|le|el|op|pada)\s)",
    re.IGNORECASE,
)
_ALONE = 160
"""Characters; a longer line says more than where the text is from, and stays."""
EDGE = 4
"""Lines from the beginning or the end of a text in which a credit stands."""


def read(lines: list[str], whole: list[str], url: str, canonical_url: str) -> tuple[Credit | None, list[str]]:
    """The credit in a text's first or last lines, and the lines without it.

    What the lines do not say is looked for in the `whole` text that they were chosen from. A canonical address on
    another site is a credit too.
    """
    for each in (lines, whole):
        found = _line(each)
        if found is not None:
            index, credit = found
            short = each is lines and len(each[index].strip()) < _ALONE
            return credit, lines[:index] + lines[index + 1 :] if short else lines
    here, there = _site(url), _site(canonical_url)
    return (Credit(there) if here and there and here != there else None), lines


def _line(lines: list[str]) -> tuple[int, Credit] | None:
    for index in _edges(len(lines)):
        line = lines[index].strip()
        match = _SOURCE.match(line) if len(line) < _ALONE else None
        match = match or (_FIRST.search(line) if len(line) < 400 else None)
        if match and _is_name(match["outlet"]):
            return index, Credit(match["outlet"].strip(" .«»„“”"), (match["author"] or "").strip(" ."))
    return None


def _edges(count: int) -> list[int]:
    return [*range(count - 1, max(count - 1 - EDGE, -1), -1), *range(min(EDGE, max(count - EDGE, 0)))]


def _is_name(text: str) -> bool:
    words = text.split()
    return len(words) <= 8 and (text[:1].isupper() or not text[:1].isascii() or "." in text)


def _site(url: str) -> str:
    """The host without its usual first part, so that www and mobile pages are of one site."""
    parts = addresses.host(url).split(".")
    return ".".join(parts[-3:] if len(parts) > 2 and len(parts[-2]) <= 3 else parts[-2:])
