"""What is told, to whom, how often: the chain from a poll to a real receiver, with a clock that the test moves."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import alert_servers
import outlet
import pytest
from alert_servers import Reply
from daemons import keys
from desk import Desk, desk

from config import AlertConfig, ReadConfig
from db import Store
from reading import Pool

Make = Callable[..., Desk]


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    with Pool(ReadConfig(workers=1), ("islamic_state",)) as running:
        yield running


@pytest.fixture
def make(tmp_path: Path, now: datetime, pool: Pool, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """Makes the desk of a test: settings of alerts, and the addresses of webhooks by their channels' names."""
    monkeypatch.setenv("OUTSPOKEN_HOOK_SECRET", "a-secret")
    made: list[Desk] = []

    def new(hooks: dict[str, str] | None = None, **settings: Any) -> Desk:
        tables = {name: hook(url) for name, url in (hooks or {}).items()}
        made.append(desk(tmp_path / "outspoken.db", pool, now, AlertConfig(**settings), tables))
        return made[-1]

    yield new
    for each in made:
        each.store.close()


def hook(url: str) -> dict[str, Any]:
    return {"type": "webhook", "url": url, "secret": "env:OUTSPOKEN_HOOK_SECRET", "timeout": 0.5}


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(work)


def pages(desk: Desk, *people: str, **age: float) -> dict[str, bytes]:
    """Pages with these people's accounts, published so long ago."""
    when = desk.now - timedelta(**(age or {"hours": 2}))
    return {f"https://herald.example/{who}": outlet.account(who, when) for who in people}


def surnames(desk: Desk) -> list[str]:
    """Who was told of, oldest first."""
    return [title.partition(":")[0].split()[-1] for title in desk.told()]


# --- old news --------------------------------------------------------------------------------------------------
def test_old_articles_of_a_first_poll_are_a_silent_baseline(make: Make) -> None:
    async def work() -> None:
        here = make()
        await here.read("herald", pages(here, "medic", days=30) | pages(here, "cook", hours=3))
        assert surnames(here) == ["Aslanov"]
        assert here.ask("SELECT told FROM accounts ORDER BY told") == [("alert",), ("baseline",)]

        here.later(hours=1)
        again = {"https://mirror.example/medic": outlet.account("medic", here.now, title="ISIS deserter speaks again")}
        await here.read("mirror", again)
        assert surnames(here) == ["Aslanov"], "who was known before the first poll is not new"
        assert here.ask("SELECT count(*) FROM mentions WHERE name = 'Yunus Haddad'") == [(2,)]

        here.later(days=9)
        await here.read("herald", pages(here, "guard", days=8))
        assert surnames(here) == ["Aslanov", "al-Ubaydi"], "old, but not yet there at the first poll: told after all"

    run(work())


def test_a_page_that_failed_at_the_first_poll_is_still_baseline_when_it_comes(make: Make) -> None:
    async def work() -> None:
        here = make()
        await here.poll("herald", pages(here, "medic", days=30))
        here.later(days=3)
        assert await here.fetch() == 1
        assert surnames(here) == []

    run(work())


# --- floods ----------------------------------------------------------------------------------------------------
def test_a_backlog_after_downtime_is_folded_into_one_digest(make: Make) -> None:
    async def work(first: alert_servers.Web, second: alert_servers.Web) -> None:
        here = make({"first": first.url, "second": second.url}, backlog=2)
        await here.read("herald", pages(here, *outlet.PEOPLE))
        assert len(surnames(here)) == len(outlet.PEOPLE)
        await here.courier.run_once()
        assert [got.json["kind"] for got in first.got] == ["account"] * 2
        await here.courier.run_once()
        assert len(first.got) == 2, "the rest waits until the flood is over"
        here.later(seconds=61)
        for _ in range(3):
            await here.courier.run_once()
        for hooked in (first, second):
            assert [got.json["kind"] for got in hooked.got] == ["account", "account", "digest"]
            told = {got.json["account"]["name"] for got in hooked.got[:2]}
            items = [item["account"]["name"] for item in hooked.got[2].json["items"]]
            assert len(items) == len(set(items)) == len(outlet.PEOPLE) - 2
            assert told | set(items) == {person[0] for person in outlet.PEOPLE.values()}
            assert len(set(keys(hooked))) == 3
        states = dict(here.ask("SELECT state, count(*) FROM deliveries GROUP BY state"))
        assert states == {"sent": 6, "folded": 2 * (len(outlet.PEOPLE) - 2)}

        here.later(minutes=15)
        await here.read("mirror", {"https://mirror.example/late": late(here)})
        await here.courier.run_once()
        assert first.got[-1].json["kind"] == "account", "afterwards everything goes out at once again"
        assert len(first.got) == 4

    with alert_servers.web() as one, alert_servers.web() as two:
        run(work(one, two))


def late(desk: Desk) -> bytes:
    return outlet.account("medic", desk.now).replace(b"Yunus Haddad", b"Emre Yildiz").replace(b"Haddad", b"Yildiz")


# --- channels --------------------------------------------------------------------------------------------------
def test_a_dead_channel_is_given_up_and_the_others_hear_of_it(make: Make) -> None:
    async def work(good: alert_servers.Web) -> None:
        dead = f"http://127.0.0.1:{alert_servers.refused_port()}/"
        here = make({"dead": dead, "good": good.url}, attempts=3)
        await here.read("herald", pages(here, "medic"))
        for attempt in (1, 2, 3):
            await here.courier.run_once()
            ((tried, state),) = here.ask("SELECT attempts, state FROM deliveries WHERE channel = 'dead'")
            assert (tried, state) == (attempt, "dead" if attempt == 3 else "failed")
            assert len(good.got) == 1
            here.later(minutes=10)
        await here.courier.run_once()
        assert [got.json["kind"] for got in good.got] == ["account", "ops"]
        assert "dead did not take the alert" in good.got[1].json["text"]
        assert "outspoken alerts list" in good.got[1].json["text"]
        here.later(days=2)
        await here.courier.run_once()
        assert len(good.got) == 2
        assert here.ask("SELECT count(*) FROM alerts WHERE kind = 'ops'") == [(1,)], (
            "nobody is told of the ops' trouble"
        )

        here.store.retry_deliveries(None, here.now)
        await here.courier.run_once()
        assert here.ask("SELECT attempts, state FROM deliveries WHERE channel = 'dead'") == [(1, "failed")]

    with alert_servers.web() as hooked:
        run(work(hooked))


def test_a_channel_is_not_asked_before_the_time_that_it_names(make: Make) -> None:
    async def work(hooked: alert_servers.Web) -> None:
        here = make({"busy": hooked.url})
        await here.read("herald", pages(here, "medic"))
        await here.courier.run_once()
        here.later(seconds=590)
        assert await here.courier.run_once() == 0
        here.later(seconds=11)
        assert await here.courier.run_once() == 1
        assert here.ask("SELECT state, attempts FROM deliveries") == [("sent", 2)]
        assert len(set(keys(hooked))) == 1

    with alert_servers.web(Reply(429, headers={"Retry-After": "600"})) as one:
        run(work(one))


def test_an_answer_that_never_came_is_unknown_and_the_repeat_carries_the_same_key(make: Make) -> None:
    async def work(hooked: alert_servers.Web) -> None:
        here = make({"slow": hooked.url})
        await here.read("herald", pages(here, "medic"))
        await here.courier.run_once()
        assert here.ask("SELECT state FROM deliveries") == [("unknown",)]
        assert here.store.deliveries("unknown")[0]["error"]
        here.later(minutes=1)
        await here.courier.run_once()
        assert here.ask("SELECT state FROM deliveries") == [("sent",)]
        assert len(hooked.got) == 2
        assert len(set(keys(hooked))) == 1
        assert hooked.got[0].body == hooked.got[1].body

    with alert_servers.web(Reply(slow=True)) as one:
        run(work(one))


def test_what_a_crash_left_in_the_middle_of_sending_is_unknown_and_due(make: Make, tmp_path: Path) -> None:
    async def work() -> None:
        here = make({"hook": "http://127.0.0.1:1/"})
        await here.read("herald", pages(here, "medic"))
        (due,) = here.store.due_deliveries(here.now, "hook")
        here.store.mark_sending(due, here.now)
        with Store.open(tmp_path / "outspoken.db") as after:
            assert after.recover(here.now) == 1
            (row,) = after.deliveries("unknown")
            assert row["error"] == "the program ended while it was being sent"
            assert [each.alert.key for each in after.due_deliveries(here.now, "hook")] == [due.alert.key]

    run(work())


# --- reports and reprints ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("wanted", [True, False])
def test_a_report_is_told_once_a_story_where_reports_are_wanted(make: Make, wanted: bool) -> None:
    async def work() -> None:
        here = make(reports=wanted)
        story = "study-of-two-hundred-files"
        await here.read("herald", {"https://herald.example/study": outlet.of(story, here.now)})
        here.later(hours=1)
        reprint = outlet.of(story, here.now, title="What 214 court files say on people who left ISIS")
        await here.read("mirror", {"https://mirror.example/study": reprint})
        kinds = here.ask("SELECT kind, count(*) FROM alerts GROUP BY kind")
        assert kinds == ([("report", 1)] if wanted else [])
        assert here.ask("SELECT count(DISTINCT story) FROM articles") == [(1,)]

    run(work())


def test_a_reprint_under_another_headline_is_not_told_as_new(make: Make) -> None:
    async def work() -> None:
        here = make(follow_ups=False) if "follow_ups" in AlertConfig.model_fields else make()
        await here.read("herald", pages(here, "medic"))
        here.later(hours=5)
        reprint = outlet.account("medic", here.now, title="Two nights on foot: a medic leaves the caliphate behind")
        await here.read("mirror", {"https://mirror.example/two-nights": reprint})
        assert surnames(here) == ["Haddad"]
        assert here.ask("SELECT count(*) FROM accounts") == [(1,)]
        assert here.ask("SELECT count(*) FROM mentions") == [(2,)]
        ((reasons,),) = here.ask("SELECT reasons FROM merges")
        assert reasons != "[]"

    run(work())


def test_one_article_at_two_addresses_is_one_article(make: Make) -> None:
    async def work() -> None:
        here = make()
        one = "https://herald.example/medic"
        body = outlet.account("medic", here.now, canonical=one)
        await here.read("herald", {one: body})
        await here.read("mirror", {"https://short.example/x1": body})
        assert here.ask("SELECT canonical_url FROM articles") == [(one,)]
        assert here.ask("SELECT count(*) FROM accounts") == [(1,)]
        assert len(here.told()) == 1
        assert here.ask("SELECT count(*) FROM pages") == [(0,)]

    run(work())


# --- people ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("order", [("cook", "unnamed"), ("unnamed", "cook")])
def test_an_unnamed_person_and_a_named_one_stay_two(make: Make, order: tuple[str, str]) -> None:
    async def work() -> None:
        here = make()
        for number, who in enumerate(order):
            here.later(hours=1)
            await here.read("herald", {f"https://herald.example/{number}": outlet.account(who, here.now)})
        assert here.ask("SELECT count(*), count(DISTINCT account) FROM mentions") == [(2, 2)]
        assert len(here.told()) == 2
        assert sum(title.startswith("An unnamed person") for title in here.told()) == 1

    run(work())


def test_two_unnamed_people_stay_two(make: Make) -> None:
    async def work() -> None:
        here = make()
        piece = outlet.piece("the-patrol-officer-who-will-not-give-a-name")
        await here.read("herald", {"https://herald.example/tailor": outlet.account("unnamed", here.now)})
        await here.read(
            "mirror", {"https://mirror.example/patrol": outlet.page(piece.title, piece.paragraphs, here.now)}
        )
        assert here.ask("SELECT count(*) - count(DISTINCT account) FROM mentions") == [(0,)]

    run(work())
