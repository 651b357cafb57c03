"""Articles, what was found in them, and the stories whose text they carry."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from db import times
from db.base import Connection
from model import Fetch, Finding, KnownArticle, Reading, StoryMatch


class Articles:
    """What was read."""

    _c: Connection

    def store_article(self, fetch: Fetch, reading: Reading, now: datetime) -> int:
        """Store an article and take its page off the frontier, in one transaction; returns the article's id.

        An address that is known already, by whatever way the page was reached, updates its article.
        """
        with self._c.transaction():
            page = self._c.one("SELECT baseline, first_seen FROM pages WHERE id = ?", fetch.id) or {}
            row = _row(reading, fetch)
            row |= {"baseline": page.get("baseline", 0), "first_seen": page.get("first_seen", times.text(now))}
            article_id = self._upsert(row | {"stored": times.text(now)})
            self._c.run("DELETE FROM pages WHERE id = ?", fetch.id)
        return article_id

    def save_finding(self, article_id: int, finding: Finding) -> None:
        """Store what a profile makes of an article."""
        sql = "INSERT OR REPLACE INTO findings VALUES (?, ?, ?, ?, ?, ?, ?)"
        why = json.dumps([asdict(each) for each in finding.why], ensure_ascii=False)
        scores = (finding.label.value, finding.score, finding.report_score, finding.tier)
        self._c.run(sql, article_id, finding.profile, *scores, why)

    def articles_sharing(self, bands: Sequence[int], limit: int, *, exclude: int = 0) -> list[KnownArticle]:
        """Stored articles that share bands with a text, those with most in common first."""
        if not bands:
            return []
        sql = """WITH shared AS (
                     SELECT article, count(*) AS n FROM story_bands
                     WHERE band IN (SELECT value FROM json_each(?)) AND article <> ?
                     GROUP BY article ORDER BY n DESC, article LIMIT ?)
                 SELECT a.*, shared.n AS shared FROM shared JOIN articles a ON a.id = shared.article ORDER BY shared.n DESC, a.id"""
        return [_known(row) for row in self._c.rows(sql, json.dumps(list(bands)), exclude, limit)]

    def save_story(self, article_id: int, match: StoryMatch, bands: Sequence[int]) -> StoryMatch:
        """Put an article into the matched story, or into one of its own; returns the match with the story's id."""
        with self._c.transaction():
            story = match.story
            if story is None:
                at = self._c.one("SELECT stored FROM articles WHERE id = ?", article_id) or {"stored": ""}
                story = self._c.insert("stories", {"created": at["stored"]})
            sql = "UPDATE articles SET story = ?, story_because = ? WHERE id = ?"
            self._c.run(sql, story, match.reason, article_id)
            rows = [(band, article_id) for band in bands]
            self._c.run_many("INSERT OR IGNORE INTO story_bands VALUES (?, ?)", rows)
        return replace(match, story=story)

    def story_of(self, article_id: int) -> int:
        """The story of an article; 0 where it has none."""
        row = self._c.one("SELECT story FROM articles WHERE id = ?", article_id)
        return int(row["story"] or 0) if row else 0

    def carriers(self, account_id: int, limit: int = 20) -> list[dict[str, Any]]:
        """The articles that tell of an account or carry its story, oldest first."""
        sql = """SELECT DISTINCT a.outlet, a.title, a.url, a.published FROM articles a
                 WHERE a.id IN (SELECT article FROM mentions WHERE account = ?1)
                 ORDER BY coalesce(a.published, a.stored), a.id LIMIT ?2"""
        return self._c.rows(sql, account_id, limit)

    def _upsert(self, row: dict[str, Any]) -> int:
        known = self._c.one("SELECT id FROM articles WHERE canonical_url = ?", row["canonical_url"])
        if known is None:
            return self._c.insert("articles", row)
        kept = {key: value for key, value in row.items() if key not in ("first_seen", "baseline", "source")}
        sets = ", ".join(f"{column} = ?" for column in kept)
        self._c.run(f"UPDATE articles SET {sets} WHERE id = ?", *kept.values(), known["id"])  # noqa: S608 - our own names
        return int(known["id"])


def _row(reading: Reading, fetch: Fetch) -> dict[str, Any]:
    article = reading.article
    return {
        "canonical_url": article.canonical_url or article.url or fetch.url,
        "url": fetch.url,
        "source": fetch.source.name,
        **{
            name: getattr(article, name) for name in ("outlet", "title", "language", "section", "image", "kind", "text")
        },
        "byline": json.dumps(article.byline, ensure_ascii=False),
        "published": times.optional(article.published),
        "modified": times.optional(article.modified),
        "credit_outlet": article.credit.outlet if article.credit else "",
        "credit_author": article.credit.author if article.credit else "",
        "partial": article.partial,
        "ruled_out": reading.ruled_out,
    }


def _known(row: dict[str, Any]) -> KnownArticle:
    published = times.time(row["published"])
    return KnownArticle(
        row["id"], row["story"], row["url"], row["title"], row["text"], published, row["outlet"], row["shared"]
    )
