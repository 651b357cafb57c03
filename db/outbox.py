"""The outbox: what is to be told to whom, and what became of it. One row for each alert and channel."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from db import codec, times
from db.base import Connection
from delivery import Alert, Case, DeliveryState, Due, Going, Sent

_DUE = """SELECT d.id, d.attempts, d.receipt, d.state, d.pace, a.payload FROM deliveries d JOIN alerts a ON a.id = d.alert
          WHERE d.channel = ?1 AND d.next_try <= ?2 AND d.state IN ('pending', 'unknown', 'failed')
          AND NOT EXISTS (
              SELECT 1 FROM alerts b JOIN deliveries e ON e.alert = b.id
              WHERE b.account = a.account AND b.id < a.id AND e.channel = d.channel
              AND NOT (d.pace NOT IN ('now', 'later') AND e.pace NOT IN ('now', 'later') AND e.next_try <= ?2)
              AND (e.state IN ('pending', 'sending', 'unknown', 'failed') OR (e.state = 'folded' AND EXISTS (
                  SELECT 1 FROM alerts f JOIN deliveries g ON g.alert = f.id
                  WHERE f.key = e.receipt AND f.id <> a.id AND g.channel = e.channel
                  AND g.state IN ('pending', 'sending', 'unknown', 'failed')))))
          ORDER BY d.alert LIMIT ?3"""
"""What is due on a channel, but for what would overtake an earlier message of its case."""
_TOLD = """SELECT d.state, d.receipt, d.changed, a.kind, a.payload FROM alerts a JOIN deliveries d ON d.alert = a.id
           WHERE a.account = ? AND d.channel = ? AND a.id < ? AND d.state IN ('sent', 'folded') ORDER BY a.id"""


class Outbox:
    """Alerts and their deliveries."""

    _c: Connection

    def enqueue_alert(self, alert: Alert, channels: Sequence[str | Going], now: datetime) -> bool:
        """Store an alert with a pending delivery for each channel; False where its key is there already.

        A bare name is a channel that is told at once.
        """
        with self._c.transaction():
            if self._c.one("SELECT 1 FROM alerts WHERE key = ?", alert.key):
                return False
            row = {"key": alert.key, "kind": alert.kind, "title": alert.title, "account": alert.account_id}
            created = {"created": times.text(alert.created), "payload": codec.dumps(alert)}
            self._enqueue(self._c.insert("alerts", row | created), channels, now)
        return True

    def due_deliveries(self, now: datetime, channel: str, limit: int = 20) -> list[Due]:
        """The deliveries for a channel whose time has come, oldest alert first."""
        rows = self._c.rows(_DUE, channel, times.text(now), limit)
        return [self._due(row, channel) for row in rows]

    def _due(self, row: dict[str, Any], channel: str) -> Due:
        alert, unknown = codec.loads(Alert, row["payload"]), row["state"] == "unknown"
        case = self.case(alert, channel) if alert.kind == "follow-up" else None
        return Due(row["id"], channel, alert, row["attempts"], row["receipt"], unknown, row["pace"], case)

    def case(self, alert: Alert, channel: str) -> Case | None:
        """What a channel was told of an alert's account before it; None where nothing arrived there."""
        this = self._c.one("SELECT id FROM alerts WHERE key = ?", alert.key) or {"id": 1 << 62}
        rows = self._c.rows(_TOLD, alert.account_id, channel, this["id"])
        own = [row for row in rows if row["state"] == "sent"]
        if not rows or not (own or rows[0]["kind"] == "account"):
            return None
        receipt = own[0]["receipt"] if own else self._receipt(rows[0]["receipt"], channel)
        changed = [datetime.fromisoformat(row["changed"]) for row in own or rows[:1]]
        count = sum(row["kind"] == "follow-up" for row in own)
        return Case(receipt, changed[0], changed[-1], codec.loads(Alert, rows[0]["payload"]), count, not own)

    def _receipt(self, key: str, channel: str) -> str:
        sql = "SELECT d.receipt FROM alerts a JOIN deliveries d ON d.alert = a.id WHERE a.key = ? AND d.channel = ?"
        row = self._c.one(sql, key, channel)
        return str(row["receipt"]) if row else ""

    def told_channels(self, account_id: int) -> list[str]:
        """The channels that are or will be told of an account."""
        sql = """SELECT DISTINCT d.channel FROM alerts a JOIN deliveries d ON d.alert = a.id
                 WHERE a.account = ? AND a.kind = 'account' AND d.state <> 'dead' ORDER BY d.channel"""
        return [row["channel"] for row in self._c.rows(sql, account_id)]

    def waiting_follow_ups(self, account_id: int, channel: str) -> list[Due]:
        """The follow-ups of one case that a channel was never tried with, oldest first."""
        sql = """SELECT d.id, d.attempts, d.receipt, d.state, d.pace, a.payload
                 FROM alerts a JOIN deliveries d ON d.alert = a.id
                 WHERE a.account = ? AND d.channel = ? AND a.kind = 'follow-up' AND d.state = 'pending'
                 AND d.attempts = 0 ORDER BY a.id"""
        return [self._due(row, channel) for row in self._c.rows(sql, account_id, channel)]

    def late_deliveries(self, channel: str, since: datetime, limit: int = 500) -> list[Due]:
        """What a channel surely has not got, of alerts made up to a time, oldest first, due or not."""
        sql = """SELECT d.id, d.attempts, d.receipt, d.state, d.pace, a.payload
                 FROM deliveries d JOIN alerts a ON a.id = d.alert
                 WHERE d.channel = ? AND d.state IN ('pending', 'failed') AND a.created <= ?
                 ORDER BY d.alert LIMIT ?"""
        return [self._due(row, channel) for row in self._c.rows(sql, channel, times.text(since), limit)]

    def put_off(self, due: Due, until: datetime) -> None:
        """Let a delivery wait; it goes out one by one."""
        sql = "UPDATE deliveries SET next_try = ?, pace = 'later' WHERE id = ?"
        self._c.run(sql, times.text(until), due.id)

    def absorb(self, dues: Sequence[Due], key: str, now: datetime) -> None:
        """Note that pending deliveries need no message of their own: the alert `key` says what they would."""
        with self._c.transaction():
            for due in dues:
                self._change(due.id, "folded", now, "next_try = NULL, receipt = ?", key)

    def alert(self, reference: str) -> Alert | None:
        """A stored alert by its key or its number, or by the number of one of its deliveries."""
        sql = """SELECT payload FROM alerts WHERE key = ?1
                 OR id = (SELECT coalesce(max(alert), -1) FROM deliveries WHERE id = ?2) LIMIT 1"""
        row = self._c.one(sql, reference, int(reference) if reference.isdecimal() else -1)
        return codec.loads(Alert, row["payload"]) if row else None

    def replay(self, since: datetime, channel: str, now: datetime) -> int:
        """Queue what was told since a time for a channel that has not heard it; returns how many alerts."""
        sql = """INSERT OR IGNORE INTO deliveries (alert, channel, state, next_try, created, changed, pace, route)
                 SELECT id, ?1, 'pending', ?3, ?3, ?3, 'now', 'replay' FROM alerts
                 WHERE created >= ?2 AND kind IN ('account', 'follow-up', 'report') ORDER BY id"""
        return self._c.run(sql, channel, times.text(since), times.text(now))

    def mark_sending(self, due: Due, now: datetime) -> None:
        """Note that a delivery is about to leave; a crash from here on leaves its outcome unknown."""
        self._change(due.id, DeliveryState.SENDING, now, "attempts = attempts + 1")

    def record_sent(self, due: Due, sent: Sent, next_try: datetime | None, now: datetime) -> None:
        """Store the outcome of an attempt, and when the next one is due, if any."""
        sets = "next_try = ?, receipt = CASE WHEN ? = '' THEN receipt ELSE ? END, error = ?"
        self._change(due.id, sent.state, now, sets, times.optional(next_try), sent.receipt, sent.receipt, sent.error)

    def recover(self, now: datetime) -> int:
        """After a crash: what was being sent has an unknown outcome and is due again, with the same key."""
        sql = """UPDATE deliveries SET state = 'unknown', next_try = ?1, changed = ?1,
                 error = 'the program ended while it was being sent' WHERE state = 'sending'"""
        return self._c.run(sql, times.text(now))

    def fold(self, digest: Alert, dues: Sequence[Due], now: datetime) -> None:
        """Replace several pending deliveries for one channel by a single digest, in one transaction."""
        with self._c.transaction():
            self.enqueue_alert(digest, [dues[0].channel], now)
            self.absorb(dues, digest.key, now)

    def sent_since(self, channel: str, kind: str, since: datetime) -> int:
        """How many alerts of a kind (empty: of any) went to a channel since a time."""
        sql = """SELECT count(*) AS n FROM deliveries d JOIN alerts a ON a.id = d.alert
                 WHERE d.state = 'sent' AND d.channel = ?1 AND d.changed >= ?2 AND (?3 = '' OR a.kind = ?3)"""
        row = self._c.one(sql, channel, times.text(since), kind)
        return int(row["n"]) if row else 0

    def deliveries(self, state: str | None = None, limit: int = 50) -> list[dict[str, Any]]:
        """Rows of the view `alert_log`, newest first."""
        sql = "SELECT * FROM alert_log WHERE (?1 IS NULL OR state = ?1) ORDER BY id DESC LIMIT ?2"
        return self._c.rows(sql, state, limit)

    def retry_deliveries(self, ids: Sequence[int] | None, now: datetime) -> int:
        """Make deliveries due now, those named or (None) all dead ones; returns how many."""
        sql = """UPDATE deliveries SET state = 'pending', attempts = 0, next_try = ?1, changed = ?1
                 WHERE state IN ('dead', 'failed', 'unknown', 'pending')
                 AND CASE WHEN ?2 IS NULL THEN state = 'dead' ELSE id IN (SELECT value FROM json_each(?2)) END"""
        return self._c.run(sql, times.text(now), None if ids is None else json.dumps(list(ids)))

    def waiting_deliveries(self) -> int:
        """How many deliveries are still to be made, without those that wait on purpose."""
        sql = """SELECT count(*) AS n FROM deliveries
                 WHERE state IN ('pending', 'sending', 'unknown', 'failed') AND pace = 'now'"""
        row = self._c.one(sql)
        return int(row["n"]) if row else 0

    def _enqueue(self, alert_id: int, channels: Sequence[str | Going], now: datetime) -> None:
        at = times.text(now)
        sql = """INSERT INTO deliveries (alert, channel, state, next_try, created, changed, pace, route)
                 VALUES (?, ?, 'pending', ?, ?, ?, ?, ?)"""
        going = [Going(each, now) if isinstance(each, str) else each for each in channels]
        self._c.run_many(sql, [(alert_id, e.channel, times.text(e.at), at, at, e.pace, e.route) for e in going])

    def _change(self, delivery: int, state: str, now: datetime, sets: str, *values: object) -> None:
        sql = f"UPDATE deliveries SET state = ?, changed = ?, {sets} WHERE id = ?"  # noqa: S608 - our own words
        self._c.run(sql, str(state), times.text(now), *values, delivery)
