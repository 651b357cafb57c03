"""Pages that defeat their reader, in the chain: tried once more, then kept as failed with the reason."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path

import misreading
import outlet
import pytest
from desk import Desk, desk

import reading
from config import ReadConfig
from reading import Pool

REASONS = {
    "hang": "reading it took more than 2.5 s",
    "exit": "its worker died (exit code 3)",
    "raise": "ValueError: what",
    "refuse": "is no page",
}


def rows(desk: Desk) -> dict[str, tuple[str, int, str]]:
    """State, attempts and error of every page on the frontier, by its name."""
    found = desk.ask("SELECT url, state, attempts, last_error FROM pages")
    return {url.rpartition("/")[2]: (state, attempts, error) for url, state, attempts, error in found}


def test_a_bad_page_is_tried_once_more_and_then_kept_with_its_reason(
    tmp_path: Path, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_read", misreading.read)

    async def work(here: Desk) -> None:
        body = outlet.account("medic", now)
        await here.poll("herald", {f"https://herald.example/{name}": body for name in (*REASONS, "fine")})
        assert await here.fetch() == len(REASONS) + 1
        assert here.ask("SELECT url FROM articles") == [("https://herald.example/fine",)]
        for name, (state, attempts, error) in rows(here).items():
            assert (state, attempts) == ("pending", 1), name
            assert REASONS[name] in error
        assert await here.fetch() == 0, "not at once"
        here.later(minutes=2)
        assert await here.fetch() == len(REASONS)
        for name, (state, attempts, error) in rows(here).items():
            assert (state, attempts) == ("failed", 2), name
            assert REASONS[name] in error
        here.later(days=2)
        assert await here.fetch() == 0, "and not for ever"
        assert (here.hub.counts.articles, here.hub.counts.failed_pages) == (1, len(REASONS))

    with Pool(ReadConfig(workers=1, seconds=2.5), ("islamic_state",)) as pool:
        here = desk(tmp_path / "outspoken.db", pool, now)
        try:
            asyncio.run(work(here))
        finally:
            here.store.close()


def test_a_page_that_cannot_be_stored_is_not_fetched_for_ever(tmp_path: Path, now: datetime) -> None:
    """Halves of characters and dates before the calendar come from JSON-LD; whatever becomes of them, it ends."""
    said = '{"@type": "NewsArticle", "headline": "ISIS \\ud800 defector", "datePublished": "0001-01-01T00:00:00+14:00"}'
    body = outlet.account("medic").replace(
        b"</head>", f'<script type="application/ld+json">{said}</script></head>'.encode()
    )

    async def work(here: Desk) -> None:
        await here.poll("herald", {"https://herald.example/odd": body})
        for _ in range(3):
            await here.fetch()
            here.later(hours=7)
        assert here.hub.pages() == []

    with Pool(ReadConfig(workers=1), ("islamic_state",)) as pool:
        here = desk(tmp_path / "outspoken.db", pool, now)
        try:
            asyncio.run(work(here))
        finally:
            here.store.close()
