"""A page as the run of its blocks, as far as mark-up or a line break parts them, each with what it stands in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lxml.html import HtmlElement

from extract.structured import clean

SKIPPED = frozenset(
    [
        *("script", "style", "noscript", "template", "svg", "head", "iframe", "select", "option", "textarea"),
        *("object", "canvas", "math", "datalist", "video", "audio"),
    ]
)
"""Elements without a text that a reader sees as such."""
INLINE = frozenset(
    [
        *(
            "a",
            "abbr",
            "acronym",
            "b",
            "bdi",
            "bdo",
            "big",
            "cite",
            "code",
            "data",
            "del",
            "dfn",
            "em",
            "font",
            "i",
            "img",
        ),
        *(
            "ins",
            "kbd",
            "label",
            "mark",
            "q",
            "rp",
            "rt",
            "ruby",
            "s",
            "samp",
            "small",
            "span",
            "strike",
            "strong",
            "sub",
        ),
        *("sup", "time", "tt", "u", "var", "wbr", "picture", "source"),
    ]
)
CELLS = frozenset(("td", "th"))
BREAKS = frozenset(("br", "hr"))


@dataclass(slots=True, eq=False)
class Box:
    """An element that parts blocks, and sums over all the blocks inside of it."""

    tag: str
    mark: str
    parent: Box | None
    words: int = 0
    paragraph_words: int = 0
    link_words: float = 0.0
    found_words: float = 0.0
    blocks: int = 0
    paragraphs: int = 0


@dataclass(slots=True, eq=False)
class Block:
    """A run of text; `linked` are the characters of it inside of links."""

    text: str
    box: Box
    linked: int


class _Walk:
    """Collects blocks from one element, without recursion, since pages are nested as deep as they like."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.boxes: list[Box] = []
        self._parts: list[str] = []
        self._linked = 0

    def run(self, body: HtmlElement) -> None:
        todo: list[tuple[str, Any, Box, bool]] = [("enter", body, self._box(body, None), False)]
        while todo:
            step, element, box, linked = todo.pop()
            if step == "enter":
                self._add(element.text, linked)
                todo += [("child", child, box, linked) for child in reversed(element)]
            elif step == "child":
                todo.append(("tail", element, box, linked))
                if element.tag not in SKIPPED:
                    self._open(element, box, linked, todo)
            elif step == "leave":
                self._end(box)
            else:
                self._add(element.tail, linked)
        self._end(self.boxes[0])

    def _open(self, element: HtmlElement, box: Box, linked: bool, todo: list[tuple[str, Any, Box, bool]]) -> None:
        tag = element.tag
        if tag in INLINE or (tag in CELLS and box.tag == "tr"):
            if tag in CELLS:
                self._parts.append(" | ")
            todo.append(("enter", element, box, linked or tag == "a"))
            return
        self._end(box)
        if tag not in BREAKS:
            inner = self._box(element, box)
            todo += [("leave", element, inner, linked), ("enter", element, inner, linked)]

    def _add(self, text: str | None, linked: bool) -> None:
        if text:
            self._parts.append(text)
            self._linked += len(text.strip()) if linked else 0

    def _box(self, element: HtmlElement, parent: Box | None) -> Box:
        mark = " ".join(filter(None, (element.get(name) for name in ("class", "id", "itemprop", "role"))))
        box = Box(str(element.tag), mark[:300].lower(), parent)
        self.boxes.append(box)
        return box

    def _end(self, box: Box) -> None:
        text = clean("".join(self._parts))
        if text.strip(" |"):
            self.blocks.append(
                Block(f"{text} |" if text.startswith("|") and box.tag == "tr" else text, box, self._linked)
            )
        self._parts.clear()
        self._linked = 0


def blocks_of(tree: HtmlElement) -> tuple[list[Block], list[Box]]:
    """The blocks of a parsed page in its order, and their boxes, each after the one that it stands in."""
    walk = _Walk()
    body = tree.find("body")
    walk.run(tree if body is None else body)
    return walk.blocks, walk.boxes
