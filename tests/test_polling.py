"""When a source is polled next, and why; what is learned from polls; when a silence is improbable."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

import polling
import rates
from config import CrawlConfig
from model import FeedState, Polled, PollOutcome, Source
from polling import Harvest, Network, Past, Plan
from rates import HOURS, Rate

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SETTINGS = CrawlConfig()
EARLIER = datetime(2026, 3, 14, tzinfo=UTC)
EVEN = 2.0
"""A share with which a source of four articles an hour is polled every quarter of an hour."""


def polled(now: datetime, outcome: PollOutcome = PollOutcome.CHANGED, **about: object) -> Polled:
    return Polled("a", outcome, now, FeedState("https://a.example/feed"), **about)  # type: ignore[arg-type]


def known(per_hour: float, now: datetime, room: int = 0) -> Rate:
    """A source that has published evenly for long."""
    return Rate((per_hour * 10,) * HOURS, 10.0 * HOURS, now, room)


def plan(
    now: datetime,
    outcome: PollOutcome = PollOutcome.UNCHANGED,
    *,
    rate: float = 4.0,
    failures: int = 0,
    interval: timedelta | None = None,
    harvest: Harvest | None = None,
    longest: float | None = None,
    room: int = 0,
    share: float = EVEN,
    **about: object,
) -> Plan:
    source = Source("a", "https://a.example/feed", interval=interval)
    past = Past(known(rate, now, room), longest, failures)
    return polling.plan(polled(now, outcome, **about), harvest or Harvest(), source, past, SETTINGS, share)


def minutes(planned: Plan, now: datetime) -> float:
    return (planned.at - now) / MINUTE


# --- the interval ----------------------------------------------------------------------------------------------
def test_four_times_the_rate_is_polled_twice_as_often(now: datetime) -> None:
    waits = [minutes(plan(now, rate=rate), now) for rate in (1, 4, 16)]
    assert waits == pytest.approx([30, 15, 7.5], rel=0.01)


def test_no_source_is_polled_more_or_less_often_than_it_may(now: datetime) -> None:
    assert minutes(plan(now, rate=10_000), now) == pytest.approx(5)
    assert minutes(plan(now, rate=0.0), now) == pytest.approx(360, rel=0.3)
    assert minutes(plan(now, rate=1e-9, share=1e-6), now) == pytest.approx(360)


def test_a_quiet_night_waits_for_the_morning(now: datetime) -> None:
    night = now.replace(hour=22, minute=0)
    profile = [0.01 if hour % 24 in (22, 23, 0, 1) else 16.0 for hour in range(HOURS)]
    wait = polling.until_due(profile, night, 1.0, SETTINGS)
    assert timedelta(hours=4) < wait < timedelta(hours=4.2)
    assert polling.until_due(profile, night + 6 * HOUR, 1.0, SETTINGS) == pytest.approx(HOUR / 4, abs=MINUTE)


def test_an_interval_of_its_own_is_kept(now: datetime) -> None:
    planned = plan(now, interval=2 * MINUTE, hold=HOUR)
    assert (minutes(planned, now), planned.because) == (2, "a fixed interval in sources.toml")


def test_what_the_server_asks_is_respected_within_bounds(now: datetime) -> None:
    planned = plan(now, hold=40 * MINUTE)
    assert minutes(planned, now) == 40
    assert planned.because.endswith("the server asks to wait 40 min")
    assert minutes(plan(now, hold=365 * DAY), now) == 360
    assert minutes(plan(now, PollOutcome.THROTTLED, failures=1, hold=20 * HOUR), now) == 1200


def test_hours_that_the_feed_wants_to_sleep_are_left_out(now: datetime) -> None:
    planned = plan(now.replace(hour=21, minute=55), skip=(22, 23, 0, 1))
    assert planned.at == (now + DAY).replace(hour=2, minute=0)
    assert plan(now, skip=tuple(range(24))).at > now, "a feed that always sleeps is polled all the same"


def test_days_on_which_the_feed_wants_to_sleep_are_left_out(now: datetime) -> None:
    friday = (now - timedelta(days=(now.weekday() - 4) % 7)).replace(hour=23, minute=55)
    planned = plan(friday, skip_days=(5, 6))
    assert planned.at == (friday + 3 * DAY).replace(hour=0, minute=0)
    assert planned.because.endswith("its skipHours and skipDays are kept")
    both = plan(friday, skip_days=(5, 6), skip=tuple(range(8)))
    assert both.at == (friday + 3 * DAY).replace(hour=8, minute=0)
    assert plan(friday, skip_days=tuple(range(7))).at > friday, "a feed that always sleeps is polled all the same"


def test_a_failing_source_backs_off_and_is_never_dropped(now: datetime) -> None:
    waits = [minutes(plan(now, PollOutcome.FAILED, failures=n), now) for n in range(1, 2000, 7)]
    assert waits[0] == 30
    assert max(waits) == 360
    assert minutes(plan(now, PollOutcome.GONE, failures=3), now) == 1440


def test_a_short_feed_is_polled_before_it_has_scrolled(now: datetime) -> None:
    assert minutes(plan(now, rate=4, room=30, share=0.5), now) == pytest.approx(60, rel=0.02)
    assert minutes(plan(now, rate=4, room=2, share=0.5), now) == pytest.approx(15, rel=0.02)


def test_why_a_source_is_polled_when_it_is(now: datetime) -> None:
    assert plan(now).because == "94.7 articles a day, 3.9 an hour at this time of the week"
    assert plan(now, PollOutcome.FAILED, failures=1).because == "backs off after 1 failed poll"


@given(st.lists(st.floats(0.001, 30), min_size=1, max_size=200), st.sampled_from([15, 60, 240]))
def test_all_sources_together_spend_the_budget(roots: list[float], interval: int) -> None:
    settings = CrawlConfig(interval=interval * MINUTE)
    share = polling.share_of(roots, settings)
    spent = sum(min(max(share * root, 1 / 6), 12) for root in roots)
    assert spent == pytest.approx(len(roots) * 60 / interval, rel=0.02)


def test_a_budget_in_polls_an_hour(now: datetime) -> None:
    share = polling.share_of([1.0] * 100, CrawlConfig(polls_per_hour=300))
    assert share == pytest.approx(3, rel=0.01)


# --- gaps ------------------------------------------------------------------------------------------------------
def test_two_polls_that_share_no_entry_are_a_gap(now: datetime) -> None:
    before = now - HOUR
    gap = plan(now, PollOutcome.CHANGED, harvest=Harvest((now,) * 20, 0, 20, before, 20))
    assert gap.gap
    assert gap.longest == 1800
    slow = plan(now, share=0.1, longest=1800.0)
    assert minutes(slow, now) == 30
    assert slow.because.endswith("more often since a gap")


@pytest.mark.parametrize(
    ("outcome", "harvest", "about"),
    [
        (PollOutcome.CHANGED, Harvest((None,), 19, 20, EARLIER, 20), {}),
        (PollOutcome.CHANGED, Harvest((None,), 0, 20, None, 0), {}),
        (PollOutcome.CHANGED, Harvest((None,), 0, 1, EARLIER, 0), {}),
        (PollOutcome.CHANGED, Harvest((None,), 0, 20, EARLIER, 20), {"carried": 500}),
        (PollOutcome.EMPTY, Harvest((), 0, 0, EARLIER, 20), {}),
        (PollOutcome.UNCHANGED, Harvest((), 0, 0, EARLIER, 20), {}),
    ],
)
def test_what_is_no_gap(now: datetime, outcome: PollOutcome, harvest: Harvest, about: dict[str, int]) -> None:
    assert not harvest.gap(polled(now, outcome, **about))


def test_the_bound_of_a_gap_gives_way_slowly(now: datetime) -> None:
    longest: float | None = 600.0
    polls = 0
    while longest is not None:
        polls += 1
        shared = Harvest((), 20, 20, now - HOUR, 20)
        longest = plan(now, PollOutcome.CHANGED, harvest=shared, longest=longest).longest
    assert 60 < polls < 100


# --- our own network -------------------------------------------------------------------------------------------
def test_the_network_is_lost_when_nobody_answers(now: datetime) -> None:
    network = Network()
    for number in range(4):
        network.note(replace(polled(now, PollOutcome.FAILED), source=f"s{number}"))
        network.note(replace(polled(now, PollOutcome.FAILED), source="s0"))
    assert not network.lost
    network.note(replace(polled(now, PollOutcome.FAILED), source="s9"))
    assert network.lost
    assert network.since == now
    network.note(polled(now, PollOutcome.FAILED, status=404))
    assert not network.lost


# --- rates -----------------------------------------------------------------------------------------------------
def published(start: datetime, days: int, random: Random) -> list[datetime]:
    """Ten articles on each working day, between 8 and 18 h."""
    opening = [start + timedelta(days=day) for day in range(days) if (start + timedelta(days=day)).weekday() < 5]
    return sorted(day.replace(hour=8) + timedelta(hours=random.uniform(0, 10)) for day in opening for _ in range(10))


def watched(now: datetime, days: int) -> Rate:
    start = now.replace(hour=0, minute=0) - timedelta(days=days)
    articles, rate = published(start, days, Random(1)), rates.learn(Rate(), [], start)
    for step in range(1, days * 4 + 1):
        until = start + timedelta(hours=6 * step)
        rate = rates.learn(rate, [each for each in articles if until - timedelta(hours=6) < each <= until], until)
    return rate


def test_the_rhythm_of_a_source_is_learned(now: datetime) -> None:
    rate = watched(now, 56)
    profile = rates.profile(rate)
    assert sum(profile) == pytest.approx(50, rel=0.15)
    monday_noon, monday_night, sunday_noon = profile[12], profile[2], profile[6 * 24 + 12]
    assert monday_noon > 0.7
    assert monday_night < 0.1
    assert sunday_noon < 0.2


def test_what_is_long_ago_fades(now: datetime) -> None:
    busy = known(2.0, now)
    later = now
    for _ in range(400):
        later += 6 * HOUR
        busy = rates.learn(busy, [], later)
    assert rates.mean(busy) < 0.4


def test_a_first_poll_learns_from_the_dates_that_the_feed_shows(now: datetime) -> None:
    rate = rates.learn(Rate(), [now - timedelta(hours=hours) for hours in range(48)], now)
    assert rates.mean(rate) == pytest.approx(0.68, abs=0.05)
    flood = rates.learn(Rate(), [None] * 50, now)
    assert rates.mean(flood) == pytest.approx(1 / 24)


@given(st.lists(st.datetimes(datetime(2026, 1, 1), datetime(2026, 3, 1)), max_size=30))  # noqa: DTZ001 - made aware below
def test_what_is_learned_survives_storing_and_is_never_negative(times: list[datetime]) -> None:
    now = datetime.fromisoformat("2026-03-01T00:00:00+00:00")
    rate = rates.learn(Rate(), [each.replace(tzinfo=now.tzinfo) for each in times], now)
    again = Rate.loads(rate.dumps())
    assert rates.mean(again) == pytest.approx(rates.mean(rate), rel=0.01)
    assert min(rates.profile(again)) > 0
    assert sum(rates.profile(again)) / HOURS == pytest.approx(rates.mean(again), rel=0.01)
    assert rates.root(rates.profile(again)) ** 2 <= rates.mean(again) * 1.001


def test_nothing_is_known_of_a_new_source() -> None:
    assert Rate.loads("") == Rate()
    assert set(rates.profile(Rate())) == {1 / 24}


def test_how_many_articles_are_expected(now: datetime) -> None:
    profile = [float(hour) for hour in range(HOURS)]
    monday = now - timedelta(days=now.weekday(), hours=now.hour, minutes=now.minute)
    assert rates.expected(profile, monday, monday + 3 * HOUR) == pytest.approx(3)
    assert rates.expected(profile, monday + HOUR / 2, monday + 1.5 * HOUR) == pytest.approx(0.5)
    assert rates.expected(profile, monday, monday + 15 * DAY) == pytest.approx(2 * sum(profile) + sum(range(24)))
    assert rates.expected(profile, now, now - HOUR) == 0


def test_a_silent_weekend_is_usual_and_a_silent_week_is_not(now: datetime) -> None:
    rate = watched(now, 56)
    profile = rates.profile(rate)
    friday = (now - timedelta(days=(now.weekday() - 4) % 7)).replace(hour=19)
    assert rates.silence(profile, friday, friday + timedelta(days=2.5)) > 0.05
    assert rates.silence(profile, friday, friday + timedelta(days=8)) < 0.001


# --- pages -----------------------------------------------------------------------------------------------------
@given(attempts=st.integers(1, 400), limit=st.integers(1, 50))
def test_a_page_is_tried_so_many_times_and_then_given_up(attempts: int, limit: int) -> None:
    now = datetime(2026, 3, 14)  # noqa: DTZ001 - only a difference matters
    later = polling.next_try(attempts, None, now, limit)
    assert (later is None) == (attempts >= limit)
    if later:
        assert MINUTE <= later - now <= timedelta(hours=6)


def test_a_page_waits_as_long_as_the_server_asks(now: datetime) -> None:
    assert polling.next_try(1, timedelta(hours=9), now, 6) == now + timedelta(hours=9)


def test_polls_are_spread(now: datetime) -> None:
    spread = {polling.spread(now, now + HOUR, Random(seed)) for seed in range(20)}
    assert len(spread) == 20
    assert all(HOUR <= each - now <= HOUR * (1 + polling.JITTER) for each in spread)


# --- minutes of the hour ---------------------------------------------------------------------------------------
def quarterly(now: datetime, days: int = 20, lag: timedelta = timedelta()) -> Rate:
    """What polls at odd times learn of an outlet that publishes on the quarter hour, of which its feed knows later."""
    start, rate, random = now.replace(minute=0), Rate(), Random(1)
    at = start
    rate = rates.learn(rate, [], at)
    while at < start + timedelta(days=days):
        before, at = at, at + timedelta(minutes=random.uniform(8, 50))
        quarter = before.replace(minute=before.minute // 15 * 15, second=10, microsecond=0)
        shown = []
        while quarter + lag <= at:
            shown += [quarter] if quarter + lag > before else []
            quarter += 15 * MINUTE
        rate = rates.learn(rate, shown, at, before)
    return rate


def test_polls_end_just_after_the_minutes_in_which_an_outlet_publishes(now: datetime) -> None:
    habit = rates.habit(quarterly(now))
    assert {minute for minute, times in enumerate(habit) if times > polling.HABIT} == {0, 15, 30, 45}
    start = now.replace(minute=16)
    assert polling.snapped(start, 19 * MINUTE, habit, 5 * MINUTE) == 15 * MINUTE
    assert polling.snapped(start, 24 * MINUTE, habit, 5 * MINUTE) == 30 * MINUTE
    assert polling.snapped(start, 7 * MINUTE, habit, 5 * MINUTE) == 7 * MINUTE, "none is near"
    assert polling.snapped(start, 12 * MINUTE, habit, 5 * MINUTE) == 15 * MINUTE
    assert polling.snapped(start, 18 * MINUTE, habit, 16 * MINUTE) == 18 * MINUTE, "the server asks to wait"
    assert polling.snapped(start, 5 * HOUR, habit, 5 * MINUTE) == 5 * HOUR


def test_minutes_before_an_article_could_be_seen_are_not_learned(now: datetime) -> None:
    """A feed that shows at :20 what is dated :15 is not polled at :16, in vain, for ever."""
    habit = rates.habit(quarterly(now, lag=5 * MINUTE))
    late = rates.habit(quarterly(now))
    assert max(habit[minute] for minute in (0, 15, 30, 45)) < 0.9 * max(late)


def test_an_outlet_without_a_timetable_has_no_habit(now: datetime) -> None:
    assert rates.habit(Rate()) == ()
    assert max(rates.habit(watched(now, 56))) < polling.HABIT
    assert polling.snapped(now, 20 * MINUTE, rates.habit(watched(now, 56)), 5 * MINUTE) == 20 * MINUTE


def test_a_plan_says_that_it_ends_after_such_a_minute_and_is_hardly_spread(now: datetime) -> None:
    past = Past(quarterly(now))
    at = past.rate.at.replace(minute=16, second=0, microsecond=0)  # type: ignore[union-attr]
    planned = polling.plan(polled(at, PollOutcome.UNCHANGED), Harvest(), Source("a", ""), past, SETTINGS, EVEN)
    assert planned.sharp
    assert planned.because.endswith("of the hour, when it mostly publishes")
    assert (planned.at.minute % 15, planned.at.second) == (1, 0)
    assert polling.spread(at, planned.at, Random(1), sharp=True) - planned.at <= polling.SHARP
