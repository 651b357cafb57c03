"""What scored unsure and is shown to a second reader: what is due, what it answered, how often it was asked."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from db import codec, times
from db.base import Connection
from model import Account, Article, Credit, Finding, Label, Why


@dataclass(frozen=True, slots=True)
class Unsure:
    """An article to be read a second time: what was stored of it. `attempts` counts those before this one."""

    article_id: int
    source: str
    article: Article
    finding: Finding
    attempts: int


class Second:
    """Second readings."""

    _c: Connection

    def queue_second(self, article_id: int, profile: str, now: datetime) -> None:
        """Note that an unsure finding is to be read a second time, once for each article and profile."""
        sql = "INSERT OR IGNORE INTO second_readings (article, profile, state, next_try, at) VALUES (?, ?, 'pending', ?, ?)"
        self._c.run(sql, article_id, profile, times.text(now), times.text(now))

    def next_unsure(self, now: datetime) -> Unsure | None:
        """The finding that has waited longest and is still unsure."""
        sql = """SELECT s.attempts, s.profile AS watched, a.*, f.label, f.score, f.report_score, f.tier, f.why
                 FROM second_readings s JOIN articles a ON a.id = s.article
                 JOIN findings f ON f.article = s.article AND f.profile = s.profile
                 WHERE s.state = 'pending' AND s.next_try <= ? AND f.tier = 'review'
                 ORDER BY s.next_try, s.article LIMIT 1"""
        row = self._c.one(sql, times.text(now))
        return self._unsure(row) if row else None

    def begin_second(self, unsure: Unsure, model: str, again: datetime, now: datetime) -> None:
        """Count a call before it is made; after a crash the next one comes at `again`."""
        with self._c.transaction():
            self._c.insert("second_reader_calls", {"at": times.text(now)})
            sql = """UPDATE second_readings SET attempts = attempts + 1, model = ?, next_try = ?, at = ?
                     WHERE article = ? AND profile = ?"""
            values = (model, times.text(again), times.text(now), unsure.article_id, unsure.finding.profile)
            self._c.run(sql, *values)

    def end_second(self, unsure: Unsure, state: str, reason: str, answer: str, now: datetime) -> None:
        """Write down what became of a second reading."""
        sql = (
            """UPDATE second_readings SET state = ?, reason = ?, answer = ?, at = ? WHERE article = ? AND profile = ?"""
        )
        self._c.run(sql, state, reason, answer, times.text(now), unsure.article_id, unsure.finding.profile)

    def second_calls(self, since: datetime) -> int:
        """Calls since a time; older ones are forgotten."""
        with self._c.transaction():
            self._c.run("DELETE FROM second_reader_calls WHERE at < ?", times.text(since))
            row = self._c.one("SELECT count(*) AS n FROM second_reader_calls")
        return int(row["n"]) if row else 0

    def _unsure(self, row: dict[str, Any]) -> Unsure:
        sql = "SELECT detail FROM mentions WHERE article = ? AND profile = ? ORDER BY id"
        told = self._c.rows(sql, row["id"], row["watched"])
        finding = Finding(
            row["watched"],
            Label(row["label"]),
            row["score"],
            row["report_score"],
            tuple(codec.loads(Account, each["detail"]) for each in told),
            tuple(Why(**each) for each in json.loads(row["why"])),
            row["tier"],
        )
        return Unsure(row["id"], row["source"], _article(row), finding, row["attempts"])


def _article(row: dict[str, Any]) -> Article:
    """An article as it was stored."""
    same = ("url", "title", "text", "canonical_url", "language", "outlet", "image", "section", "kind")
    credit = Credit(row["credit_outlet"], row["credit_author"]) if row["credit_outlet"] else None
    return Article(
        **{name: row[name] for name in same},
        byline=tuple(json.loads(row["byline"])),
        published=times.time(row["published"]),
        modified=times.time(row["modified"]),
        credit=credit,
        partial=bool(row["partial"]),
    )
