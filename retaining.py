"""Retention: what is not needed any more goes, a little at a time, so that the daemon goes on meanwhile.

Persons whose time is over are erased as `outspoken forget` does it, but for its last steps: the file is not written anew
(`secure_delete` overwrites what is freed) and not searched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from archive import Archive
from config import Config
from db import Store
from forgetting import Forgetting

BATCH = 200
"""Rows of one transaction."""
REWRITE = timedelta(days=1)
"""The indexes are written anew once in so long at most."""


@dataclass
class Retaining:
    """Keeps what the configuration says, for as long as it says."""

    store: Store
    config: Config
    clock: Callable[[], datetime]
    _rewritten: datetime | None = None
    _dropped: bool = False

    def steps(self) -> Iterator[None]:
        """Do what is due; after each step the caller may do something else. Raises StoreError."""
        kept, now = self.config.retention, self.clock()
        yield from self._words(now - kept.texts)
        while self.store.drop_payloads(now - kept.alerts, BATCH):
            self._dropped = True
            yield
        yield from self._accounts(now)
        if self._dropped and (self._rewritten is None or now - self._rewritten >= REWRITE):
            yield from self.store.rewrite_indexes()
            self._rewritten, self._dropped = now, False
        self.store.shorten_log()

    def _words(self, before: datetime) -> Iterator[None]:
        gone: list[int] = []
        while dropped := self.store.drop_words(before, BATCH):
            gone += [article for article in dropped if self.store.records(article)]
            self._dropped = True
            yield
        if gone:
            Archive(self.store, self.config.archive, self.clock).erase(gone)

    def _accounts(self, now: datetime) -> Iterator[None]:
        kept = self.config.retention
        accounts = now - kept.accounts if kept.accounts else None
        for kind, number in self.store.expired(now - kept.rejected, accounts, BATCH):
            self.store.ask_erasure(kind, str(number), "retention", now)
            Forgetting(self.store, self.config, self.clock).work()
            self._dropped = True
            yield
