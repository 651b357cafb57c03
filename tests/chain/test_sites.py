"""What the daemon remembers of sites: furniture that recurs goes, articles stay, and a recipe that breaks is told."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import outlet
import pytest
from desk import Desk, desk

from config import ReadConfig
from db import furniture
from model import Entry, FeedState, Polled, PollOutcome, Recipe, Source
from reading import Pool

BOX = "Support our work: every gift helps this paper to stay on the island."
FOLLOW = "Follow {} more stories of the harbour in our letter."
WORDS = ("pier", "ferry", "market", "school", "mill", "bridge", "orchard", "tannery", "chapel", "foundry", "well")
GREETING = "Dear neighbours, it is Monday, the kettle is on and the window is open to the Islamic State of my kitchen."
LIVE = '<script type="application/ld+json">{"@type": "LiveBlogPosting", "headline": "The flood"}</script>'


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    with Pool(ReadConfig(workers=1), ("islamic_state",)) as running:
        yield running


@pytest.fixture
def here(tmp_path: Path, now: datetime, pool: Pool) -> Iterator[Desk]:
    made = desk(tmp_path / "outspoken.db", pool, now)
    yield made
    made.store.close()


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(work)


def own(number: int) -> list[str]:
    """Paragraphs that only one article has; one names the watched group, so that it is extracted in full."""
    word = WORDS[number]
    return [
        f"The people of the {word} still talk of the winter in which the Islamic State came down the river to them.",
        f"Nobody at the {word} had seen such a crowd, and those who stood there remember the cold more than the noise.",
        f"A man who keeps the keys of the {word} has written down what was taken, and he reads it out to visitors.",
        f"The council wants to rebuild the {word} before the autumn; it has not said where the money will come from.",
    ]


def boxed(number: int) -> list[str]:
    return [*own(number), BOX, FOLLOW.format(number)]


def text(paragraphs: list[str]) -> str:
    return "\n\n".join(paragraphs)


async def read(here: Desk, name: object, paragraphs: list[str], source: str = "herald", head: str = "") -> str:
    """Let a page be found and read, or read again; the text that is stored."""
    url = f"https://{source}.example/{name}"
    body = outlet.page(f"What is left of the {name}", paragraphs).replace(b"</head>", head.encode() + b"</head>")
    here.later(hours=1)
    here.pages[url] = body
    polled = Polled(source, PollOutcome.CHANGED, here.now, FeedState(""), (Entry(url, url, edited=True),))
    await here.hub.polled(polled)
    assert await here.fetch() == 1
    return str(here.ask("SELECT text FROM articles WHERE url = ?", url)[0][0])


def test_what_recurs_goes_from_the_fourth_article_on(here: Desk) -> None:
    async def work() -> None:
        for number in range(3):
            assert await read(here, number, boxed(number)) == text(boxed(number))
        for number in range(3, len(WORDS)):
            assert await read(here, number, boxed(number)) == text(own(number))
        assert await read(here, "other", boxed(0), "mirror") == text(boxed(0)), "another outlet has its own memory"

    run(work())


def test_what_was_learnt_outlives_the_process(here: Desk, pool: Pool, now: datetime) -> None:
    async def work() -> None:
        for number in range(3):
            await read(here, number, boxed(number))
        here.hub = type(here.hub)(here.store, here.hub.config, pool, clock=here.clock)
        assert await read(here, 3, boxed(3)) == text(own(3))

    run(work())


def test_an_article_that_is_read_again_and_again_does_not_count(here: Desk) -> None:
    async def work() -> None:
        for _ in range(5):
            assert await read(here, "same", boxed(0)) == text(boxed(0))
        for name in ("print", "amp"):
            assert await read(here, name, boxed(0)) == text(boxed(0)), "under another address neither"
        assert await read(here, 1, boxed(1)) == text(boxed(1))
        assert await read(here, 2, boxed(2)) == text(boxed(2))
        assert await read(here, 1, boxed(1)) == text(boxed(1)), "two others have it, and itself"
        assert await read(here, 3, boxed(3)) == text(own(3))
        assert await read(here, 1, boxed(1)) == text(own(1))

    run(work())


def test_a_live_blog_is_not_eaten(here: Desk) -> None:
    posts = [
        f"At the {word} the water has reached the second step, the Islamic State Road is closed." for word in WORDS
    ]

    async def work() -> None:
        for day in range(6):
            told = [*posts[: 5 + day], f"That was day {WORDS[day]} at the river."]
            assert await read(here, "live", told, head=LIVE) == text(told), "one address"
            assert await read(here, f"live-{day}", told) == text(told), "one address a day, and nothing says what it is"
        assert here.ask("SELECT count(*) FROM furniture")[0][0] == 6

    run(work())


def test_a_serial_column_keeps_its_words(here: Desk) -> None:
    async def work() -> None:
        for day, word in enumerate(WORDS):
            column = [GREETING, f"Today I went to the {word} and bought bread.", f"“So be it,” said the {word}."]
            assert await read(here, f"column-{day}", column) == text(column)

    run(work())


def test_a_quotation_that_papers_repeat_stays_longer_than_a_box(here: Desk) -> None:
    said = "“Nobody will be left behind on the quay,” the mayor said."

    async def work() -> None:
        for number in range(6):
            assert said in await read(here, number, [*own(number), said, BOX])
        assert await read(here, 6, [*own(6), said, BOX]) == text(own(6))

    run(work())


def test_the_memory_of_an_outlet_is_bounded(here: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(furniture, "ARTICLES", 4)

    async def work() -> None:
        for number in range(8):
            await read(here, number, boxed(number))
        assert [row[0] for row in here.ask("SELECT article FROM furniture ORDER BY article")] == [5, 6, 7, 8]
        monkeypatch.setattr(furniture, "PRINTS", 13)
        await read(here, 8, boxed(8))
        assert [row[0] for row in here.ask("SELECT article FROM furniture ORDER BY article")] == [8, 9], "6 each"
        await read(here, "small", ["The Islamic State left the town."] * 9, "mirror")
        assert len(here.ask("SELECT * FROM furniture")) == 3

    run(work())


def test_a_page_that_is_ruled_out_is_not_remembered(here: Desk) -> None:
    async def work() -> None:
        await read(here, "tram", [*outlet.piece("beirut-tram").paragraphs])
        assert here.ask("SELECT * FROM furniture") == []

    run(work())


# --- recipes ---------------------------------------------------------------------------------------------------
def cook(here: Desk, recipe: Recipe) -> None:
    here.store.sync_sources([Source("herald", "https://herald.example/feed", outlet="Herald", recipe=recipe)], here.now)


def test_a_recipe_is_followed(here: Desk) -> None:
    async def work() -> None:
        cook(here, Recipe(body="article p:first-of-type"))
        assert await read(here, 1, own(1)) == own(1)[0]

    run(work())


def test_a_recipe_that_stops_matching_is_told_once_a_day(here: Desk) -> None:
    async def work() -> None:
        cook(here, Recipe(body="main.story", author=".who"))
        for number in range(2):
            assert await read(here, number, own(number)) == text(own(number)), "read as always"
        assert here.told() == [], "one page may be a video"
        for number in range(2, 11):
            await read(here, number, [*outlet.piece("beirut-tram").paragraphs])
        assert here.told() == ["herald: its recipe no longer matches"], "pages that are ruled out count"
        (key, kind, payload) = here.ask("SELECT key, kind, payload FROM alerts")[0]
        assert (key, kind) == (f"ops-recipe-herald-{here.now:%Y-%m-%d}", "ops")
        assert "nothing at body." in str(payload)
        here.later(days=1)
        await read(here, 1, own(1))
        assert len(here.told()) == 2
        assert "nothing at body, author." in str(here.ask("SELECT payload FROM alerts ORDER BY id")[1][0])

    run(work())


def test_a_page_that_matches_ends_the_trouble(here: Desk) -> None:
    async def work() -> None:
        cook(here, Recipe(body="main.story"))
        for number in range(6):
            await read(here, number, own(number), head="<main class=story>x</main>" if number % 2 else "")
        assert here.told() == []

    run(work())
