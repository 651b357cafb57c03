"""Slack by a bot: a case is one message that grows, and what was sent before a crash is found again."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from alert_examples import ALERT, FOLLOW_UP, HOSTILE, KINDS, LONG, NOW, due
from alert_servers import Reply
from block_kit import mistakes
from pydantic import SecretStr
from slack_server import CHANNEL, TOKEN, Workspace, slack_api

from alerts.channels import build
from alerts.deliver import deliver
from alerts.signing import Signer
from alerts.slack_bot import SlackBot
from delivery import Alert, Carrier, Case, DeliveryState, Due, Sent

GROWN = replace(
    FOLLOW_UP, carriers=(*ALERT.carriers, Carrier("The Third", "Again", "https://third.example/1", NOW)), why_new=("same name",)
)  # fmt: skip


@pytest.fixture
def space() -> Iterator[Workspace]:
    with slack_api() as up:
        yield up


def bot(space: Workspace, monkeypatch: pytest.MonkeyPatch, **more: Any) -> SlackBot:
    monkeypatch.setenv("BOT_TOKEN", TOKEN)
    table = {"type": "slack-bot", "token": "env:BOT_TOKEN", "channel": CHANNEL, "api": space.url, "timeout": 5}
    channel = build("desk", table | more)
    assert isinstance(channel, SlackBot)
    channel.turn.pace = 0
    channel.clock = lambda: NOW
    return channel


def send(to: SlackBot, what: Alert | Due = ALERT) -> Sent:
    return asyncio.run(deliver(to, what if isinstance(what, Due) else due(what)))


def follow_up(sent: Sent, **age: float) -> Due:
    first = NOW - timedelta(**age)
    return due(GROWN, case=Case(sent.receipt, first, first, ALERT))


def test_a_case_is_one_message_that_counts_its_outlets(space: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    channel = bot(space, monkeypatch)
    sent = send(channel)
    assert json.loads(sent.receipt) == {"channel": CHANNEL, "ts": space.messages[0]["ts"]}
    again = send(channel, follow_up(sent, hours=3))
    assert (again.state, json.loads(again.receipt)["ts"]) == (DeliveryState.SENT, space.messages[0]["ts"])
    (message,) = space.messages
    assert message["edits"] == 1
    assert "(3 outlets)" in message["text"]
    assert "The Third" in json.dumps(message["blocks"])
    assert message["metadata"]["event_payload"]["id"] == ALERT.key
    assert mistakes(message["blocks"]) == []


def test_after_a_day_it_is_a_reply_in_the_thread(space: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    channel = bot(space, monkeypatch)
    sent = send(channel)
    send(channel, follow_up(sent, hours=25))
    first, reply = space.messages
    assert (first["edits"], reply["thread_ts"]) == (0, first["ts"])
    assert reply["metadata"]["event_payload"]["id"] == GROWN.key
    assert "More on" in reply["text"]


def test_a_message_that_cannot_be_edited_gets_a_reply(space: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    channel = bot(space, monkeypatch)
    sent = send(channel)
    space.errors["chat.update"] = "edit_window_closed"
    assert send(channel, follow_up(sent, hours=1)).state is DeliveryState.SENT
    assert space.messages[1]["thread_ts"] == space.messages[0]["ts"]


def test_a_lost_answer_is_unknown_and_the_history_says_that_it_arrived(
    space: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = bot(space, monkeypatch)
    space.deaf = 1
    assert send(channel).state is DeliveryState.UNKNOWN
    again = send(channel, due(attempts=1, unknown=True))
    assert again.state is DeliveryState.SENT
    assert json.loads(again.receipt)["ts"] == space.messages[0]["ts"]
    assert len(space.messages) == 1


def test_a_lost_reply_is_found_in_its_thread(space: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    channel = bot(space, monkeypatch)
    later = follow_up(send(channel), days=3)
    space.deaf = 1
    assert send(channel, later).state is DeliveryState.UNKNOWN
    assert send(channel, replace(later, attempts=1, unknown=True)).state is DeliveryState.SENT
    assert len(space.messages) == 2


def test_what_never_arrived_is_sent(space: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    channel = bot(space, monkeypatch)
    send(channel, replace(ALERT, key="account-99"))
    assert send(channel, due(attempts=1, unknown=True)).state is DeliveryState.SENT
    assert len(space.messages) == 2


def test_the_history_is_looked_through_page_by_page(space: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    channel = bot(space, monkeypatch)
    space.page = 3
    for number in (17, *range(30, 38)):
        send(channel, replace(ALERT, key=f"account-{number}"))
    assert send(channel, due(attempts=1, unknown=True)).state is DeliveryState.SENT
    assert len(space.messages) == 9


def test_an_unanswered_question_leaves_the_outcome_open(space: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    channel = bot(space, monkeypatch)
    space.replies = [
        Reply(500, "trouble"),
        Reply(429, "slow", {"Retry-After": "30"}),
        Reply(200, '{"ok": false, "error": "fatal_error"}'),
    ]
    states = [send(channel, due(attempts=1, unknown=True)) for _ in range(3)]
    assert [each.state for each in states] == [DeliveryState.UNKNOWN] * 3
    assert states[1].retry_after == 30
    assert space.messages == []


def test_without_the_permission_to_read_it_is_repeated_with_the_same_id(
    space: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = bot(space, monkeypatch)
    space.errors["conversations.history"] = "missing_scope"
    send(channel)
    assert send(channel, due(attempts=1, unknown=True)).state is DeliveryState.SENT
    assert len({each["metadata"]["event_payload"]["id"] for each in space.messages}) == 1


@pytest.mark.parametrize(
    ("error", "way_out"),
    [("not_in_channel", "invite the bot"), ("token_revoked", "install the app"), ("is_archived", "name another")],
)
def test_a_refusal_is_dead_and_says_the_way_out(
    error: str, way_out: str, space: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    space.errors["chat.postMessage"] = error
    sent = send(bot(space, monkeypatch))
    assert sent.state is DeliveryState.DEAD
    assert error in sent.error
    assert way_out in sent.error


def test_a_wrong_token_is_dead_and_not_shown(space: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    channel = bot(space, monkeypatch)
    channel.token = SecretStr("xoxb-another-token")
    sent = send(channel)
    assert sent.state is DeliveryState.DEAD
    assert "xoxb-another" not in sent.error + repr(channel)


@pytest.mark.parametrize(
    ("reply", "state"),
    [
        (Reply(429, "", {"Retry-After": "7"}), DeliveryState.FAILED),
        (Reply(503, "down"), DeliveryState.FAILED),
        (Reply(200, '{"ok": false, "error": "ratelimited"}'), DeliveryState.FAILED),
        (Reply(200, "<html>a proxy</html>"), DeliveryState.UNKNOWN),
    ],
)
def test_trouble_passes(reply: Reply, state: DeliveryState, monkeypatch: pytest.MonkeyPatch) -> None:
    with slack_api(reply) as space:
        channel = bot(space, monkeypatch)
        assert send(channel).state is state
        assert send(channel).state is DeliveryState.SENT


@pytest.mark.parametrize("alert", KINDS, ids=lambda alert: alert.key[:12])
def test_every_kind_is_taken(alert: Alert, space: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    channel = bot(space, monkeypatch)
    channel.signer, channel.buttons = Signer("https://answer.example", SecretStr("k")), True
    assert send(channel, alert).state is DeliveryState.SENT
    assert mistakes(space.messages[0]["blocks"]) == []


def test_malformed_blocks_go_out_as_text(space: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    space.replies = [Reply(200, '{"ok": false, "error": "invalid_blocks"}')]
    assert send(bot(space, monkeypatch), HOSTILE).state is DeliveryState.SENT
    assert space.messages[0]["blocks"] == []


@pytest.mark.parametrize("alert", [ALERT, LONG], ids=["usual", "long"])
def test_verdicts_are_buttons_where_somebody_listens_and_links_elsewhere(
    alert: Alert, space: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = bot(space, monkeypatch)
    channel.signer = Signer("https://answer.example", SecretStr("k"))
    send(channel, alert)
    assert "https://answer.example/verdict?t=17.confirm." in json.dumps(space.messages[0]["blocks"])
    channel.buttons = True
    send(channel, alert)
    (actions,) = (each for each in space.messages[1]["blocks"] if each["type"] == "actions")
    values = {each["action_id"]: each["value"] for each in actions["elements"]}
    assert values["verdict:confirm"] == "17"
    assert values["verdict:duplicate"] == "17=4"
    pages = {each["action_id"]: each["url"] for each in actions["elements"] if "url" in each}
    assert list(pages) == ["verdict:wrong"]
    assert pages["verdict:wrong"].startswith("https://answer.example/verdict?t=17.wrong.")


def test_a_channel_that_sees_less_is_not_asked(space: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    channel = bot(space, monkeypatch, names=False)
    channel.signer = Signer("https://answer.example", SecretStr("k"))
    send(channel)
    assert "answer.example" not in json.dumps(space.messages)
