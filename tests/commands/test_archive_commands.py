"""`outspoken archive`: what is kept of a page, as somebody asks for it."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from terminal import assert_plain, outspoken, process, sentence
from warcio.archiveiterator import ArchiveIterator

from archive import Archive
from config import load
from db import Store
from model import Article, Entry, Fetch, Finding, Label, Page, Reading, Source

NOW = datetime(2026, 3, 14, 9, 30, tzinfo=UTC)
BODY = b"<html>\x1b[2J\xff He spoke </html>"
URL = "https://herald.example/story"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A configuration, and one page that was kept."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "outspoken.toml").write_text('database = "data/outspoken.db"\narchive = "findings"\n')
    (tmp_path / "sources.toml").write_text("")
    (tmp_path / "data").mkdir()
    with Store.open(tmp_path / "data" / "outspoken.db") as store:
        source = Source("herald", "https://herald.example/feed")
        store.sync_sources([source], NOW)
        reading = Reading(Article(URL, title="Story"), (Finding("islamic_state", Label.ACCOUNT, 0.9),))
        archive = Archive(store, load(Path("outspoken.toml")).archive, lambda: NOW)
        with archive.keeping(Page(URL + "?final=1", BODY, fetched=NOW), reading) as note:
            assert note
            note(store.store_article(Fetch(0, source, Entry(URL, URL)), reading, NOW))
    return tmp_path


def test_a_copy_is_shown_by_the_addresses_that_its_article_is_known_by(folder: Path) -> None:
    for url in (URL, URL + "?final=1"):
        result = outspoken("archive", "show", url, "--json")
        assert result.exit_code == 0
        (row,) = json.loads(result.output)
        assert row["sha256"] == hashlib.sha256(BODY).hexdigest()
        assert Path(row["file"]).parent == Path("data/archive"), "beside the database"
        assert row["fault"] == ""
    assert_plain(outspoken("archive", "show", URL).output)


def test_the_copy_itself_comes_to_the_byte(folder: Path) -> None:
    assert outspoken("archive", "show", URL, "--body").stdout_bytes == BODY
    record = next(iter(ArchiveIterator(BytesIO(outspoken("archive", "show", URL, "--warc").stdout_bytes))))
    assert record.rec_headers["WARC-Target-URI"] == URL + "?final=1"


def test_a_page_that_is_not_kept_is_one_sentence(folder: Path) -> None:
    result = process("archive", "show", "https://herald.example/none", at=folder)
    assert result.returncode == 1
    assert sentence(result.stderr) == "https://herald.example/none: no copy is kept"


def test_a_damaged_copy_is_found(folder: Path) -> None:
    assert outspoken("archive", "verify").output == "1 kept pages, 0 faults\n"
    (path,) = (folder / "data" / "archive").glob("*.warc.gz")
    damaged = bytearray(path.read_bytes())
    damaged[-40] ^= 1
    path.write_bytes(damaged)
    result = outspoken("archive", "verify", "--json")
    assert result.exit_code == 1
    assert [fault["url"] for fault in json.loads(result.output)["faults"]] == [URL + "?final=1"]
    assert outspoken("archive", "show", URL).exit_code == 1
    refused = process("archive", "show", URL, "--body", at=folder)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "is damaged" in sentence(refused.stderr)
