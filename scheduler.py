"""The daemon: APScheduler ticks; nothing else knows the time.

Every tick asks the store what is due. Due times, pages to fetch and pending deliveries are rows, so a tick that is
missed, late or killed loses nothing: the next one finds the same rows.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
from collections.abc import Callable, Coroutine
from dataclasses import asdict, dataclass, field
from datetime import UTC
from importlib import metadata
from pathlib import Path
from time import monotonic
from typing import Any

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from canary import Canary
from config import Config
from courier import Courier
from db import Store, only_one
from errors import StoreError
from filling import Filler
from forgetting import Forgetting
from model import Source
from pipeline import Hub
from reading import Pool
from reloading import Files, channels_of, checked
from retaining import Retaining
from second_reader import SecondReader
from serving import Server
from spiders.run import Crawls
from spiders.run import main as react
from verdicts import server
from websub import Subscriber
from websub import server as websub_server

log = logging.getLogger("outspoken.scheduler")

BREATH = 0.02
"""Seconds between two steps of retention in which others work."""
GRACE = 8.0
"""Seconds that running crawls and deliveries have to end after SIGTERM."""
FIXED = ("database", "profiles", "read", "verdicts", "websub", "archive")
"""Tables and keys that a running daemon does not change."""
PAUSE = 60.0
"""Seconds without new work after the store could not be written: a full disk is not helped by more pages."""
GAPS = 10
"""Gaps that are looked after in one go."""
FILLED_EVERY = 5.0
"""Seconds between two looks for gaps to fill."""
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
    reconfigure: Callable[[], Config | None]
    until: Callable[[Hub], bool] | None = None
    tick: float = 1.0
    servers: tuple[Server, ...] = ()
    forgetting: Forgetting | None = None
    retaining: Retaining | None = None
    second: SecondReader = field(init=False)
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _polling: set[asyncio.Task[None]] = field(default_factory=set)
    _fetching: set[asyncio.Task[None]] = field(default_factory=set)
    _filling: set[asyncio.Task[None]] = field(default_factory=set)
    _singing: set[asyncio.Task[None]] = field(default_factory=set)
    _subscribing: set[asyncio.Task[None]] = field(default_factory=set)
    _forced: bool = False
    _hanging: asyncio.Task[None] | None = None
    _noted: float = 0.0
    _hindered: str = ""

    def __post_init__(self) -> None:
        hub = self.hub
        self.second = SecondReader(hub.store, lambda: hub.config.second_reader, hub.telling, hub.clock)

    async def run(self) -> None:
        """Work until `stop`; then let what runs end, for at most GRACE seconds."""
        self._listen()
        self.hub.store.recover(self.hub.clock())
        scheduler = AsyncIOScheduler(timezone=UTC)
        for job, seconds in (
            (self.poll, self.tick),
            (self.fetch, self.tick),
            (self.deliver, self.tick),
            (self.resync, 2.0),
            (self.clean, 3600.0),
            (self.watch, 300.0),
            (self.compare, 20.0),
            (self.forget, 2.0),
            (self.ask, 1.0),
            (self.ask_second, 5.0),
            (self.fill, max(self.tick, FILLED_EVERY)),
            (self.sing, 5.0),
            (self.subscribe, 5.0),
        ):
            scheduler.add_job(job, "interval", seconds=seconds, max_instances=1, coalesce=True, misfire_grace_time=None)
        await self.resync()
        # what is here to stay is not looked at for garbage again: a look at it holds the loop for a tenth of a second
        gc.collect()
        gc.freeze()
        for each in self.servers:
            await each.start()
        scheduler.start()
        await self._stopping.wait()
        scheduler.shutdown(wait=False)
        for each in self.servers:
            await each.close()
        await self._settle()

    def stop(self) -> None:
        """End cleanly: nothing new is begun."""
        self._stopping.set()

    async def poll(self) -> None:
        """Poll every source that is due, in one crawl."""
        if self._paused():
            return
        if len(self._polling) < CRAWLS and (polls := self.hub.polls()):
            self._start(self._polling, self.crawls.poll(polls), lambda: self.hub.release_polls(polls))

    async def fetch(self) -> None:
        """Fetch the pages that are due, in one crawl."""
        if self._paused():
            return
        if len(self._fetching) < CRAWLS and (pages := self.hub.pages()):
            self._start(self._fetching, self.crawls.fetch(pages), lambda: self.hub.release_pages(pages))

    async def fill(self) -> None:
        """Look elsewhere for what may have scrolled out of feeds, one gap after the other."""
        if self._paused() or self._filling or self.hub.network.lost:
            return
        if gaps := self.hub.store.due_gaps(self.hub.clock(), GAPS):
            filler = Filler(self.hub.store, self.crawls, self.hub.clock, self.hub.ops)
            self._start(self._filling, filler.fill(gaps), lambda: None)

    async def subscribe(self) -> None:
        """Ask hubs for pushes, where an address is configured that they can reach."""
        websub = self.hub.config.websub
        if websub.callback and not (self._subscribing or self._paused() or self.hub.network.lost):
            subscriber = Subscriber(self.hub.store, websub, self.crawls, self.hub.clock)
            self._start(self._subscribing, subscriber.subscribe(), lambda: None)

    async def sing(self) -> None:
        """Send the canary of the day, and look after those that have not arrived."""
        canary = Canary(self.hub, self.crawls)
        if not (self._singing or self._paused()) and canary.due(self.hub.clock()):
            self._start(self._singing, canary.sing(), lambda: None)
        canary.watch()

    async def deliver(self) -> None:
        """Send what is due; a channel that takes its time holds up itself alone."""
        self.courier.start()

    async def resync(self) -> None:
        """Take over a changed `sources.toml`."""
        # a coroutine, as every job here: APScheduler runs plain functions in threads, and the store has one writer;
        # but reading ten thousand sources takes half a second, which nothing else shall wait for
        forced, self._forced = self._forced, False
        sources = await asyncio.to_thread(self.reload, forced)
        if sources is not None:
            for _ in self.hub.store.syncing(sources, self.hub.clock()):
                await asyncio.sleep(0)
            log.info("watching %d sources", sum(source.enabled for source in sources))

    async def ask(self) -> None:
        """End where whoever started this daemon says that it has seen enough."""
        if self.until is not None and self.until(self.hub):
            self.stop()

    async def ask_second(self) -> None:
        """Ask a second reader, where one is configured, about what scored unsure."""
        if not self._paused():
            self.second.start()

    async def clean(self) -> None:
        """Forget what is old enough: history of polls, entries that no feed carries any more, texts nobody needs."""
        self.hub.store.prune(self.hub.clock())
        if self.retaining is not None:
            self.retaining.config = self.hub.config
            for _ in self.retaining.steps():
                await asyncio.sleep(BREATH)

    async def forget(self) -> None:
        """Erase what somebody asked to be forgotten; what cannot be done now is tried again."""
        try:
            for number in self.forgetting.work() if self.forgetting else ():
                log.info("erasure %d is done", number)
        except StoreError as error:
            if str(error) != self._hindered:
                self._hindered = str(error)
                log.error("an erasure waits: %s", error)  # noqa: TRY400 - the sentence says all

    async def watch(self) -> None:
        """Tell ops what is wrong with the sources, or with our own network."""
        self.hub.watch()

    async def compare(self) -> None:
        """Tell ops of sources whose articles no longer look like those before."""
        self.hub.compare()

    def _paused(self) -> bool:
        """Whether the store could not be written a moment ago; what was fetched then is due again."""
        troubled = self.hub.store.troubled
        if troubled is not None and troubled.at > self._noted:
            self._noted = troubled.at
            log.error("%s; no new work for %d s", troubled.sentence, PAUSE)
        return troubled is not None and monotonic() - troubled.at < PAUSE

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
        if (config := self.reconfigure()) is not None:
            self._reconfigured(config)
        self._forced = True
        self._hanging = asyncio.create_task(self.resync())

    def _reconfigured(self, config: Config) -> None:
        """Go on with a changed configuration; what is fixed at the start is named."""
        old = self.hub.config
        fixed = [name for name in FIXED if getattr(config, name) != getattr(old, name)]
        config = config.model_copy(update={name: getattr(old, name) for name in FIXED})
        channels = channels_of(config)
        self.hub.config, self.hub.channels = config, config.alert_channels or tuple(channels)
        self.crawls = Crawls(self.hub, config)
        self.courier.channels, self.courier.settings = channels, config.alerts
        later = f"; {', '.join(fixed)}: only after a restart" if fixed else ""
        log.info("the configuration was read again%s", later)

    async def _settle(self) -> None:
        await asyncio.gather(self._crawled(), self.courier.finish(GRACE), self.second.finish(GRACE))

    async def _crawled(self) -> None:
        if running := self._polling | self._fetching | self._filling | self._singing | self._subscribing:
            _, late = await asyncio.wait(running, timeout=GRACE)
            for task in late:
                task.cancel()


def run(path: Path, *, until: Callable[[Hub], bool] | None = None) -> int:
    """Run the daemon on a configuration; returns the exit code.

    `until` is asked every second whether to end; without it the daemon runs until SIGTERM or SIGINT.
    Raises ConfigError, StoreError.
    """
    config = checked(path)
    channels = channels_of(config)
    told = config.alert_channels or tuple(channels)
    with only_one(config.database), Store.open(config.database) as store, Pool(config.read, config.profiles) as pool:
        store.check_key()
        hub, files = Hub(store, config, pool, told), Files(path, config)
        hub.archive.sweep()
        made = server(config.verdicts, store, hub.clock), websub_server(config.websub, store, hub.clock)
        daemon = Daemon(
            hub,
            Crawls(hub, config),
            Courier(store, channels, config.alerts, hub.clock),
            files.changed_sources,
            files.changed_config,
            until,
            servers=tuple(each for each in made if each is not None),
            forgetting=Forgetting(store, config, hub.clock),
            retaining=Retaining(store, config, hub.clock),
        )
        number = store.begin_run(os.getpid(), metadata.version("outspoken"), hub.clock())
        try:
            react(daemon.run())
        finally:
            store.end_run(number, asdict(hub.counts), hub.clock())
    return 0
