"""Words and passages of a text as numbers: the same passage gives the same numbers wherever it stands.

Source of the method: S. Schleimer, D. Wilkerson, A. Aiken, "Winnowing: local algorithms for document fingerprinting",
SIGMOD 2003; a window's least hash is a MinHash (A. Broder, 1997) of that passage.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from hashlib import blake2b

_MARKS = re.compile("[\u0300-\u036f\u0483-\u0487\u0591-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed]")
_WORD = re.compile(r"[^\W_]+")
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+")
"""Scripts that put no space between words: Thai, Lao, Burmese, Khmer, Japanese, Chinese."""
_LETTERS = str.maketrans(
    {"ı": "i", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "ß": "s", "æ": "a", "œ": "o"}
    | dict.fromkeys("أإآٱ", "ا")
    | {"ى": "ي", "ة": "ه", "ک": "ك", "ی": "ي", "ۀ": "ه"}
)
_PIECE = 3
_TYPOGRAPHY = "“”„«»‘’‚‹›–—…\u00a0\u2009\u202f"
"""What is not ASCII in most texts that otherwise are; none of it belongs to a word."""
_BREAKS = "".join(chr(code) if chr(code).isalnum() else " " for code in range(128))


def fold(text: str) -> str:
    """Lower case, without accents, vowel points and lengthening; letters that are often confused become one."""
    return _MARKS.sub("", unicodedata.normalize("NFKD", text)).casefold().translate(_LETTERS)


def words(text: str) -> list[str]:
    """Folded words in their order; where a script has no spaces, overlapping pieces of three characters."""
    for mark in _TYPOGRAPHY:
        text = text.replace(mark, " ")
    if text.isascii():
        return text.lower().translate(_BREAKS).split()
    folded = fold(text)
    if not _UNSPACED.search(folded):
        return _WORD.findall(folded)
    found: list[str] = []
    for word in _WORD.findall(folded):
        if _UNSPACED.match(word):
            found += [word[i : i + _PIECE] for i in range(max(1, len(word) - _PIECE + 1))]
        else:
            found.append(word)
    return found


def shingles(tokens: Sequence[str], size: int) -> Iterator[str]:
    """Every run of `size` words."""
    return map(" ".join, zip(*(tokens[i:] for i in range(size)), strict=False))


def number(shingle: str) -> int:
    """A shingle as a signed 64-bit number, the same in every run of the program."""
    return int.from_bytes(blake2b(shingle.encode(), digest_size=8).digest(), "big", signed=True)


def winnow(numbers: Sequence[int], window: int) -> set[int]:
    """The least number of every window: two texts that share `window` shingles in a row share at least one.

    What a wide window keeps, a narrow one keeps too, so that texts of different length can be compared.
    """
    if not numbers:
        return set()
    return {min(numbers[start : start + window]) for start in range(max(len(numbers) - window, 0) + 1)}
