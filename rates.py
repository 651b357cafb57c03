"""How often a source publishes, by hour of the week: estimated from what polls have brought, forgetting slowly.

The rate of an hour of the week is the source's mean rate times a shape. The shape is shrunk: the 168 hours towards the
product of hour of the day and day of the week, those two towards evenness, so that a source with ten articles gets a
mean and one with a thousand gets its Friday evenings. All pure; times are UTC, rates are articles an hour.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

HOURS = 168
MINUTES = 60
HALF_LIFE = timedelta(days=28)
LONGEST_PAST = timedelta(days=14)
"""Of a first poll's entries, those of these days are learned from."""
PRIOR_ARTICLES, PRIOR_HOURS = 1.0, 24.0
"""What is thought of a source before anything is known: an article a day, weighing as much as a day's watching."""
DAY_WEIGHT, WEEK_WEIGHT, CELL_WEIGHT = 24.0, 14.0, 336.0
MINUTE_WEIGHT = 60.0
"""Articles that the evenness of an hour's minutes weighs as much as."""
BURST = 3.0
"""How uneven publication is beyond its rhythm: the shape of the gamma distribution that its rate is thought to follow."""
_EVEN = (1.0,) * HOURS


@dataclass(frozen=True, slots=True)
class Rate:
    """What is known of a source: articles by hour of the week (Monday 0 h UTC first) and hours watched, both fading.

    `room` is how many entries its feed shows at once; 0 where nothing scrolls out of it. `minutes` are the articles by
    minute of the hour, fading too: many outlets publish on the quarter hour.
    """

    counts: tuple[float, ...] = ()
    hours: float = 0.0
    at: datetime | None = None
    room: int = 0
    minutes: tuple[float, ...] = ()

    def dumps(self) -> str:
        """As JSON; hours without articles are left out."""
        counts = {str(hour): round(count, 3) for hour, count in enumerate(self.counts) if count > 0.0005}
        at = self.at.isoformat() if self.at else None
        told = {"hours": round(self.hours, 2), "at": at, "room": self.room, "counts": counts}
        return json.dumps(told | {"minutes": [round(count, 2) for count in self.minutes]})

    @classmethod
    def loads(cls, text: str) -> Rate:
        """What `dumps` wrote; nothing is known where there is none."""
        if not text:
            return cls()
        told = json.loads(text)
        counts = [0.0] * HOURS
        for hour, count in told["counts"].items():
            counts[int(hour)] = count
        at = datetime.fromisoformat(told["at"]) if told["at"] else None
        return cls(tuple(counts), told["hours"], at, told["room"], tuple(told.get("minutes", ())))


def learn(rate: Rate, times: Sequence[datetime | None], now: datetime, before: datetime | None = None) -> Rate:
    """Take in the articles that a poll at `now` has brought, by their times of publication (None: unknown, so now).

    `before` is the last poll: what it did not show appeared later, whatever its date says.
    """
    counts, minutes = list(rate.counts or (0.0,) * HOURS), list(rate.minutes or (0.0,) * MINUTES)
    known = [time for time in times if time is not None]
    if rate.at is None:
        start = max(min(known, default=now), now - LONGEST_PAST)
        # the first article of a list stands at its start and says nothing about how long there was none before
        taken = [time for time in known if start < time <= now]
        hours = (now - start) / timedelta(hours=1)
    else:
        faded = 0.5 ** ((now - rate.at) / HALF_LIFE)
        counts, minutes = [count * faded for count in counts], [count * faded for count in minutes]
        taken = [min(time, now) if time else now for time in times]
        known = [min(max(time, before or time), now) for time in known]
        hours = rate.hours * faded + max((now - rate.at) / timedelta(hours=1), 0.0)
    for time in taken:
        counts[hour_of(time)] += 1.0
    for time in known:
        minutes[time.minute] += 1.0
    return replace(rate, counts=tuple(counts), hours=hours, at=now, minutes=tuple(minutes))


def habit(rate: Rate) -> tuple[float, ...]:
    """How much likelier than at others articles are in each minute of the hour; 1 everywhere where nothing is known."""
    if not rate.minutes:
        return ()
    total = sum(rate.minutes)
    return tuple(MINUTES * (count + MINUTE_WEIGHT / MINUTES) / (total + MINUTE_WEIGHT) for count in rate.minutes)


def hour_of(time: datetime) -> int:
    """The hour of the week, 0 to 167, Monday 0 h UTC first."""
    time = time.astimezone(UTC)
    return time.weekday() * 24 + time.hour


def mean(rate: Rate) -> float:
    """Articles an hour, over the whole week."""
    return (sum(rate.counts) + PRIOR_ARTICLES) / (rate.hours + PRIOR_HOURS)


def profile(rate: Rate) -> tuple[float, ...]:
    """Articles an hour for each hour of the week."""
    level, total = mean(rate), sum(rate.counts)
    if total < 1.0:
        return tuple(level * each for each in _EVEN)
    counts = rate.counts
    days = [sum(counts[day * 24 : day * 24 + 24]) for day in range(7)]
    by_hour = [sum(counts[hour::24]) for hour in range(24)]
    smooth = [by_hour[h - 1] / 4 + by_hour[h] / 2 + by_hour[(h + 1) % 24] / 4 for h in range(24)]
    hour_shape = [24 * (each + DAY_WEIGHT / 24) / (total + DAY_WEIGHT) for each in smooth]
    day_shape = [7 * (each + WEEK_WEIGHT / 7) / (total + WEEK_WEIGHT) for each in days]
    scale = level / (total + CELL_WEIGHT)
    return tuple(
        scale * (HOURS * count + CELL_WEIGHT * day_shape[cell // 24] * hour_shape[cell % 24])
        for cell, count in enumerate(counts)
    )


def root(rates: Sequence[float]) -> float:
    """The mean over the week of the square root of a profile: what a source weighs when polls are shared out."""
    return sum(map(math.sqrt, rates)) / HOURS


def expected(rates: Sequence[float], since: datetime, until: datetime) -> float:
    """How many articles a profile lets us expect between two times."""
    span = max((until - since) / timedelta(hours=1), 0.0)
    weeks, rest = divmod(span, HOURS)
    total = weeks * sum(rates)
    place = since.astimezone(UTC)
    cell, offset = hour_of(place), (place.minute * 60 + place.second) / 3600
    while rest > 0:
        part = min(1.0 - offset, rest)
        total += rates[cell] * part
        rest -= part
        cell, offset = (cell + 1) % HOURS, 0.0
    return total


def silence(rates: Sequence[float], since: datetime, until: datetime) -> float:
    """The probability that nothing is published between two times, if all is well.

    Publication comes in bursts, and editors have holidays: so the rate is thought of as gamma-distributed around the
    profile, which gives (1 + n/k)^-k for n expected articles instead of the Poisson process's e^-n.
    """
    return float((1.0 + expected(rates, since, until) / BURST) ** -BURST)
