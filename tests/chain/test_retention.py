"""What is kept too long goes, in small steps, and nothing that is known is told again."""

from __future__ import annotations

import asyncio
import gzip
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import outlet
import pytest
from desk import Desk, desk

import retaining
from alerts.message import compose
from config import Config, ReadConfig, RetentionConfig
from db.forgetting import slim
from delivery import Alert
from reading import Pool
from retaining import Retaining
from scheduler import Daemon
from spiders.run import Crawls

HARVEST = "Pomegranates from Qalat Sukkar fetched twice the usual price at Tuesday's auction. "


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    with Pool(ReadConfig(workers=1), ("islamic_state",)) as running:
        yield running


@pytest.fixture
def here(tmp_path: Path, now: datetime, pool: Pool) -> Iterator[Desk]:
    """An account, and articles in which nothing is found."""
    lines = {"lines": {"type": "file", "path": tmp_path / "alerts.jsonl"}}
    made = desk(tmp_path / "outspoken.db", pool, now, channels=lines)

    async def work() -> None:
        await made.read("herald", {"https://herald.example/medic": outlet.account("medic", now - timedelta(hours=2))})
        pages = {f"https://review.example/{n}": outlet.page(f"Auction {n}", [HARVEST * 9], now) for n in range(5)}
        await made.read("review", pages)
        await made.courier.run_once()

    asyncio.run(work())
    yield made
    made.store.close()


def keeper(here: Desk, **periods: Any) -> Retaining:
    lines = {"lines": {"type": "file", "path": here.hub.config.archive.folder.parent / "alerts.jsonl"}}
    config = here.hub.config.model_copy(update={"retention": RetentionConfig(**periods), "channels": lines})
    return Retaining(here.store, config, here.clock)


def holding(folder: Path, *words: str) -> dict[str, list[str]]:
    found = {}
    for path in (each for each in folder.rglob("*") if each.is_file()):
        body = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        if there := [word for word in words if word.encode() in body]:
            found[path.name] = there
    return found


def test_articles_in_which_nothing_was_found_lose_their_words(here: Desk, tmp_path: Path) -> None:
    latencies, count = here.ask("SELECT * FROM article_latency"), here.ask("SELECT count(*) FROM articles")
    here.later(days=89)
    list(keeper(here).steps())
    assert here.ask("SELECT count(*) FROM articles WHERE text <> ''") == [(6,)]
    here.later(days=2)
    list(keeper(here).steps())
    assert holding(tmp_path, "Pomegranates", "Qalat", "Auction") == {}
    assert here.ask("SELECT url FROM articles WHERE text <> ''") == [("https://herald.example/medic",)]
    assert (here.ask("SELECT * FROM article_latency"), here.ask("SELECT count(*) FROM articles")) == (latencies, count)
    with closing(sqlite3.connect(tmp_path / "outspoken.db")) as connection:
        connection.execute("CREATE VIRTUAL TABLE temp.words USING fts5vocab(main, articles_fts, row)")
        words = {row[0] for row in connection.execute("SELECT term FROM words")}
    assert "haddad" in words
    assert not words & {"pomegranates", "sukkar"}


def test_what_was_dropped_is_neither_fetched_again_nor_taken_for_a_change_of_the_outlet(here: Desk) -> None:
    here.later(days=91)
    list(keeper(here).steps())
    asyncio.run(here.poll("mirror", {"https://review.example/1": outlet.page("x", ["y"], here.now)}))
    assert here.ask("SELECT count(*) FROM pages") == [(0,)]
    assert here.store.samples("review") == []
    assert here.store.articles_between(here.now - timedelta(days=200), here.now) != []


def test_a_reprint_of_a_known_person_is_still_known(here: Desk) -> None:
    here.later(days=500)
    list(keeper(here).steps())
    asyncio.run(here.read("mirror", {"https://mirror.example/1": outlet.account("medic", here.now, "He tells")}))
    assert here.ask("SELECT count(*) FROM accounts") == [(1,)]
    assert here.ask("SELECT kind FROM alerts ORDER BY id") == [("account",), ("follow-up",)]


def test_old_alerts_keep_what_counts_and_lose_their_words(here: Desk) -> None:
    before = here.store.precision("source", here.now - timedelta(days=1))
    here.later(days=366)
    list(keeper(here).steps())
    assert here.store.precision("source", here.now - timedelta(days=400)) == before
    ((title, payload),) = here.ask("SELECT title, payload FROM alerts")
    assert (title, "Haddad" in payload, json.loads(payload)["key"]) == ("", False, "account-1")
    asyncio.run(here.read("mirror", {"https://mirror.example/1": outlet.account("medic", here.now, "He tells")}))
    assert asyncio.run(here.courier.run_once()) == 1
    assert here.ask("SELECT DISTINCT state FROM deliveries") == [("sent",)]


def test_a_slim_alert_can_still_be_shown() -> None:
    alert = Alert("account-1", "account", datetime.fromisoformat("2026-01-01T00:00:00Z"), "islamic_state", "T")
    assert compose(slim(alert)).key == "account-1"


def test_alerts_that_wait_keep_their_words(here: Desk) -> None:
    asyncio.run(here.read("herald", {"https://herald.example/cook": outlet.account("cook", here.now)}))
    here.later(days=400)
    list(keeper(here).steps())
    assert here.ask("SELECT title <> '' FROM alerts ORDER BY id") == [(0,), (1,)]


def test_what_was_no_account_is_erased_and_does_not_come_back(here: Desk, tmp_path: Path) -> None:
    here.store.save_verdict(1, "not-account", "Ann", here.now)
    here.later(days=366)
    list(keeper(here).steps())
    assert holding(tmp_path, "Haddad", "Gaziantep") == {}
    assert here.ask("SELECT kind, state, task FROM erasures") == [("rejected", "done", "")]
    asyncio.run(here.read("mirror", {"https://mirror.example/1": outlet.account("medic", here.now, "He tells")}))
    assert here.ask("SELECT count(*) FROM mentions") == [(0,)]
    list(keeper(here).steps())
    assert here.ask("SELECT count(*) FROM erasures") == [(1,)]


def test_persons_stay_unless_a_period_is_given(here: Desk) -> None:
    here.later(days=4000)
    list(keeper(here).steps())
    assert here.ask("SELECT count(*) FROM mentions") == [(1,)]
    list(keeper(here, accounts="1000d").steps())
    assert here.ask("SELECT count(*) FROM mentions") == [(0,)]
    assert here.ask("SELECT count(*) FROM articles WHERE url LIKE '%medic'") == [(0,)]


def test_it_goes_in_steps_between_which_others_write(
    here: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(retaining, "BATCH", 2)
    here.later(days=91)
    steps = keeper(here).steps()
    assert next(steps) is None
    assert here.ask("SELECT count(*) FROM articles WHERE kind = 'dropped'") == [(2,)]
    with closing(sqlite3.connect(tmp_path / "outspoken.db", timeout=0.1)) as other:
        other.execute("UPDATE sources SET last_error = 'another program'")
        other.commit()
    assert len(list(steps)) >= 2
    assert here.ask("SELECT count(*) FROM articles WHERE kind = 'dropped'") == [(5,)]


def test_the_daemon_cleans_up_by_its_configuration(here: Desk) -> None:
    here.hub.config = Config(retention=RetentionConfig(texts="1d"), archive=here.hub.config.archive)
    here.later(days=2)
    daemon = Daemon(
        here.hub,
        Crawls(here.hub, here.hub.config),
        here.courier,
        lambda _: None,
        lambda: None,
        retaining=Retaining(here.store, Config(), here.clock),
    )
    asyncio.run(daemon.clean())
    assert here.ask("SELECT count(*) FROM articles WHERE kind = 'dropped'") == [(5,)]
