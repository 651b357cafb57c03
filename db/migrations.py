"""The schema, as append-only steps; each runs in a transaction together with its record.

A step is a file in `db/steps/`; they run in the order of their names, and one that was released is never changed.

docs/schema.md describes every table and column; a test compares.
"""

from __future__ import annotations

from datetime import UTC, datetime
from importlib import resources

from sqlite_utils import Database

from errors import StoreError, StoreTooNew


def _steps() -> tuple[str, ...]:
    """The SQL of every step, oldest first."""
    files = (file for file in resources.files("db.steps").iterdir() if file.name.endswith(".sql"))
    return tuple(file.read_text("utf-8") for file in sorted(files, key=lambda file: file.name))


STEPS: tuple[str, ...] = _steps()


def migrate(db: Database, path: str) -> None:
    """Bring the schema up to date. Raises StoreTooNew where a newer program has written the file."""
    done = _known(db, path)
    for number, sql in enumerate(STEPS[done:], done + 1):
        _step(db, number, sql)


def check(db: Database, path: str) -> None:
    """Make sure that a database that is only read has this program's schema. Raises StoreError."""
    if _known(db, path) < len(STEPS):
        sentence = f"{path} was written by an older version of Outspoken, or by another program"
        raise StoreError(f"{sentence}; `outspoken run` brings it up to date", subject=path)


def _known(db: Database, path: str) -> int:
    """How many of the steps the file has seen; StoreTooNew where it has seen more than there are."""
    done = _done(db)
    if done > len(STEPS):
        raise StoreTooNew(
            f"{path} was written by a newer version of Outspoken (schema {done}, this one knows {len(STEPS)}); "
            "update the program, or name another database",
            subject=path,
        )
    return done


def _done(db: Database) -> int:
    if "migrations" not in db.table_names():
        return 0
    return int(db.execute("SELECT coalesce(max(number), 0) FROM migrations").fetchone()[0])


def _step(db: Database, number: int, sql: str) -> None:
    """One step and its record, or neither."""
    at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    record = "CREATE TABLE IF NOT EXISTS migrations (number INTEGER PRIMARY KEY, at TEXT NOT NULL) STRICT;"
    script = f"BEGIN IMMEDIATE;{record}{sql}\nINSERT INTO migrations VALUES ({number}, '{at}');COMMIT;"
    try:
        db.conn.executescript(script)
    except BaseException:
        if db.conn.in_transaction:
            db.conn.rollback()
        raise
