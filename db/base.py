"""The connection: opened with its pragmas, migrated, with every SQLite error as one clear sentence."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from sqlite_utils import Database

from db.migrations import check, migrate
from errors import StoreError, StoreLocked

BUSY_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Trouble:
    """A write that failed: when (monotonic seconds), and why in one sentence."""

    at: float
    sentence: str


class Connection:
    """A SQLite connection in which writes happen inside `transaction`."""

    def __init__(self, db: Database, path: str) -> None:
        self.db = db
        self.path = path
        self.troubled: Trouble | None = None
        """The last time that it could not be written."""
        self._depth = 0

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; may be nested, the outermost one commits. Raises StoreError."""
        try:
            with explained(self.path):
                yield from self._in_transaction()
        except StoreError as error:
            self.troubled = Trouble(monotonic(), str(error))
            raise

    def _in_transaction(self) -> Iterator[None]:
        if self._depth == 0:
            self.db.conn.execute("BEGIN IMMEDIATE")
        self._depth += 1
        try:
            yield
        except BaseException:
            self._depth -= 1
            if self._depth == 0 and self.db.conn.in_transaction:
                self.db.conn.rollback()
            raise
        self._depth -= 1
        if self._depth == 0:
            self._commit()

    def _commit(self) -> None:
        try:
            self.db.conn.commit()
        except BaseException:
            if self.db.conn.in_transaction:
                self.db.conn.rollback()
            raise

    def rows(self, sql: str, *values: object) -> list[dict[str, Any]]:
        """The rows of a query, each a dictionary. Raises StoreError."""
        with explained(self.path):
            cursor = self.db.execute(sql, values)
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def one(self, sql: str, *values: object) -> dict[str, Any] | None:
        """The first row of a query, or None. Raises StoreError."""
        found = self.rows(sql, *values)
        return found[0] if found else None

    def run(self, sql: str, *values: object) -> int:
        """Run one statement inside a transaction; returns how many rows it changed. Raises StoreError."""
        with self.transaction():
            return int(self.db.execute(sql, values).rowcount)

    def run_many(self, sql: str, values: Sequence[Sequence[object]]) -> None:
        """Run one statement for each row of values, in one transaction. Raises StoreError."""
        with self.transaction():
            self.db.conn.executemany(sql, values)

    def insert(self, table: str, row: dict[str, Any]) -> int:
        """Insert a row; returns its id. Raises StoreError."""
        columns, marks = ", ".join(row), ", ".join("?" * len(row))
        with self.transaction():
            sql = f"INSERT INTO {table} ({columns}) VALUES ({marks})"  # noqa: S608 - names are our own
            return int(self.db.execute(sql, list(row.values())).lastrowid or 0)

    def close(self) -> None:
        """Close the file."""
        self.db.close()


def connect(path: str | Path, *, readonly: bool = False) -> Connection:
    """Open, set up and migrate a database; ":memory:" makes one of its own. Raises StoreError."""
    name = str(path)
    if readonly and name != ":memory:" and not Path(name).exists():
        raise StoreError(f"{name} does not exist yet; `outspoken run` makes it", subject=name)
    with explained(name):
        connection = _open(name, readonly)
        try:
            return Connection(_prepared(connection, name, readonly), name)
        except BaseException:
            connection.close()
            raise


def _prepared(connection: sqlite3.Connection, name: str, readonly: bool) -> Database:
    db = Database(connection)
    for pragma in ("foreign_keys = ON", "synchronous = NORMAL", "temp_store = MEMORY"):
        db.execute(f"PRAGMA {pragma}")
    if readonly:
        check(db, name)
    else:
        # what is deleted or replaced is overwritten, not only given up
        db.execute("PRAGMA secure_delete = ON")
        db.execute("PRAGMA journal_mode = WAL")
        migrate(db, name)
    return db


def _open(name: str, readonly: bool) -> sqlite3.Connection:
    target = (
        f"file:{Path(name).absolute().as_posix().replace('?', '%3f').replace('#', '%23')}?mode=ro" if readonly else name
    )
    # isolation_level None: transactions begin and end where `transaction` says, never behind its back
    return sqlite3.connect(
        target, uri=readonly and name != ":memory:", timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )


@contextmanager
def explained(path: str) -> Iterator[None]:
    """Turn SQLite's errors into ours, with the way out."""
    try:
        yield
    except sqlite3.Error as error:
        raise _translated(error, path) from error


def _translated(error: sqlite3.Error, path: str) -> StoreError:
    name = getattr(error, "sqlite_errorname", "") or ""
    ways = {
        "SQLITE_FULL": "the disk is full; free some room, nothing of what was stored is lost",
        "SQLITE_READONLY": "it cannot be written; check the permissions of the file and its folder",
        "SQLITE_CANTOPEN": "it cannot be opened; check that the folder exists and may be written",
        "SQLITE_NOTADB": "it is not a SQLite database; name another file as `database`",
        "SQLITE_CORRUPT": "it is damaged; restore a copy, or try `sqlite3 FILE .recover`",
        "SQLITE_IOERR": "the disk cannot be read or written; check its health and its free space",
    }
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return StoreLocked(f"{path}: another program holds it; close it or try again later", subject=path)
    way = next((way for prefix, way in ways.items() if name.startswith(prefix)), str(error))
    return StoreError(f"{path}: {way}", subject=path)
