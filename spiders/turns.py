"""Politeness that holds for the whole process: requests to one host keep their distance and number, across crawls.

Scrapy keeps its delays and limits for one crawl; the daemon makes many, often at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

REMEMBERED = 10_000
"""Hosts remembered; far more than are fetched within any delay."""


class Turns:
    """When each host may be asked next, and how many requests it has in hand."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._next: dict[str, float] = {}
        self._rooms: dict[str, tuple[asyncio.Semaphore, int]] = {}

    def take(self, host: str, delay: float) -> float:
        """Take the next turn at a host; returns how many seconds to wait for it."""
        now = self._clock()
        turn = max(self._next.get(host, now), now)
        self._next[host] = turn + delay
        if len(self._next) > REMEMBERED:
            self._next = {name: at for name, at in self._next.items() if at > now}
        return turn - now

    @asynccontextmanager
    async def room(self, host: str, most: int) -> AsyncIterator[None]:
        """Wait until fewer than `most` requests to a host are under way, and be one of them."""
        semaphore, users = self._rooms.get(host) or (asyncio.Semaphore(most), 0)
        self._rooms[host] = (semaphore, users + 1)
        try:
            async with semaphore:
                yield
        finally:
            users = self._rooms.pop(host)[1] - 1
            if users:
                self._rooms[host] = (semaphore, users)


class TurnsMiddleware:
    """Scrapy's hook: waits for a request's turn."""

    @classmethod
    def from_crawler(cls, crawler: Any) -> TurnsMiddleware:
        """Made by Scrapy for each crawl; the turns are the process's."""
        return cls(getattr(crawler.spider, "turns", None) or Turns(), crawler.settings.getfloat("OUTSPOKEN_DELAY"))

    def __init__(self, turns: Turns, delay: float) -> None:
        self._turns = turns
        self._delay = delay

    async def process_request(self, request: Any) -> None:
        """Wait until it is this request's turn at its host."""
        own = request.meta.get("delay")
        delay = max(self._delay if own is None else own, request.meta.get("crawl_delay", 0))
        wait = self._turns.take(urlsplit(request.url).netloc, delay)
        if wait > 0:
            await asyncio.sleep(wait)
