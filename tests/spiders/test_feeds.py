"""Bytes in, entries out: every kind of feed, and whatever else a server may send."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from samples_of_feeds import ATOM, BROKEN, EMPTY, JSON, KINDS, LAUGHS, ONE, RSS2, TWO

from spiders import feeds

NOW = datetime(2026, 3, 14, 9, 30, tzinfo=UTC)
URL = "https://outlet.example/feed"
PIECES = [
    RSS2,
    ATOM,
    JSON,
    BROKEN,
    EMPTY,
    LAUGHS.encode(),
    b"<item>",
    b"<![CDATA[",
    b"]]>",
    b"&#x110000;",
    b"&#0;",
    b"<!",
]
PIECES += [
    b"<!DOCTYPE",
    b"<pubDate>99 Foo 9999999</pubDate>",
    b'{"version":"jsonfeed.org"',
    b'"items":[',
    b"\xff\xfe",
    b"\x00",
]


def parse(body: bytes, content_type: str = "application/rss+xml") -> feeds.Feed | None:
    return feeds.parse(body, content_type, URL, NOW)


def entries(body: bytes, content_type: str = "application/rss+xml") -> list[tuple[str, str]]:
    feed = parse(body, content_type)
    assert feed is not None
    return [(entry.url, entry.title) for entry in feed.entries]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_feed_gives_the_same_entries(kind: str) -> None:
    assert entries(KINDS[kind]) == [(ONE, "First & foremost"), (TWO, "Second")]


@pytest.mark.parametrize("kind", ["rss 1.0", "rss 2.0", "atom", "json feed"])
def test_dates_are_aware_and_in_utc(kind: str) -> None:
    feed = parse(KINDS[kind])
    assert feed is not None
    assert [entry.published for entry in feed.entries] == [datetime(2026, 3, 13, 9, tzinfo=UTC), None]


def test_a_date_in_the_future_is_the_time_at_which_it_was_seen() -> None:
    feed = parse(RSS2.replace(b"2026 10:00", b"2031 10:00"))
    assert feed is not None
    assert feed.entries[0].published == NOW


@pytest.mark.parametrize("date", ["0001-01-01T00:00:00+23:00", "9999-12-31T23:59:59-23:00", "soon", "", None, 7])
def test_an_impossible_date_is_none(date: object) -> None:
    item = {"id": "1", "url": ONE, "date_published": date}
    feed = parse(json.dumps({"version": "https://jsonfeed.org/version/1", "items": [item]}).encode())
    assert feed is not None
    assert feed.entries[0].published is None


def test_an_edited_title_and_tracking_parameters_are_no_new_entry() -> None:
    before, after = parse(RSS2), parse(RSS2.replace(b"foremost", b"foremost (updated)").replace(b"=rss", b"=twitter"))
    assert before is not None
    assert after is not None
    assert before.entries[0].title != after.entries[0].title
    assert [(entry.key, entry.url) for entry in before.entries] == [(entry.key, entry.url) for entry in after.entries]


def test_tracking_parameters_in_an_address_that_serves_as_guid_are_no_new_entry() -> None:
    plain, tracked = (
        parse(RSS2.replace(b'<guid isPermaLink="false">a-1', b"<guid>" + ONE.encode() + query))
        for query in (b"", b"?utm_source=rss")
    )
    assert plain is not None
    assert tracked is not None
    assert plain.entries[0].key == tracked.entries[0].key


def test_articles_to_which_a_feed_gives_one_guid_are_not_lost() -> None:
    feed = parse(RSS2.replace(b"a-2", b"a-1"))
    assert feed is not None
    assert [entry.url for entry in feed.entries] == [ONE, TWO]
    assert len({entry.key for entry in feed.entries}) == 2


def test_an_entry_that_stands_twice_counts_once() -> None:
    assert entries(RSS2.replace(b"a-2", b"a-1").replace(TWO.encode(), ONE.encode())) == [(ONE, "Second")]


def test_an_entry_without_a_usable_address_is_left_out() -> None:
    assert entries(RSS2.replace(TWO.encode(), b"javascript:alert(1)")) == [(ONE, "First & foremost")]


@pytest.mark.parametrize(
    ("encoding", "declared", "content_type"),
    [
        ("windows-1251", "", "text/xml; charset=windows-1251"),
        ("windows-1251", "", "text/xml"),
        ("windows-1251", "windows-1251", "text/xml; charset=utf-8"),
        ("windows-1251", "utf-8", "text/xml; charset=utf-8"),
        ("koi8-r", "koi8-r", "text/xml"),
        ("utf-16", "utf-16", "application/xml"),
        ("utf-8", "iso-8859-1", "text/xml; charset=utf-8"),
    ],
)
def test_a_wrong_or_missing_charset_costs_no_letters(encoding: str, declared: str, content_type: str) -> None:
    declaration = f'<?xml version="1.0" encoding="{declared}"?>' if declared else '<?xml version="1.0"?>'
    title = "Бывший боец рассказал о вербовке"
    body = f'{declaration}<rss version="2.0"><channel><title>Новости</title><item><title>{title}</title>'
    body += f"<link>{ONE}</link></item></channel></rss>"
    assert entries(body.encode(encoding), content_type) == [(ONE, title)]


def test_latin_1_under_a_utf_8_label() -> None:
    body = RSS2.replace(b"Second", "Été à la frontière".encode("latin-1"))
    assert entries(body, "text/xml; charset=utf-8")[1] == (TWO, "Été à la frontière")


def test_a_letter_cut_in_half_costs_no_other_letter() -> None:
    body = RSS2.replace(b"Second", "Бывший боец".encode() + "ю".encode()[:1])
    assert entries(body, "text/xml; charset=utf-8")[1] == (TWO, "Бывший боец\ufffd")


def test_an_empty_feed_is_a_feed() -> None:
    assert parse(EMPTY) == feeds.Feed("Outlet", ())


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"  \n",
        b"not found",
        b"<!DOCTYPE html><html><head><title>News</title></head><body><a href='/x'>x</a></body></html>",
        b"\xef\xbb\xbf<!-- hello -->\n<HTML><body>",
        b"%PDF-1.7",
        b'{"error": "no such feed"}',
        b'{"version": "https://jsonfeed.org/version/1"}',
        b"{" * 100_000,
        b'{"a":' * 100_000,
    ],
)
def test_what_is_no_feed_is_told_from_one(body: bytes) -> None:
    assert parse(body, "text/html") is None


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_an_xml_bomb_does_not_go_off(encoding: str) -> None:
    began = time.process_time()
    feed = parse(LAUGHS.encode(encoding))
    assert time.process_time() - began < 2
    assert feed is None or all(len(entry.title) <= feeds.LONGEST_TITLE for entry in feed.entries)


def test_an_xml_bomb_behind_a_long_comment_does_not_go_off() -> None:
    began = time.process_time()
    feed = parse(LAUGHS.replace("<!DOCTYPE", f"<!--{'x' * 120_000}--><!DOCTYPE").encode())
    assert time.process_time() - began < 3
    assert feed is None or "lollol" not in feed.title


def test_a_harmless_entity_costs_no_entries() -> None:
    body = RSS2.replace(b'<rss version="2.0">', b'<!DOCTYPE rss [<!ENTITY nbsp "&#160;">]><rss version="2.0">')
    assert entries(body) == [(ONE, "First & foremost"), (TWO, "Second")]


@pytest.mark.parametrize(
    "body",
    [
        b"<!DOCTYPE" * 11_000 + b"<!ENTITY",
        b"<!DOCTYPE x [<!ENTITY a 'b'>" * 3_500,
        RSS2[:200] + b"<" * 200_000,
        RSS2[:200] + b"<item>" * 200_000,
        b"<html>" + b"<p>A page, and &nbsp; no feed.</p>" * 100_000,
        b"<!--" * 300_000,
        b" " * 3_000_000,
    ],
    ids=["doctypes", "doctypes with entities", "angle brackets", "nested items", "a large page", "comments", "spaces"],
)
def test_hostile_bytes_take_little_time(body: bytes) -> None:
    began = time.process_time()
    parse(body)
    assert time.process_time() - began < 5


def test_no_more_entries_are_read_than_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "MOST_ENTRIES", 50)
    items = b"".join(b"<item><title>x</title><link>https://o.example/%d</link></item>" % n for n in range(500))
    feed = parse(EMPTY.replace(b"</channel>", items + b"</channel>"))
    assert feed is not None
    assert [entry.url for entry in feed.entries] == [f"https://o.example/{n}" for n in range(50)]


@pytest.mark.parametrize(
    ("said", "ttl"),
    [
        ("<ttl>30</ttl>", timedelta(minutes=30)),
        ("<ttl>²</ttl>", None),
        ("<ttl>never</ttl>", None),
        ("<ttl>99999999999</ttl>", timedelta(days=7)),
        ("<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>", timedelta(minutes=30)),
        ("<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>²</sy:updateFrequency>", None),
    ],
)
def test_how_long_a_feed_says_that_it_may_be_kept(said: str, ttl: timedelta | None) -> None:
    space = 'xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"'
    feed = parse(f'<rss version="2.0" {space}><channel><title>x</title>{said}</channel></rss>'.encode())
    assert feed is not None
    assert feed.ttl == ttl


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.one_of(st.sampled_from(PIECES), st.binary(max_size=40)), max_size=6), st.text(max_size=40))
def test_nothing_that_comes_breaks_it(pieces: list[bytes], content_type: str) -> None:
    feed = parse(b"".join(pieces), content_type)
    if feed is not None:
        for entry in feed.entries:
            assert entry.url.startswith(("http://", "https://"))
            assert len(entry.key) == 32
            assert entry.published is None or entry.published <= NOW


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2000), st.integers(0, 200), st.binary(max_size=30), st.sampled_from(sorted(KINDS)))
def test_damage_in_the_middle_of_a_feed_breaks_nothing(start: int, length: int, noise: bytes, kind: str) -> None:
    body = KINDS[kind]
    parse(body[:start] + noise + body[start + length :])
