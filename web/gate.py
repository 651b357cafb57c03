"""The gate before every page: addresses, log-in, origins of writes, sizes, and the headers of every answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import quote, urlsplit

from web.access import Access

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

BODY = 65_536
"""Bytes of a request that are read."""
WRITES = ("/-/review/", "/-/login", "/-/leave")
"""Where anything can be posted to at all."""
OPEN_TO_ALL = ("/-/login", "/-/look/")
CLOSED = ("/-/patterns", "/-/messages", "/-/threads", "/-/permissions", "/-/allow-debug", "/-/auth-token", "/-/logout")
"""Datasette's own pages for its developers, and its log-in, which ours replaces."""
HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "x-robots-tag": "noindex",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}


class Gate:
    """ASGI middleware."""

    def __init__(self, app: App, access: Access, actor: Callable[[Scope], Any]) -> None:
        self.app, self.access, self.actor = app, access, actor

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        path = scope["path"]
        if sentence := self._refused(scope, headers):
            await _answer(send, 403, sentence)
        elif path.startswith(CLOSED):
            await _answer(send, 404, "There is no such page.")
        elif self.actor(scope) is None and not path.startswith(OPEN_TO_ALL):
            await _to_login(scope, send)
        elif path == "/":
            await _answer(send, 302, "", ("location", "/-/accounts"))
        else:
            await self.app(scope, receive, _with_headers(send, path))

    def _refused(self, scope: Scope, headers: dict[str, str]) -> str:
        if sentence := self.access.refused(headers.get("host", ""), headers):
            return sentence
        if scope["method"] in ("GET", "HEAD"):
            return ""
        if scope["method"] != "POST" or not scope["path"].startswith(WRITES):
            return "Nothing can be written here."
        length = headers.get("content-length", "")
        if not length.isdecimal() or int(length) > BODY:
            return "That is more than a form of this program holds."
        if not _same_origin(headers):
            return "This was sent by another page."
        return ""


def _same_origin(headers: dict[str, str]) -> bool:
    """Whether a browser says that its own page of ours sent this; what is no browser says nothing."""
    if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc.lower() == headers.get("host", "").lower()


def _with_headers(send: Send, path: str) -> Send:
    async def wrapped(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            ours = set(HEADERS) | {"cache-control"}
            kept = [(name, value) for name, value in message["headers"] if name.decode("latin-1").lower() not in ours]
            cache = "private, max-age=86400" if path.startswith(("/-/look/", "/-/static/")) else "private, no-store"
            message = {**message, "headers": [*kept, *_raw(HEADERS | {"cache-control": cache})]}
        await send(message)

    return wrapped


async def _to_login(scope: Scope, send: Send) -> None:
    if scope["method"] == "GET" and not scope["path"].endswith((".json", ".csv")):
        here = scope["path"] + ("?" + scope["query_string"].decode("latin-1") if scope["query_string"] else "")
        await _answer(send, 302, "", ("location", f"/-/login?next={quote(here, safe='')}"))
    else:
        await _answer(send, 401, "Log in first.")


async def _answer(send: Send, status: int, sentence: str, *more: tuple[str, str]) -> None:
    body = sentence.encode()
    about = {"content-type": "text/plain; charset=utf-8", "content-length": str(len(body)), **dict(more)}
    headers = HEADERS | {"cache-control": "no-store"} | about
    await send({"type": "http.response.start", "status": status, "headers": _raw(headers)})
    await send({"type": "http.response.body", "body": body})


def _raw(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
