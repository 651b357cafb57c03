"""When a source is polled next: pure decisions, no clock and no store.

A healthy source is polled at its own interval, or at the configuration's, never more often than the server asks
(`Polled.hold`: Retry-After, max-age, ttl). A failing one backs off by doubling but is never dropped.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from config import CrawlConfig
from model import Polled, PollOutcome, Source

JITTER = 0.1
"""Share of an interval by which polls are spread, so that sources added together do not stay together."""
GONE = timedelta(days=1)
"""A feed that answers 410 is asked once a day whether it came back."""
HEALTHY = {PollOutcome.CHANGED, PollOutcome.UNCHANGED, PollOutcome.EMPTY}


def next_poll(polled: Polled, source: Source, failures: int, settings: CrawlConfig, random: Random) -> datetime:
    """The earliest time of the next poll. `failures` counts those in a row, this one included."""
    if polled.outcome is PollOutcome.GONE:
        return polled.at + GONE
    wait = _wait(polled, source, failures, settings)
    return polled.at + wait * (1 + JITTER * random.random())


def _wait(polled: Polled, source: Source, failures: int, settings: CrawlConfig) -> timedelta:
    usual = source.interval or max(settings.interval, settings.min_interval)
    if polled.outcome in HEALTHY:
        return usual if source.interval else _held(usual, polled.hold, settings.max_interval)
    backed_off = min(usual * 2.0 ** min(failures, 16), max(settings.max_interval, usual))
    if polled.outcome is PollOutcome.THROTTLED:
        return max(backed_off, polled.hold or timedelta())
    return backed_off


def _held(usual: timedelta, hold: timedelta | None, longest: timedelta) -> timedelta:
    return min(max(usual, hold or timedelta()), max(longest, usual))


def next_try(attempts: int, hold: timedelta | None, now: datetime, limit: int) -> datetime | None:
    """When a page is tried again after `attempts` tries, or None when it is given up.

    1, 2, 4 ... minutes, at most 6 hours; longer where the server asked for it.
    """
    if attempts >= limit:
        return None
    return now + max(min(timedelta(minutes=2.0 ** min(attempts - 1, 16)), timedelta(hours=6)), hold or timedelta())
