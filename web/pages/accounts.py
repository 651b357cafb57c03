"""The list of accounts, new ones first, and the page of one."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from datasette import Response
from datasette.utils.asgi import NotFound

from web import charts, facts
from web.filters import LABELS, Filters, options, search
from web.pages.exports import FOR_ONE, TITLES

PAGE = 20
"""Accounts on a page."""
SHOWN = 12
"""Articles of one account that its card lists."""

_MENTIONS = """
SELECT m.account, m.id AS mention, m.article, m.name, m.score, a.outlet, a.published, a.title, a.url, a.language, a.story
FROM mentions m LEFT JOIN articles a ON a.id = m.article
WHERE m.account IN (SELECT value FROM json_each(:accounts)) ORDER BY m.account, coalesce(a.published, a.stored), m.id"""
_NEAR = """
SELECT m.account AS of, n.account, n.reason, n.likeness, k.name, k.gender, k.nationality, k.age
FROM near_misses n JOIN mentions m ON m.id = n.mention JOIN account_cards k ON k.account = n.account
WHERE m.account IN (SELECT value FROM json_each(:accounts)) AND n.account <> m.account
UNION
SELECT n.account AS of, m.account, n.reason, n.likeness, k.name, k.gender, k.nationality, k.age
FROM near_misses n JOIN mentions m ON m.id = n.mention JOIN account_cards k ON k.account = m.account
WHERE n.account IN (SELECT value FROM json_each(:accounts)) AND n.account <> m.account
ORDER BY 1, 4 DESC"""


async def listing(datasette: Any, request: Any) -> Any:
    """The list."""
    filters = await search(datasette, Filters.of(request.args))
    where, values = filters.conditions()
    place, at = filters.place()
    sql = f"""SELECT k.*, c.corrected, m.detail FROM account_cards k JOIN accounts c ON c.id = k.account
              JOIN mentions m ON m.id = k.mention WHERE {where} AND {place}
              ORDER BY k.created DESC, k.account DESC LIMIT {PAGE + 1}"""  # noqa: S608 - our own words
    rows = await datasette.rows(sql, values | at)
    total = await datasette.row(f"SELECT count(*) AS n FROM account_cards k WHERE {where}", values)  # noqa: S608
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    about = {
        "cards": await cards(datasette, rows[:PAGE]),
        "filters": filters,
        "labels": LABELS,
        "options": await options(datasette, filters),
        "forms": TITLES,
        "total": total["n"] if total else 0,
        "older": filters.query(before=f"{last['created']}~{last['account']}") if last else "",
    }
    return Response.html(await datasette.render_template("accounts.html", about, request=request))


async def cards(datasette: Any, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What a card shows of each account: its facts, articles, and whom it was not taken for."""
    accounts = json.dumps([row["account"] for row in rows])
    mentions, near = defaultdict(list), defaultdict(list)
    for each in await datasette.rows(_MENTIONS, {"accounts": accounts}) if rows else []:
        mentions[each["account"]].append(each)
    for each in await datasette.rows(_NEAR, {"accounts": accounts}) if rows else []:
        near[each["of"]].append(each)
    return [_card(row, mentions[row["account"]], near[row["account"]]) for row in rows]


def _card(row: Mapping[str, Any], mentions: list[dict[str, Any]], near: list[dict[str, Any]]) -> dict[str, Any]:
    detail, corrected = json.loads(row["detail"]), json.loads(row["corrected"])
    return {
        "row": row,
        "summary": facts.summary(row),
        "facts": facts.facts(row, detail, corrected),
        "reasons": facts.reasons(row),
        "quotes": detail.get("quotes", ())[:3],
        "mentions": mentions[:SHOWN],
        "more": max(0, len(mentions) - SHOWN),
        "all": mentions,
        "outlets": list(dict.fromkeys(each["outlet"] for each in mentions)),
        "dots": charts.timeline([each["published"] for each in mentions][:200]),
        "near": near[:5],
    }


async def load(datasette: Any, account: int) -> dict[str, Any] | None:
    """One account's card, or None."""
    sql = """SELECT k.*, c.corrected, c.told, c.told_at, m.detail FROM account_cards k
             JOIN accounts c ON c.id = k.account JOIN mentions m ON m.id = k.mention WHERE k.account = :account"""
    row = await datasette.row(sql, {"account": account})
    return (await cards(datasette, [row]))[0] if row else None


async def one(datasette: Any, request: Any) -> Any:
    """One account, with all that is known of it and all that was done to it."""
    number = int(request.url_vars["id"])
    card = await load(datasette, number)
    if card is None:
        return await _elsewhere(datasette, request, number)
    values = {"account": number}
    merges = await datasette.rows(_JOINS, values)
    alerts = (
        "SELECT created, kind, title, channel, state FROM alert_log WHERE account = :account ORDER BY id DESC LIMIT 20"
    )
    about = {
        "card": card,
        "forms": {form: TITLES[form] for form in FOR_ONE},
        "merges": {each["mention"]: each | {"reasons": json.loads(each["reasons"])} for each in merges},
        "log": await history(datasette, number),
        "alerts": await datasette.rows(alerts, values),
    }
    return Response.html(await datasette.render_template("account.html", about, request=request))


_JOINS = """
SELECT g.mention, g.likeness, g.reasons, g.at FROM merges g JOIN mentions m ON m.id = g.mention
WHERE m.account = :account AND g.undone_at IS NULL"""


async def history(datasette: Any, account: int) -> list[dict[str, Any]]:
    """What was done to an account, the newest first."""
    sql = "SELECT * FROM audit WHERE account = :account ORDER BY id DESC LIMIT 50"
    return [row | {"detail": json.loads(row["detail"])} for row in await datasette.rows(sql, {"account": account})]


async def _elsewhere(datasette: Any, request: Any, account: int) -> Any:
    """An account without articles of its own: merged into another, or gone."""
    sql = """SELECT same_as FROM verdicts WHERE account = :account AND undone_at IS NULL AND same_as IS NOT NULL
             ORDER BY id DESC LIMIT 1"""
    found = await datasette.row(sql, {"account": account})
    if found is None:
        raise NotFound("no such account")
    datasette.add_message(request, f"Account {account} was merged into this one.", datasette.INFO)
    return Response.redirect(f"/-/accounts/{found['same_as']}")
