"""The kept copy of an article's page: what was fetched, as it came, out of the archive."""

from __future__ import annotations

from typing import Any

from datasette import Response
from datasette.utils.asgi import BadRequest, NotFound

from archive import Archive
from db import Store
from errors import OutspokenError


async def kept(datasette: Any, article: int) -> list[dict[str, Any]]:
    """What is kept of an article, the latest first."""
    sql = "SELECT kept, url, sha256 FROM archive_records WHERE article = :article AND length > 0 ORDER BY id DESC LIMIT 10"
    rows: list[dict[str, Any]] = await datasette.rows(sql, {"article": article})
    return rows


async def copy(datasette: Any, request: Any) -> Any:
    """The latest copy as a file to take along. It is hostile: nothing of it is ever shown or run in place."""
    number = int(request.url_vars["id"])

    def read(store: Store) -> bytes | None:
        found = Archive(store, datasette.archive).read(number)
        return found[1].body if found else None

    try:
        body = await datasette.look(read)
    except OutspokenError as error:
        raise BadRequest(str(error)) from None
    if body is None:
        raise NotFound("no copy is kept")
    headers = {"content-disposition": f'attachment; filename="article-{number}.html"'}
    return Response(body, headers=headers, content_type="application/octet-stream")
