"""Subscriptions to WebSub hubs, and what they push: into the same frontier that polls fill."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import rates
from db import codec, times
from db.frontier import Frontier
from model import Entry, Source
from rates import Rate

VERIFIED_WITHIN = timedelta(hours=1)
"""A hub's question whether we asked it for pushes is answered so long after we did."""
RENEWED = 0.8
"""The part of a lease after which a longer one is asked for."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """A source's hub: where, for what, and with which secrets. `token` is the last part of the callback's address."""

    source: Source
    hub: str
    topic: str
    token: str
    secret: str
    active: bool
    attempts: int


class Pushes(Frontier):
    """What hubs were asked, what they answered and what they brought."""

    def due_subscriptions(self, now: datetime, limit: int) -> list[Subscription]:
        """The hubs that are to be asked, for the first time, again, or for a longer lease."""
        sql = """SELECT u.*, s.definition FROM subscriptions u JOIN sources s ON s.name = u.source
                 WHERE u.next_try <= ? AND s.enabled = 1 ORDER BY u.next_try LIMIT ?"""
        return [_subscription(row, now) for row in self._c.rows(sql, times.text(now), limit)]

    def subscription(self, token: str, now: datetime) -> Subscription | None:
        """The subscription whose callback has this token."""
        sql = """SELECT u.*, s.definition FROM subscriptions u JOIN sources s ON s.name = u.source
                 WHERE u.token = ? AND s.enabled = 1"""
        row = self._c.one(sql, token)
        return _subscription(row, now) if row else None

    def subscriptions(self) -> list[dict[str, Any]]:
        """Rows of the view `push_health`."""
        return self._c.rows("SELECT * FROM push_health ORDER BY source")

    def asked_hub(self, source: str, next_try: datetime, why: str, now: datetime) -> None:
        """Note that a hub is being asked, or (`why`) that it cannot be; its verification may come from now on."""
        sql = """UPDATE subscriptions SET asked = CASE WHEN ?2 = '' THEN ?3 ELSE asked END, attempts = attempts + 1,
                 next_try = ?1, why = ?2 WHERE source = ?4"""
        self._c.run(sql, times.text(next_try), why, times.text(now), source)

    def hub_refused(self, source: str, why: str) -> None:
        """Note what a hub answered to a request that it did not accept."""
        self._c.run("UPDATE subscriptions SET why = ? WHERE source = ?", why, source)

    def verify_hub(self, token: str, topic: str, lease: timedelta, now: datetime) -> bool:
        """Take a hub's word that it will push for so long; False where it was not asked for this topic just now."""
        sql = """UPDATE subscriptions SET state = 'active', expires = ?, next_try = ?, attempts = 0, why = ''
                 WHERE token = ? AND topic = ? AND asked >= ?"""
        until, again = times.text(now + lease), times.text(now + RENEWED * lease)
        return bool(self._c.run(sql, until, again, token, topic, times.text(now - VERIFIED_WITHIN)))

    def denied_by_hub(self, token: str, topic: str, why: str, next_try: datetime) -> bool:
        """Note that a hub will not push, or no longer."""
        sql = """UPDATE subscriptions SET state = 'denied', expires = NULL, why = ?, next_try = ?
                 WHERE token = ? AND topic = ?"""
        return bool(self._c.run(sql, why, times.text(next_try), token, topic))

    def rejected_push(self, source: str) -> None:
        """Count a push that was not taken."""
        self._c.run("UPDATE subscriptions SET rejected = rejected + 1 WHERE source = ?", source)

    def hosts(self, source: str) -> list[str]:
        """Addresses of the articles that a source showed lately."""
        sql = "SELECT url FROM entries WHERE source = ? ORDER BY last_seen DESC LIMIT 500"
        return [row["url"] for row in self._c.rows(sql, source)]

    def record_pushed(self, source: str, entries: Sequence[Entry], now: datetime) -> int:
        """Store what a hub has pushed as a poll's finds are stored, in one transaction; returns how many pages are new."""
        with self._c.transaction():
            row = self._c.one("SELECT rate FROM sources WHERE name = ? AND baseline_at IS NOT NULL", source)
            if row is None:
                return 0
            fresh, new = list[Entry](), 0
            for entry in entries:
                seen, fetched = self._take(source, entry, False, now)
                new += fetched and not seen
                fresh += [] if seen else [entry]
            if fresh:
                rate = rates.learn(Rate.loads(row["rate"]), [entry.published for entry in fresh], now)
                sql = "UPDATE sources SET rate = ?, last_new = ? WHERE name = ?"
                self._c.run(sql, rate.dumps(), times.text(now), source)
            sql = """UPDATE subscriptions SET pushes = pushes + 1, articles = articles + ?,
                     last_push = CASE WHEN ? THEN ? ELSE last_push END WHERE source = ?"""
            self._c.run(sql, new, bool(fresh), times.text(now), source)
        return new


def _subscription(row: dict[str, Any], now: datetime) -> Subscription:
    active = row["state"] == "active" and row["expires"] > times.text(now)
    source = codec.loads(Source, row["definition"])
    return Subscription(source, row["hub"], row["topic"], row["token"], row["secret"], active, row["attempts"])
