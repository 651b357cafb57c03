"""What Datasette calls us for: routes, queries, who somebody is, how texts are shown, and errors."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any

from datasette import Response
from datasette.utils.asgi import Base400, Forbidden, NotFound
from datasette.views.base import DatasetteError
from itsdangerous import BadSignature
from pluggy import HookimplMarker

from errors import OutspokenError, StoreLocked
from web import questions, shown

hookimpl = HookimplMarker("datasette")
log = logging.getLogger("outspoken.web")
COOKIE, SIGNED = "outspoken_session", "outspoken-session"


def actor_of(site: Any, scope: MutableMapping[str, Any]) -> dict[str, Any] | None:
    """Who sends a request: vouched for by the place, by a proxy, or by the cookie of a log-in; None for nobody."""
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    peer = (scope.get("client") or ("", 0))[0]
    found: dict[str, Any] | None = site.access.actor(peer, headers)
    return found or _session(site, headers.get("cookie", ""))


def _session(site: Any, header: str) -> dict[str, Any] | None:
    try:
        cookie = SimpleCookie(header).get(COOKIE)
        held = site.unsign(cookie.value, SIGNED) if cookie else None
    except (BadSignature, CookieError):
        return None
    if not isinstance(held, dict) or held["until"] < time.time() or held["user"] not in site.access.hashes:
        return None
    named: dict[str, Any] = site.access.named(held["user"])
    return named


@hookimpl
def actor_from_request(datasette: Any, request: Any) -> dict[str, Any] | None:
    """For Datasette's own permissions."""
    return actor_of(datasette, request.scope)


@hookimpl
def register_routes() -> list[tuple[str, Any]]:
    """Our pages."""
    from web.pages import ROUTES

    return ROUTES


@hookimpl
def canned_queries(database: str) -> dict[str, Any]:
    """The questions of docs/analysts.md that the overview asks too."""
    return questions.canned() if database == "outspoken" else {}


@hookimpl
def prepare_connection(conn: Any, database: str) -> None:
    """A second lock beside the read-only file."""
    if database == "outspoken":
        conn.execute("PRAGMA query_only = ON")
        conn.execute("PRAGMA temp_store = MEMORY")
        conn.execute("PRAGMA cache_size = -16384")


@hookimpl
def prepare_jinja2_environment(env: Any) -> None:
    """Foreign text is shown cleaned; everything is escaped by Jinja2 besides."""
    env.filters.update(shown.FILTERS)
    env.globals.update(shown.GLOBALS)


@hookimpl
def extra_template_vars(datasette: Any, request: Any) -> dict[str, Any]:
    """What the frame of every page needs."""
    path = request.path if request else ""
    return {"here": path, "open_access": datasette.access.open, "look": shown.stamp()}


@hookimpl
def menu_links() -> list[dict[str, str]]:
    """None: the frame has its own."""
    return []


@hookimpl(tryfirst=True)
def handle_exception(datasette: Any, request: Any, exception: Exception) -> Callable[[], Awaitable[Any]]:
    """One sentence for the reader; what is no user's mistake goes to the log."""
    status, sentence = _said(exception)
    if status == 500:
        log.error("%s %s: %s", request.method, request.path, repr(exception), exc_info=exception)

    async def answer() -> Any:
        if request.path.endswith(".json"):
            return Response.json({"ok": False, "error": sentence, "status": status, "title": None}, status=status)
        title = {403: "Not allowed", 404: "Not found", 503: "Busy"}.get(status, "That did not work")
        about = {"title": title, "error": sentence, "status": status}
        return Response.html(await datasette.render_template("error.html", about, request=request), status=status)

    return answer


def _said(exception: Exception) -> tuple[int, str]:
    if isinstance(exception, NotFound):
        return 404, "There is no such page, or no longer."
    if isinstance(exception, Forbidden):
        return 403, str(exception) or "You may not do this."
    if isinstance(exception, Base400):
        return exception.status, str(exception.args[0] if exception.args else "That was not understood.")
    if isinstance(exception, DatasetteError):
        return exception.status, str(exception.message)
    if isinstance(exception, StoreLocked):
        return 503, "The database is busy; try again in a moment."
    if isinstance(exception, OutspokenError):
        return 500, str(exception)
    return 500, "Something went wrong; the program's log says what."


@hookimpl
def forbidden(datasette: Any, request: Any, message: str) -> Callable[[], Awaitable[Any]]:
    """A 403 in our frame."""

    async def answer() -> Any:
        about = {"title": "Not allowed", "error": message, "status": 403}
        return Response.html(await datasette.render_template("error.html", about, request=request), status=403)

    return answer
