"""What is known of each block of a page, as numbers, for `extract/keep.py`.

Only structure, place and general words count: no site, no name. `NAMES` has the measures' names in their order.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from lxml.html import HtmlElement

from extract.blocks import Block, Box, blocks_of
from extract.cues import NAMED, SAID

FAR = 9
"""Boxes upwards; what stands so far above, or nowhere, counts as far."""
PROSE = 8
"""Words; a block of more that stands in the text found is taken for a part of the article."""
REACH = 15
"""Blocks before the first and after the last part of the article found that are weighed, whatever their length; of the
others those of five words, and those in the text found."""
_WORD = re.compile(r"\w+")
_ENDS = tuple('.!?…:"”»)。？！')
_TAGS = ("p", "div", "li", "h1", "h2", "h3", "h4", "tr", "figcaption", "blockquote", "section")
_AROUND = ("article", "main", "aside", "nav", "footer", "header", "figure", "table", "ul", "form", "blockquote")
_NEVER = tuple(_AROUND.index(name) for name in ("nav", "footer", "figure", "form"))
"""What stands in these is no part of an article unless it was found to be."""
_SIDES = (-3, -2, -1, 1, 2, 3)
NAMES: tuple[str, ...] = (
    *(
        "words",
        "letters_a_word",
        "capitals",
        "digits",
        "ends",
        "sentences",
        "commas",
        "small",
        "linked",
        "bar",
        "address",
    ),
    *(f"says_{index}" for index in range(len(SAID))),
    *(f"tag_{name}" for name in _TAGS),
    *(f"in_{name}" for name in _AROUND),
    *(f"named_{index}" for index in range(len(NAMED))),
    *(
        "depth",
        "place",
        "words_before",
        "after_headline",
        "after_first",
        "before_last",
        "between",
        "blocks",
        "found",
        "again",
    ),
    *("title_in_it", "it_in_title", "it_in_description"),
    *(
        f"box_{level}_{name}"
        for level in range(4)
        for name in ("words", "prose", "linked", "found", "of_found", "blocks", "paragraphs")
    ),
    *("like_count", "like_words", "like_found", "like_linked"),
    *(
        f"at_{side}_{name}"
        for side in _SIDES
        for name in ("words", "found", "linked", "same_box", "paragraph", "heading")
    ),
    *(f"{side}_prose_{name}" for side in ("next", "last") for name in ("far", "found", "linked")),
)


@dataclass(slots=True)
class Measured:
    """A block with what its measures are made of; `values` only where it is weighed."""

    block: Block
    words: list[str]
    linked: float
    found: float
    values: list[float] = field(default_factory=list)


@dataclass(slots=True)
class _Page:
    blocks: list[Measured]
    boxes: list[Box]
    likes: dict[tuple[str, str, str], list[float]]
    counts: dict[str, int]
    first: int
    last: int
    headline: int | None
    title: set[str]
    description: set[str]


class Found:
    """The text found before, to be asked how much of a block is in it."""

    def __init__(self, text: str) -> None:
        words = words_of(text)
        self.count = len(words)
        self._runs = set(runs_of(words))
        self._lines = {" ".join(words_of(line)) for line in text.split("\n")}
        self._all = " ".join(words)

    def share(self, words: Sequence[str], *, whole: bool = False) -> float:
        """How much of a block is in the text, 0 to 1: by runs of four words, or as a line where it is shorter or `whole`."""
        if len(words) >= 4 and not whole:
            runs = runs_of(words)
            return sum(run in self._runs for run in runs) / len(runs)
        line = " ".join(words)
        return float(line in self._lines or (len(line) > 15 and not whole and line in self._all))


def words_of(text: str) -> list[str]:
    """The words that are compared, without case."""
    return _WORD.findall(text.casefold())


def runs_of(words: Sequence[str]) -> list[tuple[str, ...]]:
    """Each four words that follow one another."""
    return list(zip(words, words[1:], words[2:], words[3:], strict=False))


def measure(tree: HtmlElement, found: Found, title: str, description: str) -> list[Measured]:
    """The blocks of a page; those near enough to the text found have their measures."""
    blocks, boxes = blocks_of(tree)
    measured = []
    for block in blocks:
        words = words_of(block.text)
        linked = min(1.0, block.linked / len(block.text))
        measured.append(Measured(block, words, linked, found.share(words, whole=block.box.tag == "figcaption")))
    page = _page(measured, boxes, title, description)
    _fill(page)
    return measured


def _page(blocks: list[Measured], boxes: list[Box], title: str, description: str) -> _Page:
    likes: dict[tuple[str, str, str], list[float]] = {}
    counts: dict[str, int] = {}
    for each in blocks:
        size = len(each.words)
        like = likes.setdefault(_like(each.block.box), [0, 0, 0.0, 0.0])
        for index, value in enumerate((1, size, each.found * size, each.linked * size)):
            like[index] += value
        counts[each.block.text] = counts.get(each.block.text, 0) + 1
        box = each.block.box
        box.words += size
        box.blocks += 1
        box.link_words += each.linked * size
        box.found_words += each.found * size
        if box.tag == "p":
            box.paragraphs += 1
            box.paragraph_words += size
    for box in reversed(boxes):  # each box stands after the one that holds it
        if (outer := box.parent) is not None:
            outer.words += box.words
            outer.blocks += box.blocks
            outer.link_words += box.link_words
            outer.found_words += box.found_words
            outer.paragraphs += box.paragraphs
            outer.paragraph_words += box.paragraph_words
    parts = [index for index, each in enumerate(blocks) if each.found > 0.5 and len(each.words) > PROSE]
    headline = next((index for index, each in enumerate(blocks) if each.block.box.tag == "h1"), None)
    first, last = (parts[0], parts[-1]) if parts else (0, len(blocks))
    return _Page(blocks, boxes, likes, counts, first, last, headline, set(words_of(title)), set(words_of(description)))


def _like(box: Box) -> tuple[str, str, str]:
    return box.tag, box.mark[:60], box.parent.tag if box.parent else ""


def _fill(page: _Page) -> None:
    around: dict[int, list[float]] = {}
    before = 0
    total = max(1, page.boxes[0].words)
    for index, each in enumerate(page.blocks):
        outside = _outside(each.block.box, around)
        if _is_weighed(page, index, outside):
            each.values = [
                *_text(each),
                *outside,
                *_place(page, index, before / total),
                *_boxes(page, each.block.box),
                *_likes(page, each),
                *_neighbours(page.blocks, index),
                *_prose(page.blocks, index, 1),
                *_prose(page.blocks, index, -1),
            ]
        before += len(each.words)


def _is_weighed(page: _Page, index: int, outside: list[float]) -> bool:
    each = page.blocks[index]
    if not each.words or each.found > 0.5:
        return bool(each.words)
    near = page.first - REACH < index < page.last + REACH
    return (near or len(each.words) >= 5) and not any(outside[at] for at in _NEVER)


def _text(each: Measured) -> list[float]:
    text = each.block.text
    size = len(text)
    head = text[:160]
    says = [float(bool(cue.search(head))) for cue in SAID] if len(each.words) < 60 else [0.0] * len(SAID)
    return [
        len(each.words),
        size / len(each.words),
        sum(map(str.isupper, text)) / size,
        sum(map(str.isdigit, text)) / size,
        float(text.endswith(_ENDS)),
        text.count(". ") + text.count("? ") + text.count("! "),
        text.count(","),
        float(text[0].islower()),
        each.linked,
        float("|" in text),
        float("http" in text or "@" in text or "www." in text),
        *says,
        *(float(each.block.box.tag == tag) for tag in _TAGS),
    ]


def _outside(box: Box, known: dict[int, list[float]]) -> list[float]:
    """What the box stands in, its own names first, and how deep."""
    chain = [box]
    while id(chain[-1]) not in known and chain[-1].parent is not None:
        chain.append(chain[-1].parent)
    for each in reversed(chain):
        if id(each) not in known:
            known[id(each)] = _inside(each, known[id(each.parent)] if each.parent is not None else None)
    return known[id(box)]


def _inside(box: Box, outer: list[float] | None) -> list[float]:
    above = outer or [0.0] * len(_AROUND) + [float(FAR)] * len(NAMED) + [-1.0]
    tag = "ul" if box.tag == "ol" else box.tag
    tags = [max(above[index], float(tag == name)) for index, name in enumerate(_AROUND)]
    named = [
        0.0 if name.search(box.mark) else min(float(FAR), above[len(_AROUND) + index] + 1)
        for index, name in enumerate(NAMED)
    ]
    return [*tags, *named, above[-1] + 1]


def _place(page: _Page, index: int, before: float) -> list[float]:
    each = page.blocks[index]
    words = set(each.words)
    shared = len(page.title & words)
    return [
        index / len(page.blocks),
        before,
        index - page.headline if page.headline is not None else -99,
        index - page.first,
        page.last - index,
        float(page.first <= index <= page.last),
        len(page.blocks),
        each.found,
        page.counts[each.block.text],
        shared / max(1, len(page.title)),
        shared / len(each.words),
        len(page.description & words) / len(words) if len(each.words) > 5 else 0.0,
    ]


def _boxes(page: _Page, box: Box) -> list[float]:
    """The box, and three that hold it."""
    root = page.boxes[0]
    values: list[float] = []
    here = box
    for _ in range(4):
        words = max(1, here.words)
        values += [
            here.words,
            here.paragraph_words / max(1, root.paragraph_words),
            here.link_words / words,
            here.found_words / words,
            here.found_words / max(1.0, root.found_words),
            here.blocks,
            here.paragraphs,
        ]
        here = here.parent or here
    return values


def _likes(page: _Page, each: Measured) -> list[float]:
    """Blocks of the same make on the page."""
    count, words, found, linked = page.likes[_like(each.block.box)]
    return [count, words / count, found / max(1, words), linked / max(1, words)]


def _neighbours(blocks: list[Measured], index: int) -> list[float]:
    box = blocks[index].block.box
    values: list[float] = []
    for side in _SIDES:
        at = index + side
        if not 0 <= at < len(blocks):
            values += [-1.0] * 6
            continue
        other = blocks[at]
        there = other.block.box
        values += [len(other.words), other.found, other.linked, float(there.parent is box.parent)]
        values += [float(there.tag == "p"), float(there.tag[0] == "h")]
    return values


def _prose(blocks: list[Measured], index: int, step: int) -> list[float]:
    """The nearest longer block on one side."""
    at = index + step
    while 0 <= at < len(blocks) and len(blocks[at].words) < 12 and abs(at - index) < 12:
        at += step
    inside = 0 <= at < len(blocks)
    return [abs(at - index), blocks[at].found if inside else -1.0, blocks[at].linked if inside else -1.0]
