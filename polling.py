"""When a source is polled next, and why: pure decisions, no clock and no store.

With a budget of polls an hour over all sources, the mean delay of an article is least when each source is polled in
proportion to the square root of its rate. So a source's frequency is `share * sqrt(rate of this hour of the week)`,
within bounds, and its next poll is due when that has summed up to one. `share` is what makes all sources together
spend the budget.

Never more often than the server asks (`Polled.hold`: Retry-After, max-age, ttl; `skip`: skipHours). A failing source
backs off by doubling but is never dropped; where we have lost the network ourselves nobody backs off.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from random import Random
from typing import ClassVar

import rates
from config import CrawlConfig
from model import Polled, PollOutcome, Source
from rates import Rate

JITTER = 0.1
"""Share of an interval by which polls are spread, so that sources added together do not stay together."""
GONE = timedelta(days=1)
"""A feed that answers 410 is asked once a day whether it came back."""
HEALTHY = {PollOutcome.CHANGED, PollOutcome.UNCHANGED, PollOutcome.EMPTY}
SCROLLED = 0.5
"""A feed is polled again before so much of what it shows can be new."""
HABIT = 3.0
"""A minute of the hour in which so many times more is published than in others is worth waiting for."""
SNAP = 1.4
"""By so much an interval may be shortened or lengthened to end just after such a minute."""
LONGEST_SNAPPED = timedelta(hours=3)
"""Beyond, a few minutes make no difference."""
SHARP = timedelta(seconds=20)
"""By so much an interval is spread that ends just after such a minute."""
PUSHED = 4.0
"""A source whose hub pushes is polled so many times less often."""
RELAXED = 1.05
"""By so much the bound that a gap has set gives way with each poll that shares entries with the one before."""
OFFLINE = timedelta(minutes=2)
"""Time between two polls of a source while we have no network."""
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Harvest:
    """What a poll has brought beside what was known. `before` is the last poll that worked.

    `times` are the new articles' dates, `shared` is how many of the entries were known, `listed` how many there were.
    """

    times: tuple[datetime | None, ...] = ()
    shared: int = 0
    listed: int = 0
    before: datetime | None = None
    last_listed: int = 0

    def gap(self, polled: Polled) -> bool:
        """Whether articles may have scrolled out between two polls: they share no entry."""
        partial = polled.carried is not None or polled.outcome is not PollOutcome.CHANGED
        return not partial and self.before is not None and self.listed > 0 and self.shared == 0 and self.last_listed > 0


@dataclass(frozen=True, slots=True)
class Past:
    """What is stored of a source between polls. `longest` bounds its interval since a gap, in seconds."""

    rate: Rate = field(default_factory=Rate)
    longest: float | None = None
    failures: int = 0
    pushed: bool = False
    """Its hub pushes, and has missed nothing lately."""


@dataclass(frozen=True, slots=True)
class Plan:
    """When a source is polled next, why, and what is known of it now. `root` is its weight in the budget."""

    at: datetime
    because: str
    rate: Rate
    root: float
    longest: float | None = None
    gap: bool = False
    sharp: bool = False
    """It ends just after a minute in which much is published, so that it is hardly spread."""


def plan(polled: Polled, harvest: Harvest, source: Source, past: Past, settings: CrawlConfig, share: float) -> Plan:
    """Learn from a poll and decide when the next one is. `past.failures` counts this one; `share` is of `budget`."""
    worked, gap = polled.outcome in HEALTHY, harvest.gap(polled)
    rate = rates.learn(past.rate, harvest.times, polled.at, harvest.before) if worked else past.rate
    if worked and harvest.listed:
        rate = replace(rate, room=0 if polled.carried is not None else harvest.listed)
    longest = _longest(polled, harvest, past.longest, settings, gap=gap) if worked else past.longest
    profile, sharp = rates.profile(rate), False
    if not worked:
        wait, because = _failed(polled, source, past.failures, settings)
    elif source.interval:
        wait, because = source.interval, "a fixed interval in sources.toml"
    else:
        usual, because = _healthy(polled, profile, rate, longest, settings, share / PUSHED if past.pushed else share)
        because += "; seldom, since its hub pushes" if past.pushed else ""
        wait = snapped(polled.at, usual, rates.habit(rate), max(settings.min_interval, polled.hold or MINUTE))
        if sharp := wait != usual:
            because += f"; just after {_minute(polled.at + wait)}, when it mostly publishes"
    at = _outside(polled.at + wait, polled.skip, polled.skip_days)
    if at > polled.at + wait:
        because += "; its skipHours and skipDays are kept"
    return Plan(at, because, rate, rates.root(profile), longest, gap, sharp)


def _healthy(
    polled: Polled, profile: Sequence[float], rate: Rate, longest: float | None, settings: CrawlConfig, share: float
) -> tuple[timedelta, str]:
    """The interval of a source that works, and where it comes from."""
    now_rate = profile[rates.hour_of(polled.at)]
    because = f"{rates.mean(rate) * 24:.3g} articles a day, {now_rate:.2g} an hour at this time of the week"
    wait = until_due(profile, polled.at, share, settings)
    if rate.room and now_rate > 0 and (limit := SCROLLED * rate.room / now_rate * HOUR) < wait:
        wait, because = max(limit, settings.min_interval), f"{because}; its feed shows {rate.room} entries only"
    if longest is not None and timedelta(seconds=longest) < wait:
        wait, because = timedelta(seconds=longest), f"{because}; more often since a gap"
    if polled.hold and polled.hold > wait:
        held = min(polled.hold, max(settings.max_interval, wait))
        if held > wait:
            wait, because = held, f"{because}; the server asks to wait {_span(held)}"
    return wait, because


def until_due(profile: Sequence[float], now: datetime, share: float, settings: CrawlConfig) -> timedelta:
    """Time until the frequencies of the hours to come have summed up to one poll."""
    most, least = HOUR / settings.min_interval, HOUR / max(settings.max_interval, settings.min_interval)
    place = now.astimezone(UTC)
    cell, left, waited = rates.hour_of(place), 1.0, 0.0
    room = 1.0 - (place.minute * 60 + place.second) / 3600
    while True:
        frequency = min(max(share * math.sqrt(profile[cell]), least), most)
        if frequency * room >= left:
            return timedelta(hours=waited + left / frequency)
        left -= frequency * room
        waited += room
        cell, room = (cell + 1) % rates.HOURS, 1.0


def snapped(now: datetime, wait: timedelta, habit: Sequence[float], least: timedelta) -> timedelta:
    """An interval that ends just after a minute in which the source mostly publishes; the nearest one to its own end.

    `habit` is `rates.habit`. The interval becomes by SNAP shorter or longer at the most, and never shorter than `least`.
    """
    if not habit or max(habit) < HABIT or wait > LONGEST_SNAPPED:
        return wait
    end = (now + wait).replace(second=0, microsecond=0) + MINUTE
    for away in range(int(wait * (SNAP - 1) / MINUTE) + 1):
        for near in (end - away * MINUTE, end + away * MINUTE):
            if habit[(near - MINUTE).minute] >= HABIT and max(wait / SNAP, least) <= near - now <= wait * SNAP:
                return near - now
    return wait


def share_of(roots: Sequence[float], settings: CrawlConfig) -> float:
    """The factor by which all sources together spend the budget, as near as the bounds allow.

    The budget is `settings.polls_per_hour`, or as many polls as `settings.interval` for every source would make.
    """
    budget = settings.polls_per_hour or len(roots) * (HOUR / settings.interval)
    most, least = HOUR / settings.min_interval, HOUR / max(settings.max_interval, settings.min_interval)
    ordered = sorted(roots)
    sums = [0.0, *accumulate(ordered)]
    low, high = -7.0, 16.0
    for _ in range(26):
        middle = (low + high) / 2
        share = math.exp(middle)
        few, many = bisect_left(ordered, least / share), bisect_left(ordered, most / share)
        spent = few * least + share * (sums[many] - sums[few]) + (len(ordered) - many) * most
        low, high = (middle, high) if spent < budget else (low, middle)
    return math.exp(high)


def _longest(
    polled: Polled, harvest: Harvest, longest: float | None, settings: CrawlConfig, *, gap: bool
) -> float | None:
    """The bound on a source's interval: halved by a gap, slowly lifted by polls without one."""
    if gap and harvest.before:
        return max((polled.at - harvest.before).total_seconds() / 2, settings.min_interval.total_seconds())
    if longest is None or not harvest.shared:
        return longest
    lifted = longest * RELAXED
    return lifted if lifted < settings.max_interval.total_seconds() else None


def _failed(polled: Polled, source: Source, failures: int, settings: CrawlConfig) -> tuple[timedelta, str]:
    if polled.outcome is PollOutcome.GONE:
        return GONE, "it is gone; asked once a day whether it came back"
    usual = source.interval or max(settings.interval, settings.min_interval)
    wait = min(usual * 2.0 ** min(failures, 16), max(settings.max_interval, usual))
    because = f"backs off after {failures} failed poll{'s' if failures != 1 else ''}"
    if polled.outcome is PollOutcome.THROTTLED and polled.hold and polled.hold > wait:
        return polled.hold, f"{because}; the server asks to wait {_span(polled.hold)}"
    return wait, because


def _outside(at: datetime, skip: Sequence[int], days: Sequence[int]) -> datetime:
    """The first time from `at` on that is in none of the hours, and on none of the days, to be skipped."""
    for _ in range(rates.HOURS):
        place = at.astimezone(UTC)
        if place.hour not in skip and place.weekday() not in days:
            return at
        at = at.replace(minute=0, second=0, microsecond=0) + HOUR
    return at


def spread(now: datetime, at: datetime, random: Random, *, sharp: bool = False) -> datetime:
    """A little later, so that sources added together do not stay together."""
    longest = (at - now) * JITTER
    return at + (min(longest, SHARP) if sharp else longest) * random.random()


def _minute(end: datetime) -> str:
    return f"minute {(end - MINUTE).minute} of the hour"


def _span(span: timedelta) -> str:
    minutes = round(span / timedelta(minutes=1))
    return f"{minutes} min" if minutes < 120 else f"{minutes / 60:.1f} h"


@dataclass
class Network:
    """Whether we are on the network ourselves: told from what polls of all hosts came to lately.

    Lost when the last polls, of at least `HOSTS` sources, all ended without any answer at all.
    """

    HOSTS: ClassVar[int] = 5
    since: datetime | None = None
    """When the first of the polls that got no answer ended."""
    _mute: set[str] = field(default_factory=set)

    def note(self, polled: Polled) -> None:
        """Take in how a poll ended."""
        if polled.status is not None or polled.outcome in HEALTHY:
            self.since = None
            self._mute.clear()
        else:
            self.since = self.since or polled.at
            self._mute.add(polled.source)

    @property
    def lost(self) -> bool:
        """No answer from anybody."""
        return len(self._mute) >= self.HOSTS


def next_try(attempts: int, hold: timedelta | None, now: datetime, limit: int) -> datetime | None:
    """When a page is tried again after `attempts` tries, or None when it is given up.

    1, 2, 4 ... minutes, at most 6 hours; longer where the server asked for it.
    """
    if attempts >= limit:
        return None
    return now + max(min(timedelta(minutes=2.0 ** min(attempts - 1, 16)), timedelta(hours=6)), hold or timedelta())
