"""What is stored, in the order in which it came, for those who read it once more with other rules."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from db import codec, times
from db.base import Connection
from delivery import Alert
from model import Account, Article, Credit

BATCH = 200


@dataclass(frozen=True, slots=True)
class Stored:
    """An article as it is stored. `quick`: only its text was read, since no watched group was named on the page."""

    article: Article
    source: str
    first_seen: datetime
    baseline: bool
    quick: bool


@dataclass(frozen=True, slots=True)
class Mentioned:
    """An account as one stored article told it, and whether a team was told (`alert`, `baseline` or empty)."""

    stored: Stored
    account_id: int
    account: Account
    score: float
    tier: str
    told: str


@dataclass(frozen=True, slots=True)
class Told:
    """An alert on an account, the addresses of all articles that tell of it, and what analysts said of it."""

    alert: Alert
    account_id: int
    urls: frozenset[str]
    verdict: str


class Replaying:
    """Only looks."""

    _c: Connection

    def articles_between(self, since: datetime, until: datetime) -> list[int]:
        """The numbers of the articles first seen in a time, in the order in which they came."""
        sql = """SELECT id FROM articles WHERE first_seen >= ? AND first_seen < ?
                 AND kind NOT IN ('dropped', 'listed') ORDER BY first_seen, id"""
        return [row["id"] for row in self._c.rows(sql, times.text(since), times.text(until))]

    def stored_articles(self, ids: Sequence[int]) -> Iterator[Stored]:
        """These articles, in this order."""
        for start in range(0, len(ids), BATCH):
            part = json.dumps(list(ids[start : start + BATCH]))
            sql = "SELECT a.* FROM json_each(?) j JOIN articles a ON a.id = j.value ORDER BY j.key"
            yield from (_stored(row) for row in self._c.rows(sql, part))

    def mentioned_before(self, profile: str, since: datetime) -> Iterator[Mentioned]:
        """The accounts that a profile had found before a time, telling by telling, in the order in which they came."""
        sql = """SELECT a.*, m.account, m.detail, m.score, m.tier, c.told FROM mentions m
                 JOIN articles a ON a.id = m.article JOIN accounts c ON c.id = m.account
                 WHERE m.profile = ? AND a.first_seen < ? ORDER BY a.first_seen, a.id, m.id"""
        for row in self._c.rows(sql, profile, times.text(since)):
            account = codec.loads(Account, row["detail"])
            yield Mentioned(_stored(row), row["account"], account, row["score"], row["tier"], row["told"])

    def told_between(self, profile: str, since: datetime, until: datetime) -> list[Told]:
        """The alerts on a profile's accounts whose article was first seen in a time, oldest first."""
        sql = """SELECT a.account, a.payload, c.verdict FROM alerts a JOIN accounts c ON c.id = a.account
                 WHERE a.kind = 'account' AND c.profile = ? ORDER BY a.id"""
        seen = {row["url"]: row["first_seen"] for row in self._c.rows(_SEEN, times.text(since), times.text(until))}
        found = []
        for row in self._c.rows(sql, profile):
            alert = codec.loads(Alert, row["payload"])
            own = {alert.article.canonical_url, alert.article.url} - {""} if alert.article else set()
            if own & seen.keys():
                found.append(Told(alert, row["account"], frozenset(own | self._urls(row["account"])), row["verdict"]))
        return found

    def _urls(self, account: int) -> set[str]:
        sql = (
            """SELECT a.canonical_url, a.url FROM mentions m JOIN articles a ON a.id = m.article WHERE m.account = ?"""
        )
        return {url for row in self._c.rows(sql, account) for url in row.values()}


_SEEN = """SELECT x.url, a.first_seen FROM articles a JOIN mentions m ON m.article = a.id
           JOIN (SELECT id, url FROM articles UNION SELECT id, canonical_url FROM articles) x ON x.id = a.id
           WHERE a.first_seen >= ? AND a.first_seen < ?"""


def _stored(row: dict[str, Any]) -> Stored:
    credit = Credit(row["credit_outlet"], row["credit_author"]) if row["credit_outlet"] else None
    article = Article(
        row["url"],
        title=row["title"],
        text=row["text"],
        canonical_url=row["canonical_url"],
        byline=tuple(json.loads(row["byline"])),
        published=times.time(row["published"]),
        modified=times.time(row["modified"]),
        language=row["language"],
        outlet=row["outlet"],
        section=row["section"],
        credit=credit,
        partial=bool(row["partial"]),
        kind=row["kind"],
    )
    seen = datetime.fromisoformat(row["first_seen"])
    return Stored(article, row["source"], seen, bool(row["baseline"]), bool(row["ruled_out"]))
