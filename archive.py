"""The archive of evidence: the pages that led to findings, as they came, in WARC files with an index in the database.

    keeping(page)   row "being written"   one transaction
                    record in the file    fsync
                    article and row       the transaction that stores the article
    erase(records)  file without them     fsync
                    rows point into it    one transaction
                    old file removed

A kill between two of these lines leaves a row that says what is unfinished; `sweep`, at the next start, undoes it. A file
whose end is not where its last row says (a torn record after a power cut, something that another program wrote) is left
as it is and never written to again: the next record begins a new one.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import takewhile
from pathlib import Path

import warc
from config import ArchiveConfig
from db import Kept, Store
from errors import ArchiveError, StoreError
from model import Label, Page, Reading


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is wrong with the archive: a file of it, what of it (`url`, where it is a record), and a sentence."""

    file: str
    url: str
    sentence: str


Note = Callable[[int], None]
"""Says which article a page belongs to; called in the transaction that stores it."""


class Archive:
    """The files below a folder and their rows. Several processes may share them: one writes at a time."""

    def __init__(self, store: Store, settings: ArchiveConfig, clock: Callable[[], datetime] | None = None) -> None:
        self._store = store
        self._settings = settings
        self._clock = clock or (lambda: datetime.now(UTC))
        self.folder: Path = settings.folder

    def wants(self, reading: Reading) -> bool:
        """Whether the page of a reading is to be kept."""
        keep = self._settings.keep
        return keep == "all" or (keep == "findings" and any(_found(each.label, each.tier) for each in reading.findings))

    @contextmanager
    def keeping(self, page: Page, reading: Reading) -> Iterator[Note | None]:
        """Keep a page while its article is stored; gives what is to be called with the article's number, if anything.

        Where storing fails the record is taken back. Not to be entered inside a transaction. Raises StoreError.
        """
        if not self.wants(reading):
            yield None
            return
        with self._alone():
            now = self._clock()
            member = warc.write(page, now)
            path, end, head = self._place(len(member), now)
            number = self._store.begin_record(page.url, path.name, end + len(head), now)
            try:
                self._append(path, end, head + member)
                yield lambda article: self._store.end_record(number, len(member), _hex(page.body), article)
            except BaseException:
                self._undo(self._store.records_in(path.name)[-1])
                raise

    def read(self, article: int) -> tuple[Kept, Page] | None:
        """The latest kept page of an article, its digest checked; None where none was kept. Raises ArchiveError."""
        found = self._store.records(article)
        return (found[0], self.page(found[0])) if found else None

    def page(self, kept: Kept) -> Page:
        """A kept page, its digest checked. Raises ArchiveError."""
        path = self.folder / kept.file
        try:
            record = warc.read(path, kept.offset, kept.length)
        except OSError as error:
            raise ArchiveError(f"{path}: cannot be read: {error.strerror}", subject=kept.url) from None
        if record is None or record.sha256 != kept.sha256:
            place = f"{path}, byte {kept.offset}"
            raise ArchiveError(f"{place}: the kept copy of {kept.url} is damaged", subject=kept.url)
        return record.page

    def member(self, kept: Kept) -> bytes:
        """The record as it stands in its file: one gzip member, a WARC file of its own. Raises ArchiveError."""
        self.page(kept)
        with (self.folder / kept.file).open("rb") as file:
            file.seek(kept.offset)
            return file.read(kept.length)

    def erase(self, articles: Collection[int]) -> int:
        """Erase every kept page of these articles, by writing their files anew without them; returns how many.

        Not to be called inside a transaction. Raises StoreError.
        """
        if not self.folder.is_dir():
            return 0
        with self._alone():
            return self._erase([kept for article in articles for kept in self._store.records(article)])

    def sweep(self) -> int:
        """Undo what a kill left unfinished, and erase the pages of articles that are gone; returns how many went."""
        if not self.folder.is_dir():
            return 0
        with self._alone():
            for state in ("making", "dropped"):
                for file in self._store.archive_files(state):
                    self._remove(file)
            loose = self._store.loose_records()
            for kept in loose:
                if not kept.length:
                    self._undo(kept)
            return self._erase([kept for kept in loose if kept.length])

    def verify(self, tick: Callable[[int], None] = lambda _: None) -> Iterator[Fault]:
        """Read every record back and check its digest; `tick` is told of every file with its number of records."""
        for file in self._store.archive_files():
            path = self.folder / file
            # its size first: a record that is written meanwhile lies beyond
            size = path.stat().st_size if path.is_file() else 0
            kept = self._store.records_in(file)
            for each in kept:
                if each.length and (error := self.fault(each)):
                    yield Fault(file, each.url, error)
            yield from _unclaimed(path, kept, size)
            tick(len(kept))

    def fault(self, kept: Kept) -> str:
        """What is wrong with a kept page, in one sentence; empty where it is intact."""
        try:
            self.page(kept)
        except ArchiveError as error:
            return str(error)
        return ""

    # --- writing ---------------------------------------------------------------------------------------------
    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Be the one who writes; other processes wait. Raises StoreError where the files cannot be written."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with (self.folder / ".lock").open("a") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield
        except OSError as error:
            # inside a transaction, so that the store knows of the trouble and new work is paused
            with self._store.transaction():
                sentence = f"{self.folder}: the archive cannot be written: {error.strerror or error}"
                raise StoreError(sentence, subject=str(self.folder)) from error

    def _place(self, size: int, now: datetime) -> tuple[Path, int, bytes]:
        """The file that takes the next record, where it ends, and what a new one begins with."""
        last = next(reversed(self._store.archive_files()), None)
        if last is not None:
            path, end = self.folder / last, self._store.archive_end(last)
            if end is not None and path.is_file() and path.stat().st_size == end and end + size <= self._most:
                return path, end, b""
        path = self._fresh(now)
        return path, 0, warc.header(path.name)

    @property
    def _most(self) -> int:
        return self._settings.file_mb * 1_000_000

    def _fresh(self, now: datetime) -> Path:
        """The name of a file that is not there yet."""
        names = (f"outspoken-{now:%Y%m%d%H%M%S}-{number:03d}.warc.gz" for number in range(1000))
        return next(self.folder / name for name in names if not (self.folder / name).exists())

    def _append(self, path: Path, end: int, data: bytes) -> None:
        with path.open("r+b" if end else "xb") as file:
            file.seek(end)
            file.write(data)
            _sync(file.fileno())
        if not end:
            _sync_folder(self.folder)

    def _undo(self, kept: Kept) -> None:
        """Take back a record that was being written."""
        path = self.folder / kept.file
        others = [each for each in self._store.records_in(kept.file) if each.id != kept.id]
        self._store.drop_record(kept.id)
        if not others:
            self._remove(kept.file)
        elif path.is_file() and path.stat().st_size > kept.offset and others[-1].offset < kept.offset:
            os.truncate(path, kept.offset)

    def _remove(self, file: str) -> None:
        (self.folder / file).unlink(missing_ok=True)
        self._store.drop_archive_file(file)

    def _erase(self, gone: list[Kept]) -> int:
        for file in sorted({kept.file for kept in gone}):
            self._rewrite(file, {kept.id for kept in gone if kept.file == file})
        return len(gone)

    def _rewrite(self, file: str, gone: set[int]) -> None:
        """Write a file anew without some of its records, nor copies of their addresses that no row knows."""
        kept, path = self._store.records_in(file), self.folder / file
        urls = {each.url for each in kept if each.id in gone}
        cuts = [(each.offset, each.offset + each.length) for each in kept if each.id in gone]
        size = path.stat().st_size if path.is_file() else 0
        for gap in _gaps(kept, size):
            cuts += [(start, end) for url, start, end in _records(path, *gap) if url in urls]
        cuts.sort()
        new = self._fresh(self._clock())
        self._store.begin_rewrite(new.name, self._clock())
        if size:
            _copy(path, new, cuts)
            _sync_folder(self.folder)
        left = {each.id: each.offset - _before(cuts, each.offset) for each in kept if each.id not in gone}
        self._store.end_rewrite(file, new.name, left, sorted(gone))
        self._remove(file)
        if not left:
            self._remove(new.name)


def _found(label: Label, tier: str) -> bool:
    return label is not Label.NONE or tier != "none"


def _hex(body: bytes) -> str:
    from hashlib import sha256

    return sha256(body).hexdigest()


def _gaps(kept: list[Kept], size: int) -> Iterator[tuple[int, int]]:
    """The stretches of a file that belong to no record."""
    at = 0
    for each in kept:
        if each.offset > at:
            yield at, each.offset
        at = max(at, each.offset + each.length)
    if size > at:
        yield at, size


def _unclaimed(path: Path, kept: list[Kept], size: int) -> Iterator[Fault]:
    """What stands in the first `size` bytes of a file and in no row."""
    if not path.is_file():
        return
    unfinished = min((each.offset for each in kept if not each.length), default=size)
    for start, end in _gaps(kept, min(size, unfinished)):
        found = list(_records(path, start, end))
        for url, _, _ in found:
            yield Fault(path.name, url, f"{path}: holds a copy of {url} that the database does not know")
        if not found and start:
            yield Fault(path.name, "", f"{path}: {end - start} bytes from byte {start} on are no record")


def _records(path: Path, start: int, end: int) -> Iterator[tuple[str, int, int]]:
    """The pages in a stretch of a file: their addresses, and where they begin and end."""
    with path.open("rb") as file:
        file.seek(start)
        found = list[tuple[str, int]]()
        with suppress(warc.Cut):
            inside = takewhile(lambda record: record.offset < end, warc.pages(file))
            found.extend((each.page.url, each.offset) for each in inside)
    for place, (url, offset) in enumerate(found, 1):
        yield url, offset, found[place][1] if place < len(found) else end


def _before(cuts: list[tuple[int, int]], offset: int) -> int:
    """How many bytes are cut out before an offset."""
    return sum(end - start for start, end in cuts if end <= offset)


def _copy(path: Path, new: Path, cuts: list[tuple[int, int]]) -> None:
    """Copy a file without some stretches of it."""
    with path.open("rb") as source, new.open("xb") as target:
        for start, end in [*cuts, (path.stat().st_size, 0)]:
            while (left := start - source.tell()) > 0:
                target.write(source.read(min(left, 1_000_000)))
            source.seek(max(end, source.tell()))
        _sync(target.fileno())


def _sync(number: int) -> None:
    os.fsync(number)


def _sync_folder(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
