"""What every channel must do, whatever goes wrong, against real servers."""

from __future__ import annotations

import asyncio
import logging
import re
import unicodedata
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from alert_examples import ALERT, DIGEST, FOLLOW_UP, HOSTILE, KINDS, LONG, NOW, OPS, REPORT, due
from alert_servers import Mailbox, Reply, authority, refused_port, silent, smtp, web
from rigs import SECRETS, apprise, feed, file, mail, slack, slack_bot, terminal, webhook

from alerts.channels import KINDS as CHANNELS
from alerts.channels import build
from alerts.deliver import deliver
from delivery import Alert, Case, DeliveryState

TITLE = "“I threw the rifle into the canal”: Abu Nimr speaks"
"""A headline is no quotation of ours: `quotes = false` leaves it."""
FAR = pytest.mark.parametrize("rig", [slack, slack_bot, webhook, mail, apprise], ids=lambda rig: rig.__name__)
"""What leads to a server."""
EVERY = pytest.mark.parametrize(
    "rig", [slack, slack_bot, webhook, mail, apprise, file, feed, terminal], ids=lambda rig: rig.__name__
)


def test_every_kind_of_channel_is_here() -> None:
    marked = {rig.__name__.replace("_", "-").replace("mail", "email") for rig in EVERY.args[1]}
    assert marked == set(CHANNELS)


@EVERY
def test_an_alert_arrives_once_with_all_that_is_needed_to_judge_it(rig: Any) -> None:
    with rig() as up:
        assert up.send().state is DeliveryState.SENT
        (text,) = up.texts()
    assert ALERT.archived in text.replace(" ", ""), "the terminal may break it"
    for wanted in ("Abu Nimr", "27", "United Kingdom", "border guard", "The Example Courier", "fire at men", "Morning Sample",
                   "no known account has this name", "Sample Wire", "https://courier.example/2026/abu-nimr-speaks"):  # fmt: skip
        assert wanted in text, wanted


@EVERY
@pytest.mark.parametrize("alert", KINDS, ids=lambda alert: alert.key[:12])
def test_every_kind_of_alert_is_taken(rig: Any, alert: Alert) -> None:
    with rig() as up:
        assert up.send(alert).state is DeliveryState.SENT
        assert len(up.raw()) == 1


@FAR
def test_a_server_that_does_not_answer_leaves_the_outcome_open(rig: Any) -> None:
    with rig(Reply(slow=True), timeout=0.3) as up:
        sent = up.send()
    assert sent.state is DeliveryState.UNKNOWN
    assert "no answer" in sent.error


@FAR
def test_a_refused_connection_is_tried_again(rig: Any) -> None:
    with rig() as up:
        pass  # the server is gone from here on
    sent = up.send()
    assert sent.state is DeliveryState.FAILED
    assert "connection was refused" in sent.error


@FAR
def test_too_many_requests_is_tried_again_when_the_channel_says(rig: Any) -> None:
    with rig(Reply(429, "rate_limited", {"Retry-After": "30"})) as up:
        sent = up.send()
    assert sent.state is DeliveryState.FAILED
    assert sent.retry_after == (None if rig is mail else 30)


@FAR
def test_trouble_passes_and_the_alert_arrives(rig: Any) -> None:
    with rig(Reply(500, "rollup_error")) as up:
        assert up.send().state is DeliveryState.FAILED
        assert up.send(attempts=1).state is DeliveryState.SENT


@FAR
def test_who_is_not_allowed_is_not_tried_again(rig: Any) -> None:
    with rig(Reply(401, "invalid_token")) as up:
        sent = up.send()
    assert sent.state is DeliveryState.DEAD
    assert "401" in sent.error or "550" in sent.error


@EVERY
def test_nothing_is_too_long(rig: Any) -> None:
    with rig() as up:
        assert up.send(LONG).state is DeliveryState.SENT
        assert len(up.raw()[0]) < 500_000


@EVERY
def test_hostile_content_neither_hides_nor_commands(rig: Any) -> None:
    with rig() as up:
        assert up.send(HOSTILE).state is DeliveryState.SENT
        (text,) = up.texts()
    hidden = {
        c
        for c in text
        if unicodedata.category(c) in ("Cf", "Cs", "Co") or (unicodedata.category(c) == "Cc" and c not in "\r\n")
    }
    assert hidden == set()
    assert "javascript:alert" not in text
    assert "a@b.example" not in text


NAMED = re.compile("nimr|nimr tall", re.IGNORECASE)
WORDS = ("They told us", "I threw the rifle", "guarded a crossing", "he fled in May")


@EVERY
@pytest.mark.parametrize("alert", [ALERT, FOLLOW_UP, DIGEST, REPORT, OPS], ids=lambda alert: alert.kind)
def test_what_a_channel_may_not_see_never_reaches_it(rig: Any, alert: Alert) -> None:
    """To the last byte: headers, subject, ids, links, fallback texts, files; of a follow-up also what it grows on."""
    case = Case("", NOW, NOW, ALERT) if alert.kind == "follow-up" else None
    for redaction in ({"names": False}, {"quotes": False}, {"link_only": True}):
        with rig(**redaction) as up:
            if case and (first := up.send().receipt):
                case = replace(case, receipt=first)
            assert up.send(alert, case=case).state is DeliveryState.SENT
            everything = "\n".join(up.texts())
        assert ALERT.archived not in everything.replace(" ", "").replace("\n", ""), redaction
        if "quotes" not in redaction:
            assert not NAMED.search(everything.replace("https://courier.example/2026/abu-nimr-speaks", "")), redaction
        if "names" not in redaction:
            assert not [each for each in WORDS if each in everything.replace(TITLE, "")], redaction


@FAR
def test_a_secret_stands_in_no_error_log_or_repr(rig: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with rig() as up:
        held = [each for each in SECRETS if any(each in secret.get_secret_value() for secret in up.channel.secrets)]
    assert held or rig is mail, "tests/alerts/test_mail.py has the mail's password"
    echo = Reply(500, "no: " + " ".join(held))
    with rig(echo, Reply(401, echo.body), timeout=5) as up:
        said = [repr(up.send()), repr(up.send()), repr(up.channel), str(up.channel)]
        said.append(repr(up.send()))
    said.append(repr(up.send()))
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith(("mail", "aiosmtpd"))]
    for secret in held:
        assert secret not in " ".join(said + ours)


@EVERY
def test_the_same_alert_has_the_same_id_at_every_attempt(rig: Any) -> None:
    with rig() as up:
        up.send()
        up.send(attempts=1)
        ids = up.ids()
    assert len(set(ids)) == (0 if rig is terminal else 1)
    assert "" not in ids


def test_a_redirect_is_not_followed() -> None:
    with web() as other, slack(Reply(302, "", {"Location": other.url})) as up:
        sent = up.send()
        assert sent.state is DeliveryState.DEAD
        assert "redirects are not followed" in sent.error
        assert other.got == []
    with web() as other, apprise(Reply(302, "", {"Location": other.url})) as up:
        assert up.send().state is DeliveryState.DEAD
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
