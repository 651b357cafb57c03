"""The cheap look at a page: enough to say what it is where nothing can be found in it, and to know that."""

from __future__ import annotations

from selectolax.lexbor import LexborHTMLParser

from extract import dates
from extract.decode import text_of
from extract.guard import tamed
from model import Article, Page

LONGEST = 200_000


def quick(page: Page) -> Article:
    """Title, date, address and the text of the paragraphs, in about a millisecond.

    Raises ExtractError like `extract`.
    """
    tree = LexborHTMLParser(tamed(text_of(page)))
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
