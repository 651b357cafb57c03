"""Answers of servers that misbehave: `Answer(work=…)` takes them."""

from __future__ import annotations

import contextlib
import gzip
import time
from http.server import BaseHTTPRequestHandler

from loopback import Answer

HTML = {"Content-Type": "text/html; charset=utf-8"}
MEGABYTE = 1_000_000


def _head(handler: BaseHTTPRequestHandler, *headers: bytes) -> None:
    handler.wfile.write(
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n" + b"".join(h + b"\r\n" for h in headers) + b"\r\n"
    )


def silent(handler: BaseHTTPRequestHandler) -> None:
    """Takes the request and says nothing."""
    time.sleep(3)


def dripping(handler: BaseHTTPRequestHandler) -> None:
    """A byte now and then, so that no pause is long."""
    _head(handler, b"Content-Length: 1000")
    with contextlib.suppress(OSError):
        for _ in range(40):
            handler.wfile.write(b"x")
            time.sleep(0.1)


def a_megabyte_of_headers(handler: BaseHTTPRequestHandler) -> None:
    """Which do end: whoever reads them all is given a page."""
    _head(handler, b"Content-Length: 6", *(b"X-%d: %s" % (number, b"y" * 1000) for number in range(1000)))
    handler.wfile.write(b"<p>Hi!")


def one_long_header(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX: " + b"y" * MEGABYTE)


def cut_off(handler: BaseHTTPRequestHandler) -> None:
    _head(handler, b"Content-Length: 1000")
    handler.wfile.write(b"<p>The first half")


def hanging_up(handler: BaseHTTPRequestHandler) -> None:
    """Closes without a word."""


def not_http(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"SSH-2.0-OpenSSH_9.6\r\n")


def large(megabytes: int, *, announced: bool) -> Answer:
    """A body of so many megabytes, with or without a Content-Length."""

    def work(handler: BaseHTTPRequestHandler) -> None:
        _head(handler, *([b"Content-Length: %d" % (megabytes * MEGABYTE)] if announced else []))
        for _ in range(megabytes):
            handler.wfile.write(b"x" * MEGABYTE)

    return Answer(work=work)


def gzip_bomb(megabytes: int) -> Answer:
    return Answer(200, gzip.compress(b"\0" * megabytes * MEGABYTE), {**HTML, "Content-Encoding": "gzip"})


def redirect(to: str, status: int = 302) -> Answer:
    return Answer(status, b"moved", {"Location": to, "Content-Type": "text/html"})
