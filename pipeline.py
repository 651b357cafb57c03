"""The one place where the stages meet: page in, article, findings, accounts, alerts out.

    poll ---> entries, feed state, pages to fetch         one transaction (Hub.polled)
    page ---> reading (worker process)                    nothing stored yet
         ---> article, story, accounts, alerts            one transaction, in which the page leaves the
              and a pending delivery for each channel     frontier (Hub.fetched)

A kill between two of these lines loses nothing: what was not stored is still due.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import detect
import polling
from config import AlertConfig, Config, load, load_sources
from db import Store
from detect import corpus
from errors import ExtractError, StoreError
from joining import Joined, join
from model import Alert, Article, Carrier, Entry, Fetch, Fetched, Going, Label, Poll, Polled, Reading, Source
from reading import Pool
from routing import Router
from sites import Sites

log = logging.getLogger("outspoken.pipeline")

_LONG_AGO = datetime.min.replace(tzinfo=UTC)
OUTLETS = 50
"""Articles on one case that an alert names at most."""
SHARED_FOR = timedelta(minutes=10)
"""How long a share of the budget of polls holds."""
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
    _sites: Sites = field(init=False)

    def __post_init__(self) -> None:
        self._sites = Sites(self.store)

    def polls(self, names: Sequence[str] | None = None) -> list[Poll]:
        """The sources that are due, or the named ones whether due or not; they are now in hand."""
        if names is not None:
            due = self.store.polls_of(names)
        else:
            due = self.store.due_polls(self.clock())
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
        worked, past = polled.outcome in polling.HEALTHY, self.store.past(polled.source)
        past = replace(past, failures=0 if worked else past.failures + 1)
        source = self.store.source(polled.source)
        planned = polling.plan(polled, harvest, source, past, self.config.crawl, self._share(polled.at))
        if self.network.lost and not worked:
            return replace(planned, at=polled.at + polling.OFFLINE, because="no host answers: we have no network")
        return replace(planned, at=polling.spread(polled.at, planned.at, self.random))

    def _share(self, now: datetime) -> float:
        """The factor by which all sources together spend the budget of polls; worked out anew now and then."""
        if self._shared is None or now - self._shared[0] > SHARED_FOR:
            self._shared = (now, polling.share_of(self.store.roots(), self.config.crawl))
        return self._shared[1]

    def watch(self) -> None:
        """Tell ops of sources whose silence is improbable, once for each silence; of our own loss of network, once.

        While we have no network nothing is said of sources.
        """
        now = self.clock()
        if self.network.lost:
            body = "No source answers any more. Until one does, nothing is said of silent or failing sources."
            since = self.network.since or now
            self._tell_ops(f"ops-network-{since:%Y%m%dT%H%M%S}", "the program has lost the network", body)
            return
        for row in self.store.silences(now):
            body = (
                f"{row['name']} has brought nothing new since {row['last_new'][:16]} UTC, though {row['polls']} polls "
                f"worked. With about {row['per_day']:.3g} articles a day at other times, by hour and weekday, such a "
                f"silence has a probability of {row['silence']:.1g}. Its address: {row['url']}"
            )
            self._tell_ops(f"ops-silent-{row['name']}-{row['last_new']}", f"{row['name']}: improbably silent", body)

    def _tell_ops(self, key: str, title: str, body: str) -> None:
        alert = Alert(key, "ops", self.clock(), title=title, body=body)
        told = self.config.alerts.ops or self.channels
        if told and self.store.enqueue_alert(alert, list(told), self.clock()):
            log.warning("%s: %s", title, body)

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
        return not (self._polling or self._fetching or self.store.due_polls(now) or self.store.due_pages(now, 1))

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
            alerts = store_reading(self.store, fetch, reading, self._telling(fetch))
            self._stored(fetch.source, reading)
        except ExtractError as error:
            log.warning("%s", error)
            self._unreadable(fetched, str(error))
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
            self._tell_ops(key, f"{source.name}: its recipe no longer matches", trouble)

    def _telling(self, fetch: Fetch) -> Telling:
        router = replace(Router.of(self.config), default=self.channels)
        return Telling(self.config.alerts, self.channels, self.clock(), router, fetch.source)

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


@dataclass(frozen=True, slots=True)
class Telling:
    """What decides whether and whom a finding is told."""

    settings: AlertConfig
    channels: Sequence[str]
    now: datetime
    router: Router | None = None
    source: Source | None = None

    def going(self, store: Store, alert: Alert, story: int) -> tuple[Going, ...]:
        """Where an alert goes. What is muted is stored and told to nobody; what is snoozed waits."""
        told = store.told_channels(alert.account_id) if alert.kind == "follow-up" and alert.account_id else ()
        going = (self.router or Router(self.settings, self.channels)).going(alert, self.now, told)
        mute = store.muted(alert.account_id, story, alert.source, self.now)
        if mute is None:
            return going
        until = mute.until
        return tuple(_snoozed(each, until) for each in going) if until else ()


def _snoozed(going: Going, until: datetime) -> Going:
    pace = "later" if going.pace == "now" else going.pace
    return replace(going, at=max(going.at, until), pace=pace)


def store_reading(store: Store, fetch: Fetch, reading: Reading, telling: Telling) -> int:
    """Store an article with its story, accounts and alerts, and take its page off the frontier, in one transaction.

    Returns how many alerts go out.
    """
    with store.transaction():
        baseline = store.is_baseline(fetch)
        article_id = store.store_article(fetch, reading, telling.now)
        if reading.prints:
            store.remember_prints(article_id, fetch.source.title, reading.prints)
        joined = join(store, article_id, reading.article, reading.findings, telling.now)
        told = sum(_tell(store, article_id, reading.article, each, telling, baseline=baseline) for each in joined)
        return told + _tell_report(store, article_id, reading, telling, baseline=baseline)


def _tell(store: Store, article_id: int, article: Article, joined: Joined, telling: Telling, *, baseline: bool) -> bool:
    """Queue an alert about an account that nobody was told of, unless it is old news from a source's first poll.

    An account is told once; a further article on it makes a follow-up. One that was only found worth a review is told
    when a later article makes it sure.
    """
    told = store.told(joined.account_id)
    old = article.published is not None and telling.now - article.published > telling.settings.max_age
    if joined.finding.tier != "alert" or told == "baseline" or (told and old and baseline):
        return False
    if told:
        return _follow_up(store, article_id, article, joined, telling)
    if old and baseline:
        store.mark_told(joined.account_id, "baseline", telling.now)
        return False
    alert = _alert(store, article, joined, telling)
    store.mark_told(joined.account_id, "alert", telling.now)
    return _enqueue(store, article_id, alert, telling)


def _follow_up(store: Store, article_id: int, article: Article, joined: Joined, telling: Telling) -> bool:
    """Queue word of a further article on a case that was told; once for each article, whatever it is read."""
    if not telling.settings.follow_ups or joined.again:
        return False
    if store.verdict(joined.account_id) in ("not-account", "duplicate"):
        return False
    alert = replace(
        _alert(store, article, joined, telling),
        key=f"follow-up-{joined.account_id}-{article_id}",
        kind="follow-up",
        title=f"{joined.account.name or 'An unnamed person'}: now also in {article.outlet}",
    )
    return _enqueue(store, article_id, alert, telling)


def _enqueue(store: Store, article_id: int, alert: Alert, telling: Telling) -> bool:
    going = telling.going(store, alert, store.story_of(article_id))
    return store.enqueue_alert(alert, going, telling.now)


def _tell_report(store: Store, article_id: int, reading: Reading, telling: Telling, *, baseline: bool) -> bool:
    """Queue an alert about a report, where a team wants those, once a story."""
    found = next((finding for finding in reading.findings if finding.label is Label.REPORT), None)
    article = reading.article
    old = article.published is not None and telling.now - article.published > telling.settings.max_age
    if found is None or not telling.settings.reports or (old and baseline):
        return False
    alert = Alert(
        key=f"report-{store.story_of(article_id)}",
        kind="report",
        created=telling.now,
        profile=found.profile,
        title=article.title,
        article=article,
        score=found.report_score,
        why=found.why,
        source=telling.source.name if telling.source else "",
        tags=telling.source.tags if telling.source else (),
    )
    return _enqueue(store, article_id, alert, telling)


def _alert(store: Store, article: Article, joined: Joined, telling: Telling) -> Alert:
    """All that a team needs to judge an account; its key is the account's, so that it can be told once only."""
    account = joined.account
    name = account.name or "An unnamed person"
    return Alert(
        key=f"account-{joined.account_id}",
        kind="account",
        created=telling.now,
        profile=joined.finding.profile,
        title=f"{name}: a first public account in {article.outlet}",
        account=account,
        account_id=joined.account_id,
        article=article,
        score=joined.finding.score,
        why=joined.finding.why,
        why_new=joined.identity.reasons,
        near=joined.identity.near,
        carriers=tuple(_carrier(row) for row in store.carriers(joined.account_id, OUTLETS)),
        source=telling.source.name if telling.source else "",
        tags=telling.source.tags if telling.source else (),
    )


def _carrier(row: dict[str, Any]) -> Carrier:
    published = row["published"]
    when = datetime.fromisoformat(published) if published else None
    return Carrier(row["outlet"], row["title"], row["url"], when)


def predict(rows: Iterable[dict[str, Any]], profiles: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Read labelled or unlabelled articles, oldest first, from an empty store; a prediction each (docs/commands.md).

    The same detection and the same joins as the daemon's, with a database that is forgotten afterwards.
    """
    loaded = [detect.load_profile(name) for name in profiles]
    source = Source("corpus", "https://corpus.invalid/")
    with Store.open(":memory:") as store:
        store.sync_sources([source], utcnow())
        for row in sorted(rows, key=lambda row: corpus.time_of(row.get("published")) or _LONG_AGO):
            yield _predict(store, source, row, loaded)


def _predict(store: Store, source: Source, row: dict[str, Any], profiles: Sequence[detect.Profile]) -> dict[str, Any]:
    article = corpus.article_of_row(row)
    findings = tuple(detect.read(article, profile) for profile in profiles)
    best = max(findings, key=lambda finding: (finding.label != Label.NONE, finding.score))
    with store.transaction():
        fetch = Fetch(0, source, Entry(str(row["id"]), article.url))
        article_id = store.store_article(fetch, Reading(article, findings), utcnow())
        joined = join(store, article_id, article, findings, utcnow())
        told = [each for each in joined if each.finding is best and best.label is Label.ACCOUNT]
        accounts = [_predicted(each, new=not store.told(each.account_id)) for each in told]
        for each in told:
            store.mark_told(each.account_id, "alert", utcnow())
    return {"id": row["id"], "label": best.label.value, "score": round(best.score, 4), "accounts": accounts}


def _predicted(joined: Joined, *, new: bool) -> dict[str, Any]:
    account = joined.account
    names = ("name", "name_type", "group", "role", "nationality", "gender", "age", "exit", "evidence")
    return {name: getattr(account, name) for name in names} | {"reasons": list(account.reasons), "new": new}


def open_hub() -> Hub:
    """The hub for `scrapy crawl` by hand: configuration from the current folder, no alerts held back."""
    config = load(Path(os.environ.get("OUTSPOKEN_CONFIG", "outspoken.toml")))
    store = Store.open(config.database)
    store.sync_sources(load_sources(config.sources), utcnow())
    return Hub(store, config, Pool(config.read, config.profiles), config.alert_channels or tuple(config.channels))
