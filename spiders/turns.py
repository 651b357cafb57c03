"""Politeness that holds for the whole process: requests to one host keep their distance, across crawls.

Scrapy keeps its delays for one crawl; the daemon makes many, often at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

REMEMBERED = 10_000
"""Hosts remembered; far more than are fetched within any delay."""


class Turns:
    """When each host may be asked next."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._next: dict[str, float] = {}

    def take(self, host: str, delay: float) -> float:
        """Take the next turn at a host; returns how many seconds to wait for it."""
        now = self._clock()
        turn = max(self._next.get(host, now), now)
        self._next[host] = turn + delay
        if len(self._next) > REMEMBERED:
            self._next = {name: at for name, at in self._next.items() if at > now}
        return turn - now


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
        delay = request.meta.get("delay")
        wait = self._turns.take(urlsplit(request.url).netloc, self._delay if delay is None else delay)
        if wait > 0:
            await asyncio.sleep(wait)
