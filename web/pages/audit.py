"""Who judged what, when, and what of it was taken back."""

from __future__ import annotations

import json
from typing import Any

from datasette import Response

PAGE = 50


async def page(datasette: Any, request: Any) -> Any:
    """The log, the newest first."""
    before = request.args.get("before") or ""
    values = {
        "before": int(before) if before.isdecimal() and len(before) < 16 else 2**62,
        "by": request.args.get("by") or "",
    }
    sql = f"""SELECT u.*, k.name, k.gender FROM audit u LEFT JOIN account_cards k ON k.account = u.account
              WHERE u.id < :before AND (:by = '' OR u.by = :by) ORDER BY u.id DESC LIMIT {PAGE + 1}"""  # noqa: S608
    rows = [row | {"detail": json.loads(row["detail"])} for row in await datasette.rows(sql, values)]
    about = {
        "log": rows[:PAGE],
        "older": rows[PAGE - 1]["id"] if len(rows) > PAGE else None,
        "by": values["by"],
        "may": bool(request.actor and request.actor.get("role") == "reviewer"),
    }
    return Response.html(await datasette.render_template("audit.html", about, request=request))
