"""Runs crawls in another process (a reactor cannot start twice) and gives back what the hub was given.

The process is kept for the tests that follow, as the daemon keeps its own; `fresh` asks for a new one.
"""

from __future__ import annotations

import asyncio
import atexit
import multiprocessing
import resource
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

from config import Config, CrawlConfig
from model import Entry, FeedState, Fetch, Fetched, Poll, Polled, Source

QUICK = CrawlConfig(delay=0, timeout=5, robots=False)
"""Limits of most tests: no waiting, nothing asked for but what the test asks for."""


@dataclass
class Notebook:
    """A hub that writes down what it is given."""

    found: list[Any] = field(default_factory=list)

    def polls(self, names: Sequence[str] | None = None) -> list[Poll]:
        return []

    def pages(self, limit: int = 200) -> list[Fetch]:
        return []

    async def polled(self, polled: Polled) -> None:
        self.found.append(polled)

    async def fetched(self, fetched: Fetched) -> None:
        self.found.append(fetched)


def poll(
    url: str,
    *,
    allow_private: bool = True,
    state: FeedState | None = None,
    limits: CrawlConfig = QUICK,
    **about: Any,
) -> Polled:
    """Poll one source: a feed, or what `about` says."""
    source = Source("test", url, allow_private=allow_private, **about)
    (found,) = crawl("poll", [Poll(source, state or FeedState(url))], limits)
    assert isinstance(found, Polled)
    return found


def fetch(*urls: str, allow_private: bool = True, limits: CrawlConfig = QUICK, contact: str = "") -> list[Fetched]:
    """Fetch pages, in one crawl; in the order of `urls`."""
    found = crawl("fetch", fetches(*urls, allow_private=allow_private), limits, contact)
    return sorted(found, key=lambda fetched: int(fetched.fetch.id))


def fetches(*urls: str, allow_private: bool = True) -> list[Fetch]:
    """Rows of a frontier for these pages."""
    source = Source("test", urls[0], allow_private=allow_private)
    return [Fetch(number, source, Entry(str(number), url)) for number, url in enumerate(urls)]


def crawl(what: str, work: Sequence[Any], limits: CrawlConfig = QUICK, contact: str = "") -> list[Any]:
    """One crawl in the process that is kept."""
    return _kept().crawl([(what, work)], Config(crawl=limits, contact=contact))


def crawls(work: Sequence[tuple[str, Sequence[Any]]], limits: CrawlConfig = QUICK) -> list[Any]:
    """Several crawls at once, as the daemon has them."""
    return _kept().crawl(work, Config(crawl=limits))


def fresh(
    what: str, work: Sequence[Any], limits: CrawlConfig = QUICK, prepare: Callable[[], None] | None = None
) -> tuple[list[Any], float]:
    """One crawl in a process of its own; also says by how many megabytes its memory grew at most.

    `prepare` is called in that process, on its event loop, before the crawl.
    """
    crawler = Crawler(prepare)
    try:
        # the first crawl loads what any crawl needs: that is not the memory of the one that is measured
        crawler.crawl([("fetch", fetches("http://127.0.0.1:1/"))], Config(crawl=limits))
        before = crawler.peak
        found = crawler.crawl([(what, work)], Config(crawl=limits))
        return found, crawler.peak - before
    finally:
        crawler.end()


class Crawler:
    """A process that crawls."""

    def __init__(self, prepare: Callable[[], None] | None = None) -> None:
        self._pipe, there = multiprocessing.Pipe()
        context = multiprocessing.get_context("spawn")
        self._process = context.Process(target=_process, args=(there, prepare), daemon=True)
        self._process.start()
        there.close()
        self.peak = 0.0
        """The most memory that the process has had so far, in megabytes."""

    def crawl(self, work: Sequence[tuple[str, Sequence[Any]]], settings: Config) -> list[Any]:
        self._pipe.send((work, settings))
        answer = self._pipe.recv() if self._pipe.poll(60) else "no answer within a minute"
        assert not isinstance(answer, str), answer
        found, self.peak = answer
        return list(found)

    def end(self) -> None:
        self._pipe.close()
        self._process.kill()
        self._process.join()


_CRAWLERS: list[Crawler] = []


def _kept() -> Crawler:
    if not _CRAWLERS:
        _CRAWLERS.append(Crawler())
        atexit.register(_CRAWLERS[0].end)
    return _CRAWLERS[0]


def _process(pipe: Connection, prepare: Callable[[], None] | None) -> None:
    from spiders.run import main

    try:
        main(_serve(pipe, prepare))
    except EOFError:
        return


async def _serve(pipe: Connection, prepare: Callable[[], None] | None) -> None:
    if prepare is not None:
        prepare()
    while True:
        work, settings = await asyncio.to_thread(pipe.recv)
        try:
            pipe.send((await _found(work, settings), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))
        except Exception:  # noqa: BLE001 - the test shall see it
            pipe.send(traceback.format_exc())


async def _found(work: Sequence[tuple[str, Sequence[Any]]], settings: Config) -> list[Any]:
    from spiders.run import Crawls

    hub = Notebook()
    crawls = Crawls(hub, settings)
    answers = await asyncio.gather(*(getattr(crawls, what)(each) for what, each in work))
    return [*hub.found, *(said for answer in answers for said in (answer or {}).values())]
