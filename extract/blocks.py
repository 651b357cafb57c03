"""A page as blocks of text, each with what can be measured of it: the ground on which `sieve` decides.

A block is a run of text without a paragraph's end inside: the method of Kohlschütter et al., Boilerplate Detection
using Shallow Text Features (WSDM 2010), with what an extractor took added to the measures.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from lxml.etree import iterwalk
from lxml.html import HtmlElement

from extract import structured

_BREAKING = frozenset(
    ["address", "article", "aside", "blockquote", "body", "button", "center", "dd", "details", "dialog", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre", "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul", "option", "select", "label"]
)
_SILENT = frozenset(
    ["script", "style", "noscript", "template", "svg", "math", "iframe", "object", "embed", "audio", "video", "canvas", "head", "textarea", "select", "map"]
)
_WITHIN = ("article", "main", "aside", "footer", "nav", "header", "figure", "form", "table", "li", "blockquote", "a")
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_NAMES = {
    "comment": r"comment|disqus|reply|replies|respond",
    "related": r"relat|recommend|recirc|teaser|promo|card|more-|popular|trending|most-|read-?next|outbrain|taboola|carousel|mehr|similar|suggest",
    "share": r"share|social|follow|whatsapp|facebook|twitter",
    "letter": r"newsletter|subscri|signup|sign-up|paywall|piano|donat|regwall|abo-|login|consent|cookie|modal|popup|overlay",
    "side": r"sidebar|rail|widget|banner|breadcrumb|menu|navbar|toolbar|footer|header-|masthead|skip|search",
    "advert": r"(?:^|[\s_-])ads?(?:$|[\s_-])|advert|sponsor|anzeige|affiliate|shop|product|deal",
    "about": r"byline|author|meta|date|time|timestamp|published|dateline|bio|tags?(?:$|[\s_-])|topics?|categor|label|kicker|rubric",
    "image": r"caption|credit|gallery|photo|image|figure|slide|media|video|player|copyright",
    "summary": r"summary|standfirst|subtitle|subhead|lead|deck|dek|intro|teaser-text|abstract|highlight|key-?points|excerpt",
    "body": r"article-?body|story-?body|post-?body|entry-?content|post-?content|article-?content|article-?text|body-?text|story-?text|richtext|rich-text|paragraph|articlebody|content-?body|wysiwyg|prose",
    "content": r"content|article|story|post|entry|text|body",
    "box": r"box|infobox|factbox|inset|embed|pull-?quote|quote|callout|note|disclaimer",
}  # fmt: skip
_NAME = {name: re.compile(pattern, re.IGNORECASE) for name, pattern in _NAMES.items()}

@dataclass(frozen=True, slots=True)
class Place:
    """Where in the page a text stands: what is around it, by tags and by kinds of words in classes."""

    tag: str = "body"
    within: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    own: frozenset[str] = frozenset()
    """Kinds of words in the classes of the element itself; `names` are those of all above it too."""
    number: int = 0
    """The number of its block-level element in the page."""
    above: int = 0
    """The number of the element above that: blocks with the same one are siblings."""
    make: str = ""
    """Tag and class, by which elements that a template made alike are known."""
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Block:
    """A run of text without a paragraph's end."""

    text: str
    linked: int
    """Characters of it inside of links."""
    place: Place


class _Reader:
    """Collects blocks while the tree is walked through once."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.pieces: list[str] = []
        self.linked = 0
        self.known: dict[str, frozenset[str]] = {}

    def add(self, text: str | None, place: Place) -> None:
        if text:
            self.pieces.append(text)
            if "a" in place.within:
                self.linked += len(text.strip())

    def end(self, place: Place) -> None:
        """A paragraph's end: what was collected becomes a block."""
        for text in "".join(self.pieces).split("\u2029"):
            if cleaned := structured.clean(text):
                self.blocks.append(Block(cleaned, min(self.linked, len(cleaned)), place))
        self.pieces, self.linked = [], 0

    def inside(self, element: HtmlElement, tag: str, place: Place, number: int) -> Place:
        mark = f"{element.get('class') or ''} {element.get('id') or ''}"
        names = self.known.get(mark)
        if names is None:
            names = self.known[mark] = _kinds(mark)
        if tag not in _BREAKING and not names and tag != "a":
            return place
        within = place.within | {tag} if tag in _WITHIN else place.within
        if tag not in _BREAKING:
            return replace(place, within=within)
        return Place(tag, within, place.names | names, names, number, place.number, f"{tag}.{element.get('class') or ''}", place.depth + 1)


def read(tree: HtmlElement) -> list[Block]:
    """The blocks of a page in its order, without what is hidden or no text."""
    body = tree.find("body")
    reader, places = _Reader(), [Place()]
    walk = iterwalk(tree if body is None else body, events=("start", "end"))
    for number, (event, element) in enumerate(walk):
        tag = element.tag
        if event == "start":
            if _silent(element, tag):
                walk.skip_subtree()
                places.append(places[-1])
                continue
            inner = reader.inside(element, tag, places[-1], number)
            if tag in _BREAKING:
                reader.end(places[-1])
            elif tag == "br":
                reader.add("\u2029" if _doubled(element) else " ", inner)
            places.append(inner)
            reader.add(element.text, inner)
            continue
        inner = places.pop()
        if tag in _BREAKING:
            reader.end(inner)
        reader.add(element.tail, places[-1])
    reader.end(places[-1])
    return reader.blocks


def _silent(element: HtmlElement, tag: object) -> bool:
    if tag in _SILENT or not isinstance(tag, str) or element.get("hidden") is not None:
        return True
    style = element.get("style")
    return bool(style and tag not in ("body", "article", "main") and _HIDDEN.search(style))


def _doubled(element: HtmlElement) -> bool:
    """Whether a line break is the first of two, which people mean as a paragraph's end."""
    after = element.getnext()
    return after is not None and after.tag == "br" and not (element.tail or "").strip()


def _kinds(mark: str) -> frozenset[str]:
    return frozenset(name for name, pattern in _NAME.items() if pattern.search(mark)) if len(mark) > 1 else frozenset()

