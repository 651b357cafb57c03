"""Finding the best way into a site: ask its homepage and robots.txt, try all that they suggest, rank what works."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urljoin, urlsplit

import config
from model import Entry, FeedState, Fetch, Page, Poll, Source
from spiders import ways
from spiders.asking import Asked
from spiders.run import Crawls
from spiders.ways import Worth


@dataclass(frozen=True, slots=True)
class Site:
    """What was found at one address: every way that was tried, best first; `error` where nothing works."""

    url: str
    found: tuple[Worth, ...] = ()
    title: str = ""
    hub: str = ""
    error: str = ""

    @property
    def best(self) -> Worth | None:
        """The way to take, if there is one."""
        return self.found[0] if self.found and self.found[0].works else None


@dataclass
class Discovery:
    """Looks at sites. `tick` is called with the number of sites that are done."""

    config: config.Config
    allow_private: bool = False
    tick: Callable[[int], None] = lambda _: None
    _hub: Asked = field(default_factory=Asked)

    async def feeds(self, urls: Sequence[str]) -> dict[str, Site]:
        """Addresses that are feeds themselves: those that work, with what they hold."""
        found = await self._try({url: [ways.Way("feed", url, "it was given as a feed")] for url in urls})
        return {url: site for url, site in found.items() if site.best}

    async def sites(self, urls: Sequence[str]) -> dict[str, Site]:
        """Look at sites, all at once; each host has its distance between requests."""
        asked = [address for url in urls for address in (url, urljoin(url, "/robots.txt"))]
        fetches = [
            Fetch(n, self._source(str(n), url), Entry(str(n), url)) for n, url in enumerate(dict.fromkeys(asked))
        ]
        self._hub.pages_found.clear()
        await self._crawls().fetch(fetches)
        pages = {url: fetched.page for url, fetched in self._hub.pages_found.items()}
        errors = {url: fetched.error for url, fetched in self._hub.pages_found.items()}
        tried = {}
        for url in urls:
            robots = pages.get(urljoin(url, "/robots.txt"))
            text = robots.body[:512_000].decode("utf-8", "replace") if robots else ""
            tried[url] = ways.ways(url, pages.get(url), text) if pages.get(url) or text else []
        found = await self._try(tried)
        return {url: self._told(url, found.get(url), pages.get(url), errors.get(url, "")) for url in urls}

    async def _try(self, tried: dict[str, list[ways.Way]]) -> dict[str, Site]:
        names = {f"{n}.{m}": (url, way) for n, (url, each) in enumerate(tried.items()) for m, way in enumerate(each)}
        sources = {name: self._source(name, way.url, way.kind) for name, (_, way) in names.items()}
        self._hub.found.clear()
        left = {url: len(each) for url, each in tried.items()}
        self._hub.tick = lambda: self._count(left, names)
        await self._crawls().poll([Poll(source, FeedState(source.url)) for source in sources.values()])
        now = datetime.now(UTC)
        worths: dict[str, list[Worth]] = {url: [] for url in tried}
        for name, (url, way) in names.items():
            if polled := self._hub.found.get(name):
                worths[url].append(ways.worth(way, polled, now))
        return {url: Site(url, tuple(ways.rank(each))) for url, each in worths.items()}

    def _count(self, left: dict[str, int], names: dict[str, tuple[str, ways.Way]]) -> None:
        """Note that the latest answer belongs to a site; one is done with its last."""
        url = names[next(reversed(self._hub.found))][0]
        left[url] -= 1
        if left[url] == 0:
            self.tick(1)

    def _told(self, url: str, site: Site | None, page: Page | None, error: str) -> Site:
        found = site.found if site else ()
        nothing = "" if found and found[0].works else error or "no feed, sitemap or list of articles was found"
        hub = next((each.hub for each in found if each.hub), "") or ways.hub_of(page)
        return Site(url, found, ways.site_name(page), hub, nothing)

    def _source(self, name: str, url: str, kind: str = "feed") -> Source:
        return Source(name, url, kind, allow_private=self.allow_private)

    def _crawls(self) -> Crawls:
        return Crawls(self._hub, self.config)


def name_of(url: str, taken: set[str]) -> str:
    """A short name for a source after its host, one that is not taken; it is then."""
    host = re.sub(r"^(?:www|feeds?|rss|news)\.", "", urlsplit(url).hostname or "source")
    stem = re.sub(r"[^\w.-]+", "-", host.rpartition(".")[0] or host).strip("-.")[:70] or "source"
    name = next(each for n in range(1, 100_000) if (each := stem if n == 1 else f"{stem}-{n}") not in taken)
    taken.add(name)
    return name
