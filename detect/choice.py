"""Which of an article's persons tell: the likeliest, others who tell as well, or somebody who is not named."""

from __future__ import annotations

from collections.abc import Sequence

from detect.document import Document
from detect.people import Frame
from detect.weights import Head

MOST_ACCOUNTS = 6
_CARRIED = (
    "leaves_clause", "says_clause", "belongs_clause", "pseudonym", "heading", "apposed", "age_beside", "core", "kunya", "initial",
    "family_beside", "acts_on", "expert_beside", "interviewer", "writer", "stranger", "place", "outlet_of", "work_by",
)  # fmt: skip


def nobody(document: Document) -> dict[str, float]:
    """What speaks for an account by somebody who is not named."""
    hidden = any(sentence.has("anonymous") for sentence in document.sentences)
    unnamed = sum(document.lexicon["nameless"].search(sentence.folded) is not None for sentence in document.sentences)
    return {"hidden": float(hidden), "unnamed_says": min(unnamed, 3) / 3}


def choose(document: Document, people: Sequence[Frame], person: Head, also: Head) -> tuple[Frame | None, ...]:
    """The persons who tell, the likeliest first; None is somebody unnamed."""
    ranked, unnamed = rank(document, people, person)
    if not ranked or ranked[0][0] <= unnamed:
        return (None,)
    further = [
        frame
        for worth, frame in ranked[1:MOST_ACCOUNTS]
        if also.total(second(document, frame, worth - ranked[0][0], worth - unnamed)) > 0
    ]
    return (ranked[0][1], *further)


def rank(document: Document, people: Sequence[Frame], person: Head) -> tuple[list[tuple[float, Frame]], float]:
    """The persons with what each is worth, the likeliest first; and what somebody unnamed is worth.

    Where the article withholds a name, it is that of whom it spoke before it named anybody: a name that comes later is
    another person's, and is never put to the one who must not be known.
    """
    unnamed = nobody(document)
    named = [each for each in people if not (unnamed["hidden"] and each.features.get("after_unnamed"))]
    ranked = [(person.total(frame.features) - person.bias, frame) for frame in named]
    return sorted(ranked, key=lambda pair: -pair[0]), person.total(unnamed)


def second(document: Document, frame: Frame, behind: float, above: float) -> dict[str, float]:
    """What says that a further person tells as well; `behind` the first and `above` nobody in log-odds."""
    held = frame.features
    return {
        "near": max(min(behind, 0.0), -4.0),
        "above": max(min(above, 3.0), -3.0),
        "several": float(_several(document)),
        "own_story": min(held["leaves"], held["says"], held["belongs"], 1.0),
        **{kind: held[kind] for kind in _CARRIED},
    }


def _several(document: Document) -> bool:
    """Whether the article says that several people left."""
    told = {"leave", "former", "say", "role"}
    return document.title.has("plural") or any(
        sentence.has("plural") and sentence.cues & told for sentence in document.sentences[:5]
    )
