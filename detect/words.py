"""A second, lexical reader: how much the ordinary words of an article sound like an account, or like leaving at all.

It is averaged with the features, since what few cues miss many words may still tell. Its words are those that our own
texts use, in several stories, in small letters (German: nouns too): it can hold no name, outlet, place or phrase of the
articles that it was fitted on. `bench/train_words.py` writes `words.json`. An article's length counts for nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from pathlib import Path

from detect.folding import fold
from model import Article

FILE = Path(__file__).parent / "words.json"
LONGEST = 40_000
"""Characters that are read."""
SHOWN = 5
Table = Mapping[str, Mapping[str, tuple[float, float, float]]]
"""By language and word: how rare it is, and its weights for an account and for leaving."""
_WORD = re.compile(r"[^\W\d_]{2,}")
NOUNS = frozenset({"de"})
"""Languages whose nouns are capitalised."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What the words of an article add to one decision: log-odds for and against, and the words that add most."""

    weight_for: float
    weight_against: float
    words_for: str
    words_against: str

    @property
    def total(self) -> float:
        """Both together."""
        return self.weight_for + self.weight_against


def words_of(article: Article) -> frozenset[str]:
    """The different words that an article writes small, folded."""
    text = f"{article.title[:1000]}\n{article.text[:LONGEST]}"
    nouns = article.language[:2].lower() in NOUNS
    return frozenset(fold(word) for word in set(_WORD.findall(text)) if nouns or not word[0].isupper())


def load() -> Table:
    """The shipped words."""
    data = json.loads(FILE.read_text("utf-8"))
    return {language: {word: tuple(row) for word, row in words.items()} for language, words in data.items()}


def hear(article: Article, table: Table) -> tuple[Heard, Heard]:
    """What the words say of an account, and of leaving."""
    known = table.get(article.language[:2].lower(), {})
    found = sorted(words_of(article) & known.keys())
    norm = sqrt(sum(known[word][0] ** 2 for word in found)) or 1.0
    return _heard(found, known, norm, 1), _heard(found, known, norm, 2)


def _heard(found: list[str], known: Mapping[str, tuple[float, float, float]], norm: float, which: int) -> Heard:
    parts = sorted((known[word][which] * known[word][0] / norm, word) for word in found)
    least = [word for part, word in parts[:SHOWN] if part < 0]
    most = [word for part, word in parts[: -SHOWN - 1 : -1] if part > 0]
    return Heard(
        sum(part for part, _ in parts if part > 0),
        sum(part for part, _ in parts if part < 0),
        ", ".join(most),
        ", ".join(least),
    )
