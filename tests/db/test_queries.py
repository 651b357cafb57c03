"""What runs every second stays cheap in a large database: it looks things up, it does not read whole tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest

from db import Store
from delivery import Alert
from model import Account, Entry, FeedState, Fetched, Identity, Polled, PollOutcome, Source, StoryMatch

SOURCE = Source("herald", "https://herald.example/feed")
STATE = FeedState("https://herald.example/feed")
Work = Callable[[Store, datetime], object]

FREQUENT: dict[str, Work] = {
    "due polls": lambda store, now: store.due_polls(now),
    "due pages": lambda store, now: store.due_pages(now, 10, 8),
    "due deliveries": lambda store, now: store.due_deliveries(now, "mail"),
    "late deliveries": lambda store, now: store.late_deliveries("mail", now),
    "follow-ups that wait": lambda store, _: store.waiting_follow_ups(1, "mail"),
    "what a channel knows of a case": lambda store, now: store.case(Alert("a", "follow-up", now, account_id=1), "mail"),
    "channels of a case": lambda store, _: store.told_channels(1),
    "mutes of an alert": lambda store, now: store.muted(1, 1, "herald", now),
    "a verdict": lambda store, _: store.verdict(1),
    "an alert by its key": lambda store, _: store.alert("account-1"),
    "deliveries since": lambda store, now: store.sent_since("mail", "account", now),
    "a poll": lambda store, now: store.record_polled(
        Polled("herald", PollOutcome.CHANGED, now, STATE, (Entry("k", "https://herald.example/1"),)), now, now
    ),
    "pages waiting": lambda store, _: store.pending_pages(),
    "pages of a source": lambda store, _: store.pending_pages(["herald"]),
    "deliveries waiting": lambda store, _: store.waiting_deliveries(),
    "recovery": lambda store, now: store.recover(now),
    "articles that share bands": lambda store, _: store.articles_sharing([1, 2, 3], 10),
    "accounts by keys": lambda store, _: store.accounts_with_keys("islamic_state", ["KRM"], 10),
    "accounts of a story": lambda store, _: store.accounts_of_story("islamic_state", 1),
    "accounts of an article": lambda store, _: store.mentioned_in(1),
    "carriers": lambda store, _: store.carriers(1),
    "health": lambda store, now: store.status(now),
    "pruning": lambda store, now: store.prune(now),
}
SMALL = {"sources", "s", "json_each", "shared", "due", "value", "CONSTANT", "constant"}
"""What may be read whole: the list of sources, a query's own list, and what it has looked up before."""


@contextmanager
def statements(store: Store) -> Iterator[list[str]]:
    seen: list[str] = []
    store._c.db.conn.set_trace_callback(seen.append)
    yield seen
    store._c.db.conn.set_trace_callback(None)


def scans(store: Store, sql: str) -> set[str]:
    plan = [row["detail"] for row in store._c.rows(f"EXPLAIN QUERY PLAN {sql}")]
    read = {step.split()[1] for step in plan if step.startswith("SCAN ")}
    return {name for name in read - SMALL if not name.startswith("(subquery")}


@pytest.fixture
def store(tmp_path: Path, now: datetime) -> Iterator[Store]:
    with Store.open(tmp_path / "outspoken.db") as opened:
        opened.sync_sources([SOURCE], now)
        yield opened


@pytest.mark.parametrize("work", FREQUENT.values(), ids=FREQUENT.keys())
def test_no_table_is_read_whole(store: Store, now: datetime, work: Work) -> None:
    with statements(store) as seen:
        work(store, now)
    asked = [sql for sql in seen if sql.lstrip().upper().startswith(("SELECT", "WITH", "UPDATE", "DELETE"))]
    assert asked
    for sql in asked:
        assert scans(store, sql) == set(), sql


def test_a_query_without_an_index_would_be_seen(store: Store) -> None:
    assert scans(store, "SELECT * FROM articles WHERE title = 'x'") == {"articles"}


def test_a_failed_page_is_found_by_its_number(store: Store, now: datetime) -> None:
    FREQUENT["a poll"](store, now)
    fetch = store.due_pages(now, 1)[0]
    with statements(store) as seen:
        store.record_failed_fetch(Fetched(fetch, now, error="refused"), now)
        store.save_story(0, StoryMatch(1), [])
        store.told(1)
    assert [sql for sql in seen if "SELECT" in sql or "UPDATE" in sql if scans(store, sql)] == []


def test_the_search_finds_words_in_titles_and_texts_and_follows_changes(store: Store, now: datetime) -> None:
    from model import Article, Finding, Label, Reading

    FREQUENT["a poll"](store, now)
    fetch = store.due_pages(now, 1)[0]
    address = "https://herald.example/1"
    first = store.store_article(fetch, Reading(Article(address, "A bridge", "Closed.", canonical_url=address)), now)
    again = store.store_article(fetch, Reading(Article(address, "A bridge", "Opened.", canonical_url=address)), now)
    assert first == again
    search = "SELECT rowid FROM articles_fts WHERE articles_fts MATCH ?"
    assert [len(store._c.rows(search, word)) for word in ("bridge", "opened", "closed")] == [1, 1, 0]
    finding = Finding("islamic_state", Label.ACCOUNT, 0.9, tier="alert")
    store.save_mention(first, finding, Account("Karim"), Identity(None, ()), ["KRM"], now)
    with store.transaction():
        store._c.run("DELETE FROM articles WHERE id = ?", first)
    assert store._c.rows(search, "bridge") == []
    assert store._c.rows("SELECT * FROM mentions") == [], "what hung on the article went with it"
