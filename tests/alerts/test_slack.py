"""Slack's answers as it documents them, and text that must not command it."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from alert_examples import ALERT, DIGEST, HOSTILE, LONG, due
from alert_servers import Reply, Web, web
from block_kit import mistakes, texts

from alerts import blocks
from alerts.channels import build
from alerts.deliver import deliver
from delivery import Alert, DeliveryState, Sent


def send(server: Web, monkeypatch: pytest.MonkeyPatch, alert: Alert = ALERT) -> Sent:
    monkeypatch.setenv("SLACK_URL", server.url)
    channel = build("desk", {"type": "slack", "url": "env:SLACK_URL", "timeout": 5})
    channel.turn.pace = 0
    return asyncio.run(deliver(channel, due(alert)))


def test_a_rate_limit_is_kept_in_seconds_or_as_a_date(monkeypatch: pytest.MonkeyPatch) -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    with web(*(Reply(429, "rate_limited", {"Retry-After": value}) for value in ("30", later, "soon"))) as server:
        by_number, by_date, neither = (send(server, monkeypatch) for _ in range(3))
    assert (by_number.state, by_number.retry_after) == (DeliveryState.FAILED, 30)
    assert by_date.retry_after is not None
    assert 80 < by_date.retry_after <= 90
    assert (neither.state, neither.retry_after) == (DeliveryState.FAILED, None)


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_trouble_at_slack_is_tried_again(status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    with web(Reply(status, "rollup_error")) as server:
        sent = send(server, monkeypatch)
    assert (sent.state, str(status) in sent.error) == (DeliveryState.FAILED, True)


@pytest.mark.parametrize("answer", ["invalid_payload", "invalid_blocks", "no_text"])
def test_blocks_that_slack_does_not_take_go_out_as_text(answer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with web(Reply(400, answer)) as server:
        assert send(server, monkeypatch).state is DeliveryState.SENT
    first, second = (got.json for got in server.got)
    assert "blocks" in first
    assert "blocks" not in second
    for wanted in ("Abu Nimr", "https://courier.example/2026/abu-nimr-speaks", "The Example Courier"):
        assert wanted in second["text"]


def test_what_slack_takes_in_no_form_is_dead_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    with web(Reply(400, "invalid_payload"), Reply(400, "invalid_payload")) as server:
        sent = send(server, monkeypatch)
    assert (sent.state, sent.error) == (DeliveryState.DEAD, "answered 400: invalid_payload")


@pytest.mark.parametrize(
    ("status", "answer", "way_out"),
    [
        (403, "invalid_token", "make a new one"),
        (404, "no_service", "make a new one"),
        (404, "channel_not_found", "make a new webhook"),
        (410, "channel_is_archived", "make a new webhook"),
        (403, "action_prohibited", "an administrator"),
    ],
)
def test_a_webhook_that_is_gone_is_dead_with_the_way_out(
    status: int, answer: str, way_out: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with web(Reply(status, answer)) as server:
        sent = send(server, monkeypatch)
    assert sent.state is DeliveryState.DEAD
    assert answer in sent.error
    assert way_out in sent.error
    assert len(server.got) == 1


@pytest.mark.parametrize("alert", [ALERT, HOSTILE, LONG, DIGEST], ids=["usual", "hostile", "long", "digest"])
def test_what_is_posted_is_within_the_limits_and_mentions_nobody(alert: Alert, monkeypatch: pytest.MonkeyPatch) -> None:
    with web() as server:
        assert send(server, monkeypatch, alert).state is DeliveryState.SENT
    payload: dict[str, Any] = server.got[0].json
    assert mistakes(payload["blocks"]) == []
    assert payload["unfurl_links"] is payload["unfurl_media"] is False
    for command in ("<!channel>", "<@U123>", "<https://evil.example"):
        assert command not in json.dumps(payload, ensure_ascii=False)
    marked = [text["text"] for block in payload["blocks"] for text in texts(block) if text["type"] == "mrkdwn"]
    for markup in (":tada:", "*bold*", "`code`"):
        assert markup not in " ".join([payload["text"], *marked])


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a & b", "a &amp; b"),
        ("<!here>", "&lt;!here&gt;"),
        ("&lt;", "&amp;lt;"),
        ("*bold* _it_ ~no~", "∗bold∗ ＿it＿ ∼no∼"),
        ("at 10:30: he left, 10:30:15", "at 10:30: he left, 10:30:15"),
        ("a :tada: and :+1: and :100:", "a ∶tada: and ∶+1: and ∶100:"),
    ],
)
def test_foreign_text_is_shown_to_the_letter(text: str, shown: str) -> None:
    assert blocks.escape(text) == shown


def test_a_plain_http_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from errors import ConfigError

    monkeypatch.setenv("SLACK_URL", "http://hooks.example/services/s3cr3t")
    with pytest.raises(ConfigError, match="must be an https address") as caught:
        build("desk", {"type": "slack", "url": "env:SLACK_URL"})
    assert "s3cr3t" not in str(caught.value)
