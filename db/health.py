"""Is all well? What `outspoken status` shows."""

from __future__ import annotations

import json
import math
from datetime import datetime, timedelta
from typing import Any

import rates
from db import times
from db.base import Connection
from rates import Rate

SPAN = timedelta(days=14)
IMPROBABLE = 0.01
"""A silence whose probability is below this is shown as one."""
ALARMING = 0.001
"""A silence whose probability is below this is told to ops."""
LEARNED = timedelta(days=3)
"""A source is watched so long before ops hear of its silence."""
UNUSUAL = 0.2
"""A silence that is less probable than this is worth a word, no more."""
FAILING = 3
"""Polls that fail in a row before a source is said to be failing."""


class Health:
    """What works and what does not."""

    _c: Connection

    def status(self, now: datetime) -> list[dict[str, Any]]:
        """A row a source: its health, articles a day, and a verdict.

        `verdict` is `ok`, `quiet` (silent, which is usual), `silent` (improbably so), `failing`, `gone`, `new`
        (never polled with success yet) or `off`; `silence` is the probability of the present silence.
        """
        since = times.text(now - SPAN)
        sql = """SELECT h.*, s.rate, (SELECT count(*) FROM articles a WHERE a.source = h.name AND a.stored >= ?1
                                      AND a.baseline = 0) AS recent
                 FROM source_health h JOIN sources s ON s.name = h.name ORDER BY h.enabled DESC, h.name"""
        return [judged(row, now) for row in self._c.rows(sql, since)]

    def silences(self, now: datetime) -> list[dict[str, Any]]:
        """The sources whose polls work and bring nothing new for improbably long: with `silence`, its probability.

        Judged by the last poll that worked, so that a pause of ours is no silence of theirs.
        """
        # root² is at most the mean rate: what has hardly missed three articles by it need not be looked at closely
        sql = """SELECT s.name, s.url, s.rate, s.last_new, s.last_success,
                        (SELECT count(*) FROM polls p WHERE p.source = s.name AND p.at > s.last_new) AS polls
                 FROM sources s WHERE s.enabled = 1 AND s.kind <> 'warc' AND s.failures = 0 AND s.last_new IS NOT NULL AND s.last_poll >= ?1
                 AND s.baseline_at <= ?2
                 AND s.root * s.root * 24 * (julianday(s.last_success) - julianday(s.last_new)) > 3"""
        rows = [
            row | _silence(row)
            for row in self._c.rows(sql, times.text(now - timedelta(days=1)), times.text(now - LEARNED))
        ]
        return [row for row in rows if row["silence"] < ALARMING]

    def latencies(self) -> dict[str, dict[str, dict[str, float]]]:
        """Seconds by source and step: `{"bbc": {"seen": {"articles": 9, "p50": 240.0, "p95": 900.0}}}`.

        `seen`: from publication to first sight; `stored`: from there to the database; `alerted`: from publication to
        the first delivery.
        """
        found: dict[str, dict[str, dict[str, float]]] = {}
        for row in self._c.rows("SELECT * FROM source_latency ORDER BY source, step"):
            figures = {"articles": row["articles"], "p50": round(row["p50"], 1), "p95": round(row["p95"], 1)}
            found.setdefault(row["source"], {})[row["step"]] = figures
        return found

    def totals(self) -> dict[str, int]:
        """Counts of what is stored and of what waits."""
        waiting = "state IN ('pending', 'sending', 'unknown', 'failed')"
        counted = {
            "articles": "articles",
            "accounts": "accounts WHERE tier = 'alert'",
            "accounts to review": "accounts WHERE tier = 'review'",
            "pages waiting": "pages WHERE state = 'pending'",
            "pages failed": "pages WHERE state = 'failed'",
            "deliveries waiting": f"deliveries WHERE {waiting}",
            "dead deliveries": "deliveries WHERE state = 'dead'",
        }
        return {name: self._count(what) for name, what in counted.items()}

    def _count(self, what: str) -> int:
        row = self._c.one(f"SELECT count(*) AS n FROM {what}")  # noqa: S608 - our own words
        return int(row["n"]) if row else 0

    def begin_run(self, pid: int, version: str, now: datetime) -> int:
        """Note that a daemon has started; returns the run's id."""
        return self._c.insert("runs", {"started": times.text(now), "pid": pid, "version": version})

    def end_run(self, run: int, counts: dict[str, int], now: datetime) -> None:
        """Note that a daemon has ended, and what it did."""
        self._c.run("UPDATE runs SET ended = ?, counts = ? WHERE id = ?", times.text(now), json.dumps(counts), run)


def _silence(row: dict[str, Any]) -> dict[str, float]:
    """How probable a source's silence is at its last poll, and its articles a day."""
    rate = Rate.loads(row.pop("rate"))
    last, until = times.time(row["last_new"]), times.time(row["last_success"])
    assert last is not None and until is not None  # noqa: S101, PT018 - the query has looked
    return {"silence": rates.silence(rates.profile(rate), last, until), "per_day": rates.mean(rate) * 24}


def judged(row: dict[str, Any], now: datetime) -> dict[str, Any]:
    """A source's row with its articles a day, the probability of its silence, and a verdict (`Health.status`)."""
    watched = now - (times.time(row["baseline_at"]) or now)
    days = max(min(watched, SPAN) / timedelta(days=1), 1.0)
    per_day = row.pop("recent") / days
    last = times.time(row["last_new"] or row["baseline_at"])
    rate = Rate.loads(row.pop("rate"))
    if rate.hours and last:
        silence, per_day = rates.silence(rates.profile(rate), last, now), rates.mean(rate) * 24
    else:
        silence = math.exp(-per_day * ((now - last) / timedelta(days=1))) if last else 1.0
    return row | {
        "per_day": round(per_day, 2),
        "silence": round(silence, 4),
        "verdict": _verdict(row, silence, per_day),
    }


def _verdict(row: dict[str, Any], silence: float, per_day: float) -> str:
    if not row["enabled"]:
        return "off"
    if row["last_outcome"] == "gone":
        return "gone"
    if row["failures"] >= FAILING:
        return "failing"
    if row["last_success"] is None:
        return "new"
    if silence < IMPROBABLE:
        return "silent"
    return "quiet" if silence < UNUSUAL else "ok"
