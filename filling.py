"""Filling gaps: what scrolled out of a feed between two polls is looked for where the same outlet lists more.

A gap is a row. For each one that is due the site is looked at (`spiders.ways`), its WordPress API, sitemaps and section
page are polled once, and the first of them that reaches back behind the gap fills it: it shows an article that was
known before, or one that is older than the gap. What does not reach so far proves nothing, and fills nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urljoin, urlsplit

from db import Store
from delivery import Alert
from model import Entry, FeedState, Fetch, Gap, Poll, Polled
from spiders import ways
from spiders.asking import Asked
from spiders.run import Crawls
from spiders.ways import Way
from spiders.wordpress import memory_since

KINDS = ("wordpress", "sitemap", "listing")
"""What lists more than a feed does, the surest first."""
MOST_WAYS = 8
"""Ways of one site that are tried for one gap."""
MOST = 500
"""Articles that one gap brings at most."""
PAGES = 3
"""Pages of a listing that are read."""
EARLIER = timedelta(hours=1)
"""Articles are listed some time after their date."""
AGAIN = (timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6))
"""Time until the next tries; what the last one does not fill stays unfilled."""


@dataclass(frozen=True, slots=True)
class Filling:
    """What one way has for a gap: the articles of its time that a poll of it brought."""

    way: Way
    entries: tuple[Entry, ...]


@dataclass
class Filler:
    """Fills the gaps that are due, one after the other."""

    store: Store
    crawls: Crawls
    clock: Callable[[], datetime]
    ops: Sequence[str] = ()
    """Channels that hear of gaps that nothing can fill."""

    async def fill(self, gaps: Sequence[Gap]) -> None:
        """Try to fill these gaps."""
        for gap in gaps:
            await self._fill(gap)

    async def _fill(self, gap: Gap) -> None:
        known = self.store.known_before(gap)
        site, before = site_of(known) or urljoin(gap.source.url, "/"), self.store.filled_by(gap.source.name)
        polled: list[tuple[Way, Polled]] = []
        if before is not None:
            polled = await self._ask(gap, [Way(*before, "it filled the last gap")])
        found = best(polled, gap, known)
        if found is None:
            polled = await self._ask(gap, await self._ways(gap, site))
            found = best(polled, gap, known)
        now = self.clock()
        if found is not None:
            self.store.fill(gap, (found.way.kind, found.way.url), found.entries, now)
        else:
            self._not_filled(gap, why_not(site, polled), now)

    async def _ways(self, gap: Gap, site: str) -> list[Way]:
        """What could be asked at a site, beside its feeds."""
        asked, addresses = Asked(), (site, urljoin(site, "/robots.txt"))
        fetches = [Fetch(n, gap.source, Entry(str(n), url)) for n, url in enumerate(addresses)]
        await self.crawls.beside(asked).fetch(fetches)
        home, robots = ((got.page if (got := asked.pages_found.get(url)) else None) for url in addresses)
        text = robots.body[:512_000].decode("utf-8", "replace") if robots else ""
        found = [way for way in ways.ways(site, home, text) if way.kind in KINDS]
        return sorted(found, key=lambda way: KINDS.index(way.kind))[: MOST_WAYS - 1] + found[-1:]

    async def _ask(self, gap: Gap, asked: Sequence[Way]) -> list[tuple[Way, Polled]]:
        """Poll each way once, as if its last poll had been where the gap began."""
        hub, names = Asked(), {f"{gap.source.name}#{n}": way for n, way in enumerate(asked)}
        await self.crawls.beside(hub).poll([_poll(gap, name, way) for name, way in names.items()])
        return [(way, hub.found[name]) for name, way in names.items() if name in hub.found]

    def _not_filled(self, gap: Gap, why: str, now: datetime) -> None:
        again = now + AGAIN[gap.attempts] if gap.attempts < len(AGAIN) else None
        with self.store.transaction():
            self.store.not_filled(gap, why, again, now)
            if again is None and self.ops:
                self.store.enqueue_alert(_told(gap, why, now), self.ops, now)


def _poll(gap: Gap, name: str, way: Way) -> Poll:
    source = replace(gap.source, name=name, url=way.url, kind=way.kind, selector="", pages=PAGES)
    return Poll(source, FeedState(way.url, memory=memory_since(gap.began) if way.kind == "wordpress" else ""))


def site_of(urls: Sequence[str]) -> str:
    """The site on which most of a feed's articles lie; feeds themselves often lie elsewhere. Empty without articles."""
    sites = Counter(urljoin(url, "/") for url in urls)
    return sites.most_common(1)[0][0] if sites else ""


def best(polled: Sequence[tuple[Way, Polled]], gap: Gap, known: Collection[str]) -> Filling | None:
    """What fills a gap: of the ways that reach back behind it the first."""
    return next((found for way, each in polled if (found := _filling(way, each, gap, set(known)))), None)


def _filling(way: Way, polled: Polled, gap: Gap, known: set[str]) -> Filling | None:
    hosts = {urlsplit(url).netloc for url in known} or {urlsplit(way.url).netloc}
    own = [entry for entry in polled.entries if urlsplit(entry.url).netloc in hosts]
    if not any(entry.url in known or (entry.published and entry.published < gap.began) for entry in own):
        return None
    within = [each for each in own if each.url not in known and _within(each, gap, way)]
    return Filling(way, tuple(_dated(each, way) for each in within[:MOST]))


def _within(entry: Entry, gap: Gap, way: Way) -> bool:
    """Whether an article may be of a gap's time; a sitemap's date may be that of its last change."""
    if entry.published is None:
        return way.kind == "listing"
    return gap.began - EARLIER <= entry.published and (entry.published <= gap.ended or _is_change(entry, way))


def _is_change(entry: Entry, way: Way) -> bool:
    return way.kind == "sitemap" and not entry.title


def _dated(entry: Entry, way: Way) -> Entry:
    """The entry, without a date that says when it was changed: its page knows when it was published."""
    return replace(entry, published=None) if _is_change(entry, way) else entry


def why_not(site: str, polled: Sequence[tuple[Way, Polled]]) -> str:
    """Why no way filled a gap, in a sentence."""
    working = [way for way, each in polled if not each.error and each.entries]
    if working:
        kinds = " and ".join(dict.fromkeys(way.kind for way in working))
        return f"{site}: its {kinds} does not reach back to the time before"
    return f"{site}: no WordPress API, sitemap or list of articles that works"


def _told(gap: Gap, why: str, now: datetime) -> Alert:
    name = gap.source.name
    body = (
        f"Between {gap.began:%Y-%m-%d %H:%M} and {gap.ended:%Y-%m-%d %H:%M} UTC articles may have come and gone in the "
        f"feed of {name}, and they could not be found elsewhere: {why}. Look at the site by hand, or add a second "
        f"source for it (`outspoken sources discover`)."
    )
    return Alert(f"ops-gap-{name}-{gap.ended:%Y-%m-%d}", "ops", now, title=f"{name}: a gap cannot be filled", body=body)
