"""Accounts on their way out to other programs, and in from lists that a team has kept before."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from db import times
from db.base import Connection
from model import Article

_EXPORTED = """
    SELECT c.id AS account, c.profile AS account_profile, c.created AS account_created, c.tier AS account_tier,
           c.told AS account_told, c.told_at AS account_told_at, c.verdict AS account_verdict,
           c.corrected AS account_corrected,
           CASE WHEN a.url LIKE 'urn:%' THEN '' ELSE a.url END AS url, a.outlet, a.title, a.byline, a.published,
           a.language, m.name, m.name_type, m.role, m.nationality, m.gender, m.age, m.exit, m.reasons, m.evidence,
           m.score, m.detail, m.notes
    FROM accounts c JOIN mentions m ON m.account = c.id JOIN articles a ON a.id = m.article
    WHERE (?1 IS NULL OR c.id IN (SELECT value FROM json_each(?1))) AND (?2 = '' OR c.profile = ?2)
    AND (?3 = '' OR c.tier = ?3) AND (?4 = '' OR c.verdict = ?4) AND c.created >= ?5
    ORDER BY c.id, coalesce(a.published, a.stored), m.id"""


class Exchanging:
    """Out and in."""

    _c: Connection

    def exported(
        self,
        accounts: Sequence[int] | None = None,
        *,
        profile: str = "",
        tier: str = "",
        verdict: str = "",
        since: str = "",
    ) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Rows of mentions with their account's columns, and of verdicts, as `exchange.records.cases` takes them.

        `since` is a time as text; what is empty, or None, is not asked for.
        """
        numbers = None if accounts is None else json.dumps(list(accounts))
        rows = self._c.rows(_EXPORTED, numbers, profile, tier, verdict, since)
        sql = """SELECT * FROM verdicts WHERE account IN (SELECT value FROM json_each(?)) AND undone_at IS NULL ORDER BY id"""
        return rows, self._c.rows(sql, json.dumps(sorted({row["account"] for row in rows})))

    def judged(self) -> list[dict[str, Any]]:
        """Mentions in articles of which an analyst has judged every account, with the article's columns, by article."""
        sql = """SELECT a.id AS article, a.url, a.outlet, a.title, a.byline, a.published, a.language, a.text, a.story,
                        a.credit_outlet, a.credit_author, c.id AS account, c.verdict, c.corrected, m.detail
                 FROM articles a JOIN mentions m ON m.article = a.id JOIN accounts c ON c.id = m.account
                 WHERE a.text <> '' AND a.published IS NOT NULL AND NOT EXISTS (
                     SELECT 1 FROM mentions n JOIN accounts d ON d.id = n.account
                     WHERE n.article = a.id AND d.verdict NOT IN ('confirm', 'not-account')
                     AND NOT (d.verdict = 'wrong' AND d.corrected <> '{}'))
                 ORDER BY a.published, a.id, m.id"""
        return self._c.rows(sql)

    def listed(self, url: str, profile: str, name: str) -> tuple[int, int] | None:
        """Article and account of a stored mention under this name at an address; None where there is none."""
        sql = """SELECT m.article, m.account FROM articles a JOIN mentions m ON m.article = a.id
                 WHERE (a.url = ?1 OR a.canonical_url = ?1) AND m.profile = ?2 AND m.name = ?3 LIMIT 1"""
        row = self._c.one(sql, url, profile, name)
        return (row["article"], row["account"]) if row else None

    def list_article(self, article: Article, now: datetime) -> int:
        """The article at an address, stored without text where it was never read; returns its number."""
        known = self._c.one("SELECT id FROM articles WHERE url = ?1 OR canonical_url = ?1", article.url)
        if known is not None:
            return int(known["id"])
        at = times.text(now)
        row = {name: getattr(article, name) for name in ("url", "title", "language", "outlet")}
        row |= {"canonical_url": article.url, "byline": json.dumps(article.byline, ensure_ascii=False)}
        row |= {"published": times.optional(article.published), "kind": "listed", "first_seen": at, "stored": at}
        row |= dict.fromkeys(("source", "section", "image", "credit_outlet", "credit_author", "text"), "")
        return self._c.insert("articles", row | {"partial": 0, "ruled_out": 0, "baseline": 1})

    def list_account(self, number: int | None, profile: str, head: dict[str, str | None], now: datetime) -> int:
        """A new account, under its old number where that was never given; returns its number."""
        free = number is not None and number > 0 and not self._c.one("SELECT 1 FROM accounts WHERE id = ?", number)
        row: dict[str, Any] = {"profile": profile, "created": head.get("created") or times.text(now)}
        row |= {
            "tier": head["tier"],
            "told": head["told"],
            "told_at": head["told_at"] or None,
            "verdict": head["verdict"],
            "corrected": head["corrected"],
        }
        return self._c.insert("accounts", row | ({"id": number} if free else {}))

    def mark_listed(self, article: int, account: int, notes: str) -> None:
        """Note that a mention stands in a list, and does not go when its article is read."""
        sql = "UPDATE mentions SET origin = 'list', notes = ? WHERE article = ? AND account = ?"
        self._c.run(sql, notes, article, account)

    def list_verdict(self, account: int, verdict: str, note: str, by: str, at: str) -> None:
        """A verdict as a list has it; what follows from it stands in the account."""
        row = {"account": account, "verdict": verdict, "note": note, "by": by, "at": at}
        self._c.insert("verdicts", row)
