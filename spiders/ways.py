"""Ways into a site: what could be polled there, and which of it is worth most. Pure: pages in, ways out.

`ways` names candidates, `worth` judges what a poll of one has brought. Nothing is believed that was not tried: a
homepage that answers 200 to everything is no feed at any of the usual paths.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from lxml import etree, html

from model import Page, Polled
from spiders.urls import canonical

FEED_TYPES = ("rss+xml", "atom+xml", "feed+json", "rdf+xml")
FEED_PATHS = ("feed/", "rss", "rss.xml", "feed.xml", "atom.xml", "index.xml", "feeds/posts/default", "?feed=rss2")
SITEMAP_PATHS = ("news-sitemap.xml", "sitemap-news.xml", "sitemap_news.xml", "sitemap.xml", "sitemap_index.xml")
MOST_NAMED = 12
WEEK = timedelta(days=7)
KIND_WORTH = {"wordpress": 4.0, "news": 4.0, "feed": 3.0, "sitemap": 1.0, "listing": 0.0}
_SAYS_FEED = re.compile(r"(?:^|[/._=-])(?:rss|feeds?|atom)(?:[/._=?-]|$)", re.IGNORECASE)
_SIDE = re.compile(r"comment|kommentar|/author/|/tag/|/category/|podcast", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Way:
    """Something that could be polled, and why we think of it."""

    kind: str
    url: str
    because: str


@dataclass(frozen=True, slots=True)
class Worth:
    """What a way is worth: `score` orders, `reasons` say why. `works` where it brought articles."""

    way: Way
    works: bool
    entries: int
    newest: datetime | None
    score: float
    reasons: tuple[str, ...]
    hub: str = ""
    """The WebSub hub that it names."""


def ways(url: str, page: Page | None, robots: str = "") -> list[Way]:
    """All that is worth trying at a site, by its homepage (None where that could not be had) and its robots.txt."""
    site = canonical("/", url)
    found = [Way("feed", canonical(url), "it is the address itself")]
    tree = _tree(page)
    base = page.url if page else url
    if tree is not None:
        found += _named(tree, base)
        found += _wordpress(tree, base, site, page.body if page else b"")
    found += [Way("sitemap", each, "robots.txt names it") for each in _in_robots(robots, site)]
    found += [Way("feed", canonical(path, site), "feeds are often there") for path in FEED_PATHS]
    found += [Way("sitemap", canonical(path, site), "sitemaps are often there") for path in SITEMAP_PATHS]
    found.append(Way("listing", canonical(base), "the page itself lists articles"))
    distinct: dict[tuple[str, str], Way] = {}
    for way in found:
        if way.url:
            distinct.setdefault((way.kind, way.url.rstrip("/")), way)
    return list(distinct.values())


def worth(way: Way, polled: Polled, now: datetime) -> Worth:
    """Judge a way by what a first poll of it has brought."""
    if polled.error or not (polled.entries or polled.carried):
        return Worth(way, False, 0, None, -99.0, (polled.error or "it holds no articles",))
    dates = [entry.published for entry in polled.entries if entry.published]
    newest = max(dates, default=None)
    recent = sum(date >= now - WEEK for date in dates)
    news = way.kind == "sitemap" and any(entry.title for entry in polled.entries)
    # what has no date may be of any age: a fifth of it is taken for this week's
    week = recent if dates else len(polled.entries) / 5
    score = KIND_WORTH["news" if news else way.kind] + 2 * math.log2(1 + min(week, 200))
    score += _age(newest, now) - 6 * bool(_SIDE.search(way.url))
    carried = max(polled.carried or 0, len(polled.entries))
    reasons = tuple(_reasons(way, polled, news, recent, newest, now))
    return Worth(way, True, carried, newest, round(score, 1), reasons, polled.hub or "")


def rank(found: Sequence[Worth]) -> list[Worth]:
    """Best first; of two that brought the same the first one stays."""
    return sorted(found, key=lambda each: (-each.works, -each.score, len(each.way.url)))


def site_name(page: Page | None) -> str:
    """What a site calls itself, or empty."""
    tree = _tree(page)
    names = tree.xpath('//meta[@property="og:site_name"]/@content') if tree is not None else []
    return " ".join(str(names[0]).split())[:100] if names else ""


def hub_of(page: Page | None) -> str:
    """The WebSub hub that a page or feed names, or empty."""
    if page is None:
        return ""
    found = re.search(rb"<(?:atom:)?link[^>]{0,300}rel=[\"']hub[\"'][^>]{0,300}>", page.body[:50_000])
    href = re.search(rb"href=[\"']([^\"']{1,500})[\"']", found[0]) if found else None
    return canonical(href[1].decode("utf-8", "replace"), page.url) if href else ""


def _reasons(
    way: Way, polled: Polled, news: bool, recent: int, newest: datetime | None, now: datetime
) -> Iterator[str]:
    yield way.because
    if way.kind == "wordpress":
        yield "nothing scrolls out of it, and edits are seen"
    if news:
        yield "a news sitemap lists every article of the last two days"
    if newest is None:
        yield f"{len(polled.entries)} articles without dates"
    else:
        hours = (now - newest) / timedelta(hours=1)
        age = f"{hours:.0f} hours" if hours < 48 else f"{hours / 24:.0f} days"
        yield f"{recent} articles of the last week, the latest {age} old"
    if polled.hub:
        yield "its WebSub hub can push"
    if _SIDE.search(way.url):
        yield "it is only a part of the site"


def _age(newest: datetime | None, now: datetime) -> float:
    if newest is None:
        return 0.0
    return 2.0 if now - newest < timedelta(days=2) else -4.0 if now - newest > timedelta(days=30) else 0.0


def _tree(page: Page | None) -> Any:
    if page is None or not page.body.strip():
        return None
    try:
        return html.document_fromstring(
            page.body[:3_000_000], parser=html.HTMLParser(encoding="utf-8", huge_tree=False)
        )
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return None


def _named(tree: Any, base: str) -> list[Way]:
    """Feeds that a page names in its head, and those that it links to."""
    named = [
        Way("feed", canonical(str(link.get("href")), base), "the page names it as its feed")
        for link in tree.iter("link")
        if link.get("href") and "alternate" in str(link.get("rel") or "").lower()
        and str(link.get("type") or "").lower().partition("/")[2].startswith(FEED_TYPES)
    ]  # fmt: skip
    host = urlsplit(base).netloc
    linked = [
        Way("feed", url, "the page links to it")
        for anchor in tree.iter("a")
        if (url := canonical(str(anchor.get("href") or ""), base))
        and _SAYS_FEED.search(urlsplit(url).path + "?" + urlsplit(url).query)
        and urlsplit(url).netloc.endswith(host.removeprefix("www."))
    ]
    return named[:MOST_NAMED] + linked[:MOST_NAMED]


def _wordpress(tree: Any, base: str, site: str, body: bytes) -> list[Way]:
    apis = [str(link.get("href")) for link in tree.iter("link") if link.get("rel") == "https://api.w.org/"]
    if apis:
        api = canonical(apis[0], base)
        return [Way("wordpress", f"{api.rstrip('/')}/wp/v2/posts", "the page names its WordPress API")]
    if b"/wp-content/" in body or b"wordpress" in body[:5_000].lower():
        return [Way("wordpress", canonical(site), "the page is made by WordPress")]
    return []


def _in_robots(robots: str, site: str) -> list[str]:
    lines = re.findall(r"^\s*sitemap\s*:\s*(\S{1,2000})", robots, re.IGNORECASE | re.MULTILINE)
    found = dict.fromkeys(url for line in lines[:500] if (url := canonical(line, site)))
    return sorted(found, key=lambda url: "news" not in url.lower())[:MOST_NAMED]
