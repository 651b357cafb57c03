"""The questions behind the overview: each is a query that Datasette serves too, as a page, JSON and CSV."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Question:
    """A query with its name in addresses, its title, and what a reader should know of it."""

    name: str
    title: str
    note: str
    sql: str


BY_MONTH = Question(
    "accounts_by_month",
    "Accounts by month",
    "By the date of the first article. Unsure ones wait for a look and are partly wrong.",
    """\
SELECT month, sum(tier = 'alert') AS sure, sum(tier = 'review') AS unsure
FROM account_cards WHERE tier <> 'none' GROUP BY month ORDER BY month DESC LIMIT 36""",
)
BY_ORIGIN = Question(
    "accounts_by_origin",
    "Where they come from",
    "Nationality or origin as told.",
    """\
SELECT nationality AS country, count(*) AS people
FROM account_cards WHERE tier = 'alert' GROUP BY country ORDER BY people DESC, country LIMIT 15""",
)
BY_GENDER = Question(
    "accounts_by_gender",
    "Women and men",
    "",
    """\
SELECT gender, count(*) AS people
FROM account_cards WHERE tier = 'alert' GROUP BY gender ORDER BY people DESC""",
)
BY_REASON = Question(
    "accounts_by_reason",
    "Why they left",
    "One person may give several reasons, so that these overlap.",
    """\
SELECT reason.value AS reason, count(*) AS people
FROM account_cards k, json_each(k.reasons) AS reason
WHERE k.tier = 'alert' GROUP BY reason ORDER BY people DESC""",
)
TOGETHER = Question(
    "reasons_together",
    "Reasons given together",
    "How many give both; on the diagonal, how many give that one at all.",
    """\
SELECT a.value AS reason, b.value AS and_also, count(*) AS people
FROM account_cards k, json_each(k.reasons) AS a, json_each(k.reasons) AS b
WHERE k.tier = 'alert' GROUP BY reason, and_also ORDER BY reason, and_also""",
)
BY_EXIT = Question(
    "accounts_by_exit",
    "How they got out",
    "",
    """\
SELECT exit, count(*) AS people
FROM account_cards WHERE tier = 'alert' GROUP BY exit ORDER BY people DESC""",
)
BY_ROLE = Question(
    "accounts_by_role",
    "What they did in the group",
    "As told; many say nothing of it.",
    """\
SELECT role, count(*) AS people
FROM account_cards WHERE tier = 'alert' GROUP BY role ORDER BY people DESC, role LIMIT 12""",
)
BY_OUTLET = Question(
    "first_outlets",
    "Who had them first",
    "Outlets whose article is the earliest on a person.",
    """\
SELECT outlet, count(*) AS first
FROM account_cards WHERE tier = 'alert' GROUP BY outlet ORDER BY first DESC, outlet LIMIT 12""",
)
BY_LANGUAGE = Question(
    "accounts_by_language",
    "In what language",
    "The language of the first article.",
    """\
SELECT language, count(*) AS people
FROM account_cards WHERE tier = 'alert' GROUP BY language ORDER BY people DESC""",
)
QUESTIONS = (BY_MONTH, BY_ORIGIN, BY_GENDER, BY_REASON, TOGETHER, BY_EXIT, BY_ROLE, BY_OUTLET, BY_LANGUAGE)

PRECISION = Question(
    "precision_by_source",
    "Precision by source",
    "Of the accounts that a source had first and that somebody judged, how many are right.",
    """\
SELECT p.source, count(*) AS judged, sum(p.verdict IN ('confirm', 'wrong')) AS right,
       sum(p.verdict = 'not-account') AS rejected,
       round(1.0 * sum(p.verdict IN ('confirm', 'wrong')) / count(*), 3) AS precision
FROM account_cards p WHERE p.verdict IN ('confirm', 'wrong', 'not-account')
GROUP BY p.source ORDER BY judged DESC""",
)

HIDDEN = (
    "account_faces", "account_keys", "articles_fts", "entries", "furniture", "mention_texts", "mentions_fts", "migrations",
    "story_bands",
)  # fmt: skip
FACETS = {
    "account_cards": ["tier", "verdict", "nationality", "gender", "exit"],
    "alert_log": ["state", "channel", "kind"],
    "findings": ["label", "tier"],
}


def canned() -> dict[str, Any]:
    """What Datasette offers beside the tables."""
    return {
        each.name: {"sql": each.sql, "title": each.title, "description": each.note} for each in (*QUESTIONS, PRECISION)
    }


def metadata(database: str) -> dict[str, Any]:
    """Titles, and which tables are the machine's own."""
    tables: dict[str, Any] = {name: {"hidden": True} for name in HIDDEN}
    tables |= {name: {"facets": facets} for name, facets in FACETS.items()}
    tables["account_cards"]["sort_desc"] = "created"
    about = "Read-only. docs/schema.md describes every table and column."
    return {"title": "Outspoken", "databases": {database: {"description": about, "tables": tables}}}
