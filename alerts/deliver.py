"""One attempt to tell one recipient, and when to try again."""

from __future__ import annotations

import asyncio
import logging
import re
import traceback
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from pydantic import SecretStr

from alerts import clean
from alerts.base import Channel
from delivery import DeliveryState, Due, Sent
from errors import DeliveryError

log = logging.getLogger("outspoken.alerts")

FIRST = 10.0
"""Seconds before the second attempt, at most."""
FACTOR = 3.0
LONG = 9
"""Characters from which on a piece of a secret is one itself; shorter ones are words like `services`."""
LONGEST = 6 * 3600.0
"""Seconds between two attempts, at most, whatever the channel asks for."""


async def deliver(channel: Channel, due: Due, timeout: float = 150.0) -> Sent:
    """Try once; never raises but for cancellation. `timeout` (seconds) is a backstop behind the channel's own.

    `sent`: the channel took it. `failed`: it surely did not, a retry makes sense. `unknown`: it may have. `dead`: it
    refused for good. At most one delivery of a channel runs at a time, at the channel's pace.
    """
    async with channel.turn:
        try:
            async with asyncio.timeout(timeout):
                return await channel.send(due)
        except TimeoutError:
            return Sent(DeliveryState.UNKNOWN, error=f"{channel.name} did not answer within {timeout:g} seconds")
        except DeliveryError as error:
            return _refused(channel, error)
        except Exception as error:  # noqa: BLE001 - a mistake in one channel must not stop the others
            return _broken(channel, error)


def next_try(attempts: int, retry_after: float | None, now: datetime, rng: Random) -> datetime:
    """When to try again after `attempts` failures: ten seconds, half a minute, … six hours, each shortened by up to
    half at random, so that recipients who failed together do not come back together; never before `retry_after`
    (seconds) has passed, unless that is more than six hours.
    """
    grown = FIRST * FACTOR ** min(max(attempts, 1) - 1, 20)
    wait = min(grown, LONGEST) * rng.uniform(0.5, 1.0)
    return now + timedelta(seconds=min(max(wait, retry_after or 0.0), LONGEST))


def scrub(text: str, secrets: tuple[SecretStr, ...]) -> str:
    """A text for errors and logs: one clean line in which no secret stands, nor a part of one by which it is known."""
    known = {part for each in secrets for part in _parts(each.get_secret_value())}
    for part in sorted(known, key=len, reverse=True):
        text = text.replace(part, "[secret]")
    return clean.line(text, 500)


def _parts(secret: str) -> list[str]:
    """A secret, and what a server may quote of it: the token of `Bearer …`, an address's path and its long pieces."""
    inner = secret.partition("://")[2].partition("/")[2] if "://" in secret else secret
    return [part for part in (secret, inner) if part] + [p for p in re.split(r"[\s/?&=]", inner) if len(p) >= LONG]


def _refused(channel: Channel, error: DeliveryError) -> Sent:
    state = DeliveryState.DEAD if not error.retry else DeliveryState.UNKNOWN if error.unknown else DeliveryState.FAILED
    return Sent(state, error.receipt, scrub(str(error), channel.secrets), error.retry_after)


def _broken(channel: Channel, error: Exception) -> Sent:
    """A mistake of ours: what and where, but not the exception's text, which may quote anything."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"
    log.error("%s: %s at %s while sending", channel.name, type(error).__name__, place)
    return Sent(DeliveryState.FAILED, error=f"{channel.name}: internal error, {type(error).__name__} at {place}")
