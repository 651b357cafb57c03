"""Erasing for good: rows, their traces in other rows, the index, free pages; and what knows a forgotten page again."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import product
from pathlib import Path
from typing import Any

from db import codec, keys, times
from db.base import Connection, explained
from db.reach import Reach, reach
from delivery import Alert
from errors import StoreError, StoreLocked
from traces import Traces

SAME = 0.6
"""Share of the fingerprints of the shorter text from which a text is a forgotten one: rather told again than missed."""
FEWEST = 8
"""Fingerprints that a text needs to be known again: short texts are alike by chance."""
_GONE = "forgotten:"
"""What an address becomes in a row that must stay."""
_ADDRESSES = ("url", "canonical_url")
_GOES = (("entries", "url"), ("entries", "key"), ("pages", "url"))
"""Columns by which a row goes as a whole."""
_INDEXES = ("articles_fts", "mentions_fts")
_OWN = ("erasures", "forgotten", "migrations")
_LATER = ("archive_records", "archive_files")
"""Tables by which files are found that are still to be erased."""


class Forgetting:
    """What is erased, and how it is kept from coming back."""

    _c: Connection

    # --- asking ----------------------------------------------------------------------------------------------
    def reach(self, kind: str, what: str) -> Reach:
        """What an erasure would reach. Raises KeyError where there is nothing."""
        return reach(self._c, kind, what)

    def ask_erasure(self, kind: str, what: str, by: str, now: datetime) -> int:
        """Note that something is to be erased; returns the erasure's number."""
        row = {"kind": kind, "asked": times.text(now), "by": by, "task": json.dumps({"what": what})}
        return self._c.insert("erasures", row)

    def erasures(self, *, unfinished: bool = True) -> list[dict[str, Any]]:
        """The erasures that are not done yet (or all), the oldest first; `task` and `outcome` as values."""
        where = "WHERE state <> 'done'" if unfinished else ""
        rows = self._c.rows(f"SELECT * FROM erasures {where} ORDER BY id")  # noqa: S608 - our own words
        return [row | {key: json.loads(row[key] or "{}") for key in ("task", "outcome")} for row in rows]

    def erasure(self, number: int) -> dict[str, Any]:
        """One erasure."""
        return next(row for row in self.erasures(unfinished=False) if row["id"] == number)

    def naming(self, name: str, limit: int) -> int:
        """How many articles hold a name, word for word; counted up to a limit."""
        sql = "SELECT count(*) AS n FROM (SELECT 1 FROM articles_fts WHERE articles_fts MATCH ? LIMIT ?)"
        row = self._c.one(sql, _phrase(name), limit)
        return int(row["n"]) if row else 0

    def told_elsewhere(self, traces: Traces, found: Reach) -> set[str]:
        """Which sentences stand in articles or mentions beyond the reach too: not this person's alone."""
        self._teach(traces)
        going = {*found.articles, *found.shared}
        sql = "SELECT detail FROM mentions WHERE tells(detail) AND id NOT IN (SELECT value FROM json_each(?))"
        others = [row["detail"] for row in self._c.rows(sql, json.dumps(found.mentions))]
        told = {text for detail in others for text in traces.told(detail)}
        return told | {text for text in traces.texts if self._holding(text, len(going) + 1) - going}

    def _holding(self, text: str, limit: int = -1) -> set[int]:
        """The articles that hold the first words of a text, by the index."""
        sql = "SELECT rowid AS id FROM articles_fts WHERE articles_fts MATCH ? LIMIT ?"
        return {row["id"] for row in self._c.rows(sql, _phrase(text), limit)}

    def being_sent(self, accounts: Sequence[int]) -> bool:
        """Whether an alert about one of the accounts is on its way at this moment."""
        sql = """SELECT 1 FROM alerts a JOIN deliveries d ON d.alert = a.id
                 WHERE d.state = 'sending' AND a.account IN (SELECT value FROM json_each(?))"""
        return self._c.one(sql, json.dumps(list(accounts))) is not None

    # --- erasing ---------------------------------------------------------------------------------------------
    def erase(self, number: int, found: Reach, traces: Traces, hashes: Iterable[tuple[str, str]]) -> dict[str, int]:
        """Take it all out of the rows, in one transaction; what is left to do stands in the erasure's `task`.

        `hashes` are kind and text of what must not come back. Returns how many rows of what went.
        """
        self._teach(traces)
        with self._c.transaction():
            counts = self._delete(found)
            counts["alerts of others"] = self._clear_alerts(found)
            self._release_accounts(found)
            naming = self._naming(number, found, traces)
            copies = [*found.shared, *naming]
            counts["rows masked"] = self._mask(traces, naming)
            self._remember(number, [*hashes, *(("url", url) for url in (*found.urls, *found.shared_urls))], found.bands)
            task = {"alerts": found.alerts, "traces": traces.dumps(), "counts": counts, "copies": copies}
            self._set(number, "files", task)
        return counts

    def files_erased(self, number: int) -> None:
        """Note that the files beside the database hold nothing any more; what was forgotten is named nowhere now."""
        self._set(number, "sweep", {})

    def sweep(self) -> None:
        """Write the index and the file anew, so that neither free pages nor the log of writes hold what was erased.

        Raises StoreLocked where a program that reads the database keeps old pages alive.
        """
        conn = self._c.db.conn
        with self._c.transaction():
            for index in _INDEXES:
                self._c.db.execute(f"INSERT INTO {index} ({index}) VALUES ('optimize')")  # noqa: S608 - our own names
        with explained(self._c.path):
            # the copy may be larger than the memory
            conn.execute("PRAGMA temp_store = FILE")
            conn.execute("VACUUM")
            conn.execute("PRAGMA temp_store = MEMORY")
            busy = conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        if busy:
            sentence = "a program that reads it keeps old pages alive; close it, and this goes on"
            raise StoreLocked(f"{self._c.path}: {sentence}", subject=self._c.path)

    def end_erasure(self, number: int, outcome: Mapping[str, Any], now: datetime) -> None:
        """Note that all is done, and what the search found. The log of writes is emptied: it held the last traces."""
        with self._c.transaction():
            sql = "UPDATE erasures SET state = 'done', task = '', ended = ?, outcome = ? WHERE id = ?"
            self._c.run(sql, times.text(now), json.dumps(outcome, ensure_ascii=False), number)

    # --- proof -----------------------------------------------------------------------------------------------
    def left(self, traces: Traces) -> dict[str, list[str]]:
        """Where rows hold a trace: `{"articles.text 17": ["a sentence"]}`. The index is asked too."""
        found: dict[str, list[str]] = {}
        self._teach(traces)
        for table, columns in self._tables():
            for row in self._c.rows(f'SELECT * FROM "{table}" WHERE tells({_together(columns)})'):  # noqa: S608
                for column in columns:
                    if texts := traces.told(row[column] or ""):
                        found[f"{table}.{column} {row.get('id', '')}".strip()] = sorted(texts)
        for name, index in product(traces.names, _INDEXES):
            sql = f"SELECT rowid AS number FROM {index} WHERE {index} MATCH ?"  # noqa: S608 - our own names
            for row in self._c.rows(sql, _phrase(name)):
                found.setdefault(f"{index} {row['number']}", []).append(name)
        for index in _INDEXES:
            if self._c.rows(f"SELECT DISTINCT segid FROM {index}_idx LIMIT 1 OFFSET 1"):  # noqa: S608 - our own names
                found[index] = ["parts of the index that were not written anew"]
        return found

    def longer(self, urls: Iterable[str]) -> set[str]:
        """Those addresses with which another one begins that is still stored: bytes cannot tell them apart."""
        sql = " UNION ALL ".join(
            f"SELECT 1 FROM {table} WHERE url > ?1 AND url < ?1 || char(1114111)"  # noqa: S608 - our own words
            for table in ("articles", "pages", "entries")
        )
        return {url for url in urls if self._c.one(f"{sql} LIMIT 1", url)}

    def files(self) -> list[Path]:
        """The files of the database that may hold text."""
        return [] if self._c.path == ":memory:" else [Path(self._c.path + end) for end in ("", "-wal", "-journal")]

    # --- what was forgotten is not stored again ---------------------------------------------------------------
    def forgets(self, kind: str, *texts: str) -> bool:
        """Whether one of the texts (`url`: addresses, `name`: a profile and a folded name) was forgotten."""
        hashes = [self._hash(kind, text) for text in texts if text] if self._anything(kind) else []
        sql = "SELECT 1 FROM forgotten WHERE kind = ? AND hash IN (SELECT value FROM json_each(?)) LIMIT 1"
        return bool(hashes) and self._c.one(sql, kind, json.dumps(hashes)) is not None

    def forgets_text(self, bands: Sequence[int]) -> bool:
        """Whether a text with these fingerprints is one that was forgotten, or a reprint of it."""
        if len(bands) < FEWEST or not self._anything("text"):
            return False
        hashes = json.dumps([self._hash("text", str(band)) for band in bands])
        sql = """SELECT count(*) AS n, (SELECT count(*) FROM forgotten g WHERE g.kind = 'text' AND g.erasure = f.erasure)
                 AS of FROM forgotten f WHERE kind = 'text' AND hash IN (SELECT value FROM json_each(?)) GROUP BY erasure"""
        return any(row["n"] >= SAME * min(row["of"], len(bands)) for row in self._c.rows(sql, hashes))

    def forget_page(self, page: int, *urls: str) -> None:
        """Take a page that tells of what was forgotten off the frontier, and know it again by its address."""
        with self._c.transaction():
            if urls:
                self._remember(0, [("url", url) for url in urls if url], ())
            self._c.run("DELETE FROM entries WHERE url = (SELECT url FROM pages WHERE id = ?)", page)
            self._c.run("DELETE FROM pages WHERE id = ?", page)

    def check_key(self) -> None:
        """Make sure that the key belongs to the hashes. Raises StoreError: else what was forgotten would come back."""
        known = self._c.one("SELECT hash FROM forgotten WHERE kind = 'key'")
        if known is None:
            return
        path = keys.place(self._c.path)
        if self._c.path != ":memory:" and not path.exists():
            way = "restore it from a backup, or give up what it protects with `DELETE FROM forgotten`"
            raise StoreError(f"{path} is missing, by which forgotten pages are known again; {way}", subject=str(path))
        if known["hash"] != self._hash("key", ""):
            raise StoreError(f"{path} belongs to another database; restore the right one", subject=str(path))

    # --- within ----------------------------------------------------------------------------------------------
    def _delete(self, found: Reach) -> dict[str, int]:
        """The rows that tell of it and of nothing else."""
        own = "(SELECT value FROM json_each(?))"
        going: Sequence[tuple[str, str, str, Iterable[object]]] = (
            ("alerts", "alerts", "account", found.accounts),
            ("verdicts", "verdicts", "account", found.accounts),
            ("judgements", "audit", "account", found.accounts),
            ("mentions", "mentions", "id", found.mentions),
            ("near misses", "near_misses", "account", found.accounts),
            ("joins", "merges", "account", found.accounts),
            ("articles", "articles", "id", found.articles),
            ("pages", "pages", "url", found.urls),
            ("entries", "entries", "url", found.urls),
            ("texts of shared articles", "story_bands", "article", found.shared),
        )
        counts = {}
        for name, table, column, values in going:
            sql = f"DELETE FROM {table} WHERE {column} IN {own}"  # noqa: S608 - our own words
            counts[name] = self._c.run(sql, json.dumps(list(values)))
        bare = f"UPDATE articles SET title = '', text = '', byline = '[]', image = '', story_because = '' WHERE id IN {own}"  # noqa: S608
        counts["texts of shared articles"] = self._c.run(bare, json.dumps(found.shared))
        why = f"UPDATE findings SET why = '[]' WHERE article IN {own}"  # noqa: S608
        self._c.run(why, json.dumps(found.shared))
        muted = f"DELETE FROM mutes WHERE kind = 'account' AND what IN {own}"  # noqa: S608
        self._c.run(muted, json.dumps([str(each) for each in found.accounts]))
        if found.kind == "source":
            for table in ("polls", "pages", "entries"):
                counts[table] = counts.get(table, 0) + self._c.run(f"DELETE FROM {table} WHERE source = ?", found.what)  # noqa: S608
            self._c.run("DELETE FROM sources WHERE name = ? AND enabled = 0", found.what)
        return counts

    def _release_accounts(self, found: Reach) -> None:
        """An account's number stays, without anything about it: it is the key of alerts, and must not be given again."""
        sql = """UPDATE accounts SET tier = 'none', verdict = '', corrected = '{}' WHERE id IN (SELECT value FROM json_each(?))"""
        self._c.run(sql, json.dumps(found.accounts))

    def _clear_alerts(self, found: Reach) -> int:
        """Take it out of alerts that tell of others: digests, near cases, lists of outlets."""
        cleared = 0
        for row in self._c.rows("SELECT id, payload FROM alerts"):
            alert = codec.loads(Alert, row["payload"])
            bare = _without(alert, found)
            if bare != alert:
                sql = "UPDATE alerts SET title = ?, payload = ? WHERE id = ?"
                cleared += self._c.run(sql, bare.title, codec.dumps(bare), row["id"])
            if bare.article is None and alert.article is not None:
                sql = """UPDATE deliveries SET state = 'folded', next_try = NULL, receipt = 'forgotten'
                         WHERE alert = ? AND state IN ('pending', 'failed', 'unknown')"""
                self._c.run(sql, row["id"])
        return cleared

    def _naming(self, number: int, found: Reach, traces: Traces) -> list[int]:
        """Other articles that name the person: those that tell of nobody go, the numbers of the rest are returned.

        Those that go are known again by their addresses.
        """
        if found.kind != "account":
            return []
        ids = json.dumps(sorted(set().union(*(self._holding(name) for name in traces.names))))
        named = "id IN (SELECT value FROM json_each(?)) AND (names(text) OR names(title))"
        alone = "NOT EXISTS (SELECT 1 FROM mentions m WHERE m.article = articles.id)"
        sql = f"DELETE FROM articles WHERE {named} AND {alone} RETURNING url, canonical_url"  # noqa: S608 - our own words
        rows = self._c.rows(sql, ids)
        self._remember(number, {("url", url) for row in rows for url in row.values()}, ())
        return [row["id"] for row in self._c.rows(f"SELECT id FROM articles WHERE {named}", ids)]  # noqa: S608

    def _mask(self, traces: Traces, naming: Sequence[int]) -> int:
        """Mask what any other row holds; returns how many were changed.

        Of other articles only those that name the person are: what others say in the same words is theirs.
        """
        sql = """UPDATE articles SET title = masked(title), text = masked(text)
                 WHERE id IN (SELECT value FROM json_each(?))"""
        masked = self._c.run(sql, json.dumps(naming))
        for table, columns in self._tables() if traces else ():
            own = [each for each in columns if table != "articles" or each not in ("title", "text")]
            if table in _LATER or not self._c.one(f'SELECT 1 FROM "{table}" WHERE tells({_together(own)}) LIMIT 1'):  # noqa: S608
                continue
            masked += sum(self._mask_column(table, column) for column in own)
        return masked

    def _mask_column(self, table: str, column: str) -> int:
        if (table, column) in _GOES:
            return self._c.run(f"DELETE FROM {table} WHERE tells({column})")  # noqa: S608 - our own words
        value = f"'{_GONE}' || id" if table == "articles" and column in _ADDRESSES else f'masked("{column}")'
        return self._c.run(f'UPDATE "{table}" SET "{column}" = {value} WHERE tells("{column}")')  # noqa: S608

    def _remember(self, number: int, texts: Iterable[tuple[str, str]], bands: Iterable[Sequence[int]]) -> None:
        rows = {("key", self._hash("key", ""), 0)}
        rows |= {(kind, self._hash(kind, text), number) for kind, text in texts}
        rows |= {("text", self._hash("text", str(band)), number) for each in bands for band in each}
        self._c.run_many("INSERT OR IGNORE INTO forgotten VALUES (?, ?, ?)", sorted(rows))

    def _anything(self, kind: str) -> bool:
        return self._c.one("SELECT 1 FROM forgotten WHERE kind = ? LIMIT 1", kind) is not None

    def _hash(self, kind: str, text: str) -> str:
        return keys.hashed(keys.key_of(self._c.path), kind, text)

    def _set(self, number: int, state: str, task: Mapping[str, Any]) -> None:
        sql = "UPDATE erasures SET state = ?, task = ? WHERE id = ?"
        self._c.run(sql, state, json.dumps(task, ensure_ascii=False), number)

    def _teach(self, traces: Traces) -> None:
        """Let queries ask what a text tells."""
        named = Traces(traces.names)
        for name, function in (("tells", traces.tells), ("masked", traces.masked), ("names", named.tells)):
            self._c.db.conn.create_function(name, 1, function, deterministic=True)

    def _tables(self) -> Iterator[tuple[str, list[str]]]:
        """Our tables with their columns of text, but for what erasures say of themselves."""
        tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql LIKE '%STRICT%' ORDER BY name"
        for row in self._c.rows(tables):
            columns = self._c.rows(f'PRAGMA table_info("{row["name"]}")')
            texts = [each["name"] for each in columns if each["type"] == "TEXT"]
            if texts and row["name"] not in _OWN:
                yield row["name"], texts


def _together(columns: Sequence[str]) -> str:
    """Columns as one text, so that a row is looked at once."""
    return " || char(1) || ".join(f"coalesce(\"{column}\", '')" for column in columns) or "''"


def _phrase(text: str) -> str:
    """The first words of a text, or all of a name, as a query of the index: side by side."""
    return '"' + " ".join(re.findall(r"[^\s\"\0]+", text)[:8]) + '"'


def _without(alert: Alert, found: Reach) -> Alert:
    """An alert without what it says of what goes; of one about a page that goes nothing but its key stays."""
    article = alert.article
    addresses = {article.url, article.canonical_url} if article else set()
    if addresses & set(found.urls):
        return slim(alert)
    if article is not None and addresses & set(found.shared_urls):
        article = replace(article, title="", text="", byline=(), image="")
    items = tuple(_without(item, found) for item in alert.items if item.account_id not in found.accounts)
    carriers = tuple(each for each in alert.carriers if each.url not in found.urls)
    near = tuple(each for each in alert.near if each.account not in found.accounts)
    return replace(alert, article=article, items=items, carriers=carriers, near=near)


def slim(alert: Alert) -> Alert:
    """What must stay of an alert so that it is not made again and can be counted."""
    kept = Alert(alert.key, alert.kind, alert.created, alert.profile, account_id=alert.account_id, score=alert.score)
    return replace(kept, source=alert.source, tags=alert.tags)
