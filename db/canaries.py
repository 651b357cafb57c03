"""Canaries: invented articles that went through the whole chain, or did not."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any

from db import times
from db.base import Connection

STEPS = ("fetched", "stored")


class _TakeBack(Exception):
    """Leaves a transaction whose work was only tried."""


class Canaries:
    """One row a day."""

    _c: Connection

    def begin_canary(self, day: str, channel: str, now: datetime) -> None:
        """Note that the canary of a day sets off; again where an earlier attempt was cut short."""
        sql = """INSERT INTO canaries (day, channel, started) VALUES (?, ?, ?)
                 ON CONFLICT (day) DO UPDATE SET fetched = NULL, stored = NULL, error = ''"""
        self._c.run(sql, day, channel, times.text(now))

    def canary_at(self, day: str, step: str, now: datetime) -> None:
        """Note that a canary has come so far: `fetched` or `stored`."""
        if step not in STEPS:
            raise ValueError(step)
        self._c.run(f"UPDATE canaries SET {step} = ? WHERE day = ?", times.text(now), day)  # noqa: S608 - one of STEPS

    def canary_failed(self, day: str, error: str) -> None:
        """Note why a canary came no further."""
        self._c.run("UPDATE canaries SET error = ? WHERE day = ?", error, day)

    def note_arrivals(self) -> None:
        """Take over from the outbox which canaries have arrived, and why others have not."""
        sql = """UPDATE canaries SET (arrived, error) = (
                     SELECT CASE WHEN d.state = 'sent' THEN d.changed END, d.error FROM alerts a
                     JOIN deliveries d ON d.alert = a.id WHERE a.key = 'canary-' || canaries.day)
                 WHERE arrived IS NULL AND stored IS NOT NULL
                 AND EXISTS (SELECT 1 FROM alerts a WHERE a.key = 'canary-' || canaries.day)"""
        self._c.run(sql)

    def late_canaries(self, since: datetime) -> list[dict[str, Any]]:
        """Canaries that set off before a time, have not arrived, and of which ops have not heard."""
        sql = "SELECT * FROM canaries WHERE arrived IS NULL AND told = 0 AND started <= ? ORDER BY day"
        return self._c.rows(sql, times.text(since))

    def canary_told(self, day: str) -> None:
        """Note that ops were told of a canary."""
        self._c.run("UPDATE canaries SET told = 1 WHERE day = ?", day)

    def last_canary(self) -> dict[str, Any] | None:
        """The last canary, with `seconds` from start to arrival; None where there was none."""
        sql = """SELECT *, round((julianday(arrived) - julianday(started)) * 86400.0, 1) AS seconds
                 FROM canaries ORDER BY day DESC LIMIT 1"""
        return self._c.one(sql)

    def rehearse(self, work: Callable[[], None]) -> None:
        """Do some work on the real tables and take all of it back; raises what the work raises."""
        with suppress(_TakeBack), self._c.transaction():
            work()
            raise _TakeBack
