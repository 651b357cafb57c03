"""From a homepage or a foreign list to sources: `outspoken sources discover`, `import` and `export`, as they are typed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from loopback import Answer, Web, serve

from commands import lists
from errors import ConfigError
from model import Page, Source
from spiders import ways

ROOT = Path(__file__).parent.parent.parent
HTML = {"Content-Type": "text/html; charset=utf-8"}
NOW = datetime.now(UTC)


def rss(count: int, days: float = 0.0) -> Answer:
    item = "<item><title>A title</title><link>https://o.example/{0}</link><guid>{0}</guid><pubDate>{1:%a, %d %b %Y %H:%M:%S} GMT</pubDate></item>"
    items = "".join(item.format(n, NOW - timedelta(days=days, hours=n)) for n in range(count))
    return Answer(200, f"<rss version='2.0'><channel><title>F</title>{items}</channel></rss>".encode())


def news(count: int) -> Answer:
    url = "<url><loc>https://o.example/{0}</loc><n:news><n:publication_date>{1}</n:publication_date><n:title>A</n:title></n:news></url>"
    rows = "".join(url.format(n, (NOW - timedelta(minutes=20 * n)).isoformat()) for n in range(count))
    return Answer(
        200, f"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9' xmlns:n='n'>{rows}</urlset>".encode()
    )


def home(head: str = "", body: str = "") -> Answer:
    page = f'<html><head><meta property="og:site_name" content="The Herald">{head}</head><body>{body}</body></html>'
    return Answer(200, page.encode(), HTML)


@pytest.fixture
def web() -> Iterator[Web]:
    with serve({}) as running:
        yield running


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "outspoken.toml").write_text("[crawl]\ndelay = 0\nper_host = 8\n")
    return tmp_path


def sources(folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cli", "sources", *args]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False)


def written(folder: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = tomllib.loads((folder / "sources.toml").read_text("utf-8"))["source"]
    return rows


def found(folder: Path, url: str) -> list[dict[str, Any]]:
    done = sources(folder, "discover", url, "--allow-private", "--json")
    given: dict[str, Any] = json.loads(done.stdout)
    assert done.returncode == (0 if any(way["works"] for way in given["ways"]) else 1)
    return [way for way in given["ways"] if way["works"]]


def test_the_best_way_is_written_with_its_reasons(web: Web, folder: Path) -> None:
    web.answers |= {
        "/": home(
            '<link rel="alternate" type="application/rss+xml" href="/rss/main">', '<a href="/comments/feed">RSS</a>'
        ),
        "/robots.txt": Answer(200, f"User-agent: *\nSitemap: {web.url}/google-news.xml\n".encode()),
        "/rss/main": rss(10),
        "/comments/feed": rss(30),
        "/google-news.xml": news(100),
    }
    done = sources(folder, "discover", web.url, "--add", "--name", "herald", "--allow-private")
    assert done.returncode == 0, done.stderr
    (row,) = written(folder)
    assert row == {
        "name": "herald",
        "url": f"{web.url}/google-news.xml",
        "kind": "sitemap",
        "outlet": "The Herald",
        "allow_private": True,
    }
    assert "# Chosen because robots.txt names it; a news sitemap lists" in (folder / "sources.toml").read_text("utf-8")


def test_everything_that_works_is_ranked(web: Web, folder: Path) -> None:
    web.answers |= {
        "/": home('<link rel="https://api.w.org/" href="/wp-json/">', '<a href="/comments/feed">RSS</a>'),
        "/wp-json/wp/v2/posts": Answer(200, json.dumps([post(n) for n in range(30)]).encode()),
        "/feed/": rss(10),
        "/comments/feed": rss(10),
        "/old.rss": rss(10, days=90),
    }
    kinds = [(way["kind"], way["url"].removeprefix(web.url)) for way in found(folder, web.url)]
    assert kinds == [("wordpress", "/wp-json/wp/v2/posts"), ("feed", "/feed/"), ("feed", "/comments/feed")]


def post(number: int) -> dict[str, Any]:
    date = (NOW - timedelta(hours=number)).strftime("%Y-%m-%dT%H:%M:%S")
    return {
        "id": number,
        "date_gmt": date,
        "modified_gmt": date,
        "link": f"https://o.example/{number}",
        "title": {"rendered": "T"},
    }


def test_a_homepage_that_answers_200_to_everything_is_no_feed(web: Web, folder: Path) -> None:
    links = "".join(f'<a href="/2026/03/14/a-story-of-the-day-{n}">A story of the day, told</a>' for n in range(9))
    page = home(body=links)
    for path in ("/", "/robots.txt", *(f"/{path.split('?')[0]}" for path in (*ways.FEED_PATHS, *ways.SITEMAP_PATHS))):
        web.answers[path] = page
    assert [(way["kind"], way["entries"]) for way in found(folder, web.url)] == [("listing", 9)]


def test_nothing_is_found_where_nothing_is(web: Web, folder: Path) -> None:
    assert found(folder, web.url) == []
    done = sources(folder, "discover", web.url, "--allow-private", "--add")
    assert "the server answered 404: not found" in done.stdout
    assert not (folder / "sources.toml").exists()


def test_a_private_address_is_not_asked_unless_it_is_said(web: Web, folder: Path) -> None:
    done = sources(folder, "discover", web.url)
    assert "is never fetched" in " ".join(done.stdout.split())
    assert web.asked == []


def test_an_import_takes_feeds_finds_ways_and_reports_the_rest(web: Web, folder: Path) -> None:
    web.answers |= {
        "/one.xml": rss(3),
        "/": home('<link rel="alternate" type="application/atom+xml" href="/two.xml">'),
        "/two.xml": rss(5),
    }
    opml = f"""<?xml version="1.0"?><opml version="2.0"><body><outline text="World">
      <outline text="One" xmlUrl="{web.url}/one.xml" language="en-GB"/> <outline text="Two" htmlUrl="{web.url}/"/>
      <outline text="One again" xmlUrl="{web.url}/one.xml"/> <outline text="Gone" xmlUrl="{web.url}/gone/x.xml"/>
      <outline text="No address"/></outline></body></opml>"""
    (folder / "list.opml").write_text(opml)
    done = sources(folder, "import", "list.opml", "--allow-private", "--json")
    given = json.loads(done.stdout)
    assert done.returncode == 1
    assert [(row["outlet"], row["url"], row["language"]) for row in given["added"]] == [
        ("One", f"{web.url}/one.xml", "en"),
        ("Two", f"{web.url}/two.xml", ""),
    ]
    assert given["known"] == [f"{web.url}/one.xml"]
    assert {each["error"] for each in given["failed"]} == {
        "No address: has no address",
        "the server answered 404: not found",
    }
    assert len({row["name"] for row in written(folder)}) == 2
    again = json.loads(sources(folder, "import", "list.opml", "--allow-private", "--json").stdout)
    assert (again["added"], len(again["known"])) == ([], 3)


def test_what_is_exported_can_be_imported(folder: Path, tmp_path: Path) -> None:
    source = '[[source]]\nname = "{}"\nurl = "{}"\n{}\n'
    rows = source.format("a", "https://a.example/feed", 'outlet = "A & B"\nlanguage = "en"')
    rows += source.format("b", "https://b.example/", 'kind = "wordpress"')
    (folder / "sources.toml").write_text(rows)
    for option in ("--opml", "--csv"):
        (tmp_path / "out").write_text(sources(folder, "export", option).stdout)
        lines, wrong = lists.read(tmp_path / "out")
        assert wrong == []
        assert [(line.feed or line.site, line.outlet or "b", line.kind or "feed") for line in lines] == [
            ("https://a.example/feed", "A & B", "feed"),
            ("https://b.example/", "b", "wordpress"),
        ]


def read(tmp_path: Path, text: str) -> tuple[list[lists.Line], list[str]]:
    (tmp_path / "list").write_text(text, "utf-8")
    return lists.read(tmp_path / "list")


def test_plain_lines_and_csv(tmp_path: Path) -> None:
    lines, wrong = read(tmp_path, "# ours\nhttps://a.example/x#y\n\nb.example  # a blog\nnonsense\n")
    assert ([line.site for line in lines], wrong) == (
        ["https://a.example/x", "https://b.example/"],
        ["line 5: is no address"],
    )
    lines, wrong = read(tmp_path, 'Name;URL;Language;Country\na;https://a.example;EN-gb;gb\nb;ftp://b;;\n"c;')
    assert [(line.name, line.site, line.language, line.country) for line in lines] == [
        ("a", "https://a.example/", "en", "GB")
    ]
    assert len(wrong) == 2


@pytest.mark.parametrize(
    "text",
    [
        '<!DOCTYPE opml [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><opml><body><outline text="&b;"/></body></opml>',
        '<!DOCTYPE opml SYSTEM "file:///etc/passwd"><opml/>',
        "<opml><body><outline",
        "<a>" * 5000,
    ],
)
def test_an_opml_that_is_a_bomb_or_broken_is_one_sentence(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError, match=r"declares a document type|is not valid OPML"):
        read(tmp_path, text)


def test_a_hub_is_named() -> None:
    page = Page("https://a.example/", b'<html><link href="https://hub.example/" rel="hub"></html>')
    assert ways.hub_of(page) == "https://hub.example/"
    assert ways.hub_of(Page("https://a.example/", b"")) == ""


def test_a_sitemap_of_the_news_comes_before_others() -> None:
    robots = "Sitemap: https://a.example/all.xml\nsitemap:https://a.example/news.xml\nSitemap: javascript:x\n"
    named = [way.url for way in ways.ways("https://a.example/", None, robots) if "robots" in way.because]
    assert named == ["https://a.example/news.xml", "https://a.example/all.xml"]


def test_names_are_short_and_never_taken_twice() -> None:
    from commands.discovery import name_of

    taken = {"bbc.co"}
    assert [name_of(url, taken) for url in ("https://www.bbc.co.uk/", "https://feeds.bbc.co.uk/", "http://[::1]/")] == [
        "bbc.co-2",
        "bbc.co-3",
        "1",
    ]
    assert Source(name_of("https://x/", taken), "").name == "x"
