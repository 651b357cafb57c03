"""Folding that keeps offsets: a folded text has the same length as the text, character for character.

Lower case, no accents, one spelling of Arabic letters as Arabic retrieval has it (Larkey, Ballesteros and Connell 2002,
"light" normalisation): alef with hamza or madda is alef, alef maqsura is ya, ta marbuta is ha.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

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
    "’": "'",
    "‘": "'",
}


@lru_cache(maxsize=8192)
def _fold(char: str) -> str:
    if char in _SPECIAL:
        return _SPECIAL[char]
    base = unicodedata.normalize("NFD", char)[0].lower()
    return base[0] if base else char


def fold(text: str) -> str:
    """The folded text; `len(fold(text)) == len(text)`."""
    if text.isascii():
        return text.lower()
    return "".join([char.lower() if char < "\x80" else _fold(char) for char in text])
