"""Pages as real servers give them: what comes of each, what a user is told, whether it is tried again."""

from __future__ import annotations

import gzip
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler
from itertools import pairwise

import misbehaving
import pytest
import trustme
from crawling import QUICK, crawl, crawls, fetch, fetches, fresh
from loopback import Answer, Web, serve
from misbehaving import HTML, redirect

from config import CrawlConfig
from model import Fetched

PAGE = b"<!DOCTYPE html><html><head><title>A page</title></head><body><p>Some text.</p></body></html>"


@pytest.fixture
def web() -> Iterator[Web]:
    with serve({"/page": Answer(200, PAGE, HTML)}) as running:
        yield running


def answered(web: Web, answer: Answer, limits: CrawlConfig = QUICK) -> Fetched:
    """A fetch of a page that answers so."""
    web.answers["/page"] = answer
    (fetched,) = fetch(f"{web.url}/page", limits=limits)
    return fetched


def failure(fetched: Fetched) -> tuple[str, bool]:
    """What a user is told, and whether the page is tried again."""
    assert fetched.page is None
    return fetched.error, fetched.retry


# --- pages ---------------------------------------------------------------------------------------------------
def test_a_page_comes_with_its_headers(web: Web) -> None:
    (fetched,) = fetch(f"{web.url}/page")
    assert (fetched.error, fetched.status) == ("", 200)
    assert fetched.page is not None
    assert (fetched.page.url, fetched.page.body) == (f"{web.url}/page", PAGE)
    assert fetched.page.headers["content-type"] == "text/html; charset=utf-8"
    assert fetched.page.fetched == fetched.at


def test_a_page_is_known_by_the_address_that_redirects_led_to(web: Web) -> None:
    web.answers["/short"] = redirect("/page")
    (fetched,) = fetch(f"{web.url}/short")
    assert fetched.page is not None
    assert fetched.page.url == f"{web.url}/page"
    assert "Referer" not in web.asked[1][1]


@pytest.mark.parametrize("encoding", ["windows-1251", "utf-16", "gb18030"])
def test_a_page_in_a_wrong_charset_keeps_its_bytes(web: Web, encoding: str) -> None:
    body = "<html><p>Бывший боец рассказал о вербовке.</p></html>".encode(encoding)
    fetched = answered(web, Answer(200, body, HTML))
    assert fetched.page is not None
    assert fetched.page.body == body


@pytest.mark.parametrize("kind", ["application/xhtml+xml", "text/plain", "", "nonsense", "application/octet-stream"])
def test_a_page_under_an_odd_name_is_a_page(web: Web, kind: str) -> None:
    assert answered(web, Answer(200, PAGE, {"Content-Type": kind} if kind else {})).page is not None


def test_a_compressed_page_is_unpacked(web: Web) -> None:
    fetched = answered(web, Answer(200, gzip.compress(PAGE), {**HTML, "Content-Encoding": "gzip"}))
    assert fetched.page is not None
    assert fetched.page.body == PAGE


# --- what is none --------------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", ["image/png", "application/pdf", "video/mp4", "application/zip"])
def test_binary_as_a_page(web: Web, kind: str) -> None:
    fetched = answered(web, Answer(200, b"\x00\x01\x02" * 1000, {"Content-Type": kind}))
    assert failure(fetched) == (f"is not a page but {kind}", False)


@pytest.mark.parametrize("start", [b"%PDF-1.7", b"\x89PNG\r\n", b"\xff\xd8\xff\xe0", b"PK\x03\x04", b"\x1f\x8b\x08"])
def test_binary_under_the_name_of_a_page(web: Web, start: bytes) -> None:
    assert failure(answered(web, Answer(200, start + b"\x00" * 500, HTML))) == ("is not a page but binary data", False)


def test_an_empty_page_is_tried_again(web: Web) -> None:
    assert failure(answered(web, Answer(200, b" \n", HTML))) == ("the answer is empty", True)


@pytest.mark.parametrize("announced", [True, False])
def test_a_page_of_20_megabytes(web: Web, announced: bool) -> None:
    fetched = answered(web, misbehaving.large(20, announced=announced))
    assert failure(fetched) == ("is larger than the limit of 5,000,000 bytes", False)


def test_a_gzip_bomb_does_not_go_off() -> None:
    with serve({"/redirect": misbehaving.gzip_bomb(300)}) as web:
        (fetched,), megabytes = fresh("fetch", fetches(f"{web.url}/redirect"))
    assert failure(fetched) == ("is larger than the limit of 5,000,000 bytes", False)
    assert megabytes < 50


@pytest.mark.parametrize("encoding", ["gzip", "br", "x-own"])
def test_a_body_that_cannot_be_unpacked(web: Web, encoding: str) -> None:
    fetched = answered(web, Answer(200, b"not packed", {**HTML, "Content-Encoding": encoding}))
    assert failure(fetched) == ("is compressed in a way that cannot be unpacked", True)


def test_a_page_cut_off_on_its_way_is_tried_again_before_it_is_taken_as_it_is(web: Web) -> None:
    web.answers["/page"] = Answer(work=misbehaving.cut_off)
    (first,) = fetch(f"{web.url}/page")
    assert failure(first) == ("the connection broke before the answer was complete", True)
    (third,) = crawl("fetch", [replace(first.fetch, attempts=2)])
    assert third.page is not None
    assert third.page.body == b"<p>The first half"


# --- refusals ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("status", "sentence", "retry"),
    [
        (403, "the server answered 403: refuses us", False),
        (404, "the server answered 404: not found", False),
        (410, "the server answered 410: gone for good", False),
        (429, "the server answered 429: asks us to wait", True),
        (500, "the server answered 500: an error of the server", True),
        (503, "the server answered 503: an error of the server", True),
    ],
)
def test_a_refusal(web: Web, status: int, sentence: str, retry: bool) -> None:
    fetched = answered(web, Answer(status, PAGE, HTML))
    assert failure(fetched) == (sentence, retry)
    assert fetched.status == status


def test_retry_after(web: Web) -> None:
    seconds = answered(web, Answer(429, b"", {"Retry-After": "120"}))
    date = format_datetime(datetime.now(UTC) + timedelta(minutes=10), usegmt=True)
    dated = answered(web, Answer(503, b"", {"Retry-After": date}))
    assert seconds.hold == timedelta(minutes=2)
    assert dated.hold is not None
    assert timedelta(minutes=9) < dated.hold <= timedelta(minutes=10)


def test_an_endless_redirect_ends(web: Web) -> None:
    assert failure(answered(web, redirect("/page"))) == ("too many redirects", False)
    assert len(web.asked) == QUICK.redirects + 1


def test_a_meta_refresh_is_not_followed(web: Web) -> None:
    body = b'<meta http-equiv="refresh" content="0; url=/other">'
    assert answered(web, Answer(200, body, HTML)).page is not None
    assert web.paths() == ["/page"]


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://127.0.0.1/x", "data:text/html,x", "javascript:alert(1)"])
def test_no_scheme_but_http_and_https(web: Web, url: str) -> None:
    bad, good = fetch(url, f"{web.url}/page")
    assert failure(bad) == ("is no http or https address", False)
    assert good.page is not None


# --- broken lines --------------------------------------------------------------------------------------------
def test_an_unreachable_host_and_a_name_that_does_not_exist() -> None:
    with serve({}) as web:
        pass
    refused, unknown = fetch(f"{web.url}/page", "http://no-such-host.invalid/")
    assert failure(refused) == ("the host refuses connections", True)
    assert failure(unknown) == ("the name of the host cannot be resolved", True)


def test_a_certificate_that_nobody_vouches_for() -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(tls)
    with serve({"/page": Answer(200, PAGE, HTML)}, tls) as web:
        (fetched,) = fetch(f"{web.url}/page")
    assert failure(fetched) == ("the TLS certificate or connection is not valid: certificate verify failed", True)
    assert web.asked == []


def test_slow_servers_cost_their_own_pages_alone() -> None:
    answers = {"/slow": Answer(work=misbehaving.silent), "/drip": Answer(work=misbehaving.dripping)}
    with serve({**answers, "/page": Answer(200, PAGE, HTML)}) as web:
        limits = QUICK.model_copy(update={"timeout": 1, "per_host": 3})
        slow, drip, good = fetch(f"{web.url}/slow", f"{web.url}/drip", f"{web.url}/page", limits=limits)
    assert failure(slow) == failure(drip) == ("the answer took too long", True)
    assert good.page is not None


def test_more_headers_than_anybody_needs(web: Web) -> None:
    error, retry = failure(answered(web, Answer(work=misbehaving.a_megabyte_of_headers)))
    assert "headers exceed 131,072 bytes" in error
    assert retry


# --- politeness ----------------------------------------------------------------------------------------------
ROBOTS = b"User-agent: *\nDisallow: /private/\n\nUser-agent: Outspoken\nDisallow: /not-for-us/\nCrawl-delay: 0.4\n"
POLITE = QUICK.model_copy(update={"robots": True})


def test_robots_txt_is_obeyed(web: Web) -> None:
    web.answers |= {"/robots.txt": Answer(200, ROBOTS), "/not-for-us/x": Answer(200, PAGE, HTML)}
    page, forbidden, other = fetch(
        f"{web.url}/page", f"{web.url}/not-for-us/x", f"{web.url}/not-for-us/y", limits=POLITE
    )
    assert page.page is not None
    assert failure(forbidden) == failure(other) == ("robots.txt forbids it", False)
    assert web.paths() == ["/robots.txt", "/page"]


def test_robots_txt_holds_for_what_a_redirect_leads_to(web: Web) -> None:
    web.answers |= {"/robots.txt": Answer(200, ROBOTS), "/go": redirect("/not-for-us/x")}
    (fetched,) = fetch(f"{web.url}/go", limits=POLITE)
    assert failure(fetched) == ("robots.txt forbids it", False)


def test_robots_txt_may_be_elsewhere(web: Web) -> None:
    web.answers |= {"/robots.txt": redirect("/rules", 301), "/rules": Answer(200, b"User-agent: *\nDisallow: /page")}
    (fetched,) = fetch(f"{web.url}/page", limits=POLITE)
    assert failure(fetched) == ("robots.txt forbids it", False)


def test_robots_txt_can_be_switched_off(web: Web) -> None:
    web.answers |= {"/robots.txt": Answer(200, b"User-agent: *\nDisallow: /")}
    (fetched,) = fetch(f"{web.url}/page")
    assert fetched.page is not None
    assert web.paths() == ["/page"]


@pytest.mark.parametrize(
    "answer", [Answer(404), Answer(500), Answer(200, b"\xff\x00" * 999), misbehaving.gzip_bomb(20)]
)
def test_a_host_without_readable_rules_has_none(web: Web, answer: Answer) -> None:
    web.answers["/robots.txt"] = answer
    (fetched,) = fetch(f"{web.url}/page", limits=POLITE)
    assert fetched.page is not None


def waits(web: Web, limits: CrawlConfig) -> list[float]:
    """Seconds between the requests of a crawl of three pages, as the server sees them."""
    times: list[float] = []

    def work(handler: BaseHTTPRequestHandler) -> None:
        times.append(time.monotonic())
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx")

    web.answers["/page"] = Answer(work=work)
    fetch(*(f"{web.url}/page?{number}" for number in range(3)), limits=limits)
    return [later - earlier for earlier, later in pairwise(times)]


def test_requests_to_one_host_keep_their_distance(web: Web) -> None:
    assert all(0.25 < wait < 1 for wait in waits(web, QUICK.model_copy(update={"delay": 0.3})))


def test_crawl_delay_in_robots_txt_is_kept(web: Web) -> None:
    web.answers["/robots.txt"] = Answer(200, ROBOTS)
    assert all(0.35 < wait < 1 for wait in waits(web, POLITE))


def test_a_source_may_have_a_delay_of_its_own(web: Web) -> None:
    first, *others = fetches(*(f"{web.url}/page?{number}" for number in range(4)))
    work = [replace(each, source=replace(each.source, delay=0.2)) for each in (first, *others)]
    began = time.monotonic()
    assert len(crawl("fetch", work)) == 4
    assert time.monotonic() - began >= 0.6


def test_other_hosts_do_not_wait(web: Web) -> None:
    port = web.url.rpartition(":")[2]
    began = time.monotonic()
    found = fetch(f"{web.url}/page", f"http://localhost:{port}/page", limits=QUICK.model_copy(update={"delay": 5}))
    assert all(fetched.page for fetched in found)
    assert time.monotonic() - began < 4


def test_distance_and_number_hold_across_crawls(web: Web) -> None:
    lock, running, most = threading.Lock(), [0], [0]

    def work(handler: BaseHTTPRequestHandler) -> None:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        time.sleep(0.15)
        with lock:
            running[0] -= 1
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx")

    web.answers["/page"] = Answer(work=work)
    pages = fetches(*(f"{web.url}/page?{number}" for number in range(9)))
    found = crawls([("fetch", pages[0:3]), ("fetch", pages[3:6]), ("fetch", pages[6:9])])
    assert len(found) == 9
    assert all(fetched.page for fetched in found)
    assert most[0] == QUICK.per_host


def test_whoever_runs_the_site_can_find_out_who_asks(web: Web) -> None:
    fetch(f"{web.url}/page", contact="https://desk.example/monitor, desk@desk.example")
    agent = web.asked[0][1]["User-Agent"]
    assert agent.startswith("Outspoken/")
    assert agent.endswith("(+https://desk.example/monitor, desk@desk.example)")


def test_no_cookies_are_kept(web: Web) -> None:
    web.answers["/page"] = Answer(200, PAGE, {**HTML, "Set-Cookie": "id=1"})
    fetch(f"{web.url}/page?1", f"{web.url}/page?2", limits=QUICK.model_copy(update={"per_host": 1}))
    assert all("Cookie" not in headers for _, headers in web.asked)
