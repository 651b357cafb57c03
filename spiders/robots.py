"""robots.txt (RFC 9309), fetched once an hour for each host and remembered across crawls."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import scrapy
from protego import Protego
from scrapy.exceptions import IgnoreRequest

KEPT_SECONDS = 3600.0
ASKED_AGAIN_SECONDS = 60.0
"""A host that did not answer may have rules all the same."""
LONGEST_DELAY = 30.0
"""Seconds of `Crawl-delay` that are granted; some sites ask for hours."""
REMEMBERED = 5_000
LARGEST = 512_000
"""RFC 9309 asks for at least 500 KiB to be read; what comes after is left out."""


class Disallowed(IgnoreRequest):
    """robots.txt forbids the request."""


@dataclass
class Robots:
    """What the robots.txt of each host says, for the whole process."""

    _rules: dict[str, tuple[float, asyncio.Future[Protego | None]]] = field(default_factory=dict)

    async def delay(self, url: str, agent: str, fetch: Any) -> float | None:
        """The `Crawl-delay` that `agent` is asked to keep, in seconds (0 where there is none); None: not allowed.

        `fetch(address)` gives a response where rules are not known yet.

        A host without a readable robots.txt allows everything, as RFC 9309 has it for 4xx; the same holds here for
        hosts that fail to answer, since the page itself will fail then.
        """
        parts = urlsplit(url)
        rules = await self._of(f"{parts.scheme}://{parts.netloc}", fetch)
        if rules is not None and not rules.can_fetch(url, agent):
            return None
        return min(float((rules and rules.crawl_delay(agent)) or 0), LONGEST_DELAY)

    async def _of(self, host: str, fetch: Any) -> Protego | None:
        at, future = self._rules.get(host, (0.0, None))
        if future is None or monotonic() - at > KEPT_SECONDS:
            if len(self._rules) > REMEMBERED:
                self._rules.clear()
            future = asyncio.get_running_loop().create_future()
            self._rules[host] = (monotonic(), future)
            try:
                rules, heard = await self._fetch(host, fetch)
                future.set_result(rules)
                if not heard:
                    self._rules[host] = (monotonic() - KEPT_SECONDS + ASKED_AGAIN_SECONDS, future)
            finally:
                if not future.done():  # cancelled: nobody may wait for an answer that will not come
                    future.set_result(None)
                    self._rules.pop(host, None)
        return await asyncio.shield(future)

    async def _fetch(self, host: str, fetch: Any) -> tuple[Protego | None, bool]:
        """The rules of a host, and whether it answered."""
        try:
            response = await fetch(f"{host}/robots.txt")
        except Exception:  # noqa: BLE001 - whatever is wrong there, the page will say it in its own words
            return None, False
        if response.status != 200:
            return None, response.status < 500
        return Protego.parse(response.body[:LARGEST].decode("utf-8", "replace")), True


class RobotsMiddleware:
    """Scrapy's hook: refuses what robots.txt forbids, slows down where it says so."""

    @classmethod
    def from_crawler(cls, crawler: Any) -> RobotsMiddleware:
        """Made by Scrapy for each crawl; the rules are the process's."""
        return cls(crawler, getattr(crawler.spider, "robots", None) or Robots())

    def __init__(self, crawler: Any, robots: Robots) -> None:
        self._crawler = crawler
        self._robots = robots
        self._agent = crawler.settings["USER_AGENT"].partition("/")[0]

    async def process_request(self, request: Any) -> None:
        """Let a request pass or raise Disallowed."""
        if request.meta.get("ours"):
            return
        meta = {key: request.meta[key] for key in ("allow_private", "delay") if key in request.meta}
        meta |= {"ours": True, "download_maxsize": 2 * LARGEST}

        async def fetch(address: str) -> Any:
            robots = scrapy.Request(address, meta=dict(meta), dont_filter=True)
            return await self._crawler.engine.download_async(robots)

        asked = await self._robots.delay(request.url, self._agent, fetch)
        if asked is None:
            raise Disallowed(f"{request.url}: robots.txt forbids it")
        request.meta["crawl_delay"] = asked
