"""docs/schema.md describes the database as it is, its queries run, and the views give what an analyst expects."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from db import Store
from delivery import Alert, DeliveryState, Sent
from errors import DeliveryError
from model import (
    Account,
    Article,
    Credit,
    Entry,
    FeedState,
    Fetched,
    Finding,
    Identity,
    Label,
    Polled,
    PollOutcome,
    Reading,
    Source,
    StoryMatch,
)

DOCS = (Path(__file__).parent.parent.parent / "docs" / "schema.md").read_text("utf-8")
QUERIES = re.findall(r"```sql\n(.*?)```", DOCS, re.DOTALL)
HERALD = Source("herald", "https://herald.example/feed", outlet="The Herald")
COURIER = Source("courier", "https://courier.example/feed", outlet="The Courier")
SURE, UNSURE = (
    Finding("islamic_state", Label.ACCOUNT, score, tier=tier) for score, tier in ((0.97, "alert"), (0.4, "review"))
)
KARIM = Account(
    "Karim", "pseudonym", role="guard", nationality="FR", gender="male", age=28,
    reasons=("brutality", "conditions"), evidence="Karim left.",
)  # fmt: skip


def read(store: Store, now: datetime, source: Source, number: int, published: datetime | None) -> int:
    url = f"https://{source.name}.example/{number}"
    entry = Entry(f"k{number}", url, title=f"Title {number}")
    store.record_polled(Polled(source.name, PollOutcome.CHANGED, now, FeedState(source.url), (entry,)), now, now)
    fetch = next(each for each in store.due_pages(now, 10) if each.url == url)
    article = Article(
        url, f"Title {number}", "He guarded a bridge over the river.", url, ("Ann Writer",), published,
        outlet=source.outlet, credit=Credit("The Herald") if source is COURIER else None,
    )  # fmt: skip
    return store.store_article(fetch, Reading(article), now)


@pytest.fixture
def store(tmp_path: Path, now: datetime) -> Iterator[Store]:
    """Karim in three articles of two outlets, one of them a reprint; an unnamed woman; a failing source."""
    with Store.open(tmp_path / "outspoken.db") as opened:
        opened.sync_sources([HERALD, COURIER, Source("mute", "https://mute.example/feed")], now)
        days = [now - timedelta(days=each) for each in (5, 9, 2)]
        first, second, third = (
            read(opened, now, *each) for each in ((HERALD, 1, days[0]), (COURIER, 2, days[1]), (COURIER, 3, days[2]))
        )
        story = opened.save_story(first, StoryMatch(None), [1])
        opened.save_story(third, StoryMatch(story.story, first, 0.98, "98 % of the text is the same"), [1])
        account = opened.save_mention(first, UNSURE, KARIM, Identity(None, ("nobody has this name",)), ["KRM"], now)
        again = Identity(account, ("same name", "same age"), 0.9)
        opened.save_mention(
            second,
            SURE,
            Account("Abu Karim", "pseudonym", role="gate guard", age=29, reasons=("conditions",)),
            again,
            ["KRM"],
            now,
        )
        opened.save_mention(third, SURE, KARIM, again, ["KRM"], now)
        opened.mark_told(account, "alert", now)
        opened.save_mention(first, UNSURE, Account(gender="female"), Identity(None, ()), [], now)
        opened.enqueue_alert(
            Alert("account-1", "account", now, title="Karim", account_id=account), ["mail", "desk"], now
        )
        mail, desk = (opened.due_deliveries(now, channel)[0] for channel in ("mail", "desk"))
        opened.record_sent(mail, Sent(DeliveryState.SENT, "<1@team.example>"), None, now)
        opened.mark_sending(desk, now)
        opened.record_sent(desk, Sent(DeliveryState.FAILED, error=str(DeliveryError("answered 500"))), now, now)
        failed = Polled(
            "mute", PollOutcome.FAILED, now, FeedState("https://mute.example/feed"), status=500, error="It fails."
        )
        for _ in range(3):
            opened.record_polled(failed, now, now)
        yield opened


def rows(store: Store, sql: str) -> list[dict[str, Any]]:
    return store._c.rows(sql)


def live(store: Store) -> dict[str, list[str]]:
    """Columns of every table and view; the search index's own tables are its business."""
    names = [row["name"] for row in rows(store, "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')")]
    ours = [name for name in names if not re.match(r"sqlite_|(articles|mentions)_fts_", name)]
    return {name: [row["name"] for row in rows(store, f"PRAGMA table_info({name})")] for name in ours}


def described() -> dict[str, list[str]]:
    sections = re.split(r"^### `(\w+)`$", DOCS, flags=re.MULTILINE)[1:]
    pairs = zip(sections[::2], sections[1::2], strict=True)
    return {name: re.findall(r"^\| `(\w+)` \| \S", text.split("\n## ")[0], re.MULTILINE) for name, text in pairs}


def test_every_table_view_and_column_is_described_in_order_and_nothing_else(store: Store) -> None:
    assert described() == live(store)


@pytest.mark.parametrize("number", range(len(QUERIES)))
def test_every_query_in_the_docs_finds_something(store: Store, number: int) -> None:
    assert rows(store, QUERIES[number].rstrip("; \n")) or "-30 days" in QUERIES[number]


def test_the_queries_are_there() -> None:
    assert len(QUERIES) >= 5


def test_new_accounts_shows_each_person_once_as_first_told(store: Store, now: datetime) -> None:
    karim, woman = sorted(rows(store, "SELECT * FROM new_accounts"), key=lambda row: row["account"])
    assert (karim["name"], karim["role"], karim["age"], karim["mentions"]) == ("Abu Karim", "gate guard", 29, 3)
    assert (karim["outlet"], karim["tier"], karim["told"]) == ("The Courier", "alert", "alert")
    assert (woman["name"], woman["gender"], woman["tier"], woman["told"]) == ("", "female", "review", "")
    assert json.loads(woman["reasons"]) == []


def test_account_mentions_shows_what_each_article_says(store: Store) -> None:
    found = rows(store, "SELECT * FROM account_mentions WHERE account = 1 ORDER BY published")
    told = [(row["outlet"], row["name"], row["age"], row["tier"]) for row in found]
    assert told == [
        ("The Courier", "Abu Karim", 29, "alert"),
        ("The Herald", "Karim", 28, "review"),
        ("The Courier", "Karim", 28, "alert"),
    ]
    assert found[1]["story"] == found[2]["story"]


def test_source_health_tells_the_failing_from_the_well(store: Store) -> None:
    found = {row["name"]: row for row in rows(store, "SELECT * FROM source_health")}
    assert (found["mute"]["failures"], found["mute"]["last_error"], found["mute"]["last_success"]) == (
        3,
        "It fails.",
        None,
    )
    assert (found["courier"]["failures"], found["courier"]["articles"], found["courier"]["pages_waiting"]) == (0, 2, 0)


def test_source_health_counts_pages_that_wait_and_that_were_given_up(store: Store, now: datetime) -> None:
    entries = tuple(Entry(f"n{n}", f"https://herald.example/n{n}") for n in range(3))
    store.record_polled(Polled("herald", PollOutcome.CHANGED, now, FeedState(HERALD.url), entries), now, now)
    store.record_failed_fetch(Fetched(store.due_pages(now, 1)[0], now, status=404, error="not found"), None)
    found = rows(store, "SELECT pages_waiting, pages_failed FROM source_health WHERE name = 'herald'")
    assert found == [{"pages_waiting": 2, "pages_failed": 1}]


def test_alert_log_says_who_has_it_and_who_has_not_and_why(store: Store, now: datetime) -> None:
    found = {row["channel"]: row for row in rows(store, "SELECT * FROM alert_log")}
    assert (found["mail"]["state"], found["mail"]["receipt"], found["mail"]["next_try"]) == (
        "sent",
        "<1@team.example>",
        None,
    )
    assert (found["desk"]["state"], found["desk"]["error"], found["desk"]["attempts"]) == ("failed", "answered 500", 1)
    assert {row["key"] for row in found.values()} == {"account-1"}
