"""Why somebody left, after the ICSR's reasons: those the person gives, each with the sentence that says so.

Source of the reasons: P. R. Neumann, "Victims, Perpetrators, Assets: The Narratives of Islamic State Defectors", ICSR 2015.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from detect.document import Sentence
from detect.told import Told
from detect.weights import Head, logistic

KINDS = {
    "infighting": "infighting",
    "brutality": "brutality",
    "un_islamic": "un_islamic",
    "conditions": "conditions",
    "other_reason": "other",
}
FIRST, FURTHER = 0.25, 0.4
"""How probable the likeliest reason and a further one must be."""
MOST = 3
_BEFORE = 24


@dataclass(frozen=True, slots=True)
class Signs:
    """What speaks for one reason: named numbers between 0 and 1, and the sentence that says it best."""

    features: dict[str, float]
    best: Sentence | None


def reasons(told: Told, head: Head) -> list[tuple[str, Sentence]]:
    """The reasons that the person gives, the likeliest first, each with the sentence that says so."""
    found = signs(told)
    ranked = sorted(
        ((logistic(head.total(each.features)), reason, each.best) for reason, each in found.items() if each.best),
        key=lambda entry: -entry[0],
    )
    return [
        (reason, best)
        for rank, (chance, reason, best) in enumerate(ranked[:MOST])
        if best is not None and chance >= (FURTHER if rank else FIRST)
    ]


def signs(told: Told) -> dict[str, Signs]:
    """What speaks for each of the five reasons."""
    hits = {reason: list(_hits(told, kind)) for kind, reason in KINDS.items()}
    most = max((_weight(told, hits[reason]) for reason in hits), default=0.0)
    title = told.document.title.folded
    found = {}
    for kind, reason in KINDS.items():
        features = _features(told, hits[reason])
        features["reason_title"] = float(told.words[kind].search(title) is not None)
        features["reason_most"] = float(bool(most) and _weight(told, hits[reason]) >= most)
        features[f"is_{reason}"] = 1.0
        best = max(hits[reason], key=lambda hit: _telling(told, hit), default=None)
        found[reason] = Signs(features, best.sentence if best else None)
    return found


@dataclass(frozen=True, slots=True)
class _Hit:
    sentence: Sentence
    words: frozenset[str]


def _hits(told: Told, kind: str) -> Iterator[_Hit]:
    """The sentences with words of a reason, negated ones left out ("never saw a killing")."""
    pattern, negation = told.words[kind], told.words["negation"]
    for sentence in told.all:
        found = {
            match[0]
            for match in pattern.finditer(sentence.folded)
            if not negation.search(sentence.folded[max(match.start() - _BEFORE, 0) : match.start()])
        }
        if found:
            yield _Hit(sentence, frozenset(found))


def _weight(told: Told, hits: list[_Hit]) -> float:
    return sum(told.share[hit.sentence.index] * min(len(hit.words), 2) for hit in hits)


def _features(told: Told, hits: list[_Hit]) -> dict[str, float]:
    own = [hit for hit in hits if told.share[hit.sentence.index] == 1.0]
    return {
        "reason_said": float(bool(hits)),
        "reason_own": float(bool(own)),
        "reason_often": min(len(hits), 3) / 3,
        "reason_words": min(len(frozenset().union(*(hit.words for hit in hits))), 4) / 4,
        "reason_cause": float(any(_causes(told, hit) for hit in hits)),
        "reason_near": float(any(told.document.near(hit.sentence.index, "leave") for hit in hits)),
        "reason_speech": float(any(_speaks(hit.sentence) for hit in own)),
        "reason_first": float(any(hit.sentence.index < 3 for hit in hits)),
    }


def _causes(told: Told, hit: _Hit) -> bool:
    """Whether the sentence gives a reason or tells what the person saw or felt."""
    return told.words["cause"].search(hit.sentence.folded) is not None


def _speaks(sentence: Sentence) -> bool:
    return sentence.quoted or bool(sentence.cues & {"say", "first_person"})


def _telling(told: Told, hit: _Hit) -> float:
    near = told.document.near(hit.sentence.index, "leave", 0)
    return (
        told.share[hit.sentence.index]
        + 0.6 * _causes(told, hit)
        + 0.4 * near
        + 0.3 * _speaks(hit.sentence)
        + 0.2 * min(len(hit.words), 3)
    )
