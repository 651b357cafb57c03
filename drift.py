"""Whether a source's recent articles still look like those before: a template that changed, a cookie wall for an article.

Pure. What is compared is what was stored of articles: the length of their texts, which fields they have, and whether
several have one text. Articles that were read in full and those at a glance are compared apart, since fewer fields are
read at a glance.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

RECENT = 20
"""Articles that are judged: the latest ones."""
HISTORY = 40
"""Articles before them, at the least, that they are compared with."""
KEPT = 220
"""Articles of a source that are looked at, at the most."""
IMPROBABLE = 1e-6
"""A difference less probable than this is none of chance."""
RATIO = 2.0
"""Texts are so many times longer or shorter, in the median, before anybody is told."""
SHORT = 200
"""Characters without which an article has no text worth the name."""
ALIKE = 0.5
"""Share of recent articles with one text from which on that is no article's text."""
FIELDS = {
    "text": f"a text of {SHORT} characters",
    "published": "a date",
    "byline": "an author",
    "whole": "more than a teaser",
}


@dataclass(frozen=True, slots=True)
class Sample:
    """What is compared of an article. `opening` stands for its text, `full` says that it was read in full."""

    length: int
    opening: str
    full: bool
    fields: frozenset[str]


def drifts(samples: Sequence[Sample]) -> dict[str, str]:
    """What has changed, by kind (`length`, `same_text`, `fields`), each as a sentence. `samples` come latest first."""
    found: dict[str, str] = {}
    for full in (False, True):
        kind = [sample for sample in samples if sample.full is full]
        recent, before = kind[:RECENT], kind[RECENT:]
        if len(recent) == RECENT and len(before) >= HISTORY:
            for name, sentence in (
                ("length", _length(recent, before)),
                ("same_text", _same_text(recent, before)),
                ("fields", _fields(recent, before)),
            ):
                if sentence:
                    found.setdefault(name, sentence)
    return found


def _length(recent: Sequence[Sample], before: Sequence[Sample]) -> str:
    now, then = (median(sample.length for sample in each) for each in (recent, before))
    if max(now, 1) < RATIO * max(then, 1) and max(then, 1) < RATIO * max(now, 1):
        return ""
    if rank_test([sample.length for sample in recent], [sample.length for sample in before]) > IMPROBABLE:
        return ""
    return f"its last {len(recent)} articles have {now:.0f} characters in the median, those before had {then:.0f}"


def _same_text(recent: Sequence[Sample], before: Sequence[Sample]) -> str:
    now, then = (_most_alike(each) for each in (recent, before))
    if now < ALIKE or then > ALIKE / 2:
        return ""
    return f"{now:.0%} of its last {len(recent)} articles have one and the same text: a wall or a notice, it seems"


def _most_alike(samples: Sequence[Sample]) -> float:
    """Share of the articles that have the most frequent text."""
    return max(Counter(sample.opening for sample in samples if sample.opening).values(), default=0) / len(samples)


def _fields(recent: Sequence[Sample], before: Sequence[Sample]) -> str:
    lost = []
    for field, words in FIELDS.items():
        now, then = (sum(field in sample.fields for sample in each) for each in (recent, before))
        usual = (then + 1) / (len(before) + 2)
        if at_most(now, len(recent), usual) < IMPROBABLE:
            lost.append(f"{words} ({now} of {len(recent)}, {then} of {len(before)} before)")
    return f"its last articles lack what they had: {', '.join(lost)}" if lost else ""


def at_most(hits: int, tries: int, probability: float) -> float:
    """The probability of so few hits (binomial)."""
    return sum(math.comb(tries, k) * probability**k * (1 - probability) ** (tries - k) for k in range(hits + 1))


def rank_test(one: Sequence[float], other: Sequence[float]) -> float:
    """The probability that two samples of one kind differ so much: Mann and Whitney's U, two-sided, with ties.

    By ranks alone, so that a few very long or very short articles count no more than others.
    """
    ranks = _ranks([*one, *other])
    n, m = len(one), len(other)
    statistic = sum(ranks[:n]) - n * (n + 1) / 2
    ties = sum(count**3 - count for count in Counter([*one, *other]).values())
    spread = math.sqrt(n * m / 12 * (n + m + 1 - ties / ((n + m) * (n + m - 1))))
    return math.erfc(abs(statistic - n * m / 2) / spread / math.sqrt(2)) if spread else 1.0


def _ranks(values: Sequence[float]) -> list[float]:
    """Each value's place from 1 on; equal ones share the mean of theirs."""
    order = sorted(range(len(values)), key=values.__getitem__)
    ranks, start = [0.0] * len(values), 0
    for place in range(1, len(order) + 1):
        if place == len(order) or values[order[place]] != values[order[start]]:
            for index in order[start:place]:
                ranks[index] = (start + 1 + place) / 2
            start = place
    return ranks
