"""Forgetting for good: what is asked for is a row, and goes on after a kill until a search of the files finds nothing.

    asked ---> files    rows, their traces in other rows, the index; one transaction (`Store.erase`)
    files ---> sweep    the feed and the file of alerts, the archive; from here on nothing names what was forgotten
    sweep ---> done     index and database written anew, the log of writes emptied, all files searched

Each arrow is a transaction; what a kill interrupts begins again at its last state. The search needs the words that it
looks for, which nothing holds any more after the second arrow but this process: an erasure that was interrupted after
it is completed all the same, and says that it was not searched for.
"""

from __future__ import annotations

import gzip
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from alerts import erasing
from archive import Archive
from barring import full_names, name_key
from config import Config
from db import Reach, Store
from errors import StoreError
from traces import Traces, sentences, spread

log = logging.getLogger("outspoken.forgetting")

COMMON = 100
"""Articles with a name from which it is too common to be one person's: it is neither barred nor looked for."""

QUIET = ("rejected", "old")
"""Kinds that retention asks for, many at a time: rows, files and archive, without the rewriting and the search."""
CHARSETS = ("cp1250", "cp1251", "cp1252", "cp1254", "cp1256", "utf-16-be", "gb18030", "shift_jis")
"""Encodings, beside UTF-8, in which pages come."""
_ARTICLES = ("articles.title ", "articles.text ", "articles_fts ")


@dataclass
class Forgetting:
    """Works off the erasures that are asked for."""

    store: Store
    config: Config
    clock: Callable[[], datetime]
    _traces: dict[int, Traces] = field(default_factory=dict)
    """What this process still knows of erasures that are not searched for yet."""

    def work(self) -> list[int]:
        """Carry on with every erasure as far as it goes now; returns the numbers of those that were completed.

        Raises StoreError; StoreLocked where a reader of the database is in the way. What is not done is tried again at
        the next call.
        """
        done = []
        for row in self.store.erasures():
            if row["state"] == "asked" and not self._erase(row):
                continue
            self._finish(row["id"])
            done.append(row["id"])
        return done

    def _erase(self, row: dict[str, Any]) -> bool:
        """Take it out of the rows; False where an alert about it is being sent right now."""
        number, kind, what = row["id"], row["kind"], row["task"]["what"]
        try:
            found = self.store.reach(kind, what)
        except KeyError:
            found = Reach(kind, what)
        if self.store.being_sent(found.accounts):
            return False
        traces = traces_of(self.store, found)
        self._traces[number] = traces
        self.store.erase(number, found, traces, _barred(found, traces))
        return True

    def _finish(self, number: int) -> None:
        row = self.store.erasure(number)
        if row["state"] == "files":
            self._files(row)
        if row["kind"] not in QUIET:
            self.store.sweep()
        outcome = row["task"].get("counts", {}) if row["state"] == "files" else {}
        traces = self._traces.get(number)
        found = self._search(traces) if traces is not None and row["kind"] not in QUIET else None
        said = {"counts": outcome, "searched": found is not None, "left": _places(found or {})}
        self.store.end_erasure(number, said | {"elsewhere": _elsewhere(found or {})}, self.clock())
        self._traces.pop(number, None)

    def _files(self, row: dict[str, Any]) -> None:
        traces = self._traces.setdefault(row["id"], Traces.loads(row["task"]["traces"]))
        try:
            alerts = [(key, created) for key, created in row["task"]["alerts"]]
            erasing.erase(self.config.channels, alerts, traces)
        except OSError as error:
            raise StoreError(f"{error.filename}: cannot be written: {error.strerror}", subject="forget") from None
        archive = self._archive()
        archive.erase(row["task"]["copies"])
        archive.sweep()
        self.store.files_erased(row["id"])

    def _archive(self) -> Archive:
        return Archive(self.store, self.config.archive, self.clock)

    def _search(self, traces: Traces) -> dict[str, list[str]]:
        """Where anything is left: rows, then the bytes of every file for what no row rightly holds."""
        found = self.store.left(traces)
        known = {text for texts in found.values() for text in texts} | self.store.longer(traces.urls)
        rest = Traces(
            *(tuple(t for t in texts if t not in known) for texts in (traces.names, traces.texts, traces.urls))
        )
        for path in [*self.store.files(), *erasing.files(self.config.channels)]:
            if texts := rest.in_file(path):
                found[str(path)] = sorted(texts)
        for path in sorted(self.config.archive.folder.glob("*.gz")):
            if texts := traces.in_bytes(_unpacked(path), CHARSETS):
                found[str(path)] = sorted(texts)
        return found


def _unpacked(path: Path) -> Iterator[bytes]:
    """A file of the archive as it was before compression: the pages as they came."""
    with gzip.open(path) as file:
        while piece := file.read(1_000_000):
            yield piece


def traces_of(store: Store, found: Reach) -> Traces:
    """What must not be found any more once this is erased.

    What other articles say too (an agency's background, a line below every article) is no trace of this person.
    """
    if found.kind in QUIET:
        return Traces()
    accounts = [account for _, account in found.tellings]
    named = (
        dict.fromkeys(name for account in accounts for name in full_names(account)) if found.kind == "account" else ()
    )
    names = tuple(name for name in named if store.naming(name, COMMON) < COMMON)
    proven = (text for a in accounts for text in (a.evidence, *a.quotes, *(proof.sentence for proof in a.proofs)))
    read = (part for title, text in found.texts for part in (*_headline(title), *sentences(text)))
    traces = Traces(names, spread([*(part for text in proven for part in sentences(text)), *read]), found.urls)
    return traces.without(store.told_elsewhere(Traces(texts=traces.texts), found))


def _headline(title: str) -> list[str]:
    """A headline, where it is long enough to stand nowhere else by chance."""
    return [title] if len(title) >= 24 and len(title.split()) >= 4 else []


def _barred(found: Reach, traces: Traces) -> list[tuple[str, str]]:
    """What must not come back besides the pages: a person whom somebody asked to forget."""
    named = {(profile, name) for profile, account in found.tellings for name in full_names(account)}
    return [("name", name_key(profile, name)) for profile, name in sorted(named) if name in traces.names]


def _places(found: dict[str, list[str]]) -> list[str]:
    """Where something is left that should not be: never the words themselves, since this is stored."""
    return sorted(place for place in found if not place.startswith(_ARTICLES))


def _elsewhere(found: dict[str, list[str]]) -> list[str]:
    """Other articles that say the same and were not asked to be forgotten."""
    return sorted(place for place in found if place.startswith(_ARTICLES))
