"""What follows from one page that was read: article, story, accounts and alerts, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from config import AlertConfig
from db import Store
from delivery import Alert, Carrier, Going
from detect.excerpts import excerpts
from joining import Joined, join
from model import Article, Fetch, Label, Reading, Source
from routing import Router

OUTLETS = 50
"""Articles on one case that an alert names at most."""


@dataclass(frozen=True, slots=True)
class Telling:
    """What decides whether and whom a finding is told."""

    settings: AlertConfig
    channels: Sequence[str]
    now: datetime
    router: Router | None = None
    source: Source | None = None
    second: bool = False
    """A second reader is asked about what scored unsure."""

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


def store_reading(
    store: Store, fetch: Fetch, reading: Reading, telling: Telling, note: Callable[[int], None] | None = None
) -> int:
    """Store an article with its story, accounts and alerts, and take its page off the frontier, in one transaction.

    `note` is called in it with the article's number. Returns how many alerts go out.
    """
    with store.transaction():
        if store.forgets("url", fetch.url, reading.article.url, reading.article.canonical_url):
            # it was forgotten while somebody was reading it
            store.forget_page(fetch.id)
            return 0
        baseline = store.is_baseline(fetch)
        article_id = store.store_article(fetch, reading, telling.now)
        if note is not None:
            note(article_id)
        if reading.prints:
            store.remember_prints(article_id, fetch.source.title, reading.prints)
        joined = join(store, article_id, reading.article, reading.findings, telling.now)
        if telling.second and not (baseline and _old(reading.article, telling)):
            for finding in reading.findings:
                if finding.tier == "review":
                    store.queue_second(article_id, finding.profile, telling.now)
        told = sum(_tell(store, article_id, reading.article, each, telling, baseline=baseline) for each in joined)
        return told + _tell_report(store, article_id, reading, telling, baseline=baseline)


def _tell(store: Store, article_id: int, article: Article, joined: Joined, telling: Telling, *, baseline: bool) -> bool:
    """Queue an alert about an account that nobody was told of, unless it is old news from a source's first poll.

    An account is told once; a further article on it makes a follow-up. One that was only found worth a review is told
    when a later article makes it sure.
    """
    told = store.told(joined.account_id)
    old = _old(article, telling)
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


def _old(article: Article, telling: Telling) -> bool:
    return article.published is not None and telling.now - article.published > telling.settings.max_age


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
    kept = store.records(article_id)
    alert = replace(alert, archived=kept[0].sha256 if kept else "")
    going = telling.going(store, alert, store.story_of(article_id))
    return store.enqueue_alert(alert, going, telling.now)


def _tell_report(store: Store, article_id: int, reading: Reading, telling: Telling, *, baseline: bool) -> bool:
    """Queue an alert about a report, where a team wants those, once a story."""
    found = next((finding for finding in reading.findings if finding.label is Label.REPORT), None)
    article = reading.article
    old = _old(article, telling)
    if found is None or not telling.settings.reports or (old and baseline):
        return False
    alert = Alert(
        key=f"report-{store.story_of(article_id)}",
        kind="report",
        created=telling.now,
        profile=found.profile,
        title=article.title,
        article=replace(article, text=""),
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
        # the text is in the store; what a reader needs of it are the passages around the person's words
        article=replace(article, text=""),
        score=joined.finding.score,
        why=joined.finding.why,
        why_new=joined.identity.reasons,
        near=tuple(replace(each, name=store.name_of(each.account)) for each in joined.identity.near),
        excerpts=excerpts(article, account.quotes),
        carriers=tuple(_carrier(row) for row in store.carriers(joined.account_id, OUTLETS)),
        source=telling.source.name if telling.source else "",
        tags=telling.source.tags if telling.source else (),
    )


def _carrier(row: dict[str, Any]) -> Carrier:
    published = row["published"]
    when = datetime.fromisoformat(published) if published else None
    return Carrier(row["outlet"], row["title"], row["url"], when)
