"""Routes: what they take, when they send, and that nothing falls between them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from alert_examples import ALERT, FOLLOW_UP, REPORT
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

import routing
from config import AlertConfig, Config, RouteConfig
from delivery import Alert
from routing import Router

NOON = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)  # a Saturday
BERLIN = AlertConfig(timezone="Europe/Berlin")


def route(**keys: Any) -> RouteConfig:
    return RouteConfig(**{"channels": ("desk",)} | keys)


def router(*routes: RouteConfig, settings: AlertConfig = BERLIN) -> Router:
    return Router(settings, ("all",), routes)


def channels(to: Router, alert: Alert = ALERT, told: tuple[str, ...] = ()) -> list[str]:
    return [going.channel for going in to.going(alert, NOON, told)]


TAGGED = replace(ALERT, source="herald", tags=("europe", "daily"))


@pytest.mark.parametrize(
    ("keys", "matches"),
    [
        ({}, True),
        ({"kind": ("account",)}, True),
        ({"kind": ("report",)}, False),
        ({"profile": ("islamic_state",)}, True),
        ({"profile": ("al_shabaab",)}, False),
        ({"group": ("islamic_state", "other")}, True),
        ({"group": ("other",)}, False),
        ({"score": 0.9}, True),
        ({"score": 0.99}, False),
        ({"language": ("en", "de")}, True),
        ({"language": ("de",)}, False),
        ({"country": ("GB",)}, True),
        ({"country": ("FR",)}, False),
        ({"source": ("herald",)}, True),
        ({"source": ("courier",)}, False),
        ({"tag": ("europe",)}, True),
        ({"tag": ("asia",)}, False),
        ({"country": ("GB",), "language": ("de",)}, False),
    ],
)
def test_a_route_takes_what_fits_all_its_keys(keys: dict[str, Any], matches: bool) -> None:
    assert channels(router(route(**keys)), TAGGED) == (["desk"] if matches else ["all"])
    why = routing.mismatch(route(**keys), TAGGED)
    assert bool(why) is not matches
    if why:
        assert next(reversed(keys)) in why or "score" in why


def test_every_route_that_matches_counts_and_each_channel_hears_it_once_and_soonest() -> None:
    both = router(route(pace="weekly"), route(channels=("desk", "night")), route(kind=("report",), channels=("x",)))
    going = both.going(ALERT, NOON)
    assert [(each.channel, each.at, each.pace, each.route) for each in going] == [
        ("desk", NOON, "now", "route 2"),
        ("night", NOON, "now", "route 2"),
    ]


def test_what_no_route_takes_goes_to_the_default_at_once() -> None:
    judged = router(route(score=0.99)).judge(ALERT, NOON)
    assert [each.route for each in judged] == ["route 1", "default"]
    assert "below 0.99" in judged[0].why
    assert judged[1].going[0].at == NOON


def test_an_empty_list_of_channels_tells_nobody_on_purpose() -> None:
    assert channels(router(route(channels=(), country=("GB",)))) == []


def test_a_follow_up_goes_where_its_case_was_told_unless_a_route_names_it() -> None:
    assert channels(router(route(score=0.1)), FOLLOW_UP, ("night",)) == ["night"]
    assert channels(router(route(kind=("follow-up",))), FOLLOW_UP, ("night",)) == ["desk"]
    deaf = replace(router(), deaf={"night"})
    assert channels(deaf, FOLLOW_UP, ("night", "desk")) == ["desk"]
    assert channels(deaf, ALERT) == ["all"]


def test_a_report_has_no_person_and_is_routed_all_the_same() -> None:
    assert channels(router(route(country=("GB",))), REPORT) == ["all"]
    assert "unknown is none of GB" in routing.mismatch(route(country=("GB",)), REPORT)


@pytest.mark.parametrize(
    ("keys", "at", "pace"),
    [
        ({}, NOON, "now"),
        ({"pace": "hourly"}, NOON + timedelta(hours=1), "hourly"),
        ({"pace": "daily", "at": "14:00"}, datetime(2026, 3, 14, 13, 0, tzinfo=UTC), "daily"),
        ({"pace": "daily", "at": "13:00"}, datetime(2026, 3, 15, 12, 0, tzinfo=UTC), "daily"),
        ({"pace": "weekly", "at": "08:00"}, datetime(2026, 3, 16, 7, 0, tzinfo=UTC), "weekly"),
        ({"pace": "weekly", "day": "saturday", "at": "13:00"}, datetime(2026, 3, 21, 12, 0, tzinfo=UTC), "weekly"),
        ({"quiet": "12:00-14:00"}, datetime(2026, 3, 14, 13, 0, tzinfo=UTC), "later"),
        ({"quiet": "12:00-14:00", "breaks": 0.9}, NOON, "now"),
        ({"quiet": "12:00-14:00", "breaks": 0.99}, datetime(2026, 3, 14, 13, 0, tzinfo=UTC), "later"),
        ({"quiet": "22:00-07:00"}, NOON, "now"),
        ({"quiet": "13:00-07:00"}, datetime(2026, 3, 15, 6, 0, tzinfo=UTC), "later"),
        ({"quiet": "13:30-15:30", "pace": "hourly"}, datetime(2026, 3, 14, 14, 30, tzinfo=UTC), "hourly"),
    ],
)
def test_when(keys: dict[str, Any], at: datetime, pace: str) -> None:
    (going,) = router(route(**keys)).going(ALERT, NOON)
    assert (going.at, going.pace) == (at, pace)


def test_a_report_never_breaks_quiet_hours() -> None:
    (going,) = router(route(quiet="12:00-14:00", breaks=0.1)).going(REPORT, NOON)
    assert going.pace == "later"


def test_summer_time_moves_the_digest_with_the_clocks() -> None:
    zone, saturday = ZoneInfo("Europe/Berlin"), datetime(2026, 3, 28, 12, 0, tzinfo=UTC)
    assert routing.following("08:00", saturday - timedelta(days=1), zone) == datetime(2026, 3, 28, 7, 0, tzinfo=UTC)
    assert routing.following("08:00", saturday, zone) == datetime(2026, 3, 29, 6, 0, tzinfo=UTC)
    assert routing.following("02:30", saturday, zone).date() == datetime(2026, 3, 29).date()  # noqa: DTZ001 - an hour that there is not


CLOCK = st.tuples(st.integers(0, 23), st.integers(0, 59)).map(lambda at: f"{at[0]:02}:{at[1]:02}")
ZONE = st.sampled_from(["UTC", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu"])


@given(clock=CLOCK, zone=ZONE, now=st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)), day=st.integers(0, 6))  # noqa: DTZ001
def test_a_digest_always_comes_and_never_in_the_past(clock: str, zone: str, now: datetime, day: int) -> None:
    moment = now.replace(tzinfo=UTC)
    daily = routing.following(clock, moment, ZoneInfo(zone))
    weekly = routing.following(clock, moment, ZoneInfo(zone), day)
    assert timedelta(0) < daily - moment <= timedelta(hours=49)
    assert timedelta(0) < weekly - moment <= timedelta(days=8, hours=2)
    assert weekly.astimezone(ZoneInfo(zone)).weekday() == day


@given(start=CLOCK, end=CLOCK, zone=ZONE, now=st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)))  # noqa: DTZ001
def test_quiet_hours_end(start: str, end: str, zone: str, now: datetime) -> None:
    moment = now.replace(tzinfo=UTC)
    until = routing.quiet_until(f"{start}-{end}", moment, ZoneInfo(zone))
    assert until is None or timedelta(0) < until - moment <= timedelta(hours=27)
    assert routing.quiet_until(f"{start}-{start}", moment, ZoneInfo(zone)) is None


@pytest.mark.parametrize(
    "keys",
    [{"pace": "yearly"}, {"at": "25:00"}, {"quiet": "22-7"}, {"score": 2}, {"kind": ("digest",)}, {"day": "someday"}, {"where": 1}],
)  # fmt: skip
def test_mistakes_in_a_route_are_found(keys: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        route(**keys)


def test_a_time_zone_that_there_is_not_is_a_mistake() -> None:
    with pytest.raises(ValidationError, match="is no time zone"):
        AlertConfig(timezone="Europe/Atlantis")


def test_the_router_of_a_configuration() -> None:
    tables = {"desk": {"type": "terminal"}, "log": {"type": "file", "path": "x", "follow_ups": False}}
    made = Router.of(Config(channels=tables))
    assert made.default == ("desk", "log")
    assert channels(made, FOLLOW_UP, ("desk", "log")) == ["desk"]
