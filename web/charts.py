"""Charts as values that the templates draw: inline SVG in the style sheet's colours, with their data as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from db import times

WIDTH, HEIGHT, FOOT = 720, 200, 26
"""Units of the column chart's own measure."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A row of a bar chart; `share` of the longest, in percent."""

    label: str
    value: int
    share: float
    link: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A month: where it stands, and how high its parts are."""

    month: str
    sure: int
    unsure: int
    x: float
    width: float
    sure_height: float
    unsure_height: float
    label: str = ""


@dataclass(frozen=True, slots=True)
class Columns:
    """A column chart: its columns and lines, for a box of WIDTH by HEIGHT + FOOT."""

    columns: tuple[Column, ...]
    lines: tuple[tuple[float, int], ...]
    width: int = WIDTH
    height: int = HEIGHT
    foot: int = FOOT


@dataclass(frozen=True, slots=True)
class Dot:
    """An article on a line of time; `x` in percent."""

    x: float
    first: bool


def bars(rows: Sequence[tuple[str, int, str]]) -> list[Bar]:
    """A bar for each (label, value, link)."""
    longest = max((value for _, value, _ in rows), default=0) or 1
    return [Bar(label, value, round(100 * value / longest, 2), link) for label, value, link in rows]


def columns(rows: Sequence[Mapping[str, Any]], now: datetime) -> Columns:
    """The months from the first to this one, the empty ones too: nothing is a figure as well."""
    told = {row["month"]: (int(row["sure"] or 0), int(row["unsure"] or 0)) for row in rows}
    year_ago = f"{now.year - 1}-{now:%m}"
    months = _months(min(year_ago, min(told, default=year_ago)), max(f"{now:%Y-%m}", max(told, default="")))[-36:]
    top = _top(max((sum(told.get(month, (0, 0))) for month in months), default=0))
    step = WIDTH / max(len(months), 1)
    made = []
    for place, month in enumerate(months):
        sure, unsure = told.get(month, (0, 0))
        heights = (HEIGHT * sure / top, HEIGHT * unsure / top)
        label = month[:4] if month.endswith("-01") or place == 0 else ""
        made.append(Column(month, sure, unsure, round(place * step, 2), round(step * 0.78, 2), *heights, label))
    return Columns(tuple(made), tuple((HEIGHT - HEIGHT * part / top, part) for part in _steps(top)))


def timeline(published: Sequence[str | None]) -> list[Dot]:
    """The articles on a person, from the first to the last; nothing where there is one alone."""
    at = sorted(time for each in published if each and (time := times.time(each)))
    if len(at) < 2:
        return []
    span = (at[-1] - at[0]).total_seconds() or 1.0
    return [Dot(round(2 + 96 * (time - at[0]).total_seconds() / span, 2), place == 0) for place, time in enumerate(at)]


def _months(first: str, last: str) -> list[str]:
    found = list[str]()
    year, month = (int(part) for part in first.split("-"))
    while (text := f"{year:04d}-{month:02d}") <= last and len(found) < 1200:
        found.append(text)
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return found or [last]


def _top(highest: int) -> int:
    """A round number above the highest column."""
    size = 1
    while True:
        for each in (4, 10, 20):
            if each * size >= highest:
                return each * size
        size *= 10


def _steps(top: int) -> list[int]:
    return [top // 4 * part for part in (1, 2, 3, 4)] if top % 4 == 0 else [top // 2, top]
