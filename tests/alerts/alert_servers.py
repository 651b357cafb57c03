"""Real servers on loopback: HTTP that answers as it is told (and as Slack documents), and SMTP."""

from __future__ import annotations

import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from block_kit import mistakes

SLOW = 1.0
"""Seconds that a slow server takes, longer than the channels of the tests wait."""


@dataclass(frozen=True)
class Reply:
    """What the server does with one request: answers, hangs (`slow`) or hangs up (`status` 0)."""

    status: int = 200
    body: str = "ok"
    headers: dict[str, str] = field(default_factory=dict)
    slow: bool = False


@dataclass
class Got:
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Web:
    """`replies` are used up one by one; then every request is answered 200. `slack` checks payloads as Slack does."""

    url: str
    replies: list[Reply]
    got: list[Got] = field(default_factory=list)
    slack: bool = False


@contextmanager
def web(*replies: Reply, slack: bool = False) -> Iterator[Web]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    state = Web(f"http://127.0.0.1:{server.server_port}/services/T000/B000/s3cr3t-path", list(replies), slack=slack)
    server.state = state  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        state: Web = self.server.state  # type: ignore[attr-defined]
        got = Got(self.path, dict(self.headers), self.rfile.read(int(self.headers["Content-Length"])))
        state.got.append(got)
        reply = state.replies.pop(0) if state.replies else _judge(got) if state.slack else Reply()
        if reply.slow:
            time.sleep(SLOW)
        if reply.status:
            self._answer(reply)
        self.close_connection = True

    def do_GET(self) -> None:
        self.server.state.got.append(Got(self.path, dict(self.headers), b"null"))  # type: ignore[attr-defined]
        self._answer(Reply())

    def _answer(self, reply: Reply) -> None:
        body = reply.body.encode()
        self.send_response(reply.status)
        for name, value in {"Content-Length": str(len(body)), **reply.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def _judge(got: Got) -> Reply:
    """As Slack: 400 for what is no payload, what has no text, and blocks outside the documented schema and limits."""
    try:
        payload = got.json
    except ValueError:
        return Reply(400, "invalid_payload")
    if not payload.get("text"):
        return Reply(400, "no_text")
    return Reply(400, "invalid_blocks") if mistakes(payload.get("blocks", [])) else Reply()


def refused_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@dataclass
class Mailbox:
    """An SMTP server's handler. `rcpt` and `data` are answers that are used up one by one before everything is taken."""

    port: int = 0
    rcpt: list[str] = field(default_factory=list)
    data: list[str] = field(default_factory=list)
    got: list[tuple[list[str], bytes]] = field(default_factory=list)
    logins: list[bytes] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    slow: bool = False
    slow_greeting: bool = False

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, _: Any
    ) -> str:
        if self.rcpt and not (answer := self.rcpt.pop(0)).startswith("250"):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        if self.slow:
            time.sleep(SLOW)  # aiosmtpd has a thread and a loop of its own
        self.encrypted.append(session.ssl is not None)
        if self.data and not (answer := self.data.pop(0)).startswith("250"):
            return answer
        assert isinstance(envelope.content, bytes)
        self.got.append((list(envelope.rcpt_tos), envelope.content))
        return "250 OK"

    def authenticate(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        self.logins.append(data.login)
        return AuthResult(success=data.password == b"s3cr3t-password", handled=False)


@contextmanager
def smtp(
    box: Mailbox, tls: ssl.SSLContext | None = None, *, implicit: bool = False, auth: bool = False
) -> Iterator[int]:
    """A server on loopback; yields its port. With `auth` it wants a login, and encryption before it."""
    options: dict[str, Any] = {"auth_required": auth, "auth_require_tls": not implicit, "enable_SMTPUTF8": False}
    if auth:
        options["authenticator"] = box.authenticate
    if tls and implicit:
        options["ssl_context"] = tls
    elif tls:
        options |= {"tls_context": tls, "require_starttls": True}
    controller = Controller(box, hostname="127.0.0.1", port=refused_port(), **options)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


@dataclass
class Authority:
    """A certificate authority and a server's side of it."""

    ca: trustme.CA
    server: ssl.SSLContext


def authority(host: str = "127.0.0.1") -> Authority:
    ca = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert(host).configure_cert(context)
    return Authority(ca, context)


@contextmanager
def silent() -> Iterator[int]:
    """A server that takes connections and never says a word."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen()
        yield int(sock.getsockname()[1])
