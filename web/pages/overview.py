"""The picture of all accounts: by month, origin, gender, reasons, ways out and outlets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from datasette import Response

from web import charts, questions, shown
from web.filters import NONE, WORDS
from web.questions import Question

BARS: tuple[tuple[Question, str, str], ...] = (
    (questions.BY_ORIGIN, "country", "people"),
    (questions.BY_REASON, "reason", "people"),
    (questions.BY_EXIT, "exit", "people"),
    (questions.BY_GENDER, "gender", "people"),
    (questions.BY_ROLE, "role", "people"),
    (questions.BY_OUTLET, "outlet", "first"),
    (questions.BY_LANGUAGE, "language", "people"),
)
"""A question, its column (and the filter of the list that it leads to), and what it counts."""


async def page(datasette: Any, request: Any) -> Any:
    """All charts."""
    months = await datasette.rows(questions.BY_MONTH.sql)
    pairs = await datasette.rows(questions.TOGETHER.sql)
    about = {
        "totals": await datasette.row(_TOTALS),
        "month_question": questions.BY_MONTH,
        "months": charts.columns(months, datasette.clock()),
        "bars": [(each, await _bars(datasette, *each)) for each in BARS],
        "matrix_question": questions.TOGETHER,
        "matrix": _matrix(pairs),
    }
    return Response.html(await datasette.render_template("overview.html", about, request=request))


_TOTALS = """
SELECT sum(tier = 'alert') AS sure, sum(tier = 'review') AS unsure, sum(tier <> 'none' AND verdict = '') AS unreviewed,
       count(DISTINCT CASE WHEN tier = 'alert' THEN nationality END) AS countries,
       sum(CASE WHEN tier = 'alert' THEN mentions END) AS articles
FROM account_cards"""


async def _bars(datasette: Any, question: Question, column: str, counted: str) -> list[charts.Bar]:
    rows = await datasette.rows(question.sql)
    word: Callable[[str], str] = WORDS.get(column, lambda value: shown.line(value, 60) or "unknown")
    return charts.bars([(word(row[column] or ""), row[counted], _link(column, row)) for row in rows])


def _link(column: str, row: Mapping[str, Any]) -> str:
    """The list of the accounts that a bar counts."""
    if column not in WORDS:
        return ""
    return "/-/accounts?" + urlencode({column: row[column] or NONE, "sure": "alert"})


def _matrix(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Reasons against reasons, with a shade from 0 to 5 for each cell."""
    counts = {(row["reason"], row["and_also"]): row["people"] for row in rows}
    names = sorted({first for first, _ in counts}, key=lambda name: -counts[name, name])
    most = max(counts.values(), default=1)
    cells = {(a, b): (counts.get((a, b), 0), round(5 * counts.get((a, b), 0) / most)) for a in names for b in names}
    return {"names": names, "cells": cells}
