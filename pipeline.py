"""The one place where the stages meet: page in, article, findings, accounts, alerts out.

    poll ---> entries, feed state, pages to fetch         one transaction (Hub.polled)
    page ---> reading (worker process)                    nothing stored yet
         ---> its bytes, where they led to a finding      a record in the archive
         ---> article, story, accounts, alerts            one transaction, in which the page leaves the
              and a pending delivery for each channel     frontier (Hub.fetched)

A kill between two of these lines loses nothing: what was not stored is still due.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random

import barring
import polling
from archive import Archive
from config import Config, load, load_sources
from db import Store
from errors import ExtractError, MachineError, StoreError
from model import Fetch, Fetched, Label, Poll, Polled, Reading, Source
from reading import Pool
from routing import Router
from sites import Sites
from telling import Telling, store_reading
from watching import Watch

log = logging.getLogger("outspoken.pipeline")

SHARED_FOR = timedelta(minutes=10)
"""How long a share of the budget of polls holds."""
POLLS = 200
"""Sources that one crawl polls at most."""
PER_SOURCE = 8
"""Pages of one source that are in hand at once: a host that takes its time does not hold up a crawl."""


def utcnow() -> datetime:
    """The wall clock; everything that needs the time is given a clock like this one."""
    return datetime.now(UTC)


@dataclass
class Counts:
    """What a hub has seen since it was made."""

    polls: int = 0
    failed_polls: int = 0
    entries: int = 0
    articles: int = 0
    ruled_out: int = 0
    findings: int = 0
    alerts: int = 0
    failed_pages: int = 0


@dataclass
class Hub:
    """Gives the spiders their work and takes what they bring. One hub for one store; it is the only writer.

    A source or page that is in hand is not given out twice; what is in hand is memory alone, so that after a crash
    it is simply due again.
    """

    store: Store
    config: Config
    pool: Pool
    channels: Sequence[str] = ()
    clock: Callable[[], datetime] = utcnow
    random: Random = field(default_factory=Random)
    counts: Counts = field(default_factory=Counts)
    network: polling.Network = field(default_factory=polling.Network)
    _shared: tuple[datetime, float] | None = None
    _polling: set[str] = field(default_factory=set)
    _fetching: set[int] = field(default_factory=set)
    archive: Archive = field(init=False)
    _sites: Sites = field(init=False)
    _watch: Watch = field(init=False)

    def __post_init__(self) -> None:
        self.archive = Archive(self.store, self.config.archive, self.clock)
        self._sites = Sites(self.store)
        self._watch = Watch(self.store, self.network, lambda: self.ops, lambda: self.clock())

    def polls(self, names: Sequence[str] | None = None) -> list[Poll]:
        """The sources that are due, or the named ones whether due or not; they are now in hand."""
        if names is not None:
            due = self.store.polls_of(names)
        else:
            due = self.store.due_polls(self.clock(), POLLS, self._polling)
        fresh = [poll for poll in due if poll.source.name not in self._polling]
        self._polling |= {poll.source.name for poll in fresh}
        return fresh

    async def polled(self, polled: Polled) -> None:
        """Store what a poll found, with the source's new state, in one transaction."""
        self.network.note(polled)
        new = self.store.record_planned(polled, partial(self._plan, polled), self.clock())
        self._polling.discard(polled.source)
        self.counts.polls += 1
        self.counts.failed_polls += polled.outcome not in polling.HEALTHY
        self.counts.entries += new

    def _plan(self, polled: Polled, harvest: polling.Harvest) -> polling.Plan:
        """When the source is polled next, by what this poll has brought."""
        worked, past = polled.outcome in polling.HEALTHY, self.store.past(polled.source, polled.at)
        past = replace(past, failures=0 if worked else past.failures + 1)
        source = self.store.source(polled.source)
        planned = polling.plan(polled, harvest, source, past, self.config.crawl, self._share(polled.at))
        if self.network.lost and not worked:
            return replace(planned, at=polled.at + polling.OFFLINE, because="no host answers: we have no network")
        return replace(planned, at=polling.spread(polled.at, planned.at, self.random, sharp=planned.sharp))

    def _share(self, now: datetime) -> float:
        """The factor by which all sources together spend the budget of polls; worked out anew now and then."""
        if self._shared is None or now - self._shared[0] > SHARED_FOR:
            self._shared = (now, polling.share_of(self.store.roots(), self.config.crawl))
        return self._shared[1]

    def watch(self) -> None:
        """Tell ops what is wrong with sources, or with our own network, once for each episode."""
        self._watch.look()

    def compare(self) -> None:
        """Compare the recent articles of some sources with those before."""
        self._watch.compare()

    @property
    def ops(self) -> list[str]:
        """The channels that hear of trouble."""
        return list(self.config.alerts.ops or self.channels)

    def pages(self, limit: int = 200, sources: Collection[str] | None = None) -> list[Fetch]:
        """The pages that are due (of these sources); they are now in hand."""
        due = self.store.due_pages(self.clock(), limit + len(self._fetching), PER_SOURCE)
        fresh = [
            fetch
            for fetch in due
            if fetch.id not in self._fetching and (sources is None or fetch.source.name in sources)
        ][:limit]
        self._fetching |= {fetch.id for fetch in fresh}
        return fresh

    async def fetched(self, fetched: Fetched) -> None:
        """Read a fetched page and store it with all that follows, or record why it could not be had."""
        try:
            if fetched.page is None:
                self._failed(fetched)
            else:
                await self._read(fetched)
        finally:
            self._fetching.discard(fetched.fetch.id)

    def idle(self) -> bool:
        """Whether nothing is due and nothing in hand."""
        now = self.clock()
        return not (self._polling or self._fetching or self.store.due_polls(now, 1) or self.store.due_pages(now, 1))

    def release_polls(self, polls: Sequence[Poll]) -> None:
        """A crawl has ended: what it did not answer for is due again."""
        self._polling -= {poll.source.name for poll in polls}

    def release_pages(self, pages: Sequence[Fetch]) -> None:
        """A crawl has ended: what it did not answer for is due again."""
        self._fetching -= {page.id for page in pages}

    async def _read(self, fetched: Fetched) -> None:
        assert fetched.page is not None  # noqa: S101 - for the type checker; `fetched` has looked
        fetch = fetched.fetch
        try:
            known = self._sites.known(fetch.source, fetch.url)
            reading = await self.pool.read(fetched.page, fetch.source, fetch.entry, known)
            admitted = barring.admitted(self.store, fetch, reading)
            if admitted is None:
                self.store.forget_page(fetch.id, fetch.url, reading.article.url)
                return
            reading = admitted
            with self.archive.keeping(fetched.page, reading) as note:
                alerts = store_reading(self.store, fetch, reading, self.telling(fetch), note)
            self._stored(fetch.source, reading)
        except ExtractError as error:
            log.warning("%s", error)
            self._unreadable(fetched, str(error))
            return
        except MachineError as error:
            self.store.trouble(error)  # the page is due again once the daemon goes on
            return
        except StoreError:
            raise
        except Exception as error:
            # a mistake of ours that one page brings to light must not have that page fetched for ever
            log.exception("%s: cannot be stored", fetch.url)
            self._unreadable(fetched, f"{fetch.url}: cannot be stored: {type(error).__name__}: {error}")
            return
        self.counts.articles += 1
        self.counts.ruled_out += reading.ruled_out
        self.counts.findings += any(finding.label is Label.ACCOUNT for finding in reading.findings)
        self.counts.alerts += alerts

    def _stored(self, source: Source, reading: Reading) -> None:
        """Learn from a page that was stored; tell ops, once a day, of a recipe that no longer matches."""
        if trouble := self._sites.stored(source, reading):
            key = f"ops-recipe-{source.name}-{self.clock():%Y-%m-%d}"
            self._watch.tell(key, f"{source.name}: its recipe no longer matches", trouble)

    def telling(self, fetch: Fetch) -> Telling:
        """What decides whether and whom a finding on this page is told, by the configuration as it stands."""
        router = replace(Router.of(self.config), default=self.channels)
        second = self.config.second_reader is not None
        return Telling(self.config.alerts, self.channels, self.clock(), router, fetch.source, second)

    def _failed(self, fetched: Fetched) -> None:
        again = None
        if fetched.retry:
            again = polling.next_try(fetched.fetch.attempts + 1, fetched.hold, fetched.at, self.config.crawl.attempts)
        self.store.record_failed_fetch(fetched, again)
        self.counts.failed_pages += again is None

    def _unreadable(self, fetched: Fetched, reason: str) -> None:
        """A page that defeats its worker is tried once more, in case the machine was at fault, then kept as failed."""
        again = polling.next_try(fetched.fetch.attempts + 1, None, fetched.at, limit=2)
        self.store.record_failed_fetch(replace(fetched, page=None, error=reason), again)
        self.counts.failed_pages += again is None


def open_hub() -> Hub:
    """The hub for `scrapy crawl` by hand: configuration from the current folder, no alerts held back."""
    config = load(Path(os.environ.get("OUTSPOKEN_CONFIG", "outspoken.toml")))
    store = Store.open(config.database)
    store.sync_sources(load_sources(config.sources), utcnow())
    return Hub(store, config, Pool(config.read, config.profiles), config.alert_channels or tuple(config.channels))
