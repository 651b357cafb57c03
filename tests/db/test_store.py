"""The store: nothing is lost, nothing stands twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from db import Store
from delivery import Alert, DeliveryState, Sent
from model import (
    Account,
    Article,
    Entry,
    FeedState,
    Fetched,
    Finding,
    Identity,
    Label,
    NearMiss,
    Polled,
    PollOutcome,
    Reading,
    Source,
    StoryMatch,
)

SOURCE = Source("herald", "https://herald.example/feed", outlet="The Herald")
STATE = FeedState("https://herald.example/feed", etag='"1"', body_hash="abc")
HOUR = timedelta(hours=1)
FINDING = Finding("islamic_state", Label.ACCOUNT, 0.97, tier="alert")


@pytest.fixture
def store(tmp_path: Path, now: datetime) -> Iterator[Store]:
    with Store.open(tmp_path / "outspoken.db") as opened:
        opened.sync_sources([SOURCE], now)
        yield opened


def entry(number: int, *, key: str = "", url: str = "", title: str = "") -> Entry:
    url = url or f"https://herald.example/{number}"
    return Entry(key or f"k{number}", url, title=title or f"Title {number}")


def poll(store: Store, now: datetime, *entries: Entry, outcome: PollOutcome = PollOutcome.CHANGED) -> int:
    polled = Polled("herald", outcome, now, STATE, entries)
    return store.record_polled(polled, now + HOUR, now)


def read(store: Store, now: datetime, number: int = 1, text: str = "A text.") -> int:
    poll(store, now, entry(number))
    fetch = next(f for f in store.due_pages(now, 10) if f.entry.key == f"k{number}")
    article = Article(fetch.url, title=f"Title {number}", text=text, canonical_url=fetch.url, published=now)
    return store.store_article(fetch, Reading(article), now)


def test_a_new_source_is_due_at_once_and_then_when_it_was_said(store: Store, now: datetime) -> None:
    assert [p.source for p in store.due_polls(now)] == [SOURCE]
    poll(store, now)
    assert store.due_polls(now + HOUR / 2) == []
    due = store.due_polls(now + HOUR)
    assert due[0].state == STATE


def test_a_source_that_left_the_list_is_not_polled_and_keeps_its_state(store: Store, now: datetime) -> None:
    poll(store, now)
    store.sync_sources([], now)
    assert store.due_polls(now + 9 * HOUR) == []
    store.sync_sources([SOURCE], now)
    assert store.due_polls(now + HOUR)[0].state == STATE
    moved = replace(SOURCE, url="https://herald.example/new-feed")
    store.sync_sources([moved], now)
    assert store.due_polls(now)[0].state == FeedState(moved.url, last_modified="")


def test_an_entry_is_new_once_whatever_its_title_or_source(store: Store, now: datetime) -> None:
    assert poll(store, now, entry(1), entry(2)) == 2
    assert poll(store, now, entry(1, title="Edited"), entry(3)) == 1
    store.sync_sources([SOURCE, Source("other", "https://other.example/feed")], now)
    copy = Polled(
        "other", PollOutcome.CHANGED, now, FeedState("https://other.example/feed"), (entry(9, url=entry(1).url),)
    )
    assert store.record_polled(copy, now + HOUR, now) == 0
    assert len(store.due_pages(now, 10)) == 3


def test_a_page_leaves_the_frontier_with_its_article(store: Store, now: datetime) -> None:
    article_id = read(store, now)
    assert store.due_pages(now + 9 * HOUR, 10) == []
    assert poll(store, now, entry(1, key="another-key")) == 0, "the address of a stored article is known"
    poll(store, now, entry(2))
    fetch = store.due_pages(now, 10)[0]
    again = Article("https://herald.example/2", canonical_url="https://herald.example/1", text="Changed.")
    assert store.store_article(fetch, Reading(again), now) == article_id
    assert store.totals()["articles"] == 1


def test_a_page_that_cannot_be_had_is_tried_again_and_then_kept_with_its_reason(store: Store, now: datetime) -> None:
    poll(store, now, entry(1))
    fetch = store.due_pages(now, 1)[0]
    store.record_failed_fetch(Fetched(fetch, now, error="refused", retry=True), now + HOUR)
    assert store.due_pages(now, 1) == []
    again = store.due_pages(now + HOUR, 1)[0]
    assert again.attempts == 1
    store.record_failed_fetch(Fetched(again, now, status=404, error="not found"), None)
    assert store.due_pages(now + 99 * HOUR, 1) == []
    assert store.totals()["pages failed"] == 1


def test_the_first_poll_is_the_baseline(store: Store, now: datetime) -> None:
    poll(store, now, entry(1))
    poll(store, now, entry(1), entry(2))
    first, second = store.due_pages(now, 5)
    assert (store.is_baseline(first), store.is_baseline(second)) == (True, False)


def test_everything_in_a_transaction_happens_or_nothing(store: Store, now: datetime) -> None:
    def broken() -> None:
        with store.transaction():
            read(store, now)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        broken()
    assert store.totals()["articles"] == 0
    assert store.pending_pages() == 0


def test_stories_are_found_by_their_bands(store: Store, now: datetime) -> None:
    first, second = read(store, now, 1), read(store, now, 2)
    story = store.save_story(first, StoryMatch(None), [1, 2, -3])
    found = store.articles_sharing([2, -3, 77], 10, exclude=second)
    assert [(f.id, f.story) for f in found] == [(first, story.story)]
    assert store.save_story(second, StoryMatch(story.story), [2]).story == story.story


def save(store: Store, now: datetime, number: int, account: Account, decided: Identity, *keys: str) -> int:
    article_id = read(store, now, number)
    store.save_finding(article_id, FINDING)
    return store.save_mention(article_id, FINDING, account, decided, keys, now)


def test_an_account_is_found_by_its_keys_and_a_join_can_be_undone(store: Store, now: datetime) -> None:
    told = Account("Karim", "pseudonym", age=28, reasons=("brutality",), evidence="A text.")
    first = save(store, now, 1, told, Identity(None, ("nobody like this",)), "KRM")
    known = store.accounts_with_keys("islamic_state", ["KRM", "XX"], 10)
    assert known[0].id == first
    assert known[0].mentions[0].account == told
    assert store.accounts_with_keys("another", ["KRM"], 10) == []
    joined = save(store, now, 2, told, Identity(first, ("same name",), near=(NearMiss(first, 0.5, "x"),)), "KRM")
    assert joined == first
    assert len(store.accounts()) == 1
    assert store.accounts()[0]["mentions"] == 2
    apart = store.undo_merge(2, "analyst", now)
    assert apart != first
    assert {row["account"]: row["mentions"] for row in store.accounts()} == {first: 1, apart: 1}
    with pytest.raises(KeyError):
        store.undo_merge(99, "analyst", now)


def test_an_alert_is_queued_once_for_each_channel(store: Store, now: datetime) -> None:
    alert = Alert("account-1", "account", now, title="Karim", account=Account("Karim"))
    assert store.enqueue_alert(alert, ["mail", "slack"], now)
    assert not store.enqueue_alert(alert, ["mail", "slack"], now)
    assert [due.alert for due in store.due_deliveries(now, "mail")] == [alert]
    due = store.due_deliveries(now, "slack")[0]
    store.mark_sending(due, now)
    assert store.due_deliveries(now, "slack") == []
    store.record_sent(due, Sent(DeliveryState.SENT, receipt="42"), None, now)
    states = {row["channel"]: (row["state"], row["receipt"]) for row in store.deliveries()}
    assert states == {"mail": ("pending", ""), "slack": ("sent", "42")}


def test_what_a_crash_leaves_half_sent_is_unknown_and_due_again(store: Store, now: datetime) -> None:
    store.enqueue_alert(Alert("a", "account", now), ["mail"], now)
    store.mark_sending(store.due_deliveries(now, "mail")[0], now)
    assert store.recover(now) == 1
    again = store.due_deliveries(now, "mail")[0]
    assert (again.alert.key, again.attempts) == ("a", 1)
    assert store.deliveries("unknown")[0]["error"]


def test_a_dead_delivery_can_be_made_due_again(store: Store, now: datetime) -> None:
    store.enqueue_alert(Alert("a", "account", now), ["mail"], now)
    due = store.due_deliveries(now, "mail")[0]
    store.mark_sending(due, now)
    store.record_sent(due, Sent(DeliveryState.DEAD, error="no such user"), None, now)
    assert store.due_deliveries(now + 99 * HOUR, "mail") == []
    assert store.retry_deliveries(None, now) == 1
    assert store.due_deliveries(now, "mail")[0].attempts == 0


def test_a_flood_is_folded_into_one_digest(store: Store, now: datetime) -> None:
    for number in range(3):
        store.enqueue_alert(Alert(f"a{number}", "account", now), ["mail"], now)
    dues = store.due_deliveries(now, "mail")
    digest = Alert("digest-1", "digest", now, items=tuple(due.alert for due in dues))
    store.fold(digest, dues, now)
    assert [due.alert for due in store.due_deliveries(now, "mail")] == [digest]


def test_status_tells_a_usual_silence_from_an_improbable_one(store: Store, now: datetime) -> None:
    assert store.status(now)[0]["verdict"] == "new"
    poll(store, now)
    for number in range(1, 30):
        read(store, now + number * HOUR, number)
    assert store.status(now + 30 * HOUR)[0]["verdict"] == "ok"
    assert store.status(now + 60 * HOUR)[0]["verdict"] == "silent"
    for _ in range(3):
        poll(store, now, outcome=PollOutcome.FAILED)
    assert store.status(now + 30 * HOUR)[0]["verdict"] == "failing"
