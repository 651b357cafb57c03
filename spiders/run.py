"""Crawls inside a running program: many in one process, one event loop.

A crawl is cheap (some 7 ms of CPU) and its crawler is dropped when it ends, so that memory stays flat over thousands;
docs/spiders.md has the figures. Scrapy's own logging set-up is left out: the program has one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from copy import copy
from typing import Any, TypeVar

from scrapy.crawler import AsyncCrawlerRunner
from scrapy.settings import Settings
from scrapy.utils.reactor import install_reactor, is_reactor_installed

from config import Config
from model import Fetch, Poll
from spiders.feed import FeedSpider
from spiders.hub import Hub
from spiders.listing import ListingSpider
from spiders.page import PageSpider, local
from spiders.robots import Robots
from spiders.settings import TWISTED_REACTOR, settings_for
from spiders.sitemap import SitemapSpider
from spiders.subscribing import Ask, SubscribeSpider
from spiders.turns import Turns
from spiders.warcs import WarcSpider
from spiders.wordpress import WordPressSpider

T = TypeVar("T")
KINDS: dict[str, type[Any]] = {
    spider.name: spider for spider in (FeedSpider, SitemapSpider, WordPressSpider, ListingSpider, WarcSpider)
}
"""The spider for each kind of source."""


class Crawls:
    """Starts crawls for a hub; turns and robots.txt are shared by all of them."""

    def __init__(self, hub: Hub, config: Config) -> None:
        self._settings = Settings(settings_for(config))
        # given to the spider and not set as settings, since Scrapy makes deep copies of those
        self._shared = {"hub": hub, "turns": Turns(), "robots": Robots()}

    def beside(self, hub: Hub) -> Crawls:
        """Crawls for another hub that keep the same distance from hosts: turns and robots.txt are shared."""
        other = copy(self)
        other._shared = self._shared | {"hub": hub}
        return other

    async def poll(self, polls: Sequence[Poll]) -> None:
        """Poll these sources, in one crawl for each kind."""
        kinds = {poll.source.kind for poll in polls}
        crawls = (
            self._crawl(KINDS[kind], polls=[poll for poll in polls if poll.source.kind == kind]) for kind in kinds
        )
        await asyncio.gather(*crawls)

    async def fetch(self, pages: Sequence[Fetch]) -> None:
        """Fetch these pages, in one crawl."""
        there = [page for page in pages if not (page.entry.place or page.entry.content)]
        # a crawl without requests would idle for seconds before it ends
        here = (self._here(page) for page in pages if page.entry.place or page.entry.content)
        await asyncio.gather(self._crawl(PageSpider, pages=there), *here)

    async def _here(self, page: Fetch) -> None:
        if (fetched := await asyncio.to_thread(local, page)) is not None:
            hub: Any = self._shared["hub"]
            await hub.fetched(fetched)

    async def subscribe(self, asks: Sequence[Ask]) -> dict[str, str]:
        """Ask hubs for pushes, in one crawl; why one refused, by source, empty where it accepted."""
        said: dict[str, str] = {}
        if asks:
            await self._crawl(SubscribeSpider, asks=list(asks), said=said)
        return said

    async def _crawl(self, spider: type[Any], **named: Any) -> None:
        if any(named.values()):  # a crawl without requests would idle for seconds before it ends
            await AsyncCrawlerRunner(self._settings).crawl(spider, **self._shared, **named)


def main(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end on the loop that Scrapy works with; once in a process: a reactor cannot start again."""
    if not is_reactor_installed():
        install_reactor(TWISTED_REACTOR)
    from twisted.internet import reactor
    from twisted.internet.defer import Deferred

    results: list[T] = []
    errors: list[BaseException] = []

    def begin() -> None:
        ended = Deferred.fromCoroutine(_as_deferred(work))
        ended.addCallbacks(results.append, lambda failure: errors.append(failure.value))
        ended.addBoth(lambda _: reactor.stop())

    reactor.callWhenRunning(begin)
    # the program has its own handlers for signals
    reactor.run(installSignalHandlers=False)
    if errors:
        raise errors[0]
    return results[0]


async def _as_deferred(work: Coroutine[Any, Any, T]) -> T:
    from twisted.internet.defer import Deferred

    result: T = await Deferred.fromFuture(asyncio.ensure_future(work))
    return result
