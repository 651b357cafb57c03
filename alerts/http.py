"""One POST and what its failure means. Redirects are not followed: an alert goes where the operator sent it."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from errors import DeliveryError

# httpx logs the address of every request, and with Slack the address is the secret
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)

ANSWER = 4096
"""Bytes of an answer that are read, where nobody asks for more."""
LONGEST_WAIT = 86_400.0
_RETRY = {408, 409, 423, 425, 429}


@dataclass(frozen=True, slots=True)
class Answer:
    """A server's answer: `text` is its beginning; `retry_after` in seconds."""

    status: int
    text: str
    retry_after: float | None = None


@dataclass(frozen=True)
class Post:
    """A request. Its address and headers may hold secrets, so they never show in `repr`."""

    url: str = field(repr=False)
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    timeout: float = 20.0
    """Seconds for all of it."""
    tls: ssl.SSLContext | None = None
    most: int = ANSWER
    """Bytes of the answer that are read."""


async def post(request: Post) -> Answer:
    """Send it. Raises DeliveryError where no answer came; `unknown` where the request may have left by then."""
    left: list[str] = []
    try:
        async with asyncio.timeout(request.timeout):
            return await _exchange(request, left)
    except TimeoutError:
        sentence = f"no answer within {request.timeout:g} seconds"
    except httpx.InvalidURL:
        raise DeliveryError("the channel's address is not a valid URL; correct it", retry=False) from None
    except httpx.UnsupportedProtocol:
        raise DeliveryError("the channel's address must start with https:// or http://", retry=False) from None
    except httpx.HTTPError as error:
        sentence = _sentence(error)
    raise DeliveryError(sentence, unknown=bool(left))


async def _exchange(request: Post, left: list[str]) -> Answer:
    async def trace(event: str, _: Any) -> None:
        # from the first byte of the body on: what is cut off while the last one leaves may have arrived
        if event.endswith("send_request_body.started"):
            left.append(event)

    headers = {"User-Agent": "Outspoken", "Accept-Encoding": "identity", **request.headers}
    async with (
        httpx.AsyncClient(follow_redirects=False, timeout=request.timeout, verify=request.tls or True) as client,
        client.stream(
            "POST", request.url, content=request.body, headers=headers, extensions={"trace": trace}
        ) as response,
    ):
        text = await _beginning(response, request.most)
        return Answer(response.status_code, text, retry_after(response.headers.get("retry-after", "")))


async def _beginning(response: httpx.Response, most: int) -> str:
    """The answer's status decides; a body that breaks off does not change it."""
    body = b""
    try:
        async for chunk in response.aiter_raw():
            body += chunk
            if len(body) >= most:
                break
    except httpx.HTTPError:
        pass
    return body[:most].decode("utf-8", "replace")


def _sentence(error: httpx.HTTPError) -> str:
    """What went wrong, without the exception's own text, which may quote the address."""
    kinds = (
        (httpx.ConnectTimeout, "no connection in time; is the host reachable?"),
        (httpx.ConnectError, "the connection was refused or the host is unknown; is the service up?"),
        (httpx.ProxyError, "the proxy refused; check HTTPS_PROXY"),
        (httpx.TimeoutException, "no answer in time"),
        (httpx.RemoteProtocolError, "the server closed the connection or did not speak HTTP"),
    )
    return next((text for kind, text in kinds if isinstance(error, kind)), "the connection broke")


def retry_after(value: str, now: datetime | None = None) -> float | None:
    """Seconds of a Retry-After header, which may be a number or a date (RFC 9110, section 10.2.3); at most a day."""
    try:
        seconds = float(value) if value.strip().isdigit() else _until(value, now or datetime.now(UTC))
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(seconds, 0.0), LONGEST_WAIT)


def _until(date: str, now: datetime) -> float:
    when = parsedate_to_datetime(date)
    return ((when if when.tzinfo else when.replace(tzinfo=UTC)) - now).total_seconds()


def refusal(answer: Answer, said: str = "", way_out: str = "") -> DeliveryError | None:
    """The error that an answer stands for; None where the server took the alert.

    A retry makes sense after 5xx, 429 and a few more; a redirect and every other 4xx stays as it is.
    """
    if 200 <= answer.status < 300:
        return None
    retry = answer.status >= 500 or answer.status in _RETRY
    words = said or {3: "redirects are not followed; use the final address"}.get(answer.status // 100, "")
    sentence = f"answered {answer.status}{words and f': {words}'}{way_out and f'; {way_out}'}"
    return DeliveryError(sentence, retry=retry, retry_after=answer.retry_after if retry else None)
