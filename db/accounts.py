"""Accounts: one person's testimony across articles, every join with its reasons, and what undoes it."""

from __future__ import annotations

import json
from array import array
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from db import codec, times
from db.reviewing import Reviewing
from model import Account, Finding, Identity, KnownAccount, KnownMention, Marks

_MENTIONS = """SELECT * FROM (
                   SELECT m.account, m.article, m.detail, m.said, m.around, a.story, a.published, c.profile, m.id,
                          coalesce(a.published, a.stored) AS told,
                          row_number() OVER (PARTITION BY m.account ORDER BY m.id) AS oldest,
                          row_number() OVER (PARTITION BY m.account ORDER BY m.id DESC) AS latest
                   FROM mentions m JOIN articles a ON a.id = m.article JOIN accounts c ON c.id = m.account
                   WHERE m.account IN (SELECT value FROM json_each(?)))
               WHERE oldest <= 2 OR latest <= 6 ORDER BY account, told, id"""
"""A case that hundreds of outlets tell is known by its first and its latest tellings."""


class Accounts(Reviewing):
    """Who spoke."""

    def accounts_with_keys(self, profile: str, keys: Sequence[str], limit: int) -> list[KnownAccount]:
        """Known accounts that share an index key, those with most in common first."""
        sql = """SELECT m.account, count(DISTINCT k.key) AS n FROM account_keys k JOIN mentions m ON m.id = k.mention
                 WHERE k.profile = ? AND k.key IN (SELECT value FROM json_each(?))
                 GROUP BY m.account ORDER BY n DESC, m.account LIMIT ?"""
        return self._known([row["account"] for row in self._c.rows(sql, profile, json.dumps(list(keys)), limit)])

    def accounts_of_story(self, profile: str, story: int) -> list[KnownAccount]:
        """Known accounts that articles of a story tell."""
        sql = """SELECT DISTINCT m.account FROM articles a JOIN mentions m ON m.article = a.id
                 WHERE a.story = ? AND m.profile = ?"""
        return self._known([row["account"] for row in self._c.rows(sql, story, profile)])

    def mentioned_in(self, article_id: int) -> list[Account]:
        """The accounts that a stored article tells, as it tells them."""
        rows = self._c.rows("SELECT detail FROM mentions WHERE article = ? ORDER BY id", article_id)
        return [codec.loads(Account, row["detail"]) for row in rows]

    def forget_mentions(self, article_id: int) -> tuple[tuple[int, str, str], ...]:
        """Drop what an article told when it was last read; returns account, profile and name of each mention.

        What a team's list says of the article stays, and is returned too.
        """
        sql = "DELETE FROM mentions WHERE article = ? AND origin = 'read' RETURNING account, profile, name"
        rows = self._c.rows(sql, article_id)
        rows += self._c.rows("SELECT account, profile, name FROM mentions WHERE article = ? ORDER BY id", article_id)
        return tuple((row["account"], row["profile"], row["name"]) for row in rows)

    def save_mention(
        self, article_id: int, finding: Finding, account: Account, decided: Identity, keys: Sequence[str], now: datetime
    ) -> int:
        """Store an account as an article tells it, joined to the known one that was decided on or as a new one.

        Returns the account's id; the join keeps its reasons.
        """
        with self._c.transaction():
            account_id = decided.account or self._new(finding.profile, finding.tier, now)
            if finding.tier == "alert":
                gone = "verdict NOT IN ('not-account', 'duplicate')"
                self._c.run(f"UPDATE accounts SET tier = 'alert' WHERE id = ? AND {gone}", account_id)  # noqa: S608
            mention = self._c.insert(
                "mentions", _mention(account_id, article_id, finding, account) | _marked(decided.marks)
            )
            rows = [(finding.profile, key, mention) for key in keys]
            self._c.run_many("INSERT OR IGNORE INTO account_keys VALUES (?, ?, ?)", rows)
            self._note_join(mention, account_id, decided, now)
        return account_id

    def undo_merge(self, mention: int, by: str, now: datetime) -> int:
        """Give a mention an account of its own again; returns that account's id. Raises KeyError."""
        with self._c.transaction():
            row = self._c.one("SELECT account, profile, tier FROM mentions WHERE id = ?", mention)
            if row is None:
                raise KeyError(mention)
            account = self._new(row["profile"], row["tier"], now)
            self._c.run("UPDATE mentions SET account = ? WHERE id = ?", account, mention)
            holding = self._c.rows("SELECT id FROM merges WHERE mention = ? AND undone_at IS NULL", mention)
            sql = "UPDATE merges SET undone_at = ?, undone_by = ? WHERE mention = ? AND undone_at IS NULL"
            self._c.run(sql, times.text(now), by, mention)
            near = "INSERT OR REPLACE INTO near_misses VALUES (?, ?, 1, 'kept apart by ' || ?)"
            self._c.run(near, mention, row["account"], by)
            detail = {"mention": mention, "from": row["account"], "to": account}
            merges = [each["id"] for each in holding]
            self._log("unmerge", row["account"], by, now, detail | {"merges": merges})
        return account

    def name_of(self, account_id: int) -> str:
        """An account's name as its first article gives it; empty for an unnamed person."""
        row = self._c.one("SELECT name FROM new_accounts WHERE account = ?", account_id)
        return str(row["name"]) if row else ""

    def told(self, account_id: int) -> str:
        """How a team knows of an account: `alert`, `baseline` (old when its source was new), or not yet: empty."""
        row = self._c.one("SELECT told FROM accounts WHERE id = ?", account_id)
        return str(row["told"]) if row else ""

    def mark_told(self, account_id: int, how: str, now: datetime) -> None:
        """Note that a team was told of an account, or needs not be."""
        self._c.run("UPDATE accounts SET told = ?, told_at = ? WHERE id = ?", how, times.text(now), account_id)

    def accounts(self, *, profile: str = "", tier: str = "", limit: int = 50) -> list[dict[str, Any]]:
        """Rows of the view `new_accounts`, newest first, with `reasons` as a list."""
        sql = """SELECT * FROM new_accounts WHERE (?1 = '' OR profile = ?1) AND (?2 = '' OR tier = ?2)
                 ORDER BY created DESC, account DESC LIMIT ?3"""
        rows = self._c.rows(sql, profile, tier, limit)
        return [row | {"reasons": json.loads(row["reasons"])} for row in rows]

    def _new(self, profile: str, tier: str, now: datetime) -> int:
        return self._c.insert("accounts", {"profile": profile, "created": times.text(now), "tier": tier})

    def _note_join(self, mention: int, account_id: int, decided: Identity, now: datetime) -> None:
        if decided.account is not None:
            reasons = json.dumps(decided.reasons, ensure_ascii=False)
            about = {"mention": mention, "account": account_id, "likeness": decided.likeness}
            self._c.insert("merges", about | {"reasons": reasons, "at": times.text(now)})
        rows = [(mention, near.account, near.likeness, near.reason) for near in decided.near]
        self._c.run_many("INSERT OR IGNORE INTO near_misses VALUES (?, ?, ?, ?)", rows)

    def _known(self, ids: Sequence[int]) -> list[KnownAccount]:
        mentions: dict[int, list[KnownMention]] = {each: [] for each in ids}
        profiles: dict[int, str] = {}
        for row in self._c.rows(_MENTIONS, json.dumps(list(ids))) if ids else []:
            profiles[row["account"]] = row["profile"]
            mentions[row["account"]].append(_known_mention(row))
        return [KnownAccount(each, profiles[each], tuple(found)) for each, found in mentions.items() if found]


def _known_mention(row: dict[str, Any]) -> KnownMention:
    marks = Marks(_numbers(row["said"]), _numbers(row["around"]))
    return KnownMention(row["article"], row["story"] or 0, times.time(row["published"]), _account(row["detail"]), marks)


def _marked(marks: Marks) -> dict[str, bytes]:
    return {"said": array("q", sorted(marks.said)).tobytes(), "around": array("q", sorted(marks.around)).tobytes()}


@lru_cache(maxsize=2048)
def _numbers(blob: bytes) -> frozenset[int]:
    return frozenset(array("q", blob))


@lru_cache(maxsize=2048)
def _account(detail: str) -> Account:
    """Common names are compared again and again."""
    return codec.loads(Account, detail)


def _mention(account_id: int, article_id: int, finding: Finding, account: Account) -> dict[str, Any]:
    names = ("name", "name_type", "role", "nationality", "gender", "age", "exit", "evidence", "score")
    return {
        "account": account_id,
        "article": article_id,
        "profile": finding.profile,
        "tier": finding.tier,
        **{name: getattr(account, name) for name in names},
        "reasons": json.dumps(account.reasons),
        "detail": codec.dumps(account),
    }
