"""Corrections of fields, a log of every judgement, and how each of them is taken back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from db import times
from db.base import Connection
from delivery import VERDICTS

TEXTS = ("name", "name_type", "role", "nationality", "gender", "exit", "group")
CHOICES = {
    "name_type": ("real", "pseudonym", "anonymous"),
    "gender": ("", "male", "female"),
    "exit": ("defected", "surrendered", "caught_leaving", "returned"),
}
REASONS = ("infighting", "brutality", "un_islamic", "conditions", "other")


class Reviewing:
    """What analysts change beyond a verdict; everything is logged with who and when, and can be undone."""

    _c: Connection
    FIELDS: ClassVar[tuple[str, ...]] = (*TEXTS, "age", "reasons")

    def save_correction(
        self, account: int, fields: Mapping[str, Any], by: str, now: datetime, *, note: str = ""
    ) -> int | None:
        """Overrule what was read of an account; returns the number in the log, None where nothing would change.

        The articles' own words stay in `mentions`. A correction is the verdict `wrong` too: right, with a wrong field.
        Raises KeyError for an account that there is not, ValueError with a sentence for a value that makes no sense.
        """
        with self._c.transaction():
            shown = self.shown_fields(account)
            after = {key: checked(key, value) for key, value in fields.items()}
            after = {key: value for key, value in after.items() if value != shown[key]}
            if not after:
                return None
            before = self._corrected(account)
            self._correct(account, before | after)
            words = "; ".join(f"{key}: {_said(shown[key])} → {_said(value)}" for key, value in after.items())
            verdict = self._say(account, "wrong", by, now, note=f"{words}; {note}" if note else words)
            shown = {key: shown[key] for key in after}
            detail = {"verdict": verdict, "note": note, "before": before, "shown": shown, "after": after}
            return self._log("correct", account, by, now, detail)

    def shown_fields(self, account: int) -> dict[str, Any]:
        """The fields of an account as lists show them, corrections included. Raises KeyError."""
        row = self._c.one("SELECT * FROM account_cards WHERE account = ?", account)
        if row is None:
            raise KeyError(account)
        return {key: row[key] for key in self.FIELDS if key not in ("group", "reasons")} | {
            "group": row["group_name"],
            "reasons": json.loads(row["reasons"]),
        }

    def undo(self, number: int, by: str, now: datetime) -> int:
        """Take back what a row of the log did; returns its account. The row stays, with who undid it.

        Raises KeyError for a number that there is not, ValueError where it was undone or cannot be.
        """
        with self._c.transaction():
            row = self._c.one("SELECT * FROM audit WHERE id = ?", number)
            if row is None:
                raise KeyError(number)
            if row["undone_at"] or row["action"] not in (*VERDICTS, "correct", "unmerge"):
                raise ValueError("it is undone already, or nothing that can be undone")
            detail = json.loads(row["detail"])
            if row["action"] == "unmerge":
                self._rejoin(detail, now)
            else:
                self._take_back(row, detail, by, now)
            self._c.run("UPDATE audit SET undone_at = ?, undone_by = ? WHERE id = ?", times.text(now), by, number)
            self._log("undo", row["account"], by, now, {"undoes": number, "action": row["action"]})
        return int(row["account"])

    def _log(self, action: str, account: int, by: str, now: datetime, detail: Mapping[str, Any]) -> int:
        """Note who did what; part of the transaction that does it."""
        row = {"at": times.text(now), "by": by, "action": action, "account": account}
        return self._c.insert("audit", row | {"detail": json.dumps(detail, ensure_ascii=False)})

    def _say(
        self, account: int, verdict: str, by: str, now: datetime, *, same_as: int | None = None, note: str = ""
    ) -> int:
        """Store a verdict as the last word; returns its number."""
        row = {"account": account, "verdict": verdict, "note": note, "by": by, "at": times.text(now)}
        number = self._c.insert("verdicts", row | {"same_as": same_as})
        self._settle(account, verdict)
        return number

    def _settle(self, account: int, verdict: str) -> None:
        """What is no account leaves the lists, and comes back where that is taken back."""
        gone = verdict in ("not-account", "duplicate")
        sql = """UPDATE accounts SET verdict = ?1, tier = CASE WHEN ?2 THEN 'none' ELSE coalesce(
                 (SELECT min(tier) FROM mentions WHERE account = ?3), tier) END WHERE id = ?3"""
        self._c.run(sql, verdict, gone, account)

    def _said(self, account: int) -> dict[str, Any] | None:
        """The last word on an account that was not taken back."""
        sql = """SELECT verdict, same_as, note FROM verdicts WHERE account = ? AND undone_at IS NULL
                 ORDER BY id DESC LIMIT 1"""
        return self._c.one(sql, account)

    def _take_back(self, row: dict[str, Any], detail: dict[str, Any], by: str, now: datetime) -> None:
        account = row["account"]
        sql = "UPDATE verdicts SET undone_at = ?, undone_by = ? WHERE id = ? AND undone_at IS NULL"
        self._c.run(sql, times.text(now), by, detail["verdict"])
        if row["action"] == "duplicate":
            self._part(account, detail, by, now)
        if row["action"] == "correct":
            kept = {key: value for key, value in self._corrected(account).items() if key not in detail["after"]}
            restored = {key: detail["before"][key] for key in detail["after"] if key in detail["before"]}
            self._correct(account, kept | restored)
        said = self._said(account)
        self._settle(account, said["verdict"] if said else "")

    def _part(self, account: int, detail: dict[str, Any], by: str, now: datetime) -> None:
        """Give the mentions back that a merge gave away; one that was parted since keeps its place."""
        other = detail["same_as"]
        for mention in detail.get("mentions", ()):
            moved = self._c.run("UPDATE mentions SET account = ? WHERE id = ? AND account = ?", account, mention, other)
            sql = """UPDATE merges SET undone_at = ?, undone_by = ?
                     WHERE mention = ? AND account = ? AND undone_at IS NULL AND ?"""
            self._c.run(sql, times.text(now), by, mention, other, moved)
        said = self._said(other)
        self._settle(other, said["verdict"] if said else "")

    def _rejoin(self, detail: dict[str, Any], now: datetime) -> None:
        """Give a mention back to the account that it was taken from."""
        mention, account, own = detail["mention"], detail["from"], detail["to"]
        if not self._c.run("UPDATE mentions SET account = ? WHERE id = ? AND account = ?", account, mention, own):
            raise ValueError("the article tells of somebody else by now")
        self._c.run("DELETE FROM near_misses WHERE mention = ? AND account = ?", mention, account)
        sql = "UPDATE merges SET undone_at = NULL, undone_by = '' WHERE id IN (SELECT value FROM json_each(?))"
        self._c.run(sql, json.dumps(detail["merges"]))
        empty = "UPDATE accounts SET tier = 'none' WHERE id = ? AND id NOT IN (SELECT account FROM mentions)"
        self._c.run(empty, own)

    def _corrected(self, account: int) -> dict[str, Any]:
        row = self._c.one("SELECT corrected FROM accounts WHERE id = ?", account)
        if row is None:
            raise KeyError(account)
        found: dict[str, Any] = json.loads(row["corrected"])
        return found

    def _correct(self, account: int, fields: Mapping[str, Any]) -> None:
        sql = "UPDATE accounts SET corrected = ? WHERE id = ?"
        self._c.run(sql, json.dumps(fields, ensure_ascii=False), account)


def checked(field: str, value: Any) -> Any:
    """A corrected value as it is kept. Raises ValueError with a sentence."""
    if field == "reasons":
        unknown = [each for each in value if each not in REASONS]
        if unknown:
            raise ValueError(f"{unknown[0]} is no reason for leaving")
        return [each for each in REASONS if each in value]
    if field == "age":
        return _age(value)
    if field not in TEXTS:
        raise ValueError(f"{field} is no field of an account")
    text = " ".join(str(value).split())
    if text not in CHOICES.get(field, (text,)) or len(text) > 200:
        raise ValueError(f"{text[:40]} is no {field}")
    if field == "nationality" and text and not (len(text) == 2 and text.isascii() and text.isalpha()):
        raise ValueError("write the country as ISO 3166-1 alpha-2: two letters, such as FR")
    return text.upper() if field == "nationality" else text


def _age(value: Any) -> int | None:
    text = str(value if value is not None else "").strip()
    if text and not (text.isascii() and text.isdecimal() and 0 < int(text) < 120):
        raise ValueError("write the age in years, or leave it empty")
    return int(text) if text else None


def _said(value: Any) -> str:
    return (
        ", ".join(value) or "none" if isinstance(value, list) else str(value if value not in ("", None) else "untold")
    )
