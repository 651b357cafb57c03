"""Folding that keeps offsets: a folded text has the same length as the text, character for character.

Lower case, no accents, one spelling of Arabic letters as Arabic retrieval has it (Larkey, Ballesteros and Connell 2002,
"light" normalisation): alef with hamza or madda is alef, alef maqsura is ya, ta marbuta is ha.
"""

from __future__ import annotations

import re
import unicodedata

_SPECIAL = {
    "ى": "ي",
    "ة": "ه",
    "ی": "ي",
    "ک": "ك",
    "ئ": "ي",
    "ؤ": "و",
    "ı": "i",
    "İ": "i",
    "ø": "o",
    "ł": "l",
    "đ": "d",
    "Ø": "o",
    "Ł": "l",
    "Đ": "d",
    "\u00a0": " ",
    "\u202f": " ",
    "’": "'",
    "‘": "'",
}


class _Table(dict[int, str]):
    """What each character becomes, worked out when it is first seen."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        base = unicodedata.normalize("NFD", char)[0].lower()
        self[code] = folded = _SPECIAL.get(char, base[0] if base else char)
        return folded


_TABLE = _Table()
_FOREIGN = re.compile(r"[^\x00-\x7f]+")


def fold(text: str) -> str:
    """The folded text; `len(fold(text)) == len(text)`."""
    if text.isascii():
        return text.lower()
    # most letters of most texts are ASCII, and `lower` is much quicker than a table; what the table gives is in lower case
    return _FOREIGN.sub(_folded, text).lower()


def _folded(match: re.Match[str]) -> str:
    return match[0].translate(_TABLE)
