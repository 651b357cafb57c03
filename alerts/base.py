"""What every channel is and what its table may say."""

from __future__ import annotations

import asyncio
import time
from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Annotated, ClassVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, ConfigDict, Field, SecretStr

from alerts.message import Link, Message, message
from alerts.redaction import Redaction
from alerts.sections import NEAR
from alerts.signing import Signer
from config import Table
from config import secret as read_secret
from delivery import Alert, Due, Sent
from errors import ConfigError, Problem


def _reference(value: str) -> str:
    if not value.startswith(("env:", "file:")) or not value.partition(":")[2]:
        raise ValueError("is a secret: write it as env:NAME or file:PATH, so that it never stands in this file")
    return value


SecretRef = Annotated[str, AfterValidator(_reference)]
"""A secret's place: `env:NAME` or `file:PATH`."""


class ChannelTable(Table):
    """What every `[channels.NAME]` table knows."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    names: bool = Field(True, description="false: people's names are left out of everything")
    quotes: bool = Field(True, description="false: the article's words are left out")
    link_only: bool = Field(False, description="true: nothing but the kind of case, outlet, date and link")
    timeout: float = Field(20, gt=0, le=120, description="seconds for one attempt")
    follow_ups: bool = Field(True, description="false: hears of each case once, not of further articles on it")
    per_hour: int | None = Field(None, ge=1, le=3600, description="messages in an hour; what is beyond waits")

    @property
    def redaction(self) -> Redaction:
        """What the channel may see."""
        return Redaction(self.names, self.quotes, self.link_only)


def opened(reference: str) -> SecretStr:
    """Read a secret; ConfigError where it is missing."""
    return SecretStr(read_secret(reference))


@dataclass
class Turn:
    """Lets one delivery at a time through, `pace` seconds between two starts."""

    pace: float = 0.0
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    _next: float = 0.0

    async def __aenter__(self) -> None:
        await self._lock.acquire()
        try:
            await asyncio.sleep(max(0.0, self._next - time.monotonic()))
        except asyncio.CancelledError:
            self._lock.release()
            raise
        self._next = time.monotonic() + self.pace

    async def __aexit__(self, *_: object) -> None:
        self._lock.release()


@dataclass(eq=False)
class Channel(ABC):
    """A recipient. `secrets` are taken out of every error before anybody sees it."""

    name: str
    redaction: Redaction = field(default=Redaction())
    timeout: float = 20.0
    secrets: tuple[SecretStr, ...] = field(default=(), repr=False)
    turn: Turn = field(default_factory=Turn, repr=False)
    per_hour: int | None = None
    signer: Signer | None = field(default=None, repr=False)
    buttons: bool = False
    """Whether somebody listens when a button is pressed (Slack)."""
    web: str = ""
    """Where the web interface is; empty: nowhere."""

    spacing: ClassVar[timedelta] = timedelta(0)
    """Time between two messages on one case; what comes in between goes out as one."""
    most: ClassVar[int | None] = None
    """Follow-ups that a case gets at most."""
    digests: ClassVar[bool] = True
    """Whether a flood becomes a digest here; a program or file takes every alert by itself."""

    @abstractmethod
    async def send(self, due: Due) -> Sent:
        """Try once. Raises DeliveryError; `deliver` makes a value of it."""

    def message(self, due: Due) -> Message:
        """What is shown, as far as this channel may see it."""
        shown = message(due.alert, self.redaction)
        if not self.redaction.nothing:
            return shown  # who may not see everything can neither judge it nor look further
        asked = self.signer.links(due.alert, self.name) if self.signer else ()
        return replace(shown, verdicts=asked, links=self._links(due.alert))

    def _links(self, alert: Alert) -> tuple[Link, ...]:
        """The pages of the case and of the known accounts that it is compared with."""
        if not self.web or alert.account_id is None:
            return ()
        near = [(f"Account {each.account}", each.account) for each in alert.near[:NEAR]]
        pages = [("Review page", alert.account_id), *(near if alert.kind == "account" else [])]
        return tuple(Link(text, f"{self.web.rstrip('/')}/-/accounts/{number}") for text, number in pages)


LOOPBACK = ("127.0.0.1", "::1", "localhost")


def address(reference: str, key: str, *, secure: bool) -> SecretStr:
    """Read an address that is a secret; `secure` asks for https, but for loopback. Raises ConfigError without it."""
    value = opened(reference)
    try:
        parts = urlsplit(value.get_secret_value())
        host, scheme = parts.hostname or "", parts.scheme
    except ValueError:
        host, scheme = "", ""
    if not host or scheme not in ("http", "https"):
        raise ConfigError([Problem("", key, None, "does not stand for an http or https address")])
    if secure and scheme == "http" and host not in LOOPBACK:
        raise ConfigError([Problem("", key, None, "must be an https address: it is a secret")])
    return value
