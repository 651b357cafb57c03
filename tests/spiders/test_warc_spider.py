"""Articles out of WARC and WACZ files: all of them, once, whatever is cut off or killed."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import outlet
import pytest
from crawling import QUICK, crawl, poll
from terminal import outspoken, process

import warc
from db import Store
from model import Entry, FeedState, Fetch, Page, Poll, PollOutcome, Source
from spiders import warcs

NOW = datetime(2026, 3, 14, 9, 30, tzinfo=UTC)
HTML = {"content-type": "text/html; charset=utf-8"}


def page(number: int, body: bytes = b"") -> Page:
    text = body or f"<html><title>T{number}</title><p>The text of page {number} on the harbour.</p>".encode()
    return Page(f"https://herald.example/{number}", text, HTML, 200, NOW - timedelta(days=400))


def file(path: Path, *pages: Page) -> Path:
    path.write_bytes(warc.header(path.name) + b"".join(warc.write(each, NOW) for each in pages))
    return path


def look(path: Path, state: FeedState | None = None, most: int = 10_000) -> tuple[list[str], FeedState, str]:
    source = Source("news", path.as_uri(), kind="warc")
    polled = warcs.look(Poll(source, state or FeedState(source.url)), NOW, most=most)
    return [entry.url.rpartition("/")[2] for entry in polled.entries], polled.state, polled.error


def test_pages_are_queued_once_and_read_from_their_place(tmp_path: Path) -> None:
    others = [replace(page(3), status=404), replace(page(4), headers={"content-type": "image/png"})]
    path = file(tmp_path / "a.warc.gz", page(1), *others, page(2))
    polled = poll(path.as_uri(), kind="warc")
    assert polled.outcome is PollOutcome.CHANGED
    assert [entry.published for entry in polled.entries] == [NOW - timedelta(days=400)] * 2
    source = Source("test", path.as_uri(), kind="warc")
    with Store.open(tmp_path / "o.db") as store:
        store.sync_sources([source], NOW)
        store.record_polled(polled, NOW, NOW)
        due = store.due_pages(datetime.now(UTC), 10)
        assert all(store.is_baseline(fetch) for fetch in due)
    found = crawl("fetch", due, QUICK)
    assert sorted(fetched.page.body for fetched in found) == [page(1).body, page(2).body]
    assert look(path, polled.state)[0] == []


def test_a_long_file_is_gone_on_with_where_it_was_left(tmp_path: Path) -> None:
    path, state, seen = file(tmp_path / "a.warc.gz", *map(page, range(25))), None, []
    for _ in range(5):
        found, state, _ = look(path, state, most=7)
        seen.append(found)
    assert seen == [[str(n) for n in range(k, min(k + 7, 25))] for k in (0, 7, 14, 21)] + [[]]


def test_a_file_cut_in_the_middle_is_named_and_read_on_when_it_has_grown(tmp_path: Path) -> None:
    path = file(tmp_path / "a.warc.gz", *map(page, range(6)))
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) - 200])
    found, state, error = look(path)
    assert found == ["0", "1", "2", "3", "4"]
    assert "a.warc.gz: is cut off or damaged at byte" in error
    path.write_bytes(whole)
    assert look(path, state)[::2] == (["5"], "")


def test_a_folder_and_a_pattern_name_files(tmp_path: Path) -> None:
    for name in ("a", "b"):
        file(tmp_path / f"{name}.warc.gz", page(ord(name)))
    (tmp_path / "notes.txt").write_text("nothing")
    assert look(tmp_path)[0] == ["97", "98"]
    assert look(tmp_path / "b*.warc.gz")[0] == ["98"]
    assert "there is no file" in look(tmp_path / "none.warc.gz")[2]


def test_a_wacz_holds_warcs(tmp_path: Path) -> None:
    inner, path = file(tmp_path / "data.warc.gz", page(1), page(2)), tmp_path / "pages.wacz"
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("datapackage.json", "{}")
        package.write(inner, "archive/data.warc.gz")
    found, _, error = look(path)
    assert (found, error) == (["1", "2"], "")
    polled = warcs.look(Poll(Source("n", path.as_uri(), kind="warc"), FeedState("")), NOW)
    assert sorted(each.page.body for each in crawl("fetch", _fetches(polled.entries), QUICK)) == [
        page(1).body,
        page(2).body,
    ]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        package.write(inner, "archive/data.warc.gz")
    assert "is packed inside of it" in look(path)[2]


def _fetches(entries: tuple[Entry, ...]) -> list[Fetch]:
    return [Fetch(n, Source("n", "file:///x", kind="warc"), entry) for n, entry in enumerate(entries)]


def test_bytes_that_are_no_warc_are_one_sentence(tmp_path: Path) -> None:
    for name in ("a.warc.gz", "a.wacz"):
        (tmp_path / name).write_bytes(b"\x1f\x8b\x00 nothing of the kind" * 20)
        found, _, error = look(tmp_path / name)
        assert found == []
        assert name == "a.warc.gz" or "cannot be read" in error


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "outspoken.toml").write_text("[channels.file]\ntype = 'file'\npath = 'alerts.jsonl'\n")
    (tmp_path / "sources.toml").write_text("")
    return tmp_path


def test_the_command_reads_files_and_tells_nothing_of_old_articles(folder: Path) -> None:
    account = outlet.account("medic", NOW - timedelta(days=400))
    path = file(folder / "old.warc.gz", *map(page, range(3)), page(7, account))
    result = process("warc", path, "--json", at=folder)
    assert result.returncode == 0, result.stderr
    counts = json.loads(result.stdout)["counts"]
    assert (counts["articles"], counts["findings"], counts["alerts"]) == (4, 1, 0)
    with Store.open(folder / "outspoken.db", readonly=True) as store:
        assert [row["name"] for row in store.accounts()] == ["Yunus Haddad"]
    again = json.loads(process("warc", path, "--json", at=folder).stdout)["counts"]
    assert again["articles"] == 0, "what is known is passed over"


def test_the_command_names_what_is_cut_off(folder: Path) -> None:
    path = file(folder / "cut.warc.gz", page(1), page(2))
    path.write_bytes(path.read_bytes()[:-150])
    result = process("warc", path, at=folder)
    assert result.returncode == 1
    assert "cut off or damaged at byte" in " ".join(result.stderr.split())
    assert "1 articles" in result.stdout


def test_a_source_of_another_kind_reads_no_files(folder: Path) -> None:
    (folder / "sources.toml").write_text("[[source]]\nname = 'x'\nurl = 'file:///etc/passwd'\n")
    result = outspoken("check")
    assert result.exit_code == 2
    assert 'kind "warc" reads files' in " ".join(result.output.split())
