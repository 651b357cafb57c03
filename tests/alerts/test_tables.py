"""The channels' tables: documented to the last key, every mistake found, no secret shown; and what redaction leaves."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from alert_examples import ALERT, DIGEST, HOSTILE, KINDS
from rich.console import Console

from alerts import letter, record, slack, terminal
from alerts.base import ChannelTable
from alerts.channels import KINDS as CHANNELS
from alerts.channels import build, problems
from alerts.message import compose
from alerts.redaction import Redaction, redact
from delivery import Alert, DeliveryState
from errors import ConfigError

DOCS = (Path(__file__).parent.parent.parent / "docs" / "alerts.md").read_text("utf-8")
EMAIL = {"type": "email", "host": "mail.example", "sender": "news@team.example", "to": ["a@x.example"]}


def documented(heading: str) -> set[str]:
    section = re.split(r"^##+ ", DOCS.split(f"### {heading}\n")[1], flags=re.MULTILINE)[0]
    return set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE))


def test_every_key_of_every_channel_is_documented_and_no_other() -> None:
    common = set(ChannelTable.model_fields)
    assert documented("Every channel") == common | {"type"}
    for kind, (shape, _) in CHANNELS.items():
        assert documented(f"`{kind}`") == set(shape.model_fields) - common - {"type"}, kind


def test_every_kind_of_alert_and_state_is_documented() -> None:
    for word in (*(alert.kind for alert in KINDS), *DeliveryState, "folded"):
        assert f"| `{word}` |" in DOCS, word


def test_the_example_in_the_docs_is_right(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import tomllib

    example = re.findall(r"```toml\n(.*?)```", DOCS, re.DOTALL)[0]
    monkeypatch.setenv("NEWSROOM_SLACK_TOKEN", "xoxb-token")
    monkeypatch.setenv("DESK_SLACK_URL", "https://hooks.example/services/1")
    monkeypatch.setenv("ARCHIVE_KEY", "key")
    monkeypatch.setenv("PHONE_URL", "ntfys://push.example/desk")
    secret = tmp_path / "password"
    secret.write_text("s3cr3t\n")
    tables = tomllib.loads(example.replace("/run/secrets/mail-password", str(secret)))["channels"]
    assert problems("outspoken.toml", tables, lambda *_: None) == []
    assert {table["type"] for table in tables.values()} == set(CHANNELS)


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ({}, "channels.desk.type: must be one of apprise, email, feed, file, slack, slack-bot, terminal, webhook"),
        ({"type": "pager"}, "channels.desk.type: must be one of"),
        ({"type": "terminal", "colour": 1}, "channels.desk.colour: is not a known key of this channel"),
        ({"type": "terminal", "timeout": 0}, "channels.desk.timeout: "),
        ({"type": "slack"}, "channels.desk.url: is missing"),
        ({"type": "slack", "url": "https://hooks.example/s3cr3t"}, "channels.desk.url: is a secret: write it as env:NAME"),
        ({"type": "slack", "url": "env:NOT_THERE"}, "channels.desk.url: env:NOT_THERE is not set"),
        ({"type": "slack", "url": "file:/not/there"}, "channels.desk.url: file:/not/there the secret cannot be read"),
        ({"type": "webhook", "url": "ftp://x.example", "secret": "env:KEY"}, "channels.desk.url: must be an http or https"),
        (EMAIL | {"password": "env:KEY"}, "username and password go together"),
        (EMAIL | {"security": "none"}, "would send alerts in the clear"),
        (EMAIL | {"to": ["a@x.example", "a@x.example"]}, "an address stands twice"),
        (EMAIL | {"to": ["a@x.example\r\nBcc: b@x.example"]}, "is not a plain address"),
        (EMAIL | {"sender_name": "x\r\nBcc: b@x.example"}, "must be one line"),
        (EMAIL | {"username": "u", "password": "s3cr3t"}, "channels.desk.password: is a secret"),
        (EMAIL | {"ca_file": "/not/there"}, "channels.desk.ca_file: /not/there holds no certificates"),
    ],
)  # fmt: skip
def test_a_mistake_is_found_at_its_key(table: dict[str, Any], sentence: str) -> None:
    found = problems("outspoken.toml", {"desk": table}, lambda *_: 7)
    assert len(found) == 1
    assert sentence in str(found[0])
    assert str(found[0]).startswith("outspoken.toml:7: ")
    assert "s3cr3t" not in str(found[0])
    with pytest.raises(ConfigError):
        build("desk", table)


def test_all_mistakes_are_told_together() -> None:
    found = problems("outspoken.toml", {"a b": {}, "x": {"type": "slack"}, "y": {"type": "pager"}}, lambda *_: None)
    assert len(found) == 3


def everything(alert: Alert, redaction: Redaction) -> str:
    """All that any channel would show."""
    shown = redact(alert, redaction)
    message = compose(shown)
    screen = io.StringIO()
    Console(file=screen, width=100).print(terminal.panel(message))
    parts = [letter.html(message), letter.text(message), json.dumps(slack.payload(message)), screen.getvalue()]
    return "\n".join([*parts, json.dumps(record.record(shown, message))])


@pytest.mark.parametrize("alert", [ALERT, DIGEST], ids=["alert", "digest"])
def test_without_names_nothing_names_the_person(alert: Alert) -> None:
    text = everything(alert, Redaction(names=False))
    assert not re.search("nimr|nimr tall", text, re.IGNORECASE)
    assert "The Example Courier" in text


def test_without_quotes_no_words_of_the_article_are_left() -> None:
    text = everything(ALERT, Redaction(quotes=False))
    for words in ("They told us", "I threw the rifle into the canal and", "guarded a crossing", "he fled in May"):
        assert words not in text
    assert "Abu Nimr" in text


def test_link_only_leaves_kind_outlet_date_and_link() -> None:
    text = everything(ALERT, Redaction(link_only=True))
    for gone in ("Abu Nimr", "border guard", "United Kingdom", "They told us", "Ada Reporter", "Morning Sample"):
        assert gone not in text
    for kept in ("New account", "The Example Courier", "14 March 2026", "https://courier.example/2026/abu-nimr-speaks"):
        assert kept in text


def test_a_terminal_obeys_no_article(capsys: pytest.CaptureFixture[str]) -> None:
    import asyncio

    from alert_examples import due

    from alerts.deliver import deliver

    assert asyncio.run(deliver(build("screen", {"type": "terminal"}), due(HOSTILE))).state is DeliveryState.SENT
    shown = capsys.readouterr().out
    assert [c for c in shown if not c.isprintable() and c != "\n"] == []
    assert "[red]markup[/red]" in shown, "mark-up of our own terminal library is text too"


def test_a_terminal_that_is_gone_is_an_outcome(monkeypatch: pytest.MonkeyPatch) -> None:
    import asyncio

    from alert_examples import due

    from alerts.deliver import deliver

    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr("sys.stdout", closed)
    sent = asyncio.run(deliver(build("screen", {"type": "terminal"}), due()))
    monkeypatch.undo()
    assert sent.state in (DeliveryState.DEAD, DeliveryState.FAILED)
