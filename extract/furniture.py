"""The memory of a site: what recurs on several of an outlet's other articles is furniture and no article's text.

Pure functions; the caller keeps the fingerprints. A paragraph is furniture only where it stands in at least `LEAST`
other articles of the outlet that are not the same text again. A live blog or a serial column repeats what it said
before, so a text that would lose much of itself keeps all of it, and long paragraphs and quotations are held to more.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping

LEAST = 3
"""Other articles in which a paragraph must have been seen."""
SHORT = 40
"""Words; a longer paragraph is prose. Like a quotation, it must have been seen twice as often."""
MOST = 0.4
"""Share of a text's words that may be furniture; above it the text repeats itself on purpose."""
KEPT = 400
"""Fingerprints of an article that are remembered at most, its first and last paragraphs before the rest."""
_WORD = re.compile(r"[^\W\d_]+")
_SAID = re.compile(r"[“”„«»「」]|(?:^|\s)\"")
"""What only a quotation has: an outlet's own boxes rarely quote anybody."""


def remember(text: str) -> tuple[str, ...]:
    """Fingerprints of an article's paragraphs, 16 hexadecimal digits each, no two alike, `KEPT` at most.

    Case, digits and punctuation do not count, so that "12 comments" and "3 Comments" are one. To be stored once for
    each article of an outlet, under the article.
    """
    prints = [print_ for each in _paragraphs(text) if (print_ := fingerprint(each))]
    edges = prints if len(prints) <= KEPT else [*prints[: KEPT // 2], *prints[-KEPT // 2 :]]
    return tuple(dict.fromkeys(edges))


def fingerprint(paragraph: str) -> str:
    """A paragraph's own fingerprint; empty where it has no words."""
    words = " ".join(_WORD.findall(paragraph.casefold()))
    return hashlib.blake2b(words.encode(), digest_size=8).hexdigest() if words else ""


def recurring(articles: Iterable[Iterable[str]], least: int = LEAST) -> dict[str, int]:
    """How many of an outlet's articles have each fingerprint, of those that at least `least` have.

    `articles` are what `remember` gave for each *other* article. One whose paragraphs are nearly all those of another
    is the same article fetched twice (an update, a print page) and counts once.
    """
    seen: list[frozenset[str]] = []
    counts: dict[str, int] = {}
    for each in articles:
        prints = frozenset(each)
        if not prints or any(_same(prints, other) for other in seen):
            continue
        seen.append(prints)
        for one in prints:
            counts[one] = counts.get(one, 0) + 1
    return {one: count for one, count in counts.items() if count >= least}


def strip(text: str, known: Mapping[str, int]) -> str:
    """The text without its paragraphs that are furniture after `recurring`; the same text where too much would go."""
    paragraphs = _paragraphs(text)
    out = [_is_furniture(paragraph, known) for paragraph in paragraphs]
    gone = sum(len(each.split()) for each, furniture in zip(paragraphs, out, strict=True) if furniture)
    if not gone or gone > MOST * len(text.split()):
        return text
    return "\n\n".join(each for each, furniture in zip(paragraphs, out, strict=True) if not furniture)


def _is_furniture(paragraph: str, known: Mapping[str, int]) -> bool:
    times = known.get(fingerprint(paragraph), 0)
    held = len(paragraph.split()) > SHORT or _SAID.search(paragraph)
    return times >= (2 * LEAST if held else LEAST)


def _same(one: frozenset[str], other: frozenset[str]) -> bool:
    return len(one & other) > 0.6 * min(len(one), len(other)) and min(len(one), len(other)) > 3


def _paragraphs(text: str) -> list[str]:
    return [each for each in text.split("\n\n") if each.strip()]
