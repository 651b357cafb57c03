"""Every kind of channel with what stands behind it, for the tests that all of them must pass."""

from __future__ import annotations

import asyncio
import email
import email.policy
import io
import json
import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import lxml.etree
from alert_examples import ALERT, due
from alert_servers import Mailbox, Reply, smtp, web
from slack_server import CHANNEL, TOKEN, slack_api

from alerts.base import Channel
from alerts.channels import build
from alerts.deliver import deliver
from delivery import Alert, Sent

KEY = "s3cr3t-key"
SECRETS = ("s3cr3t-path", "s3cr3t-password", KEY, "s3cr3t-bearer", TOKEN)


@dataclass
class Rig:
    """A channel and what it leads to."""

    channel: Channel
    raw: Callable[[], list[str]]
    """What arrived, to the letter, one text for each alert."""
    read: Callable[[str], str] = field(default=lambda text: text)
    """The same as a person or program reads it."""
    ids: Callable[[], list[str]] = list
    """The id of each, by which a repeat is known."""

    def send(self, alert: Alert = ALERT, **changes: Any) -> Sent:
        return asyncio.run(deliver(self.channel, due(alert, **changes)))

    def texts(self) -> list[str]:
        return [self.read(text) for text in self.raw()]


def made(table: dict[str, Any], redaction: dict[str, bool]) -> Channel:
    channel = build("desk", table | redaction)
    channel.turn.pace = 0
    return channel


def shown(text: str) -> str:
    """JSON with its escapes undone, as text."""
    return str(json.loads(text))


@contextmanager
def slack(*replies: Reply, timeout: float = 5, **redaction: bool) -> Iterator[Rig]:
    with web(*replies, slack=True) as server:
        os.environ["RIG_URL"] = server.url
        channel = made({"type": "slack", "url": "env:RIG_URL", "timeout": timeout}, redaction)
        raw = lambda: [got.body.decode() for got in server.got]  # noqa: E731
        yield Rig(channel, raw, shown, lambda: [got.json["blocks"][0]["block_id"] for got in server.got])


@contextmanager
def slack_bot(*replies: Reply, timeout: float = 5, **redaction: bool) -> Iterator[Rig]:
    with slack_api(*replies) as space:
        os.environ["RIG_TOKEN"] = TOKEN
        table = {"type": "slack-bot", "token": "env:RIG_TOKEN", "channel": CHANNEL, "api": space.url}
        ids = lambda: [each["metadata"]["event_payload"]["id"] for each in space.messages]  # noqa: E731
        raw = lambda: [json.dumps(each) for each in space.messages]  # noqa: E731
        yield Rig(made(table | {"timeout": timeout}, redaction), raw, shown, ids)


@contextmanager
def webhook(*replies: Reply, timeout: float = 5, **redaction: bool) -> Iterator[Rig]:
    with web(*replies) as server:
        os.environ |= {"RIG_URL": server.url, "RIG_KEY": KEY, "RIG_BEARER": "Bearer s3cr3t-bearer"}
        table = {"type": "webhook", "url": "env:RIG_URL", "secret": "env:RIG_KEY", "authorization": "env:RIG_BEARER"}
        raw = lambda: [got.body.decode() for got in server.got]  # noqa: E731
        ids = lambda: [got.headers["Idempotency-Key"] for got in server.got]  # noqa: E731
        yield Rig(made(table | {"timeout": timeout}, redaction), raw, shown, ids)


@contextmanager
def apprise(*replies: Reply, timeout: float = 5, **redaction: bool) -> Iterator[Rig]:
    with web(*replies) as server:
        os.environ["RIG_URL"] = server.url.replace("http://", f"json://desk:{SECRETS[1]}@")
        channel = made({"type": "apprise", "url": "env:RIG_URL", "timeout": timeout}, redaction)
        raw = lambda: [got.body.decode() for got in server.got]  # noqa: E731
        yield Rig(channel, raw, shown, lambda: [got.json["message"].split()[-1] for got in server.got])


@contextmanager
def mail(*replies: Reply, timeout: float = 5, **redaction: bool) -> Iterator[Rig]:
    """`replies` are taken over as SMTP's counterparts."""
    codes = {200: "250 OK", 429: "451 4.7.0 slow down", 500: "451 4.3.0 trouble", 401: "550 5.7.1 not allowed"}
    box = Mailbox(data=[codes[reply.status] for reply in replies], slow=any(reply.slow for reply in replies))
    with smtp(box) as port:
        table = {"type": "email", "host": "127.0.0.1", "port": port, "security": "none", "timeout": timeout}
        channel = made(table | {"sender": "news@team.example", "to": ["a@x.example"]}, redaction)
        ids = lambda: [str(_parsed(content.decode())["Message-ID"]) for _, content in box.got]  # noqa: E731
        yield Rig(channel, lambda: [content.decode() for _, content in box.got], _letter, ids)


def _parsed(content: str) -> EmailMessage:
    parsed = email.message_from_string(content, policy=email.policy.default)
    assert isinstance(parsed, EmailMessage)
    return parsed


def _letter(content: str) -> str:
    """Every header and part, decoded."""
    parsed = _parsed(content)
    headers = [f"{name}: {value}" for name, value in parsed.items()]
    parts = [part.get_content() for part in parsed.walk() if part.get_content_maintype() == "text"]
    return "\n".join([*headers, *parts])


@contextmanager
def file(**redaction: bool) -> Iterator[Rig]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "alerts.jsonl"

        def raw() -> list[str]:
            return path.read_text("utf-8").splitlines()

        ids = lambda: [json.loads(line)["id"] for line in raw()]  # noqa: E731
        yield Rig(made({"type": "file", "path": str(path)}, redaction), raw, shown, ids)


@contextmanager
def feed(**redaction: bool) -> Iterator[Rig]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "alerts.atom"

        def entries() -> list[Any]:
            return list(lxml.etree.fromstring(path.read_bytes()).iterfind("{*}entry"))

        raw = lambda: [lxml.etree.tostring(each, encoding="unicode") for each in entries()]  # noqa: E731
        ids = lambda: [each.findtext("{*}id") for each in entries()]  # noqa: E731
        read = lambda text: "".join(re.findall(r">([^<]*)", text)) + text  # noqa: E731
        yield Rig(made({"type": "feed", "path": str(path)}, redaction), raw, read, ids)


@contextmanager
def terminal(**redaction: bool) -> Iterator[Rig]:
    printed = io.StringIO()
    before, sys.stdout = sys.stdout, printed
    os.environ["COLUMNS"] = "110"
    try:
        raw = lambda: [printed.getvalue()]  # noqa: E731
        unboxed = lambda text: " ".join(text.replace("│", " ").split())  # noqa: E731
        yield Rig(made({"type": "terminal"}, redaction), raw, unboxed)
    finally:
        sys.stdout = before
        os.environ.pop("COLUMNS")
