"""Feeds of every kind: RSS 0.9x to 2.0, RDF, Atom, JSON Feed, broken ones too. Bytes in, entries out.

feedparser reads the XML kinds: of the libraries tried it alone got Latin-1 under a utf-8 label, `&nbsp;` and a bare
`&` right; charset-normalizer helps it where the charset is undeclared or declared wrongly. Its `bozo` is no sign of a
bad feed (it is set on many good ones) nor its absence of a good one: what counts is whether there is a version.
"""

from __future__ import annotations

import html
import json
import re
import time
from calendar import timegm
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import charset_normalizer
import feedparser

from model import Entry
from spiders import fulltext
from spiders.urls import canonical, entry_key

MOST_ENTRIES = 10_000
LONGEST_TITLE = 500
_HEAD = 100_000
"""Where in a document its declarations are looked for."""
_ENTITY = re.compile(rb"<!ENTITY", re.IGNORECASE)
_HTML = re.compile(
    rb"(?:\s|<!--.{0,2000}?-->|<\?xml[^>]{0,200}>)*<(?:!doctype\s+)?html[\s>]", re.IGNORECASE | re.DOTALL
)
_ITEM = re.compile(rb"<(?:\w{1,20}:)?(?:item|entry)[\s>]")
_DECLARED = re.compile(r"(?:charset|encoding)\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)
_FALSE = {"utf-8", "utf8", "us-ascii", "ascii"}
"""Charsets that a body which is not UTF-8 cannot be in, whatever is said."""
_GUESSED = ["cp1251", "cp1252", "cp1254", "cp1256", "koi8_r"]
_SKIPPED = re.compile(rb"<skipHours>(.{0,4000}?)</skipHours>", re.DOTALL)
_SKIPPED_DAYS = re.compile(rb"<skipDays>(.{0,2000}?)</skipDays>", re.DOTALL)
_DAYS = (b"monday", b"tuesday", b"wednesday", b"thursday", b"friday", b"saturday", b"sunday")
_TAGS = re.compile(r"<[^>]{0,1000}>")


@dataclass(frozen=True, slots=True)
class Feed:
    """What a feed carries. `ttl` is how long it says that it may be kept."""

    title: str
    entries: tuple[Entry, ...]
    ttl: timedelta | None = None
    skip: tuple[int, ...] = ()
    """Hours of the day (UTC) in which it asks not to be polled."""
    skip_days: tuple[int, ...] = ()
    """Days of the week, Monday 0, on which it asks not to be polled."""
    hub: str = ""
    """The WebSub hub that it names, if it does."""
    topic: str = ""
    """Its own address, as it says."""


def parse(body: bytes, content_type: str, url: str, now: datetime) -> Feed | None:
    """Read a feed; None where the bytes are not one (an HTML error page, say). `url` is where it was fetched from.

    Whatever the bytes are, nothing is raised. The time that it takes grows with their number and no faster.
    """
    if body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
        return _json_feed(body, url, now)
    body = _without_entities(body)
    if not body or is_html(body):
        return None
    return _xml_feed(_cut(body), content_type, url, now)


def is_html(body: bytes) -> bool:
    """Whether a web page came: told from its first bytes, since feedparser would take long to find nothing in it."""
    return bool(_HTML.match(body.removeprefix(b"\xef\xbb\xbf"), 0, 8000))


def _without_entities(body: bytes) -> bytes:
    """The document without entities of its own, which have no place in a feed (bombs are made of them).

    Empty where they cannot be taken out.
    """
    head = body[:_HEAD]
    if not _ENTITY.search(head):
        return body
    start, end = head.upper().find(b"<!DOCTYPE"), re.search(rb"\]\s{0,100}>", head)
    if start < 0 or end is None or end.start() < start or _ENTITY.search(head, end.end()):
        return b""
    return head[:start] + head[end.end() :] + body[_HEAD:]


def _cut(body: bytes) -> bytes:
    """The document up to the last entry that is read."""
    beyond = next(islice(_ITEM.finditer(body), MOST_ENTRIES, None), None)
    return body[: beyond.start()] if beyond else body


def _xml_feed(body: bytes, content_type: str, url: str, now: datetime) -> Feed | None:
    body, charset = _readable(body, content_type)
    headers = {"content-type": f"text/xml; charset={charset}" if charset else content_type, "content-location": url}
    try:
        parsed = feedparser.parse(body, response_headers=headers, sanitize_html=False, resolve_relative_uris=False)
    except Exception:  # noqa: BLE001 - a parser that breaks on what it is given has found no feed
        return None
    if not parsed.version:
        return None
    base = canonical(str(parsed.feed.get("link") or ""), url) or url
    entries = (_xml_entry(each, base, now) for each in parsed.entries[:MOST_ENTRIES])
    hub, topic = (_linked(parsed.feed, rel, url) for rel in ("hub", "self"))
    told = (_ttl(parsed.feed), _skipped(body), _skipped_days(body))
    return Feed(plain(parsed.feed.get("title")), _distinct(entries), *told, hub, topic)


def _readable(body: bytes, content_type: str) -> tuple[bytes, str]:
    """A body with the charset that it is in where it does not say so, or says it falsely; else an empty one."""
    declared = _DECLARED.search(body[:200].decode("latin-1")) or _DECLARED.search(content_type)
    if body.startswith((b"\xff\xfe", b"\xfe\xff", b"\x00")) or (declared and declared[1].lower() not in _FALSE):
        return body, ""
    try:
        body.decode()
    except UnicodeDecodeError as error:
        sample = body[max(error.start - 20_000, 0) : error.start + 20_000]
    else:
        return body, ""
    letters = [letter for letter in sample.decode("utf-8", "replace") if letter > "\x7f"]
    if letters.count("\ufffd") < len(letters) / 2:  # UTF-8 with a few broken letters, cut by who wrote the summary
        return body.decode("utf-8", "replace").encode(), "utf-8"
    best = charset_normalizer.from_bytes(sample, cp_isolation=_GUESSED).best()
    return body, best.encoding if best else ""


def _xml_entry(item: Any, base: str, now: datetime) -> Entry | None:
    guid = str(item.get("id") or "")
    link = str(item.get("link") or "") or _first_link(item)
    if not link and item.get("guidislink", True) and guid.startswith(("http://", "https://")):
        link = guid
    published = item.get("published_parsed") or item.get("created_parsed") or item.get("updated_parsed")
    entry = _entry(guid, link, item.get("title"), _time(published), (base, now))
    return _with_text(entry, _content(item), item.get("author")) if entry else None


def _content(item: Any) -> str:
    """The longest text of an item that is more than its summary: `content:encoded`, or Atom's `content`."""
    found = (str(each.get("value") or "") for each in item.get("content", ()) if "html" in str(each.get("type")))
    return max(found, key=len, default="")


def _with_text(entry: Entry, text: str, author: object) -> Entry:
    if not text.strip():
        return entry
    return replace(entry, content=fulltext.page(text, entry.url, entry.title, plain(author), entry.published))


def _linked(feed: Any, rel: str, url: str) -> str:
    """The address of a feed's first link of a kind, or empty."""
    links = (link for link in feed.get("links", ()) if str(link.get("rel") or "").lower() == rel)
    return next((canonical(str(link.get("href") or ""), url) for link in links), "")


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
    entries = _distinct(_json_entry(each, base, now) for each in items)
    topic = canonical(str(data.get("feed_url") or ""), url)
    return Feed(plain(data.get("title")), entries, hub=_json_hub(data, url), topic=topic)


def _json_hub(data: dict[str, Any], url: str) -> str:
    hubs = data.get("hubs")
    named = [each for each in hubs if isinstance(each, dict)] if isinstance(hubs, list) else []
    found = (str(each.get("url") or "") for each in named if str(each.get("type")).lower() == "websub")
    return canonical(next(found, ""), url)


def _json_entry(item: dict[str, Any], base: str, now: datetime) -> Entry | None:
    link = str(item.get("url") or item.get("external_url") or "")
    title = item.get("title") or str(item.get("content_text") or "")[:100]
    entry = _entry(str(item.get("id") or ""), link, title, _iso(item.get("date_published")), (base, now))
    return _with_text(entry, str(item.get("content_html") or ""), _author(item)) if entry else None


def _author(item: dict[str, Any]) -> str:
    authors = item.get("authors") or [item.get("author")]
    names = [each.get("name") for each in authors if isinstance(each, dict)] if isinstance(authors, list) else []
    return ", ".join(str(name) for name in names if name)


def _entry(
    guid: str, link: str, title: object, published: datetime | None, place: tuple[str, datetime]
) -> Entry | None:
    """An entry, or None where it has no address. A date in the future is the time at which it was seen."""
    base, now = place
    url = canonical(link, base)
    if not url:
        return None
    when = min(published, now) if published else None
    return Entry(entry_key(guid, url), url, guid[:LONGEST_TITLE], plain(title), when)


def _distinct(entries: Iterator[Entry | None]) -> tuple[Entry, ...]:
    """Each entry once. Where a feed gives several articles one GUID, their addresses tell them apart."""
    found = {(entry.key, entry.url): entry for entry in entries if entry}
    times = Counter(key for key, _ in found)
    own = (e if times[e.key] == 1 else replace(e, key=entry_key("", e.url)) for e in found.values())
    return tuple({entry.key: entry for entry in own}.values())


def plain(value: object) -> str:
    """Foreign text in one line: without tags and entities, cut where it is too long."""
    text = html.unescape(_TAGS.sub(" ", str(value or "")[: 4 * LONGEST_TITLE]))
    return " ".join(text.split())[:LONGEST_TITLE]


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
    try:
        return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    except OverflowError:  # in the year 1 or 9999
        return None


def _ttl(feed: Any) -> timedelta | None:
    """RSS's `ttl`, in minutes, or RSS 1.0's syndication module."""
    value = str(feed.get("ttl") or "").strip()
    if value.isdecimal():
        return timedelta(minutes=min(int(value[:6]), 10_080))
    hours = {"hourly": 1, "daily": 24, "weekly": 168}.get(str(feed.get("sy_updateperiod") or "").strip())
    frequency = str(feed.get("sy_updatefrequency") or "1").strip()
    return timedelta(hours=hours) / max(int(frequency[:4]), 1) if hours and frequency.isdecimal() else None


def _skipped(body: bytes) -> tuple[int, ...]:
    """RSS's `skipHours`; 24 is midnight in old feeds. One that asks to be left alone all day is not believed."""
    found = _SKIPPED.search(body[:_HEAD])
    hours = {int(hour) % 24 for hour in re.findall(rb"<hour>\s*(\d{1,2})\s*</hour>", found[1])} if found else set()
    return tuple(sorted(hours)) if len(hours) < 24 else ()


def _skipped_days(body: bytes) -> tuple[int, ...]:
    """RSS's `skipDays`; all seven are not believed."""
    found = _SKIPPED_DAYS.search(body[:_HEAD])
    named = {day.lower() for day in re.findall(rb"<day>\s*([A-Za-z]{6,9})\s*</day>", found[1])} if found else set()
    days = tuple(number for number, day in enumerate(_DAYS) if day in named)
    return days if len(days) < len(_DAYS) else ()
