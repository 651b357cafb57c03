"""One article: its text with the evidence, how it was decided, and who else carries it."""

from __future__ import annotations

import json
from typing import Any

from datasette import Response
from datasette.utils.asgi import NotFound

from alerts.because import HIDDEN
from web import facts, highlights
from web.pages import copies

MOST = 14
"""Reasons of a decision that are shown."""


async def one(datasette: Any, request: Any) -> Any:
    """The page of an article."""
    values = {"id": int(request.url_vars["id"])}
    article = await datasette.row("SELECT * FROM articles WHERE id = :id", values)
    if article is None:
        raise NotFound("no such article")
    mentions = [row | {"detail": json.loads(row["detail"])} for row in await datasette.rows(_MENTIONS, values)]
    spans = highlights.spans(article["text"], [row["detail"] for row in mentions])
    about = {
        "article": article,
        "byline": json.loads(article["byline"]),
        "paragraphs": highlights.paragraphs(article["text"], spans),
        "mentions": [row | {"summary": facts.summary(row)} for row in mentions],
        "copies": await copies.kept(datasette, values["id"]),
        "opinions": await datasette.rows(_OPINIONS, values),
        "findings": [_decision(row) for row in await datasette.rows(_FINDINGS, values)],
        "story": await datasette.rows(_STORY, {"story": article["story"], **values}) if article["story"] else [],
    }
    return Response.html(await datasette.render_template("article.html", about, request=request))


_MENTIONS = "SELECT * FROM mentions WHERE article = :id ORDER BY id"
_FINDINGS = "SELECT * FROM findings WHERE article = :id ORDER BY profile"
_OPINIONS = """
SELECT profile, state, model, reason, at FROM second_readings WHERE article = :id AND state <> 'pending' ORDER BY profile"""
_STORY = """
SELECT id, outlet, title, url, published, credit_outlet, story_because FROM articles
WHERE story = :story AND id <> :id ORDER BY coalesce(published, stored), id LIMIT 40"""


def _decision(row: dict[str, Any]) -> dict[str, Any]:
    """A decision with its strongest reasons, each with the length of its bar in percent."""
    why = [each for each in json.loads(row["why"]) if each["name"] not in HIDDEN]
    why.sort(key=lambda each: -abs(each["weight"]))
    strongest = max((abs(each["weight"]) for each in why), default=1.0) or 1.0
    shown = [each | {"share": round(100 * abs(each["weight"]) / strongest, 1)} for each in why[:MOST]]
    base = sum(each["weight"] for each in json.loads(row["why"]) if each["name"] in HIDDEN)
    return row | {"why": shown, "more": max(0, len(why) - MOST), "base": base}
