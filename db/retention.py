"""What is kept no longer than it is needed: texts in which nothing was found, words of old alerts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from db import codec, times
from db.base import Connection
from db.forgetting import slim
from delivery import Alert

_BARE = """UPDATE articles SET title = '', text = '', byline = '[]', section = '', image = '', credit_outlet = '',
           credit_author = '', kind = 'dropped' WHERE id IN (
               SELECT a.id FROM articles a WHERE (a.text <> '' OR a.title <> '') AND a.stored < ?1
               AND NOT EXISTS (SELECT 1 FROM findings f WHERE f.article = a.id)
               AND NOT EXISTS (SELECT 1 FROM mentions m WHERE m.article = a.id)
               ORDER BY a.stored LIMIT ?2) RETURNING id"""
_OLD_ALERTS = """SELECT a.id, a.payload FROM alerts a WHERE a.created < ?1 AND a.title <> '' AND a.kind NOT IN ('ops', 'test')
                 AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.alert = a.id
                                 AND d.state IN ('pending', 'sending', 'unknown', 'failed'))
                 ORDER BY a.id LIMIT ?2"""
_STEP = 400
"""Pages of the index that one step of its rewriting writes."""


class Retention:
    """Small steps, so that nobody waits for the database."""

    _c: Connection

    def drop_words(self, before: datetime, limit: int) -> list[int]:
        """Take headline and text out of articles in which nothing was found; returns their numbers.

        Address, outlet and times stay: by them an article is known, and delays and gaps are measured.
        """
        with self._c.transaction():
            return [row["id"] for row in self._c.rows(_BARE, times.text(before), limit)]

    def drop_payloads(self, before: datetime, limit: int) -> int:
        """Take the words out of alerts that were dealt with; what counts and keys need stays. Returns how many."""
        with self._c.transaction():
            rows = self._c.rows(_OLD_ALERTS, times.text(before), limit)
            bare = [(codec.dumps(slim(codec.loads(Alert, row["payload"]))), row["id"]) for row in rows]
            self._c.run_many("UPDATE alerts SET title = '', payload = ? WHERE id = ?", bare)
        return len(rows)

    def expired(self, rejected: datetime, accounts: datetime | None, limit: int) -> list[tuple[str, int]]:
        """Accounts whose time is over: `rejected` (judged to be none so long ago), `old` (last told so long ago)."""
        waiting = (
            "SELECT json_extract(task, '$.what') FROM erasures WHERE kind IN ('rejected', 'old') AND state <> 'done'"
        )
        sql = f"""SELECT 'rejected' AS kind, c.id FROM accounts c WHERE c.verdict = 'not-account'
                 AND (SELECT max(v.at) FROM verdicts v WHERE v.account = c.id) < ?1 AND c.id NOT IN ({waiting})
                 UNION
                 SELECT 'old', c.id FROM accounts c WHERE ?2 IS NOT NULL AND c.created < ?2 AND c.id NOT IN ({waiting})
                 AND (SELECT max(a.stored) FROM mentions m JOIN articles a ON a.id = m.article
                      WHERE m.account = c.id) < ?2 ORDER BY 2 LIMIT ?3"""  # noqa: S608 - our own words
        rows = self._c.rows(sql, times.text(rejected), times.optional(accounts), limit)
        return [(row["kind"], row["id"]) for row in rows]

    def rewrite_indexes(self) -> Iterator[None]:
        """Write the full-text indexes anew, a little at each step: FTS5 only marks what is deleted until then.

        Several programs may write in between; what was deleted before the first step is gone after the last.
        """
        for index in ("articles_fts", "mentions_fts"):
            pages = -_STEP
            while self._merge(index, pages):
                pages = _STEP
                yield

    def _merge(self, index: str, pages: int) -> bool:
        """One step; whether there is more to do (https://www.sqlite.org/fts5.html#the_merge_command)."""
        before = self._c.db.conn.total_changes
        with self._c.transaction():
            self._c.db.execute(f"INSERT INTO {index} ({index}, rank) VALUES ('merge', ?)", [pages])  # noqa: S608
        return self._c.db.conn.total_changes - before >= 2

    def shorten_log(self) -> None:
        """Empty the log of writes as far as no reader needs it."""
        self._c.db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
