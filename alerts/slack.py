"""Slack by an incoming webhook (docs.slack.dev/messaging/sending-messages-using-incoming-webhooks)."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import ClassVar, Literal

from pydantic import Field, SecretStr

from alerts import blocks, clean
from alerts.base import Channel, ChannelTable, SecretRef, Turn, address
from alerts.http import Answer, Post, post, refusal
from alerts.message import Message
from delivery import DeliveryState, Due, Sent

PACE = 1.0
"""Slack takes one message a second from a webhook."""

_WAYS_OUT = {
    "invalid_token": "the webhook's address is wrong or was revoked; make a new one",
    "no_service": "the webhook was removed; make a new one",
    "no_service_id": "the webhook's address is incomplete",
    "no_team": "the workspace no longer exists",
    "team_disabled": "the workspace is disabled",
    "user_not_found": "the webhook's recipient no longer exists",
    "channel_not_found": "the webhook's channel no longer exists; make a new webhook",
    "channel_is_archived": "the webhook's channel is archived; make a new webhook",
    "action_prohibited": "an administrator has restricted the webhook",
    "posting_to_general_channel_denied": "the webhook may not post to #general",
}
_MALFORMED = ("invalid_payload", "invalid_blocks", "no_text", "msg_too_long", "msg_blocks_too_long")


class SlackTable(ChannelTable):
    """`type = "slack"`."""

    type: Literal["slack"]
    url: SecretRef = Field(description="the incoming webhook's address, as env:NAME or file:PATH")


@dataclass(eq=False)
class Slack(Channel):
    """Posts to an incoming webhook."""

    url: SecretStr = field(default=SecretStr(""), repr=False)

    # what is posted cannot be edited, and a channel is for people: one word on what came after, not one a day
    spacing: ClassVar[timedelta] = timedelta(days=1)
    most: ClassVar[int | None] = 1

    async def send(self, due: Due) -> Sent:
        """Post blocks; where Slack finds them malformed, the plain text, so that no mistake of ours loses an alert."""
        message = self.message(due)
        answer = await self._post(payload(message))
        if answer.status == 400 and answer.text.strip().startswith(_MALFORMED):
            answer = await self._post(text_only(message))
        said = clean.line(answer.text, 120)
        if error := refusal(answer, said, _WAYS_OUT.get(said, "")):
            raise error
        return Sent(DeliveryState.SENT)

    async def _post(self, body: dict[str, object]) -> Answer:
        headers = {"Content-Type": "application/json; charset=utf-8"}
        return await post(Post(self.url.get_secret_value(), json.dumps(body).encode(), headers, self.timeout))


def payload(message: Message, *, buttons: bool = False) -> dict[str, object]:
    """What is posted: blocks, and the text for notifications and screen readers."""
    return {**_text(blocks.escape(message.subject)), "blocks": blocks.render(message, buttons=buttons)}


def text_only(message: Message) -> dict[str, object]:
    """The least that tells the case."""
    article = blocks.link(message.article) if message.article else ""
    lines = [blocks.escape(message.subject), article, blocks.escape(message.source), blocks.escape(message.footer)]
    return _text("\n".join(line for line in lines if line))


def _text(text: str) -> dict[str, object]:
    return {"text": text, "unfurl_links": False, "unfurl_media": False}


def build(name: str, table: SlackTable) -> Slack:
    """The channel of a table. Raises ConfigError."""
    url = address(table.url, "url", secure=True)
    return Slack(name, table.redaction, table.timeout, (url,), Turn(PACE), url=url)
