"""One poll each, against a server that answers as the real ones do: the outcome and the sentence that a user sees."""

from __future__ import annotations

import gzip
import ssl
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import misbehaving
import pytest
import trustme
from crawling import QUICK, crawl, fresh, poll
from loopback import Answer, Web, serve
from misbehaving import redirect
from samples_of_feeds import BROKEN, EMPTY, JSON, KINDS, LAUGHS, ONE, RSS2, TWO

from model import FeedState, Poll, Polled, PollOutcome, Source

XML = {"Content-Type": "application/rss+xml"}


@pytest.fixture
def web() -> Iterator[Web]:
    with serve({"/feed": Answer(200, RSS2, XML)}) as running:
        yield running


def urls(polled: Polled) -> list[str]:
    return [entry.url for entry in polled.entries]


def again(web: Web, polled: Polled) -> Polled:
    """The next poll, with what the last one left."""
    return poll(f"{web.url}/feed", state=polled.state)


def answered(web: Web, answer: Answer) -> Polled:
    """A poll of a feed that answers so."""
    web.answers["/feed"] = answer
    return poll(f"{web.url}/feed")


# --- what a feed may be --------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", KINDS)
def test_a_feed_of_any_kind_is_read(web: Web, kind: str) -> None:
    polled = answered(web, Answer(200, KINDS[kind], XML))
    assert (polled.outcome, polled.status, polled.error) == (PollOutcome.CHANGED, 200, "")
    assert urls(polled) == [ONE, TWO]
    assert polled.source == "test"
    assert polled.seconds > 0


@pytest.mark.parametrize("kind", ["text/html", "text/plain", "image/png", "", "nonsense"])
def test_a_feed_under_a_false_name_is_read(web: Web, kind: str) -> None:
    assert urls(answered(web, Answer(200, BROKEN, {"Content-Type": kind} if kind else {}))) == [ONE, TWO]


def test_a_compressed_feed_is_read(web: Web) -> None:
    polled = answered(web, Answer(200, gzip.compress(JSON), {**XML, "Content-Encoding": "gzip"}))
    assert urls(polled) == [ONE, TWO]
    assert "gzip" in web.asked[0][1]["Accept-Encoding"]


def test_an_empty_feed_is_no_failure(web: Web) -> None:
    polled = answered(web, Answer(200, EMPTY, XML))
    assert (polled.outcome, polled.error, polled.entries) == (PollOutcome.EMPTY, "", ())


def test_html_served_as_a_feed(web: Web) -> None:
    polled = answered(web, Answer(200, b"<!DOCTYPE html><html><body><p>Our new site!</p></body></html>", XML))
    assert polled.outcome is PollOutcome.NOT_A_FEED
    assert polled.error == "what came is not a feed but a web page"


@pytest.mark.parametrize(
    ("body", "sentence"),
    [(b"oops", "what came is not a feed"), (b" \n", "the answer is empty"), (b"", "the answer is empty")],
)
def test_what_is_no_feed(web: Web, body: bytes, sentence: str) -> None:
    polled = answered(web, Answer(200, body, XML))
    assert (polled.outcome, polled.error) == (PollOutcome.NOT_A_FEED, sentence)


def test_an_xml_bomb_does_not_go_off() -> None:
    with serve({"/feed": Answer(200, LAUGHS.encode(), XML)}) as web:
        source = Source("test", f"{web.url}/feed", allow_private=True)
        (polled,), megabytes = fresh("poll", [Poll(source, FeedState(source.url))])
    assert urls(polled) == [ONE]
    assert len(polled.entries[0].title) < 100
    assert megabytes < 50


@pytest.mark.parametrize("kind", ["announced", "unannounced", "gzip bomb"])
def test_a_huge_feed_is_cut_off_at_the_limit(kind: str) -> None:
    answers = {
        "announced": misbehaving.large(50, announced=True),
        "unannounced": misbehaving.large(50, announced=False),
        "gzip bomb": misbehaving.gzip_bomb(300),
    }
    with serve({"/feed": answers[kind]}) as web:
        source = Source("test", f"{web.url}/feed", allow_private=True)
        (polled,), megabytes = fresh("poll", [Poll(source, FeedState(source.url))])
    assert polled.outcome is PollOutcome.FAILED
    assert polled.error == "is larger than the limit of 10,000,000 bytes"
    assert megabytes < 80


# --- unchanged, moved, gone ----------------------------------------------------------------------------------
def test_304_is_unchanged(web: Web) -> None:
    web.answers["/feed"] = Answer(200, RSS2, {**XML, "ETag": '"v1"', "Last-Modified": "Fri, 13 Mar 2026 10:00:00 GMT"})
    first = poll(f"{web.url}/feed")
    web.answers["/feed"] = Answer(304)
    second = again(web, first)
    assert (second.outcome, second.status, second.state) == (PollOutcome.UNCHANGED, 304, first.state)
    headers = web.asked[1][1]
    assert headers["If-None-Match"] == '"v1"'
    assert headers["If-Modified-Since"] == "Fri, 13 Mar 2026 10:00:00 GMT"


def test_the_same_body_under_a_new_etag_is_unchanged(web: Web) -> None:
    first = answered(web, Answer(200, RSS2, {**XML, "ETag": '"v1"'}))
    web.answers["/feed"] = Answer(200, RSS2, {**XML, "ETag": '"v2"'})
    second = again(web, first)
    assert (second.outcome, second.entries, second.state.etag) == (PollOutcome.UNCHANGED, (), '"v2"')


def test_another_body_under_the_same_etag_is_changed(web: Web) -> None:
    first = answered(web, Answer(200, RSS2, {**XML, "ETag": '"v1"'}))
    web.answers["/feed"] = Answer(200, RSS2.replace(b"two", b"three"), {**XML, "ETag": '"v1"'})
    assert again(web, first).outcome is PollOutcome.CHANGED


def test_now_and_then_the_whole_feed_is_asked_for_since_servers_lie(web: Web) -> None:
    first = answered(web, Answer(200, RSS2, {**XML, "ETag": '"v1"'}))
    long_ago = replace(first.state, full_at=datetime.now(UTC) - timedelta(hours=4))
    poll(f"{web.url}/feed", state=long_ago)
    assert "If-None-Match" not in web.asked[1][1]


@pytest.mark.parametrize(("status", "remembered"), [(301, True), (308, True), (302, False), (303, False), (307, False)])
def test_a_permanent_redirect_alone_is_remembered(web: Web, status: int, remembered: bool) -> None:
    web.answers["/old"] = redirect("/feed", status)
    polled = poll(f"{web.url}/old")
    assert urls(polled) == [ONE, TWO]
    assert polled.state.url == web.url + ("/feed" if remembered else "/old")


def test_what_lies_behind_a_temporary_redirect_is_not_remembered(web: Web) -> None:
    web.answers |= {"/a": redirect("/b", 301), "/b": redirect("/c", 302), "/c": redirect("/feed", 301)}
    polled = poll(f"{web.url}/a")
    assert (polled.outcome, polled.state.url) == (PollOutcome.CHANGED, f"{web.url}/b")


@pytest.mark.parametrize("answer", [Answer(404), Answer(410), Answer(200, b"<html>parked", XML)])
def test_a_feed_that_moved_and_vanished_is_sought_where_it_was(web: Web, answer: Answer) -> None:
    web.answers["/moved"] = answer
    polled = poll(f"{web.url}/feed", state=FeedState(f"{web.url}/moved", '"v1"', body_hash="1"))
    assert polled.outcome in {PollOutcome.FAILED, PollOutcome.NOT_A_FEED}
    assert polled.state.url == f"{web.url}/feed"
    assert urls(again(web, polled)) == [ONE, TWO]


def test_a_redirect_to_a_web_page_is_not_remembered(web: Web) -> None:
    web.answers |= {"/old": redirect("/home", 301), "/home": Answer(200, b"<html>Welcome", misbehaving.HTML)}
    polled = poll(f"{web.url}/old")
    assert (polled.outcome, polled.state.url) == (PollOutcome.NOT_A_FEED, f"{web.url}/old")


def test_an_endless_redirect_ends(web: Web) -> None:
    polled = answered(web, redirect("/feed", 301))
    assert (polled.outcome, polled.error) == (PollOutcome.FAILED, "too many redirects")
    assert len(web.asked) == QUICK.redirects + 1


@pytest.mark.parametrize("to", ["file:///etc/passwd", "ftp://127.0.0.1/feed", ""])
def test_a_redirect_elsewhere_than_to_the_web(web: Web, to: str) -> None:
    polled = answered(web, Answer(302, b"", {"Location": to} if to else {}))
    assert (polled.outcome, polled.status) == (PollOutcome.FAILED, 302)
    assert polled.error == "the server answered 302: a redirect that leads nowhere"


@pytest.mark.parametrize("to", ["javascript:alert(1)", "http://[::1", "http://outlet.example:99999/"])
def test_a_redirect_to_nonsense(web: Web, to: str) -> None:
    polled = answered(web, redirect(to))
    assert polled.outcome is PollOutcome.FAILED
    assert polled.error.startswith("leads to an address that cannot be fetched: ")


# --- refusals ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("status", "outcome", "sentence"),
    [
        (401, PollOutcome.FAILED, "the server answered 401: asks for a password"),
        (403, PollOutcome.FAILED, "the server answered 403: refuses us"),
        (404, PollOutcome.FAILED, "the server answered 404: not found"),
        (410, PollOutcome.GONE, "the server answered 410: gone for good"),
        (429, PollOutcome.THROTTLED, "the server answered 429: asks us to wait"),
        (500, PollOutcome.FAILED, "the server answered 500: an error of the server"),
        (503, PollOutcome.THROTTLED, "the server answered 503: an error of the server"),
        (204, PollOutcome.FAILED, "the server answered 204: no page"),
    ],
)
def test_a_refusal(web: Web, status: int, outcome: PollOutcome, sentence: str) -> None:
    polled = answered(web, Answer(status, RSS2 if status != 204 else b"", XML))
    assert (polled.outcome, polled.status, polled.error) == (outcome, status, sentence)
    assert polled.entries == ()
    assert polled.state.url == f"{web.url}/feed"


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("said", "seconds"),
    [("120", 120), ("9999999999", 86_400), ("0", 0), ("", None), ("soon", None), ("\xb2", None), ("-5", None)],
)
def test_retry_after_in_seconds(web: Web, status: int, said: str, seconds: int | None) -> None:
    polled = answered(web, Answer(status, b"", {"Retry-After": said}))
    assert polled.outcome is PollOutcome.THROTTLED
    assert polled.hold == (None if seconds is None else timedelta(seconds=seconds))


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_as_a_date(web: Web, status: int) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(minutes=10), usegmt=True)
    polled = answered(web, Answer(status, b"", {"Retry-After": date}))
    assert polled.hold is not None
    assert timedelta(minutes=9) < polled.hold <= timedelta(minutes=10)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Cache-Control": "public, max-age=1800"}, 1800),
        ({"Cache-Control": "max-age=1800", "Age": "300"}, 1500),
        ({"Cache-Control": "max-age=1800", "Age": "\xb2"}, 1800),
        ({"Cache-Control": "no-cache, max-age=1800"}, None),
        ({"Expires": "0"}, None),
    ],
)
def test_how_long_an_answer_stays_fresh(web: Web, headers: dict[str, str], seconds: int | None) -> None:
    polled = answered(web, Answer(200, RSS2.replace(b"<ttl>30</ttl>", b""), XML | headers))
    assert polled.hold == (None if seconds is None else timedelta(seconds=seconds))


def test_the_feed_itself_says_how_long_it_may_be_kept(web: Web) -> None:
    assert poll(f"{web.url}/feed").hold == timedelta(minutes=30)


SKIPPED = (
    b"<skipHours><hour>24</hour><hour>1</hour></skipHours>"
    b"<skipDays><day>Saturday</day><day> sunday </day><day>Noday</day></skipDays>"
)


def test_what_a_feed_asked_for_holds_while_it_is_unchanged(web: Web) -> None:
    body = RSS2.replace(b"<ttl>30</ttl>", b"<ttl>30</ttl>" + SKIPPED)
    first = answered(web, Answer(200, body, {**XML, "ETag": '"v1"'}))
    second = again(web, first)
    web.answers["/feed"] = Answer(304)
    third = again(web, second)
    assert [poll.outcome for poll in (first, second, third)] == [
        PollOutcome.CHANGED,
        PollOutcome.UNCHANGED,
        PollOutcome.UNCHANGED,
    ]
    asked = {(poll.hold, poll.skip, poll.skip_days) for poll in (first, second, third)}
    assert asked == {(timedelta(minutes=30), (0, 1), (5, 6))}


def test_a_feed_names_its_hub_in_a_header_or_in_itself_and_an_unchanged_one_says_nothing(web: Web) -> None:
    link = '<https://hub.example/>; rel="hub", </own>; rel=self, <https://a.example/x>; title="<"; rel="next prev"'
    first = answered(web, Answer(200, RSS2, {**XML, "Link": link, "ETag": '"v1"'}))
    assert (first.hub, first.topic) == ("https://hub.example/", f"{web.url}/own")
    web.answers["/feed"] = Answer(304)
    assert again(web, first).hub is None
    plain = answered(web, Answer(200, RSS2, XML))
    assert (plain.hub, plain.topic) == ("", f"{web.url}/feed")


# --- broken lines --------------------------------------------------------------------------------------------
def test_an_unreachable_host() -> None:
    with serve({}) as web:
        pass
    polled = poll(f"{web.url}/feed")
    assert (polled.outcome, polled.error) == (PollOutcome.FAILED, "the host refuses connections")
    assert polled.status is None


def test_a_name_that_does_not_exist() -> None:
    polled = poll("http://no-such-host.invalid/feed")
    assert (polled.outcome, polled.error) == (PollOutcome.FAILED, "the name of the host cannot be resolved")


def test_a_certificate_that_nobody_vouches_for() -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(tls)
    with serve({"/feed": Answer(200, RSS2, XML)}, tls) as web:
        polled = poll(f"{web.url}/feed")
    assert polled.outcome is PollOutcome.FAILED
    assert polled.error == "the TLS certificate or connection is not valid: certificate verify failed"
    assert web.asked == []


def test_https_where_plain_http_is_spoken(web: Web) -> None:
    polled = poll(f"{web.url}/feed".replace("http:", "https:"))
    assert polled.error == "the TLS certificate or connection is not valid: wrong version number"


@pytest.mark.parametrize("work", [misbehaving.silent, misbehaving.dripping])
def test_a_slow_server_has_its_time_and_no_more(work: object) -> None:
    with serve({"/feed": Answer(work=work)}) as web:  # type: ignore[arg-type]
        polled = poll(f"{web.url}/feed", limits=QUICK.model_copy(update={"timeout": 1}))
    assert (polled.outcome, polled.error) == (PollOutcome.FAILED, "the answer took too long")
    assert 0.9 < polled.seconds < 2.5


@pytest.mark.parametrize(
    "work",
    [misbehaving.a_megabyte_of_headers, misbehaving.one_long_header, misbehaving.hanging_up, misbehaving.not_http],
)
def test_an_answer_that_is_none(web: Web, work: object) -> None:
    polled = answered(web, Answer(work=work))  # type: ignore[arg-type]
    assert polled.outcome is PollOutcome.FAILED
    assert polled.error == ("the connection broke before the answer was complete (or its headers exceed 131,072 bytes)")


def test_a_feed_cut_off_on_its_way_gives_what_came_and_is_asked_for_again(web: Web) -> None:
    def cut(handler: object) -> None:
        head = f'HTTP/1.1 200 OK\r\nETag: "v1"\r\nContent-Length: {len(RSS2)}\r\n\r\n'
        handler.wfile.write(head.encode() + RSS2[: RSS2.index(b"<item><title>Second")])  # type: ignore[attr-defined]

    first = answered(web, Answer(work=cut))
    web.answers["/feed"] = Answer(200, RSS2, {**XML, "ETag": '"v1"'})
    second = again(web, first)
    assert (urls(first), urls(second)) == ([ONE], [ONE, TWO])
    assert "If-None-Match" not in web.asked[1][1]


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "x-own"])
def test_a_body_that_cannot_be_unpacked(web: Web, encoding: str) -> None:
    polled = answered(web, Answer(200, b"not packed at all", {**XML, "Content-Encoding": encoding}))
    assert polled.outcome in {PollOutcome.FAILED, PollOutcome.NOT_A_FEED}
    assert polled.error == "is compressed in a way that cannot be unpacked"


# --- one bad source among others -----------------------------------------------------------------------------
@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://127.0.0.1/", "javascript:alert(1)", "http://[", "data:,x", ""]
)
def test_an_address_that_is_none_does_not_hold_up_the_others(web: Web, url: str) -> None:
    bad, good = Source("bad", url, allow_private=True), Source("good", f"{web.url}/feed", allow_private=True)
    found = crawl("poll", [Poll(bad, FeedState(url)), Poll(good, FeedState(good.url))])
    said = {polled.source: (polled.outcome, polled.error) for polled in found}
    assert said["bad"] == (PollOutcome.FAILED, "is no http or https address")
    assert said["good"] == (PollOutcome.CHANGED, "")


def test_every_poll_is_answered_for_whatever_happens(web: Web) -> None:
    web.answers |= {
        "/0": Answer(500), "/1": misbehaving.gzip_bomb(30), "/2": Answer(work=misbehaving.hanging_up), "/3": redirect("/3"),
        "/4": Answer(200, b"\xff" * 1000), "/5": Answer(200, LAUGHS.encode("utf-16")), "/6": Answer(200, b"{" * 99_999),
    }  # fmt: skip
    sources = [Source(str(n), f"{web.url}/{n}", allow_private=True) for n in range(9)]
    found = crawl("poll", [Poll(source, FeedState(source.url)) for source in sources])
    assert sorted(polled.source for polled in found) == [str(n) for n in range(9)]
