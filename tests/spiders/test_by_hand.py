"""`scrapy crawl feed -a source=NAME`, as somebody types it."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from loopback import Answer, Web, serve
from misbehaving import HTML
from samples_of_feeds import RSS2

ROOT = Path(__file__).parent.parent.parent
SCRAPY = Path(sys.executable).with_name("scrapy")


@pytest.fixture
def web() -> Iterator[Web]:
    with serve({"/feed": Answer(200, RSS2.replace(b"https://outlet.example", b"http://127.0.0.1:1"))}) as running:
        yield running


@pytest.fixture
def folder(tmp_path: Path, web: Web) -> Path:
    """A folder with a configuration and two sources, the second of which has a broken address."""
    (tmp_path / "outspoken.toml").write_text('contact = "desk@desk.example"\n[crawl]\ndelay = 0\n[read]\nworkers = 1\n')
    source = '[[source]]\nname = "{}"\nurl = "{}"\nallow_private = true\n'
    text = source.format("outlet", f"{web.url}/feed") + source.format("gone", f"{web.url}/gone")
    (tmp_path / "sources.toml").write_text(text)
    return tmp_path


def scrapy(*args: str, at: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "SCRAPY_SETTINGS_MODULE": "spiders.settings", "PYTHONPATH": str(ROOT), **variables}
    command = [str(SCRAPY), "crawl", *args]
    return subprocess.run(command, cwd=at, env=environment, capture_output=True, text=True, timeout=60, check=False)


def pages(folder: Path) -> list[str]:
    with sqlite3.connect(folder / "outspoken.db") as connection:
        rows = connection.execute("SELECT url FROM pages ORDER BY url").fetchall()
    connection.close()
    return [row[0] for row in rows]


def test_a_source_is_polled_and_its_pages_are_rows(folder: Path, web: Web) -> None:
    done = scrapy("feed", "-a", "source=outlet", at=folder)
    assert (done.returncode, done.stdout, done.stderr) == (0, "outlet: changed, 2 entries\n", "")
    assert pages(folder) == ["http://127.0.0.1:1/2026/one", "http://127.0.0.1:1/2026/two"]
    assert [path for path, _ in web.asked] == ["/robots.txt", "/feed"]
    assert web.asked[1][1]["User-Agent"].endswith("(+desk@desk.example)")


def test_what_goes_wrong_is_said_for_each_source(folder: Path) -> None:
    done = scrapy("feed", "-a", "source=outlet,gone", at=folder)
    assert done.returncode == 0
    assert sorted(done.stdout.splitlines()) == [
        "gone: the server answered 404: not found",
        "outlet: changed, 2 entries",
    ]


def test_pages_are_fetched_and_stored(folder: Path, web: Web) -> None:
    web.answers["/feed"] = Answer(200, RSS2.replace(b"https://outlet.example", web.url.encode()))
    web.answers["/2026/one"] = Answer(200, b"<html><title>One</title><p>Some text of an article.</p></html>", HTML)
    scrapy("feed", "-a", "source=outlet", at=folder)
    done = scrapy("page", at=folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(done.stdout.splitlines()) == [
        f"{web.url}/2026/one: fetched",
        f"{web.url}/2026/two: the server answered 404: not found",
    ]


@pytest.mark.parametrize(
    ("file", "text", "sentence"),
    [
        ("sources.toml", "", "outlet: is no source in sources.toml"),
        ("outspoken.toml", "crawl = 3", "crawl: Input should be a valid dictionary"),
        ("sources.toml", "[[source]]\nname = 'x y'", "source.0.name: "),
    ],
)
def test_a_mistake_is_one_sentence_and_no_traceback(folder: Path, file: str, text: str, sentence: str) -> None:
    (folder / file).write_text(text)
    done = scrapy("feed", "-a", "source=outlet", at=folder)
    assert done.returncode == 1
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_the_configuration_may_be_elsewhere(folder: Path) -> None:
    done = scrapy("feed", "-a", "source=outlet", at=ROOT, OUTSPOKEN_CONFIG=str(folder / "outspoken.toml"))
    assert (done.returncode, done.stdout, done.stderr) == (0, "outlet: changed, 2 entries\n", "")
    assert len(pages(folder)) == 2


def test_each_kind_of_source_has_its_spider(folder: Path, web: Web) -> None:
    date = datetime.now(UTC).isoformat()
    sitemap = f"<urlset><url><loc>{web.url}/a</loc><lastmod>{date}</lastmod></url></urlset>"
    posts = f'[{{"id": 1, "date_gmt": "{date}", "modified_gmt": "{date}", "link": "{web.url}/b"}}]'
    section = '<a href="/2026/03/14/a-man-who-left-speaks">A man who left the group speaks</a>'
    web.answers |= {
        "/sitemap.xml": Answer(200, sitemap.encode()),
        "/wp-json/wp/v2/posts": Answer(200, posts.encode()),
        "/world": Answer(200, section.encode(), HTML),
    }
    places = {"sitemap": "/sitemap.xml", "wordpress": "/", "listing": "/world"}
    table = '[[source]]\nname = "my-{0}"\nkind = "{0}"\nurl = "{1}{2}"\nallow_private = true\n'
    (folder / "sources.toml").write_text("".join(table.format(kind, web.url, place) for kind, place in places.items()))
    for kind in places:
        done = scrapy(kind, "-a", f"source=my-{kind}", at=folder)
        assert (done.returncode, done.stdout, done.stderr) == (0, f"my-{kind}: changed, 1 of 1 entries\n", "")
    assert pages(folder) == [f"{web.url}/2026/03/14/a-man-who-left-speaks", f"{web.url}/a", f"{web.url}/b"]
    done = scrapy("feed", "-a", "source=my-sitemap", at=folder)
    assert done.returncode == 1
    assert done.stderr == "my-sitemap: is read as sitemap; scrapy crawl sitemap -a source=my-sitemap\n"
