"""`outspoken sources` and `outspoken crawl`, against a real web server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import outlet
import pytest
from loopback import Answer, Web, serve
from terminal import HOSTILE, assert_plain, outspoken, process, rows, sentence

import config

CONFIG = "[crawl]\ndelay = 0\nrobots = false\ntimeout = 5\n[read]\nworkers = 1\n"
SOURCE = '[[source]]\nname = "{}"\nurl = "{}"\nallow_private = true\n'
MINE = '# my list\n[[source]]\nname = "one"  # the first\nurl = "https://one.example/feed"\n\n# the second\n'


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "outspoken.toml").write_text(CONFIG)
    (tmp_path / "sources.toml").write_text(MINE)
    return tmp_path


@pytest.fixture
def site(folder: Path) -> Iterator[Web]:
    """A feed with an account, a page with a hostile title and one that is missing; a second feed is gone."""
    now = datetime.now(UTC)
    with serve({}) as web:
        pages = {"/medic": outlet.account("medic", now), "/odd": outlet.page(HOSTILE, ["Some text. " * 30], now)}
        web.answers |= outlet.answers(web.url, pages)
        urls = {f"{web.url}{path}": HOSTILE for path in ("/medic", "/odd", "/missing")}
        web.answers["/feed"] = Answer(200, outlet.feed(urls).translate(None, b"\x00\x07\x1b"), outlet.RSS)
        text = SOURCE.format("good", f"{web.url}/feed") + SOURCE.format("gone", f"{web.url}/none")
        (folder / "sources.toml").write_text(text)
        yield web


# --- the list --------------------------------------------------------------------------------------------------
def test_sources_are_added_and_removed_and_the_rest_of_the_file_stays(folder: Path) -> None:
    file = folder / "sources.toml"
    result = outspoken("sources", "add", "two", "https://two.example/rss", "--outlet", "The Two", "--language", "fr")
    assert result.exit_code == 0, result.output
    assert "outspoken crawl two" in result.output
    assert file.read_text().startswith(MINE)
    two = config.load_sources(file)[1]
    assert (two.name, two.url, two.outlet, two.language, two.kind) == (
        "two",
        "https://two.example/rss",
        "The Two",
        "fr",
        "feed",
    )
    assert outspoken("sources", "remove", "one").exit_code == 0
    assert [source.name for source in config.load_sources(file)] == ["two"]
    assert {path.name for path in folder.iterdir()} == {"outspoken.toml", "sources.toml"}, "no draft is left"


def test_the_first_source_makes_the_file(folder: Path) -> None:
    (folder / "sources.toml").unlink()
    assert outspoken("sources", "add", "two", "https://two.example/rss").exit_code == 0
    assert [source.name for source in config.load_sources(folder / "sources.toml")] == ["two"]


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("add", "one", "https://x.example/"), 'sources.toml: source.1.name: "one" stands twice; names are unique'),
        (("add", "a b", "https://x.example/"), "sources.toml: source.1.name: "),
        (("add", "two", "ftp://x.example/"), "sources.toml: source.1.url: "),
        (("remove", "three"), 'sources.toml: has no source named "three"'),
        (("check", "three"), 'sources.toml: has no source named "three"'),
    ],
)
def test_a_mistake_changes_nothing(folder: Path, args: tuple[str, ...], said: str) -> None:
    result = outspoken("sources", *args)
    assert result.exit_code == 2
    assert sentence(result.stderr).startswith(said)
    assert (folder / "sources.toml").read_text() == MINE


@pytest.mark.parametrize("text", ["source = 3\n", "[[source]\n", '[[source]]\nname = "a"\n'])
@pytest.mark.parametrize("args", [("add", "two", "https://two.example/"), ("remove", "one"), ("list",), ("check",)])
def test_a_broken_list_is_said_with_its_line(folder: Path, text: str, args: tuple[str, ...]) -> None:
    (folder / "sources.toml").write_text(text)
    result = outspoken("sources", *args)
    assert result.exit_code == 2
    assert sentence(result.stderr).startswith("sources.toml:1: ")
    assert (folder / "sources.toml").read_text() == text


def test_list_shows_what_stands_in_the_file(folder: Path) -> None:
    outspoken("sources", "add", "two", "https://two.example/rss", "--outlet", "[red]Two[/red]")
    done = process("sources", "list", at=folder)
    assert done.returncode == 0
    assert "[red]Two[/red]" in done.stdout
    (found,) = rows(outspoken("sources", "list", "--json").stdout)
    assert [row["name"] for row in found] == ["one", "two"]
    assert {row["verdict"] for row in found} == {"new"}
    outspoken("sources", "remove", "one")
    (found,) = rows(outspoken("sources", "list", "--json").stdout)
    assert [row["name"] for row in found] == ["two"]


def test_check_asks_every_source_and_stores_nothing(folder: Path, site: Web) -> None:
    done = process("sources", "check", "--json", at=folder)
    assert (done.returncode, done.stderr) == (1, "")
    (found,) = rows(done.stdout)
    answers = {row["name"]: row for row in found}
    assert (answers["good"]["outcome"], answers["good"]["entries"], answers["good"]["status"]) == ("changed", 3, 200)
    assert answers["gone"]["outcome"] == "failed"
    assert "404" in answers["gone"]["error"]
    assert not (folder / "outspoken.db").exists()
    done = process("sources", "check", "good", at=folder)
    assert done.returncode == 0
    assert "good" in done.stdout


# --- crawl -----------------------------------------------------------------------------------------------------
def test_crawl_reads_what_is_new_and_says_so(folder: Path, site: Web) -> None:
    done = process("crawl", "good", at=folder)
    assert done.returncode == 0, done.stderr
    assert "3 new entries, 2 articles, 1 with findings, 1 alerts" in done.stdout
    assert_plain(done.stdout + done.stderr)
    done = process("crawl", "good", "--json", at=folder)
    assert done.returncode == 0
    said = json.loads(done.stdout)
    assert said["counts"]["articles"] == 0, "nothing is new the second time"
    assert [row["name"] for row in said["sources"]] == ["good"]
    assert (said["sources"][0]["articles"], said["sources"][0]["failures"]) == (2, 0)
    for args in (("accounts",), ("accounts", "--json"), ("status",), ("alerts", "list"), ("sources", "list", "--json")):
        assert_plain(outspoken(*args).output)
    (found,) = rows(outspoken("accounts", "--json").stdout)
    assert [row["name"] for row in found] == ["Yunus Haddad"]


def test_crawl_fails_where_a_source_fails(folder: Path, site: Web) -> None:
    done = process("crawl", "gone", "good", "--json", at=folder)
    assert done.returncode == 1
    said = {row["name"]: row for row in json.loads(done.stdout)["sources"]}
    assert said["gone"]["failures"] == 1
    assert "404" in said["gone"]["last_error"]
    assert said["good"]["articles"] == 2, "the others are read all the same"


def test_crawl_of_a_source_that_does_not_exist(folder: Path) -> None:
    result = outspoken("crawl", "nobody", "noone")
    assert result.exit_code == 2
    assert result.stderr.splitlines() == [f'sources.toml: has no source named "{name}"' for name in ("nobody", "noone")]
    assert outspoken("crawl").exit_code == 2
    assert not (folder / "outspoken.db").exists()


def test_crawl_refuses_a_channel_that_does_not_exist(folder: Path) -> None:
    (folder / "outspoken.toml").write_text('alert_channels = ["nobody"]\n')
    result = outspoken("crawl", "one")
    assert result.exit_code == 2
    assert sentence(result.stderr) == 'outspoken.toml:1: alert_channels: has no channel named "nobody"'
