"""From polls to the store and to ops: rates, gaps, silences, our own network, and how long articles took."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from config import Config
from db import Store
from delivery import Alert, DeliveryState, Sent
from model import Account, Article, Entry, FeedState, Finding, Identity, Label, Polled, PollOutcome, Reading, Source
from pipeline import Hub

NAMES = ("a", "b", "c", "d", "e", "f")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass
class World:
    """A hub on a real store, with a clock that the test sets."""

    hub: Hub
    now: datetime
    _count: int = field(default=0)

    def poll(self, name: str, *numbers: int, outcome: PollOutcome = PollOutcome.CHANGED, **about: Any) -> None:
        entries = tuple(Entry(f"{name}{n}", f"https://{name}.example/{n}", published=self.now) for n in numbers)
        about = {"status": 200} | about
        state = FeedState(f"https://{name}.example/feed", full_at=self.now)
        asyncio.run(self.hub.polled(Polled(name, outcome, self.now, state, entries, **about)))

    def row(self, name: str) -> dict[str, Any]:
        return next(row for row in self.hub.store.status(self.now) if row["name"] == name)

    def told(self) -> list[str]:
        self.hub.watch()
        return [row["title"] for row in reversed(self.hub.store.deliveries())]


@pytest.fixture
def world(tmp_path: Path, now: datetime) -> Iterator[World]:
    with Store.open(tmp_path / "outspoken.db") as store:
        store.sync_sources([Source(name, f"https://{name}.example/feed") for name in NAMES], now)
        made = World(Hub(store, Config(), None, ("ops",), random=Random(1)), now)  # type: ignore[arg-type]
        made.hub.clock = lambda: made.now
        yield made


def live(world: World, name: str, days: int) -> int:
    """A source that brings an article each hour; gives the number of the last one."""
    for number in range(days * 24):
        world.now += HOUR
        world.poll(name, *range(max(number - 9, 0), number + 1))
    return days * 24 - 1


def test_a_source_that_publishes_more_is_polled_more(world: World) -> None:
    world.poll("b", 1)
    live(world, "a", 3)
    world.poll("b", outcome=PollOutcome.UNCHANGED)
    busy, quiet = world.row("a"), world.row("b")
    assert busy["next_poll"] < quiet["next_poll"]
    assert busy["per_day"] == pytest.approx(24, rel=0.3)
    assert "articles a day" in busy["because"]


def test_a_gap_is_recorded_shown_and_followed_by_sooner_polls(world: World) -> None:
    world.poll("a", *range(10))
    world.now += HOUR
    world.poll("a", *range(5, 15))
    assert world.row("a")["gaps"] == 0
    before = world.now
    world.now += 3 * HOUR
    world.poll("a", *range(50, 60))
    row = world.row("a")
    assert (row["gaps"], row["last_gap"] is not None) == (1, True)
    (gap,) = world.hub.store.gaps("a")
    assert (datetime.fromisoformat(gap["began"]), gap["entries"]) == (before, 10)
    assert datetime.fromisoformat(row["next_poll"]) - world.now <= timedelta(hours=1.7)


def test_the_first_poll_is_no_gap_and_neither_is_one_after_a_failure_that_shares_entries(world: World) -> None:
    world.poll("a", *range(10))
    world.now += HOUR
    world.poll("a", outcome=PollOutcome.FAILED, error="the answer took too long")
    world.poll("a", *range(9, 19))
    assert world.row("a")["gaps"] == 0


def test_ops_hear_of_an_improbable_silence_once_with_its_probability(world: World) -> None:
    last = live(world, "a", 7)
    for _ in range(20):
        world.now += 3 * HOUR
        world.poll("a", last, outcome=PollOutcome.UNCHANGED)
    assert world.row("a")["verdict"] == "silent"
    assert world.told() == ["a: improbably silent"]
    assert world.told() == ["a: improbably silent"]
    (due,) = world.hub.store.due_deliveries(world.now, "ops")
    assert "such a silence has a probability of" in due.alert.body
    world.now += HOUR
    world.poll("a", last, last + 1)
    assert world.row("a")["verdict"] == "ok"


def test_our_own_pause_is_no_silence_of_theirs(world: World) -> None:
    live(world, "a", 7)
    world.now += 20 * DAY
    assert world.told() == []


def test_the_loss_of_our_own_network_is_told_once_and_mutes_the_rest(world: World) -> None:
    last = live(world, "a", 7)
    for _ in range(20):
        world.now += 3 * HOUR
        world.poll("a", last, outcome=PollOutcome.UNCHANGED)
    for name in NAMES:
        world.poll(name, outcome=PollOutcome.FAILED, error="the name of the host cannot be resolved", status=None)
    assert world.told() == ["the program has lost the network"]
    world.now += HOUR
    world.poll("b", outcome=PollOutcome.FAILED, error="the name of the host cannot be resolved", status=None)
    assert world.told() == ["the program has lost the network"]
    row = world.row("b")
    assert (row["because"], datetime.fromisoformat(row["next_poll"]) - world.now) == (
        "no host answers: we have no network",
        timedelta(minutes=2),
    )
    world.poll("b", 1)
    world.poll("a", last, outcome=PollOutcome.UNCHANGED)
    assert world.told() == ["the program has lost the network", "a: improbably silent"]


# --- episodes --------------------------------------------------------------------------------------------------
HTML: dict[str, Any] = {"outcome": PollOutcome.NOT_A_FEED, "error": "what came is not a feed but a web page"}


def test_a_feed_that_turns_into_a_web_page_is_told_once_for_each_episode(world: World) -> None:
    world.poll("a", 1)
    world.poll("a", **HTML)
    assert world.told() == [], "once is an accident"
    world.poll("a", **HTML)
    assert world.told() == ["a: its feed has turned into something else"]
    world.poll("a", **HTML)
    assert len(world.told()) == 1
    (trouble,) = world.hub.store.troubles()
    assert (trouble["source"], trouble["kind"]) == ("a", "html")
    assert "what came is not a feed but a web page" in trouble["body"]
    world.poll("a", 1)
    assert len(world.told()) == 1
    assert world.hub.store.troubles() == []
    world.now += DAY
    for _ in range(2):
        world.poll("a", **HTML)
    assert len(world.told()) == 1, "it comes and goes: the same episode"
    world.poll("a", 1)
    world.told()
    world.now += 8 * DAY
    for _ in range(2):
        world.poll("a", **HTML)
    assert len(world.told()) == 2


def test_a_source_that_never_worked_is_not_said_to_have_changed(world: World) -> None:
    for _ in range(5):
        world.poll("a", **HTML)
    assert world.told() == []


def test_a_feed_that_is_gone_is_told_once_and_asked_on(world: World) -> None:
    world.poll("a", 1)
    for _ in range(3):
        world.poll("a", outcome=PollOutcome.GONE, status=410, error="the server answered 410: gone for good")
        world.now += DAY
    assert world.told() == ["a: its feed is gone"]
    assert world.row("a")["next_poll"] > "2026", "never dropped"


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("https://www.a.example/feed/", []),
        ("http://a.example/feed", []),
        ("https://new.example/feed", ["a: its feed has moved"]),
        ("https://a.example/rss.xml", ["a: its feed has moved"]),
    ],
)
def test_a_feed_that_has_moved_for_good_is_told_unless_only_https_or_www_are_new(
    world: World, address: str, told: list[str]
) -> None:
    for number in range(2):
        polled = Polled(
            "a", PollOutcome.CHANGED, world.now, FeedState(address), (Entry(f"{number}", "https://a.example/1"),)
        )
        asyncio.run(world.hub.polled(polled))
        assert world.told() == told


def test_trouble_with_feeds_is_muted_while_we_have_no_network(world: World) -> None:
    world.poll("a", 1)
    for _ in range(2):
        world.poll("a", **HTML)
    for name in NAMES:
        world.poll(name, outcome=PollOutcome.FAILED, error="the name of the host cannot be resolved", status=None)
    assert world.told() == ["the program has lost the network"]


def read(world: World, number: int, text: str, byline: tuple[str, ...] = ("Ann Author",)) -> None:
    world.now += HOUR
    world.poll("a", number)
    (fetch,) = world.hub.store.due_pages(world.now, 5)
    article = Article(fetch.url, "Title", text, published=world.now, byline=byline)
    world.hub.store.store_article(fetch, Reading(article), world.now)


def test_a_cookie_wall_that_is_taken_for_an_article_is_told_once(world: World) -> None:
    random, said = (
        Random(3),
        ["a: its articles have one text", "a: its articles lack fields", "a: its texts have another length"],
    )

    def text() -> str:
        return f"Words {random.random()} " * int(100 * random.lognormvariate(0, 0.5))

    for number in range(70):
        read(world, number, text())
        world.hub.compare()
    assert world.told() == []
    for number in range(70, 95):
        read(world, number, "We and our 742 partners value your privacy. " * 3, byline=())
        world.hub.compare()
    assert sorted(world.told()) == said
    assert {row["kind"] for row in world.hub.store.troubles()} == {"same_text", "fields", "length"}
    for number in range(95, 130):
        read(world, number, text())
        world.hub.compare()
    assert sorted(world.told()) == said
    assert world.hub.store.troubles() == [], "the episode has ended by itself"


def test_an_edited_article_is_fetched_again(world: World) -> None:
    world.poll("a", 1)
    store = world.hub.store
    (fetch,) = store.due_pages(world.now, 5)
    store.store_article(fetch, Reading(Article(fetch.url, text="Old.")), world.now)
    entry = Entry("a1", "https://a.example/1")
    polled = Polled("a", PollOutcome.CHANGED, world.now, FeedState("https://a.example/feed"), (entry,), carried=9)
    asyncio.run(world.hub.polled(polled))
    assert store.due_pages(world.now, 5) == []
    asyncio.run(world.hub.polled(replace(polled, entries=(replace(entry, edited=True),))))
    assert [page.url for page in store.due_pages(world.now, 5)] == [fetch.url]


def test_how_long_articles_took_is_measured(world: World) -> None:
    store = world.hub.store
    world.poll("a", 0)
    published = world.now
    for number in range(1, 21):
        entry = Entry(f"a{number}", f"https://a.example/{number}", published=published)
        polled = Polled("a", PollOutcome.CHANGED, world.now, FeedState(""), (entry,))
        world.now = published + timedelta(minutes=number)
        asyncio.run(world.hub.polled(polled))
        fetch = next(page for page in store.due_pages(world.now, 50) if page.url == entry.url)
        world.now += timedelta(seconds=30)
        article = store.store_article(fetch, Reading(Article(entry.url, published=published)), world.now)
    finding = Finding("islamic_state", Label.ACCOUNT, 0.9, tier="alert")
    account = store.save_mention(article, finding, Account("Karim"), Identity(None, ()), [], world.now)
    store.enqueue_alert(Alert("account-1", "account", world.now, account_id=account), ["mail"], world.now)
    (due,) = store.due_deliveries(world.now, "mail")
    store.record_sent(due, Sent(DeliveryState.SENT), None, world.now + timedelta(seconds=10))
    later = Alert(f"follow-up-{account}-{article}", "follow-up", world.now, account_id=account)
    store.enqueue_alert(later, ["mail"], world.now)
    rows = store._c.rows(
        "SELECT kind, article, channel, seen_seconds, delivered_seconds, alerted_seconds FROM alert_latency"
    )
    assert [tuple(row.values()) for row in rows] == [
        (
            "account",
            article,
            "mail",
            pytest.approx(1200, abs=0.1),
            pytest.approx(10, abs=0.1),
            pytest.approx(1240, abs=0.1),
        ),
        ("follow-up", article, "mail", pytest.approx(1200, abs=0.1), None, None),
    ]
    found = store.latencies()["a"]
    assert found["seen"] == {"articles": 20, "p50": 600.0, "p95": 1140.0}
    assert found["stored"] == {"articles": 20, "p50": 30.0, "p95": 30.0}
    assert found["alerted"] == {"articles": 1, "p50": 1240.0, "p95": 1240.0}


def test_ten_thousand_sources_share_a_budget_in_time(world: World) -> None:
    import time

    sources = [Source(f"s{n}", f"https://s{n}.example/feed") for n in range(10_000)]
    began = time.process_time()
    world.hub.store.sync_sources(sources, world.now)
    synced = time.process_time()
    assert world.hub._share(world.now) > 0
    world.hub.watch()
    assert synced - began < 5
    assert time.process_time() - synced < 1
