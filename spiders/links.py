"""Links of a section page: which lead to articles. Pure: bytes in, links out.

Two things tell an article's link from navigation. Its shape: a date, a long slug, a number in the path, a headline as
text; words like `tag` or `login` speak against it. And its coming and going: from poll to poll articles appear and
leave, navigation stays. What comes and goes is counted by *pattern*, the address with its words and numbers left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from lxml import etree, html
from lxml.cssselect import CSSSelector

from spiders.feeds import plain
from spiders.urls import canonical

MOST_LINKS = 3_000
SURE = 3
"""Points from which a link leads to an article by its shape alone."""
LIKELY = 1
"""Points from which it does where links of its pattern come and go."""
_DATE = re.compile(r"/(?:19|20)\d\d[/-]?(?:0?[1-9]|1[0-2])(?:[/-]?(?:0?[1-9]|[12]\d|3[01]))?(?=[/-]|$)")
_NUMBER = re.compile(r"\d{5,}")
_NAVIGATION = re.compile(
    r"^(?:tags?|topics?|themen?|author|authors|autor|category|categories|kategorie|section|sections|search|suche|login"
    r"|signin|signup|register|account|subscribe|abo|newsletters?|about|about-us|contact|kontakt|impressum|imprint"
    r"|privacy|datenschutz|terms|cookies?|help|faq|jobs|careers|advertise|shop|rss|feeds?|podcasts?|live|weather|wetter"
    r"|page|pages|archive|archives|share|print|comments?|user|users|profile|wp-admin|wp-login\.php|wp-content|cdn-cgi)$",
    re.IGNORECASE,
)
_FILE = re.compile(r"\.(?:jpe?g|png|gif|webp|svg|pdf|zip|mp[34]|css|js|xml|rss|ico|docx?|xlsx?|epub)$", re.IGNORECASE)
_NEXT = re.compile(r"^(?:next|older|older posts|weiter|nächste|suivant|siguiente|التالي|›|»|→|>)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Link:
    """A link with its text; `points` is how much its shape speaks for an article, `pattern` what it is like."""

    url: str
    text: str
    points: int
    pattern: str


@dataclass(frozen=True, slots=True)
class Listing:
    """A section page: its links, each address once, and the address of its next page, if any."""

    links: tuple[Link, ...]
    following: str = ""


class BadSelector(ValueError):
    """The operator's selector is no CSS."""


def read(body: bytes, charset: str, url: str, selector: str = "") -> Listing | None:
    """The links of a page; with `selector` only those that it matches, all of which are articles.

    None where the bytes are no page. Raises BadSelector.
    """
    tree = _tree(body, charset)
    if tree is None:
        return None
    base = canonical(str(next(iter(tree.xpath("//base/@href")), "")), url) or url
    chosen = _anchors(tree, selector)
    found: dict[str, Link] = {}
    for anchor in chosen:
        link = _link(anchor, base, chosen=bool(selector))
        if (
            link
            and link.url != canonical(url)
            and (link.url not in found or len(link.text) > len(found[link.url].text))
        ):
            found[link.url] = link
        if len(found) >= MOST_LINKS:
            break
    return Listing(tuple(found.values()), _following(tree, base))


def _tree(body: bytes, charset: str) -> Any:
    if not body.strip():
        return None
    try:
        parser = html.HTMLParser(encoding=charset or None, huge_tree=False, no_network=True)
        return html.document_fromstring(body, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError, LookupError):
        return None


def _anchors(tree: Any, selector: str) -> Iterator[Any]:
    """The `a` elements; those that the selector matches, are in it or are around it."""
    if not selector:
        yield from tree.iter("a")
        return
    try:
        matched = CSSSelector(selector, translator="html")(tree)
    except Exception as error:  # noqa: BLE001 - cssselect has several, and lxml its own
        raise BadSelector(f"the selector {selector!r} is no CSS selector: {error}") from None
    for element in matched:
        inside = [element] if element.tag == "a" else list(element.iter("a"))
        yield from inside or list(element.iterancestors("a"))[:1]


def _link(anchor: Any, base: str, *, chosen: bool) -> Link | None:
    href = str(anchor.get("href") or "").strip()
    url = canonical(href, base) if href and not href.startswith("#") else ""
    if not url:
        return None
    text = plain(" ".join(anchor.itertext())) or plain(anchor.get("title")) or plain(anchor.get("aria-label"))
    return Link(url, text, SURE if chosen else points(url, text, base), pattern(url))


def points(url: str, text: str, base: str) -> int:
    """How much a link's shape speaks for an article: about -9 to 8."""
    parts = urlsplit(url)
    segments = [segment for segment in parts.path.split("/") if segment]
    if _site(parts.netloc) != _site(urlsplit(base).netloc) or not (segments or parts.query):
        return -9
    if _FILE.search(parts.path) or any(_NAVIGATION.match(segment) for segment in segments[:-1]):
        return -5
    last = segments[-1] if segments else ""
    if _NAVIGATION.match(last) or re.search(r"(?:^|&)(?:page|paged|s|q|cat|tag)=", parts.query):
        return -5
    words = len(re.findall(r"[^\W\d_]{2,}|%[0-9A-F]{2}", re.sub(r"\.\w{2,5}$", "", last)))
    score = 2 * bool(_DATE.search(parts.path)) + 2 * bool(
        _NUMBER.search(last) or re.search(r"\bid=\d+|p=\d+", parts.query)
    )
    score += 2 if words >= 4 else 1 if words == 3 else 0
    return score + _headline(text) + (last.endswith((".html", ".htm")) and words > 1)


def _headline(text: str) -> int:
    """Headlines are longer than the names of sections; Chinese and Arabic ones have fewer letters."""
    words, letters = len(text.split()), len(text)
    if words >= 5 or (letters >= 12 and any(letter > "\u2e80" for letter in text)):
        return 2
    return 1 if words >= 3 or letters >= 25 else -1


def pattern(url: str) -> str:
    """An address without what differs between articles: `/news/*-#` for `/news/a-man-speaks-1234`."""
    parts = urlsplit(url)
    segments = parts.path.split("/")
    shape = [
        segment[:30] if place < 2 and segment.isalpha() else _blurred(segment) for place, segment in enumerate(segments)
    ]
    keys = sorted(pair.partition("=")[0][:20] for pair in parts.query.split("&")[:5] if pair)
    return ("/".join(shape[:8]) + ("?" + "&".join(keys) if keys else ""))[:120]


def _blurred(segment: str) -> str:
    blurred = re.sub(r"\d+", "#", segment)
    return re.sub(r"[^#/.]{4,}", "*", blurred)[:20]


def _site(host: str) -> str:
    """The host without `www.`, `m.` and port: near enough to tell one outlet from another."""
    return re.sub(r"^(?:www|m|mobile|amp|edition)\.", "", host.lower()).partition(":")[0]


def _following(tree: Any, base: str) -> str:
    """The address of the next page: `rel="next"`, or a link that is called so."""
    for element in tree.xpath('//link[@rel="next"]/@href | //a[contains(concat(" ", @rel, " "), " next ")]/@href'):
        return canonical(str(element), base)
    for anchor in tree.iter("a"):
        text = plain(anchor.get("aria-label") or " ".join(anchor.itertext()))
        if len(text) < 20 and _NEXT.match(text) and anchor.get("href"):
            return canonical(str(anchor.get("href")), base)
    return ""
