"""`outspoken accounts`, `alerts` and `status`: what is stored, and every database that cannot be read."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import alert_servers
import outlet
import pytest
from alert_examples import ALERT
from desk import desk
from terminal import HOSTILE, ROOT, assert_plain, outspoken, process, rows, sentence, start

from config import ReadConfig
from db import Store
from delivery import DeliveryState as State
from delivery import Sent
from model import Entry, FeedState, Polled, PollOutcome, Source
from reading import Pool

NOW = datetime.now(UTC)
READERS = (("accounts",), ("alerts", "list"), ("status",), ("alerts", "retry", "--dead"))


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "outspoken.toml").write_text("")
    (tmp_path / "sources.toml").write_text("")
    return tmp_path


@pytest.fixture
def database(folder: Path) -> Path:
    """A database in which nothing has happened yet."""
    path = folder / "outspoken.db"
    Store.open(path).close()
    return path


@pytest.fixture
def filled(database: Path) -> Iterator[Store]:
    """Two deliveries, one of which is dead; a source that fails and one that has hostile things to say."""
    with Store.open(database) as store:
        store.sync_sources([Source("herald", "https://h.example/"), Source("odd", "https://o.example/")], NOW)
        state = FeedState("https://h.example/")
        for _ in range(3):
            store.record_polled(Polled("herald", PollOutcome.FAILED, NOW, state, error=HOSTILE), NOW, NOW)
        entry = Entry("k", "https://o.example/1", title=HOSTILE)
        store.record_polled(
            Polled("odd", PollOutcome.CHANGED, NOW, FeedState("https://o.example/"), (entry,)), NOW, NOW
        )
        store.enqueue_alert(replace(ALERT, key="a-1", account_id=None, title=HOSTILE), ["desk"], NOW)
        store.enqueue_alert(replace(ALERT, key="a-2", account_id=None), ["desk"], NOW)
        (due, _) = store.due_deliveries(NOW, "desk")
        store.mark_sending(due, NOW)
        store.record_sent(due, Sent(State.DEAD, error=HOSTILE), None, NOW)
        yield store


# --- what is stored --------------------------------------------------------------------------------------------
def test_an_empty_database_is_no_trouble(database: Path) -> None:
    assert rows(outspoken("accounts", "--json").stdout) == [[]]
    assert rows(outspoken("alerts", "list", "--json").stdout) == [[]]
    result = outspoken("status", "--json")
    assert result.exit_code == 0
    (found,) = rows(result.stdout)
    assert (found["sources"], found["troubled"]) == ([], 0)
    assert not any(found["totals"].values())
    for args in (("accounts",), ("alerts", "list"), ("status",)):
        assert outspoken(*args).exit_code == 0
    assert outspoken("alerts", "retry", "--dead").exit_code == 1


def test_status_says_what_is_wrong(filled: Store, folder: Path) -> None:
    result = outspoken("status", "--json")
    assert result.exit_code == 1
    (found,) = rows(result.stdout)
    said = {row["name"]: row for row in found["sources"]}
    assert (said["herald"]["verdict"], said["herald"]["failures"], said["herald"]["last_error"]) == (
        "failing",
        3,
        HOSTILE,
    )
    assert {"last_success", "next_poll", "per_day", "silence"} <= set(said["odd"])
    assert found["totals"]["dead deliveries"] == 1
    assert found["totals"]["pages waiting"] == 1
    table = process("status", at=folder).stdout
    assert "failing" in table
    assert "dead deliveries" in table


def test_hostile_text_is_shown_as_text(filled: Store, folder: Path) -> None:
    for args in (("status",), ("alerts", "list"), ("alerts", "list", "--json"), ("status", "--json")):
        done = process(*args, at=folder)
        assert "[red]ISIS[/red]" in done.stdout
        assert_plain(done.stdout + done.stderr)


def test_alerts_are_listed_and_dead_ones_made_due_again(filled: Store) -> None:
    (found,) = rows(outspoken("alerts", "list", "--json").stdout)
    assert [(row["key"], row["state"], row["attempts"]) for row in found] == [("a-2", "pending", 0), ("a-1", "dead", 1)]
    (dead,) = rows(outspoken("alerts", "list", "--state", "dead", "--json").stdout)
    assert [row["key"] for row in dead] == ["a-1"]
    (one,) = rows(outspoken("alerts", "list", "--limit", "1", "--json").stdout)
    assert len(one) == 1
    assert outspoken("alerts", "list", "--state", "lost").exit_code == 2
    result = outspoken("alerts", "retry", "--dead")
    assert (result.exit_code, result.stdout) == (0, "1 deliveries are due again\n")
    assert {due.alert.key for due in filled.due_deliveries(datetime.now(UTC), "desk")} == {"a-1", "a-2"}
    assert outspoken("alerts", "retry", str(dead[0]["id"])).exit_code == 0
    assert outspoken("alerts", "retry", "999").exit_code == 1
    assert outspoken("alerts", "retry").exit_code == 2


def test_accounts_are_listed(folder: Path) -> None:
    with Pool(ReadConfig(workers=1), ("islamic_state",)) as pool:
        here = desk(folder / "outspoken.db", pool, NOW)
        pages = {f"https://herald.example/{who}": outlet.account(who, NOW) for who in ("medic", "cook", "unnamed")}
        asyncio.run(here.read("herald", pages))
        here.store.close()
    (found,) = rows(outspoken("accounts", "--json").stdout)
    assert {row["name"] for row in found} == {"Yunus Haddad", "Samir Aslanov", ""}
    assert all(isinstance(row["reasons"], list) and row["tier"] == "alert" for row in found)
    (one,) = rows(outspoken("accounts", "--limit", "1", "--json").stdout)
    assert len(one) == 1
    (none,) = rows(outspoken("accounts", "--tier", "review", "--json").stdout)
    assert none == []
    (other,) = rows(outspoken("accounts", "--profile", "other", "--json").stdout)
    assert other == []
    assert "Yunus Haddad" in process("accounts", at=folder).stdout


# --- databases that cannot be used -----------------------------------------------------------------------------
def refused(args: tuple[str, ...], said: str) -> None:
    for more in ((), ("--json",)) if args[-1] != "--dead" else ((),):
        result = outspoken(*args, *more)
        assert (result.exit_code, result.stdout) == (2, ""), args
        assert said in sentence(result.stderr), args
        assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize("args", READERS)
def test_no_database_yet(folder: Path, args: tuple[str, ...]) -> None:
    refused(args, "outspoken.db does not exist yet; `outspoken run` makes it")
    assert not (folder / "outspoken.db").exists()


@pytest.mark.parametrize("args", READERS)
def test_a_database_of_a_newer_version(database: Path, args: tuple[str, ...]) -> None:
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("INSERT INTO migrations VALUES (99, '2030-01-01T00:00:00Z')")
        connection.commit()
    refused(args, "was written by a newer version of Outspoken")


@pytest.mark.parametrize("args", READERS)
def test_a_file_that_is_no_database(folder: Path, args: tuple[str, ...]) -> None:
    (folder / "outspoken.db").write_text("# not a database\n" * 200)
    refused(args, "it is not a SQLite database")


@pytest.mark.parametrize("args", READERS)
def test_a_damaged_database(filled: Store, database: Path, args: tuple[str, ...]) -> None:
    filled.close()
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    body = bytearray(database.read_bytes())
    body[4096:] = b"\xff" * (len(body) - 4096)
    database.write_bytes(bytes(body))
    refused(args, "it is damaged; restore a copy")


def test_a_database_that_another_program_holds(database: Path) -> None:
    with closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode = DELETE")
        other.execute("BEGIN EXCLUSIVE")
        running = [start(*args, at=database.parent) for args in READERS]
        for each, args in zip(running, READERS, strict=True):
            with each:
                out, err = each.communicate(timeout=60)
            assert (each.returncode, out) == (2, ""), args
            assert sentence(err).endswith("another program holds it; close it or try again later"), args


AS_NOBODY = """
import os, cli
os.setegid(65534), os.seteuid(65534)  # after the imports: Python itself may lie where only root may read
cli.main(prog_name="outspoken")
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody who may not write")
def test_a_database_that_may_only_be_read(database: Path) -> None:
    folder = database.parent
    for above in (folder, folder.parent, folder.parent.parent, folder.parent.parent.parent):
        above.chmod(above.stat().st_mode | stat.S_IRGRP | stat.S_IROTH | stat.S_IXGRP | stat.S_IXOTH)
    database.chmod(0o444)
    for args in (("alerts", "retry", "--dead"), ("sources", "list")):
        command = [sys.executable, "-c", AS_NOBODY, *args]
        env = os.environ | {"PYTHONPATH": str(ROOT), "HOME": "/nonexistent", "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=60, check=False)
        assert (done.returncode, done.stdout) == (2, ""), done.stderr
        assert "check the permissions" in sentence(done.stderr) or "may be written" in sentence(done.stderr)


# --- channels --------------------------------------------------------------------------------------------------
def test_a_test_message_is_sent_to_every_channel(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUTSPOKEN_HOOK_SECRET", "a-secret")
    table = '[channels.{}]\ntype = "webhook"\nurl = "{}"\nsecret = "env:OUTSPOKEN_HOOK_SECRET"\n'
    with alert_servers.web() as hooked:
        dead = f"http://127.0.0.1:{alert_servers.refused_port()}/hidden-path-of-the-hook"
        (folder / "outspoken.toml").write_text(table.format("good", hooked.url) + table.format("dead", dead))
        result = outspoken("alerts", "test", "good")
        assert (result.exit_code, result.stdout) == (0, "good: sent\n")
        assert [got.json["kind"] for got in hooked.got] == ["test"]
        result = outspoken("alerts", "test")
        assert result.exit_code == 1
        assert result.stdout.splitlines()[0] == "good: sent"
        assert result.stdout.splitlines()[1].startswith("dead: failed ")
        assert "hidden-path" not in result.output
        assert len(hooked.got) == 2
    assert not (folder / "outspoken.db").exists()


def test_a_channel_that_does_not_exist_or_has_no_secret(folder: Path) -> None:
    assert sentence(outspoken("alerts", "test").stderr).startswith("outspoken.toml: channels: has no channel")
    (folder / "outspoken.toml").write_text(
        '[channels.x]\ntype = "webhook"\nurl = "https://x.example/"\nsecret = "env:OUTSPOKEN_NO_SUCH_SECRET"\n'
    )
    result = outspoken("alerts", "test", "y")
    assert (result.exit_code, sentence(result.stderr)) == (2, 'outspoken.toml: channels: has no channel named "y"')
    result = outspoken("alerts", "test", "x")
    assert result.exit_code == 2
    assert "OUTSPOKEN_NO_SUCH_SECRET is not set" in sentence(result.stderr)


# --- a reader that goes away -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "args", [("alerts", "list"), ("alerts", "list", "--json"), ("accounts",), ("check",), ("status", "--json")]
)
def test_a_reader_that_has_gone_is_no_error(filled: Store, folder: Path, args: tuple[str, ...]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with start(*args, at=folder, stdout=writer) as running:
        os.close(writer)
        _, err = running.communicate(timeout=60)
    assert (running.returncode, err) == (0, "")
