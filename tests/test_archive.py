"""The archive of evidence: nothing that was kept is lost, nothing that was erased is left, whatever is killed when."""

from __future__ import annotations

import gzip
import hashlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from warcio.archiveiterator import ArchiveIterator as Warcio

from archive import Archive
from config import ArchiveConfig
from db import Kept, Store
from errors import ArchiveError, StoreError
from model import Article, Entry, Fetch, Finding, Label, Page, Reading, Source

NOW = datetime(2026, 3, 14, 9, 30, tzinfo=UTC)
SOURCE = Source("herald", "https://herald.example/feed")
FOUND = Finding("islamic_state", Label.ACCOUNT, 0.9, tier="alert")


class Keeper:
    """An archive with its store; keeps pages of articles as the pipeline does."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.store = Store.open(folder / "outspoken.db")
        self.store.sync_sources([SOURCE], NOW)
        self.archive = Archive(self.store, ArchiveConfig(folder=folder / "archive", **settings), lambda: NOW)

    def keep(self, name: str, body: bytes = b"", *findings: Finding) -> int:
        url, numbers = f"https://herald.example/{name}", []
        page = Page(url, body or f"<p>The text of {name}</p>".encode(), {"content-type": "text/html"}, fetched=NOW)
        reading = Reading(Article(url, title=name), findings or (FOUND,))
        with self.archive.keeping(page, reading) as note, self.store.transaction():
            article = self.store.store_article(Fetch(0, SOURCE, Entry(url, url)), reading, NOW)
            numbers.append(article)
            if note:
                note(article)
        return numbers[0]

    def files(self) -> list[Path]:
        return sorted(self.archive.folder.glob("*.warc.gz"))

    def faults(self) -> list[str]:
        return [fault.sentence for fault in self.archive.verify()]


@pytest.fixture
def keeper(tmp_path: Path) -> Iterator[Keeper]:
    made = Keeper(tmp_path)
    yield made
    made.store.close()


def urls(*files: Path) -> list[str]:
    """The pages in these files as another program sees them."""
    found = []
    for path in files:
        with path.open("rb") as file:
            found += [each.rec_headers["WARC-Target-URI"] for each in Warcio(file) if each.rec_type == "response"]
    return [url.rpartition("/")[2] for url in found]


def read(keeper: Keeper, article: int) -> tuple[Kept, Page]:
    found = keeper.archive.read(article)
    assert found is not None
    return found


def test_a_page_with_a_finding_is_kept_and_read_back(keeper: Keeper) -> None:
    first, second = keeper.keep("first"), keeper.keep("second", b"<p>\x00\xff</p>")
    kept, page = read(keeper, second)
    assert page.body == b"<p>\x00\xff</p>"
    assert kept.sha256 == hashlib.sha256(page.body).hexdigest()
    assert read(keeper, first)[1].url == "https://herald.example/first"
    assert urls(*keeper.files()) == ["first", "second"]
    assert keeper.faults() == []
    assert gzip.decompress(keeper.archive.member(kept)).startswith(b"WARC/1.1\r\nWARC-Type: response")


@pytest.mark.parametrize(
    ("keep", "kept"),
    [("findings", ["account", "review", "report"]), ("all", ["account", "review", "report", "none"]), ("none", [])],
)
def test_what_is_kept(tmp_path: Path, keep: str, kept: list[str]) -> None:
    keeper = Keeper(tmp_path, keep=keep)
    keeper.keep("account")
    keeper.keep("review", b"", Finding("islamic_state", Label.NONE, 0.3, tier="review"))
    keeper.keep("report", b"", Finding("islamic_state", Label.REPORT, 0.1, 0.9))
    keeper.keep("none", b"", Finding("islamic_state", Label.NONE, 0.1))
    assert urls(*keeper.files()) == kept
    assert keeper.archive.folder.exists() == bool(kept)
    keeper.store.close()


def test_a_page_that_was_edited_is_kept_again(keeper: Keeper) -> None:
    article = keeper.keep("story", b"<p>before</p>")
    assert keeper.keep("story", b"<p>after</p>") == article
    assert read(keeper, article)[1].body == b"<p>after</p>"
    bodies = [keeper.archive.page(kept).body for kept in keeper.store.records_of("https://herald.example/story")]
    assert bodies == [b"<p>after</p>", b"<p>before</p>"]


def test_a_page_whose_article_is_not_stored_leaves_nothing(keeper: Keeper) -> None:
    keeper.keep("first")
    before = keeper.files()[0].read_bytes()
    with (
        pytest.raises(ZeroDivisionError),
        keeper.archive.keeping(Page("https://a.example/", b"x"), Reading(Article(""), (FOUND,))),
    ):
        raise ZeroDivisionError
    assert keeper.files()[0].read_bytes() == before
    keeper.keep("second")
    assert urls(*keeper.files()) == ["first", "second"]
    assert len(keeper.files()) == 1


def test_a_large_file_is_followed_by_a_new_one(tmp_path: Path) -> None:
    keeper = Keeper(tmp_path, file_mb=1)
    for number in range(5):
        keeper.keep(f"page{number}", random.Random(number).randbytes(400_000))
    assert [urls(path) for path in keeper.files()] == [["page0", "page1"], ["page2", "page3"], ["page4"]]
    assert keeper.faults() == []
    keeper.store.close()


def test_what_is_erased_is_nowhere_and_the_rest_is_as_it_was(keeper: Keeper) -> None:
    articles = {name: keeper.keep(name, f"<p>{name} secret</p>".encode() * 50) for name in ("a", "b", "c", "d")}
    keeper.keep("b", b"<p>b secret, edited</p>")
    assert keeper.archive.erase([articles["b"], articles["d"]]) == 3
    assert urls(*keeper.files()) == ["a", "c"]
    everything = b"".join(gzip.decompress(path.read_bytes()) for path in keeper.files())
    assert b"b secret" not in everything
    assert b"d secret" not in everything
    assert keeper.archive.read(articles["b"]) is None
    assert read(keeper, articles["c"])[1].body == b"<p>c secret</p>" * 50
    assert keeper.faults() == []
    keeper.keep("e")
    assert urls(*keeper.files()) == ["a", "c", "e"]
    assert keeper.archive.erase(list(articles.values())) == 2
    assert urls(*keeper.files()) == ["e"]


def test_erasing_the_last_page_leaves_no_file(keeper: Keeper) -> None:
    article = keeper.keep("only")
    assert keeper.archive.erase([article]) == 1
    assert keeper.files() == []
    assert keeper.store.archive_files() == []
    assert keeper.archive.erase([article]) == 0


def test_pages_of_articles_that_are_gone_are_swept(keeper: Keeper) -> None:
    gone, stays = keeper.keep("gone"), keeper.keep("stays")
    keeper.store._c.run("DELETE FROM articles WHERE id = ?", gone)
    assert urls(*keeper.files()) == ["gone", "stays"]
    assert keeper.archive.sweep() == 1
    assert urls(*keeper.files()) == ["stays"]
    assert read(keeper, stays)[1].url.endswith("/stays")


def test_a_copy_that_no_row_knows_is_named_and_goes_with_its_page(keeper: Keeper) -> None:
    """As after a database was restored from an older copy."""
    article = keeper.keep("told")
    keeper.keep("other")
    (path,) = keeper.files()
    kept = read(keeper, article)[0]
    with path.open("ab") as file:
        file.write(keeper.archive.member(kept))
    assert [("told that the database does not know" in sentence) for sentence in keeper.faults()] == [True]
    keeper.keep("later")
    assert [urls(each) for each in keeper.files()] == [["told", "other", "told"], ["later"]]
    keeper.archive.erase([article])
    assert sorted(urls(*keeper.files())) == ["later", "other"]
    assert keeper.faults() == []


def test_a_torn_end_is_told_and_never_written_to(keeper: Keeper) -> None:
    first, second = keeper.keep("first"), keeper.keep("second")
    (path,) = keeper.files()
    os.truncate(path, path.stat().st_size - 30)
    assert [("kept copy of https://herald.example/second is damaged" in each) for each in keeper.faults()] == [True]
    with pytest.raises(ArchiveError, match="second is damaged"):
        keeper.archive.read(second)
    third = keeper.keep("third")
    assert len(keeper.files()) == 2
    assert read(keeper, third)[1].url.endswith("/third")
    assert read(keeper, first)[1].url.endswith("/first")


def test_damage_and_loss_are_found(keeper: Keeper) -> None:
    articles = [keeper.keep(name, random.Random(name).randbytes(5000)) for name in "abc"]
    (path,) = keeper.files()
    kept = read(keeper, articles[1])[0]
    with path.open("r+b") as file:
        file.seek(kept.offset + kept.length // 2)
        file.write(b"\0" * 8)
    assert [each.url[-1] for each in keeper.archive.verify()] == ["b"]
    path.unlink()
    assert ["No such file" in sentence for sentence in keeper.faults()] == [True] * 3


def test_a_folder_that_cannot_be_written_is_one_sentence_and_pauses_work(tmp_path: Path) -> None:
    keeper = Keeper(tmp_path)
    (tmp_path / "archive").write_text("a file stands here")
    with pytest.raises(StoreError, match=r"archive: the archive cannot be written: (File exists|Not a directory)"):
        keeper.keep("page")
    assert keeper.store.troubled is not None
    assert keeper.store.totals()["articles"] == 0
    keeper.store.close()


WORKER = """
import random, sys
from pathlib import Path
sys.path.insert(0, sys.argv[3])
from test_archive import Keeper
keeper = Keeper(Path(sys.argv[1]), file_mb=1)
seed = int(sys.argv[2])
print("ready", flush=True)
for number in range(100_000):
    article = keeper.keep(f"{seed}-{number}", random.Random(number).randbytes(60_000))
    if number % 4 == 3:
        keeper.archive.erase([article])
    elif number % 9 == 5:
        keeper.store._c.run("DELETE FROM articles WHERE id = ?", article)
        keeper.archive.sweep()
"""


def started(folder: Path, root: Path, seed: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WORKER, str(folder), str(seed), str(root / "tests")]
    process = subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    assert process.stdout.readline() == "ready\n"
    return process


def killed(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)
    process.communicate()


def test_killed_at_any_moment_nothing_is_lost_and_nothing_erased_is_left(tmp_path: Path, root: Path) -> None:
    chance, kept = random.Random(20), 0
    for seed in range(6):
        process = started(tmp_path, root, seed)
        time.sleep(chance.uniform(0.02, 0.5))
        killed(process)
        keeper = Keeper(tmp_path)
        keeper.archive.sweep()
        rows = keeper.store._c.rows("SELECT * FROM archive_records")
        assert all(row["article"] and row["length"] for row in rows)
        assert all(keeper.archive.read(row["article"]) for row in rows)
        articles = keeper.store._c.rows("SELECT id, title FROM articles")
        stay = [row["id"] for row in articles if int(row["title"].rpartition("-")[2]) % 4 != 3]
        assert set(stay) <= {row["article"] for row in rows}, "no page of a stored article is lost"
        assert keeper.faults() == []
        known = {row["url"].rpartition("/")[2] for row in rows}
        assert sorted(urls(*keeper.files())) == sorted(known), "no page stands in the files that no row knows"
        assert {path.name for path in keeper.files()} == set(keeper.store.archive_files())
        kept = len(rows)
        keeper.store.close()
    assert kept > 10


def test_two_processes_may_keep_pages_at_once(tmp_path: Path, root: Path) -> None:
    processes = [started(tmp_path, root, seed) for seed in (1, 2)]
    time.sleep(1.5)
    for process in processes:
        killed(process)
    keeper = Keeper(tmp_path)
    keeper.archive.sweep()
    assert keeper.faults() == []
    names = urls(*keeper.files())
    assert {name[0] for name in names} == {"1", "2"}
    assert len(names) == len(set(names))
    keeper.store.close()
