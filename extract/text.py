"""The article's text: trafilatura's, checked against what else is known of the page."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import trafilatura
from lxml.html import HtmlElement
from rapidfuzz import fuzz

from extract import structured
from extract.structured import Structured

THIN = 250
"""Characters; a text that is shorter is looked for elsewhere too."""
_TAGS = re.compile(r"<[^>]+>")
_BREAKS = re.compile(r"</?(?:p|br|div|h[1-6]|li|blockquote)\b[^>]*>", re.IGNORECASE)
_BODY_KEYS = ("articleBody", "body", "content", "text", "html", "bodyText")


def lines(tree: HtmlElement, said: Structured, title: str) -> list[str]:
    """The text as paragraphs, without the title repeated on top."""
    precise = _trafilatura(tree, favor_precision=True)
    usual = _trafilatura(tree, favor_precision=False)
    text = precise if len(precise) > 0.6 * len(usual) else usual
    text = _better(text, _stated(said))
    if len(text) < THIN:
        text = _better(text, _from_scripts(tree))
    return _without_title([line.strip() for line in text.split("\n") if line.strip()], title)


def _trafilatura(tree: HtmlElement, *, favor_precision: bool) -> str:
    found = trafilatura.bare_extraction(
        deepcopy(tree),
        favor_precision=favor_precision,
        include_comments=False,
        include_tables=True,
        with_metadata=False,
    )
    return (found.text or "") if found is not None else ""


def _stated(said: Structured) -> str:
    """The article's body as the page states it for machines."""
    body = said.article.get("articleBody")
    return _plain(body) if isinstance(body, str) else ""


def _better(text: str, other: str) -> str:
    """The other text where the first is clearly a part of it, or nothing to speak of, or something else altogether."""
    if len(other) < THIN:
        return text
    if len(text) < THIN or len(text) * 3 < len(other):
        return other
    return text


def _plain(text: str) -> str:
    text = _TAGS.sub("", _BREAKS.sub("\n", text)) if "<" in text else text
    return "\n".join(cleaned for line in text.split("\n") if (cleaned := structured.clean(line)))


def _without_title(found: list[str], title: str) -> list[str]:
    while (
        found
        and title
        and len(found[0]) < 2 * len(title) + 20
        and fuzz.ratio(found[0].casefold(), title.casefold()) > 90
    ):
        found = found[1:]
    return found


def _from_scripts(tree: HtmlElement) -> str:
    """The longest text in the data that a page's own program is started with (Next.js and its like)."""
    best = ""
    for script in tree.iter("script"):
        source = script.text or ""
        if script.get("id") == "__NEXT_DATA__" or "application/json" in (script.get("type") or ""):
            best = max(best, _longest(_json(source)), key=len)
        elif "__next_f.push" in source:
            best = max(best, _longest(_pushed(source)), key=len)
    return best


def _json(source: str) -> Any:
    try:
        return json.loads(source)
    except (ValueError, RecursionError):
        return None


def _pushed(source: str) -> list[Any]:
    found = re.search(r"__next_f\.push\((\[.*\])\)", source, re.DOTALL)
    chunk = _json(found[1]) if found else None
    return chunk if isinstance(chunk, list) else []


def _longest(data: Any) -> str:
    texts = [_plain(text) for text in _texts(data)]
    joined = "\n".join(texts)
    return max([*texts, joined if len(texts) > 3 else ""], key=len, default="")


def _texts(data: Any) -> Iterator[str]:
    """Strings of JSON data that read like prose, in the order of the page."""
    stack, seen = [data], 0
    while stack and seen < 50_000:
        node, seen = stack.pop(), seen + 1
        if isinstance(node, str):
            if len(node) > 80 and node.count(" ") > len(node) / 12 and "{" not in node and "://" not in node[:100]:
                yield node
        elif isinstance(node, dict):
            stack += reversed(list(node.values()))
        elif isinstance(node, list):
            stack += reversed(node)
