"""A person's words as they stand in an article: each quotation with the sentence that it is part of, or the one beside it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from delivery import Excerpt, Part
from detect.lexicon import lexicon
from detect.sentences import Span, paragraphs, sentences
from model import Article

LONGEST = 240
"""Characters of context on one side of a quotation."""
ALONE = 15
"""A sentence that says so little besides a quotation needs the one beside it."""
_MARKS = "\"'“”„«»‹›‘’「」"


def excerpts(article: Article, quotes: Sequence[str]) -> tuple[Excerpt, ...]:
    """The passages of an article around some quotations, in its order; what stands close together is one passage.

    A quotation that is not in the text to the letter stands alone.
    """
    text, found = (
        article.text,
        [(at, at + len(quote)) for quote in quotes if quote and (at := article.text.find(quote)) >= 0],
    )
    missing = tuple(Excerpt((Part(quote, True),)) for quote in quotes if quote and quote not in text)
    spoken = sorted({_marked(text, span) for span in found})
    passages: list[tuple[Span, list[Span]]] = []
    for span in spoken:
        start, end = _around(article, span)
        if passages and start <= passages[-1][0][1] + 1 and "\n" not in text[passages[-1][0][0] : end]:
            known, inside = passages.pop()
            passages.append(((known[0], max(end, known[1])), [*inside, span]))
        else:
            passages.append(((start, end), [span]))
    return tuple(_cut(text, *passage) for passage in passages) + missing


def _marked(text: str, span: Span) -> Span:
    """A quotation with its marks."""
    start, end = span
    start -= start > 0 and text[start - 1] in _MARKS
    end += end < len(text) and text[end] in _MARKS
    return start, end


def _around(article: Article, span: Span) -> Span:
    """The sentences that a quotation is part of; where it stands alone, with the one before it, else after it."""
    text = article.text
    block = next((b for b in paragraphs(text) if b[0] <= span[0] < b[1]), span)
    known = list(sentences(text, block, lexicon(article.language).abbreviations))
    touched = [n for n, (start, end) in enumerate(known) if start < span[1] and end > span[0]]
    if not touched:
        return span
    first, last = touched[0], touched[-1]
    besides = known[last][1] - known[first][0] - (span[1] - span[0])
    if besides < ALONE and first > 0:
        first -= 1
    elif besides < ALONE and last + 1 < len(known):
        last += 1
    return min(known[first][0], span[0]), max(known[last][1], span[1])


def _cut(text: str, passage: Span, spoken: Sequence[Span]) -> Excerpt:
    """The passage in parts, its context shortened away from what is quoted."""
    marks = [passage[0], *(point for span in spoken for point in span), passage[1]]
    parts = [Part(text[a:b], bool(n % 2)) for n, (a, b) in enumerate(pairwise(marks))]
    last = len(parts) - 1
    kept = [_shortened(part, first=n == 0, last=n == last) for n, part in enumerate(parts)]
    return Excerpt(tuple(part for part in kept if part.words))


def _shortened(part: Part, *, first: bool, last: bool) -> Part:
    text = part.words
    if part.spoken or len(text) <= LONGEST:
        return part
    head = text[: text.rfind(" ", 0, LONGEST) + 1].rstrip()
    tail = text[text.find(" ", len(text) - LONGEST) :].lstrip()
    if first:
        return Part(f"… {tail}")
    return Part(f"{head} …") if last else Part(f"{head[: LONGEST // 2]} … {tail[-LONGEST // 2 :]}")
