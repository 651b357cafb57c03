"""Opening the database: old and new versions, and everything that can be wrong with a file."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest

import db.base
import db.migrations
from db import Store, only_one
from errors import StoreError, StoreLocked, StoreTooNew
from model import Source

SOURCE = Source("herald", "https://herald.example/feed")
ADDED = "ALTER TABLE runs ADD COLUMN mood TEXT NOT NULL DEFAULT 'fine';"


@pytest.fixture
def path(tmp_path: Path, now: datetime) -> Path:
    """A database in which something is stored."""
    file = tmp_path / "outspoken.db"
    with Store.open(file) as store:
        store.sync_sources([SOURCE], now)
        store.begin_run(1, "0.1", now)
    return file


def ask(path: Path, sql: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(path)
    try:
        rows = connection.execute(sql).fetchall()
        connection.commit()
        return rows
    finally:
        connection.close()


def test_a_new_database_gets_every_step_with_its_time(path: Path) -> None:
    steps = ask(path, "SELECT number, at FROM migrations ORDER BY number")
    assert [number for number, _ in steps] == list(range(1, len(db.migrations.STEPS) + 1))
    assert all(datetime.fromisoformat(str(at)).tzinfo for _, at in steps)


def test_opening_again_changes_nothing(path: Path) -> None:
    before = ask(path, "SELECT * FROM migrations")
    Store.open(path).close()
    assert ask(path, "SELECT * FROM migrations") == before


def test_an_older_database_is_brought_up_to_date_and_keeps_what_it_holds(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db.migrations, "STEPS", (*db.migrations.STEPS, ADDED))
    with pytest.raises(StoreError, match=r"older version .* `outspoken run` brings it up to date"):
        Store.open(path, readonly=True)
    with Store.open(path) as store:
        assert store.source("herald") == SOURCE
    assert ask(path, "SELECT mood FROM runs") == [("fine",)]
    Store.open(path, readonly=True).close()


def test_a_step_that_fails_leaves_the_database_as_it_was(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = len(db.migrations.STEPS)
    monkeypatch.setattr(db.migrations, "STEPS", (*db.migrations.STEPS, ADDED + "CREATE TABLE runs (id);"))
    with pytest.raises(StoreError, match="runs already exists"):
        Store.open(path)
    assert ask(path, "SELECT max(number) FROM migrations") == [(done,)]
    assert "mood" not in {row[1] for row in ask(path, "PRAGMA table_info(runs)")}


@pytest.mark.parametrize("readonly", [False, True])
def test_a_newer_database_is_refused_with_a_way_out(path: Path, readonly: bool) -> None:
    ask(path, "INSERT INTO migrations VALUES (99, '2030-01-01T00:00:00Z')")
    with pytest.raises(StoreTooNew, match=r"newer version of Outspoken \(schema 99, .*update the program") as caught:
        Store.open(path, readonly=readonly)
    assert str(path) in str(caught.value)
    assert not caught.value.retry


def test_reading_needs_a_database_that_exists(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"does not exist yet; `outspoken run` makes it"):
        Store.open(tmp_path / "none.db", readonly=True)
    assert list(tmp_path.iterdir()) == []


def test_reading_never_writes(path: Path, now: datetime) -> None:
    with Store.open(path, readonly=True) as store, pytest.raises(StoreError, match="cannot be written"):
        store.sync_sources([], now)


@contextmanager
def as_nobody() -> Iterator[None]:
    """Without root's right to write everywhere."""
    root = os.geteuid() == 0
    try:
        os.seteuid(65534) if root else None
        yield
    finally:
        os.seteuid(0) if root else None


@pytest.fixture
def shut(path: Path) -> Iterator[Path]:
    """A file and folder that may be read but not written, also by the owner."""
    for folder in (path.parent, path.parent.parent, path.parent.parent.parent):
        folder.chmod(0o755) if folder.stat().st_uid == os.geteuid() else None
    path.chmod(0o444)
    path.parent.chmod(0o555)
    yield path
    path.parent.chmod(0o755)
    path.chmod(0o644)


def test_a_file_that_may_not_be_written(shut: Path) -> None:
    with as_nobody(), pytest.raises(StoreError, match=r"cannot be (written|opened); check") as caught:
        Store.open(shut)
    assert str(shut) in str(caught.value)


def test_a_folder_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be opened; check that the folder exists"):
        Store.open(tmp_path / "none" / "outspoken.db")


@pytest.mark.parametrize("content", [b"# not a database\n" * 200, os.urandom(8192)], ids=["text", "noise"])
def test_a_file_that_is_no_database(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "outspoken.db"
    file.write_bytes(content)
    with pytest.raises(StoreError, match="not a SQLite database; name another file"):
        Store.open(file)
    assert file.read_bytes() == content, "it is left as it was"


def test_a_database_of_another_program(tmp_path: Path) -> None:
    file = tmp_path / "shop.db"
    ask(file, "CREATE TABLE articles (price)")
    with pytest.raises(StoreError, match="another program"):
        Store.open(file, readonly=True)
    with pytest.raises(StoreError, match="articles already exists"):
        Store.open(file)
    assert ask(file, "SELECT name FROM sqlite_schema WHERE type = 'table'") == [("articles",)]


def test_a_damaged_database(path: Path, now: datetime) -> None:
    with Store.open(path) as store:
        store.sync_sources([Source(f"s{n}", f"https://{n}.example/" + "x" * 500) for n in range(200)], now)
    ask(path, "PRAGMA wal_checkpoint(TRUNCATE)")
    body = bytearray(path.read_bytes())
    body[8192:] = os.urandom(len(body) - 8192)
    path.write_bytes(bytes(body))

    def use() -> None:
        with Store.open(path) as store:
            store.due_polls(now)

    with pytest.raises(StoreError, match=r"damaged; restore a copy|not a SQLite database"):
        use()


def test_a_database_that_another_program_holds(path: Path, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(db.base, "BUSY_SECONDS", 0.1)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with Store.open(path) as store:
        with pytest.raises(StoreLocked, match="another program holds it") as caught:
            store.sync_sources([], now)
        assert caught.value.retry
        assert [poll.source for poll in store.due_polls(now)] == [SOURCE], "reading goes on"
        other.execute("ROLLBACK")
        store.sync_sources([], now)
    other.close()


def test_a_full_disk_costs_only_what_had_no_room(path: Path, now: datetime) -> None:
    many = [Source(f"s{n}", f"https://{n}.example/feed") for n in range(3000)]
    with Store.open(path) as store:
        pages = store._c.rows("PRAGMA page_count")[0]["page_count"]
        store._c.rows(f"PRAGMA max_page_count = {pages + 3}")
        with pytest.raises(StoreError, match="the disk is full; free some room"):
            store.sync_sources(many, now)
        assert [poll.source for poll in store.due_polls(now)] == [SOURCE]
        store._c.rows("PRAGMA max_page_count = 100000")
        store.sync_sources(many, now)
        assert len(store.due_polls(now, 5000)) == 3000


FILLER = """
import resource, signal, sys
from datetime import UTC, datetime
from db import Store
from errors import StoreError
from model import Source
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
now = datetime(2026, 3, 14, tzinfo=UTC)
store = Store.open(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
try:
    store.sync_sources([Source(f"s{n}", f"https://{n}.example/" + "x" * 900) for n in range(2000)], now)
except StoreError as error:
    print(error)
"""


def test_a_file_that_the_system_lets_grow_no_further(path: Path, now: datetime, root: Path) -> None:
    run = subprocess.run([sys.executable, "-c", FILLER, path], cwd=root, capture_output=True, text=True, check=True)
    assert "free" in run.stdout
    assert run.stderr == ""
    with Store.open(path) as store:
        assert [poll.source for poll in store.due_polls(now)] == [SOURCE]


def test_only_one_daemon_works_on_a_database(path: Path) -> None:
    with only_one(path), pytest.raises(StoreLocked, match=rf"another daemon \(process {os.getpid()}\)"), only_one(path):
        pass
    with only_one(path):
        pass
