"""Very many sources and pages: taken over and given out without holding anything up, and nobody crowds out others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from db import Store
from model import Entry, FeedState, Polled, PollOutcome, Source

NOW = datetime(2026, 3, 14, 9, 30, tzinfo=UTC)
SOURCES = [Source(f"s{n}", f"https://outlet{n}.example/feed") for n in range(5000)]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "outspoken.db") as made:
        yield made


def polled(store: Store, source: str, count: int, at: datetime) -> None:
    entries = tuple(Entry(f"{source}-{n}", f"https://{source}.example/{n}") for n in range(count))
    answer = Polled(source, PollOutcome.CHANGED, at, FeedState("https://x.example/"), entries)
    store.record_polled(answer, at, at)


def test_a_source_with_thousands_of_pages_does_not_crowd_out_the_others(store: Store) -> None:
    store.sync_sources(SOURCES[:3], NOW)
    polled(store, "s0", 6000, NOW)
    polled(store, "s1", 5, NOW + timedelta(seconds=1))
    due = store.due_pages(NOW + timedelta(seconds=2), 200, 8)
    counts = {name: sum(fetch.source.name == name for fetch in due) for name in ("s0", "s1")}
    assert counts == {"s0": 8, "s1": 5}


def test_sources_are_taken_over_piece_by_piece(store: Store) -> None:
    pieces = sum(1 for _ in store.syncing(SOURCES, NOW))
    assert pieces == 3
    assert len(store.due_polls(NOW, 10_000)) == 5000
    changed = [replace(source, outlet="Renamed") for source in SOURCES[2500:]]
    store.sync_sources(changed, NOW)
    due = store.due_polls(NOW, 10_000)
    assert len(due) == 2500
    assert {poll.source.outlet for poll in due} == {"Renamed"}


def test_sources_in_hand_are_passed_over(store: Store) -> None:
    store.sync_sources(SOURCES, NOW)
    first = {poll.source.name for poll in store.due_polls(NOW, 200)}
    second = {poll.source.name for poll in store.due_polls(NOW, 200, first)}
    assert (len(first), len(second), first & second) == (200, 200, set())
