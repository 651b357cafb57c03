"""What another profile would have told: stored articles read once more, beside what was told.

The database is only read. Detection and joins run as in the daemon, in a store that is forgotten with the process; it
begins with everybody who was known before, so that nobody known counts as new.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import detect
from db import Mentioned, Store, Stored, Told
from joining import Joined, join
from model import Account, Article, Entry, Fetch, Finding, Label, Reading, Source


@dataclass(frozen=True, slots=True)
class Span:
    """From when to when articles were first seen."""

    since: datetime
    until: datetime


@dataclass(slots=True)
class Case:
    """An account that the profile would have told: its first article, and the addresses of all that tell of it."""

    account_id: int
    account: Account
    article: Article
    finding: Finding
    seen: datetime
    urls: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Lost:
    """An alert that was told and would not have been, and what the profile makes of its article."""

    told: Told
    now: str

    @property
    def mistaken(self) -> bool:
        """An analyst has said that it should not have been told."""
        return self.told.verdict in ("not-account", "duplicate")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a backtest found. `quick` articles were stored without a thorough reading, so that their text may be short."""

    articles: int
    quick: int
    told: int
    kept: int
    gained: tuple[Case, ...]
    lost: tuple[Lost, ...]


@dataclass(slots=True)
class _Replay:
    """The chain on stored articles, in a store of its own."""

    store: Store
    profile: detect.Profile
    max_age: timedelta
    cases: dict[int, Case] = field(default_factory=dict)
    made: dict[str, str] = field(default_factory=dict)
    """For each address, what became of its article."""

    def know(self, known: Iterable[Mentioned]) -> None:
        """Begin with whom the store knew."""
        for each in known:
            tier, score = each.tier, each.score
            finding = Finding(self.profile.name, Label.ACCOUNT, score, accounts=(each.account,), tier=tier)
            for joined in self._join(each.stored, (finding,)):
                if each.told and not self.store.told(joined.account_id):
                    self.store.mark_told(joined.account_id, each.told, each.stored.first_seen)

    def read(self, stored: Stored, gate: detect.Gate) -> None:
        """Read one article as the daemon would."""
        article = stored.article
        if not gate.passes(f"{article.title}\n{article.text}"):
            self._note(article, "the group is not named")
            return
        finding = detect.read(article, self.profile)
        self._note(article, f"{finding.label.value}, {finding.score:.2f}, tier {finding.tier}")
        old = article.published is not None and stored.first_seen - article.published > self.max_age
        for joined in self._join(stored, (finding,)):
            if finding.tier == "alert":
                self._tell(joined, stored, baseline=old and stored.baseline)

    def _tell(self, joined: Joined, stored: Stored, *, baseline: bool) -> None:
        number = joined.account_id
        if not self.store.told(number):
            self.store.mark_told(number, "baseline" if baseline else "alert", stored.first_seen)
            if not baseline:
                finding = joined.finding
                self.cases[number] = Case(number, joined.account, stored.article, finding, stored.first_seen)
        elif number not in self.cases:
            self._note(stored.article, "more on somebody who was known before")
        if number in self.cases:
            self.cases[number].urls |= _addresses(stored.article)

    def _join(self, stored: Stored, findings: tuple[Finding, ...]) -> list[Joined]:
        fetch = Fetch(0, Source(stored.source, stored.article.url), Entry(stored.article.url, stored.article.url))
        with self.store.transaction():
            article_id = self.store.store_article(fetch, Reading(stored.article, findings), stored.first_seen)
            return join(self.store, article_id, stored.article, findings, stored.first_seen)

    def _note(self, article: Article, sentence: str) -> None:
        self.made.update(dict.fromkeys(_addresses(article), sentence))


def backtest(
    store: Store, profile: detect.Profile, span: Span, max_age: timedelta, tick: Callable[[int, int], None]
) -> Outcome:
    """Read the stored articles of a span with a profile, beside what was told for the profile of that name.

    `tick` is told how many articles of how many are read. Raises StoreError.
    """
    gate, ids, quick = detect.Gate([profile]), store.articles_between(span.since, span.until), 0
    with Store.open(":memory:") as scratch:
        replay = _Replay(scratch, profile, max_age)
        replay.know(store.mentioned_before(profile.name, span.since))
        for number, stored in enumerate(store.stored_articles(ids), 1):
            replay.read(stored, gate)
            quick += stored.quick
            tick(number, len(ids))
    told = store.told_between(profile.name, span.since, span.until)
    gained, lost, kept = _compared(list(replay.cases.values()), told)
    missed = tuple(Lost(each, _now(each, replay.made)) for each in lost)
    return Outcome(len(ids), quick, len(told), kept, tuple(gained), missed)


def _compared(cases: list[Case], told: list[Told]) -> tuple[list[Case], list[Told], int]:
    """Which cases nobody was told of, which alerts have no case, and how many agree; of one article by their names."""
    left, lost = list(cases), []
    for each in told:
        same = [case for case in left if case.urls & each.urls]
        name = each.alert.account.name if each.alert.account else ""
        best = max(same, key=lambda case: case.account.name == name, default=None)
        if best is None:
            lost.append(each)
        else:
            left.remove(best)
    return left, lost, len(told) - len(lost)


def _now(told: Told, made: dict[str, str]) -> str:
    own = _addresses(told.alert.article) if told.alert.article else set()
    return next((made[url] for url in sorted(own) if url in made), "its article is not stored any more")


def _addresses(article: Article) -> set[str]:
    return {article.url, article.canonical_url} - {""}
