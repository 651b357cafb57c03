"""What polls say of a feed's WebSub hub, noted in the poll's own transaction."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from db import times
from db.base import Connection
from model import Entry, Polled

UNDER_WAY = timedelta(minutes=10)
"""A push of what was published within so long may still come."""
DOUBTED = timedelta(days=1)
"""A hub that missed a push is not relied on for so long."""


def note_hub(c: Connection, polled: Polled, now: datetime) -> None:
    """Take over the hub that a feed names; a new hub or topic is to be asked at once, one that is gone is forgotten."""
    if polled.hub is None:
        return
    if not polled.hub:
        c.run("DELETE FROM subscriptions WHERE source = ?", polled.source)
        return
    sql = """INSERT INTO subscriptions (source, hub, topic, token, secret, next_try) VALUES (?, ?, ?, ?, ?, ?)
             ON CONFLICT (source) DO UPDATE SET hub = excluded.hub, topic = excluded.topic, token = excluded.token,
                 secret = excluded.secret, state = 'named', asked = NULL, expires = NULL, attempts = 0, why = '',
                 next_try = excluded.next_try, last_push = NULL, missed = NULL
             WHERE hub <> excluded.hub OR topic <> excluded.topic"""
    token, secret = secrets.token_urlsafe(24), secrets.token_hex(32)
    c.run(sql, polled.source, polled.hub, polled.topic, token, secret, times.text(now))


def note_missed(c: Connection, polled: Polled, fresh: Sequence[Entry], before: datetime | None) -> None:
    """Note that a poll has found what no push had brought, where pushes were to be expected since the last poll."""
    due = polled.at - UNDER_WAY
    if before is None or not any(entry.published is None or entry.published < due for entry in fresh):
        return
    sql = "UPDATE subscriptions SET missed = ? WHERE source = ? AND state = 'active' AND expires > ? AND asked < ?"
    c.run(sql, times.text(polled.at), polled.source, times.text(polled.at), times.text(before))


def pushed(c: Connection, source: str, now: datetime) -> bool:
    """Whether a source's hub may be relied on: it has pushed, and has missed nothing lately."""
    sql = """SELECT 1 FROM subscriptions WHERE source = ? AND state = 'active' AND expires > ? AND last_push IS NOT NULL
             AND coalesce(missed, '') <= ?"""
    return c.one(sql, source, times.text(now), times.text(now - DOUBTED)) is not None
