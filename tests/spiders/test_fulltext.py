"""Feeds that carry whole articles: read without their pages, but only where nothing is missing."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from html import escape
from pathlib import Path

import pytest
from crawling import QUICK, crawl, poll
from hypothesis import given
from hypothesis import strategies as st
from loopback import Answer, serve

import extract
from db import Store
from model import Entry, Fetch, Page, Polled, PollOutcome, Source
from spiders import feeds, fulltext

NOW = datetime(2026, 3, 14, 9, 30, tzinfo=UTC)
WORDS = "The council of the harbour town met on Tuesday and spoke for an hour about the price of bread and the ferry."
LENGTHS = (14, 19, 25, 33)


def text(sentences: int, end: str = "") -> str:
    """An article of so many sentences, three in a paragraph."""
    numbered = [f"{WORDS} Item {n} was put off." for n in range(sentences)]
    paragraphs = [" ".join(numbered[n : n + 3]) for n in range(0, sentences, 3)]
    return "".join(f"<p>{each}</p>" for each in paragraphs) + end


def rss(*texts: str) -> bytes:
    items = "".join(
        f"<item><title>Title {n}</title><link>https://outlet.example/{n}</link><dc:creator>Ann Ampel</dc:creator>"
        f"<description>In short</description><content:encoded>{escape(each)}</content:encoded></item>"
        for n, each in enumerate(texts)
    )
    spaces = 'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    return f'<?xml version="1.0"?><rss version="2.0" {spaces}><channel><title>O</title>{items}</channel></rss>'.encode()


def carried(body: bytes, full: bool | None = None) -> list[bool]:
    """For each entry of a feed whether its text is used."""
    feed = feeds.parse(body, "application/rss+xml", "https://outlet.example/feed", NOW)
    assert feed is not None
    return [bool(entry.content) for entry in fulltext.kept(feed.entries, full)]


def test_whole_texts_are_used_and_short_ones_are_not() -> None:
    assert carried(rss(text(20), text(2), text(34), "<p>Brief</p>")) == [True, False, True, False]


@pytest.mark.parametrize(
    "end",
    [
        "<p>And then they [&hellip;]</p>",
        "<p>And so on...</p>",
        '<p><a href="https://outlet.example/0">Read more »</a></p>',
        "<p>Continue reading at The Outlet</p>",
        "<p>Lire la suite</p>",
        "<p>Читать далее</p>",
        "<p>Devamını oku</p>",
        "<p>اقرأ المزيد</p>",
        "<p>And so […]</p><p>The post Title appeared first on Outlet.</p>",
    ],
)
def test_an_excerpt_is_not_a_whole_text(end: str) -> None:
    assert carried(rss(text(20, end))) == [False]


def test_what_wordpress_signs_is_whole() -> None:
    assert carried(rss(text(20, "<p>The post <a href='/'>Title</a> appeared first on <a>Outlet</a>.</p>"))) == [True]


def test_texts_that_a_limit_cuts_are_not_whole() -> None:
    cut = [f"<p>{n}</p>" * 5 + text(40)[n : 2400 + n] + "</p>" for n in range(6)]
    assert carried(rss(*cut)) == [False] * 6
    assert carried(rss(*(text(n) for n in LENGTHS))) == [True] * 4


def test_the_operator_may_know_better() -> None:
    body = rss(text(20), "<p>A short but whole note</p>")
    assert carried(body, full=True) == [True, True]
    assert carried(body, full=False) == [False, False]


def test_json_feed_and_atom_carry_texts_too() -> None:
    item = {
        "id": "1",
        "url": "https://outlet.example/1",
        "title": "T",
        "content_html": text(20) + "\ud800",
        "authors": [{"name": "Ann"}],
    }
    assert carried(
        json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "O", "items": [item]}).encode()
    ) == [True]
    atom = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>O</title><entry><id>1</id><title>T</title>'
        f'<link href="https://outlet.example/1"/><content type="html">{escape(text(20))}</content></entry>'
        '<entry><id>2</id><title>U</title><link href="https://outlet.example/2"/>'
        f'<summary type="html">{escape(text(20))}</summary></entry></feed>'
    )
    assert carried(atom.encode()) == [True, False], "a summary is no text, however long"


def test_the_article_is_read_as_from_its_page() -> None:
    feed = feeds.parse(rss(text(20)), "", "https://outlet.example/feed", NOW)
    assert feed is not None
    (entry,) = feed.entries
    article = extract.extract(Page(entry.url, entry.content.encode(), {"content-type": "text/html; charset=utf-8"}))
    assert (article.title, article.byline, article.canonical_url) == (
        "Title 0",
        ("Ann Ampel",),
        "https://outlet.example/0",
    )
    assert article.text.startswith(WORDS)
    assert article.text.rstrip().endswith("Item 19 was put off.")
    assert "In short" not in article.text


def test_no_page_is_asked_for_and_the_text_survives_a_restart(tmp_path: Path) -> None:
    with serve({}) as web:
        link = f"{web.url}/1"
        body = rss(text(20)).replace(b"https://outlet.example/0", link.encode())
        web.answers["/feed"] = Answer(200, body, {"Content-Type": "application/rss+xml"})
        polled = poll(f"{web.url}/feed")
        source = Source("test", f"{web.url}/feed", allow_private=True)
        with Store.open(tmp_path / "outspoken.db") as store:
            store.sync_sources([source], NOW)
            store.record_polled(polled, NOW, NOW)
        with Store.open(tmp_path / "outspoken.db") as store:
            due = store.due_pages(datetime.now(UTC), 10)
        (fetched,) = crawl("fetch", due, QUICK)
        assert web.paths() == ["/feed"]
    assert fetched.page.made == "feed"
    assert fetched.page.url == link
    assert WORDS.encode() in fetched.page.body


@pytest.mark.parametrize(("full", "fetched"), [(False, True), (None, False)])
def test_the_source_says_whether_texts_are_used(full: bool | None, fetched: bool) -> None:
    with serve({}) as web:
        web.answers["/feed"] = Answer(200, rss(text(20)), {"Content-Type": "application/rss+xml"})
        polled = poll(f"{web.url}/feed", full_content=full)
        assert isinstance(polled, Polled)
        assert polled.outcome is PollOutcome.CHANGED
        assert [not entry.content for entry in polled.entries] == [fetched]


@given(st.text(max_size=300), st.text(max_size=60), st.text(max_size=60))
def test_whatever_a_text_is_nothing_breaks(content: str, title: str, author: str) -> None:
    made = fulltext.page(content, "https://a.example/?x=1&y", title, author, NOW)
    fulltext.kept([Entry("k", "https://a.example/", content=made)], None)
    assert Fetch(1, Source("a", "https://a.example/"), Entry("k", "https://a.example/", content=made)).entry.content
