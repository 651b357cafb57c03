"""The cheap look at a page: enough to say what it is where nothing can be found in it, and to know that.

`visible_text` holds everything that `extract` could ever put into an article (text, title, meta elements, JSON in
scripts), so that a name which is not in it cannot be in the article.
"""

from __future__ import annotations

import html as entities
import re

from selectolax.lexbor import LexborHTMLParser

from extract import dates
from extract.decode import decode
from extract.guard import tamed
from model import Article, Page

_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
_STYLE = re.compile(r"<style\b.*?</style>", re.IGNORECASE | re.DOTALL)
_INLINE = re.compile(r"</?(?:a|abbr|b|bdi|em|font|i|mark|small|span|strong|sub|sup|u|wbr)\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]{0,5000}>")
LONGEST = 200_000


def visible_text(page: Page) -> str:
    """All text of a page, also what stands in attributes and scripts; entities and escapes are resolved."""
    text = decode(page.body, page.headers.get("content-type", ""))
    # a name split by inline mark-up is whole in the article, so it must be whole here; attributes are kept beside
    whole = _TAG.sub(" ", _INLINE.sub("", _STYLE.sub(" ", text))) if "<" in text else text
    return _unescaped(text) + "\n" + _unescaped(whole)


def _unescaped(text: str) -> str:
    if "\\u" in text:
        text = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
    if "&" in text:
        text = entities.unescape(text)
    # soft hyphens, zero-width characters and no-break spaces hide a name from the eye of a program alone
    return text.translate(_INVISIBLE)


_INVISIBLE = {0xAD: None, 0x200B: None, 0x200C: None, 0x200D: None, 0x2060: None, 0xFEFF: None, 0xA0: " ", 0x202F: " "}


def quick(page: Page) -> Article:
    """Title, date, address and the text of the paragraphs, in about a millisecond."""
    tree = LexborHTMLParser(tamed(decode(page.body, page.headers.get("content-type", ""))))
    title = _content(tree, 'meta[property="og:title"]') or _text(tree, "h1") or _text(tree, "title")
    address = _attribute(tree, 'link[rel="canonical"]', "href")
    canonical = address if address.startswith(("http://", "https://")) else page.url
    published = dates.parse(
        _content(tree, 'meta[property="article:published_time"]') or _attribute(tree, "time[datetime]", "datetime"),
        page.fetched,
    )
    language = (_attribute(tree, "html", "lang").partition("-")[0].lower() + "  ")[:2].strip()
    outlet = _content(tree, 'meta[property="og:site_name"]')
    text = _paragraphs(tree)
    return Article(page.url or canonical, title, text, canonical, published=published, language=language, outlet=outlet)


def _paragraphs(tree: LexborHTMLParser) -> str:
    found = (" ".join(node.text(separator=" ").split()) for node in tree.css("p"))
    return "\n\n".join(text for text in found if len(text) > 40)[:LONGEST]


def _text(tree: LexborHTMLParser, selector: str) -> str:
    node = tree.css_first(selector)
    return " ".join(node.text().split())[:500] if node else ""


def _content(tree: LexborHTMLParser, selector: str) -> str:
    return " ".join(_attribute(tree, selector, "content").split())[:500]


def _attribute(tree: LexborHTMLParser, selector: str, name: str) -> str:
    node = tree.css_first(selector)
    return ((node.attributes.get(name) or "") if node else "").strip()[:2000]
