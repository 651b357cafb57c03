"""A database of invented people, and the site over it, really served on loopback."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import httpx

from config import WebConfig
from db import Store
from model import (
    Account,
    Article,
    Entry,
    Evidence,
    FeedState,
    Finding,
    Identity,
    Label,
    NearMiss,
    Polled,
    PollOutcome,
    Reading,
    Source,
    StoryMatch,
    Why,
)
from web.access import Access

HERALD = Source("herald", "https://herald.example/feed", outlet="The Herald")
COURIER = Source("courier", "https://courier.example/feed", outlet="The Courier")
WHY = (Why("title_says", 0.6, "A guard speaks"), Why("captured", -0.4, "He was caught once."), Why("bias", -0.5))
SURE = Finding("islamic_state", Label.ACCOUNT, 0.97, why=WHY, tier="alert")
UNSURE = Finding("islamic_state", Label.NONE, 0.4, why=WHY, tier="review")
TEXT = """\
Karim guarded a bridge at the edge of the town for seven months.

“I left when they shot my neighbour,” he says. He is 28 and comes from Lyon. The Zürich paper had asked him before."""
ROLE, AGE = TEXT.split("\n\n", maxsplit=1)[0], "He is 28 and comes from Lyon."
EVIL_NAME = "<script>alert(1)</script>\N{RIGHT-TO-LEFT OVERRIDE}mirak"
EVIL_TITLE = '"><img src=x onerror="document.title=1"> {{ 7*7 }}'
EVIL_TEXT = "</mark><script>document.title='owned'</script><b>I left.</b> \N{RIGHT-TO-LEFT OVERRIDE}txet neddih"
ARABIC = "وقال كريم إنه ترك التنظيم بعد عام واحد. كان حارسا على جسر."


def proof(field_: str, sentence: str) -> Evidence:
    start = TEXT.index(sentence)
    return Evidence(field_, sentence, start, start + len(sentence))


KARIM = Account(
    "Karim", "pseudonym", "islamic_state", "guard", "FR", "male", 28, "defected", ("brutality", "conditions"),
    ROLE, ("I left when they shot my neighbour,",), ("Abu Yusuf",),
    (proof("role", ROLE), proof("age", AGE), proof("nationality", AGE)), 0.97,
)  # fmt: skip
LEYLA = Account(
    "Leyla Demir", "real", "islamic_state", "nurse", "TR", "female", 31, "returned", ("un_islamic",), "Leyla left.",
    score=0.4,
)  # fmt: skip
EVIL = Account(EVIL_NAME, "real", "islamic_state", "<i>cook</i>", "DE", "male", evidence="<b>I left.</b>", score=0.6)
KAREEM = Account("كريم", "pseudonym", "islamic_state", "حارس", "SY", "male", evidence=ARABIC, score=0.8)
TWIN = Account("Karim B.", "pseudonym", "islamic_state", "guard", "FR", "male", 29, evidence="I guarded a bridge.")


@dataclass
class People:
    """Fills a store; accounts by a short name."""

    store: Store
    now: datetime
    accounts: dict[str, int] = field(default_factory=dict)
    _count: int = 0

    def tell(
        self, key: str, person: Account, finding: Finding = SURE, source: Source = HERALD, *, title: str = "A guard speaks",
        text: str = TEXT, language: str = "en", known: Identity | None = None,
    ) -> int:  # fmt: skip
        """Store an article that tells of a person; returns the mention's account."""
        self._count += 1
        at = self.now - timedelta(days=40 - self._count)
        url = f"https://{source.name}.example/{self._count}"
        state = FeedState(source.url)
        self.store.record_polled(Polled(source.name, PollOutcome.CHANGED, at, state, (Entry(url, url),)), at, at)
        fetch = next(each for each in self.store.due_pages(self.now, 50) if each.url == url)
        article = Article(url, title, text, url, ("Ann Writer",), at, outlet=source.outlet, language=language)
        number = self.store.store_article(fetch, Reading(article), at)
        self.store.save_finding(number, finding)
        self.store.save_story(
            number, StoryMatch(1 if key == "reprint" else None, reason="the same text"), [self._count]
        )
        decided = known or Identity(None, ("nobody has this name",))
        account = self.store.save_mention(number, finding, person, decided, [key], at)
        self.accounts[key] = account
        return account


def fill(path: Path, now: datetime) -> dict[str, int]:
    """The people of all tests; returns their accounts' numbers."""
    with Store.open(path) as store:
        store.sync_sources([HERALD, COURIER, Source("mute", "https://mute.example/feed")], now)
        people = People(store, now)
        karim = people.tell("karim", KARIM)
        people.tell("karim", KARIM, source=COURIER, known=Identity(karim, ("same name", "same age"), 0.9))
        people.tell("leyla", LEYLA, UNSURE, title="A nurse comes home", text="Leyla left. She worked in a ward.")
        people.tell("evil", EVIL, UNSURE, title=EVIL_TITLE, text=EVIL_TEXT)
        people.tell("arabic", KAREEM, title="حارس يتحدث", text=ARABIC, language="ar")
        near = (NearMiss(karim, 0.6, "one is 28, the other 29 years old"),)
        people.tell("twin", TWIN, source=COURIER, text="I guarded a bridge.", known=Identity(None, (), near=near))
        store.mark_told(karim, "alert", now)
    return people.accounts


@dataclass
class Served:
    """A site that answers at `url`; `client` is a browser without a screen."""

    url: str
    path: Path
    accounts: dict[str, int]

    def client(self, **headers: str) -> httpx.Client:
        return httpx.Client(base_url=self.url, headers=headers, trust_env=False)

    def store(self) -> Store:
        return Store.open(self.path, readonly=True)


@contextmanager
def serve(path: Path, now: datetime, accounts: dict[str, int] | None = None, **config: object) -> Iterator[Served]:
    """Serve a database until the end of the block."""
    import uvicorn

    from web import server
    from web.site import Site

    table = WebConfig.model_validate(config)
    made = server.listen("127.0.0.1", 0)
    site = Site(path, Access.of(table, "outspoken.toml"), lambda: now)
    running = uvicorn.Server(server.settings(site))
    thread = threading.Thread(target=running.run, kwargs={"sockets": [made]}, daemon=True)
    thread.start()
    while not running.started:
        time.sleep(0.01)
    try:
        yield Served(server.url(made).rstrip("/"), path, accounts or {})
    finally:
        running.should_exit = True
        thread.join(10)
        site.close()
        made.close()


def token(client: httpx.Client, page: str = "/-/review") -> str:
    """The token of a page's forms; the client keeps the cookie that goes with it."""
    found = re.search(r'name="csrftoken" value="([^"]+)"', client.get(page).text)
    assert found, f"{page} has no form"
    return found[1]
