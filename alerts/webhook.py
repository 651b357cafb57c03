"""A webhook of your own: signed JSON, as docs/alerts.md describes it."""

from __future__ import annotations

import hashlib
import hmac
import json
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field, SecretStr

from alerts import clean, record
from alerts.base import Channel, ChannelTable, SecretRef, address, opened
from alerts.http import Post, post, refusal
from alerts.redaction import redact
from alerts.tls import trust
from delivery import DeliveryState, Due, Sent


def _address(value: str) -> str:
    if not value.startswith(("env:", "file:", "http://", "https://")):
        raise ValueError("must be an http or https address, or env:NAME or file:PATH")
    return value


class WebhookTable(ChannelTable):
    """`type = "webhook"`."""

    type: Literal["webhook"]
    url: Annotated[str, AfterValidator(_address)] = Field(
        description="where to post; env:NAME or file:PATH keep it secret"
    )
    secret: SecretRef = Field(description="the key of the signature, as env:NAME or file:PATH")
    authorization: SecretRef | None = Field(None, description="an Authorization header, as env:NAME or file:PATH")
    ca_file: Path | None = Field(None, description="certificates to trust, for a server with an authority of its own")


@dataclass(eq=False)
class Webhook(Channel):
    """Posts signed JSON."""

    url: SecretStr = field(default=SecretStr(""), repr=False)
    key: SecretStr = field(default=SecretStr(""), repr=False)
    authorization: SecretStr | None = field(default=None, repr=False)
    tls: ssl.SSLContext | None = field(default=None, repr=False)
    clock: Callable[[], float] = field(default=time.time, repr=False)

    spacing: ClassVar[timedelta] = timedelta(days=1)

    async def send(self, due: Due) -> Sent:
        """Post it; the body is the same at every attempt, the signature's time is not."""
        alert = redact(due.alert, self.redaction)
        message = self.message(due)
        body = json.dumps(record.record(alert, message), ensure_ascii=False, sort_keys=True).encode()
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": message.key,
            "X-Outspoken-Signature": sign(self.key.get_secret_value(), body, int(self.clock())),
        }
        if self.authorization:
            headers["Authorization"] = self.authorization.get_secret_value()
        answer = await post(Post(self.url.get_secret_value(), body, headers, self.timeout, self.tls))
        if error := refusal(answer, clean.line(answer.text, 120)):
            raise error
        return Sent(DeliveryState.SENT)


def sign(key: str, body: bytes, now: int) -> str:
    """`t=…,v1=…`: HMAC-SHA256 of the time (Unix seconds), a dot and the body, in hexadecimal."""
    mac = hmac.new(key.encode(), f"{now}.".encode() + body, hashlib.sha256)
    return f"t={now},v1={mac.hexdigest()}"


def build(name: str, table: WebhookTable) -> Webhook:
    """The channel of a table. Raises ConfigError."""
    url, key = address(table.url, "url", secure=False), opened(table.secret)
    authorization = opened(table.authorization) if table.authorization else None
    secrets = tuple(each for each in (url, key, authorization) if each)
    tls = trust(table.ca_file) if table.ca_file else None
    return Webhook(
        name, table.redaction, table.timeout, secrets, url=url, key=key, authorization=authorization, tls=tls
    )
