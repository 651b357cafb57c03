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
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import detect
import polling
from config import AlertConfig, Config, load, load_sources
from db import Store
from errors import ExtractError
from joining import Joined, join
from model import Alert, Article, Carrier, Credit, Entry, Fetch, Fetched, Label, Poll, Polled, Reading, Source
from reading import Pool

log = logging.getLogger("outspoken.pipeline")

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
    _polling: set[str] = field(default_factory=set)
    _fetching: set[int] = field(default_factory=set)

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
        source = self.store.source(polled.source)
        failures = 0 if polled.outcome in polling.HEALTHY else self.store.failures(polled.source) + 1
        due = polling.next_poll(polled, source, failures, self.config.crawl, self.random)
        new = self.store.record_polled(polled, due, self.clock())
        self._polling.discard(polled.source)
        self.counts.polls += 1
        self.counts.failed_polls += bool(failures)
        self.counts.entries += new

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
            reading = await self.pool.read(fetched.page, fetch.source, fetch.entry)
        except ExtractError as error:
            log.warning("%s", error)
            self._unreadable(fetched, str(error))
            return
        alerts = store_reading(self.store, fetch, reading, Telling(self.config.alerts, self.channels, self.clock()))
        self.counts.articles += 1
        self.counts.ruled_out += reading.ruled_out
        self.counts.findings += any(finding.accounts for finding in reading.findings)
        self.counts.alerts += alerts

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


def store_reading(store: Store, fetch: Fetch, reading: Reading, telling: Telling) -> int:
    """Store an article with its story, accounts and alerts, and take its page off the frontier, in one transaction.

    Returns how many alerts go out.
    """
    with store.transaction():
        baseline = store.is_baseline(fetch)
        article_id = store.store_article(fetch, reading, telling.now)
        joined = join(store, article_id, reading.article, reading.findings, telling.now)
        told = sum(_tell(store, reading.article, each, telling, baseline=baseline) for each in joined)
        return told + _tell_report(store, article_id, reading, telling, baseline=baseline)


def _tell(store: Store, article: Article, joined: Joined, telling: Telling, *, baseline: bool) -> bool:
    """Queue an alert about an account that nobody was told of, unless it is old news from a source's first poll.

    An account is told once. One that was only found worth a review is told when a later article makes it sure.
    """
    if joined.finding.tier != "alert" or store.told(joined.account_id):
        return False
    old = article.published is not None and telling.now - article.published > telling.settings.max_age
    if old and baseline:
        store.mark_told(joined.account_id, "baseline", telling.now)
        return False
    alert = _alert(store, article, joined, telling.now)
    store.mark_told(joined.account_id, "alert", telling.now)
    return store.enqueue_alert(alert, telling.channels, telling.now)


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
    )
    return store.enqueue_alert(alert, telling.channels, telling.now)


def _alert(store: Store, article: Article, joined: Joined, now: datetime) -> Alert:
    """All that a team needs to judge an account; its key is the account's, so that it can be told once only."""
    account = joined.account
    name = account.name or "An unnamed person"
    return Alert(
        key=f"account-{joined.account_id}",
        kind="account",
        created=now,
        profile=joined.finding.profile,
        title=f"{name}: a first public account in {article.outlet}",
        account=account,
        account_id=joined.account_id,
        article=article,
        score=joined.finding.score,
        why=joined.finding.why,
        why_new=joined.identity.reasons,
        near=joined.identity.near,
        carriers=tuple(_carrier(row) for row in store.carriers(joined.account_id)),
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
        for row in sorted(rows, key=lambda row: str(row.get("published") or "")):
            yield _predict(store, source, row, loaded)


def _predict(store: Store, source: Source, row: dict[str, Any], profiles: Sequence[detect.Profile]) -> dict[str, Any]:
    article = article_of_row(row)
    findings = tuple(detect.read(article, profile) for profile in profiles)
    best = max(findings, key=lambda finding: (finding.label != Label.NONE, finding.score))
    with store.transaction():
        fetch = Fetch(0, source, Entry(str(row["id"]), article.url))
        article_id = store.store_article(fetch, Reading(article, findings), utcnow())
        joined = join(store, article_id, article, findings, utcnow())
    accounts = [_predicted(each) for each in joined if each.finding is best]
    return {"id": row["id"], "label": best.label.value, "score": round(best.score, 4), "accounts": accounts}


def _predicted(joined: Joined) -> dict[str, Any]:
    account = joined.account
    names = ("name", "name_type", "group", "role", "nationality", "gender", "age", "exit", "evidence")
    return {name: getattr(account, name) for name in names} | {"reasons": list(account.reasons), "new": joined.new}


def article_of_row(row: dict[str, Any]) -> Article:
    """An article of a corpus (docs/definition.md has the form)."""
    credit = row.get("credit") or None
    url = str(row.get("url") or f"https://corpus.invalid/{row['id']}")
    return Article(
        url=url,
        title=str(row.get("title") or ""),
        text=str(row.get("text") or ""),
        canonical_url=f"https://corpus.invalid/{row['id']}",
        byline=tuple(row.get("byline") or ()),
        published=_time(row.get("published")),
        language=str(row.get("language") or ""),
        outlet=str(row.get("outlet") or ""),
        credit=Credit(str(credit.get("outlet") or ""), str(credit.get("author") or "")) if credit else None,
    )


def _time(value: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def open_hub() -> Hub:
    """The hub for `scrapy crawl` by hand: configuration from the current folder, no alerts held back."""
    config = load(Path(os.environ.get("OUTSPOKEN_CONFIG", "outspoken.toml")))
    store = Store.open(config.database)
    store.sync_sources(load_sources(config.sources), utcnow())
    return Hub(store, config, Pool(config.read, config.profiles), config.alert_channels or tuple(config.channels))
