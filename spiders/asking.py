"""A hub for whoever asks sites something and stores nothing of it by itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from model import Fetch, Fetched, Poll, Polled


@dataclass
class Asked:
    """Keeps what polls and fetches found: polls by the source's name, pages by address."""

    found: dict[str, Polled] = field(default_factory=dict)
    pages_found: dict[str, Fetched] = field(default_factory=dict)
    tick: Callable[[], None] = lambda: None

    def polls(self, names: Sequence[str] | None = None) -> list[Poll]:
        """The polls are given to the crawl itself."""
        return []

    def pages(self, limit: int = 200) -> list[Fetch]:
        """The pages are given to the crawl itself."""
        return []

    async def polled(self, polled: Polled) -> None:
        """Keep what a poll found."""
        self.found[polled.source] = polled
        self.tick()

    async def fetched(self, fetched: Fetched) -> None:
        """Keep what became of a page."""
        self.pages_found[fetched.fetch.url] = fetched
