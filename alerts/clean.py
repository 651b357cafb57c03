"""Foreign text made fit to be shown: no control characters, nothing invisible, nothing that reorders a line.

Everything that a page or a mail server said passes through here before a person sees it. Bidirectional overrides can
make a line read as its opposite and zero-width characters hide words from a search (Unicode TR 36, section 3), so both
go. What a script needs stays: the zero-width non-joiner between Arabic letters is part of Persian spelling.
"""

from __future__ import annotations

import dataclasses
import re
import unicodedata
from typing import Any, TypeVar
from urllib.parse import urlsplit

T = TypeVar("T")

LONGEST = 2000
"""Characters of one text that are ever shown."""
LONGEST_URL = 1800
"""Characters of a link; a longer one is not shown as one."""
MOST = 60
"""Values of one list that are looked at."""

MARKS = " \"'“”„«»‹›‘’「」"
"""Quotation marks and blanks, as they stand around a quotation."""
_HIDDEN = {"Cc", "Cf", "Cs", "Co"}
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters and marks that show as nothing."""
_ZWNJ = re.compile("(?<=[\u0600-\u06ff])\u200c(?=[\u0600-\u06ff])")
_KEPT = "\ufdd0"
"""A noncharacter that stands in for a kept ZWNJ while everything hidden is taken out."""
_MARKS = re.compile(
    "([\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u20d0-\u20ff]{3})[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u20d0-\u20ff]+"
)
_URL_FIELDS = {"url", "canonical_url", "image"}


def line(text: str, limit: int = LONGEST) -> str:
    """One line of visible text, at most `limit` characters; what is cut off shows as `…`."""
    kept = _ZWNJ.sub(_KEPT, text[: limit * 4].replace(_KEPT, ""))
    spaced = " ".join(kept.split())
    visible = "".join(c for c in spaced if unicodedata.category(c) not in _HIDDEN and c not in _BLANK)
    return shorten(" ".join(_MARKS.sub(r"\1", visible).replace(_KEPT, "\u200c").split()), limit)


def paragraphs(text: str, limit: int = LONGEST) -> str:
    """Like `line`, with its line breaks kept, at most one blank line in a row."""
    lines = [line(each, limit) for each in text[: limit * 4].splitlines()]
    return shorten(re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip(), limit)


def shorten(text: str, limit: int) -> str:
    """At most `limit` characters, cut at a word where one ends near."""
    if len(text) <= limit:
        return text
    head = text[: limit - 1]
    word = head.rfind(" ", limit * 3 // 4)
    return (head[:word] if word > 0 else head).rstrip() + "…"


def http_url(url: str) -> str:
    """The address if a person can safely be given it as a link, else nothing.

    Only http and https with a host; no user part (`https://bank.example@evil.example`), no blanks or control
    characters, none that is too long.
    """
    address = url.strip()
    if (
        not 0 < len(address) <= LONGEST_URL
        or line(address, LONGEST_URL) != address
        or re.search(r"[\s<>\"\\^`{|}]", address)
    ):
        return ""
    try:
        parts = urlsplit(address)
        fit = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.username is None
        _ = parts.port
    except ValueError:
        return ""
    return address if fit else ""


def values(value: T, field: str = "") -> T:
    """Clean every text in a frozen value, however deep; addresses that are not links become empty."""
    return _clean(value, field)  # type: ignore[no-any-return]


def _clean(value: Any, field: str) -> Any:
    if isinstance(value, str) and type(value) is str:
        return _text(value, field)
    if isinstance(value, tuple):
        return tuple(_clean(each, field) for each in value[:MOST])
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        changes = {f.name: _clean(getattr(value, f.name), f.name) for f in dataclasses.fields(value)}
        return dataclasses.replace(value, **changes)
    return value


def _text(value: str, field: str) -> str:
    if field in _URL_FIELDS:
        return http_url(value)
    if field == "key":
        return value
    if field == "words":
        return f"{' ' * value[:1].isspace()}{line(value)}{' ' * value[-1:].isspace()}"
    return paragraphs(value) if field == "body" else line(value)
