"""The sitemap spider: what a site lists of its articles, of which only the new ones are taken.

New is what was not listed before. Dates decide only what of a first reading is worth fetching, and that old articles
under new addresses (a site that was rebuilt) are not. A date is not believed where thousands of entries carry the last
day's. The same article under an address that changes from poll to poll is known by its address without the query, or
by headline and date (Google News).
"""

from __future__ import annotations

import asyncio
import heapq
import json
import re
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from model import Entry, FeedState, Poll, Polled
from spiders import sitemaps
from spiders.memory import Prints, fingerprint
from spiders.polls import PollSpider, Visit, digest, validators
from spiders.sitemaps import Item, NoSitemap
from spiders.troubles import Trouble
from spiders.urls import entry_key

MOST_FILES = 50
"""Sitemaps of one index that are read in one poll; the next polls read on."""
MOST_ENTRIES = 10_000
FIRST = 1_000
RECENT = timedelta(days=7)
"""Of a first reading, articles of these days are taken; later, those since the last poll and so long before."""
CROWD = 5_000
"""So many entries dated within a day are no articles of that day: the dates are not believed."""
KEPT_INDEX = 5_000
"""Sitemaps of an index that are remembered; those listed last are left out."""
_SLUG = re.compile(r"\d{5,}|(?:[^/-]+-){4,}[^/-]+")


@dataclass
class File:
    """What is remembered of one sitemap. `read` is when it was last read, empty for one that was only listed."""

    date: str = ""
    read: str = ""
    hash: str = ""
    etag: str = ""
    prints: Prints = field(default_factory=Prints)

    def plain(self) -> list[str]:
        """As JSON has it."""
        return [self.date, self.read, self.hash, self.etag, self.prints.dump()]


class SitemapSpider(PollSpider):
    """Polls the sitemaps that are due, or those named by `source` (comma-separated)."""

    name = "sitemap"
    accept = "application/xml, text/xml, text/plain;q=0.8, */*;q=0.5"

    def largest(self) -> int:
        """Sitemaps may be larger than feeds."""
        return self.limits.sitemap_bytes

    def conditions(self, state: FeedState) -> dict[str, str]:
        """An index says nothing of what has changed below it: it is read each time."""
        return {} if _is_index(state.memory) else super().conditions(state)

    async def read(self, visit: Visit) -> Polled:
        """What is new in a sitemap and in those that it names."""
        survey = Survey(visit)
        try:
            await asyncio.to_thread(survey.take, visit.response.url, visit.response.body)
        except NoSitemap as error:
            return visit.nothing(str(error))
        failure = await self._below(survey, visit.poll)
        if failure and not survey.carried:
            return visit.nothing(failure)
        entries = survey.entries()
        answer = visit.found(entries, survey.carried, survey.memory())
        if survey.index or survey.left:  # its own body says nothing of what is below, or of what had no room
            return replace(answer, state=replace(answer.state, body_hash="", etag="", last_modified=""))
        return answer

    async def _below(self, survey: Survey, poll: Poll) -> str:
        """Read what an index names; gives the last sentence where something could not be read."""
        sentence = ""
        for url in survey.wanted():
            headers = {"If-None-Match": old.etag} if (old := survey.before.get(url)) and old.etag else None
            response = await self.also(url, poll, headers)
            if isinstance(response, Trouble):
                sentence = f"{url}: {response.sentence}"
                survey.missed(url)
            elif response.status == 304:
                survey.same(url)
            else:
                try:
                    await asyncio.to_thread(survey.take, url, response.body, validators(response)[0])
                except NoSitemap as error:
                    sentence = f"{url}: {error}"
                    survey.missed(url)
        return sentence


class Survey:
    """One poll's reading of a sitemap and of those below it."""

    def __init__(self, visit: Visit) -> None:
        self.now = visit.now
        self.before = _remembered(visit.poll.state.memory)
        self.root = visit.response.url
        self.files: dict[str, File] = {}
        self.listed: dict[str, str] = {}
        self.index = self.left = False
        self.by_query = _told(visit.poll.state.memory).get("by_query", False)
        self.carried = 0
        self._first = not self.before
        since = visit.poll.state.full_at or visit.now
        self._since = min(since, visit.now) - RECENT
        self._fresh: list[tuple[float, str, Item]] = []
        self._taken: set[int] = set()

    def take(self, url: str, body: bytes, etag: str = "") -> None:
        """Read one sitemap. Raises NoSitemap."""
        old = self.before.get(url, File())
        mark = digest(body)
        if url != self.root and old.hash == mark:
            self.same(url)
            return
        reading = _Reading(self, old, new_file=url not in self.before and not self._first)
        for item in sitemaps.read(body, url, self.now):
            if item.index:
                self._list(item)
            else:
                reading.take(item)
        prints = reading.end()
        date = self.listed.get(url, "")
        self.by_query |= reading.by_query
        self.left |= reading.left
        whole = File(date, self.now.isoformat(), mark, etag, prints)
        self.files[url] = replace(whole, date="", hash="", etag="") if reading.left else whole
        self.carried += reading.count

    def same(self, url: str) -> None:
        """A sitemap that has not changed."""
        old = self.before[url]
        self.files[url] = File(self.listed.get(url, ""), self.now.isoformat(), old.hash, old.etag, old.prints)
        self.carried += len(old.prints)

    def missed(self, url: str) -> None:
        """A sitemap that could not be read: it is asked for again before others."""
        old = self.before.get(url, File())
        self.files[url] = File("", old.read, old.hash, old.etag, old.prints)

    def wanted(self) -> Iterator[str]:
        """The sitemaps to read, most promising first, while there are any; none twice, so that loops end."""
        asked, count, left = 0, 0, list[str]()
        while asked < MOST_FILES:
            if len(self.listed) != count:
                count = len(self.listed)
                left = sorted((url for url in self.listed if url not in self.files), key=self._promise, reverse=True)
            if not left:
                return
            best = left.pop()
            old = self.before.get(best)
            if old and old.read and old.date and old.date == self.listed[best]:
                self.same(best)  # the index says that it has not changed
                continue
            asked += 1
            yield best

    def _promise(self, url: str) -> tuple[int, str, str]:
        """What is listed anew comes first, then what has a new date (latest first), then what waited longest."""
        old, date = self.before.get(url), self.listed[url]
        if old is None or (date and date != old.date):
            return (0, _descending(date), "")
        return (2 if date and old.read else 1, "", old.read)

    def known(self, prints: list[int]) -> bool:
        """Whether an article was listed at the last poll, or by another sitemap in this one."""
        return any(each in self._taken or any(each in old.prints for old in self.before.values()) for each in prints)

    def offer(self, item: Item) -> bool:
        """Keep an article that is new, if there is room; the others come with the next polls."""
        most = FIRST if self._first else MOST_ENTRIES
        row = ((item.date or self.now).timestamp(), item.url, item)
        if len(self._fresh) < most:
            heapq.heappush(self._fresh, row)
            return True
        if self._first:
            heapq.heappushpop(self._fresh, row)
        return self._first

    def recent(self, item: Item) -> bool:
        """Whether an article is of the time that is asked about."""
        return item.date is not None and item.date >= self._since

    def taken(self, prints: Iterable[int]) -> None:
        """Note that an article is in hand."""
        self._taken.update(prints)

    def entries(self) -> tuple[Entry, ...]:
        """What is new, latest first."""
        items = (item for _, _, item in sorted(self._fresh, key=lambda row: row[0], reverse=True))
        return tuple(Entry(entry_key("", each.url), each.url, title=each.title, published=each.date) for each in items)

    def memory(self) -> str:
        """All that the next poll must know; sitemaps that are no longer listed are forgotten."""
        for url in self.listed:
            if url not in self.files:
                self.files[url] = self.before.get(url, File(self.listed[url]))
        kept = list(self.files.items())[:KEPT_INDEX]
        files = {url: file.plain() for url, file in kept}
        return json.dumps({"index": self.index, "by_query": self.by_query, "files": files})

    def _list(self, item: Item) -> None:
        self.index = True
        if len(self.listed) < KEPT_INDEX and item.url != self.root:
            self.listed.setdefault(item.url, item.date.isoformat() if item.date else "")


class _Reading:
    """One sitemap, entry by entry. `new_file`: it is listed for the first time, so that all in it is new.

    `left` says that there was no room for some of what is new, `by_query` that addresses differ in their query alone.
    """

    def __init__(self, survey: Survey, old: File, *, new_file: bool) -> None:
        self.count = 0
        self.left = self.by_query = False
        self._survey = survey
        self._old = old
        self._baseline = not old.read and not new_file
        self._prints = array("Q")
        self._paths: dict[int, str] = {}
        self._new: list[tuple[float, Item, list[int]]] = []
        self._crowd = 0
        self._day = survey.now - timedelta(days=1)

    def take(self, item: Item) -> None:
        """Look at one entry."""
        self.count += 1
        self._crowd += item.date is not None and item.date >= self._day
        prints = self._identities(item)
        if any(each in self._old.prints for each in prints) or self._survey.known(prints) or self._is_old(item):
            self._prints.extend(prints)
        elif len(self._new) < MOST_ENTRIES:
            self._new.append(((item.date or self._survey.now).timestamp(), item, prints))
        elif self._baseline:
            self._prints.extend(prints)
        else:
            self.left = True

    def end(self) -> Prints:
        """The sitemap's fingerprints, without those of new articles for which there was no room."""
        believed = self._crowd <= CROWD
        for _, item, prints in sorted(self._new, key=lambda row: row[0], reverse=True):
            silent = self._baseline and not believed
            if silent or self._survey.known(prints) or self._survey.offer(item):
                self._prints.extend(prints)
                self._survey.taken(() if silent else prints)
            else:
                self.left = True
        return Prints(self._prints)

    def _is_old(self, item: Item) -> bool:
        """Whether an article of a first reading, or one under a new address, is from before the time asked about.

        Of a first reading, what has no date is old too.
        """
        if item.date is None:
            return self._baseline
        return not self._survey.recent(item)

    def _identities(self, item: Item) -> list[int]:
        if "?" in item.url and not (self._survey.by_query or self.by_query):
            path = item.url.partition("?")[0]
            self.by_query = self._paths.setdefault(fingerprint(path), item.url) != item.url
        return identities(item, by_query=self._survey.by_query or self.by_query)


def identities(item: Item, *, by_query: bool = False) -> list[int]:
    """Fingerprints of an article: its address; that without the query, if it names one alone; headline with date.

    `by_query`: the site tells its articles apart by the query.
    """
    found = [fingerprint(item.url)]
    bare = item.url.partition("?")[0]
    if bare != item.url and not by_query and _SLUG.search(bare.rstrip("/").rpartition("/")[2]):
        found.append(fingerprint(bare))
    if item.title and item.date:
        found.append(fingerprint(f"{urlsplit(item.url).netloc} {item.date.isoformat()} {item.title}"))
    return found


def _told(memory: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(memory or "{}")
    return told


def _remembered(memory: str) -> dict[str, File]:
    """What the last poll has left."""
    files: dict[str, tuple[str, str, str, str, str]] = _told(memory).get("files", {})
    return {url: File(*row[:4], prints=Prints.load(row[4])) for url, row in files.items()}


def _is_index(memory: str) -> bool:
    return memory.startswith('{"index": true')


def _descending(text: str) -> str:
    """Sorts the other way round."""
    return "".join(chr(0x10FFFF - ord(letter)) for letter in text) if text else "\U0010ffff"
