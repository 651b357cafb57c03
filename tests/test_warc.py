"""WARC records: read by other programs, read back by ours, whatever their bytes are."""

from __future__ import annotations

import contextlib
import gzip
import random
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from fastwarc import ArchiveIterator
from hypothesis import given
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator as Warcio
from warcio.checker import Checker
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

import warc
from model import Page

NOW = datetime(2026, 3, 14, 9, 30, tzinfo=UTC)
PAGE = Page(
    "https://herald.example/1?a=b",
    "<html>Überläufer “sprach”</html>".encode() * 40,
    {
        "content-type": "text/html; charset=utf-8",
        "content-length": "7",
        "x-odd": "ü\r\nInjected: yes",
        "server": "nginx",
    },
    fetched=NOW,
)


def file_of(*pages: Page) -> bytes:
    return b"".join([warc.header("test.warc.gz"), *(warc.write(page, NOW) for page in pages)])


def test_other_programs_read_a_page_as_it_was_fetched() -> None:
    file = file_of(PAGE, replace(PAGE, url="https://herald.example/2"))
    found = {}
    for each in Warcio(BytesIO(file), check_digests="raise"):
        body = each.content_stream().read()
        found[each.rec_type] = (body, each)
    body, record = found["response"]
    assert body == PAGE.body
    assert record.http_headers.statusline == "200 OK"
    assert record.http_headers["content-type"] == "text/html; charset=utf-8"
    assert record.http_headers["content-length"] == str(len(PAGE.body))
    assert record.http_headers["Injected"] is None, "a header with a line break makes no second one"
    assert record.rec_headers["WARC-Date"] == "2026-03-14T09:30:00.000000Z"
    assert found["warcinfo"][0].startswith(b"software: Outspoken/")


def test_warcio_finds_every_digest_right(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "test.warc.gz"
    path.write_bytes(file_of(PAGE, replace(PAGE, made="feed")))

    class Asked:
        inputs, verbose = [str(path)], True

    checker = Checker(Asked())
    checker.process_all()
    assert checker.exit_value == 0
    assert capsys.readouterr().out.count("digest pass") == 2


def test_each_record_is_a_gzip_member_of_its_own() -> None:
    members = [
        warc.header("test.warc.gz"),
        *(warc.write(replace(PAGE, url=f"https://a.example/{n}"), NOW) for n in "abc"),
    ]
    assert [gzip.decompress(member).count(b"WARC/1.1") for member in members] == [1] * 4
    file = BytesIO(b"".join(members))
    assert [each.headers["WARC-Type"] for each in ArchiveIterator(file)] == ["warcinfo", *["response"] * 3]


def test_a_page_made_of_a_feed_is_no_answer_of_a_server() -> None:
    (found,) = warc.pages(BytesIO(file_of(replace(PAGE, made="feed"))))
    assert (found.page.made, found.page.body, found.page.url) == ("feed", PAGE.body, PAGE.url)
    kinds = [each.rec_type for each in Warcio(BytesIO(file_of(replace(PAGE, made="feed"))))]
    assert kinds == ["warcinfo", "resource"]


@given(
    st.binary(max_size=3000),
    st.dictionaries(st.from_regex(r"[a-z-]{1,20}", fullmatch=True), st.text(max_size=40), max_size=5),
    st.sampled_from([200, 203, 404, 999]),
)
def test_what_is_written_is_read_back(body: bytes, headers: dict[str, str], status: int) -> None:
    page = Page("https://herald.example/x", body, headers, status, NOW)
    (found,) = warc.pages(BytesIO(file_of(page)))
    assert (found.page.body, found.page.status, found.page.url) == (body, status, page.url)
    assert found.page.fetched == NOW


@given(st.binary(max_size=2000))
def test_bytes_that_are_no_warc_hold_no_page(body: bytes) -> None:
    assert whole(body) == []


def whole(file: bytes) -> list[str]:
    """The addresses of the pages in a file, up to where it is cut."""
    found = list[str]()
    with contextlib.suppress(warc.Cut):
        found.extend(each.page.url for each in warc.pages(BytesIO(file)))
    return found


def test_a_file_that_is_cut_off_gives_what_is_whole_and_says_so() -> None:
    pages = [
        replace(PAGE, url=f"https://herald.example/{number}", body=random.Random(number).randbytes(2000))
        for number in range(9)
    ]
    file = file_of(*pages)
    last = len(file) - len(warc.write(pages[-1], NOW))
    for cut in range(last + 1, len(file) - 30, 97):
        assert whole(file[:cut]) == [page.url for page in pages[:8]], cut
    with pytest.raises(warc.Cut) as error:
        list(warc.pages(BytesIO(file[: len(file) - 300])))
    assert abs(error.value.offset - last) < 9, "its last record begins there; the length of one varies by its number"
    damaged = file[: last - 900] + b"\0" * 40 + file[last - 860 :]
    assert whole(damaged)[:7] == [page.url for page in pages[:7]]


def test_records_of_others_are_unpacked() -> None:
    out, packed = BytesIO(), gzip.compress(b"<p>Hello</p>")
    chunked = b"%x\r\n" % len(packed) + packed + b"\r\n0\r\n\r\n"
    writer = WARCWriter(out, gzip=True)
    for body, headers in (
        (packed, [("Content-Encoding", "gzip")]),
        (chunked, [("Transfer-Encoding", "chunked"), ("Content-Encoding", "gzip")]),
    ):
        http = StatusAndHeaders("200 OK", [("Content-Type", "text/html"), *headers], protocol="HTTP/1.1")
        writer.write_record(
            writer.create_warc_record(
                "http://a.example/", "response", payload=BytesIO(body), length=len(body), http_headers=http
            )
        )
    out.seek(0)
    assert [each.page.body for each in warc.pages(out)] == [b"<p>Hello</p>"] * 2


def test_a_page_that_unpacks_without_end_is_left_out() -> None:
    out, bomb = BytesIO(), gzip.compress(b"\0" * 30_000_000)
    writer = WARCWriter(out, gzip=True)
    http = StatusAndHeaders("200 OK", [("Content-Encoding", "gzip")], protocol="HTTP/1.1")
    writer.write_record(
        writer.create_warc_record(
            "http://a.example/", "response", payload=BytesIO(bomb), length=len(bomb), http_headers=http
        )
    )
    out.seek(0)
    assert list(warc.pages(out, largest=1_000_000)) == []


def test_reading_goes_on_where_it_stopped() -> None:
    pages = [replace(PAGE, url=f"https://herald.example/{number}") for number in range(5)]
    file = BytesIO(file_of(*pages))
    third = list(warc.pages(file))[3]
    file.seek(third.offset)
    assert [(each.page.url[-1], each.offset == third.offset) for each in warc.pages(file)] == [
        ("3", True),
        ("4", False),
    ]
