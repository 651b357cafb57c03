"""Slack by a bot token: one message for each case, which grows (docs.slack.dev/reference/methods).

`chat.postMessage` tells a case. What follows within a day edits that message with `chat.update`, later it is a reply in
its thread. Every message carries the alert's key as metadata, so that after a broken line or a crash the channel's
history says whether it had arrived.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal
from urllib.parse import urlencode, urlsplit

from pydantic import AfterValidator, Field, SecretStr

from alerts import clean
from alerts.base import LOOPBACK, Channel, ChannelTable, SecretRef, Turn, opened
from alerts.http import Post, post, refusal
from alerts.message import Message
from alerts.slack import PACE, payload, text_only
from delivery import DeliveryState, Due, Sent
from errors import DeliveryError

EVENT = "outspoken_alert"
EDITED = timedelta(days=1)
"""A message older than this is not edited any more, since nobody would see it; its thread gets a reply."""
LARGEST = 4_000_000
PAGES = 5
"""Pages of a channel's history that are looked through."""
_PASSING = {"ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable", "request_timeout"}
_MALFORMED = {"invalid_blocks", "invalid_blocks_format", "msg_too_long", "msg_blocks_too_long", "no_text"}
_NOT_EDITABLE = {"message_not_found", "cant_update_message", "edit_window_closed", "no_permission", "update_failed"}
_WAYS_OUT = {
    "not_in_channel": "invite the bot into the channel",
    "channel_not_found": "the channel's id is wrong, or the bot may not see it; invite it",
    "is_archived": "the channel is archived; name another",
    "invalid_auth": "the token is wrong; take the bot's token, xoxb-…",
    "not_authed": "the token is empty",
    "token_revoked": "the token was revoked; install the app again",
    "token_expired": "the token has expired; install the app again",
    "account_inactive": "the bot was removed from the workspace",
    "missing_scope": "the bot lacks a permission; it needs chat:write, channels:history and groups:history",
}


def _api(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise ValueError("must be an https address")
    return value.rstrip("/") + "/"


class SlackBotTable(ChannelTable):
    """`type = "slack-bot"`."""

    type: Literal["slack-bot"]
    token: SecretRef = Field(description="the bot's token (xoxb-…), as env:NAME or file:PATH")
    channel: str = Field(pattern=r"^[CGD][A-Z0-9]{5,20}$", description="the channel's id, as in its details")
    api: Annotated[str, AfterValidator(_api)] = Field("https://slack.com/api/", description="where Slack's API lives")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a method answered. `error` is empty where it worked."""

    error: str
    data: dict[str, Any]


@dataclass(eq=False)
class SlackBot(Channel):
    """Posts, edits and replies. The receipt keeps the message's place: `{"channel": …, "ts": …}`."""

    token: SecretStr = field(default=SecretStr(""), repr=False)
    channel: str = ""
    api: str = ""
    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC), repr=False)

    async def send(self, due: Due) -> Sent:
        """Tell a case, or let its message grow. What may have arrived is looked for first."""
        first = _place(due.case.receipt) if due.case else ""
        if due.unknown and (found := await self._find(due, first)):
            return Sent(DeliveryState.SENT, found)
        if due.case and first and not due.case.digest and self.clock() - due.case.first < EDITED:
            answer = await self._write("chat.update", self._grown(due), {"ts": first}, due.case.alert.key)
            if answer.error not in _NOT_EDITABLE:
                return _sent(answer)
        return _sent(await self._write("chat.postMessage", self.message(due), _thread(first), due.alert.key))

    def _grown(self, due: Due) -> Message:
        """The first message, with every outlet that carries the case by now."""
        assert due.case is not None  # noqa: S101 - for the type checker; `send` has looked
        told = replace(due.case.alert, carriers=due.alert.carriers)
        return self.message(replace(due, alert=told))

    async def _write(self, method: str, message: Message, where: dict[str, str], key: str) -> Answer:
        """Blocks; where Slack finds them malformed, the plain text, so that no mistake of ours loses an alert."""
        metadata = {"event_type": EVENT, "event_payload": {"id": key}}
        about = {"channel": self.channel, "metadata": metadata, **where}
        answer = await self._call(method, {**payload(message, buttons=self.buttons), **about})
        if answer.error in _MALFORMED:
            answer = await self._call(method, {**text_only(message), "blocks": [], **about})
        return answer

    async def _find(self, due: Due, thread: str) -> str:
        """The place of a message that was sent with an unknown outcome; empty where it never arrived.

        An edit needs no search: doing it twice is doing it once.
        """
        method = "conversations.replies" if thread else "conversations.history"
        oldest = (due.alert.created - timedelta(minutes=5)).timestamp()
        ask = {"channel": self.channel, "oldest": f"{oldest:.6f}", "limit": "100", "include_all_metadata": "true"}
        ask |= _replies(thread)
        for _ in range(PAGES):
            answer = await self._call(method, ask, form=True)
            if answer.error:
                return ""
            if found := _among(answer.data.get("messages"), due.alert.key):
                return json.dumps({"channel": self.channel, "ts": found})
            cursor = (answer.data.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                break
            ask["cursor"] = str(cursor)
        return ""

    async def _call(self, method: str, body: dict[str, Any], *, form: bool = False) -> Answer:
        """One call. Raises DeliveryError where the trouble may pass, or where no answer came."""
        kind = "application/x-www-form-urlencoded" if form else "application/json"
        data = urlencode(body) if form else json.dumps(body)
        headers = {"Content-Type": f"{kind}; charset=utf-8", "Authorization": f"Bearer {self.token.get_secret_value()}"}
        try:
            answer = await post(Post(self.api + method, data.encode(), headers, self.timeout, most=LARGEST))
        except DeliveryError as error:
            # a question that got no answer leaves the message that it asked for as unknown as before
            error.unknown = error.unknown or form
            raise
        if refused := refusal(answer, clean.line(answer.text, 120)):
            refused.unknown = refused.retry and form
            raise refused
        return _read(answer.text, method, unknown=form)


def _read(text: str, method: str, *, unknown: bool) -> Answer:
    try:
        data = json.loads(text)
        error = "" if data["ok"] else str(data.get("error") or "no reason")
    except (ValueError, KeyError, TypeError):
        raise DeliveryError(f"{method}: the answer is not Slack's", unknown=True) from None
    if error in _PASSING:
        raise DeliveryError(f"{method}: {error}", unknown=unknown)
    return Answer(clean.line(error, 80), data)


def _sent(answer: Answer) -> Sent:
    if answer.error:
        way_out = _WAYS_OUT.get(answer.error, "")
        raise DeliveryError(f"refused: {answer.error}{way_out and f'; {way_out}'}", retry=False)
    place = {"channel": str(answer.data.get("channel", "")), "ts": str(answer.data.get("ts", ""))}
    return Sent(DeliveryState.SENT, json.dumps(place))


def _place(receipt: str) -> str:
    """The timestamp in a receipt; empty where there is none."""
    try:
        return str(json.loads(receipt)["ts"]) if receipt else ""
    except (ValueError, KeyError, TypeError):
        return ""


def _thread(ts: str) -> dict[str, str]:
    return {"thread_ts": ts} if ts else {}


def _replies(ts: str) -> dict[str, str]:
    return {"ts": ts} if ts else {}


def _among(messages: Any, key: str) -> str:
    for each in messages if isinstance(messages, list) else []:
        metadata = each.get("metadata") or {}
        if metadata.get("event_type") == EVENT and (metadata.get("event_payload") or {}).get("id") == key:
            return str(each.get("ts", ""))
    return ""


def build(name: str, table: SlackBotTable) -> SlackBot:
    """The channel of a table. Raises ConfigError."""
    token = opened(table.token)
    return SlackBot(
        name, table.redaction, table.timeout, (token,), Turn(PACE), token=token, channel=table.channel, api=table.api
    )
