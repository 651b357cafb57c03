"""Gaps: what may have been published between two polls that shared no entry, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from db import codec, times
from db.frontier import Frontier
from model import Entry, Gap, Source

KNOWN = 2_000
"""Addresses from before a gap that are looked for in what is to fill it: the latest ones."""


class Gaps(Frontier):
    """The gaps of feeds, open until they are filled or nothing can fill them."""

    def gaps(self, source: str) -> list[dict[str, Any]]:
        """The gaps of a source, latest first."""
        return self._c.rows("SELECT * FROM gaps WHERE source = ? ORDER BY ended DESC, id DESC", source)

    def unfilled_gaps(self, since: datetime) -> list[dict[str, Any]]:
        """Rows of the view `unfilled_gaps` that ended after a time, latest first."""
        return self._c.rows("SELECT * FROM unfilled_gaps WHERE ended >= ? ORDER BY ended DESC", times.text(since))

    def due_gaps(self, now: datetime, limit: int) -> list[Gap]:
        """The open gaps whose time has come, the latest first: what fills them may scroll away too."""
        sql = """SELECT g.*, s.definition FROM gaps g JOIN sources s ON s.name = g.source
                 WHERE g.state = 'open' AND s.enabled = 1 AND coalesce(g.next_try, '') <= ?
                 ORDER BY g.ended DESC LIMIT ?"""
        return [_gap(row) for row in self._c.rows(sql, times.text(now), limit)]

    def known_before(self, gap: Gap) -> list[str]:
        """Addresses of articles that the source had shown before a gap, latest first."""
        sql = "SELECT url FROM entries WHERE source = ? AND last_seen <= ? ORDER BY last_seen DESC LIMIT ?"
        return [row["url"] for row in self._c.rows(sql, gap.source.name, times.text(gap.began), KNOWN)]

    def filled_by(self, source: str) -> tuple[str, str] | None:
        """Kind and address of what filled the source's last gap."""
        sql = "SELECT kind, url FROM gaps WHERE source = ? AND state = 'filled' ORDER BY closed DESC LIMIT 1"
        row = self._c.one(sql, source)
        return (row["kind"], row["url"]) if row else None

    def fill(self, gap: Gap, by: tuple[str, str], entries: Sequence[Entry], now: datetime) -> int:
        """Put what a gap had swallowed on the frontier and close it, in one transaction; returns how many were missing.

        An entry without a date may be of any age: it is taken like one of a source's first poll, which makes no alert
        when it turns out to be old.
        """
        with self._c.transaction():
            taken = (self._take(gap.source.name, each, each.published is None, now) for each in entries)
            missing = sum(fetched and not seen for seen, fetched in taken)
            sql = """UPDATE gaps SET state = 'filled', kind = ?, url = ?, articles = ?, why = '', next_try = NULL,
                     attempts = attempts + 1, closed = ? WHERE id = ?"""
            self._c.run(sql, *by, missing, times.text(now), gap.id)
        return missing

    def not_filled(self, gap: Gap, why: str, next_try: datetime | None, now: datetime) -> None:
        """Note why nothing filled a gap, and when it is tried again; None leaves it unfilled for good."""
        sql = """UPDATE gaps SET attempts = attempts + 1, why = ?, next_try = ?,
                 state = CASE WHEN ?2 IS NULL THEN 'unfillable' ELSE 'open' END,
                 closed = CASE WHEN ?2 IS NULL THEN ? END WHERE id = ?"""
        self._c.run(sql, why, times.optional(next_try), times.text(now), gap.id)


def _gap(row: dict[str, Any]) -> Gap:
    began, ended = times.time(row["began"]), times.time(row["ended"])
    assert began is not None and ended is not None  # noqa: S101, PT018 - the columns are NOT NULL
    return Gap(row["id"], codec.loads(Source, row["definition"]), began, ended, row["attempts"])
