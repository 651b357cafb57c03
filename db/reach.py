"""What an erasure reaches: the rows that tell of an account, an address or a source."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from db import codec
from db.base import Connection
from model import Account

KINDS = ("account", "url", "source", "rejected", "old")
"""What can be forgotten: a person, a page, all of a source; what was no account, and what is too old (retention)."""
_PERSONS = ("account", "rejected", "old")


@dataclass(frozen=True, slots=True)
class Reach:
    """The rows that go.

    `articles` go as a whole; of `shared` ones, which also tell of somebody else, address, outlet and times stay.
    `tellings` are profile and account of each mention that goes.
    """

    kind: str
    what: str
    accounts: tuple[int, ...] = ()
    mentions: tuple[int, ...] = ()
    articles: tuple[int, ...] = ()
    shared: tuple[int, ...] = ()
    tellings: tuple[tuple[str, Account], ...] = ()
    texts: tuple[tuple[str, str], ...] = ()
    """Headline and text of each article."""
    urls: tuple[str, ...] = ()
    shared_urls: tuple[str, ...] = ()
    bands: tuple[tuple[int, ...], ...] = ()
    """Fingerprints of the text of each article that has any."""
    alerts: tuple[tuple[str, str], ...] = ()
    """Key and time of each alert about the accounts."""
    pages: int = 0
    entries: int = 0


def reach(c: Connection, kind: str, what: str) -> Reach:
    """What goes with an account (its number), an address or a source (its name). Raises KeyError where nothing does."""
    if kind in _PERSONS:
        return _of_account(c, kind, int(what))
    places = {"url": "url = ?1 OR canonical_url = ?1", "source": "source = ?1"}
    articles = _ids(c, f"SELECT id FROM articles WHERE {places[kind]} ORDER BY id", what)  # noqa: S608 - our own words
    listed = {"url": "url = ?1", "source": "source = ?1"}[kind]
    waiting = [row["url"] for row in c.rows(f"SELECT url FROM pages WHERE {listed}", what)]  # noqa: S608
    carried = [row["url"] for row in c.rows(f"SELECT url FROM entries WHERE {listed}", what)]  # noqa: S608
    known = kind == "source" and c.one("SELECT 1 FROM sources WHERE name = ?", what)
    if not (articles or waiting or carried or known):
        raise KeyError(what)
    mentions = _in(c, "SELECT id FROM mentions WHERE article", articles)
    left = """SELECT DISTINCT account FROM mentions m WHERE m.id IN (SELECT value FROM json_each(?1)) AND NOT EXISTS (
                  SELECT 1 FROM mentions n WHERE n.account = m.account AND n.id NOT IN (SELECT value FROM json_each(?1)))"""
    accounts = [row["account"] for row in c.rows(left, json.dumps(mentions))]
    own = (what,) if kind == "url" else ()
    return _filled(c, Reach(kind, what, tuple(accounts), tuple(mentions), tuple(articles)), (*own, *waiting, *carried))


def _of_account(c: Connection, kind: str, account: int) -> Reach:
    """A person: every article that tells of him or her, reprints of the same text too."""
    mentions = _ids(c, "SELECT id FROM mentions WHERE account = ? ORDER BY id", account)
    if not mentions and not c.one("SELECT 1 FROM alerts WHERE account = ?", account):
        raise KeyError(account)
    told = _in(c, "SELECT article FROM mentions WHERE id", mentions)
    stories = _in(c, "SELECT DISTINCT story FROM articles WHERE story IS NOT NULL AND id", told)
    every = sorted({*told, *_in(c, "SELECT id FROM articles WHERE story", stories)})
    shared = set(_in(c, f"SELECT article FROM mentions WHERE account <> {account} AND article", every))  # noqa: S608
    # a reprint that somehow tells of others alone is theirs
    whole, part = [each for each in every if each not in shared], sorted(shared & set(told))
    found = Reach(kind, str(account), (account,), tuple(mentions), tuple(whole), tuple(part))
    return _filled(c, found, ())


def _filled(c: Connection, found: Reach, urls: Iterable[str]) -> Reach:
    articles = [*found.articles, *found.shared]
    rows = _rows(c, "SELECT id, url, canonical_url, title, text FROM articles WHERE id", articles)
    going, staying = (
        [row[key] for row in rows if (row["id"] in found.shared) == shared for key in ("url", "canonical_url")]
        for shared in (False, True)
    )
    own = [url for url in dict.fromkeys([*urls, *going]) if _is_a_page(url)]
    details = _rows(c, "SELECT profile, detail FROM mentions WHERE id", found.mentions)
    alerts = _rows(c, "SELECT key, created FROM alerts WHERE account", found.accounts)
    pages, entries = (len(_rows(c, f"SELECT 1 FROM {table} WHERE url", own)) for table in ("pages", "entries"))  # noqa: S608
    return replace(
        found,
        tellings=tuple((row["profile"], codec.loads(Account, row["detail"])) for row in details) + _corrected(c, found),
        texts=tuple((row["title"], row["text"]) for row in rows),
        urls=tuple(own),
        shared_urls=tuple(url for url in dict.fromkeys(staying) if _is_a_page(url)),
        bands=_bands(c, articles),
        alerts=tuple((row["key"], row["created"]) for row in alerts),
        pages=pages,
        entries=entries,
    )


def _corrected(c: Connection, found: Reach) -> tuple[tuple[str, Account], ...]:
    """The names that analysts gave the accounts, each as a telling."""
    sql = "SELECT profile, json_extract(corrected, '$.name') AS name FROM accounts WHERE id"
    return tuple((row["profile"], Account(row["name"])) for row in _rows(c, sql, found.accounts) if row["name"])


def _is_a_page(url: str) -> bool:
    """Whether an address can be one page's: some sites call their home the true address of every page."""
    parts = urlsplit(url)
    return bool(parts.path.strip("/") or parts.query)


def _bands(c: Connection, articles: Sequence[int]) -> tuple[tuple[int, ...], ...]:
    found: dict[int, list[int]] = {}
    for row in _rows(c, "SELECT article, band FROM story_bands WHERE article", articles):
        found.setdefault(row["article"], []).append(row["band"])
    return tuple(tuple(bands) for bands in found.values())


def _ids(c: Connection, sql: str, *values: object) -> list[int]:
    return [next(iter(row.values())) for row in c.rows(sql, *values)]


def _in(c: Connection, sql: str, values: Iterable[object]) -> list[int]:
    return [next(iter(row.values())) for row in _rows(c, sql, values)]


def _rows(c: Connection, sql: str, values: Iterable[object]) -> list[dict[str, Any]]:
    """The rows of a query that ends in a column which is to be one of the values."""
    return c.rows(f"{sql} IN (SELECT value FROM json_each(?))", json.dumps(list(values)))  # noqa: S608 - our own words
