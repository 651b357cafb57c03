"""Everything that Apprise knows (appriseit.com): chats, push services, SMS. Comes with the extra `apprise`.

Apprise answers yes or no. Why, when to come again and whether the message may have arrived, is read from the HTTP answers
that it gets, since a channel must know all three. Its own log stays silent, as addresses stand in it.
"""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeVar
from urllib.parse import unquote

from pydantic import Field, SecretStr

from alerts import letter
from alerts.base import LOOPBACK, Channel, ChannelTable, SecretRef, Turn, opened
from alerts.http import Answer, refusal, retry_after
from alerts.message import Message
from delivery import DeliveryState, Due, Sent
from errors import ConfigError, DeliveryError, Problem

if TYPE_CHECKING:
    from apprise.plugins import NotifyBase
    from requests import PreparedRequest, Response

T = TypeVar("T")

for _name in ("apprise", "urllib3"):
    logging.getLogger(_name).setLevel(logging.CRITICAL + 1)

_TWINS = str.maketrans(
    {"*": "∗", "_": "＿", "~": "∼", "`": "ˋ", "[": "［", "]": "］", "@": "＠", "<": "‹", ">": "›", "|": "¦", "#": "＃"}
)
"""Which mark-up a service reads is its own business, so none is left: neither links, mentions nor formatting."""
_ADDRESSES = {"url", "link", "key", "thread", "kind"}
_PIECE = 4
"""Characters from which on a piece of an address counts as a part of the secret."""


class AppriseTable(ChannelTable):
    """`type = "apprise"`."""

    type: Literal["apprise"]
    url: SecretRef = Field(description="the recipient's address in Apprise's form, as env:NAME or file:PATH")


@dataclass(eq=False)
class Apprise(Channel):
    """Hands alerts to one service that Apprise knows."""

    service: NotifyBase | None = field(default=None, repr=False)

    # as with Slack's webhook: what was sent cannot be edited, so one word on what came after
    spacing: ClassVar[timedelta] = timedelta(days=1)
    most: ClassVar[int | None] = 1

    async def send(self, due: Due) -> Sent:
        """Send the whole text, or the short one where a service takes no more; a thread does it, as Apprise blocks."""
        assert self.service is not None  # noqa: S101 - for the type checker; `build` has made it
        message = _neutral(self.message(due))
        whole = letter.text(message, width=0).partition("\n\n")[2]  # the first line is the title
        fits = len(whole) + len(message.subject) <= self.service.body_maxlen
        body = whole if fits else _short(message)
        work = asyncio.to_thread(_notify, self.service, message.subject, body)
        try:
            await asyncio.wait_for(work, self.timeout)
        except TimeoutError:
            raise DeliveryError(f"no answer within {self.timeout:g} seconds", unknown=True) from None
        return Sent(DeliveryState.SENT)


def _notify(service: NotifyBase, title: str, body: str) -> None:
    """Raises DeliveryError with what the service answered."""
    with _listening() as heard:
        if service.notify(title=title, body=body, body_format="text"):
            return
    raise next(
        (error for each in reversed(heard) if (error := _error(each))),
        DeliveryError("was not taken; check the address with `apprise -vv` by hand", unknown=True),
    )


def _error(heard: Response | Exception) -> DeliveryError | None:
    if isinstance(heard, Exception):
        return _broke(heard)
    wait = retry_after(heard.headers.get("Retry-After", ""))
    return refusal(Answer(heard.status_code, "", wait))


def _broke(error: Exception) -> DeliveryError:
    """What a broken exchange means. The exception's own text is not shown: it quotes the address."""
    from requests import exceptions

    if isinstance(error, exceptions.ConnectTimeout):
        return DeliveryError("no connection in time; is the host reachable?")
    if isinstance(error, exceptions.SSLError):
        return DeliveryError("the server's certificate is not trusted", retry=False)
    if isinstance(error, exceptions.ConnectionError) and "NewConnectionError" in repr(error):
        return DeliveryError("the connection was refused or the host is unknown; is the service up?")
    timed = isinstance(error, exceptions.Timeout)
    return DeliveryError("no answer in time" if timed else "the server closed the connection", unknown=True)


_heard: ContextVar[list[Response | Exception] | None] = ContextVar("heard", default=None)


@contextmanager
def _listening() -> Iterator[list[Response | Exception]]:
    """Every HTTP answer, or failure, that `requests` gets meanwhile in this thread."""
    _attach()
    heard: list[Response | Exception] = []
    token = _heard.set(heard)
    try:
        yield heard
    finally:
        _heard.reset(token)


@cache
def _attach() -> None:
    """Let `requests` tell who listens. Apprise's services call it themselves and keep what it answers."""
    from requests.adapters import HTTPAdapter

    send = HTTPAdapter.send

    def telling(self: HTTPAdapter, request: PreparedRequest, *args: Any, **options: Any) -> Response:
        heard = _heard.get()
        try:
            answer = send(self, request, *args, **options)
        except Exception as error:
            if heard is not None:
                heard.append(error)
            raise
        if heard is not None:
            heard.append(answer)
        return answer

    HTTPAdapter.send = telling  # type: ignore[method-assign]


def _short(message: Message) -> str:
    """What a service with room for a few hundred characters gets; Apprise cuts what is still too long."""
    article = message.article.url or message.article.text if message.article else ""
    return "\n".join(part for part in (message.source, article, message.footer) if part) or message.subject


def _neutral(value: T, name: str = "") -> T:
    """A message in whose texts no service finds mark-up; addresses stay what they are."""
    if isinstance(value, str):
        return value if name in _ADDRESSES else value.translate(_TWINS)  # type: ignore[return-value]
    if isinstance(value, tuple):
        return tuple(_neutral(each, name) for each in value)  # type: ignore[return-value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        changes = {f.name: _neutral(getattr(value, f.name), f.name) for f in dataclasses.fields(value)}
        return dataclasses.replace(value, **changes)
    return value


def build(name: str, table: AppriseTable) -> Apprise:
    """The channel of a table. Raises ConfigError, also where Apprise is not installed."""
    url = opened(table.url)
    service = _service(url.get_secret_value(), table.timeout)
    pace = Turn(service.request_rate_per_sec)
    service.request_rate_per_sec = 0  # its pauses are ours, so that they are no part of an attempt's time
    return Apprise(name, table.redaction, table.timeout, (url, *_pieces(url)), pace, service=service)


def _service(url: str, timeout: float) -> NotifyBase:
    try:
        import apprise
    except ImportError:
        raise _wrong(
            'needs Apprise, which is not installed: install Outspoken with its extra, "outspoken[apprise]"'
        ) from None
    asset = apprise.AppriseAsset(
        app_id="Outspoken", app_desc="Outspoken", app_url="", image_url_mask="", image_url_logo="", http_redirects=False
    )
    made = apprise.Apprise.instantiate(url, asset=asset)
    if not made:
        raise _wrong("does not stand for an address that Apprise knows, such as ntfys://host/topic")
    if not made.verify_certificate and made.host not in LOOPBACK:
        raise _wrong("says verify=no; certificates are always checked")
    made.redirects = False
    made.overflow_mode = apprise.OverflowMode.TRUNCATE
    made.socket_connect_timeout = made.socket_read_timeout = timeout
    return made


def _wrong(sentence: str) -> ConfigError:
    return ConfigError([Problem("", "url", None, sentence)])


def _pieces(url: SecretStr) -> tuple[SecretStr, ...]:
    """Each part of an address: tokens stand wherever a service wants them."""
    parts = re.split(r"[/:@?&=,]", url.get_secret_value())
    known = {piece for part in parts for piece in (part, unquote(part)) if len(piece) >= _PIECE}
    return tuple(SecretStr(piece) for piece in sorted(known))
