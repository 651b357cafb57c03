"""Feeds of every kind: RSS 0.9x to 2.0, RDF, Atom, JSON Feed, broken ones too. Bytes in, entries out.

feedparser reads the XML kinds: of the libraries tried it alone got undeclared windows-1251, Latin-1 under a utf-8
label, `&nbsp;` and a bare `&` right. Its `bozo` is no sign of a bad feed (it is set on many good ones) nor its absence
of a good one: what counts is whether there is a version.
"""

from __future__ import annotations

import json
import re
import time
from calendar import timegm
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import feedparser

from model import Entry
from spiders.urls import canonical, entry_key

MOST_ENTRIES = 10_000
LONGEST_TITLE = 500
_ENTITY = re.compile(rb"<!ENTITY", re.IGNORECASE)
_TAGS = re.compile(r"<[^>]{0,1000}>")


@dataclass(frozen=True, slots=True)
class Feed:
    """What a feed carries. `ttl` is how long it says that it may be kept."""

    title: str
    entries: tuple[Entry, ...]
    ttl: timedelta | None = None


def parse(body: bytes, content_type: str, url: str, now: datetime) -> Feed | None:
    """Read a feed; None where the bytes are not one (an HTML error page, say). `url` is where it was fetched from."""
    if body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
        return _json_feed(body, url, now)
    if _ENTITY.search(body[:100_000]):
        # entities of one's own have no place in a feed; bombs are made of them
        body = (
            re.sub(rb"<!DOCTYPE.{0,200000}?\]\s*>", b"", body[:100_000], flags=re.IGNORECASE | re.DOTALL)
            + body[100_000:]
        )
        if _ENTITY.search(body[:100_000]):
            return None
    return _xml_feed(body, content_type, url, now)


def _xml_feed(body: bytes, content_type: str, url: str, now: datetime) -> Feed | None:
    headers = {"content-type": content_type, "content-location": url}
    parsed = feedparser.parse(body, response_headers=headers, sanitize_html=False, resolve_relative_uris=False)
    if not parsed.version:
        return None
    base = canonical(str(parsed.feed.get("link") or ""), url) or url
    entries = (_xml_entry(each, base, now) for each in parsed.entries[:MOST_ENTRIES])
    return Feed(_plain(parsed.feed.get("title")), _distinct(entries), _ttl(parsed.feed))


def _xml_entry(item: Any, base: str, now: datetime) -> Entry | None:
    guid = str(item.get("id") or "")
    link = str(item.get("link") or "") or _first_link(item)
    if not link and item.get("guidislink", True) and guid.startswith(("http://", "https://")):
        link = guid
    published = item.get("published_parsed") or item.get("created_parsed") or item.get("updated_parsed")
    return _entry(guid, link, item.get("title"), _time(published), (base, now))


def _first_link(item: Any) -> str:
    return next((str(link.get("href") or "") for link in item.get("links", ()) if link.get("href")), "")


def _json_feed(body: bytes, url: str, now: datetime) -> Feed | None:
    """JSON Feed 1.0 and 1.1 (jsonfeed.org)."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if (
        not isinstance(data, dict)
        or "jsonfeed.org" not in str(data.get("version"))
        or not isinstance(data.get("items"), list)
    ):
        return None
    base = canonical(str(data.get("home_page_url") or ""), url) or url
    items = (each for each in data["items"][:MOST_ENTRIES] if isinstance(each, dict))
    return Feed(_plain(data.get("title")), _distinct(_json_entry(each, base, now) for each in items))


def _json_entry(item: dict[str, Any], base: str, now: datetime) -> Entry | None:
    link = str(item.get("url") or item.get("external_url") or "")
    title = item.get("title") or str(item.get("content_text") or "")[:100]
    return _entry(str(item.get("id") or ""), link, title, _iso(item.get("date_published")), (base, now))


def _entry(
    guid: str, link: str, title: object, published: datetime | None, place: tuple[str, datetime]
) -> Entry | None:
    """An entry, or None where it has no address. A date in the future is the time at which it was seen."""
    base, now = place
    url = canonical(link, base)
    if not url:
        return None
    when = min(published, now) if published else None
    return Entry(entry_key(guid, url), url, guid[:LONGEST_TITLE], _plain(title), when)


def _distinct(entries: Iterator[Entry | None]) -> tuple[Entry, ...]:
    return tuple({entry.key: entry for entry in entries if entry}.values())


def _plain(value: object) -> str:
    return " ".join(_TAGS.sub(" ", str(value or "")[: 4 * LONGEST_TITLE]).split())[:LONGEST_TITLE]


def _time(parsed: time.struct_time | None) -> datetime | None:
    """feedparser's times are in UTC; one without a zone was taken for UTC."""
    try:
        return datetime.fromtimestamp(timegm(parsed), UTC) if parsed else None
    except (ValueError, OverflowError, OSError):
        return None


def _iso(value: object) -> datetime | None:
    try:
        parsed = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def _ttl(feed: Any) -> timedelta | None:
    """RSS's `ttl`, in minutes, or RSS 1.0's syndication module."""
    value = str(feed.get("ttl") or "").strip()
    if value.isdigit():
        return timedelta(minutes=min(int(value[:6]), 10_080))
    hours = {"hourly": 1, "daily": 24, "weekly": 168}.get(str(feed.get("sy_updateperiod") or "").strip())
    frequency = str(feed.get("sy_updatefrequency") or "1").strip()
    return timedelta(hours=hours) / max(int(frequency[:4]), 1) if hours and frequency.isdigit() else None
