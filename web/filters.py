"""Which accounts a list shows: what stands in its address, as conditions of a query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from web import searching, shown

COLUMNS = {
    "group": "group_name", "country": "nationality", "gender": "gender", "role": "role", "exit": "exit",
    "month": "month", "language": "language", "verdict": "verdict", "sure": "tier",
}  # fmt: skip
LABELS = {
    "sure": "How sure", "verdict": "Verdict", "group": "Group", "country": "Country", "gender": "Gender", "role": "Role",
    "reason": "Reason", "exit": "Way out", "month": "Month", "language": "Language",
}  # fmt: skip
WORDS: dict[str, Any] = {
    "sure": shown.FILTERS["tier"],
    "verdict": shown.FILTERS["verdict"],
    "group": shown.FILTERS["group"],
    "country": shown.country,
    "gender": shown.FILTERS["gender"],
    "role": lambda value: shown.line(value, 60) or "untold",
    "reason": shown.reason,
    "exit": shown.way_out,
    "month": shown.month,
    "language": shown.language,
}
NONE = "-"
"""Stands in addresses for an empty value."""
MOST = 60
"""Values of one filter that are offered."""


@dataclass(frozen=True, slots=True)
class Option:
    """A value of a filter with how many accounts have it."""

    value: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class Filters:
    """What is asked for; `before` is the last account of the page before, as `created~account`.

    `found`: JSON list of the accounts that `text` finds, once `search` has looked.
    """

    chosen: Mapping[str, str] = field(default_factory=dict)
    text: str = ""
    before: str = ""
    found: str = "[]"

    @classmethod
    def of(cls, arguments: Any) -> Filters:
        """What a query string asks for; what is unknown in it is left aside."""
        chosen = {key: value[:200] for key in LABELS if (value := arguments.get(key))}
        return cls(chosen, (arguments.get("q") or "").strip()[:300], arguments.get("before") or "")

    def query(self, **changes: str) -> str:
        """The query string of this list, changed; empty values are left out."""
        held = {"q": self.text, **self.chosen} | changes
        return urlencode({key: value for key, value in held.items() if value})

    def conditions(self, without: str = "") -> tuple[str, dict[str, Any]]:
        """SQL on `account_cards k` with its values; `without` leaves one filter out."""
        parts, values = [], dict[str, Any]()
        for key, value in self.chosen.items():
            if key != without:
                parts.append(_condition(key))
                values[key] = "" if value == NONE else value
        if not {"verdict", "sure"} & {*self.chosen, without}:
            parts.append("k.tier <> 'none'")
        if self.text:
            parts.append("k.account IN (SELECT value FROM json_each(:found))")
            values["found"] = self.found
        return " AND ".join(parts) or "1", values

    def place(self) -> tuple[str, dict[str, Any]]:
        """The condition of the page, after the last account of the one before."""
        created, _, account = self.before.partition("~")
        if not account.isdecimal() or len(account) > 15:
            return "1", {}
        return "(k.created, k.account) < (:created, :account)", {"created": created, "account": int(account)}


async def search(site: Any, filters: Filters) -> Filters:
    """The filters with what their text finds: looked for once, however often it is counted."""
    query = searching.match(filters.text)
    if not query:
        return filters
    rows = await site.rows(_SEARCH, {"q": query})
    return replace(filters, found=rows[0]["found"])


_SEARCH = """
SELECT json_group_array(DISTINCT m.account) AS found
FROM mentions_fts f JOIN mentions m ON m.id = f.rowid WHERE mentions_fts MATCH :q"""


def _condition(key: str) -> str:
    if key == "reason":
        return "EXISTS (SELECT 1 FROM json_each(k.reasons) r WHERE r.value = :reason)"
    return f"coalesce(k.{COLUMNS[key]}, '') = :{key}"


async def options(site: Any, filters: Filters) -> dict[str, list[Option]]:
    """What each filter could be set to, with counts under all the other filters."""
    apart = {*filters.chosen, "verdict", "sure"} & set(LABELS)
    counts = await _counts(site, filters, "", [key for key in LABELS if key not in apart])
    for key in sorted(apart):
        counts |= await _counts(site, filters, key, [key])
    return {key: _options(key, counts.get(key, {}), filters.chosen.get(key, "")) for key in LABELS}


async def _counts(site: Any, filters: Filters, without: str, keys: Sequence[str]) -> dict[str, dict[str, int]]:
    """Accounts by the values of some filters, in one query that looks at each account once."""
    where, values = filters.conditions(without)
    columns = ", ".join(f"k.{column}" for column in (*COLUMNS.values(), "reasons"))
    parts = " UNION ALL ".join(_group(key) for key in keys)
    sql = f"WITH chosen AS MATERIALIZED (SELECT {columns} FROM account_cards k WHERE {where}) {parts}"  # noqa: S608
    counts: dict[str, dict[str, int]] = {}
    for row in await site.rows(sql, values):
        counts.setdefault(row["filter"], {})[row["value"]] = row["people"]
    return counts


def _group(key: str) -> str:
    if key == "reason":
        return (
            "SELECT 'reason' AS filter, r.value, count(*) AS people FROM chosen, json_each(chosen.reasons) r GROUP BY 2"
        )
    column = f"coalesce({COLUMNS[key]}, '')"
    return f"SELECT '{key}' AS filter, {column} AS value, count(*) AS people FROM chosen GROUP BY 2"  # noqa: S608


def _options(key: str, counts: Mapping[str, int], chosen: str) -> list[Option]:
    """The values of a filter, the most frequent first (months: the latest); the chosen one is always among them."""
    rank = (lambda each: each[0]) if key == "month" else (lambda each: each[1])
    ranked = sorted(counts.items(), key=rank, reverse=True)[: None if key == "month" else MOST]
    found = [Option(value or NONE, WORDS[key](value), count) for value, count in ranked]
    missing = chosen and chosen not in [option.value for option in found]
    return [*found, Option(chosen, shown.line(chosen, 60), 0)] if missing else found
