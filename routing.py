"""Where an alert goes, when, and why: `[[routes]]` of the configuration, read from top to bottom.

Every route that matches adds its channels; a channel that several name is told at the earliest of their times. What no
route takes goes to `alert_channels` at once, so that a gap in the routes loses nothing. A follow-up goes where its case
was told, unless a route names the kind `follow-up`: one case stays in one place.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from config import DAYS, AlertConfig, Config, RouteConfig
from delivery import Alert, Going


@dataclass(frozen=True, slots=True)
class Judged:
    """What one route makes of an alert. `why` says what keeps it from matching, or what it matched by."""

    route: str
    matches: bool
    why: str
    going: tuple[Going, ...] = ()


@dataclass(frozen=True, slots=True)
class Router:
    """Decides on alerts. `default` are the channels of what no route takes; `deaf` want no follow-ups."""

    settings: AlertConfig
    default: Sequence[str] = ()
    routes: Sequence[RouteConfig] = ()
    deaf: Collection[str] = ()

    @classmethod
    def of(cls, config: Config) -> Router:
        """The router of a configuration."""
        deaf = {name for name, table in config.channels.items() if table.get("follow_ups") is False}
        return cls(config.alerts, config.alert_channels or tuple(config.channels), config.routes, deaf)

    def going(self, alert: Alert, now: datetime, told: Sequence[str] = ()) -> tuple[Going, ...]:
        """Where an alert goes; `told` are the channels that were told of its case, for a follow-up."""
        return merged(self.judge(alert, now, told))

    def judge(self, alert: Alert, now: datetime, told: Sequence[str] = ()) -> list[Judged]:
        """What every route makes of an alert, in their order; the default comes last, where none matches."""
        judged = [self._judge(number, route, alert, now) for number, route in enumerate(self.routes, 1)]
        if not any(each.matches for each in judged):
            judged.append(self._default(alert, now, told))
        return judged

    def _judge(self, number: int, route: RouteConfig, alert: Alert, now: datetime) -> Judged:
        name = route.name or f"route {number}"
        against = mismatch(route, alert)
        if against:
            return Judged(name, False, against)
        at, pace, why = when(route, alert, now, ZoneInfo(self.settings.timezone))
        going = tuple(Going(channel, at, pace, name) for channel in self._hearing(route.channels, alert))
        return Judged(name, True, why if going else "matches, and names no channel: told to nobody", going)

    def _default(self, alert: Alert, now: datetime, told: Sequence[str]) -> Judged:
        follows = alert.kind == "follow-up"
        channels = self._hearing(told if follows else self.default, alert)
        why = "a follow-up goes where its case was told" if follows else "no route takes it: alert_channels, at once"
        return Judged("default", True, why, tuple(Going(channel, now) for channel in channels))

    def _hearing(self, channels: Sequence[str], alert: Alert) -> list[str]:
        return [each for each in channels if alert.kind != "follow-up" or each not in self.deaf]


def merged(judged: Sequence[Judged]) -> tuple[Going, ...]:
    """Each channel once, at the earliest time that any route gives it."""
    best: dict[str, Going] = {}
    for each in (going for one in judged for going in one.going):
        if each.channel not in best or each.at < best[each.channel].at:
            best[each.channel] = each
    return tuple(best.values())


def mismatch(route: RouteConfig, alert: Alert) -> str:
    """Why a route does not take an alert; empty where it does."""
    kinds = route.kind or ("account", "report")
    if alert.kind not in kinds:
        return f"kind {alert.kind} is none of {', '.join(kinds)}"
    if alert.score < route.score:
        return f"score {alert.score:.2f} is below {route.score:g}"
    for key, wanted, values in _tests(route, alert):
        if wanted and not values & set(wanted):
            return f"{key} {', '.join(sorted(values)) or 'unknown'} is none of {', '.join(wanted)}"
    return ""


def _tests(route: RouteConfig, alert: Alert) -> list[tuple[str, tuple[str, ...], set[str]]]:
    account, article = alert.account, alert.article
    told: list[tuple[str, tuple[str, ...], str]] = [
        ("profile", route.profile, alert.profile),
        ("group", route.group, account.group if account else ""),
        ("language", route.language, article.language if article else ""),
        ("country", route.country, account.nationality if account else ""),
        ("source", route.source, alert.source),
    ]
    single = [(key, wanted, {value} if value else set()) for key, wanted, value in told]
    return [*single, ("tag", route.tag, set(alert.tags))]


def when(route: RouteConfig, alert: Alert, now: datetime, zone: ZoneInfo) -> tuple[datetime, str, str]:
    """When a route sends an alert (UTC), its pace, and why in words."""
    if route.pace == "daily":
        return following(route.at, now, zone), "daily", f"in the daily digest at {route.at}"
    if route.pace == "weekly":
        due = following(route.at, now, zone, DAYS.index(route.day))
        return due, "weekly", f"in the weekly digest, {route.day.capitalize()} at {route.at}"
    at, pace, why = now, "now", "at once"
    if route.pace == "hourly":
        at, pace, why = _full_hour(now), "hourly", "in the hourly digest"
    end = quiet_until(route.quiet, at, zone)
    if end is None:
        return at, pace, why
    if route.breaks is not None and alert.kind == "account" and alert.score >= route.breaks:
        return at, pace, f"{why}: {alert.score:.2f} breaks the quiet hours ({route.breaks:g} or more)"
    return end, pace if pace == "hourly" else "later", f"after the quiet hours ({route.quiet})"


def following(clock: str, now: datetime, zone: ZoneInfo, weekday: int | None = None) -> datetime:
    """The next time (UTC) at which clocks in a zone show `clock`, on a weekday (0: Monday) or on any day."""
    today = now.astimezone(zone).date()
    for days in range(9):
        day = today + timedelta(days=days)
        at = datetime.combine(day, time.fromisoformat(clock), zone).astimezone(UTC)
        if at > now and weekday in (None, day.weekday()):
            return at
    raise AssertionError("every weekday comes within nine days")


def quiet_until(hours: str, now: datetime, zone: ZoneInfo) -> datetime | None:
    """When quiet hours like `22:00-07:00` end, where they hold now; else None."""
    if not hours:
        return None
    start, _, end = hours.partition("-")
    clock = now.astimezone(zone).strftime("%H:%M")
    holds = start <= clock < end if start <= end else clock >= start or clock < end
    return following(end, now, zone) if holds else None


def _full_hour(now: datetime) -> datetime:
    return now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
