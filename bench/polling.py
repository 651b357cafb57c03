"""How soon is an article seen? Planners on the same publication timelines, with the same number of polls.

Run: python bench/polling.py [--sources N] [--interval MINUTES] [--seed N]. Simulated time: 14 days in which every
planner learns, then 14 days that are measured. The last line is JSON.

The timelines have what real ones are known for: rates over four orders of magnitude (log-normal), working hours and
weekends in the outlet's own time zone, days that are busier than others, articles that follow one another within
minutes, and outlets that publish by a timetable. No planner knows any of it beforehand. Each feed shows its last
entries only; what has scrolled out before a poll is missed and counted as such.

- *fixed*: every source every so many minutes
- *Miniflux*: `entry_frequency`: a week divided by the articles of the last week, from 5 minutes to 24 hours
- *Media Cloud*: 10 minutes more where two thirds of the entries were known, 60 less where one third was, from 10 minutes
- *ours*: `polling.until_due` on `rates.profile`, from 5 minutes to 6 hours, ending just after the minutes of the hour in
  which a source mostly publishes (`polling.snapped`), and spread at random as the daemon spreads it

What makes the number of polls the same: the minutes of *fixed*, the factor of *Miniflux*, the longest interval of
*Media Cloud*, the share of *ours*. All sources are independent of one another, so each is replayed by itself.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import polling
import rates
from config import CrawlConfig
from rates import Rate

START = datetime(2026, 3, 2, tzinfo=UTC)
WARM, MEASURED = 14, 14
DAYS = WARM + MEASURED
MINUTE = 1 / 1440
SETTINGS = CrawlConfig()
Timeline = tuple[int, tuple[float, ...]]
"""How many entries the feed shows, and when articles appear, in days since the start."""
Outcome = tuple[int, list[float], int]
"""Polls, delays in minutes, articles missed; of the measured days."""


def timeline(number: int, seed: int) -> Timeline:
    """One source's publication, history of a month before the start included."""
    random = Random(seed * 1_000_003 + number)
    per_day = min(max(random.lognormvariate(math.log(4), 1.7), 0.03), 600.0)
    zone = random.choices((0, 1, 2, 3, 5.5, 8, -5, -8), (4, 4, 2, 2, 1, 1, 4, 2))[0]
    night, weekend = random.uniform(0.02, 0.5), random.uniform(0.15, 1.0)
    peak, follow = random.uniform(9, 16), random.uniform(0, 0.3)
    timed = random.random() < 0.35
    times: list[float] = []
    for day in range(-30, DAYS):
        busy = random.gammavariate(6, 1 / 6)
        for hour in range(24):
            local = (hour + zone) % 24
            shape = night + (1 - night) * math.exp(-(min(abs(local - peak), 24 - abs(local - peak)) ** 2) / 32)
            week = weekend if (day + (hour + zone) / 24) % 7 >= 5 else 1.0
            mean = per_day / 24 * busy * shape * week * 2 / (0.5 + night) / (1 + follow)
            for _ in range(_poisson(mean, random)):
                times += _published(day + (hour + random.random()) / 24, follow, timed=timed, random=random)
    return random.choice((10, 10, 15, 20, 25, 30, 50, 100)), tuple(sorted(at for at in times if at < DAYS))


def _published(at: float, follow: float, *, timed: bool, random: Random) -> list[float]:
    if timed and random.random() < 0.5:
        at = math.floor(at * 96) / 96 + random.random() * 0.3 * MINUTE
    out = [at]
    while random.random() < follow:
        out.append(out[-1] + random.expovariate(1 / 12) * MINUTE)
    return out


def _poisson(mean: float, random: Random) -> int:
    limit, product, count = math.exp(-min(mean, 500)), random.random(), 0
    while product > limit:
        product *= random.random()
        count += 1
    return count


# --- planners: each gives the time of the next poll ------------------------------------------------------------
class Fixed:
    def __init__(self, minutes: float) -> None:
        self._wait = minutes * MINUTE

    def next(self, now: float, new: Sequence[float], line: Timeline) -> float:
        return self._wait


class Miniflux:
    def __init__(self, factor: float) -> None:
        self._factor = factor

    def next(self, now: float, new: Sequence[float], line: Timeline) -> float:
        week = bisect_right(line[1], now) - bisect_left(line[1], now - 7)
        minutes = round(7 * 1440 / (week * self._factor)) if week else 1440
        return min(max(minutes, 5), 1440) * MINUTE


class MediaCloud:
    def __init__(self, longest: float) -> None:
        self._longest = longest
        self._minutes = longest

    def next(self, now: float, new: Sequence[float], line: Timeline) -> float:
        listed = min(line[0], bisect_right(line[1], now))
        known = 1 - min(len(new), listed) / listed if listed else 1.0
        self._minutes += 10 if known >= 0.67 else -60 if known < 0.33 else 0
        self._minutes = min(max(self._minutes, 10), self._longest)
        return self._minutes * MINUTE


class Ours:
    """`polling.plan` without what servers say; the profile is made anew every six hours instead of at each poll."""

    def __init__(self, share: float) -> None:
        self._share = share
        self._random = Random(1)
        self._rate = Rate()
        self._profile: tuple[float, ...] = ()
        self._habit: tuple[float, ...] = ()
        self._until = -1.0
        self._fresh: list[datetime] = []

    def next(self, now: float, new: Sequence[float], line: Timeline) -> float:
        at = START + timedelta(days=now)
        self._fresh += [START + timedelta(days=each) for each in new]
        if now > self._until:
            self._rate = rates.learn(self._rate, self._fresh, at)
            self._profile, self._until, self._fresh = rates.profile(self._rate), now + 0.25, []
            self._habit = rates.habit(self._rate)
        wait = polling.until_due(self._profile, at, self._share, SETTINGS)
        scrolled = polling.SCROLLED * line[0] / self._profile[rates.hour_of(at)] * polling.HOUR
        wait = max(min(wait, scrolled), SETTINGS.min_interval)
        sharp = polling.snapped(at, wait, self._habit, SETTINGS.min_interval)
        late = polling.JITTER * wait if sharp == wait else polling.SHARP
        return (sharp + late * self._random.random()) / timedelta(days=1)


PLANNERS: dict[str, Callable[[float], Fixed | Miniflux | MediaCloud | Ours]] = {
    "fixed": Fixed,
    "Miniflux": Miniflux,
    "Media Cloud": MediaCloud,
    "ours": Ours,
}


def replay(line: Timeline, kind: str, knob: float, number: int) -> Outcome:
    """One source under one planner."""
    planner, (room, times) = PLANNERS[kind](knob), line
    now, seen, polls, missed = (number % 997) / 997 / 24, 0, 0, 0
    delays: list[float] = []
    while now < DAYS:
        until = bisect_right(times, now)
        first = max(seen, until - room)
        if seen and now >= WARM:
            missed += sum(each >= WARM for each in times[seen:first])
            delays += [(now - each) * 1440 for each in times[first:until] if each >= WARM]
        polls += now >= WARM
        wait = planner.next(now, times[first:until], line)
        seen, now = until, now + wait
    return polls, delays, missed


def replay_all(lines: Sequence[Timeline], kind: str, knob: float) -> list[Outcome]:
    return [replay(line, kind, knob, number) for number, line in enumerate(lines)]


def calibrate(lines: Sequence[Timeline], kind: str, polls: int, bounds: tuple[float, float]) -> float:
    """The knob with which a planner makes so many polls; found on logarithmic scales, first on a tenth of the sources."""
    few = lines[::10]
    wanted = sum(outcome[0] for outcome in replay_all(few, "fixed", MEASURED * 1440 * len(lines) / polls))
    near = _search(few, kind, wanted, bounds, 0.01)
    return _search(lines, kind, polls, (near / 3, near * 3), 0.002)


def _search(lines: Sequence[Timeline], kind: str, polls: int, bounds: tuple[float, float], tolerance: float) -> float:
    points = [(math.log(knob), _excess(lines, kind, knob, polls)) for knob in bounds]
    for _ in range(12):
        (low, under), (high, over) = points
        middle = low - under * (high - low) / (over - under) if under * over < 0 else (low + high) / 2
        middle = min(max(middle, low + 0.05 * (high - low)), high - 0.05 * (high - low))
        excess = _excess(lines, kind, math.exp(middle), polls)
        if abs(excess) < tolerance:
            return math.exp(middle)
        points = [points[0], (middle, excess)] if (excess > 0) == (over > 0) else [(middle, excess), points[1]]
    return math.exp(points[0][0])


def _excess(lines: Sequence[Timeline], kind: str, knob: float, polls: int) -> float:
    return math.log(sum(outcome[0] for outcome in replay_all(lines, kind, knob)) / polls)


def measure(lines: Sequence[Timeline], kind: str, polls: int, minutes: float) -> tuple[str, float, list[Outcome]]:
    """A planner at so many polls."""
    if kind == "fixed":
        knob = minutes
    elif kind == "Miniflux":
        knob = calibrate(lines, kind, polls, (0.05, 200))
    elif kind == "Media Cloud":
        knob = calibrate(lines, kind, polls, (11, 20_000))
    else:
        knob = calibrate(lines, kind, polls, (0.05, 200))
    return kind, knob, replay_all(lines, kind, knob)


def figures(outcomes: Sequence[Outcome]) -> dict[str, float]:
    """What is told of a planner. Delays in minutes; `source_` figures are over the sources' own medians."""
    delays = sorted(delay for _, found, _ in outcomes for delay in found)
    own = sorted(sorted(found)[len(found) // 2] for _, found, _ in outcomes if found)
    return {
        "polls": sum(polls for polls, _, _ in outcomes),
        "articles": len(delays),
        "mean": round(sum(delays) / len(delays), 2),
        "median": round(delays[len(delays) // 2], 2),
        "p95": round(delays[int(len(delays) * 0.95)], 2),
        "worst": round(delays[-1], 1),
        "source_median": round(own[len(own) // 2], 2),
        "source_p95": round(own[int(len(own) * 0.95)], 2),
        "missed": sum(missed for _, _, missed in outcomes),
        "fewest_polls_a_day": round(min(polls for polls, _, _ in outcomes) / MEASURED, 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sources", type=int, default=2000)
    parser.add_argument("--interval", type=float, default=60, help="minutes: the budget is what this interval costs")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    began = time.monotonic()
    with ProcessPoolExecutor(2) as pool:
        lines = list(pool.map(partial(timeline, seed=options.seed), range(options.sources), chunksize=50))
        polls = sum(outcome[0] for outcome in replay_all(lines, "fixed", options.interval))
        work = [pool.submit(measure, lines, kind, polls, options.interval) for kind in reversed(PLANNERS)]
        found = {kind: {"knob": round(knob, 4), **figures(out)} for kind, knob, out in (each.result() for each in work)}
    columns = ("polls", "mean", "median", "p95", "worst", "source_median", "source_p95", "missed", "fewest_polls_a_day")
    print(
        f"{options.sources} sources, {MEASURED} days, budget: a poll every {options.interval:g} minutes; delays in minutes"
    )
    print(f"{'':12}" + "".join(f"{column:>20}" for column in columns))
    for kind in PLANNERS:
        print(f"{kind:12}" + "".join(f"{found[kind][column]:>20,}" for column in columns))
    best = min(found[kind]["median"] for kind in PLANNERS if kind != "ours")
    print(f"median: ours / best of the others = {found['ours']['median'] / best:.2f}; {time.monotonic() - began:.0f} s")
    print(json.dumps({"sources": options.sources, "days": MEASURED, "interval": options.interval, "planners": found}))


if __name__ == "__main__":
    main()
