"""Runs the site until it is told to stop."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import suppress

import uvicorn

from errors import OutspokenError
from web.site import Site

AT_ONCE = 64
"""Requests at a time; more are told to come again."""


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens. Raises OutspokenError where the address is taken or is none of this machine's."""
    name = host.strip("[]")
    where = f"{host}:{port}"
    try:
        family, kind, proto, _, address = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)[0]
        made = socket.socket(family, kind, proto)
    except OSError as error:
        raise OutspokenError(f"{where}: cannot be listened on: {error.strerror}", subject=where) from None
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(address)
        made.listen(AT_ONCE)
    except OSError as error:
        made.close()
        hint = f"cannot be listened on: {error.strerror}; choose another with --port, or [web] port"
        raise OutspokenError(f"{where}: {hint}", subject=where) from None
    return made


def url(made: socket.socket) -> str:
    """The address that a browser on this machine opens."""
    host, port = made.getsockname()[:2]
    named = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"http://{named}:{port}/"


def settings(site: Site) -> uvicorn.Config:
    """How the site is served: no log of who looked at what, and no header that another could have sent."""
    return uvicorn.Config(
        site.gated(),
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        ws="none",
        limit_concurrency=AT_ONCE,
        timeout_graceful_shutdown=5,
    )


def serve(site: Site, made: socket.socket, ready: Callable[[], None]) -> None:
    """Answer until SIGINT or SIGTERM."""
    server = uvicorn.Server(settings(site))
    ready()
    with suppress(KeyboardInterrupt):
        server.run(sockets=[made])
