"""Quiet or broken? What ops hear of sources: once for each episode, and nothing while we have no network ourselves."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import drift
from db import Store
from delivery import Alert
from polling import Network

log = logging.getLogger("outspoken.watching")

BATCH = 10
"""Sources whose articles are compared in one go."""
ENOUGH = 5
"""New articles of a source before they are compared with those before."""
FEED_KINDS = ("html", "moved", "gone")
DRIFT_KINDS = ("length", "same_text", "fields")
TITLES = {
    "html": "its feed has turned into something else",
    "moved": "its feed has moved",
    "gone": "its feed is gone",
    "length": "its texts have another length",
    "same_text": "its articles have one text",
    "fields": "its articles lack fields",
}
LOST = "No source answers any more. Until one does, nothing is said of silent or failing sources."
FAILED = 2
"""Polls in a row that find no feed before ops hear of it."""


@dataclass
class Watch:
    """Looks after all sources; `ops` gives the channels that hear of trouble."""

    store: Store
    network: Network
    ops: Callable[[], list[str]]
    clock: Callable[[], datetime]
    _seen: int = 0
    _grown: Counter[str] = field(default_factory=Counter)

    def look(self) -> None:
        """Tell ops what is wrong with sources, or with our own network."""
        now = self.clock()
        if self.network.lost:
            since = self.network.since or now
            self.tell(f"ops-network-{since:%Y%m%dT%H%M%S}", "the program has lost the network", LOST)
            return
        for row in self.store.silences(now):
            self.tell(f"ops-silent-{row['name']}-{row['last_new']}", f"{row['name']}: improbably silent", _silent(row))
        found = {(row["name"], kind): said for row in self.store.odd_feeds() for kind, said in _odd(row)}
        self._note(found, FEED_KINDS, now)

    def compare(self) -> None:
        """Compare the recent articles of some sources with those before, where enough are new."""
        grown, self._seen = self.store.grown(self._seen)
        self._grown.update(grown)
        for source in [name for name, count in self._grown.items() if count >= ENOUGH][:BATCH]:
            del self._grown[source]
            drifted = drift.drifts(self.store.samples(source))
            found = {(source, kind): _drifted(source, said) for kind, said in drifted.items()}
            self._note(found, DRIFT_KINDS, self.clock(), source)

    def _note(self, found: dict[tuple[str, str], str], kinds: tuple[str, ...], now: datetime, source: str = "") -> None:
        with self.store.transaction():
            for name, kind in self.store.note_troubles(found, kinds, now, source):
                self.tell(f"ops-{kind}-{name}-{now:%Y%m%dT%H%M%S}", f"{name}: {TITLES[kind]}", found[name, kind])

    def tell(self, key: str, title: str, body: str) -> None:
        """Tell ops, once for each key."""
        alert, told = Alert(key, "ops", self.clock(), title=title, body=body), self.ops()
        if told and self.store.enqueue_alert(alert, told, self.clock()):
            log.warning("%s: %s", title, body)


def _silent(row: dict[str, Any]) -> str:
    return (
        f"{row['name']} has brought nothing new since {row['last_new'][:16]} UTC, though {row['polls']} polls "
        f"worked. With about {row['per_day']:.3g} articles a day at other times, by hour and weekday, such a "
        f"silence has a probability of {row['silence']:.1g}. Its address: {row['url']}"
    )


def _odd(row: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What is odd about a source that worked, by kind."""
    name, url = row["name"], row["url"]
    if row["last_outcome"] == "gone":
        yield "gone", f"The server of {name} says that {url} is gone for good (410). It is asked once a day."
    elif row["last_outcome"] == "not_a_feed" and row["failures"] >= FAILED:
        yield (
            "html",
            (
                f"The last {row['failures']} polls of {name} at {url} found no feed: {row['last_error']}. The site may have "
                f"been rebuilt: `outspoken sources discover {urlsplit(url).scheme}://{urlsplit(url).netloc}`."
            ),
        )
    elif _place(row["feed_url"]) != _place(url):
        yield (
            "moved",
            (
                f"{name} has moved for good from {url} to {row['feed_url']} and is polled there. If that is the outlet's own "
                f"address, write it into sources.toml."
            ),
        )


def _place(url: str) -> tuple[str, str, str]:
    """An address without what a move to https or to www changes."""
    parts = urlsplit(url)
    return parts.netloc.lower().removeprefix("www."), parts.path.rstrip("/"), parts.query


def _drifted(source: str, said: str) -> str:
    return f"{source}: {said}. Its pages may be built anew, or a wall may stand before them: `outspoken extract URL` shows one."
