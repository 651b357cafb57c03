"""The kinds of channels; each checks its own table of the configuration."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ValidationError

from alerts import apprise, feed, file, mail, slack, slack_bot, terminal, webhook
from alerts.base import Channel, ChannelTable
from alerts.signing import Signer
from errors import ConfigError, Problem

__all__ = ["KINDS", "Channel", "build", "build_all", "problems"]

LineOf = Callable[..., int | None]

KINDS: dict[str, tuple[type[ChannelTable], Callable[[str, Any], Channel]]] = {
    "terminal": (terminal.TerminalTable, terminal.build),
    "slack": (slack.SlackTable, slack.build),
    "slack-bot": (slack_bot.SlackBotTable, slack_bot.build),
    "email": (mail.EmailTable, mail.build),
    "webhook": (webhook.WebhookTable, webhook.build),
    "file": (file.FileTable, file.build),
    "feed": (feed.FeedTable, feed.build),
    "apprise": (apprise.AppriseTable, apprise.build),
}
"""For each `type` the shape of its table and what makes a channel of it."""


def build(name: str, table: Mapping[str, Any]) -> Channel:
    """The channel that `[channels.NAME]` describes, its secrets read. Raises ConfigError with every mistake."""
    made = _make("outspoken.toml", name, table, _nowhere)
    if isinstance(made, list):
        raise ConfigError(made)
    return made


def build_all(
    tables: Mapping[str, Mapping[str, Any]], signer: Signer | None, *, buttons: bool, web: str = ""
) -> dict[str, Channel]:
    """Every channel. `signer` makes the links by which readers answer, `buttons` says that Slack's are listened to,
    `web` is the address of the web interface.

    Raises ConfigError.
    """
    made = {name: build(name, table) for name, table in tables.items()}
    for channel in made.values():
        channel.signer, channel.buttons, channel.web = signer, buttons, web
    return made


def problems(file: str, tables: Mapping[str, Mapping[str, Any]], line_of: LineOf) -> list[Problem]:
    """Every mistake in all `[channels.…]` tables, missing secrets included; `line_of(*key)` gives a key's line.

    No value stands in a problem, so that no secret can.
    """
    made = [_make(file, name, table, line_of) for name, table in tables.items()]
    return [problem for each in made if isinstance(each, list) for problem in each]


def _nowhere(*_: str | int) -> None:
    return None


def _make(file: str, name: str, table: Mapping[str, Any], line_of: LineOf) -> Channel | list[Problem]:
    def problem(key: tuple[str | int, ...], message: str) -> Problem:
        path = ("channels", name, *key)
        return Problem(file, ".".join(str(part) for part in path), line_of(*path), message)

    if not re.fullmatch(r"[\w.-]{1,60}", name):
        return [problem((), "a channel's name has letters, digits and `._-` only, at most 60")]
    kind = table.get("type")
    if not isinstance(kind, str) or kind not in KINDS:
        return [problem(("type",), f"must be one of {', '.join(sorted(KINDS))}")]
    shape, maker = KINDS[kind]
    try:
        checked = shape.model_validate(dict(table))
        made = maker(name, checked)
        made.per_hour = checked.per_hour
    except ValidationError as error:
        found = error.errors(include_input=False)
        # what is wrong with a list follows from what is wrong in it
        inner = {each["loc"][:-1] for each in found if len(each["loc"]) > 1}
        return [
            problem(each["loc"], _sentence(each["type"], each["msg"])) for each in found if each["loc"] not in inner
        ]
    except ConfigError as error:
        return [problem(*_missing(each, table)) for each in error.problems]
    return made


def _missing(problem: Problem, table: Mapping[str, Any]) -> tuple[tuple[str, ...], str]:
    """A secret that cannot be read, at the key that asks for it."""
    if not problem.file:
        return (problem.key,), problem.message
    reference = f"env:{problem.key}" if problem.file == "environment" else f"file:{problem.file}"
    key = tuple(key for key, value in table.items() if value == reference)[:1]
    return key, f"{reference} {problem.message}"


def _sentence(kind: str, message: str) -> str:
    return {
        "extra_forbidden": "is not a known key of this channel; check its spelling in docs/alerts.md",
        "missing": "is missing",
    }.get(kind, message.removeprefix("Value error, "))
