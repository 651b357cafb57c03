"""Sources, their feeds' state, the entries they carried and the pages that are still to fetch."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from db import codec, hubs, times
from db.base import Connection
from db.forgetting import Forgetting
from model import Entry, FeedState, Fetch, Fetched, Poll, Polled, PollOutcome, Source
from polling import Harvest, Past, Plan
from rates import Rate

KEPT_POLLS = timedelta(days=14)
KEPT_ENTRIES = timedelta(days=120)
"""An entry that no feed has carried for so long is forgotten; its article's address is not."""
NEW_ROOT = math.sqrt(1 / 24)
"""What a source of which nothing is known yet weighs: that of one with an article a day."""
SYNCED = 2_000
"""Sources that are taken over in one transaction."""
LOOKED = 2_000
"""Due pages among which those that are fetched next are sought."""
WORKING = (PollOutcome.CHANGED, PollOutcome.UNCHANGED, PollOutcome.EMPTY)


class Frontier(Forgetting):
    """What is to be polled and fetched."""

    _c: Connection

    def sync_sources(self, sources: Sequence[Source], now: datetime) -> None:
        """Take over the list of sources: new ones are due at once, changed ones keep their state, others are off."""
        with self._c.transaction():
            for _ in self.syncing(sources, now):
                pass

    def syncing(self, sources: Sequence[Source], now: datetime) -> Iterator[None]:
        """Like `sync_sources`, in transactions of at most SYNCED sources: whoever has other work does it between two."""
        rows = self._c.rows("SELECT name, definition, enabled FROM sources")
        known = {row["name"]: (row["definition"], bool(row["enabled"])) for row in rows}
        names = {source.name for source in sources}
        gone = [(name,) for name, (_, enabled) in known.items() if enabled and name not in names]
        for start in range(0, len(sources), SYNCED):
            yield
            some = [(source, codec.dumps(source)) for source in sources[start : start + SYNCED]]
            changed = [(source, text) for source, text in some if known.get(source.name) != (text, source.enabled)]
            self._sync(changed, now)
        self._c.run_many("UPDATE sources SET enabled = 0 WHERE name = ?", gone)

    def add_source(self, source: Source, now: datetime) -> None:
        """Take in one source beside the others."""
        with self._c.transaction():
            self._sync([(source, codec.dumps(source))], now)

    def source(self, name: str) -> Source:
        """One source as it is configured. Raises KeyError."""
        row = self._c.one("SELECT definition FROM sources WHERE name = ?", name)
        if row is None:
            raise KeyError(name)
        return codec.loads(Source, row["definition"])

    def failures(self, name: str) -> int:
        """Failed polls in a row."""
        row = self._c.one("SELECT failures FROM sources WHERE name = ?", name)
        return int(row["failures"]) if row else 0

    def due_polls(self, now: datetime, limit: int = 1000, skip: Collection[str] = ()) -> list[Poll]:
        """The sources whose time has come but for those of `skip`, the longest waiting first."""
        sql = "SELECT name FROM sources WHERE enabled = 1 AND next_poll <= ? ORDER BY next_poll LIMIT ?"
        names = (row["name"] for row in self._c.rows(sql, times.text(now), limit + len(skip)))
        found = [name for name in names if name not in skip][:limit]
        sql = "SELECT * FROM sources WHERE name IN (SELECT value FROM json_each(?)) ORDER BY next_poll"
        return [_poll(row) for row in self._c.rows(sql, json.dumps(found))] if found else []

    def polls_of(self, names: Sequence[str]) -> list[Poll]:
        """The named sources, due or not; unknown names are left out."""
        found = (self._c.one("SELECT * FROM sources WHERE name = ?", name) for name in names)
        return [_poll(row) for row in found if row]

    def record_polled(self, polled: Polled, next_poll: datetime, now: datetime) -> int:
        """Store a poll's outcome, the feed's new state and the new entries as pages to fetch, in one transaction.

        Returns how many entries were new.
        """
        return self.record_planned(polled, lambda _: Plan(next_poll, "", Rate(), 0.0), now)

    def record_planned(self, polled: Polled, plan: Callable[[Harvest], Plan], now: datetime) -> int:
        """Like `record_polled`, where `plan` decides about the next poll by what this one has brought."""
        with self._c.transaction():
            row = self._c.one("SELECT baseline_at, last_success, rate FROM sources WHERE name = ?", polled.source)
            if row is None:
                return 0
            baseline = row["baseline_at"] is None
            fresh, new, known = list[Entry](), 0, 0
            for entry in polled.entries:
                seen, fetched = self._take(polled.source, entry, baseline, now)
                known += seen
                new += fetched and not seen
                fresh += [] if seen else [entry]
            before = times.time(row["last_success"])
            hubs.note_hub(self._c, polled, now)
            hubs.note_missed(self._c, polled, [] if baseline else fresh, before)
            dates = tuple(entry.published for entry in fresh)
            planned = plan(Harvest(dates, known, len(polled.entries), before, Rate.loads(row["rate"]).room))
            self._note(polled, planned, new, fresh=bool(fresh))
            if planned.gap and before:
                about = {"began": times.text(before), "ended": times.text(polled.at), "entries": len(polled.entries)}
                self._c.insert("gaps", {"source": polled.source, **about})
        return new

    def past(self, name: str, now: datetime) -> Past:
        """What the next plan must know of a source."""
        row = self._c.one("SELECT rate, longest, failures FROM sources WHERE name = ?", name)
        if row is None:
            return Past()
        return Past(Rate.loads(row["rate"]), row["longest"], row["failures"], hubs.pushed(self._c, name, now))

    def roots(self) -> list[float]:
        """What the sources that are on weigh in the budget; those of which nothing is known weigh as new ones do."""
        sql = "SELECT root, definition FROM sources WHERE enabled = 1 AND instr(definition, '\"interval\"') = 0"
        return [row["root"] or NEW_ROOT for row in self._c.rows(sql)]

    def due_pages(self, now: datetime, limit: int, per_source: int = 1000) -> list[Fetch]:
        """The pages whose time has come, the longest waiting first, so many of each source at the most."""
        # all that is due is looked at only where a few sources crowd out the others among what waits longest
        looked = max(LOOKED, 4 * limit)
        found = self._due_pages(now, limit, per_source, looked)
        return found if len(found) >= limit else self._due_pages(now, limit, per_source, -1, above=looked) or found

    def _due_pages(self, now: datetime, limit: int, per_source: int, looked: int, above: int = 0) -> list[Fetch]:
        """Like `due_pages`, among the first `looked` (-1: all); empty where there are no more than `above`."""
        at = times.text(now)
        counted = "SELECT count(*) AS n FROM (SELECT 1 FROM pages WHERE state = 'pending' AND next_try <= ? LIMIT ?)"
        if above and (self._c.one(counted, at, above + 1) or {"n": 0})["n"] <= above:
            return []
        sql = """WITH due AS (
                     SELECT id, source, next_try, row_number() OVER (PARTITION BY source ORDER BY next_try, id) AS place
                     FROM (SELECT id, source, next_try FROM pages WHERE state = 'pending' AND next_try <= ?
                           ORDER BY next_try LIMIT ?))
                 SELECT p.*, s.definition FROM due JOIN pages p ON p.id = due.id JOIN sources s ON s.name = p.source
                 WHERE due.place <= ? ORDER BY due.place, due.next_try LIMIT ?"""
        return [_fetch(row) for row in self._c.rows(sql, at, looked, per_source, limit)]

    def page_at(self, url: str) -> Fetch | None:
        """The page to fetch at an address, due or not."""
        sql = "SELECT p.*, s.definition FROM pages p JOIN sources s ON s.name = p.source WHERE p.url = ?"
        row = self._c.one(sql, url)
        return _fetch(row) if row else None

    def is_baseline(self, fetch: Fetch) -> bool:
        """Whether the page was found by its source's first poll."""
        row = self._c.one("SELECT baseline FROM pages WHERE id = ?", fetch.id)
        return bool(row and row["baseline"])

    def record_failed_fetch(self, fetched: Fetched, next_try: datetime | None) -> None:
        """Note why a page could not be had, and when it is tried again; None gives it up and keeps the reason."""
        sql = """UPDATE pages SET attempts = attempts + 1, last_status = ?, last_error = ?,
                 next_try = coalesce(?, next_try),
                 state = CASE WHEN ? THEN 'failed' ELSE 'pending' END WHERE id = ?"""
        values = (fetched.status, fetched.error, times.optional(next_try), next_try is None, fetched.fetch.id)
        self._c.run(sql, *values)

    def pending_pages(self, sources: Collection[str] | None = None) -> int:
        """How many pages (of these sources) are still to fetch."""
        sql = """SELECT count(*) AS n FROM pages
                 WHERE state = 'pending' AND (?1 IS NULL OR source IN (SELECT value FROM json_each(?1)))"""
        row = self._c.one(sql, None if sources is None else json.dumps(list(sources)))
        return int(row["n"]) if row else 0

    def polled_since(self, time: datetime) -> bool:
        """Whether every source that is on was polled after a time."""
        sql = "SELECT 1 FROM sources WHERE enabled = 1 AND coalesce(last_poll, '') <= ?"
        return self._c.one(sql, times.text(time)) is None

    def prune(self, now: datetime) -> None:
        """Forget the history of polls, and entries that no feed carries any more."""
        with self._c.transaction():
            self._c.run("DELETE FROM polls WHERE at < ?", times.text(now - KEPT_POLLS))
            self._c.run("DELETE FROM entries WHERE last_seen < ?", times.text(now - KEPT_ENTRIES))
            self._c.run("DELETE FROM gaps WHERE ended < ?", times.text(now - KEPT_ENTRIES))
            self._c.run("DELETE FROM canaries WHERE started < ?", times.text(now - KEPT_ENTRIES))

    def _sync(self, rows: Sequence[tuple[Source, str]], now: datetime) -> None:
        """Store sources with their definitions."""
        sql = """INSERT INTO sources (name, url, kind, outlet, language, country, enabled, definition,
                                      feed_url, next_poll)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                 ON CONFLICT (name) DO UPDATE SET
                     feed_url = CASE WHEN url = excluded.url THEN feed_url ELSE excluded.url END,
                     etag = CASE WHEN url = excluded.url THEN etag ELSE '' END,
                     full_at = CASE WHEN url = excluded.url THEN full_at END,
                     body_hash = CASE WHEN url = excluded.url THEN body_hash ELSE '' END,
                     memory = CASE WHEN url = excluded.url AND kind = excluded.kind THEN memory ELSE '' END,
                     next_poll = CASE WHEN definition = excluded.definition THEN next_poll ELSE excluded.next_poll END,
                     url = excluded.url, kind = excluded.kind, outlet = excluded.outlet, language = excluded.language,
                     country = excluded.country, enabled = excluded.enabled, definition = excluded.definition"""
        self._c.run_many(
            sql,
            [
                (each.name, each.url, each.kind, each.outlet, each.language, each.country, each.enabled, definition,
                 each.url, times.text(now))
                for each, definition in rows
            ],
        )  # fmt: skip

    def _take(self, source: str, entry: Entry, baseline: bool, now: datetime) -> tuple[bool, bool]:
        """Note one entry of a feed: whether this source had carried it, and whether its page is now to be fetched."""
        at = times.text(now)
        if self._c.run("UPDATE entries SET last_seen = ? WHERE source = ? AND key = ?", at, source, entry.key):
            return True, entry.edited and self._fetch(source, entry, baseline, at)
        if self.forgets("url", entry.url):
            return True, False
        known = self._c.one("SELECT 1 FROM entries WHERE url = ?", entry.url) or self._c.one(
            "SELECT 1 FROM articles WHERE url = ?1 OR canonical_url = ?1", entry.url
        )
        self._c.run("INSERT INTO entries VALUES (?, ?, ?, ?)", source, entry.key, entry.url, at)
        return False, not known and self._fetch(source, entry, baseline, at)

    def _fetch(self, source: str, entry: Entry, baseline: bool, at: str) -> bool:
        """Put an entry's page on the frontier; False where it is there already."""
        sql = """INSERT OR IGNORE INTO pages
                 (url, source, key, guid, title, published, content, place, baseline, first_seen, next_try)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
        about = (entry.url, source, entry.key, entry.guid, entry.title, times.optional(entry.published))
        # what comes out of an archive may be old, whenever it is found there
        return bool(self._c.run(sql, *about, entry.content, entry.place, baseline or bool(entry.place), at, at))

    def _note(self, polled: Polled, plan: Plan, new: int, *, fresh: bool) -> None:
        at, working = times.text(polled.at), polled.outcome in WORKING
        sql = """UPDATE sources SET feed_url = ?, etag = ?, last_modified = ?, body_hash = ?, full_at = ?, memory = ?,
                 next_poll = ?, because = ?, rate = ?, root = ?, longest = ?,
                 last_poll = ?, last_outcome = ?, last_error = ?,
                 last_success = CASE WHEN ? THEN ? ELSE last_success END,
                 last_new = CASE WHEN ? THEN ? ELSE last_new END,
                 baseline_at = CASE WHEN ? THEN coalesce(baseline_at, ?) ELSE baseline_at END,
                 failures = CASE WHEN ? THEN 0 ELSE failures + 1 END WHERE name = ?"""
        state = (
            polled.state.url,
            polled.state.etag,
            polled.state.last_modified,
            polled.state.body_hash,
            times.optional(polled.state.full_at),
            polled.state.memory,
        )
        self._c.run(
            sql, *state, times.text(plan.at), plan.because, plan.rate.dumps(), plan.root, plan.longest,
            at, polled.outcome.value, polled.error,
            working, at, fresh, at, working, at, working, polled.source,
        )  # fmt: skip
        row = {"source": polled.source, "at": at, "outcome": polled.outcome.value, "status": polled.status}
        counts = {"entries": len(polled.entries), "new": new, "seconds": polled.seconds, "error": polled.error}
        self._c.insert("polls", row | counts)


def _poll(row: dict[str, Any]) -> Poll:
    versions = (row["etag"], row["last_modified"], row["body_hash"], times.time(row["full_at"]))
    state = FeedState(row["feed_url"], *versions, row["memory"])
    return Poll(codec.loads(Source, row["definition"]), state)


def _fetch(row: dict[str, Any]) -> Fetch:
    entry = Entry(
        row["key"], row["url"], row["guid"], row["title"], times.time(row["published"]), row["content"], row["place"]
    )
    return Fetch(row["id"], codec.loads(Source, row["definition"]), entry, row["attempts"])
