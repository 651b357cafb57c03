"""A small HTTP server inside the daemon, for a reverse proxy that speaks TLS. It reads a request, asks a desk, answers.

Whatever is too large, too slow or no HTTP is dropped. What the desks know is in `verdicts.py` and `websub.py`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import parse_qs, urlsplit

from errors import OutspokenError

log = logging.getLogger("outspoken.serving")

HEAD, BODY = 16_384, 65_536
"""Bytes of a request that are read, where a desk asks for no more."""
PATIENCE = 10.0
"""Seconds for one request, all of it."""
AT_ONCE = 32
HEADERS = (
    "Cache-Control: no-store",
    "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'",
    "Referrer-Policy: no-referrer",
    "X-Content-Type-Options: nosniff",
    "X-Robots-Tag: noindex",
    "Connection: close",
)
_STATUS = {
    200: "OK",
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    413: "Content Too Large",
    429: "Too Many Requests",
    500: "Trouble",
}


@dataclass(frozen=True, slots=True)
class Request:
    """What came in; `path` without its query, header names in lower case."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Response:
    """What goes out."""

    status: int
    body: str = ""
    kind: str = "text/html"


class Desk(Protocol):
    """What answers requests. `trouble` is the answer where that fails."""

    def answer(self, request: Request) -> Response | Awaitable[Response]:
        """Answer one request; may be a coroutine."""

    def trouble(self) -> Response:
        """What is said where an answer could not be stored."""


class TooLarge(ValueError):
    """A request's body is larger than what is read."""


@dataclass
class Server:
    """Serves a desk on a host and port until it is closed. `setting` is the key that names them."""

    desk: Desk
    listen: str
    setting: str = "listen"
    most: int = BODY
    _server: asyncio.Server | None = None
    _open: int = 0

    async def start(self) -> int:
        """Listen; returns the port. Raises OutspokenError where the address is taken."""
        host, _, port = self.listen.rpartition(":")
        try:
            self._server = await asyncio.start_server(self._serve, host.strip("[]"), int(port), limit=HEAD)
        except OSError as error:
            sentence = f"{self.setting}: {self.listen} cannot be used: {error.strerror or error}"
            raise OutspokenError(sentence, subject=self.listen) from None
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open += 1
        try:
            if self._open <= AT_ONCE:
                async with asyncio.timeout(PATIENCE):
                    await self._exchange(reader, writer)
        except (TimeoutError, OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError):
            pass  # whoever does not speak HTTP, or does not come to an end, gets no answer
        finally:
            self._open -= 1
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = await _read(reader, self.most)
        except TooLarge:
            await _write(writer, Response(413, "", "text/plain"))
            return
        try:
            answer = self.desk.answer(request)
            response = answer if isinstance(answer, Response) else await answer
        except OutspokenError as error:
            log.error("a request could not be stored: %s", error)  # noqa: TRY400 - the sentence says all
            response = self.desk.trouble()
        await _write(writer, response, head=request.method == "HEAD")


async def _write(writer: asyncio.StreamWriter, response: Response, *, head: bool = False) -> None:
    body = response.body.encode("utf-8", "replace")
    first = f"HTTP/1.1 {response.status} {_STATUS[response.status]}"
    about = (f"Content-Type: {response.kind}; charset=utf-8", f"Content-Length: {len(body)}")
    writer.write("\r\n".join((first, *about, *HEADERS, "", "")).encode())
    writer.write(b"" if head else body)
    await writer.drain()


async def _read(reader: asyncio.StreamReader, most: int) -> Request:
    """A request. Raises TooLarge, ValueError and asyncio's errors for what is none."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.split("\r\n")
    method, target, _ = first.split(" ")
    headers = {
        name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines) if name
    }
    length = headers.get("content-length", "0")
    if not length.isdecimal() or "transfer-encoding" in headers:
        raise ValueError("no length")
    if int(length) > most:
        raise TooLarge(length)
    parts = urlsplit(target)
    return Request(method, parts.path, parts.query, headers, await reader.readexactly(int(length)))


def values(text: str) -> dict[str, str]:
    """The fields of a form or query; none where there are too many."""
    with suppress(ValueError):
        found = parse_qs(text, keep_blank_values=True, max_num_fields=20)
        return {key: each[0] for key, each in found.items()}
    return {}
