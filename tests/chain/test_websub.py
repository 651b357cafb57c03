"""WebSub: a real hub pushes to a real daemon; hubs that lie, replay, flood or stay silent do no harm."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import alert_servers
import httpx
import outlet
import pytest
from daemons import QUICK, ask, count, daemon, hook, until
from hub import hub
from loopback import serve

import websub
from config import Config, WebSubConfig
from db import Store
from db.pushes import Subscription
from model import Entry, FeedState, Polled, PollOutcome, Source
from pipeline import Hub
from serving import Server
from spiders import feeds

SOURCE = '[[source]]\nname = "herald"\nurl = "{}"\nallow_private = true\ninterval = "1h"\n'
WEBSUB = '[websub]\ncallback = "http://127.0.0.1:{0}/websub"\nlisten = "127.0.0.1:{0}"\n'


# --- with a hub of somebody else's -----------------------------------------------------------------------------
@pytest.mark.parametrize("method", ["sha1", "sha256", "sha384", "sha512"])
def test_what_a_hub_pushes_is_read_and_told_without_another_poll(tmp_path: Path, method: str) -> None:
    database, port, now = tmp_path / "outspoken.db", alert_servers.refused_port(), datetime.now(UTC)
    with hub(tmp_path, SIGNATURE_ALGORITHM=method) as pushing, serve({}) as site, alert_servers.web() as desk:
        topic = f"{site.url}/feed"
        links = {"Link": f'<{pushing.url}>; rel="hub", <{topic}>; rel="self"'}

        def show(*slugs: str) -> None:
            pages = {f"/{who}": outlet.account(who, now) if who == "medic" else outlet.of(who, now) for who in slugs}
            site.answers |= outlet.answers(site.url, pages)
            site.answers["/feed"] = replace(site.answers["/feed"], headers=outlet.RSS | links)

        show("beirut-tram")
        (tmp_path / "sources.toml").write_text(SOURCE.format(topic), "utf-8")
        (tmp_path / "outspoken.toml").write_text(QUICK + WEBSUB.format(port) + hook("desk", desk.url), "utf-8")
        with daemon(tmp_path):
            until(lambda: count(database, "subscriptions WHERE state = 'active'"), what="the hub's verification")
            until(lambda: pushing.subscribers(topic), what="the hub's own note of it")
            show("beirut-tram", "medic")
            pushing.push(topic)
            until(lambda: desk.got, what="the alert")
        assert [got.json["kind"] for got in desk.got] == ["account"]
    assert count(database, "polls") == 1, "the second article came by the hub alone"
    (row,) = ask(database, "SELECT pushes, articles, rejected, missed, expires > asked FROM push_health")
    assert row == (1, 1, 0, None, 1)
    assert ask(database, "SELECT token || secret FROM subscriptions")[0][0] not in (tmp_path / "log.txt").read_text()


# --- hubs that do not keep to the rules ------------------------------------------------------------------------
@dataclass
class World:
    """A store with a source whose feed names a hub, and the server that hubs reach, with a clock that the test sets."""

    store: Store
    hub: Hub
    now: datetime
    answered: list[Any]

    def poll(self, *numbers: int, published: datetime | None = None, **about: Any) -> None:
        entries = tuple(
            Entry(f"{n}", f"https://a.example/{n}", published=published or self.now - timedelta(hours=1))
            for n in numbers
        )
        about = {"hub": "https://hub.example/", "topic": "https://a.example/feed"} | about
        polled = Polled("a", PollOutcome.CHANGED, self.now, FeedState("https://a.example/feed"), entries, 200, **about)
        asyncio.run(self.hub.polled(polled))

    def health(self) -> dict[str, Any]:
        (row,) = self.store.subscriptions()
        return row

    @property
    def subscription(self) -> Subscription:
        token = self.store._c.rows("SELECT token FROM subscriptions")[0]["token"]
        found = self.store.subscription(token, self.now)
        assert found is not None
        return found

    def visit(self, *visits: Callable[[httpx.AsyncClient, str], Awaitable[httpx.Response]]) -> list[int]:
        """What the server answers to visitors, who get its address."""

        async def work() -> list[httpx.Response]:
            made = websub.server(WebSubConfig(callback="https://us.example/websub"), self.store, lambda: self.now)
            assert made is not None
            server = Server(made.desk, "127.0.0.1:0", made.setting, made.most)
            url = f"http://127.0.0.1:{await server.start()}/websub/"
            async with httpx.AsyncClient() as client:
                found = [await each(client, url) for each in visits]
            await server.close()
            return found

        self.answered = asyncio.run(work())
        return [answer.status_code for answer in self.answered]

    def ask_hub(self) -> None:
        self.store.asked_hub("a", self.now + timedelta(hours=1), "", self.now)

    def activate(self) -> None:
        self.ask_hub()
        assert self.visit(verification(self.subscription.token)) == [200]
        self.now += timedelta(minutes=20)


@pytest.fixture
def world(tmp_path: Path, now: datetime) -> Iterator[World]:
    with Store.open(tmp_path / "outspoken.db") as store:
        store.sync_sources([Source("a", "https://a.example/feed")], now)
        made = World(store, Hub(store, Config(), None, ("ops",)), now, [])  # type: ignore[arg-type]
        made.hub.clock = lambda: made.now
        made.poll(1, 2, 3)
        yield made


def verification(token: str, **changed: str) -> Callable[[httpx.AsyncClient, str], Awaitable[httpx.Response]]:
    told = {
        "mode": "subscribe",
        "topic": "https://a.example/feed",
        "challenge": "c-1",
        "lease_seconds": "86400",
    } | changed
    query = urlencode({f"hub.{key}": value for key, value in told.items()})
    return lambda client, url: client.get(f"{url}{token}?{query}")


def feed(*urls: str) -> bytes:
    return outlet.feed({url: f"Title of {url}" for url in urls})


def push(token: str, body: bytes, secret: str, method: str = "sha256", signature: str | None = None) -> Any:
    made = f"{method}={hmac.new(secret.encode(), body, method if method in websub.METHODS else 'md5').hexdigest()}"
    headers = {"X-Hub-Signature": made if signature is None else signature, "Content-Type": "application/rss+xml"}
    return lambda client, url: client.post(f"{url}{token}", content=body, headers=headers)


def test_a_verification_is_answered_where_we_asked_and_only_there(world: World) -> None:
    token = world.subscription.token
    assert world.visit(verification(token)) == [404], "nobody had asked"
    world.ask_hub()
    lies = (
        verification("guessed"),
        verification(token, topic="https://b.example/feed"),
        verification(token, mode="unsubscribe"),
        verification(token, lease_seconds="-5"),
        verification(token, challenge=""),
    )
    assert world.visit(*lies) == [404] * len(lies)
    assert world.health()["state"] == "named"
    assert world.visit(verification(token)) == [200]
    assert world.answered[0].text == "c-1"
    assert world.health()["state"] == "active"
    world.now += timedelta(hours=2)
    assert world.visit(verification(token)) == [404], "long after"


def test_a_lease_is_renewed_before_it_ends_and_believed_within_bounds(world: World) -> None:
    world.activate()
    assert world.store.due_subscriptions(world.now, 5) == []
    world.now += timedelta(hours=20)
    assert [each.source.name for each in world.store.due_subscriptions(world.now, 5)] == ["a"]
    assert world.subscription.active
    world.now += timedelta(days=1)
    assert not world.subscription.active, "it has ended"
    world.ask_hub()
    world.visit(verification(world.subscription.token, lease_seconds="99999999999"))
    assert datetime.fromisoformat(world.health()["expires"]) - world.now <= websub.LONGEST


def test_a_hub_that_refuses_is_asked_again_after_a_day(world: World) -> None:
    world.ask_hub()
    refusal = verification(world.subscription.token, mode="denied", reason="no\nroom")
    assert world.visit(refusal) == [200]
    assert (world.health()["state"], world.health()["why"]) == ("denied", "its hub refuses: no room")
    assert world.store.due_subscriptions(world.now + timedelta(hours=23), 5) == []
    assert world.store.due_subscriptions(world.now + timedelta(hours=25), 5)


def test_what_is_signed_is_taken_and_what_is_not_is_dropped(world: World) -> None:
    world.activate()
    token, secret, body = world.subscription.token, world.subscription.secret, feed("https://a.example/new")
    bad = (
        push(token, body, secret, signature=""),
        push(token, body, "another secret"),
        push(token, body, secret, "md5"),
        push(token, body, secret, signature="sha256=" + hashlib.sha256(body).hexdigest()),
        push(token, body, secret, signature="sha256="),
    )
    assert world.visit(*bad) == [403] * len(bad)
    assert world.store.pending_pages() == 3
    assert world.health()["rejected"] == len(bad)
    assert world.visit(push(token, body, secret), push("guessed", body, secret)) == [200, 404]
    assert world.store.pending_pages() == 4
    assert (world.health()["pushes"], world.health()["articles"]) == (1, 1)


def test_a_replay_changes_nothing(world: World) -> None:
    world.activate()
    token, secret = world.subscription.token, world.subscription.secret
    same = push(token, feed("https://a.example/new"), secret)
    assert world.visit(same, same, same) == [200] * 3
    assert world.health()["pushes"] == 1
    pushed = world.health()["last_push"]
    world.now += timedelta(hours=1)
    assert world.visit(same) == [200], "in a process that does not know it any more"
    assert world.store.pending_pages() == 4
    assert world.health()["last_push"] == pushed, "it is no sign of life"


def test_a_flood_is_held_off(world: World) -> None:
    world.activate()
    token, secret = world.subscription.token, world.subscription.secret
    many = feed(*(f"https://a.example/flood-{n}" for n in range(500)))
    assert world.visit(push(token, many, secret)) == [200]
    assert world.store.pending_pages() == 3 + websub.ENTRIES
    assert world.visit(push(token, b" " * (websub.BODY + 1), secret)) == [413]
    small = [push(token, feed(f"https://a.example/{n}"), secret) for n in range(websub.PUSHES + 5)]
    assert world.visit(*small)[-6:] == [200] + [429] * 5


def test_articles_of_other_sites_and_what_is_no_feed_are_not_taken(world: World) -> None:
    world.activate()
    token, secret = world.subscription.token, world.subscription.secret
    foreign = feed("https://evil.example/1", "http://127.0.0.1/admin", "https://a.example/own")
    assert world.visit(push(token, foreign, secret), push(token, b"<html><body>hello", secret)) == [200, 400]
    assert world.store._c.rows("SELECT url FROM pages ORDER BY id DESC LIMIT 1") == [{"url": "https://a.example/own"}]
    assert world.store.pending_pages() == 4


def test_nothing_is_taken_before_the_hub_has_verified_or_after_the_lease(world: World) -> None:
    token, secret = world.subscription.token, world.subscription.secret
    assert world.visit(push(token, feed("https://a.example/new"), secret)) == [404]
    world.activate()
    world.now += timedelta(days=2)
    assert world.visit(push(token, feed("https://a.example/new"), secret)) == [404]


# --- polls beside pushes ---------------------------------------------------------------------------------------
def wait(world: World) -> timedelta:
    (row,) = world.store.status(world.now)
    return datetime.fromisoformat(row["next_poll"]) - world.now


def test_a_source_whose_hub_pushes_is_polled_seldom_and_as_usual_where_a_push_was_missed(world: World) -> None:
    world.poll(1, 2, 3)
    usual = wait(world)
    world.activate()
    world.poll(1, 2, 3)
    assert wait(world) < 1.5 * usual, "it has not pushed anything yet"
    world.visit(push(world.subscription.token, feed("https://a.example/new"), world.subscription.secret))
    world.now += timedelta(minutes=30)
    world.poll(1, 2, 3)
    assert wait(world) > 2 * usual
    (row,) = world.store.status(world.now)
    assert row["because"].endswith("seldom, since its hub pushes")
    world.now += timedelta(minutes=30)
    world.poll(1, 2, 3, 4, published=world.now - timedelta(minutes=1))
    assert world.health()["missed"] is None, "its push may be under way"
    world.poll(1, 2, 3, 4, 5)
    assert world.health()["missed"] is not None
    assert wait(world) < 1.5 * usual
    world.now += timedelta(days=1, minutes=1)
    world.ask_hub()
    world.visit(verification(world.subscription.token))
    world.poll(1, 2, 3, 4, 5)
    assert wait(world) > 2 * usual, "a day without another one"


def test_another_hub_is_asked_anew_and_none_ends_it(world: World) -> None:
    world.activate()
    old = world.subscription
    world.poll(1, 2, 3, hub="https://other.example/")
    assert (world.health()["hub"], world.health()["state"]) == ("https://other.example/", "named")
    assert world.subscription.secret != old.secret
    world.poll(1, 2, 3, hub=None)
    assert world.store.subscriptions(), "a poll that did not see the feed says nothing"
    world.poll(1, 2, 3, hub="")
    assert world.store.subscriptions() == []


def test_a_hub_without_https_or_at_a_private_address_is_not_asked(world: World) -> None:
    world.poll(1, 2, 3, hub="http://hub.example/")
    assert "not reached by https" in websub.unfit(world.subscription)
    from crawling import crawl

    from spiders.subscribing import Ask

    with serve({}) as private:
        (said,) = crawl(
            "subscribe", [Ask(Source("a", "https://a.example/feed"), f"{private.url}/hub", {"hub.mode": "x"})]
        )
        assert private.asked == []
    assert "is a private, loopback or otherwise reserved address" in said


@pytest.mark.parametrize(
    ("body", "hub_", "topic"),
    [
        (
            b'<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>t</title>'
            b'<atom:link rel="hub" href="https://hub.example/"/><atom:link rel="self" href="/own.xml"/></channel></rss>',
            "https://hub.example/",
            "https://a.example/own.xml",
        ),
        (
            b'<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title><link rel="hub" href="https://hub.example/a"/></feed>',
            "https://hub.example/a",
            "",
        ),
        (
            b'{"version": "https://jsonfeed.org/version/1.1", "items": [], "feed_url": "https://a.example/f.json",'
            b' "hubs": [{"type": "rssCloud", "url": "x"}, {"type": "WebSub", "url": "https://hub.example/"}]}',
            "https://hub.example/",
            "https://a.example/f.json",
        ),
        (b'<rss version="2.0"><channel><title>t</title><link>https://a.example/</link></channel></rss>', "", ""),
    ],
)
def test_hubs_are_found_in_feeds_of_every_kind(body: bytes, hub_: str, topic: str, now: datetime) -> None:
    found = feeds.parse(body, "", "https://a.example/feed", now)
    assert found is not None
    assert (found.hub, found.topic) == (hub_, topic)
