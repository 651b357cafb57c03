"""The canary goes through the whole chain and leaves no trace but its message; where it stays away, ops hear of it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import alert_servers
import pytest
from daemons import ENVIRONMENT, QUICK, ask, count, daemon, hook, keys, stop, until, write
from loopback import serve

import reloading
from canary import Canary
from config import CanaryConfig, Config
from db import Store
from errors import ConfigError
from pipeline import Hub

TABLE = '[canary]\nchannel = "bird"\nat = "00:00"\nwithin = "{}"\n'
TABLES = ("articles", "accounts", "mentions", "findings", "stories", "pages", "entries", "polls", "articles_fts")


def configure(folder: Path, channels: str, within: str = "60s", more: str = "") -> None:
    write(folder, {}, QUICK + more + TABLE.format(within) + channels)


def status(folder: Path) -> tuple[int, Any]:
    line = [sys.executable, "-m", "cli", "-c", str(folder / "outspoken.toml"), "status", "--json"]
    done = subprocess.run(line, capture_output=True, check=False, env=ENVIRONMENT)
    return done.returncode, json.loads(done.stdout)


def test_it_arrives_and_leaves_no_trace_among_what_was_found(tmp_path: Path) -> None:
    with alert_servers.web() as bird, alert_servers.web() as desk, serve({}):
        configure(tmp_path, hook("bird", bird.url) + hook("desk", desk.url))
        database = tmp_path / "outspoken.db"
        with daemon(tmp_path) as process:
            until(lambda: bird.got, seconds=90, what="the canary")
            until(lambda: count(database, "canaries WHERE arrived IS NOT NULL"), what="a note of its arrival")
            assert stop(process)[0] == 0
        (message,) = [got.json for got in bird.got]
        assert (message["kind"], message["account"], message["article"]) == ("canary", None, None)
        assert "Kanarek" not in json.dumps(message), "the invented person is named to nobody"
        assert desk.got == [], "the team hears nothing of it"
    assert {table: count(database, table) for table in TABLES} == dict.fromkeys(TABLES, 0)
    assert ask(database, "SELECT kind FROM alerts") == [("canary",)]
    assert ask(database, "SELECT count(*) FROM sources") == [(0,)]
    code, told = status(tmp_path)
    assert code == 0
    assert told["canary"]["arrived"] > told["canary"]["stored"] > told["canary"]["fetched"]
    assert 0 < told["canary"]["seconds"] < 60
    with daemon(tmp_path) as process:
        until(lambda: count(database, "runs") == 2, what="the second start")
        stop(process)
    assert count(database, "canaries") == 1, "one a day"


def test_ops_hear_by_another_channel_of_one_that_is_not_taken(tmp_path: Path) -> None:
    with alert_servers.web() as desk:
        dead = f"http://127.0.0.1:{alert_servers.refused_port()}/"
        configure(tmp_path, hook("bird", dead) + hook("desk", desk.url), "40s")
        with daemon(tmp_path):
            until(lambda: desk.got, seconds=110, what="word of the canary that did not arrive")
        (message,) = [got.json for got in desk.got]
    assert keys(desk)[0].startswith("ops-canary-")
    assert "its message is in the outbox" in message["text"]
    assert "refused" in message["text"]
    assert status(tmp_path)[0] == 1


def test_ops_hear_how_far_it_came_where_the_chain_is_broken(tmp_path: Path) -> None:
    with alert_servers.web() as bird, alert_servers.web() as desk:
        configure(tmp_path, hook("bird", bird.url) + hook("desk", desk.url), "40s", "seconds = 0.0001\n")
        with daemon(tmp_path):
            until(lambda: desk.got, seconds=110, what="word of the canary that did not arrive")
        assert bird.got == []
        (message,) = [got.json for got in desk.got]
    assert "it was fetched and came no further" in message["text"]
    assert "took more than 0.0001 s" in message["text"]


def test_each_shipped_profile_finds_it(tmp_path: Path) -> None:
    with alert_servers.web() as bird, alert_servers.web() as desk:
        channels = hook("bird", bird.url) + hook("desk", desk.url)
        write(tmp_path, {}, 'profiles = ["al_shabaab"]\n' + QUICK + TABLE.format("60s") + channels)
        with daemon(tmp_path):
            until(lambda: bird.got or desk.got, seconds=90, what="the canary, or word of it")
        assert [got.json["kind"] for got in bird.got] == ["canary"]


# --- when ------------------------------------------------------------------------------------------------------
@contextmanager
def canary(folder: Path, now: datetime) -> Iterator[Canary]:
    with Store.open(folder / "outspoken.db") as store:
        config = Config(
            canary=CanaryConfig(channel="bird", at="10:00", within=timedelta(minutes=10)),
            channels={"bird": {}, "desk": {}, "pager": {}},
        )
        hub = Hub(store, config, None, ("bird", "desk"))  # type: ignore[arg-type]
        hub.clock = lambda: now
        yield Canary(hub, None)  # type: ignore[arg-type]


def test_it_sets_off_once_a_day_at_its_hour_and_again_where_it_was_cut_short(tmp_path: Path, now: datetime) -> None:
    with canary(tmp_path, now) as bird:
        assert not bird.due(now), "09:30"
        later = now + timedelta(hours=1)
        assert bird.due(later)
        bird.hub.store.begin_canary("2026-03-14", "bird", later)
        assert bird.due(later + timedelta(minutes=5)), "a kill came between"
        assert not bird.due(later + timedelta(minutes=11)), "too late: it is for ops now"
        bird.hub.store.canary_at("2026-03-14", "stored", later)
        assert not bird.due(later + timedelta(minutes=5))
        assert not bird.due(now + timedelta(days=1))
        assert bird.due(now + timedelta(days=1, hours=1))


def test_ops_hear_once_and_never_by_its_own_channel(tmp_path: Path, now: datetime) -> None:
    with canary(tmp_path, now) as bird:
        store = bird.hub.store
        store.begin_canary("2026-03-14", "bird", now - timedelta(minutes=11))
        bird.watch()
        bird.watch()
        assert store.due_deliveries(now, "bird") == []
        (due,) = store.due_deliveries(now, "desk")
        assert "it was not fetched" in due.alert.body


def test_a_canary_needs_another_channel_that_hears_of_its_absence(tmp_path: Path) -> None:
    configure(tmp_path, '[channels.bird]\ntype = "terminal"\n')
    with pytest.raises(ConfigError, match="is the only channel there is"):
        reloading.checked(tmp_path / "outspoken.toml")
    configure(tmp_path, '[channels.desk]\ntype = "terminal"\n')
    with pytest.raises(ConfigError, match='has no channel named "bird"'):
        reloading.checked(tmp_path / "outspoken.toml")
