"""Worker processes: what comes back, and what a page that defeats its worker costs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import misreading
import outlet
import pytest

import reading
from config import ReadConfig
from errors import ConfigError, ExtractError
from extract import extract
from model import Entry, Page, Source
from reading import Pool

T = TypeVar("T")
URL = "https://herald.example/2026/{}"
HERALD = Source("herald", "https://herald.example/feed", outlet="The Herald", language="en")
WHEN = datetime(2026, 3, 13, 8, 0, tzinfo=UTC)


def page(name: str, body: bytes = b"") -> Page:
    return Page(URL.format(name), body or outlet.account("medic", WHEN), {"content-type": "text/html; charset=utf-8"})


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    with Pool(ReadConfig(workers=2), ("islamic_state",)) as running:
        yield running


@pytest.fixture(scope="module")
def fragile() -> Iterator[Pool]:
    """A pool whose pages misbehave after their addresses; one worker, little time and memory."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "_read", misreading.read)
        with Pool(ReadConfig(workers=1, seconds=2.5, memory_mb=600), ("islamic_state",)) as running:
            yield running


def test_a_page_becomes_an_article_with_its_findings(pool: Pool) -> None:
    found = run(pool.read(page("medic"), HERALD))
    assert not found.ruled_out
    assert found.article.published == WHEN
    assert found.article.outlet == "The Herald"
    assert [finding.profile for finding in found.findings] == ["islamic_state"]
    assert [account.name for account in found.findings[0].accounts] == ["Yunus Haddad"]
    for proof in found.findings[0].accounts[0].proofs:
        assert found.article.text[proof.start : proof.end] == proof.sentence


def test_a_page_that_names_no_group_is_only_looked_at(pool: Pool) -> None:
    found = run(pool.read(page("tram", outlet.of("beirut-tram", WHEN)), HERALD))
    assert found.ruled_out
    assert found.findings == ()
    assert found.article.title == outlet.piece("beirut-tram").title
    assert found.article.published == WHEN
    assert outlet.piece("beirut-tram").paragraphs[0][:40] in found.article.text


def test_the_feed_and_the_source_fill_in_what_a_page_does_not_say(pool: Pool) -> None:
    bare = page("bare", b"<html><body><article><p>" + b"Nothing much happened in the town. " * 20 + b"</p></article>")
    entry = Entry("k", bare.url, title="As the feed has it", published=WHEN)
    found = run(pool.read(bare, HERALD, entry)).article
    assert (found.title, found.published, found.outlet) == ("As the feed has it", WHEN, "The Herald")
    said = run(pool.read(page("medic"), Source("herald", HERALD.url), Entry("k", URL, title="x"))).article
    assert said.title.startswith("‘I deserted")
    assert said.outlet == "herald"


def test_extraction_alone_is_the_same_as_in_this_process(pool: Pool) -> None:
    assert run(pool.extract(page("medic"))) == extract(page("medic"))


def test_many_pages_at_once_each_get_their_own(pool: Pool) -> None:
    async def work() -> list[str]:
        people = [*outlet.PEOPLE] * 4
        found = await asyncio.gather(
            *(pool.read(page(f"{who}-{n}", outlet.account(who)), HERALD) for n, who in enumerate(people))
        )
        assert [each.article.url for each in found] == [URL.format(f"{who}-{n}") for n, who in enumerate(people)]
        return [each.findings[0].accounts[0].name for each in found]

    assert run(work()) == [person[0] for person in outlet.PEOPLE.values()] * 4


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("hang", "reading it took more than 2.5 s"),
        ("eat", "reading it took too much memory"),
        ("exit", "its worker died (exit code 3)"),
        ("crash", "its worker died"),
        ("nest", "it is nested too deeply"),
        ("raise", "reading it failed: ValueError: what"),
    ],
)
def test_a_page_that_defeats_its_worker_costs_itself_alone(fragile: Pool, name: str, reason: str) -> None:
    async def work() -> None:
        bad = asyncio.create_task(fragile.read(page(name), HERALD))
        others = [asyncio.create_task(fragile.read(page(f"fine-{n}"), HERALD)) for n in range(2)]
        with pytest.raises(ExtractError) as caught:
            await bad
        assert str(caught.value).startswith(f"{URL.format(name)}: ")
        assert reason in str(caught.value)
        assert caught.value.subject == URL.format(name)
        assert all(found.findings[0].accounts for found in await asyncio.gather(*others))

    run(work())


def test_our_own_errors_come_back_as_they_are(fragile: Pool) -> None:
    with pytest.raises(ExtractError, match=r"/refuse: is no page$"):
        run(fragile.read(page("refuse"), HERALD))


def test_the_time_limit_is_for_real_pages_too() -> None:
    long = b"<html><body><article>" + b"<p>The Islamic State, a defector said, left him. </p>" * 20_000
    with (
        Pool(ReadConfig(workers=1, seconds=0.01), ("islamic_state",)) as pool,
        pytest.raises(ExtractError, match=r"took more than 0\.01 s"),
    ):
        run(pool.read(page("long", long), HERALD))


def test_a_pool_ends_at_once_whatever_its_workers_do() -> None:
    async def work(pool: Pool) -> None:
        task = asyncio.create_task(pool.extract(page("fine")))
        await task
        hanging = pool._pool.schedule(time.sleep, args=(60,))
        while not hanging.running():
            await asyncio.sleep(0.02)

    with Pool(ReadConfig(workers=1), ()) as pool:
        run(work(pool))
        began = time.monotonic()
    assert time.monotonic() - began < 5


def test_a_profile_that_does_not_exist_is_said_before_any_page_is_tried(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.toml"):
        Pool(ReadConfig(workers=1), (str(tmp_path / "none.toml"),))


def test_a_profile_that_is_broken_later_does_not_keep_new_workers_from_beginning(root: Path, tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_bytes((root / "detect" / "profiles" / "islamic_state.toml").read_bytes())
    with Pool(ReadConfig(workers=1), (str(own),)) as pool:
        own.write_text("broken = [")
        found = run(pool.read(page("medic"), HERALD))
    assert found.findings[0].accounts
