"""Where the spiders' work comes from and where their results go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from model import Fetch, Fetched, Poll, Polled


class Hub(Protocol):
    """Work in, results out. `pipeline.Hub` is the real one."""

    def polls(self, names: Sequence[str] | None = None) -> list[Poll]:
        """The sources that are due, or the named ones."""

    def pages(self, limit: int = 200) -> list[Fetch]:
        """The pages that are due."""

    async def polled(self, polled: Polled) -> None:
        """Take what a poll found."""

    async def fetched(self, fetched: Fetched) -> None:
        """Take what became of a page."""
