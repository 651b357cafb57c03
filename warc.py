"""WARC files (ISO 28500): records written so that every other tool reads them, and pages read out of anybody's.

FastWARC lives here and nowhere else: it is quick, and bounds the headers that it reads. A file that this program writes
is a row of gzip members, one for each record, so that a record can be read with its offset and length alone.
"""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from importlib.metadata import PackageNotFoundError, version
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from fastwarc import ArchiveIterator, WarcRecord, WarcRecordType

from model import Page

MADE = "WARC-Outspoken-Made"
"""Our own header of a record whose bytes no server gave as an answer to its address: `feed` or `rendered`."""
LARGEST = 50_000_000
"""Bytes of a page beyond which it is no article."""
_UNPACKED = ("content-encoding", "transfer-encoding", "content-length")
"""Headers that speak of a body as it came; it is kept unpacked. They are renamed as pywb does it."""
_PAGES = WarcRecordType.response | WarcRecordType.resource
_BROKEN = (OSError, EOFError, ValueError, RuntimeError, zlib.error)
"""What may be raised for bytes that are no WARC."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record that holds a page; `offset` is where it begins in its file, in bytes.

    `sha256` is that of the page's bytes as 64 hex digits.
    """

    page: Page
    offset: int
    sha256: str


class Cut(Exception):
    """From byte `offset` on a file cannot be read as a WARC: it is cut off there, or damaged."""

    def __init__(self, offset: int) -> None:
        super().__init__(f"it is cut off or damaged at byte {offset}")
        self.offset = offset


def write(page: Page, now: datetime) -> bytes:
    """One gzip member with a page: a `response` record, or a `resource` where no server gave these bytes as an answer."""
    record = WarcRecord()
    record.init_headers(WarcRecordType.resource if page.made else WarcRecordType.response)
    block = page.body if page.made else _http(page) + page.body
    about = {
        "WARC-Target-URI": page.url,
        "WARC-Date": (page.fetched or now).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "WARC-Payload-Digest": digest(page.body),
        "WARC-Block-Digest": digest(block),
    }
    if page.made:
        about |= {MADE: page.made, "Content-Type": page.headers.get("content-type", "text/html")}
    for name, value in about.items():
        record.headers[name] = _line(value)
    record.is_http = not page.made
    record.set_bytes_content(block)
    return _member(record)


def header(name: str) -> bytes:
    """The first member of the file `name`: a `warcinfo` record."""
    record = WarcRecord()
    record.init_headers(WarcRecordType.warcinfo)
    record.headers["WARC-Filename"] = name
    record.headers["Content-Type"] = "application/warc-fields"
    record.set_bytes_content(f"software: Outspoken/{_version()}\r\nformat: WARC File Format 1.1\r\n".encode())
    return _member(record)


def read(path: Path, offset: int, length: int) -> Record | None:
    """The page that stands at a place of a file; None where none stands there whole. Raises OSError."""
    with path.open("rb") as file:
        file.seek(offset)
        member = file.read(length)
    try:
        found = next(pages(BytesIO(member)), None)
    except Cut:
        return None
    return Record(found.page, offset, found.sha256) if found and _complete(member, length) else None


def pages(file: BinaryIO, *, largest: int = LARGEST) -> Iterator[Record]:
    """The pages of a WARC file from where `file` stands, one by one in flat memory; other records are passed over.

    Pages of more than `largest` bytes are left out. Raises Cut after the last page that can be read, and nothing else,
    whatever the bytes are.
    """
    place = file.tell()
    records = ArchiveIterator(file, record_types=_PAGES, parse_http=False, max_content_length=largest)
    while True:
        try:
            record = next(records, None)
            if record is None:
                return
            place, announced = record.stream_pos, record.content_length
            block = record.reader.read(announced)
        except _BROKEN:
            raise Cut(place) from None
        # headers that are cut off may end before they say how much follows
        whole = len(block) == announced and "Content-Length" in record.headers
        if not whole:
            raise Cut(place)
        if (page := _page(record, block, largest)) is not None:
            yield Record(page, place, hashlib.sha256(page.body).hexdigest())


def digest(body: bytes) -> str:
    """A SHA-256 as WARC headers have it: base 32."""
    return "sha256:" + base64.b32encode(hashlib.sha256(body).digest()).decode("ascii")


def _page(record: WarcRecord, block: bytes, largest: int) -> Page | None:
    """The page that a record holds, unpacked; None where it holds none."""
    url, when = (record.headers.get("WARC-Target-URI") or "").strip("<>"), _time(record)
    if not url:
        return None
    if record.record_type == WarcRecordType.resource:
        headers = {"content-type": record.headers.get("Content-Type") or ""}
        return Page(url, block, headers, 200, when, record.headers.get(MADE) or "")
    answer = WarcRecord()
    answer.init_headers(WarcRecordType.response)
    answer.is_http = True
    answer.set_bytes_content(block)
    try:
        answer.parse_http(auto_decode="all")
        body = answer.reader.read(largest + 1)
        status = answer.http_headers.status_code
        headers = {name.lower(): value for name, value in answer.http_headers.to_tuples()}
    except _BROKEN:
        return None
    return Page(url, body, headers, status or 0, when) if len(body) <= largest else None


def _http(page: Page) -> bytes:
    """Status line and headers of a page's answer."""
    reason = HTTPStatus(page.status).phrase if page.status in list(HTTPStatus) else ""
    lines = [f"HTTP/1.1 {page.status} {reason}"]
    for name, value in page.headers.items():
        lines.append(f"{'x-archive-orig-' if name in _UNPACKED else ''}{name}: {_line(value)}")
    lines.append(f"content-length: {len(page.body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")


def _line(value: str) -> str:
    return " ".join(value.split())


def _member(record: WarcRecord) -> bytes:
    out = BytesIO()
    record.write(out)
    packer = zlib.compressobj(6, zlib.DEFLATED, 31)
    return packer.compress(out.getvalue()) + packer.flush()


def _complete(member: bytes, length: int) -> bool:
    """Whether these are all the bytes of one gzip member."""
    unpacker = zlib.decompressobj(31)
    try:
        while member and not unpacker.eof:
            unpacker.decompress(member, 1_000_000)
            member = unpacker.unconsumed_tail
    except zlib.error:
        return False
    return unpacker.eof and not unpacker.unused_data and length > 0


def _time(record: WarcRecord) -> datetime | None:
    try:
        return record.record_date.astimezone(UTC)
    except _BROKEN:
        return None


def _version() -> str:
    try:
        return version("outspoken")
    except PackageNotFoundError:
        return "0"
