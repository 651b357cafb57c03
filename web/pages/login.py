"""Logging in with a password, and out."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from datasette import Response

from web.pages.forms import fields, here, posting
from web.plugin import COOKIE, SIGNED


async def page(datasette: Any, request: Any) -> Any:
    """The form, and what it sends."""
    following = here(request.args.get("next") or "", "/-/accounts")
    if request.method != "POST":
        return await _form(datasette, request, following, "")
    posted = await fields(request)
    user, password = (posted.get(key, [""])[0][:200] for key in ("user", "password"))
    following = here(posted.get("next", [""])[0], "/-/accounts")
    peer = (request.scope.get("client") or ("", 0))[0]
    actor = await asyncio.to_thread(datasette.access.log_in, user.strip(), password, peer)
    if actor is None:
        return await _form(
            datasette, request, following, "That user and password do not match, or were tried too often."
        )
    response = Response.redirect(following, status=303)
    seconds = int(datasette.access.config.session.total_seconds())
    held = datasette.sign({"user": actor["id"], "until": int(time.time()) + seconds}, SIGNED)
    response.set_cookie(
        COOKIE, held, max_age=seconds, httponly=True, samesite="lax", secure=_secure(datasette, request)
    )
    return response


async def leave(datasette: Any, request: Any) -> Any:
    """Log out."""
    posting(request)
    await fields(request)
    response = Response.redirect("/-/login", status=303)
    response.set_cookie(COOKIE, "", max_age=0, httponly=True, samesite="lax")
    return response


async def _form(datasette: Any, request: Any, following: str, error: str) -> Any:
    about = {"next": following, "error": error, "passwords": bool(datasette.access.hashes)}
    text = await datasette.render_template("login.html", about, request=request)
    return Response.html(text, status=403 if error else 200)


def _secure(datasette: Any, request: Any) -> bool:
    """Whether the browser came by TLS, as far as a known proxy tells."""
    peer = (request.scope.get("client") or ("", 0))[0]
    return bool(datasette.access.trusted(peer) and request.headers.get("x-forwarded-proto") == "https")
