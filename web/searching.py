"""What somebody types into the search field, as a query of FTS5 that cannot be malformed.

Words are looked for by their beginnings, all of them; what stands in quotation marks as it stands. Arabic writes its
article and small words onto the next one, so those are tried before an Arabic word as well.
"""

from __future__ import annotations

import re
import unicodedata

MOST = 10
"""Words that are looked for."""
CLITICS = ("", "ال", "و", "وال", "ب", "بال", "ل", "لل", "ف", "ك", "ول", "وب")
_PART = re.compile(r'"([^"]*)"|([^\s"]+)')
_ARABIC = re.compile("[\u0600-\u06ff]")


def match(text: str) -> str:
    """The query; empty where nothing can be looked for."""
    parts = [_phrase(quoted) if quoted else _words(bare) for quoted, bare in _PART.findall(text[:300])]
    return " AND ".join([part for part in parts if part][:MOST])


def _phrase(text: str) -> str:
    words = _split(text)
    return f'"{" ".join(words)}"' if words else ""


def _words(text: str) -> str:
    """A run without blanks may hold several words: they stand together."""
    words = _split(text)
    if not words:
        return ""
    if len(words) == 1 and _ARABIC.search(words[0]):
        return "(" + " OR ".join(f'"{clitic}{words[0]}"*' for clitic in CLITICS) + ")"
    return f'"{" ".join(words)}"*'


def _split(text: str) -> list[str]:
    plain = "".join(c for c in unicodedata.normalize("NFC", text) if not _is_vowel_mark(c))
    return re.findall(r"[^\W_]+", plain)


def _is_vowel_mark(char: str) -> bool:
    """Arabic texts in the news leave these out."""
    return "\u064b" <= char <= "\u0652" or char in "\u0670\u0640"
