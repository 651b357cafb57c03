"""Runs crawls in a process of their own (a reactor cannot start twice) and gives back what the hub was given."""

from __future__ import annotations

import multiprocessing
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

from config import Config, CrawlConfig
from model import Entry, Fetch, Fetched, FeedState, Poll, Polled, Source


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


def poll(url: str, *, allow_private: bool = True, state: FeedState | None = None, limits: CrawlConfig | None = None) -> Polled:
    """Poll one feed."""
    source = Source("test", url, allow_private=allow_private)
    (found,) = crawl("poll", [Poll(source, state or FeedState(url))], limits)
    assert isinstance(found, Polled)
    return found


def fetch(*urls: str, allow_private: bool = True, limits: CrawlConfig | None = None) -> list[Fetched]:
    """Fetch pages, in one crawl; in the order of `urls`."""
    source = Source("test", urls[0], allow_private=allow_private)
    work = [Fetch(number, source, Entry(str(number), url)) for number, url in enumerate(urls)]
    return sorted(crawl("fetch", work, limits), key=lambda fetched: int(fetched.fetch.id))


def crawl(what: str, work: Sequence[Any], limits: CrawlConfig | None = None) -> list[Any]:
    """One crawl in a fresh process."""
    settings = Config(crawl=limits or CrawlConfig(delay=0, timeout=5))
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_crawl, args=(there, what, work, settings))
    process.start()
    there.close()
    try:
        found = here.recv() if here.poll(60) else ["no answer within a minute"]
    finally:
        process.kill()
        process.join()
    assert not isinstance(found, str), found
    return list(found)


def _crawl(pipe: Connection, what: str, work: Sequence[Any], settings: Config) -> None:
    try:
        from spiders.run import Crawls, main

        hub = Notebook()
        main(getattr(Crawls(hub, settings), what)(work))
        pipe.send(hub.found)
    except BaseException:
        pipe.send(traceback.format_exc())
