"""The review: a queue, the evidence in its text, and the judgements, each of which can be taken back."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from datasette import Response
from datasette.utils.asgi import BadRequest

from db import Store
from db.reviewing import CHOICES, REASONS
from web import highlights
from web.pages import accounts
from web.pages.forms import fields, here, posting, reviewer

QUEUES = {
    "unsure": ("Unsure", "k.verdict = '' AND k.tier = 'review'"),
    "sure": ("Sure enough, not reviewed", "k.verdict = '' AND k.tier = 'alert'"),
    "all": ("All not reviewed", "k.verdict = '' AND k.tier <> 'none'"),
}
LENGTH = 25
"""Accounts of the queue that are listed."""
_COLUMNS = "k.account, k.created, k.name, k.gender, k.nationality, k.outlet, k.published, k.tier, k.score"


async def page(datasette: Any, request: Any) -> Any:
    """The queue, and the account that is looked at."""
    queue = request.args.get("queue") if request.args.get("queue") in QUEUES else "all"
    chosen = request.args.get("account") or ""
    number = int(chosen) if chosen.isdecimal() and len(chosen) < 16 else None
    listed = await _listed(datasette, queue, number)
    if number is None and listed:
        number = listed[0]["account"]
    card = await accounts.load(datasette, number) if number is not None else None
    about = {
        "queue": queue,
        "queues": {name: title for name, (title, _) in QUEUES.items()},
        "counts": await _counts(datasette),
        "listed": listed,
        "card": card,
        "current": number,
        **_neighbours(listed, number),
        **(await _looked_at(datasette, card) if card else {}),
        "may": bool(request.actor and request.actor.get("role") == "reviewer"),
    }
    return Response.html(await datasette.render_template("review.html", about, request=request))


async def _listed(datasette: Any, queue: str, number: int | None) -> list[dict[str, Any]]:
    """The part of the queue around an account: a few before it, the others after."""
    where = QUEUES[queue][1]
    at = await datasette.row("SELECT created, account FROM account_cards WHERE account = :number", {"number": number})
    if at is None:
        return await _rows(datasette, where, "1", "DESC", LENGTH, {})
    values = {"created": at["created"], "account": at["account"]}
    newer = await _rows(datasette, where, "(k.created, k.account) > (:created, :account)", "ASC", 5, values)
    older = "(k.created, k.account) <= (:created, :account)"
    return newer[::-1] + await _rows(datasette, where, older, "DESC", LENGTH - len(newer), values)


async def _rows(
    datasette: Any, where: str, place: str, way: str, most: int, values: Mapping[str, Any]
) -> list[dict[str, Any]]:
    sql = f"""SELECT {_COLUMNS} FROM account_cards k WHERE {where} AND {place}
              ORDER BY k.created {way}, k.account {way} LIMIT {most}"""  # noqa: S608 - our own words
    found: list[dict[str, Any]] = await datasette.rows(sql, values)
    return found


async def _counts(datasette: Any) -> dict[str, int]:
    sql = "SELECT tier, count(*) AS n FROM account_cards WHERE verdict = '' AND tier <> 'none' GROUP BY tier"
    counts = {row["tier"]: row["n"] for row in await datasette.rows(sql)}
    unsure, sure = counts.get("review", 0), counts.get("alert", 0)
    return {"unsure": unsure, "sure": sure, "all": unsure + sure}


def _neighbours(listed: list[dict[str, Any]], number: int | None) -> dict[str, int | None]:
    """The accounts before and after the one that is looked at."""
    numbers = [row["account"] for row in listed]
    if number not in numbers:
        return {"previous": None, "next": numbers[0] if numbers else None}
    at = numbers.index(number)
    after = numbers[at + 1] if at + 1 < len(numbers) else None
    return {"previous": numbers[at - 1] if at else None, "next": after}


async def _looked_at(datasette: Any, card: Mapping[str, Any]) -> dict[str, Any]:
    """The first article's text with its evidence, and what was done before."""
    row = card["row"]
    article = await datasette.row("SELECT * FROM articles WHERE id = :id", {"id": row["article"]})
    text = article["text"] if article else ""
    log = await accounts.history(datasette, row["account"])
    return {
        "article": article,
        "paragraphs": highlights.paragraphs(text, highlights.spans(text, [json.loads(row["detail"])])),
        "log": log,
        "undoable": next((each for each in log if each["action"] != "undo" and not each["undone_at"]), None),
        "choices": CHOICES,
        "all_reasons": REASONS,
    }


async def judge(datasette: Any, request: Any) -> Any:
    """One judgement of one account."""
    posting(request)
    by, posted = reviewer(request), await fields(request)
    number, what = int(request.url_vars["id"]), request.url_vars["what"]
    change, sentence = _change(what, number, posted, by, datasette.clock)
    return await _do(datasette, request, posted, change, sentence)


def _change(
    what: str, number: int, posted: Mapping[str, list[str]], by: str, clock: Callable[[], Any]
) -> tuple[Callable[[Store], Any], str]:
    """What a form asks for, as work on a store, and how it is told."""

    def one(key: str, most: int = 500) -> str:
        return posted.get(key, [""])[0].strip()[:most]

    if what == "confirm":
        return lambda store: store.save_verdict(number, "confirm", by, clock()), f"Account {number} confirmed."
    if what == "reject":
        why = "; ".join(part for part in (one("reason", 80), one("note")) if part)
        return lambda store: store.save_verdict(
            number, "not-account", by, clock(), note=why
        ), f"Account {number} rejected."
    if what == "merge":
        other = one("into", 15).lstrip("#")
        if not other.isascii() or not other.isdecimal():
            raise BadRequest("Name the number of the account that it is.")
        into = int(other)
        return (
            lambda store: store.save_verdict(number, "duplicate", by, clock(), same_as=into, note=one("note")),
            f"Account {number} merged into {into}.",
        )
    held = {key: one(key, 200) for key in Store.FIELDS if key in posted and key != "reasons"}
    given = {**held, "reasons": posted.get("reasons", [])} if "with_reasons" in posted else held
    note = one("note")
    return lambda store: store.save_correction(number, given, by, clock(), note=note), f"Account {number} corrected."


async def undo(datasette: Any, request: Any) -> Any:
    """Take a judgement back."""
    posting(request)
    by, posted, number = reviewer(request), await fields(request), int(request.url_vars["id"])
    return await _do(datasette, request, posted, lambda store: store.undo(number, by, datasette.clock()), "Taken back.")


async def unmerge(datasette: Any, request: Any) -> Any:
    """Give one article's person an account of its own."""
    posting(request)
    by, posted, number = reviewer(request), await fields(request), int(request.url_vars["id"])
    return await _do(
        datasette,
        request,
        posted,
        lambda store: store.undo_merge(number, by, datasette.clock()),
        "The article's person is an account of its own now.",
    )


async def _do(
    datasette: Any, request: Any, posted: Mapping[str, list[str]], change: Callable[[Store], Any], sentence: str
) -> Any:
    """Write, say so, and go on to where the form wants."""
    try:
        await datasette.write(change)
    except KeyError:
        raise BadRequest("There is no such account any more.") from None
    except ValueError as error:
        said = str(error)
        raise BadRequest(said[:1].upper() + said[1:] + "." if " " in said else "That makes no sense here.") from None
    datasette.add_message(request, sentence, datasette.INFO)
    return Response.redirect(here(posted.get("back", [""])[0], "/-/review"), status=303)
