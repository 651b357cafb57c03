"""Accounts taken along: what a list shows, or one account, in every form of the exchange."""

from __future__ import annotations

import json
from typing import Any

from datasette import Response
from datasette.utils.asgi import BadRequest, NotFound

from db import Store
from errors import OutspokenError
from exchange import FORMATS, render
from exchange.records import cases
from web.filters import Filters, search

TITLES = {
    "csv": "CSV", "json": "JSON", "parquet": "Parquet", "html": "Dossier (HTML)", "markdown": "Dossier (Markdown)",
    "stix": "STIX 2.1", "rss": "RSS", "bibtex": "BibTeX", "csl": "CSL-JSON",
}  # fmt: skip
FOR_ONE = ("html", "markdown", "stix", "bibtex", "csl", "json")
"""What makes sense of a single account."""


async def file(datasette: Any, request: Any) -> Any:
    """A file with accounts: `account=17`, or the filters of the list."""
    form = request.url_vars["form"]
    if form not in FORMATS:
        raise NotFound("no such format")
    numbers = await _numbers(datasette, request.args)
    body = await datasette.look(lambda store: _rendered(store, numbers, form))
    about = FORMATS[form]
    name = f"account-{numbers[0]}" if request.args.get("account") else "accounts"
    # never shown in place: what others wrote stays outside of our own origin
    headers = {"content-disposition": f'attachment; filename="{name}.{about.ending}"'}
    return Response(body, headers=headers, content_type=about.media)


async def _numbers(datasette: Any, arguments: Any) -> list[int]:
    """The accounts that are asked for."""
    one = arguments.get("account") or ""
    if one:
        if not one.isdecimal() or len(one) > 15:
            raise BadRequest("Name an account by its number.")
        return [int(one)]
    where, values = (await search(datasette, Filters.of(arguments))).conditions()
    sql = f"SELECT json_group_array(k.account) AS found FROM account_cards k WHERE {where}"  # noqa: S608 - our own words
    numbers: list[int] = json.loads((await datasette.row(sql, values))["found"])
    return numbers


def _rendered(store: Store, numbers: list[int], form: str) -> bytes:
    try:
        return render(cases(*store.exported(numbers)), form)
    except OutspokenError as error:
        raise BadRequest(str(error)) from None
