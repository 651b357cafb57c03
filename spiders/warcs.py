"""Articles out of WARC and WACZ files: an archive of one's own, or Common Crawl's CC-NEWS as the operator has downloaded it.

A poll looks through the files that are new or have grown, and gives an entry for each page with the place where its record
stands; the page is read from there when its turn comes. How far each file was looked through is remembered, so that a
file of a hundred thousand pages goes into the queue piece by piece and is gone on with where it was left.
"""

from __future__ import annotations

import asyncio
import glob
import json
import struct
import zipfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any, BinaryIO, cast
from urllib.parse import unquote, urlsplit

import warc
from model import Entry, FeedState, Fetch, Fetched, Page, Poll, Polled, PollOutcome
from spiders.polls import PollSpider
from spiders.urls import canonical, entry_key

MOST = 10_000
"""Entries of one poll; the others come with the next."""
_HTML = ("text/html", "application/xhtml")


class WarcSpider(PollSpider):
    """Looks through the files of the sources that are due, or those named by `source` (comma-separated)."""

    name = "warc"

    async def start(self) -> AsyncIterator[Any]:
        """One answer a source; nothing is asked of anybody."""
        for poll in self.polls or ():
            await self._give(await asyncio.to_thread(look, poll, datetime.now(UTC), self.limits.page_bytes))
        for request in list[Any]():
            yield request


@dataclass
class _Part:
    """The bytes of a file that are a WARC: all of it, or one of those inside a WACZ. `at` is how far it was looked through."""

    path: Path
    at: int
    end: int


@dataclass
class _Within:
    """A file that ends at `end`."""

    file: BinaryIO
    end: int

    def read(self, size: int = -1) -> bytes:
        left = max(self.end - self.file.tell(), 0)
        return self.file.read(left if size < 0 else min(size, left))

    def tell(self) -> int:
        return self.file.tell()

    def seek(self, offset: int, whence: int = 0) -> int:
        return self.file.seek(offset, whence)

    def close(self) -> None:
        """It is closed by whoever has opened it."""


def look(poll: Poll, now: datetime, largest: int = warc.LARGEST, most: int = MOST) -> Polled:
    """The pages in the files of a source that were not looked at before, `most` of them."""
    began = monotonic()
    known: dict[str, int] = json.loads(poll.state.memory or "{}")
    entries, wrong = list[Entry](), list[str]()
    files = paths(poll.source.url)
    if not files:
        wrong.append(f"there is no file {unquote(urlsplit(poll.source.url).path)}")
    for path in files:
        try:
            for part in _parts(path):
                key = f"{part.path}#{part.at}"
                part.at = max(known.get(key, 0), part.at)
                wrong += _take(part, entries, now, (largest, most))
                known[key] = part.at
        except (OSError, zipfile.BadZipFile, struct.error) as error:
            wrong.append(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}")
    worked = entries or not wrong
    outcome = (PollOutcome.CHANGED if entries else PollOutcome.UNCHANGED) if worked else PollOutcome.FAILED
    state = FeedState(poll.source.url, full_at=now, memory=json.dumps(known))
    return Polled(
        poll.source.name, outcome, now, state, tuple(entries), error="; ".join(wrong)[:1000],
        seconds=round(monotonic() - began, 3), carried=len(entries),
    )  # fmt: skip


def paths(url: str) -> list[Path]:
    """The files that a `file:` address names: itself, those that match its `*`, or those in the folder that it is."""
    path = unquote(urlsplit(url).path)
    if Path(path).is_dir():
        return sorted(each for each in Path(path).iterdir() if each.name.endswith((".warc", ".warc.gz", ".wacz")))
    return [Path(path)] if Path(path).is_file() else sorted(map(Path, glob.glob(path)))


def read(fetch: Fetch) -> Fetched:
    """The page that stands at an entry's place."""
    path, _, offset = fetch.entry.place.rpartition("#")
    now = datetime.now(UTC)
    try:
        with open(path, "rb") as file:
            file.seek(int(offset))
            record = next(warc.pages(file), None)
    except (OSError, ValueError, warc.Cut) as error:
        return Fetched(fetch, now, error=f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}")
    if record is None or canonical(record.page.url) != fetch.url:
        return Fetched(fetch, now, error=f"{path}: holds no such page at byte {offset} any more")
    page = record.page
    return Fetched(fetch, now, Page(page.url, page.body, page.headers, page.status, page.fetched, page.made), 200)


def _take(part: _Part, entries: list[Entry], now: datetime, limits: tuple[int, int]) -> Iterator[str]:
    """Add the entries of a part until there are enough; gives what is wrong with it."""
    largest, most = limits
    if part.at >= part.end or len(entries) >= most:
        return
    with part.path.open("rb") as file:
        file.seek(part.at)
        try:
            within = cast(BinaryIO, _Within(file, part.end))
            for record in warc.pages(within, largest=largest):
                if len(entries) >= most:
                    part.at = record.offset
                    return
                if entry := _entry(record, part.path, now):
                    entries.append(entry)
        except warc.Cut as cut:
            # a file that grows is gone on with from here
            part.at = cut.offset
            yield f"{part.path}: is cut off or damaged at byte {cut.offset}; what stands before it was taken"
            return
    part.at = part.end


def _entry(record: warc.Record, path: Path, now: datetime) -> Entry | None:
    page, url = record.page, canonical(record.page.url)
    kind = page.headers.get("content-type", "").strip().lower()
    if not url or page.status != 200 or not page.body or (kind and not kind.startswith(_HTML)):
        return None
    # an article without a date was there when it was archived, at the latest
    when = min(page.fetched, now) if page.fetched else None
    return Entry(entry_key("", url), url, published=when, place=f"{path}#{record.offset}")


def _parts(path: Path) -> Iterator[_Part]:
    """The WARCs that a file holds. Raises OSError, BadZipFile."""
    if path.suffix != ".wacz":
        yield _Part(path, 0, path.stat().st_size)
        return
    with zipfile.ZipFile(path) as package, path.open("rb") as file:
        for each in package.infolist():
            if not each.filename.endswith((".warc", ".warc.gz")):
                continue
            if each.compress_type != zipfile.ZIP_STORED:
                raise zipfile.BadZipFile(
                    f"{each.filename} is packed inside of it; WACZ files hold their WARCs as they are"
                )
            file.seek(each.header_offset + 26)
            name, extra = struct.unpack("<HH", file.read(4))
            start = each.header_offset + 30 + name + extra
            yield _Part(path, start, start + each.file_size)
