"""The article's text: trafilatura's, checked against what else is known of the page."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import trafilatura
from lxml import etree
from lxml.html import HtmlElement
from rapidfuzz import fuzz

from extract import keep, structured
from extract.prune import pruned
from extract.structured import Structured

THIN = 250
"""Characters; a text that is shorter is looked for elsewhere too."""
SURE = 1_500
"""Characters; a text that was found in the precise mode and is longer needs no second look."""
DESCRIPTIONS = ("og:description", "description", "twitter:description")
_ENDS = tuple('.!?"\u201d\u00bb)\u3002\u061f')
_TAGS = re.compile(r"<[^>]+>")
_SCRIPTS = re.compile(r"<(script|style|noscript|template)\b.*?</\1>", re.IGNORECASE | re.DOTALL)
_BREAKS = re.compile(r"</?(?:p|br|div|h[1-6]|li|blockquote|tr|figcaption|section|article)\b[^>]*>", re.IGNORECASE)
_RULE = re.compile(r"[|\s:-]+")
_LITERAL = re.compile(r'"(?:[^"\\\n]|\\.){400,}+"')


@dataclass(frozen=True, slots=True)
class Body:
    """The article's paragraphs, and those of the text found before each block was weighed.

    The latter still have what is said around an article: where it is from, and that the rest must be paid for.
    """

    lines: list[str]
    whole: list[str]


def read(tree: HtmlElement, said: Structured, title: str) -> Body:
    """The text as paragraphs, without the title repeated on top."""
    page, text = found(tree, said)
    whole = _cleaned(text.split("\n"), title)
    weighed = None if "LiveBlogPosting" in said.kinds else keep.kept(page, text, title, said.first(*DESCRIPTIONS))
    return Body(whole if weighed is None else _cleaned(weighed, title), whole)


def _cleaned(every: list[str], title: str) -> list[str]:
    return _without_title([line for each in every if (line := each.strip()) and not _RULE.fullmatch(line)], title)


def found(tree: HtmlElement, said: Structured) -> tuple[HtmlElement, str]:
    """The page without its furniture, and its text before each block is weighed."""
    page = pruned(deepcopy(tree))
    text = _trafilatura(page, favor_precision=True)
    if len(text) < SURE:
        usual = _trafilatura(page, favor_precision=False)
        text = text if len(text) > 0.4 * len(usual) else usual
    text = _only(_better(text, _stated(said)), _stated(said), said)
    return page, _better(text, _from_scripts(tree)) if len(text) < THIN else text


def of_elements(elements: list[HtmlElement], title: str) -> list[str]:
    """All the text of these elements as paragraphs: what an operator chose is neither weighed nor sifted."""
    sources = (etree.tostring(element, encoding="unicode", method="html", with_tail=False) for element in elements)
    found = [line for source in sources for line in _plain(_SCRIPTS.sub("", source)).split("\n") if line]
    return _without_title(found, title)


def _only(text: str, stated: str, said: Structured) -> str:
    """The article as stated, where it is whole and what was found has it and more than as much again of other things."""
    whole = len(stated) > SURE / 3 and stated.rstrip()[-1:] in _ENDS and not stated.rstrip().endswith("...")
    if not whole or len(text) < 2 * len(stated) or "LiveBlogPosting" in said.kinds:
        return text
    found = _runs(text)
    runs = _runs(stated)
    return stated if len(runs & found) > 0.8 * len(runs) else text


def _runs(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text.casefold())
    return set(zip(words, words[1:], words[2:], words[3:], strict=False))


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
        and (fuzz.ratio(found[0].casefold(), title.casefold()) > 90 or found[0].endswith(f"| {title}"))
    ):
        found = found[1:]
    return found


def without_byline(found: list[str], byline: tuple[str, ...]) -> list[str]:
    """The text without a first line that only says who wrote it and when."""
    first = found[0] if found else ""
    left = first
    for name in byline:
        left = re.sub(re.escape(name), " ", left, flags=re.IGNORECASE)
    named = left != first and len(first) < 120
    return found[1:] if named and len(re.findall(r"[^\W\d_]{2,}", left)) <= 3 else found


def _from_scripts(tree: HtmlElement) -> str:
    """The longest text in the data that a page's own program is started with (Next.js and its like)."""
    best = ""
    for script in tree.iter("script"):
        source = script.text or ""
        if script.get("id") == "__NEXT_DATA__" or "application/json" in (script.get("type") or ""):
            best = max(best, _longest(_json(source)), key=len)
        elif "__next_f.push" in source:
            best = max(best, _longest(_pushed(source)), key=len)
        elif not script.get("type") and len(source) > THIN:
            best = max(best, _longest(_literals(source)), key=len)
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


def _literals(source: str) -> list[str]:
    """Strings inside of a program that hold paragraphs of HTML."""
    found = (_json(literal) for literal in _LITERAL.findall(source[:2_000_000]))
    return [_plain(text) for text in found if isinstance(text, str) and "<p" in text]


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
