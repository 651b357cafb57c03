"""The whole chain in this process, without the network: what was polled and fetched goes in, alerts come out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from alerts.channels import build
from config import AlertConfig, ArchiveConfig, Config
from courier import Courier
from db import Store
from model import Entry, FeedState, Fetched, Page, Polled, PollOutcome, Source
from pipeline import Hub
from reading import Pool


@dataclass
class Desk:
    """A store, a hub and a courier that share a clock; `pages` is what lies at each address."""

    store: Store
    hub: Hub
    courier: Courier
    now: datetime
    pages: dict[str, bytes] = field(default_factory=dict)

    def clock(self) -> datetime:
        return self.now

    def later(self, **time: float) -> None:
        """Let time pass."""
        self.now += timedelta(**time)

    async def poll(self, source: str, pages: Mapping[str, bytes]) -> None:
        """A poll of a source finds these pages, by address."""
        self.pages |= pages
        entries = tuple(Entry(url, url, title=f"Entry {url}") for url in pages)
        state = FeedState(f"https://{source}.example/feed")
        await self.hub.polled(Polled(source, PollOutcome.CHANGED, self.now, state, entries))

    async def fetch(self) -> int:
        """Fetch and read all that is due, one page after the other; how many there were."""
        due = self.hub.pages()
        for fetch in due:
            page = Page(fetch.url, self.pages[fetch.url], {"content-type": "text/html"}, fetched=self.now)
            await self.hub.fetched(Fetched(fetch, self.now, page, 200))
        return len(due)

    async def read(self, source: str, pages: Mapping[str, bytes]) -> None:
        """Poll and fetch."""
        await self.poll(source, pages)
        await self.fetch()

    def ask(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Rows of a query."""
        return [tuple(row.values()) for row in self.store._c.rows(sql, *values)]

    def told(self) -> list[str]:
        """Titles of the alerts, oldest first."""
        return [str(row[0]) for row in self.ask("SELECT title FROM alerts ORDER BY id")]


def desk(
    path: Path,
    pool: Pool,
    now: datetime,
    settings: AlertConfig | None = None,
    channels: Mapping[str, Mapping[str, Any]] | None = None,
    sources: Sequence[str] = ("herald", "mirror", "review"),
) -> Desk:
    """A desk with a new database; `channels` are tables as in `outspoken.toml`."""
    config = Config(alerts=settings or AlertConfig(), archive=ArchiveConfig(folder=path.parent / "archive"))
    built = {name: build(name, table) for name, table in (channels or {}).items()}
    store = Store.open(path)
    store.sync_sources([Source(name, f"https://{name}.example/feed", outlet=name.title()) for name in sources], now)
    hub = Hub(store, config, pool, tuple(built) or ("nowhere",))
    made = Desk(store, hub, Courier(store, built, config.alerts, lambda: now), now)
    hub.clock = made.courier.clock = made.clock
    return made
