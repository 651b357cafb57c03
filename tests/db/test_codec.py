"""Values come back from the database as they went in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db import codec, times
from delivery import Alert
from model import Account, Article, Finding, Source

TEXT = st.text(st.characters(codec="utf-8"), max_size=30)
MOMENT = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30)).map(lambda each: each.replace(tzinfo=UTC))  # noqa: DTZ001
SPAN = st.timedeltas(timedelta(0), timedelta(days=3650)).map(lambda each: timedelta(seconds=each.total_seconds()))
FLOAT = st.floats(allow_nan=False, allow_infinity=False)
st.register_type_strategy(str, TEXT)
st.register_type_strategy(datetime, MOMENT)
st.register_type_strategy(timedelta, SPAN)
st.register_type_strategy(float, FLOAT)


def flat(kind: type[Any], **changes: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.builds(kind, **changes)


ALERTS = flat(Alert, items=st.lists(flat(Alert, items=st.just(())), max_size=2).map(tuple))


@pytest.mark.parametrize("kind", [Source, Article, Account, Finding])
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_value_comes_back_as_it_was(kind: type[Any], data: st.DataObject) -> None:
    value = data.draw(flat(kind))
    assert codec.loads(kind, codec.dumps(value)) == value


@settings(max_examples=60, deadline=None)
@given(alert=ALERTS)
def test_an_alert_with_all_that_hangs_on_it_comes_back(alert: Alert) -> None:
    assert codec.loads(Alert, codec.dumps(alert)) == alert


@given(MOMENT, MOMENT)
def test_times_sort_as_texts_and_come_back(one: datetime, other: datetime) -> None:
    assert times.time(times.text(one)) == one
    assert (times.text(one) < times.text(other)) == (one < other)


def test_times_of_any_zone_are_kept_in_utc() -> None:
    there = datetime(2026, 3, 14, 1, 0, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    assert times.text(there) == "2026-03-13T19:30:00.000000Z"


def test_what_a_later_version_added_is_left_out_and_what_it_dropped_is_the_default() -> None:
    assert codec.loads(Account, '{"name": "Karim", "shoe_size": 44}') == Account("Karim")


def test_defaults_take_no_room() -> None:
    assert codec.dumps(Account("Karim")) == '{"name":"Karim"}'
