"""HTTP for one outlet: GET and HEAD, ETag and Last-Modified with honest 304s."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from samples.site import Site


class Server(ThreadingHTTPServer):
    """A server on a port of 127.0.0.1 (0: any that is free); `site` is what it serves. Raises OSError."""

    daemon_threads = True
    request_queue_size = 64
    site: Site

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", port), Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up, or is killed, is no trouble of ours."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    """Answers with what the site has at this moment."""

    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        """A page, a feed, or 304 where nothing has changed."""
        now = datetime.now(UTC)
        answer = self.server.site.answer(self.path, now)
        body = answer.body
        tag = f'"{hashlib.blake2b(body, digest_size=8).hexdigest()}"'
        status = answer.status
        if status == 200 and self._has(tag, answer.modified):
            status, body = 304, b""
        self.send_response(status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("ETag", tag)
        self.send_header("Last-Modified", format_datetime(answer.modified, usegmt=True))
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    do_HEAD = do_GET  # noqa: N815 - the name that http.server asks for

    def _has(self, tag: str, modified: datetime) -> bool:
        """Whether the client has this already; a tag is decisive where it sends one (RFC 9110, 13.2.2)."""
        if tags := self.headers.get("If-None-Match"):
            return tags.strip() == "*" or tag in [each.strip().removeprefix("W/") for each in tags.split(",")]
        try:
            return parsedate_to_datetime(self.headers.get("If-Modified-Since", "")) >= modified
        except (ValueError, TypeError):
            return False

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the terminal is the program's."""


@contextmanager
def running(server: Server) -> Iterator[None]:
    """Answer requests in a thread of its own until the block ends."""
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
