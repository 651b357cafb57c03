"""The webhook's JSON and signature: what docs/alerts.md tells a receiver is what it gets."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from alert_examples import ALERT, DIGEST, HOSTILE, KINDS, due
from alert_servers import Got, web

from alerts import record
from alerts.channels import build
from alerts.deliver import deliver
from alerts.message import compose
from alerts.redaction import Redaction, redact
from alerts.webhook import sign
from delivery import Alert, DeliveryState

DOCS = (Path(__file__).parent.parent.parent / "docs" / "alerts.md").read_text("utf-8")
KEY = "a shared key"


@pytest.fixture
def verify() -> Callable[..., bool]:
    """The receiver's code in the docs."""
    (code,) = re.findall(r"```python\n(.*?)```", DOCS, re.DOTALL)
    names: dict[str, Any] = {}
    exec(code, names)
    made: Callable[..., bool] = names["verify"]
    return made


def post(monkeypatch: pytest.MonkeyPatch, *alerts: Alert) -> list[Got]:
    monkeypatch.setenv("HOOK_KEY", KEY)
    with web() as server:
        channel = build("archive", {"type": "webhook", "url": server.url, "secret": "env:HOOK_KEY"})
        for number, alert in enumerate(alerts):
            assert asyncio.run(deliver(channel, due(alert, attempts=number))).state is DeliveryState.SENT
    return server.got


@pytest.mark.parametrize("alert", [ALERT, HOSTILE, DIGEST], ids=["usual", "hostile", "digest"])
def test_the_code_in_the_docs_takes_what_is_ours(
    alert: Alert, verify: Callable[..., bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    (got,) = post(monkeypatch, alert)
    assert verify(got.headers["X-Outspoken-Signature"], got.body, KEY)
    assert got.headers["Content-Type"] == "application/json"


def test_and_nothing_else(verify: Callable[..., bool]) -> None:
    body, now = b'{"id": "account-17"}', int(time.time())
    header = sign(KEY, body, now)
    assert verify(header, body, KEY)
    assert not verify(header, body + b" ", KEY)
    assert not verify(header, body, "another key")
    assert not verify(header.replace(f"t={now}", f"t={now + 1}"), body, KEY)
    assert not verify(sign(KEY, body, now - 3600), body, KEY), "too old: somebody may have kept it"
    for broken in ("", "t=,v1=", "v1=abc", "t=x,v1=y", "=,="):
        assert not verify(broken, body, KEY)


def test_a_repeat_has_the_same_body_and_id(monkeypatch: pytest.MonkeyPatch) -> None:
    first, again = post(monkeypatch, ALERT, ALERT)
    assert first.body == again.body
    assert first.headers["Idempotency-Key"] == again.headers["Idempotency-Key"] == first.json["id"] == "account-17"


def test_every_field_is_in_the_docs_and_the_other_way_round() -> None:
    made = record.record(ALERT, compose(redact(ALERT, Redaction())))
    table = DOCS.split("## The webhook's JSON")[1].split("**Signature.**")[0]
    documented = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", table, re.MULTILINE))
    assert list(documented) == list(made)
    for name in ("account", "article"):
        assert re.findall(r"`(\w+)`", documented[name]) == list(made[name])
    for name in ("why", "near", "carriers"):
        assert re.findall(r"`(\w+)`", documented[name]) == list(made[name][0])


@pytest.mark.parametrize("alert", KINDS, ids=lambda alert: alert.key[:12])
def test_what_a_program_reads_is_clean_too(alert: Alert, monkeypatch: pytest.MonkeyPatch) -> None:
    (got,) = post(monkeypatch, alert)
    text = got.body.decode()
    assert got.json["kind"] == alert.kind
    for never in ("javascript:", "\\u001b", "\\u0000", "\u202e", "\u200b"):
        assert never not in text


def test_secrets_and_headers_of_the_operator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK_KEY", KEY)
    monkeypatch.setenv("HOOK_BEARER", "Bearer s3cr3t-bearer")
    table = {"type": "webhook", "secret": "env:HOOK_KEY", "authorization": "env:HOOK_BEARER"}
    with web() as server:
        channel = build("archive", table | {"url": server.url})
        asyncio.run(deliver(channel, due()))
    assert server.got[0].headers["Authorization"] == "Bearer s3cr3t-bearer"
    assert "s3cr3t" not in repr(channel)
