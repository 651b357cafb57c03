"""Where each kept page stands: the index of the archive's WARC files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from db import times
from db.base import Connection


@dataclass(frozen=True, slots=True)
class Kept:
    """One kept page: `length` bytes from `offset` of `file`. `sha256` is that of the page's bytes, in hex digits.

    A length of 0 says that it was being written. `article` is None where that is so, or where its article is gone.
    """

    id: int
    article: int | None
    url: str
    file: str
    offset: int
    length: int
    sha256: str
    kept: datetime


class Archived:
    """The rows of the archive; `archive.Archive` has the files."""

    _c: Connection

    def begin_record(self, url: str, file: str, offset: int, now: datetime) -> int:
        """Note that a record is about to be written there; returns its number."""
        at = times.text(now)
        with self._c.transaction():
            self._c.run("INSERT OR IGNORE INTO archive_files VALUES (?, 'open', ?)", file, at)
            row = {"url": url, "file": file, "offset": offset, "kept": at}
            return self._c.insert("archive_records", row)

    def end_record(self, record: int, length: int, sha256: str, article: int) -> None:
        """Note that a record is written and whose page it holds; in the transaction that stores the article."""
        sql = "UPDATE archive_records SET length = ?, sha256 = ?, article = ? WHERE id = ?"
        self._c.run(sql, length, sha256, article, record)

    def records(self, article: int) -> list[Kept]:
        """The kept pages of an article, latest first."""
        sql = "SELECT * FROM archive_records WHERE article = ? AND length > 0 ORDER BY id DESC"
        return [_kept(row) for row in self._c.rows(sql, article)]

    def records_of(self, url: str) -> list[Kept]:
        """The kept pages of an address, or of the article that is known by it, latest first."""
        sql = """SELECT * FROM archive_records WHERE length > 0 AND (url = ?1
                     OR article IN (SELECT id FROM articles WHERE url = ?1 OR canonical_url = ?1))
                 ORDER BY id DESC"""
        return [_kept(row) for row in self._c.rows(sql, url)]

    def records_in(self, file: str) -> list[Kept]:
        """The records of a file, in its order; those that were being written too."""
        sql = "SELECT * FROM archive_records WHERE file = ? ORDER BY offset, id"
        return [_kept(row) for row in self._c.rows(sql, file)]

    def kept_pages(self) -> int:
        """How many pages are kept."""
        row = self._c.one("SELECT count(*) AS n FROM archive_records WHERE length > 0")
        return int(row["n"]) if row else 0

    def loose_records(self) -> list[Kept]:
        """The records whose article is gone, and those that were being written."""
        sql = "SELECT * FROM archive_records WHERE article IS NULL ORDER BY file, offset"
        return [_kept(row) for row in self._c.rows(sql)]

    def archive_files(self, state: str = "open") -> list[str]:
        """The files of the archive in this state, oldest first."""
        sql = "SELECT file FROM archive_files WHERE state = ? ORDER BY created, file"
        return [str(row["file"]) for row in self._c.rows(sql, state)]

    def archive_end(self, file: str) -> int | None:
        """Where the last record of a file ends, in bytes; None where it has none, or the last one was being written."""
        sql = "SELECT offset, length FROM archive_records WHERE file = ? ORDER BY offset DESC, id DESC LIMIT 1"
        row = self._c.one(sql, file)
        return row["offset"] + row["length"] if row and row["length"] else None

    def begin_rewrite(self, file: str, now: datetime) -> None:
        """Note that a file is about to be made in place of another."""
        self._c.run("INSERT INTO archive_files VALUES (?, 'making', ?)", file, times.text(now))

    def end_rewrite(self, old: str, new: str, places: Mapping[int, int], gone: Sequence[int]) -> None:
        """Put `new` in the place of `old`: its records have new offsets by number, or are gone."""
        with self._c.transaction():
            self._c.run_many("DELETE FROM archive_records WHERE id = ?", [(each,) for each in gone])
            rows = [(new, offset, record) for record, offset in places.items()]
            self._c.run_many("UPDATE archive_records SET file = ?, offset = ? WHERE id = ?", rows)
            self._c.run("UPDATE archive_files SET state = 'open' WHERE file = ? AND state = 'making'", new)
            self._c.run("UPDATE archive_files SET state = 'dropped' WHERE file = ?", old)

    def drop_record(self, record: int) -> None:
        """Forget a record that was being written."""
        self._c.run("DELETE FROM archive_records WHERE id = ?", record)

    def drop_archive_file(self, file: str) -> None:
        """Forget a file that is no more."""
        self._c.run("DELETE FROM archive_files WHERE file = ?", file)


def _kept(row: dict[str, Any]) -> Kept:
    kept = times.time(row["kept"])
    assert kept is not None  # noqa: S101 - for the type checker; the column is NOT NULL
    return Kept(**(row | {"kept": kept}))
