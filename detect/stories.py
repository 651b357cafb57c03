"""Is it the same text? A reprint has another headline, outlet and length, but the passages of the original.

Texts are compared by containment of word 4-shingles (Broder 1997), which a longer or shorter reprint does not change
much; candidates come from an index over winnowed fingerprints.
"""

from __future__ import annotations

from collections.abc import Iterable

from detect.shingles import number, shingles, winnow, words
from model import Article, KnownArticle, StoryMatch

SIZE = 4
WINDOW = 12
SAME = 0.34
"""Share of the shorter text's shingles that two articles of one story have in common; flat from .25 to .5."""
FEWEST = 25
"""Shingles that a text needs: shorter ones are alike by chance."""
CERTAIN = 0.9
"""Likeness from which no other candidate is looked at."""
MOST_BANDS = 400
LONGEST_WORD = 9
"""Characters of a word, with its blank, that a text has on average at most."""
LEEWAY = 2.5
"""Fingerprints are a sample: chance may leave out so many times their share."""


def bands(text: str) -> list[int]:
    """Fingerprints of a text: two texts that share a passage of some fifteen words share one."""
    numbers = [number(shingle) for shingle in shingles(words(text), SIZE)]
    return sorted(winnow(numbers, WINDOW))[:MOST_BANDS]


def match(article: Article, known: Iterable[KnownArticle]) -> StoryMatch:
    """The known story whose text an article carries; a new one (None) where there is none."""
    own = _runs(article.text)
    best = StoryMatch(None, reason="no stored article has its text")
    if len(own) < FEWEST:
        return best
    for each in known:
        if not _worth_reading(len(own), each):
            continue
        other = _runs(each.text)
        likeness = len(own & other) / min(len(own), len(other)) if len(other) >= FEWEST else 0.0
        if likeness >= SAME and likeness > best.likeness:
            reason = f"{likeness:.0%} of its text stands in {each.outlet or each.url}: {each.title}"
            best = StoryMatch(each.story, each.id, round(likeness, 3), reason)
        if likeness >= CERTAIN:
            break
    return best


def _worth_reading(runs: int, known: KnownArticle) -> bool:
    """Whether so many fingerprints in common leave room for one story: a fingerprint stands for (WINDOW + 1) / 2 runs."""
    if known.shared is None:
        return True
    shorter = min(runs, len(known.text) / LONGEST_WORD)
    return known.shared * (WINDOW + 1) / 2 * LEEWAY >= SAME * shorter


def _runs(text: str) -> set[tuple[str, ...]]:
    """Every run of `SIZE` words, each once."""
    tokens = words(text)
    return set(zip(*(tokens[i:] for i in range(SIZE)), strict=False))
