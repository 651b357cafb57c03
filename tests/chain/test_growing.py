"""A told case that grows, is judged, muted or routed: from a page to what a receiver gets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import alert_servers
import outlet
import pytest
from desk import Desk, desk

from config import AlertConfig, ReadConfig, RouteConfig
from delivery import Mute
from reading import Pool

Make = Callable[..., Desk]


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    with Pool(ReadConfig(workers=1), ("islamic_state",)) as running:
        yield running


@pytest.fixture
def make(tmp_path: Path, now: datetime, pool: Pool, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    monkeypatch.setenv("OUTSPOKEN_HOOK_SECRET", "a-secret")
    made: list[Desk] = []

    def new(url: str, routes: tuple[RouteConfig, ...] = (), **settings: Any) -> Desk:
        hook = {"type": "webhook", "url": url, "secret": "env:OUTSPOKEN_HOOK_SECRET"}
        here = desk(tmp_path / "outspoken.db", pool, now, AlertConfig(**settings), {"hook": hook})
        here.hub.config = here.hub.config.model_copy(update={"routes": routes})
        made.append(here)
        return here

    yield new
    for each in made:
        each.store.close()


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(work)


HEADLINE = "Two nights on foot: a medic leaves the caliphate behind"


async def first(here: Desk) -> None:
    await here.read("herald", {"https://herald.example/medic": outlet.account("medic", here.now - timedelta(hours=2))})


async def again(here: Desk, source: str = "mirror", title: str = HEADLINE) -> None:
    here.later(hours=1)
    await here.read(source, {f"https://{source}.example/medic": outlet.account("medic", here.now, title=title)})


def keys(here: Desk) -> list[str]:
    return [str(row[0]) for row in here.ask("SELECT key FROM alerts ORDER BY id")]


def test_a_further_outlet_makes_one_follow_up_and_never_the_account_again(make: Make) -> None:
    async def work(hooked: alert_servers.Web) -> None:
        here = make(hooked.url)
        await first(here)
        await here.courier.run_once()
        await again(here)
        await again(here, "review", "A medic tells of two nights on foot")
        assert keys(here)[0] == "account-1"
        assert [key.rpartition("-")[0] for key in keys(here)[1:]] == ["follow-up-1"] * 2
        for _ in range(3):
            await here.courier.run_once()
        assert len(hooked.got) == 1, "a webhook hears of a case once a day"
        here.later(days=1)
        await here.courier.run_once()
        account, follow_up = (got.json for got in hooked.got)
        assert (account["kind"], follow_up["kind"]) == ("account", "follow-up")
        assert {each["outlet"] for each in follow_up["carriers"]} == {"Herald", "Mirror", "Review"}
        assert "(3 outlets)" in follow_up["title"]
        assert follow_up["why_new"], "why it is the same case"
        here.later(days=9)
        assert await here.courier.run_once() == 0

    with alert_servers.web() as one:
        run(work(one))


def test_an_article_that_is_read_again_is_no_news(make: Make) -> None:
    async def work(hooked: alert_servers.Web) -> None:
        here = make(hooked.url)
        await first(here)
        here.later(hours=1)
        body = outlet.account(
            "medic", here.now, title="Updated: a medic leaves", canonical="https://herald.example/medic"
        )
        here.ask("UPDATE articles SET canonical_url = 'https://herald.example/medic' RETURNING 1")
        await here.read("mirror", {"https://mirror.example/copy": body})
        assert here.ask("SELECT count(*) FROM articles") == [(1,)]
        assert keys(here) == ["account-1"]

    with alert_servers.web() as one:
        run(work(one))


def test_what_an_analyst_rejected_makes_no_follow_up(make: Make) -> None:
    async def work(hooked: alert_servers.Web) -> None:
        here = make(hooked.url)
        await first(here)
        here.store.save_verdict(1, "not-account", "ada", here.now)
        await again(here)
        assert keys(here) == ["account-1"]
        assert here.store.accounts(tier="alert") == []

    with alert_servers.web() as one:
        run(work(one))


@pytest.mark.parametrize("settings", [{"follow_ups": False}, {}])
def test_follow_ups_can_be_switched_off(make: Make, settings: dict[str, Any]) -> None:
    async def work(hooked: alert_servers.Web) -> None:
        here = make(hooked.url, **settings)
        await first(here)
        await again(here)
        assert len(keys(here)) == (1 if settings else 2)

    with alert_servers.web() as one:
        run(work(one))


@pytest.mark.parametrize("snooze", [True, False])
def test_a_muted_source_is_stored_and_not_told_and_a_snoozed_one_is_told_later(make: Make, snooze: bool) -> None:
    async def work(hooked: alert_servers.Web) -> None:
        here = make(hooked.url)
        here.store.mute(Mute("source", "herald", here.now + timedelta(days=1) if snooze else None, "ada"), here.now)
        await first(here)
        await here.courier.run_once()
        assert (keys(here), len(hooked.got)) == (["account-1"], 0)
        here.later(days=1, minutes=1)
        await here.courier.run_once()
        assert len(hooked.got) == snooze

    with alert_servers.web() as one:
        run(work(one))


def test_a_route_decides_and_is_remembered(make: Make) -> None:
    async def work(hooked: alert_servers.Web) -> None:
        tagged = RouteConfig(name="herald daily", source=("herald",), channels=("hook",), pace="daily", at="08:00")
        here = make(hooked.url, (tagged,))
        await first(here)
        assert await here.courier.run_once() == 0
        assert here.ask("SELECT pace, route FROM deliveries") == [("daily", "herald daily")]
        here.now = replace_clock(here.now)
        await here.courier.run_once()
        assert len(hooked.got) == 1

    with alert_servers.web() as one:
        run(work(one))


def replace_clock(now: datetime) -> datetime:
    """The next day, at eight."""
    return (now + timedelta(days=1)).replace(hour=8, minute=0)


def test_a_route_to_nobody_stores_and_tells_nobody(make: Make) -> None:
    async def work(hooked: alert_servers.Web) -> None:
        here = make(hooked.url, (RouteConfig(channels=()),))
        await first(here)
        await here.courier.run_once()
        assert (keys(here), hooked.got) == (["account-1"], [])

    with alert_servers.web() as one:
        run(work(one))
