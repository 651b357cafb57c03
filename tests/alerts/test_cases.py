"""One case, one place: the courier with a real store and real servers, on a clock that the test moves."""

from __future__ import annotations

import asyncio
import email
import email.policy
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from alert_examples import ALERT, FOLLOW_UP, REPORT
from alert_servers import Mailbox, Reply, smtp, web
from slack_server import CHANNEL, TOKEN, slack_api

from alerts.channels import build
from config import AlertConfig
from courier import Courier
from db import Store
from delivery import Alert, Carrier, Going

ALERT_TABLE = {"type": "webhook", "secret": "env:HOOK_KEY", "timeout": 5}


@dataclass
class Post:
    """A store and a courier with one channel, "desk"."""

    store: Store
    now: datetime
    made: Courier | None = None
    channels: dict[str, Any] = field(default_factory=dict)

    def open(self, table: dict[str, Any], **settings: Any) -> Post:
        channel = build("desk", table)
        channel.turn.pace = 0
        if hasattr(channel, "clock") and table["type"] == "slack-bot":
            channel.clock = lambda: self.now
        self.made = Courier(self.store, {"desk": channel}, AlertConfig(**settings), lambda: self.now)
        return self

    def tell(self, alert: Alert, *going: str | Going) -> None:
        self.store.enqueue_alert(replace(alert, created=self.now), going or ["desk"], self.now)

    def later(self, **time: float) -> None:
        self.now += timedelta(**time)

    def send(self) -> int:
        assert self.made is not None
        return asyncio.run(self.made.run_once())

    def states(self) -> dict[str, str]:
        rows = self.store._c.rows(
            "SELECT a.key, d.state FROM deliveries d JOIN alerts a ON a.id = d.alert ORDER BY d.id"
        )
        return {row["key"]: row["state"] for row in rows}


@pytest.fixture
def post(tmp_path: Path, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Iterator[Post]:
    monkeypatch.setenv("HOOK_KEY", "key")
    monkeypatch.setenv("BOT_TOKEN", TOKEN)
    with Store.open(tmp_path / "outspoken.db") as store:
        for _ in range(20):
            store._c.insert("accounts", {"profile": "islamic_state", "created": "x", "tier": "alert"})
        yield Post(store, now)


def follow(number: int, outlets: int = 0, account: int = 17) -> Alert:
    """The follow-up that the `number`th further article makes."""
    more = tuple(Carrier(f"Outlet {n}", "", f"https://o{n}.example/") for n in range(outlets or number))
    key = f"follow-up-{account}-{number}"
    return replace(FOLLOW_UP, key=key, account_id=account, carriers=(*ALERT.carriers, *more))


def test_follow_ups_of_a_mail_hang_under_the_first_and_come_together(post: Post) -> None:
    box = Mailbox()
    with smtp(box) as port:
        table = {"type": "email", "host": "127.0.0.1", "port": port, "security": "none", "sender": "n@t.example"}
        post.open(table | {"to": ["a@x.example"]})
        post.tell(ALERT)
        post.send()
        for number in (1, 2, 3):
            post.tell(follow(number))
        assert post.send() == 0, "an hour lies between two mails on one case"
        post.later(minutes=61)
        post.send()
        post.send()
    first, second = (email.message_from_bytes(content, policy=email.policy.default) for _, content in box.got)
    assert second["In-Reply-To"] == first["Message-ID"]
    assert first["Message-ID"] in str(second["References"])
    assert str(first["References"]) in str(second["References"])
    assert str(second["Subject"]).split() == ["Re:", *str(first["Subject"]).split()]
    text = second.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "(5 outlets)" in text.partition("\n\n")[0]
    assert post.states() == {
        "account-17": "sent", "follow-up-17-1": "folded", "follow-up-17-2": "folded", "follow-up-17-3": "sent",
    }  # fmt: skip


def test_a_webhook_hears_once_a_day_and_what_cannot_edit_once(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    for account, (kind, expected) in enumerate((("webhook", 3), ("slack", 2), ("apprise", 2)), 17):
        with web(slack=kind == "slack") as server:
            monkeypatch.setenv("POST_URL", server.url.replace("http", "json") if kind == "apprise" else server.url)
            post.open(ALERT_TABLE | {"url": server.url} if kind == "webhook" else {"type": kind, "url": "env:POST_URL"})
            post.tell(replace(ALERT, key=f"account-{account}", account_id=account))
            post.send()
            for day in range(2):
                for each in range(3):
                    post.tell(follow(10 * day + each, account=account))
                    post.send()
                post.later(hours=25)
                post.send()
            assert len(server.got) == expected, kind
    assert "pending" not in post.states().values()


def test_nothing_overtakes_an_earlier_message_of_its_case(post: Post) -> None:
    with web(Reply(500), Reply(500)) as server:
        post.open(ALERT_TABLE | {"url": server.url}, backlog=50)
        post.tell(ALERT)
        post.send()
        post.later(days=2)
        post.tell(follow(1))
        post.tell(replace(ALERT, key="account-3", account_id=3))
        post.store._c.run("UPDATE deliveries SET next_try = ? WHERE alert = 1", "2999")
        post.send()
        assert [got.json["id"] for got in server.got] == ["account-17", "account-3"], "another case does not wait"
        post.store.retry_deliveries([1], post.now)
        post.later(minutes=10)
        for _ in range(4):
            post.send()
            post.later(days=1)
    sent = [got.json["id"] for got in server.got][2:]
    assert sent.index("account-17") < sent.index("follow-up-17-1")
    assert set(post.states().values()) == {"sent"}


def test_a_follow_up_waits_for_the_digest_that_holds_its_case(post: Post) -> None:
    with web(Reply(500)) as server:
        post.open(ALERT_TABLE | {"url": server.url})
        at = post.now + timedelta(hours=3)
        for number in (17, 18, 19):
            post.tell(replace(ALERT, key=f"account-{number}", account_id=number), Going("desk", at, "daily", "r"))
        post.tell(follow(1))
        assert post.send() == 0
        post.later(hours=3)
        post.send()
        post.send()
        assert [got.json["kind"] for got in server.got] == ["digest"], "which failed"
        for _ in range(4):
            post.later(days=2)
            post.send()
    assert [got.json["kind"] for got in server.got] == ["digest", "digest", "follow-up"]
    assert server.got[1].json["title"].startswith("Digest: Daily: 3 new accounts")


def test_a_slack_bot_edits_the_first_message(post: Post) -> None:
    with slack_api() as space:
        post.open({"type": "slack-bot", "token": "env:BOT_TOKEN", "channel": CHANNEL, "api": space.url})
        post.tell(ALERT)
        post.send()
        for number in (1, 2):
            post.later(minutes=10)
            post.tell(follow(number))
            post.send()
        post.later(days=2)
        post.tell(follow(3))
        post.send()
    first, reply = space.messages
    assert first["edits"] == 2
    assert "(4 outlets)" in first["text"]
    assert reply["thread_ts"] == first["ts"]


def test_what_goes_into_a_digest_comes_at_its_hour_in_one(post: Post) -> None:
    with web() as server:
        post.open(ALERT_TABLE | {"url": server.url})
        at = post.now + timedelta(hours=8)
        for number in range(40):
            post.tell(replace(ALERT, key=f"account-{number}", account_id=None), Going("desk", at, "daily"))
        post.tell(REPORT, Going("desk", at, "daily"))
        assert post.send() == 0
        post.later(hours=8)
        post.send()
        post.send()
    items = [item["id"] for got in server.got for item in got.json["items"]]
    assert [got.json["kind"] for got in server.got] == ["digest", "digest"]
    assert len(set(items)) == 41, "a digest holds thirty, so that all of them show"


def test_a_single_alert_makes_no_digest(post: Post) -> None:
    with web() as server:
        post.open(ALERT_TABLE | {"url": server.url})
        post.tell(ALERT, Going("desk", post.now, "daily"))
        post.send()
    assert server.got[0].json["kind"] == "account"


def test_what_could_not_go_out_for_hours_comes_as_one_digest(post: Post) -> None:
    with web(*[Reply(503)] * 3) as server:
        post.open(ALERT_TABLE | {"url": server.url}, backlog=50)
        for number in (1, 2, 3):
            post.tell(replace(ALERT, key=f"account-{number}", account_id=number))
        post.send()
        assert set(post.states().values()) == {"failed"}
        post.later(hours=7)
        post.send()
        post.send()
    assert [got.json["kind"] for got in server.got] == ["account"] * 3 + ["digest"]
    assert {item["id"] for item in server.got[3].json["items"]} == {"account-1", "account-2", "account-3"}


def test_an_unknown_outcome_is_never_hidden_in_a_digest(post: Post) -> None:
    with web(Reply(0), Reply(503)) as server:
        post.open(ALERT_TABLE | {"url": server.url}, backlog=50)
        for number in (1, 2):
            post.tell(replace(ALERT, key=f"account-{number}", account_id=number))
        post.send()
        post.later(hours=7)
        post.send()
    assert sorted(got.json["id"] for got in server.got[2:]) == ["account-1", "account-2"]


def test_a_channel_gets_no_more_than_it_may_in_an_hour(post: Post) -> None:
    with web() as server:
        post.open(ALERT_TABLE | {"url": server.url, "per_hour": 2}, backlog=50)
        for number in range(5):
            post.tell(replace(ALERT, key=f"account-{number}", account_id=None))
        post.tell(replace(ALERT, key="ops-1", kind="ops", account_id=None, account=None))
        for expected in (3, 3, 5):
            post.send()
            assert len(server.got) == expected
            if expected == 3:
                post.later(minutes=10 if post.now.minute == 30 else 61)
    assert server.got[0].json["kind"] == "ops"


def test_a_file_takes_every_alert_by_itself_and_repeats_none(post: Post, tmp_path: Path) -> None:
    path = tmp_path / "alerts.jsonl"
    post.open({"type": "file", "path": str(path)}, backlog=2)
    for number in range(9):
        post.tell(replace(ALERT, key=f"account-{number}", account_id=None))
    post.send()
    post.store._c.run("UPDATE deliveries SET state = 'sending' WHERE id IN (3, 5)")
    path.write_bytes(path.read_bytes() + b'{"id": "torn')
    post.store.recover(post.now)
    post.tell(replace(ALERT, key="account-9", account_id=None))
    post.send()
    lines = path.read_bytes().splitlines()
    ids = [json.loads(line)["id"] for line in lines if not line.endswith(b'"torn')]
    assert ids == [f"account-{number}" for number in range(10)]


def test_a_feed_holds_each_case_once_the_newest_first(post: Post, tmp_path: Path) -> None:
    import feedparser

    path = tmp_path / "alerts.atom"
    post.open({"type": "feed", "path": str(path), "keep": 3}, backlog=2)
    for number in (1, 2, 3, 17):
        post.tell(replace(ALERT, key=f"account-{number}", account_id=number))
        post.send()
    first = feedparser.parse(path.read_bytes())
    assert not first.bozo
    assert len(first.entries) == 3
    post.later(hours=2)
    post.tell(follow(1))
    post.send()
    feed = feedparser.parse(path.read_bytes())
    assert not feed.bozo
    assert len({entry.id for entry in feed.entries}) == 3
    assert feed.entries[0].id == first.entries[0].id
    assert "(3 outlets)" in feed.entries[0].title
    assert feed.entries[0].updated > feed.entries[0].published
    assert feed.entries[0].link == ALERT.article.url  # type: ignore[union-attr]


def test_a_new_channel_hears_what_was_told_and_the_others_nothing(post: Post) -> None:
    with web() as server:
        post.open(ALERT_TABLE | {"url": server.url}, backlog=50)
        for number in (1, 2):
            post.tell(replace(ALERT, key=f"account-{number}", account_id=number), "old")
        assert post.store.replay(post.now - timedelta(days=1), "desk", post.now) == 2
        assert post.store.replay(post.now - timedelta(days=1), "desk", post.now) == 0
        assert post.store.replay(post.now - timedelta(days=1), "old", post.now) == 0
        post.send()
    assert [got.json["id"] for got in server.got] == ["account-1", "account-2"]


def test_a_mail_that_was_folded_into_a_digest_still_has_a_thread(post: Post) -> None:
    box = Mailbox()
    with smtp(box) as port:
        table = {"type": "email", "host": "127.0.0.1", "port": port, "security": "none", "sender": "n@t.example"}
        post.open(table | {"to": ["a@x.example"]})
        for number in (17, 18):
            post.tell(replace(ALERT, key=f"account-{number}", account_id=number), Going("desk", post.now, "daily"))
        post.send()
        post.send()
        post.later(hours=2)
        post.tell(follow(1))
        post.send()
    digest, mail = (email.message_from_bytes(content) for _, content in box.got)
    assert mail["In-Reply-To"] == digest["Message-ID"]


def test_a_follow_up_that_tells_others_too_is_sent_after_a_crash(post: Post) -> None:
    with web() as server:
        post.open(ALERT_TABLE | {"url": server.url})
        post.tell(ALERT)
        post.send()
        for number in (1, 2):
            post.tell(follow(number))
        waiting = post.store.waiting_follow_ups(17, "desk")
        post.store.absorb(waiting[:1], waiting[1].alert.key, post.now)  # and here it is killed
        post.later(days=2)
        post.send()
    assert [got.json["id"] for got in server.got] == ["account-17", "follow-up-17-2"]


def test_a_digest_is_never_edited_into_one_of_its_cases(post: Post) -> None:
    with slack_api() as space:
        post.open({"type": "slack-bot", "token": "env:BOT_TOKEN", "channel": CHANNEL, "api": space.url})
        for number in (17, 18):
            post.tell(replace(ALERT, key=f"account-{number}", account_id=number), Going("desk", post.now, "daily"))
        post.send()
        post.send()
        post.later(minutes=5)
        post.tell(follow(1))
        post.send()
    digest, reply = space.messages
    assert (digest["edits"], reply["thread_ts"]) == (0, digest["ts"])
    assert "2 new accounts" in digest["text"]


def test_a_case_that_may_have_arrived_is_not_overtaken_after_an_outage(post: Post) -> None:
    with web(Reply(0), Reply(503)) as server:
        post.open(ALERT_TABLE | {"url": server.url}, backlog=50)
        post.tell(ALERT)
        post.tell(replace(ALERT, key="account-3", account_id=3))
        post.tell(follow(1))
        post.send()
        for _ in range(3):
            post.later(days=2)
            post.send()
    kinds = [(got.json["kind"], got.json["id"]) for got in server.got][2:]
    assert kinds.index(("account", "account-17")) < kinds.index(("follow-up", "follow-up-17-1"))
