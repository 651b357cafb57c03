"""The daemon: APScheduler ticks; nothing else knows the time.

Every tick asks the store what is due. Due times, pages to fetch and pending deliveries are rows, so a tick that is
missed, late or killed loses nothing: the next one finds the same rows.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from typing import Any

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from courier import Courier
from model import Source
from pipeline import Hub
from spiders.run import Crawls

log = logging.getLogger("outspoken.scheduler")

GRACE = 8.0
"""Seconds that running crawls and deliveries have to end after SIGTERM."""
CRAWLS = 8
"""Crawls under way at once: a slow host holds up its own crawl, not the others."""


@dataclass
class Daemon:
    """Polls, fetches, delivers and cleans up until it is told to stop.

    `reload` gives the sources where `sources.toml` (or, when asked to, the configuration) has changed, else None.
    """

    hub: Hub
    crawls: Crawls
    courier: Courier
    reload: Callable[[bool], list[Source] | None]
    tick: float = 1.0
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _polling: set[asyncio.Task[None]] = field(default_factory=set)
    _fetching: set[asyncio.Task[None]] = field(default_factory=set)
    _forced: bool = False

    async def run(self) -> None:
        """Work until `stop`; then let what runs end, for at most GRACE seconds."""
        self._listen()
        self.hub.store.recover(self.hub.clock())
        scheduler = AsyncIOScheduler(timezone=UTC)
        for job, seconds in ((self.poll, self.tick), (self.fetch, self.tick), (self.deliver, self.tick),
                             (self.resync, 2.0), (self.clean, 3600.0)):
            scheduler.add_job(job, "interval", seconds=seconds, max_instances=1, coalesce=True, misfire_grace_time=None)
        self.resync()
        scheduler.start()
        await self._stopping.wait()
        scheduler.shutdown(wait=False)
        await self._settle()

    def stop(self) -> None:
        """End cleanly: nothing new is begun."""
        self._stopping.set()

    async def poll(self) -> None:
        """Poll every source that is due, in one crawl."""
        if len(self._polling) < CRAWLS and (polls := self.hub.polls()):
            self._start(self._polling, self.crawls.poll(polls), lambda: self.hub.release_polls(polls))

    async def fetch(self) -> None:
        """Fetch the pages that are due, in one crawl."""
        if len(self._fetching) < CRAWLS and (pages := self.hub.pages()):
            self._start(self._fetching, self.crawls.fetch(pages), lambda: self.hub.release_pages(pages))

    async def deliver(self) -> None:
        """Send what is due."""
        await self.courier.run_once()

    def resync(self) -> None:
        """Take over a changed `sources.toml`."""
        forced, self._forced = self._forced, False
        sources = self.reload(forced)
        if sources is not None:
            self.hub.store.sync_sources(sources, self.hub.clock())
            log.info("watching %d sources", sum(source.enabled for source in sources))

    def clean(self) -> None:
        """Forget what is old enough: history of polls, entries that no feed carries any more."""
        self.hub.store.prune(self.hub.clock())

    def _start(
        self, lane: set[asyncio.Task[None]], crawl: Coroutine[Any, Any, None], release: Callable[[], None]
    ) -> None:
        def ended(task: asyncio.Task[None]) -> None:
            lane.discard(task)
            release()
            if not task.cancelled() and (error := task.exception()):
                log.error("a crawl ended badly; what it had in hand is due again: %s", error, exc_info=error)

        task = asyncio.create_task(crawl)
        lane.add(task)
        task.add_done_callback(ended)

    def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, self.stop)
        loop.add_signal_handler(signal.SIGHUP, self._hang_up)

    def _hang_up(self) -> None:
        self._forced = True
        self.resync()

    async def _settle(self) -> None:
        if running := self._polling | self._fetching:
            _, late = await asyncio.wait(running, timeout=GRACE)
            for task in late:
                task.cancel()
