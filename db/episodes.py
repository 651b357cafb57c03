"""Episodes: what is wrong with a source, from when to when. Each is told once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from db import times
from db.base import Connection
from drift import KEPT, Sample

SAME = timedelta(days=7)
"""What comes back within so long is the same episode: nobody hears of it again."""


class Episodes:
    """What is wrong with sources."""

    _c: Connection

    def note_troubles(
        self, found: Mapping[tuple[str, str], str], kinds: Collection[str], now: datetime, source: str = ""
    ) -> list[tuple[str, str]]:
        """Open and end episodes by what is wrong now: sentences by source and kind.

        `found` is all that is wrong of these kinds, with all sources or with the one that is named. Returns source and
        kind of the episodes that are new.
        """
        with self._c.transaction():
            sql = "SELECT id, source, kind FROM episodes WHERE ended IS NULL AND (?1 = '' OR source = ?1)"
            for row in self._c.rows(sql, source):
                if row["kind"] in kinds and (row["source"], row["kind"]) not in found:
                    self._c.run("UPDATE episodes SET ended = ? WHERE id = ?", times.text(now), row["id"])
            return [key for key, body in found.items() if self._open(*key, body, now)]

    def _open(self, source: str, kind: str, body: str, now: datetime) -> bool:
        sql = """UPDATE episodes SET ended = NULL, body = ? WHERE source = ? AND kind = ?
                 AND (ended IS NULL OR ended >= ?)"""
        if self._c.run(sql, body, source, kind, times.text(now - SAME)):
            return False
        row = {"source": source, "kind": kind, "began": times.text(now), "body": body}
        return bool(self._c.insert("episodes", row))

    def troubles(self) -> list[dict[str, Any]]:
        """Rows of the view `source_troubles`, latest first."""
        return self._c.rows("SELECT * FROM source_troubles ORDER BY began DESC, source")

    def odd_feeds(self) -> list[dict[str, Any]]:
        """Sources that worked once and whose last polls found something else: a web page, a new address, nothing more."""
        sql = """SELECT name, url, feed_url, last_outcome, last_error, failures FROM sources
                 WHERE enabled = 1 AND baseline_at IS NOT NULL
                 AND (last_outcome IN ('not_a_feed', 'gone') OR feed_url <> url)"""
        return self._c.rows(sql)

    def grown(self, since: int) -> tuple[dict[str, int], int]:
        """How many articles each source has got since an article's number, and the latest number."""
        sql = "SELECT source, count(*) AS n, max(id) AS latest FROM articles WHERE id > ? GROUP BY source"
        rows = self._c.rows(sql, since)
        return {row["source"]: row["n"] for row in rows}, max((row["latest"] for row in rows), default=since)

    def samples(self, source: str) -> list[Sample]:
        """What is compared of a source's articles, the latest first."""
        sql = """SELECT length(text) AS length, substr(text, 1, 400) AS opening, ruled_out = 0 AS full, kind,
                        length(text) >= 200 AS text, published IS NOT NULL AS published, byline <> '[]' AS byline,
                        partial = 0 AS whole
                 FROM articles WHERE source = ? AND kind IN ('article', 'live') ORDER BY stored DESC LIMIT ?"""
        return [_sample(row) for row in self._c.rows(sql, source, KEPT)]


def _sample(row: dict[str, Any]) -> Sample:
    fields = frozenset(name for name in ("text", "published", "byline", "whole") if row[name])
    return Sample(row["length"], row["opening"], bool(row["full"]), fields)
