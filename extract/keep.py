"""Which blocks of a page are its article: a learnt second opinion on the text that was found.

Each block has measures (`extract/measures.py`), from which a few hundred small decision trees (`extract/keep.json`, fitted by
`bench/train_extraction.py`) give the odds that a person would take it. So furniture inside of the text goes, and
paragraphs that were passed over come back. Where the text found is not the page's own, as when it was stated for machines,
there is no opinion.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from lxml.html import HtmlElement

from extract.measures import NAMES, Found, measure, runs_of

SEEN = 0.5
"""Share of the text's words that must stand in the page's blocks."""
LEAST = 0.4
"""Share of the text's words that must be left: more is not furniture, but a page that is not understood."""
LONG = 6
"""Runs of four words; a shorter block may stand on a page twice."""
AGAIN = 0.8
"""Share of a block's runs that others have, from which on it only repeats them."""
MOST_TAGS = 12_000
"""Elements of a page that is looked at so closely; of 472 real articles all have fewer."""
Tree = tuple[list[tuple[int, float, int, int]], list[float]]
"""Nodes (measure, highest value of the left branch, left, right), and leaves; a branch below zero is the leaf ~branch."""


def kept(tree: HtmlElement, text: str, title: str, description: str) -> list[str] | None:
    """The blocks that are the article, in the page's order; None where the text found should stay as it is.

    `tree` is the page without furniture (`extract/prune.py`); its title and description are what it says of itself.
    """
    found = Found(text)
    if not found.count or sum(1 for _ in tree.iter()) > MOST_TAGS:
        return None
    blocks = measure(tree, found, title, description)
    seen = sum(each.found * len(each.words) for each in blocks)
    if seen < SEEN * found.count:
        return None
    weighed = [each for each in blocks if each.values]
    chosen = once([each.words for each in weighed], [odds(each.values) for each in weighed])
    left = sum(len(weighed[index].words) for index in chosen)
    return [weighed[index].block.text for index in chosen] if left > LEAST * found.count else None


def once(words: Sequence[Sequence[str]], marks: Sequence[float]) -> list[int]:
    """Which blocks are kept, in the page's order, after the words and the odds of each.

    What says again what likelier ones say, as a teaser or a pulled quotation does, is not kept a second time.
    """
    said: set[tuple[str, ...]] = set()
    chosen = []
    for index in sorted(range(len(words)), key=lambda each: -marks[each]):
        if marks[index] <= 0:
            break
        runs = runs_of(words[index])
        if len(runs) < LONG or sum(run in said for run in runs) < AGAIN * len(runs):
            chosen.append(index)
            said.update(runs)
    return sorted(chosen)


def odds(values: Sequence[float]) -> float:
    """The logarithm of the odds that a block is a part of the article."""
    total = 0.0
    for nodes, leaves in trees():
        at = 0
        while at >= 0:
            measure_index, most, left, right = nodes[at]
            at = left if values[measure_index] <= most else right
        total += leaves[~at]
    return total


@cache
def trees() -> tuple[Tree, ...]:
    """The trees as they were fitted."""
    data = _data()
    index = {name: at for at, name in enumerate(NAMES)}
    return tuple(
        ([(index[name], most, left, right) for name, most, left, right in tree["nodes"]], tree["leaves"])
        for tree in data["trees"]
    )


@cache
def _data() -> dict[str, Any]:
    data: dict[str, Any] = json.loads((files("extract") / "keep.json").read_text("utf-8"))
    return data
