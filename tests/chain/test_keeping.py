"""Pages that lead to findings are kept as they came; others are not."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import outlet
import pytest
from desk import Desk, desk

from config import ReadConfig
from reading import Pool


@pytest.fixture
def here(tmp_path: Path, now: datetime) -> Iterator[Desk]:
    with Pool(ReadConfig(workers=1), ("islamic_state",)) as pool:
        made = desk(tmp_path / "outspoken.db", pool, now)
        account = outlet.account("medic", now)
        weather = outlet.page(
            "Rain until Thursday", ["It will rain in the north until Thursday, and then no more."], now
        )
        pages = {"https://herald.example/account": account, "https://herald.example/weather": weather}
        asyncio.run(made.read("herald", pages))
    yield made
    made.store.close()


def test_the_page_behind_an_alert_is_kept_to_the_byte(here: Desk) -> None:
    ((article,),) = here.ask("SELECT article FROM mentions")
    found = here.hub.archive.read(article)
    assert found is not None
    kept, page = found
    assert page.body == here.pages["https://herald.example/account"]
    assert (page.url, page.headers["content-type"]) == ("https://herald.example/account", "text/html")
    assert here.ask("SELECT url, sha256 FROM archive_records") == [(kept.url, kept.sha256)]


def test_a_page_without_a_finding_is_not_kept(here: Desk) -> None:
    assert len(here.ask("SELECT 1 FROM articles")) == 2
    assert here.store.records_of("https://herald.example/weather") == []
