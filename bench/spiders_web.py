"""What the measurements of the spiders share: a server on loopback, in a process of its own, and a hub that counts."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from multiprocessing.connection import Connection
from pathlib import Path

from config import Config, CrawlConfig
from model import Entry, FeedState, Fetch, Fetched, Poll, Polled, PollOutcome, Source

FEEDS, PAGES, ITEMS = 5, 10, 25
SETTINGS = Config(crawl=CrawlConfig(delay=0, per_host=8))
PARAGRAPH = b"<p>Somebody said something about something else, and somebody else wrote it down for us to read.</p>\n"
PAGE = b"<!DOCTYPE html><html><head><title>A page</title></head><body>" + PARAGRAPH * 600 + b"</body></html>"


class Counter:
    """A hub that forgets what it is given, but for how much it was and whether it was as expected."""

    def __init__(self) -> None:
        self.polled_feeds = self.fetched_pages = self.failures = 0

    def polls(self, names: Sequence[str] | None = None) -> list[Poll]:
        return []

    def pages(self, limit: int = 200) -> list[Fetch]:
        return []

    async def polled(self, polled: Polled) -> None:
        self.polled_feeds += 1
        self.failures += polled.outcome is not PollOutcome.CHANGED

    async def fetched(self, fetched: Fetched) -> None:
        self.fetched_pages += 1
        self.failures += fetched.page is None


def feed(number: int) -> bytes:
    """An RSS feed of ITEMS entries with summaries; another one for each number."""
    item = b"<item><title>Article %d</title><link>http://127.0.0.1/%d</link><guid>%d</guid><description>%s</description></item>"
    text = PARAGRAPH.replace(b"<", b"&lt;") * 5
    items = b"".join(item % (n, n, n, text) for n in range(number, number + ITEMS))
    return b'<?xml version="1.0"?><rss version="2.0"><channel><title>Feed</title>' + items + b"</channel></rss>"


def polls(url: str) -> list[Poll]:
    sources = [Source(f"feed-{n}", f"{url}/feed/{n}", allow_private=True) for n in range(FEEDS)]
    return [Poll(source, FeedState(source.url)) for source in sources]


def fetches(url: str, pages: int = PAGES) -> list[Fetch]:
    source = Source("pages", url, allow_private=True)
    return [Fetch(n, source, Entry(str(n), f"{url}/page/{n}")) for n in range(pages)]


def rss() -> float:
    """Memory of this process, in megabytes."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * 4096 / 1e6


@contextmanager
def serving() -> Iterator[str]:
    """The address of a running server."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(there,), daemon=True)
    process.start()
    try:
        yield here.recv()
    finally:
        process.kill()
        process.join()


def _serve(pipe: Connection) -> None:
    numbers = count()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            status, body = self._answer()
            self.send_response(status)
            self.send_header("Content-Type", "text/html" if body is PAGE else "application/rss+xml")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _answer(self) -> tuple[int, bytes]:
            if self.path.startswith("/feed/"):
                return 200, feed(next(numbers))
            return (200, PAGE) if self.path.startswith("/page/") else (404, b"")

        def log_message(self, format: str, *args: object) -> None:
            """Measurements print their own lines."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    pipe.send(f"http://127.0.0.1:{server.server_port}")
    server.serve_forever()
