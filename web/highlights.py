"""Evidence in an article's text: which passages prove what, as pieces that a template escapes one by one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from web import shown

LABELS = {
    "evidence": "account", "quote": "own words", "nationality": "origin", "name_type": "name", "exit": "way out",
}  # fmt: skip
LONGEST = 60_000
"""Characters of a text that are shown."""


@dataclass(frozen=True, slots=True)
class Span:
    """`text[start:end]` proves `label`."""

    start: int
    end: int
    label: str


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text, with what it proves, nothing for the most of it; `ends` are the labels that end with it."""

    text: str
    labels: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()


def spans(text: str, details: Iterable[Mapping[str, Any]]) -> list[Span]:
    """Where the sentences and quotations of what was read (`mentions.detail`) stand in a text."""
    found = []
    for detail in details:
        found += [
            _place(text, each["sentence"], each.get("start", 0), _label(each["field"]))
            for each in detail.get("proofs", ())
        ]
        found += [_place(text, quote, 0, "own words") for quote in detail.get("quotes", ())]
        found.append(_place(text, detail.get("evidence", ""), 0, "account"))
    return sorted({each for each in found if each is not None}, key=lambda each: (each.start, each.end, each.label))


def paragraphs(text: str, found: Sequence[Span]) -> list[list[Piece]]:
    """A text in paragraphs, each in pieces."""
    result, at = [], 0
    for paragraph in text[:LONGEST].split("\n\n"):
        end = at + len(paragraph)
        inside = [each for each in found if each.start < end and each.end > at]
        if pieces := _pieces(text, at, end, inside):
            result.append(pieces)
        at = end + 2
    return result


def _pieces(text: str, start: int, end: int, found: Sequence[Span]) -> list[Piece]:
    cuts = sorted({start, end, *(min(max(p, start), end) for each in found for p in (each.start, each.end))})
    pieces = []
    for a, b in pairwise(cuts):
        inside = [each for each in found if each.start <= a and each.end >= b]
        labels = tuple(dict.fromkeys(each.label for each in inside))
        ends = tuple(dict.fromkeys(each.label for each in inside if min(each.end, end) == b))
        if words := shown.visible(text[a:b]):
            pieces.append(Piece(words, labels, ends))
    return pieces


def _place(text: str, sentence: str, start: int, label: str) -> Span | None:
    if not sentence:
        return None
    if text[start : start + len(sentence)] != sentence:
        start = text.find(sentence)
    return Span(start, start + len(sentence), label) if start >= 0 else None


def _label(field: str) -> str:
    kind, _, value = field.partition(":")
    return f"reason: {shown.reason(value)}" if value and kind == "reason" else LABELS.get(kind, kind)
