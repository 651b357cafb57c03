"""What a page says of itself for machines: JSON-LD (schema.org), Open Graph and other meta elements."""

from __future__ import annotations

import html as entities
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from lxml.html import HtmlElement

ARTICLES = re.compile(r"(Article|Posting|Report|Review|Story|Blog|OpinionPiece|WebPage)$")
_ALSO = ("ImageGallery", "MediaGallery", "VideoObject")
"""What a page may be about in an article's place."""
MOST_NODES = 2_000
_HIDDEN = re.compile("[\u00ad\u200b\u2060\ufeff]")
"""Soft hyphens and their like, which trafilatura takes out of what it finds; joiners are part of some spellings."""
_CONTROL = re.compile(r"[\x00-\x1f]+")


@dataclass(frozen=True, slots=True)
class Structured:
    """`article` is the JSON-LD node that describes the article, `meta` the meta elements by lower-case name.

    `kinds` are the types of all that the page describes, the article's and others'.
    """

    article: dict[str, Any] = field(default_factory=dict)
    meta: dict[str, list[str]] = field(default_factory=dict)
    kinds: frozenset[str] = frozenset()

    def first(self, *names: str) -> str:
        """The first of these meta elements that says something."""
        return next((value for name in names for value in self.meta.get(name, ()) if value), "")


def read(tree: HtmlElement) -> Structured:
    """Collect what the page says. `tree` is the parsed page."""
    nodes = list(_nodes(tree))
    kinds = frozenset(kind for node in nodes for kind in _kinds(node))
    best = max((node for node in nodes if _worth(node)), key=_worth, default={})
    return Structured(best, _meta(tree), kinds)


def texts(value: Any) -> Iterator[str]:
    """The names or texts in a JSON-LD value, which may be a string, an object with a name, or a list of those."""
    if isinstance(value, str):
        if cleaned := clean(value):
            yield cleaned
    elif isinstance(value, dict):
        yield from texts(value.get("name") or value.get("@value") or value.get("url"))
    elif isinstance(value, list):
        for each in value[:50]:
            yield from texts(each)


def urls(value: Any) -> Iterator[str]:
    """The addresses in a JSON-LD value, which may be a string, an object with a url, or a list of those."""
    for each in value[:20] if isinstance(value, list) else [value]:
        address = (each.get("url") or each.get("contentUrl") or each.get("@id")) if isinstance(each, dict) else each
        if isinstance(address, str) and address.strip():
            yield clean(address)


def clean(value: str) -> str:
    """Text without entities, soft hyphens, runs of white space, and halves of characters (JSON can escape them)."""
    return " ".join(_HIDDEN.sub("", entities.unescape(value)).encode("utf-8", "ignore").decode().split())


def _meta(tree: HtmlElement) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for element in tree.iter("meta"):
        name = element.get("property") or element.get("name") or element.get("itemprop") or element.get("http-equiv")
        value = element.get("content")
        if name and value and len(found) < 300:
            found.setdefault(name.strip().lower(), []).append(clean(value[:20_000]))
    return found


def _worth(node: dict[str, Any]) -> int:
    """How likely a node is the page's article: its type first, then how much it says."""
    names = _kinds(node)
    if not any(ARTICLES.search(name) or name in _ALSO for name in names):
        return 0
    page = all(name.endswith("WebPage") for name in names)
    said = sum(bool(node.get(key)) for key in ("headline", "datePublished", "author", "articleBody"))
    return said + (1 if page or not any(map(ARTICLES.search, names)) else 10)


def _kinds(node: dict[str, Any]) -> list[str]:
    kinds = node.get("@type")
    return [kind for kind in (kinds[:20] if isinstance(kinds, list) else [kinds]) if isinstance(kind, str)]


def _nodes(tree: HtmlElement) -> Iterator[dict[str, Any]]:
    for script in tree.iter("script"):
        if "ld+json" in (script.get("type") or "").lower() and script.text:
            yield from _walk(_parse(script.text))


def _parse(text: str) -> Any:
    text = (
        text.strip()
        .removeprefix("<!--")
        .removesuffix("-->")
        .removeprefix("<![CDATA[")
        .removesuffix("]]>")
        .rstrip("; \n")
    )
    for attempt in (text, _CONTROL.sub(" ", text)):
        try:
            return json.loads(attempt, strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def _walk(data: Any) -> Iterator[dict[str, Any]]:
    """Every object that may describe the page: the top, lists, @graph, mainEntity; not what the article refers to."""
    queue, seen = [data], 0
    while queue and seen < MOST_NODES:
        node, seen = queue.pop(0), seen + 1
        if isinstance(node, list):
            queue += node[:200]
        elif isinstance(node, dict):
            yield node
            queue += [
                node[key]
                for key in ("@graph", "mainEntity", "mainEntityOfPage")
                if isinstance(node.get(key), dict | list)
            ]
