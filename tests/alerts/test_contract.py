"""What every channel must do, whatever goes wrong, against real servers."""

from __future__ import annotations

import asyncio
import email
import email.policy
import json
import logging
import os
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from alert_examples import ALERT, HOSTILE, KINDS, LONG, due
from alert_servers import Mailbox, Reply, Web, authority, refused_port, silent, smtp, web

from alerts.base import Channel
from alerts.channels import build
from alerts.deliver import deliver
from model import Alert, DeliveryState, Sent

SECRETS = ("s3cr3t-path", "s3cr3t-password", "s3cr3t-key", "s3cr3t-bearer")
KEY = "s3cr3t-key"


@dataclass
class Rig:
    """A channel and the server behind it."""

    channel: Channel
    server: Web | Mailbox
    texts: Callable[[], list[str]]
    """What arrived, as a person or program reads it, one text for each alert."""
    stack: ExitStack = field(default_factory=ExitStack)

    def send(self, alert: Alert = ALERT, **changes: Any) -> Sent:
        return asyncio.run(deliver(self.channel, due(alert, **changes)))


@contextmanager
def slack(*replies: Reply, timeout: float = 5) -> Iterator[Rig]:
    with web(*replies, slack=True) as server:
        os.environ["RIG_URL"] = server.url
        channel = build("desk", {"type": "slack", "url": "env:RIG_URL", "timeout": timeout})
        channel.turn.pace = 0
        yield Rig(channel, server, lambda: [got.body.decode() for got in server.got])


@contextmanager
def webhook(*replies: Reply, timeout: float = 5) -> Iterator[Rig]:
    with web(*replies) as server:
        os.environ |= {"RIG_URL": server.url, "RIG_KEY": KEY, "RIG_BEARER": "Bearer s3cr3t-bearer"}
        table = {"type": "webhook", "url": "env:RIG_URL", "secret": "env:RIG_KEY", "authorization": "env:RIG_BEARER"}
        yield Rig(build("desk", table | {"timeout": timeout}), server, lambda: [g.body.decode() for g in server.got])


@contextmanager
def mail(*replies: Reply, timeout: float = 5) -> Iterator[Rig]:
    """`replies` are taken over as SMTP's counterparts."""
    codes = {200: "250 OK", 429: "451 4.7.0 slow down", 500: "451 4.3.0 trouble", 401: "550 5.7.1 not allowed"}
    box = Mailbox(data=[codes[reply.status] for reply in replies], slow=any(reply.slow for reply in replies))
    with smtp(box) as port:
        table = {"type": "email", "host": "127.0.0.1", "port": port, "security": "none"}
        channel = build("desk", table | {"sender": "news@team.example", "to": ["a@x.example"], "timeout": timeout})
        yield Rig(channel, box, lambda: [_read(content) for _, content in box.got])


def _read(content: bytes) -> str:
    parsed = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(parsed, EmailMessage)
    parts = [part.get_content() for part in parsed.walk() if part.get_content_maintype() == "text"]
    return "\n".join([str(parsed["Subject"]), *parts])


RIGS = pytest.mark.parametrize("rig", [slack, webhook, mail], ids=lambda rig: rig.__name__)


@RIGS
def test_an_alert_arrives_once_with_all_that_is_needed_to_judge_it(rig: Any) -> None:
    with rig() as up:
        assert up.send().state is DeliveryState.SENT
        (text,) = up.texts()
        plain = text.encode().decode("unicode_escape", "ignore") if rig is slack else text
    for wanted in ("Abu Nimr", "27", "United Kingdom", "border guard", "The Example Courier", "fire at men", "Morning Sample",
                   "no known account has this name", "Sample Wire", "https://courier.example/2026/abu-nimr-speaks"):  # fmt: skip
        assert wanted in plain, wanted


@RIGS
@pytest.mark.parametrize("alert", KINDS, ids=lambda alert: alert.key[:12])
def test_every_kind_of_alert_is_taken(rig: Any, alert: Alert) -> None:
    with rig() as up:
        assert up.send(alert) == Sent(DeliveryState.SENT, receipt=up.send(alert).receipt)


@RIGS
def test_a_server_that_does_not_answer_leaves_the_outcome_open(rig: Any) -> None:
    with rig(Reply(slow=True), timeout=0.3) as up:
        sent = up.send()
    assert sent.state is DeliveryState.UNKNOWN
    assert "no answer" in sent.error


@RIGS
def test_a_refused_connection_is_tried_again(rig: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with rig() as up:
        pass  # the server is gone from here on
    sent = up.send()
    assert sent.state is DeliveryState.FAILED
    assert "connection was refused" in sent.error


@RIGS
def test_too_many_requests_is_tried_again_when_the_channel_says(rig: Any) -> None:
    with rig(Reply(429, "rate_limited", {"Retry-After": "30"})) as up:
        sent = up.send()
    assert sent.state is DeliveryState.FAILED
    assert sent.retry_after == (None if rig is mail else 30)


@RIGS
def test_trouble_passes_and_the_alert_arrives(rig: Any) -> None:
    with rig(Reply(500, "rollup_error")) as up:
        assert up.send().state is DeliveryState.FAILED
        assert up.send(attempts=1).state is DeliveryState.SENT


@RIGS
def test_who_is_not_allowed_is_not_tried_again(rig: Any) -> None:
    with rig(Reply(401, "invalid_token")) as up:
        sent = up.send()
    assert sent.state is DeliveryState.DEAD
    assert "401" in sent.error or "550" in sent.error


@RIGS
def test_nothing_is_too_long(rig: Any) -> None:
    with rig() as up:
        assert up.send(LONG).state is DeliveryState.SENT
        assert len(up.texts()[0]) < 500_000


@RIGS
def test_hostile_content_neither_hides_nor_commands(rig: Any) -> None:
    with rig() as up:
        assert up.send(HOSTILE).state is DeliveryState.SENT
        (text,) = up.texts()
    if rig is slack:
        text = str(json.loads(text))
    hidden = {
        c
        for c in text
        if unicodedata.category(c) in ("Cf", "Cs", "Co") or (unicodedata.category(c) == "Cc" and c not in "\r\n")
    }
    assert hidden == set()
    assert "javascript:alert" not in text
    assert "a@b.example" not in text


@RIGS
def test_a_secret_stands_in_no_error_log_or_repr(rig: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with rig() as up:
        held = [each for each in SECRETS if any(each in secret.get_secret_value() for secret in up.channel.secrets)]
    assert held or rig is mail, "tests/alerts/test_mail.py has the mail's password"
    echo = Reply(500, "no: " + " ".join(held))
    with rig(echo, Reply(401, echo.body), timeout=5) as up:
        said = [repr(up.send()), repr(up.send()), repr(up.channel), str(up.channel)]
    said.append(repr(up.send()))
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith(("mail", "aiosmtpd"))]
    for secret in held:
        assert secret not in " ".join(said + ours)


@RIGS
def test_the_same_alert_has_the_same_id_at_every_attempt(rig: Any) -> None:
    with rig() as up:
        up.send()
        up.send(attempts=1)
        ids = [_id(each) for each in up.server.got]
    assert len(ids) == 2
    assert ids[0] == ids[1] != ""


def _id(got: Any) -> str:
    if isinstance(got, tuple):
        return str(email.message_from_bytes(got[1])["Message-ID"])
    return str(got.headers.get("Idempotency-Key") or got.json["blocks"][0]["block_id"])


def test_a_redirect_is_not_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    with web() as other, slack(Reply(302, "", {"Location": other.url})) as up:
        sent = up.send()
        assert sent.state is DeliveryState.DEAD
        assert "redirects are not followed" in sent.error
        assert other.got == []


def test_a_server_that_hangs_up_leaves_the_outcome_open() -> None:
    with webhook(Reply(0)) as up:
        assert up.send().state is DeliveryState.UNKNOWN


def test_an_unknown_host_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RIG_URL", "https://nobody.invalid/hook")
    channel = build("desk", {"type": "slack", "url": "env:RIG_URL"})
    sent = asyncio.run(deliver(channel, due()))
    assert (sent.state, "host is unknown" in sent.error) == (DeliveryState.FAILED, True)


def test_a_mail_server_that_never_greets_holds_nobody_up() -> None:
    with silent() as port:
        table = {"type": "email", "host": "127.0.0.1", "port": port, "security": "none", "timeout": 0.3}
        channel = build("desk", table | {"sender": "news@team.example", "to": ["a@x.example"]})
        sent = asyncio.run(deliver(channel, due()))
    assert (sent.state, "no answer" in sent.error) == (DeliveryState.FAILED, True)


def test_a_certificate_that_nobody_trusts_ends_the_delivery(tmp_path: Path) -> None:
    theirs = authority()
    with smtp(Mailbox(), theirs.server) as port:
        table = {"type": "email", "host": "127.0.0.1", "port": port, "sender": "n@t.example", "to": ["a@x.example"]}
        sent = asyncio.run(deliver(build("desk", table), due()))
    assert sent.state is DeliveryState.DEAD
    assert "certificate is not trusted" in sent.error


def test_nobody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    table = {"type": "email", "host": "127.0.0.1", "port": refused_port(), "security": "none"}
    channel = build("desk", table | {"sender": "n@t.example", "to": ["a@x.example"]})
    assert asyncio.run(deliver(channel, due())).state is DeliveryState.FAILED
