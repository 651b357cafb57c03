"""What analysts say of accounts, what follows from it, and what is not to be told for a while."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from db import times
from db.reviewing import Reviewing
from delivery import VERDICTS, Mute

_PRECISION = """
SELECT {week} AS week, {name} AS name, count(*) AS told, count(verdict) AS judged, sum(verdict IS 'confirm') AS confirmed,
       sum(verdict IS 'wrong') AS wrong, sum(verdict IS 'duplicate') AS duplicates,
       sum(verdict IS 'not-account') AS not_accounts
FROM judged_alerts t {each} WHERE created >= ?1 GROUP BY 1, 2 ORDER BY 1, 2
"""
GROUPS = {
    "week": ("t.week", ""),
    "profile": ("t.profile", ""),
    "source": ("t.source", ""),
    "route": ("e.value", ", json_each(t.routes) e"),
    "rule": ("e.value", ", json_each(t.rules) e"),
}
"""What told accounts are counted by; one that several routes or rules brought counts for each of them."""


class Judging(Reviewing):
    """Verdicts and mutes."""

    def save_verdict(
        self, account: int, verdict: str, by: str, now: datetime, *, same_as: int | None = None, note: str = ""
    ) -> bool:
        """Store a verdict and what follows from it, in one transaction; False where the last one says the same.

        `duplicate` gives the account's articles to `same_as`, `not-account` takes it out of the lists, any later word
        overrules an earlier one. Raises KeyError for an account that there is not, ValueError for what makes no sense.
        """
        if verdict not in VERDICTS or (verdict == "duplicate") != (same_as is not None) or account == same_as:
            raise ValueError(verdict)
        with self._c.transaction():
            for each in (account, same_as):
                if each is not None and not self._c.one("SELECT 1 FROM accounts WHERE id = ?", each):
                    raise KeyError(each)
            same_as = self._at_last(same_as)
            if same_as == account:
                raise ValueError(verdict)
            if self._said(account) == {"verdict": verdict, "same_as": same_as, "note": note}:
                return False
            moved = self._join(account, same_as, by, now) if same_as is not None else []
            number = self._say(account, verdict, by, now, same_as=same_as, note=note)
            detail = {"verdict": number, "note": note, "same_as": same_as, "mentions": moved}
            self._log(verdict, account, by, now, detail)
        return True

    def verdict(self, account: int) -> str:
        """The last word on an account; empty where nobody has spoken."""
        row = self._c.one("SELECT verdict FROM accounts WHERE id = ?", account)
        return str(row["verdict"]) if row else ""

    def verdicts(self, account: int) -> list[dict[str, Any]]:
        """All that was said of an account, the newest first."""
        return self._c.rows("SELECT * FROM verdicts WHERE account = ? ORDER BY id DESC", account)

    def precision(self, group: str, since: datetime, *, weekly: bool = False) -> list[dict[str, Any]]:
        """How many of the accounts that were told since a time are right, by `week`, `profile`, `source`, `route` or
        `rule` (the three strongest reasons of each); `weekly`: each week apart.

        `precision` counts what was confirmed, also with wrong fields, among what was judged; None where nothing was.
        """
        name, each = GROUPS[group]
        sql = _PRECISION.format(week="t.week" if weekly or group == "week" else "''", name=name, each=each)
        return [_with_precision(row) for row in self._c.rows(sql, times.text(since))]

    def mute(self, mute: Mute, now: datetime) -> int:
        """Tell nothing of an account, story or source, until a time or until it is lifted; returns the mute's number.

        What waits already waits on until then, or is dropped.
        """
        with self._c.transaction():
            row = {"kind": mute.kind, "what": mute.what, "until": times.optional(mute.until), "by": mute.by}
            number = self._c.insert("mutes", row | {"at": times.text(now), "note": mute.note})
            if mute.kind == "account":
                self._quieten(int(mute.what), mute.until, now)
        return number

    def unmute(self, number: int, now: datetime) -> bool:
        """Lift a mute; False where there is none that holds."""
        return bool(
            self._c.run("UPDATE mutes SET ended_at = ? WHERE id = ? AND ended_at IS NULL", times.text(now), number)
        )

    def mutes(self, now: datetime) -> list[dict[str, Any]]:
        """The mutes that hold, the newest first."""
        sql = "SELECT * FROM mutes WHERE ended_at IS NULL AND (until IS NULL OR until > ?) ORDER BY id DESC"
        return self._c.rows(sql, times.text(now))

    def muted(self, account: int | None, story: int, source: str, now: datetime) -> Mute | None:
        """The mute that holds for an alert, the longest of them; None where there is none."""
        sql = """SELECT * FROM mutes WHERE ended_at IS NULL AND (until IS NULL OR until > ?1)
                 AND ((kind = 'account' AND what = ?2) OR (kind = 'story' AND what = ?3) OR (kind = 'source' AND what = ?4))
                 ORDER BY until IS NOT NULL, until DESC LIMIT 1"""
        row = self._c.one(sql, times.text(now), str(account), str(story), source)
        return Mute(row["kind"], row["what"], times.time(row["until"]), row["by"], row["note"]) if row else None

    def _at_last(self, account: int | None) -> int | None:
        """The account that one is, where it was said to be another's duplicate itself."""
        while account is not None and self.verdict(account) == "duplicate" and (said := self._said(account)):
            account = int(said["same_as"])
        return account

    def _join(self, account: int, other: int, by: str, now: datetime) -> list[int]:
        """Every mention goes over, each with its reason, so that it can be taken back; returns them."""
        moved = [row["id"] for row in self._c.rows("SELECT id FROM mentions WHERE account = ? ORDER BY id", account)]
        reasons = json.dumps([f"said to be one person by {by}"], ensure_ascii=False)
        merges = """INSERT INTO merges (mention, account, likeness, reasons, at)
                    SELECT id, ?, 1, ?, ? FROM mentions WHERE account = ?"""
        self._c.run(merges, other, reasons, times.text(now), account)
        self._c.run("UPDATE mentions SET account = ? WHERE account = ?", other, account)
        told = """UPDATE accounts SET told = 'alert', told_at = ?1 WHERE id = ?2 AND told = ''
                  AND EXISTS (SELECT 1 FROM accounts d WHERE d.id = ?3 AND d.told = 'alert')"""
        self._c.run(told, times.text(now), other, account)
        self._settle(other, self.verdict(other))
        return moved

    def _quieten(self, account: int, until: datetime | None, now: datetime) -> None:
        waiting = "alert IN (SELECT id FROM alerts WHERE account = ?) AND state = 'pending' AND attempts = 0"
        if until is None:
            sets = "state = 'folded', next_try = NULL, receipt = 'muted', changed = ?"
            self._c.run(f"UPDATE deliveries SET {sets} WHERE {waiting}", times.text(now), account)  # noqa: S608
        else:
            at = times.text(until)
            sets = "next_try = max(next_try, ?), pace = CASE WHEN pace = 'now' THEN 'later' ELSE pace END"
            self._c.run(f"UPDATE deliveries SET {sets} WHERE {waiting}", at, account)  # noqa: S608


def _with_precision(row: dict[str, Any]) -> dict[str, Any]:
    right = row["confirmed"] + row["wrong"]
    return row | {"precision": round(right / row["judged"], 3) if row["judged"] else None}
