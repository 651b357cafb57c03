"""Sitemaps: what is new in them is found, once, whatever they look like; what is not new is left alone."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from crawling import QUICK, fresh, poll
from loopback import Answer, Web, serve

from model import FeedState, Poll, Polled, PollOutcome, Source
from spiders.sitemap import FIRST, MOST_ENTRIES, MOST_FILES
from spiders.sitemaps import NoSitemap, parse_date, read

NOW = datetime.now(UTC)
XMLNS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
NEWS = f'{XMLNS} xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'
SITE = "https://outlet.example"


def ago(**span: float) -> str:
    return (NOW - timedelta(**span)).isoformat(timespec="seconds")


def urlset(*rows: tuple[str, str]) -> bytes:
    """A sitemap of addresses with their lastmod."""
    entries = (f"<url><loc>{url}</loc>{f'<lastmod>{date}</lastmod>' if date else ''}</url>" for url, date in rows)
    return f'<?xml version="1.0"?><urlset {XMLNS}>{"".join(entries)}</urlset>'.encode()


def news(*rows: tuple[str, str, str]) -> bytes:
    entry = (
        "<url><loc>{}</loc><news:news><news:publication><news:name>O</news:name></news:publication>"
        "<news:publication_date>{}</news:publication_date><news:title>{}</news:title></news:news></url>"
    )
    return f"<urlset {NEWS}>{''.join(entry.format(*row) for row in rows)}</urlset>".encode()


def index(*rows: tuple[str, str]) -> bytes:
    entries = (
        f"<sitemap><loc>{url}</loc>{f'<lastmod>{date}</lastmod>' if date else ''}</sitemap>" for url, date in rows
    )
    return f"<sitemapindex {XMLNS}>{''.join(entries)}</sitemapindex>".encode()


@pytest.fixture
def web() -> Iterator[Web]:
    with serve({}) as running:
        yield running


def ask(web: Web, before: Polled | None = None, path: str = "/sitemap.xml") -> Polled:
    """Poll the sitemap, with what the last poll left."""
    return poll(web.url + path, kind="sitemap", state=before.state if before else None)


def urls(polled: Polled) -> set[str]:
    return {entry.url for entry in polled.entries}


# --- what a sitemap may be -----------------------------------------------------------------------------------
def test_the_first_poll_takes_the_last_days_and_remembers_the_rest(web: Web) -> None:
    web.answers["/sitemap.xml"] = Answer(200, urlset((f"{SITE}/new", ago(hours=1)), (f"{SITE}/old", ago(days=90))))
    first = ask(web)
    assert (first.outcome, urls(first), first.carried) == (PollOutcome.CHANGED, {f"{SITE}/new"}, 2)
    rows = ((f"{SITE}/new", ago(hours=1)), (f"{SITE}/old", ago(days=90)), (f"{SITE}/newer", ago(minutes=1)))
    web.answers["/sitemap.xml"] = Answer(200, urlset(*rows))
    assert urls(ask(web, first)) == {f"{SITE}/newer"}


def test_google_news_gives_headlines_and_dates(web: Web) -> None:
    web.answers["/sitemap.xml"] = Answer(200, news((f"{SITE}/a", ago(hours=2), "He left &amp; speaks")))
    (entry,) = ask(web).entries
    assert entry.title == "He left & speaks"
    assert entry.published == datetime.fromisoformat(ago(hours=2))


def test_a_text_sitemap_has_no_dates_so_that_only_later_ones_are_new(web: Web) -> None:
    web.answers["/sitemap.xml"] = Answer(200, f"\ufeff{SITE}/a\r\n{SITE}/b\n".encode(), {"Content-Type": "text/plain"})
    first = ask(web)
    assert (first.outcome, first.entries, first.carried) == (PollOutcome.UNCHANGED, (), 2)
    web.answers["/sitemap.xml"] = Answer(200, f"{SITE}/c\n{SITE}/a\n{SITE}/b\n".encode())
    assert urls(ask(web, first)) == {f"{SITE}/c"}


@pytest.mark.parametrize("headers", [{"Content-Type": "application/gzip"}, {"Content-Encoding": "gzip"}])
def test_gzip_is_unpacked(web: Web, headers: dict[str, str]) -> None:
    web.answers["/sitemap.xml"] = Answer(200, gzip.compress(urlset((f"{SITE}/a", ago(hours=1)))), headers)
    assert urls(ask(web)) == {f"{SITE}/a"}


def test_a_broken_sitemap_gives_what_can_be_read(web: Web) -> None:
    body = urlset((f"{SITE}/a?x=1&y=2", ago(hours=1)), ("/relative", ago(hours=1)), ("mailto:x", ""), ("", ""))
    web.answers["/sitemap.xml"] = Answer(200, body[:-20])
    assert urls(ask(web)) == {f"{SITE}/a?x=1&y=2", f"{web.url}/relative"}


def test_the_address_of_a_picture_is_not_that_of_the_page(web: Web) -> None:
    body = urlset((f"{SITE}/a", ago(hours=1))).replace(
        b"</url>",
        b"<image:image xmlns:image='x'><image:loc>https://outlet.example/p.jpg</image:loc></image:image></url>",
    )
    web.answers["/sitemap.xml"] = Answer(200, body)
    assert urls(ask(web)) == {f"{SITE}/a"}


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"<!DOCTYPE html><html><body>Welcome", "what came is not a sitemap but a web page"),
        (b"<rss version='2.0'><channel/></rss>", 'what came is not a sitemap but a feed; set kind = "feed"'),
        (b"oops", "what came is not a sitemap"),
        (b"", "the answer is empty"),
    ],
)
def test_what_is_no_sitemap(web: Web, body: bytes, sentence: str) -> None:
    web.answers["/sitemap.xml"] = Answer(200, body)
    polled = ask(web)
    assert (polled.outcome, polled.error) == (PollOutcome.NOT_A_FEED, sentence)


def test_a_sitemap_without_entries_is_empty(web: Web) -> None:
    web.answers["/sitemap.xml"] = Answer(200, urlset())
    assert ask(web).outcome is PollOutcome.EMPTY


# --- indexes -------------------------------------------------------------------------------------------------
def test_an_index_is_followed_and_only_what_changed_is_read_again(web: Web) -> None:
    web.answers |= {
        "/sitemap.xml": Answer(200, index((f"{web.url}/1.xml", ago(days=1)), (f"{web.url}/2.xml", ago(days=2)))),
        "/1.xml": Answer(200, urlset((f"{SITE}/a", ago(hours=1)))),
        "/2.xml": Answer(200, urlset((f"{SITE}/b", ago(days=2)))),
    }
    first = ask(web)
    assert urls(first) == {f"{SITE}/a", f"{SITE}/b"}
    web.asked.clear()
    web.answers["/sitemap.xml"] = Answer(200, index((f"{web.url}/1.xml", ago()), (f"{web.url}/2.xml", ago(days=2))))
    web.answers["/1.xml"] = Answer(200, urlset((f"{SITE}/a", ago(hours=1)), (f"{SITE}/c", ago())))
    second = ask(web, first)
    assert (urls(second), web.paths()) == ({f"{SITE}/c"}, ["/sitemap.xml", "/1.xml"])
    assert ask(web, second).outcome is PollOutcome.UNCHANGED


def test_without_dates_all_are_asked_for_with_their_etags(web: Web) -> None:
    web.answers |= {
        "/sitemap.xml": Answer(200, index((f"{web.url}/1.xml", ""))),
        "/1.xml": Answer(200, urlset((f"{SITE}/a", ago(hours=1))), {"ETag": '"v1"'}),
    }
    first = ask(web)
    web.answers["/1.xml"] = Answer(304)
    assert ask(web, first).outcome is PollOutcome.UNCHANGED
    assert web.asked[-1][1]["If-None-Match"] == '"v1"'
    web.answers["/1.xml"] = Answer(200, urlset((f"{SITE}/a", ""), (f"{SITE}/b", "")))
    assert urls(ask(web, first)) == {f"{SITE}/b"}


def test_all_in_a_sitemap_that_is_listed_anew_is_new(web: Web) -> None:
    web.answers |= {
        "/sitemap.xml": Answer(200, index((f"{web.url}/1", ""))),
        "/1": Answer(200, urlset((f"{SITE}/a", ""))),
    }
    first = ask(web)
    assert first.entries == ()
    web.answers["/sitemap.xml"] = Answer(200, index((f"{web.url}/1", ""), (f"{web.url}/2", "")))
    web.answers["/2"] = Answer(200, urlset((f"{SITE}/b", "")))
    assert urls(ask(web, first)) == {f"{SITE}/b"}


def test_loops_end(web: Web) -> None:
    web.answers |= {
        "/sitemap.xml": Answer(200, index((f"{web.url}/sitemap.xml", ""), (f"{web.url}/1", ""))),
        "/1": Answer(200, index((f"{web.url}/sitemap.xml", ""), (f"{web.url}/1", ""), (f"{web.url}/2", ""))),
        "/2": Answer(200, urlset((f"{SITE}/a", ago(hours=1)))),
    }
    assert urls(ask(web)) == {f"{SITE}/a"}
    assert web.paths() == ["/sitemap.xml", "/1", "/2"]


def test_an_endless_index_is_read_in_parts(web: Web) -> None:
    children = [f"{web.url}/{number}" for number in range(MOST_FILES + 20)]
    web.answers |= {f"/{n}": Answer(200, urlset((f"{SITE}/{n}", ago(hours=1)))) for n in range(len(children))}
    web.answers["/sitemap.xml"] = Answer(200, index(*((child, "") for child in children)))
    first = ask(web)
    assert len(web.asked) == MOST_FILES + 1
    assert len(urls(first) | urls(ask(web, first))) == len(children)


def test_a_part_that_fails_is_read_next_time_and_holds_up_no_other(web: Web) -> None:
    web.answers |= {
        "/sitemap.xml": Answer(200, index((f"{web.url}/1", ago(days=1)), (f"{web.url}/2", ago(days=2)))),
        "/2": Answer(200, urlset((f"{SITE}/b", ago(hours=1)))),
    }
    first = ask(web)
    assert (first.outcome, urls(first)) == (PollOutcome.CHANGED, {f"{SITE}/b"})
    web.answers["/1"] = Answer(200, urlset((f"{SITE}/a", ago(hours=1))))
    assert urls(ask(web, first)) == {f"{SITE}/a"}


def test_an_index_of_which_nothing_can_be_read_says_why(web: Web) -> None:
    web.answers["/sitemap.xml"] = Answer(200, index((f"{web.url}/1", "")))
    polled = ask(web)
    assert (polled.outcome, polled.error) == (
        PollOutcome.NOT_A_FEED,
        f"{web.url}/1: the server answered 404: not found",
    )


# --- what is not new -----------------------------------------------------------------------------------------
def test_fifty_thousand_entries_modified_now_are_no_news(web: Web) -> None:
    rows = [(f"{SITE}/story-{number}", ago()) for number in range(50_000)]
    web.answers["/sitemap.xml"] = Answer(200, urlset(*rows))
    first = ask(web)
    assert (first.entries, first.carried) == ((), 50_000)
    web.answers["/sitemap.xml"] = Answer(200, urlset((f"{SITE}/new", ago()), *((url, ago()) for url, _ in rows)))
    assert urls(ask(web, first)) == {f"{SITE}/new"}


def test_a_site_that_was_rebuilt_does_not_flood(web: Web) -> None:
    web.answers["/sitemap.xml"] = Answer(200, urlset(*((f"{SITE}/{n}", ago(days=30 + n)) for n in range(500))))
    first = ask(web)
    web.answers["/sitemap.xml"] = Answer(200, urlset(*((f"{SITE}/new/{n}", ago(days=30 + n)) for n in range(500))))
    second = ask(web, first)
    assert (second.outcome, second.entries) == (PollOutcome.UNCHANGED, ())


def test_more_than_there_is_room_for_comes_with_the_next_polls(web: Web) -> None:
    first = ask_many(web, 0, None)
    second = ask_many(web, MOST_ENTRIES + 500, first)
    third = ask_many(web, MOST_ENTRIES + 500, second)
    assert (len(second.entries), len(third.entries)) == (MOST_ENTRIES, 500)
    assert not urls(second) & urls(third)
    assert ask_many(web, MOST_ENTRIES + 500, third).outcome is PollOutcome.UNCHANGED


def ask_many(web: Web, count: int, before: Polled | None) -> Polled:
    web.answers["/sitemap.xml"] = Answer(200, urlset((f"{SITE}/a", ""), *((f"{SITE}/{n}", "") for n in range(count))))
    return ask(web, before)


def test_a_first_poll_takes_the_latest(web: Web) -> None:
    rows = [(f"{SITE}/{n}", ago(hours=30, minutes=n)) for n in range(FIRST + 300)]
    web.answers["/sitemap.xml"] = Answer(200, urlset(*reversed(rows)))
    assert urls(ask(web)) == {url for url, _ in rows[:FIRST]}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("/2026/a-man-who-left-speaks?s=1", "/2026/a-man-who-left-speaks?s=2"),
        ("/story-1234567.html?token=abc", "/story-1234567.html?token=def"),
        ("/a", "/a?utm_source=sitemap#top"),
    ],
)
def test_the_same_article_under_a_rotating_address_is_not_new(web: Web, before: str, after: str) -> None:
    web.answers["/sitemap.xml"] = Answer(200, urlset((SITE + before, ago(hours=1))))
    first = ask(web)
    web.answers["/sitemap.xml"] = Answer(200, urlset((SITE + after, ago())))
    assert ask(web, first).entries == ()


def test_the_same_headline_and_date_in_a_news_sitemap_is_the_same_article(web: Web) -> None:
    date = ago(hours=1)
    web.answers["/sitemap.xml"] = Answer(200, news((f"{SITE}/x/1", date, "He speaks")))
    first = ask(web)
    web.answers["/sitemap.xml"] = Answer(
        200, news((f"{SITE}/x/2", date, "He speaks"), (f"{SITE}/x/3", date, "She speaks"))
    )
    assert urls(ask(web, first)) == {f"{SITE}/x/3"}


def test_where_the_query_names_the_article_it_counts(web: Web) -> None:
    page = f"{SITE}/the-story-of-the-day?id="
    web.answers["/sitemap.xml"] = Answer(200, urlset((f"{page}1", ago(hours=1)), (f"{page}2", ago(hours=1))))
    first = ask(web)
    web.answers["/sitemap.xml"] = Answer(200, urlset(*((f"{page}{n}", ago(hours=1)) for n in (1, 2, 3))))
    assert urls(ask(web, first)) == {f"{page}3"}


def test_rotating_names_of_sitemaps_make_nothing_new(web: Web) -> None:
    body = Answer(200, urlset((f"{SITE}/a", ago(hours=1)), (f"{SITE}/b", "")))
    web.answers |= {"/sitemap.xml": Answer(200, index((f"{web.url}/s-1.xml", ""))), "/s-1.xml": body, "/s-2.xml": body}
    first = ask(web)
    web.answers["/sitemap.xml"] = Answer(200, index((f"{web.url}/s-2.xml", "")))
    assert ask(web, first).entries == ()


def test_nothing_is_lost_over_a_pause(web: Web) -> None:
    web.answers["/sitemap.xml"] = Answer(200, urlset((f"{SITE}/a", ago(days=40))))
    first = ask(web)
    asleep = replace(first, state=replace(first.state, full_at=NOW - timedelta(days=30)))
    web.answers["/sitemap.xml"] = Answer(200, urlset((f"{SITE}/a", ago(days=40)), (f"{SITE}/b", ago(days=20))))
    assert urls(ask(web, asleep)) == {f"{SITE}/b"}


# --- hostile -------------------------------------------------------------------------------------------------
def test_a_million_entries_stream_in_flat_memory() -> None:
    row = "<url><loc>https://outlet.example/news/{}/a-man-who-left-the-group-speaks</loc><lastmod>2020-01-01</lastmod></url>"
    body = gzip.compress(f"<urlset {XMLNS}>{''.join(map(row.format, range(1_000_000)))}</urlset>".encode(), 1)
    with serve({"/sitemap.xml": Answer(200, body, {"Content-Type": "application/gzip"})}) as web:
        source = Source("test", f"{web.url}/sitemap.xml", "sitemap", allow_private=True)
        limits = QUICK.model_copy(update={"timeout": 30})
        (polled,), megabytes = fresh("poll", [Poll(source, FeedState(source.url))], limits)
    assert (polled.outcome, polled.error, polled.carried) == (PollOutcome.UNCHANGED, "", 1_000_000)
    assert megabytes < 150, "the document alone is 123 MB, as objects it would be a gigabyte"


def test_entities_do_not_explode() -> None:
    bomb = '<!DOCTYPE urlset [<!ENTITY a "aaaaaaaaaa">' + "".join(
        f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9)
    )
    body = f"{bomb}<!ENTITY file SYSTEM 'file:///etc/passwd'>]><urlset {XMLNS}><url><loc>{SITE}/a</loc><title>&j;&file;</title></url></urlset>"
    (item,) = read(body.encode(), SITE, NOW)
    assert (item.url, item.title) == (f"{SITE}/a", "&j;&file;")


def test_a_gzip_bomb_ends() -> None:
    body = gzip.compress(b"<urlset>" + b" " * 50_000_000)
    assert list(read(body, SITE, NOW)) == []


def test_gzip_that_breaks_off_gives_what_came() -> None:
    packed = gzip.compress(urlset(*((f"{SITE}/{n}", "") for n in range(20_000))))
    assert 100 < len(list(read(packed[: len(packed) // 2], SITE, NOW))) < 20_000
    with pytest.raises(NoSitemap):
        read(b"\x1f\x8bnonsense", SITE, NOW)


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("2026-03-14T09:30:00Z", datetime(2026, 3, 14, 9, 30, tzinfo=UTC)),
        ("2026-03-14T09:30:00.123+02:00", datetime(2026, 3, 14, 7, 30, 0, 123000, UTC)),
        ("2026-03-14", datetime(2026, 3, 14, tzinfo=UTC)),
        ("2026-03", datetime(2026, 3, 1, tzinfo=UTC)),
        ("2025", datetime(2025, 1, 1, tzinfo=UTC)),
        ("2099-01-01", datetime(2026, 7, 1, tzinfo=UTC)),
        ("yesterday", None),
        ("0001-01-01T00:00:00+14:00", None),
    ],
)
def test_dates(text: str, date: datetime | None) -> None:
    assert parse_date(text, datetime(2026, 7, 1, tzinfo=UTC)) == date
