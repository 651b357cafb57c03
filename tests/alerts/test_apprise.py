"""What is particular about Apprise: services with little room, with mark-up of their own, and its absence."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from typing import Any

import pytest
from alert_examples import ALERT, ARTICLE, HOSTILE, LONG, due
from alert_servers import Reply, Web, web

from alerts.channels import build, problems
from alerts.deliver import deliver
from delivery import Alert, DeliveryState, Sent

TABLE = {"type": "apprise", "url": "env:APPRISE_URL", "timeout": 5}


def send(server: Web, form: str, monkeypatch: pytest.MonkeyPatch, alert: Alert = ALERT) -> Sent:
    monkeypatch.setenv("APPRISE_URL", form.format(server.url.split("/")[2]))
    channel = build("desk", TABLE)
    channel.turn.pace = 0
    return asyncio.run(deliver(channel, due(alert)))


def mistake(monkeypatch: pytest.MonkeyPatch, url: str) -> str:
    monkeypatch.setenv("APPRISE_URL", url)
    (found,) = problems("outspoken.toml", {"desk": TABLE}, lambda *_: 7)
    return str(found)


def test_a_service_with_little_room_gets_the_short_text(monkeypatch: pytest.MonkeyPatch) -> None:
    article = replace(ARTICLE, url="https://courier.example/2026/speaks")
    with web() as server:
        alert = replace(LONG, key="account-17", article=article)
        assert send(server, "ntfy://{}/desk", monkeypatch, alert).state == "sent"
        assert send(server, "ntfy://{}/desk", monkeypatch, ALERT).state == "sent"
    long, usual = (got.json for got in server.got)
    assert "https://courier.example/2026/speaks" in long["message"]
    assert long["message"].endswith("alert account-17")
    assert len(long["message"]) < 1000
    assert "They told us to fire" in usual["message"]
    assert usual["title"].startswith("New account: Abu Nimr")


def test_no_service_finds_markup_in_foreign_text(monkeypatch: pytest.MonkeyPatch) -> None:
    with web() as server:
        assert send(server, "mmost://{}/3ccdd113474722377935511fc85d3dd4", monkeypatch, HOSTILE).state == "sent"
    text = server.got[0].json["text"]
    assert "＠here" in text
    for command in ("@here", "<!channel>", "*bold*", "`code`", "[red]", "<script>", "a@b.example"):
        assert command not in text, command


def test_an_address_keeps_what_looks_like_markup(monkeypatch: pytest.MonkeyPatch) -> None:
    url = "https://courier.example/a_b_c~d*e?x=[1]"
    with web() as server:
        alert = replace(ALERT, article=replace(ARTICLE, url=url))
        assert send(server, "json://{}/hook", monkeypatch, alert).state == "sent"
    assert url in server.got[0].json["message"]


def test_nothing_but_the_alert_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """No picture that a service would fetch from elsewhere."""
    with web() as server:
        send(server, "mmost://{}/3ccdd113474722377935511fc85d3dd4", monkeypatch)
    assert "github" not in server.got[0].body.decode()
    assert len(server.got) == 1


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("s3cr3t", "does not stand for an address that Apprise knows"),
        ("nosuchservice://s3cr3t/x", "does not stand for an address that Apprise knows"),
        ("jsons://host.example/s3cr3t?verify=no", "certificates are always checked"),
    ],
)
def test_a_wrong_address_is_found_and_not_shown(url: str, sentence: str, monkeypatch: pytest.MonkeyPatch) -> None:
    said = mistake(monkeypatch, url)
    assert said.startswith("outspoken.toml:7: channels.desk.url: ")
    assert sentence in said
    assert "s3cr3t" not in said


def test_without_apprise_the_way_out_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    assert 'not installed: install Outspoken with its extra, "outspoken[apprise]"' in mistake(monkeypatch, "json://h/x")


@pytest.mark.parametrize("reply", [Reply(403, "{'error': 'user:s3cr3t-password@host/s3cr3t-token'}"), Reply(0)])
def test_no_piece_of_an_address_is_shown(
    reply: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    with web(reply) as server:
        sent = send(server, "json://desk:s3cr3t-password@{}/s3cr3t-token", monkeypatch)
    assert sent.state in (DeliveryState.DEAD, DeliveryState.UNKNOWN)
    assert sent.error
    assert "s3cr3t" not in sent.error + caplog.text
