"""Sentences of running news text in nine languages and three scripts, and its quotations."""

from __future__ import annotations

import re
from collections.abc import Iterator

Span = tuple[int, int]

_PARAGRAPH = re.compile(r"[^\n]+(?:\n(?=[^\S\n]*[a-zà-öø-ÿа-яё])[^\n]+)*")
_STOP = re.compile(r"""[.!?…؟۔]+[)\]"'”’»“›]*(?=\s|$)|[.!?]+[”»"](?=\w)|[؟!]+(?=\w)""")
_NEXT = re.compile(r"""\s{0,9}["'“‘«„‹(\[¿¡—–-]{0,4}\s{0,3}([^\W_])""")
_LAST_WORD = re.compile(r"([^\W\d_]+)$")
_PAIRS = {"“": "”“", "„": "“”", "«": "»", "»": "«", "‹": "›", "‘": "’", "「": "」", '"': '"'}
_MARK = re.compile(f"[{''.join(_PAIRS)}]")
_SINGLE = re.compile(r"(?<![\w'])'(?=\w)([^'\n]|'(?=\w)){3,600}?[\w.,!?…]'(?!\w)")
_DASH = re.compile(r"^\s*[—–-]\s+", re.MULTILINE)
_DASH_END = re.compile(r"[,.!?…]\s+[—–-]\s")
LONGEST_QUOTE = 3000


def paragraphs(text: str) -> list[Span]:
    """Spans of the paragraphs; a line that goes on in lower case belongs to the one before it."""
    return [m.span() for m in _PARAGRAPH.finditer(text) if not m[0].isspace()]


def sentences(text: str, span: Span, abbreviations: frozenset[str]) -> Iterator[Span]:
    """Spans of the sentences in one paragraph, without outer white space.

    `abbreviations` are lower case, without their final stop.
    """
    start, end = span
    for stop in _STOP.finditer(text, *span):
        if stop.end() < end and _ends(text, stop, end, abbreviations):
            yield from _trim(text, start, stop.end())
            start = stop.end()
    yield from _trim(text, start, end)


def _ends(text: str, stop: re.Match[str], end: int, abbreviations: frozenset[str]) -> bool:
    following = _NEXT.match(text, stop.end(), end)
    if following is None or following[1].islower():
        return False
    if stop[0][0] != ".":
        return True
    word = _LAST_WORD.search(text, max(0, stop.start() - 20), stop.start())
    if word is None or len(stop[0]) > 1:
        return True
    single = len(word[1]) == 1 and word[1].isupper() and not _arabic(word[1])
    return not single and word[1].lower() not in abbreviations


def _arabic(char: str) -> bool:
    return "\u0600" <= char <= "\u06ff"


def _trim(text: str, start: int, end: int) -> Iterator[Span]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if end > start:
        yield start, end


def quotations(text: str, span: Span) -> Iterator[Span]:
    """Spans of what stands between quotation marks in one paragraph, without the marks.

    A mark that opens the paragraph or a clause and never closes runs to the paragraph's end (the speech goes on in
    the next one); a paragraph that opens with a dash is speech up to the next dash.
    """
    found = sorted([*_paired(text, span), *_singles(text, span), *_dashed(text, span)])
    last = -1
    for start, end in found:
        if start >= last:
            yield start, end
            last = end


def _paired(text: str, span: Span) -> Iterator[Span]:
    position, end = span
    while mark := _MARK.search(text, position, end):
        position = mark.end()
        if _opens(text, mark.start(), span):
            stop = _closing(text, position, end, _PAIRS[mark[0]])
            if stop is not None:
                yield position, stop
                position = stop + 1


def _opens(text: str, position: int, span: Span) -> bool:
    before = text[position - 1] if position > span[0] else " "
    after = text[position + 1] if position + 1 < span[1] else " "
    return (not before.isalnum() and not after.isspace()) or text[position] in "«„"


def _closing(text: str, start: int, end: int, closers: str) -> int | None:
    single = closers == "’"
    for position in range(start, min(end, start + LONGEST_QUOTE)):
        if text[position] in closers and not (single and position + 1 < end and text[position + 1].isalnum()):
            return position
    return None if single else min(end, start + LONGEST_QUOTE)


def _singles(text: str, span: Span) -> Iterator[Span]:
    for match in _SINGLE.finditer(text, *span):
        yield match.start() + 1, match.end() - 1


def _dashed(text: str, span: Span) -> Iterator[Span]:
    dash = _DASH.match(text, *span)
    if dash:
        stop = _DASH_END.search(text, dash.end(), span[1])
        yield dash.end(), stop.start() if stop else span[1]
