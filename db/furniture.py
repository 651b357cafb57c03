"""The memory of sites: fingerprints of the paragraphs of an outlet's last articles."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from db.base import Connection

ARTICLES = 60
"""Articles of one outlet that are remembered at most."""
PRINTS = 4_000
"""Fingerprints of one outlet that are remembered at most."""
_TOO_MUCH = """DELETE FROM furniture WHERE outlet = ?1 AND article IN (
    SELECT article FROM (
        SELECT article, row_number() OVER latest AS place, sum(json_array_length(prints)) OVER latest AS total
        FROM furniture WHERE outlet = ?1 WINDOW latest AS (ORDER BY article DESC))
    WHERE place > ?2 OR total > ?3)"""


@dataclass(frozen=True, slots=True)
class Remembered:
    """The paragraphs of one article, as fingerprints, and the addresses that it is known by."""

    urls: frozenset[str]
    prints: tuple[str, ...]


class Furniture:
    """What stood on the pages of each outlet."""

    _c: Connection

    def remember_prints(self, article_id: int, outlet: str, prints: Sequence[str]) -> None:
        """Store an article's fingerprints, once however often it is read, and drop the outlet's oldest beyond the bounds."""
        with self._c.transaction():
            sql = "INSERT OR REPLACE INTO furniture (article, outlet, prints) VALUES (?, ?, ?)"
            self._c.run(sql, article_id, outlet, json.dumps(list(prints)))
            self._c.run(_TOO_MUCH, outlet, ARTICLES, PRINTS)

    def remembered(self, outlet: str) -> list[Remembered]:
        """What is remembered of an outlet, latest article first."""
        sql = """SELECT a.url, a.canonical_url, f.prints FROM furniture f JOIN articles a ON a.id = f.article
                 WHERE f.outlet = ? ORDER BY f.article DESC"""
        return [
            Remembered(frozenset((row["url"], row["canonical_url"])), tuple(json.loads(row["prints"])))
            for row in self._c.rows(sql, outlet)
        ]
