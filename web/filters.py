"""Which accounts a list shows: what stands in its address, as conditions of a query."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from web import facts, searching, shown

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
    """What is asked for; `before` is the last account of the page before, as `created~account`."""

    chosen: Mapping[str, str] = field(default_factory=dict)
    text: str = ""
    before: str = ""

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
            parts.append(
                "k.account IN (SELECT m.account FROM mentions_fts f JOIN mentions m ON m.id = f.rowid"
                " WHERE mentions_fts MATCH :q)"
            )
            # a query of signs alone finds nothing, and is no error
            values["q"] = searching.match(self.text) or '""'
        return " AND ".join(parts) or "1", values

    def place(self) -> tuple[str, dict[str, Any]]:
        """The condition of the page, after the last account of the one before."""
        created, _, account = self.before.partition("~")
        if not account.isdecimal() or len(account) > 15:
            return "1", {}
        return "(k.created, k.account) < (:created, :account)", {"created": created, "account": int(account)}


def _condition(key: str) -> str:
    if key == "reason":
        return "EXISTS (SELECT 1 FROM json_each(k.reasons) r WHERE r.value = :reason)"
    return f"coalesce(k.{COLUMNS[key]}, '') = :{key}"


async def options(site: Any, filters: Filters) -> dict[str, list[Option]]:
    """What each filter could be set to, with counts under all the other filters."""
    everything = await _columns(site, filters, "")
    found = {}
    for key in LABELS:
        own = key in filters.chosen or key in ("verdict", "sure")
        rows = await _columns(site, filters, key) if own else everything
        found[key] = _options(key, rows)
        chosen = filters.chosen.get(key)
        if chosen and chosen not in [option.value for option in found[key]]:
            found[key].append(Option(chosen, shown.line(chosen, 60), 0))
    return found


async def _columns(site: Any, filters: Filters, without: str) -> list[dict[str, Any]]:
    where, values = filters.conditions(without)
    columns = ", ".join(f"k.{column}" for column in (*COLUMNS.values(), "reasons"))
    rows: list[dict[str, Any]] = await site.rows(f"SELECT {columns} FROM account_cards k WHERE {where}", values)  # noqa: S608
    return rows


def _options(key: str, rows: Sequence[Mapping[str, Any]]) -> list[Option]:
    counts: Counter[str] = Counter()
    for row in rows:
        counts.update(facts.reasons(row) if key == "reason" else [row[COLUMNS[key]] or ""])
    ranked = sorted(counts.items(), reverse=True) if key == "month" else counts.most_common(MOST)
    return [Option(value or NONE, WORDS[key](value), count) for value, count in ranked]
