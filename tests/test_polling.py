"""When a source is polled next."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

import polling
from config import CrawlConfig
from model import FeedState, Polled, PollOutcome, Source

SOURCE = Source("a", "https://a.example/feed")
MINUTE = timedelta(minutes=1)


def wait(
    now: datetime,
    outcome: PollOutcome,
    *,
    failures: int = 0,
    hold: timedelta | None = None,
    interval: timedelta | None = None,
) -> timedelta:
    polled = Polled("a", outcome, now, FeedState("https://a.example/feed"), hold=hold)
    source = Source("a", "https://a.example/feed", interval=interval)
    return polling.next_poll(polled, source, failures, CrawlConfig(), Random(1)) - now


def about(wanted: timedelta, got: timedelta) -> bool:
    return wanted <= got <= wanted * (1 + polling.JITTER)


@pytest.mark.parametrize("outcome", [PollOutcome.CHANGED, PollOutcome.UNCHANGED, PollOutcome.EMPTY])
def test_a_healthy_source_keeps_its_pace(now: datetime, outcome: PollOutcome) -> None:
    assert about(15 * MINUTE, wait(now, outcome))
    assert about(2 * MINUTE, wait(now, outcome, interval=2 * MINUTE))


def test_what_the_server_asks_is_respected_within_bounds(now: datetime) -> None:
    assert about(40 * MINUTE, wait(now, PollOutcome.CHANGED, hold=40 * MINUTE))
    assert about(timedelta(hours=6), wait(now, PollOutcome.UNCHANGED, hold=timedelta(days=365)))
    assert about(timedelta(hours=20), wait(now, PollOutcome.THROTTLED, failures=1, hold=timedelta(hours=20)))


def test_a_failing_source_backs_off_and_is_never_dropped(now: datetime) -> None:
    waits = [wait(now, PollOutcome.FAILED, failures=n) for n in range(1, 2000, 7)]
    assert about(30 * MINUTE, waits[0])
    assert max(waits) <= timedelta(hours=6) * (1 + polling.JITTER)
    assert about(timedelta(days=1), wait(now, PollOutcome.GONE, failures=3))


@given(attempts=st.integers(1, 400), limit=st.integers(1, 50))
def test_a_page_is_tried_so_many_times_and_then_given_up(attempts: int, limit: int) -> None:
    now = datetime(2026, 3, 14)  # noqa: DTZ001 - only a difference matters
    later = polling.next_try(attempts, None, now, limit)
    assert (later is None) == (attempts >= limit)
    if later:
        assert MINUTE <= later - now <= timedelta(hours=6)


def test_a_page_waits_as_long_as_the_server_asks(now: datetime) -> None:
    assert polling.next_try(1, timedelta(hours=9), now, 6) == now + timedelta(hours=9)
