"""The sources: are they well, how late are we, was anything missed, and is what they bring right."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import Any

from datasette import Response

from db.health import judged
from web import questions

PAGE = 100
"""Sources on a page."""
RECENT = 60
"""Articles of each source whose delay is measured."""
DAYS = 28

_SOURCES = """
SELECT s.name, s.outlet, s.kind, s.url, s.enabled, s.last_poll, s.last_success, s.last_new, s.next_poll, s.because,
       s.failures, s.last_outcome, s.last_error, s.baseline_at, s.rate,
       (SELECT count(*) FROM gaps g WHERE g.source = s.name) AS gaps,
       (SELECT count(*) FROM gaps g WHERE g.source = s.name AND g.state <> 'filled') AS unfilled,
       (SELECT sum(d.articles) FROM source_days d WHERE d.source = s.name) AS articles,
       0 AS recent
FROM sources s WHERE s.name > :after AND (:q = '' OR s.name LIKE :like OR s.outlet LIKE :like)
ORDER BY s.name LIMIT :most"""
_CANARY = "SELECT day, channel, started, arrived, error FROM canaries ORDER BY id DESC LIMIT 1"
_DELAYS = """
SELECT s.name, (julianday(a.stored) - julianday(min(coalesce(a.published, a.first_seen), a.first_seen))) * 86400.0 AS delay
FROM sources s JOIN articles a ON a.id IN (
    SELECT b.id FROM articles b WHERE b.source = s.name AND b.baseline = 0 ORDER BY b.stored DESC LIMIT :recent)
WHERE s.name > :after AND s.name <= :last"""
_BY_DAY = """
SELECT d.source, d.day, d.articles FROM sources s JOIN source_days d ON d.source = s.name AND d.day >= :since
WHERE s.name > :after AND s.name <= :last"""


async def page(datasette: Any, request: Any) -> Any:
    """The table of sources."""
    text = (request.args.get("q") or "").strip()[:100]
    after = request.args.get("after") or ""
    now = datasette.clock()
    asked = {"after": after, "q": text, "like": f"%{text}%", "most": PAGE + 1}
    rows = await datasette.rows(_SOURCES, asked)
    shown, more = rows[:PAGE], len(rows) > PAGE
    bounds = {"after": after, "last": shown[-1]["name"] if shown else after}
    delays = await _delays(datasette, bounds)
    days = await _days(datasette, bounds | {"since": f"{now - timedelta(days=DAYS - 1):%Y-%m-%d}"}, now)
    precision = {row["source"]: row for row in await datasette.rows(questions.PRECISION.sql)}
    sources = [
        judged(row, now)
        | {
            "delay": delays.get(row["name"], (None, None)),
            "days": days[row["name"]],
            "right": precision.get(row["name"]),
        }
        for row in shown
    ]
    about = {
        "sources": sources,
        "more": bounds["last"] if more else "",
        "q": text,
        "verdicts": await _verdicts(datasette),
        "question": questions.PRECISION,
        "canary": await datasette.row(_CANARY),
    }
    return Response.html(await datasette.render_template("sources.html", about, request=request))


async def _verdicts(datasette: Any) -> dict[str, Any] | None:
    """How many sources there are, and how many are in trouble."""
    sql = """SELECT sum(enabled) AS watched, sum(enabled AND failures >= 3) AS failing,
                    sum(enabled AND last_success IS NULL) AS new, max(last_success) AS last FROM sources"""
    found: dict[str, Any] | None = await datasette.row(sql)
    return found


async def _delays(datasette: Any, bounds: dict[str, Any]) -> dict[str, tuple[float, float]]:
    """Median and 95th percentile of the time from publication to the database, of each source's last articles."""
    found = defaultdict(list)
    for row in await datasette.rows(_DELAYS, bounds | {"recent": RECENT}):
        found[row["name"]].append(row["delay"] or 0.0)
    return {name: (_share(values, 0.5), _share(values, 0.95)) for name, values in found.items()}


def _share(values: list[float], part: float) -> float:
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(part * len(ranked)))]


async def _days(datasette: Any, bounds: dict[str, Any], now: Any) -> dict[str, list[tuple[str, int, float]]]:
    """For each source the last days: date, articles, and their share of the busiest day in percent."""
    counts: dict[str, dict[str, int]] = defaultdict(dict)
    for row in await datasette.rows(_BY_DAY, bounds):
        counts[row["source"]][row["day"]] = row["articles"]
    dates = [f"{now - timedelta(days=back):%Y-%m-%d}" for back in range(DAYS - 1, -1, -1)]
    return defaultdict(
        list,
        {
            name: [(date, held.get(date, 0), 100 * held.get(date, 0) / max(held.values())) for date in dates]
            for name, held in counts.items()
        },
    )
