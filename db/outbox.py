"""The outbox: what is to be told to whom, and what became of it. One row for each alert and channel."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from db import codec, times
from db.base import Connection
from model import Alert, DeliveryState, Due, Sent


class Outbox:
    """Alerts and their deliveries."""

    _c: Connection

    def enqueue_alert(self, alert: Alert, channels: Sequence[str], now: datetime) -> bool:
        """Store an alert with a pending delivery for each channel; False where its key is there already."""
        with self._c.transaction():
            if self._c.one("SELECT 1 FROM alerts WHERE key = ?", alert.key):
                return False
            row = {"key": alert.key, "kind": alert.kind, "title": alert.title, "account": alert.account_id}
            created = {"created": times.text(alert.created), "payload": codec.dumps(alert)}
            self._enqueue(self._c.insert("alerts", row | created), channels, now)
        return True

    def due_deliveries(self, now: datetime, channel: str, limit: int = 20) -> list[Due]:
        """The deliveries for a channel whose time has come, oldest alert first."""
        sql = """SELECT d.id, d.attempts, d.receipt, a.payload FROM deliveries d JOIN alerts a ON a.id = d.alert
                 WHERE d.channel = ? AND d.next_try <= ? AND d.state IN ('pending', 'unknown', 'failed')
                 ORDER BY d.alert LIMIT ?"""
        rows = self._c.rows(sql, channel, times.text(now), limit)
        return [
            Due(row["id"], channel, codec.loads(Alert, row["payload"]), row["attempts"], row["receipt"]) for row in rows
        ]

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
            for due in dues:
                self._change(due.id, "folded", now, "next_try = NULL, receipt = ?", digest.key)

    def sent_since(self, channel: str, kind: str, since: datetime) -> int:
        """How many alerts of a kind went to a channel since a time."""
        sql = """SELECT count(*) AS n FROM deliveries d JOIN alerts a ON a.id = d.alert
                 WHERE d.state = 'sent' AND d.channel = ? AND d.changed >= ? AND a.kind = ?"""
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
        """How many deliveries are still to be made."""
        sql = "SELECT count(*) AS n FROM deliveries WHERE state IN ('pending', 'sending', 'unknown', 'failed')"
        row = self._c.one(sql)
        return int(row["n"]) if row else 0

    def _enqueue(self, alert_id: int, channels: Sequence[str], now: datetime) -> None:
        at = times.text(now)
        sql = """INSERT INTO deliveries (alert, channel, state, next_try, created, changed)
                 VALUES (?, ?, 'pending', ?, ?, ?)"""
        self._c.run_many(sql, [(alert_id, channel, at, at, at) for channel in channels])

    def _change(self, delivery: int, state: str, now: datetime, sets: str, *values: object) -> None:
        sql = f"UPDATE deliveries SET state = ?, changed = ?, {sets} WHERE id = ?"  # noqa: S608 - our own words
        self._c.run(sql, str(state), times.text(now), *values, delivery)
