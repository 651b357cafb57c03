"""Verdicts change accounts, mutes hold and end, and precision counts what was judged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from alert_examples import ALERT

from db import Store
from delivery import Alert, Going, Mute
from model import (
    Account,
    Article,
    Entry,
    FeedState,
    Finding,
    Identity,
    Label,
    Polled,
    PollOutcome,
    Reading,
    Source,
    Why,
)

FINDING = Finding("islamic_state", Label.ACCOUNT, 0.97, tier="alert")
DAY = timedelta(days=1)


@pytest.fixture
def store(tmp_path: Path, now: datetime) -> Iterator[Store]:
    """Three accounts, told from two sources; the third was told to nobody."""
    with Store.open(tmp_path / "outspoken.db") as opened:
        opened.sync_sources([Source(name, f"https://{name}.example/feed") for name in ("herald", "courier")], now)
        for number, source in enumerate(("herald", "courier", "courier"), 1):
            account = tell(opened, now, source, number)
            if number < 3:
                opened.mark_told(account, "alert", now)
                alert = Alert(f"account-{account}", "account", now, "islamic_state", account_id=account, source=source)
                opened.enqueue_alert(alert, ["desk", Going("night", now + DAY, "daily", "reports")], now)
        yield opened


def tell(store: Store, now: datetime, source: str, number: int, known: int | None = None) -> int:
    url = f"https://{source}.example/{number}"
    state = FeedState(f"https://{source}.example/feed")
    store.record_polled(Polled(source, PollOutcome.CHANGED, now, state, (Entry(url, url),)), now, now)
    fetch = next(each for each in store.due_pages(now, 10) if each.url == url)
    article = store.store_article(fetch, Reading(Article(url, canonical_url=url, outlet=source)), now)
    person = Account(f"Person {number}", age=20 + number)
    return store.save_mention(article, FINDING, person, Identity(known, ("same name",)), [f"K{number}"], now)


def tiers(store: Store) -> list[tuple[str, str]]:
    return [(row["verdict"], row["tier"]) for row in store._c.rows("SELECT verdict, tier FROM accounts ORDER BY id")]


def test_what_is_no_account_leaves_the_lists_and_comes_back_when_that_is_taken_back(
    store: Store, now: datetime
) -> None:
    assert store.save_verdict(1, "not-account", "ada", now)
    assert tiers(store)[0] == ("not-account", "none")
    assert len(store.accounts(tier="alert")) == 2
    tell(store, now, "herald", 9, known=1)
    assert tiers(store)[0] == ("not-account", "none"), "a further article does not overrule an analyst"
    assert store.save_verdict(1, "confirm", "ben", now)
    assert tiers(store)[0] == ("confirm", "alert")
    assert [(row["verdict"], row["by"]) for row in store.verdicts(1)] == [("confirm", "ben"), ("not-account", "ada")]


def test_the_same_word_twice_is_one(store: Store, now: datetime) -> None:
    assert [store.save_verdict(1, "confirm", "ada", now) for _ in range(3)] == [True, False, False]
    assert len(store.verdicts(1)) == 1
    assert store.save_verdict(1, "wrong", "ada", now, note="age is 31")
    assert store.verdict(1) == "wrong"


def test_a_duplicate_gives_its_articles_away_and_can_be_taken_back(store: Store, now: datetime) -> None:
    store.save_verdict(2, "duplicate", "ada", now, same_as=3)
    assert tiers(store)[1:] == [("duplicate", "none"), ("", "alert")]
    assert store.told(3) == "alert", "the team knows of the person"
    assert {row["account"]: row["mentions"] for row in store.accounts()} == {1: 1, 3: 2}
    ((mention,),) = [tuple(row.values()) for row in store._c.rows("SELECT mention FROM merges WHERE account = 3")]
    apart = store.undo_merge(mention, "ben", now)
    assert {row["account"]: row["mentions"] for row in store.accounts()} == {1: 1, 3: 1, apart: 1}


def test_a_duplicate_of_a_duplicate_goes_to_the_one_that_it_is(store: Store, now: datetime) -> None:
    store.save_verdict(2, "duplicate", "ada", now, same_as=3)
    store.save_verdict(1, "duplicate", "ada", now, same_as=2)
    assert {row["account"]: row["mentions"] for row in store.accounts()} == {3: 3}
    with pytest.raises(ValueError, match="duplicate"):
        store.save_verdict(3, "duplicate", "ada", now, same_as=1)


@pytest.mark.parametrize(
    ("verdict", "account", "same_as", "error"),
    [
        ("splendid", 1, None, ValueError),
        ("duplicate", 1, None, ValueError),
        ("duplicate", 1, 1, ValueError),
        ("confirm", 1, 2, ValueError),
        ("confirm", 99, None, KeyError),
        ("duplicate", 1, 99, KeyError),
    ],
)
def test_what_makes_no_sense_changes_nothing(
    store: Store, now: datetime, verdict: str, account: int, same_as: int | None, error: type[Exception]
) -> None:
    before = tiers(store)
    with pytest.raises(error):
        store.save_verdict(account, verdict, "ada", now, same_as=same_as)
    assert tiers(store) == before
    assert store.verdicts(account) == []


def test_precision_counts_the_last_word_on_what_was_told(store: Store, now: datetime) -> None:
    store.save_verdict(1, "not-account", "ada", now)
    store.save_verdict(1, "wrong", "ben", now)
    store.save_verdict(2, "duplicate", "ada", now, same_as=1)
    (week,) = store.precision("week", now - DAY)
    assert week["name"] == "2026-03-09", "its Monday"
    assert [week[key] for key in ("told", "judged", "wrong", "duplicates", "precision")] == [2, 2, 1, 1, 0.5]
    by_source = {row["name"]: row["precision"] for row in store.precision("source", now - DAY)}
    assert by_source == {"herald": 1.0, "courier": 0.0}
    assert [row["name"] for row in store.precision("route", now - DAY)] == ["default", "reports"]
    assert [row["name"] for row in store.precision("profile", now - DAY)] == ["islamic_state"]
    assert store.precision("week", now + DAY) == []
    with pytest.raises(KeyError, match="colour"):
        store.precision("colour", now)


def test_precision_by_rule_counts_the_three_strongest_reasons_week_by_week(store: Store, now: datetime) -> None:
    why = (Why("weak", 0.1), Why("own", 2.0), Why("bias", 5.0), Why("many", -3.0), Why("title", 1.0), Why("aged", 0.5))
    fourth = tell(store, now, "herald", 4)
    for account, created in ((3, now), (fourth, now - 7 * DAY)):
        alert = replace(ALERT, key=f"account-{account}", account_id=account, created=created, why=why)
        store.enqueue_alert(alert, ["desk"], created)
    store.save_verdict(3, "confirm", "ada", now)
    store.save_verdict(fourth, "not-account", "ada", now)
    rows = store.precision("rule", now - 8 * DAY, weekly=True)
    found = {
        (row["week"], row["name"]): row["precision"]
        for row in rows
        if row["name"] in ("own", "title", "aged", "weak", "bias")
    }
    weeks = ("2026-03-02", "2026-03-09")
    assert found == {
        (week, rule): right for week, right in zip(weeks, (0.0, 1.0), strict=True) for rule in ("aged", "own", "title")
    }
    assert {row["week"] for row in store.precision("source", now - 8 * DAY)} == {""}


def test_what_nobody_judged_has_no_precision(store: Store, now: datetime) -> None:
    assert store.precision("week", now - DAY)[0]["precision"] is None


def test_a_mute_holds_until_its_time_or_until_it_is_lifted(store: Store, now: datetime) -> None:
    number = store.mute(Mute("source", "herald", by="ada"), now)
    store.mute(Mute("story", "7", now + DAY, "ada"), now)
    store.mute(Mute("account", "3", now + 2 * DAY, "ada"), now)
    assert store.muted(1, 2, "courier", now) is None
    for found in (
        store.muted(1, 7, "courier", now),
        store.muted(3, 7, "courier", now),
        store.muted(3, 7, "herald", now),
    ):
        assert found is not None
    longest = store.muted(3, 7, "courier", now)
    assert longest is not None
    assert longest.until == now + 2 * DAY
    assert store.muted(1, 7, "courier", now + DAY) is None
    assert [row["what"] for row in store.mutes(now)] == ["3", "7", "herald"]
    assert store.unmute(number, now)
    assert not store.unmute(number, now)
    assert store.muted(1, 1, "herald", now) is None


def test_a_muted_account_waits_or_is_dropped_with_what_is_under_way(store: Store, now: datetime) -> None:
    (first, second) = (store.due_deliveries(now, "desk")[n] for n in (0, 1))
    store.mute(Mute("account", str(first.alert.account_id), now + DAY, "ada"), now)
    store.mute(Mute("account", str(second.alert.account_id), None, "ada"), now)
    assert store.due_deliveries(now, "desk") == []
    assert [each.id for each in store.due_deliveries(now + DAY, "desk")] == [first.id]
    assert store._c.rows("SELECT state, receipt FROM deliveries WHERE id = ?", second.id) == [
        {"state": "folded", "receipt": "muted"}
    ]


def test_deliveries_that_wait_on_purpose_hold_nobody_up(store: Store, now: datetime) -> None:
    assert store.waiting_deliveries() == 2
    later = replace(store.due_deliveries(now, "desk")[0].alert, key="x")
    store.enqueue_alert(later, [Going("desk", now + DAY, "later")], now)
    assert store.waiting_deliveries() == 2


def test_an_alert_is_found_by_its_key_or_a_delivery(store: Store, now: datetime) -> None:
    for reference in ("account-2", "3"):
        found = store.alert(reference)
        assert found is not None
        assert found.key == "account-2"
    assert store.alert("99") is store.alert("nothing") is None
