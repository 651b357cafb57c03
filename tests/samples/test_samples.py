"""The sample web: what it serves is what the program must be able to read, over real HTTP."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from pydantic import BaseModel

import config
import samples
from alerts import channels
from extract import extract
from model import Article, Label, Page
from samples import library, outlets, write
from spiders import feeds

INIT = Path(samples.__file__).parent / "init"
SECRETS = {
    "OUTSPOKEN_SLACK_URL": "https://hooks.example.org/x",
    "OUTSPOKEN_SLACK_TOKEN": "xoxb-x",
    "OUTSPOKEN_SMTP_PASSWORD": "x",
    "OUTSPOKEN_APPRISE_URL": "ntfy://ntfy.example/desk",
    "OUTSPOKEN_WEBHOOK_SECRET": "x",
    "OUTSPOKEN_WEBHOOK_AUTHORIZATION": "Bearer x",
}


@pytest.fixture(scope="module")
def web() -> Iterator[samples.Web]:
    with samples.serve(speed=0) as served:
        yield served


def get(url: str, method: str = "GET", **headers: str) -> tuple[HTTPResponse, bytes]:
    parts = urlsplit(url)
    connection = HTTPConnection(parts.netloc, timeout=10)
    try:
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        connection.request(method, target, headers={name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        return response, response.read()
    finally:
        connection.close()


def parsed(url: str) -> feeds.Feed:
    response, body = get(url)
    feed = feeds.parse(body, response.headers["Content-Type"], url, datetime.now(UTC))
    assert feed is not None
    return feed


def extracted(url: str) -> Article:
    response, body = get(url)
    assert response.status == 200
    headers = {name.lower(): value for name, value in response.headers.items()}
    return extract(Page(url, body, headers, fetched=datetime.now(UTC)))


def test_there_is_enough_of_everything(web: samples.Web) -> None:
    pieces = [article.piece for article in web.articles]
    truths = Counter(piece.truth for piece in pieces)
    assert len(pieces) == len(library.pieces()) >= 60
    assert len(web.sources) >= 8
    assert len({urlsplit(source.url).netloc for source in web.sources}) == len(web.sources)
    assert len({article.outlet.language for article in web.articles} - {"en"}) >= 2
    assert truths[Label.ACCOUNT] >= 12
    assert truths[Label.REPORT] >= 3
    assert truths[Label.NONE] >= 40
    assert {"rss2", "rss092", "rdf", "atom", "json", "wordpress"} == {outlet.form for outlet in outlets.OUTLETS}
    words = [len(" ".join(piece.paragraphs).split()) for piece in pieces]
    assert min(words) >= 100
    assert max(words) <= 450


def test_only_accounts_have_people_and_every_hard_case_says_why(web: samples.Web) -> None:
    for article in web.articles:
        assert bool(article.piece.people) == (article.piece.truth is Label.ACCOUNT), article.piece.slug
        assert article.piece.note or article.piece.truth is Label.NONE


def test_expected_alerts(web: samples.Web) -> None:
    expected = {each.person: each for each in web.expected()}
    assert 8 <= len(expected) <= 12
    assert "p-ismet-hadzajlic" not in expected, "three weeks old at the first poll"
    assert {len(expected[key].urls) for key in ("p-idris-haloubi", "p-wafaa-tripoli", "p-yousef-mansi")} == {2}
    assert expected["p-omar-darwish-gb"].name == expected["p-omar-darwish-iq"].name
    assert expected["p-unnamed-hisba"].name == ""


def test_every_feed_is_read_and_lists_the_outlets_articles(web: samples.Web) -> None:
    for source in web.sources:
        own = [article for article in web.articles if article.outlet.name == source.name]
        feed = parsed(source.url)
        assert feed.title == source.outlet
        assert {entry.url for entry in feed.entries} == {article.url for article in own}, source.name
        assert {entry.title for entry in feed.entries} == {article.piece.title for article in own}, source.name


def test_every_page_is_extracted(web: samples.Web) -> None:
    for article in web.articles:
        found = extracted(article.url)
        own = Counter(re.findall(r"\w+", " ".join(article.piece.paragraphs)))
        got = Counter(re.findall(r"\w+", found.text))
        assert (own & got).total() >= 0.9 * own.total(), article.url
        assert article.piece.title in found.title
        assert found.language == article.outlet.language, article.url
        assert found.published is not None
        assert abs(found.published - article.published) < timedelta(days=1), article.url


def test_a_repost_names_its_source_and_leaves_the_comments_out(web: samples.Web) -> None:
    repost = next(article for article in web.articles if article.piece.slug == "repost-wives-house")
    found = extracted(repost.url)
    assert found.credit is not None
    assert (found.credit.outlet, found.credit.author) == ("Cedar Dispatch", "Dalia Farouk")
    assert repost.piece.comments[0] not in found.text


def test_honest_304(web: samples.Web) -> None:
    url = web.sources[0].url
    first, body = get(url)
    tag, modified = first.headers["ETag"], first.headers["Last-Modified"]
    for headers in ({"If_None_Match": tag}, {"If_None_Match": f"W/{tag}"}, {"If_Modified_Since": modified}):
        response, nothing = get(url, **headers)
        assert (response.status, nothing) == (304, b"")
    again, same = get(url, If_None_Match='"other"', If_Modified_Since=modified)
    assert (again.status, same) == (200, body)
    assert get(url, "HEAD")[1] == b""


def test_what_else_is_served(web: samples.Web) -> None:
    bases = {source.name: source.url.removesuffix(urlsplit(source.url).path) for source in web.sources}
    for base in bases.values():
        assert b"Disallow: /search" in get(f"{base}/robots.txt")[1]
        assert get(f"{base}/")[0].status == 200
        assert get(f"{base}/nothing")[0].status == 404
    posts = sum(article.outlet.name == "field-notes" for article in web.articles)
    assert get(f"{bases['field-notes']}/wp-json/wp/v2/posts")[1].count(b'"slug"') == posts
    assert b"wp/v2" in get(f"{bases['field-notes']}/wp-json/")[1]
    ledger = [article.url.encode() for article in web.articles if article.outlet.name == "gulf-ledger"]
    sitemap = get(f"{bases['gulf-ledger']}/sitemap.xml")[1]
    assert all(b"<loc>" + url + b"</loc>" in sitemap for url in ledger)


def test_one_outlet_declares_the_wrong_charset(web: samples.Web) -> None:
    source = next(source for source in web.sources if source.name == "phare-du-ponant")
    response, body = get(source.url)
    assert "utf-8" in response.headers["Content-Type"]
    with pytest.raises(UnicodeDecodeError):
        body.decode("utf-8")


def test_articles_appear_over_time() -> None:
    with samples.serve(speed=10) as web:
        at_once = sum(len(parsed(source.url).entries) for source in web.sources)
        assert 0.4 < at_once / len(web.articles) < 0.7
        assert not web.appeared_all()
        late = max(web.articles, key=lambda article: article.appears)
        assert get(late.url)[0].status == 404
        time.sleep(max(0.0, (web.complete_at() - datetime.now(UTC)).total_seconds()))
        assert web.appeared_all()
        assert sum(len(parsed(source.url).entries) for source in web.sources) == len(web.articles)
        assert get(late.url)[0].status == 200


def test_whoever_repeats_comes_after_whoever_told_first() -> None:
    appears = {piece.slug: piece.appears for piece in library.pieces()}
    assert max(appears.values()) <= 26
    for first, later in (
        ("he-counted-the-trucks", "tunisian-guard-reprint"),
        ("the-wives-house", "repost-wives-house"),
        ("the-medic-of-tabqa", "mansi-pharmacist-book-fair"),
    ):
        assert appears[later] - appears[first] >= 10, "two polls and the time to read lie between them"


def test_ports_follow_the_first() -> None:
    with samples.serve(speed=0, port=21_100) as web:
        assert [urlsplit(source.url).port for source in web.sources] == list(range(21_100, 21_100 + len(web.sources)))


def test_written_configuration_loads(web: samples.Web, tmp_path: Path) -> None:
    write(tmp_path / "new", web.sources)
    assert config.load(tmp_path / "new" / "outspoken.toml").alerts.backlog == 50
    written = config.load_sources(tmp_path / "new" / "sources.toml")
    assert [source.url for source in written] == [source.url for source in web.sources]
    assert all(source.allow_private for source in written)


# --- what `outspoken init` writes ------------------------------------------------------------------------------
def uncommented(text: str) -> str:
    """The file with every commented setting and table switched on."""
    return re.sub(r"^# ((?:\[[\w.]+\]|\w+ = \S).*)$", r"\1", text, flags=re.MULTILINE)


def test_init_files_load_as_they_are() -> None:
    loaded = config.load(INIT / "outspoken.toml")
    assert channels.problems("outspoken.toml", loaded.channels, lambda *_: None) == []
    found = config.load_sources(INIT / "sources.toml")
    assert len(found) >= 30
    assert all(source.outlet and source.language and source.country and source.tags for source in found)
    assert all(source.url.startswith("https://") for source in found)


def keys(table: type[BaseModel], prefix: str = "") -> Iterator[str]:
    for name, field in table.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from keys(kind, f"{prefix}{name}.")
        else:
            yield prefix + name


def value(of: config.Config, key: str) -> object:
    for part in key.split("."):
        of = getattr(of, part)
    return of


def test_init_shows_every_key_with_its_default(tmp_path: Path) -> None:
    full = tmp_path / "outspoken.toml"
    full.write_text(uncommented((INIT / "outspoken.toml").read_text("utf-8")), "utf-8")
    loaded, usual = config.load(full), config.Config()
    reader = loaded.second_reader
    assert reader is not None
    assert reader == config.SecondReaderConfig(url=reader.url, model=reader.model, key=reader.key)
    assert set(reader.model_dump()) == {
        key for key in reader.model_dump() if config.key_line(full, "second_reader", key)
    }
    for key in set(keys(config.Config)) - {"channels", "second_reader"}:
        if value(usual, key) is None:
            assert re.search(rf"^#\s+{key.rpartition('.')[2]} = ", full.read_text("utf-8"), re.MULTILINE), key
            continue
        assert config.key_line(full, *key.split(".")) is not None, key
        expected = (
            tmp_path / str(value(usual, key)) if key in {"database", "sources", "archive.folder"} else value(usual, key)
        )
        assert value(loaded, key) == expected, key


def test_init_shows_every_kind_of_channel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, secret in SECRETS.items():
        monkeypatch.setenv(name, secret)
    text = uncommented((INIT / "outspoken.toml").read_text("utf-8"))
    full = tmp_path / "outspoken.toml"
    full.write_text(re.sub(r"^ca_file = .*$", "", text, flags=re.MULTILINE), "utf-8")
    tables = config.load(full).channels
    assert channels.problems("outspoken.toml", tables, lambda *_: None) == []
    assert {table["type"] for table in tables.values()} == set(channels.KINDS)
    for shape, _ in channels.KINDS.values():
        assert all(re.search(rf"^(#\s+)?{key} = ", text, re.MULTILINE) for key in shape.model_fields), shape


def test_init_sources_name_every_key() -> None:
    text = (INIT / "sources.toml").read_text("utf-8")
    for key in config.SourceTable.model_fields:
        assert re.search(rf"^(#\s+)?{key} = ", text, re.MULTILINE), key
