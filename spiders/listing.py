"""The listing spider: section pages of sites that have no feed.

An address that the page did not show before is new. Whether it is an article is told by its shape and by what has come
and gone on this page (`links.py`), or by the operator's CSS selector. What was once shown is never new again, so that
navigation is taken in at the first poll and stays out.
"""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import dataclass, field, replace
from typing import Any

from model import Entry, FeedState, Poll, Polled
from spiders import links, troubles
from spiders.links import BadSelector, Link, Listing
from spiders.memory import Prints, fingerprint
from spiders.polls import PollSpider, Visit
from spiders.troubles import Trouble
from spiders.urls import entry_key

FLOWS = 3
"""So many links of a pattern must have come since the first poll before weak ones of it are taken for articles."""
KEPT = 50_000
"""Addresses that are remembered."""
KEPT_PATTERNS = 300
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)
NO_ARTICLES = "no link on the page looks like an article; its layout may have changed: give a `selector`"
NOT_MATCHED = "the selector matches no link on the page; its layout may have changed"


@dataclass
class Past:
    """What is remembered of a page: addresses shown, and how many of each pattern have come since the first poll."""

    polls: int = 0
    prints: Prints = field(default_factory=Prints)
    patterns: dict[str, int] = field(default_factory=dict)

    @classmethod
    def load(cls, memory: str) -> Past:
        """What `dump` wrote."""
        told = json.loads(memory or "{}")
        return cls(told.get("polls", 0), Prints.load(told.get("prints")), dict(told.get("patterns", {})))

    def dump(self, shown: list[Link]) -> str:
        """With what is shown now; the oldest is forgotten where it becomes too much."""
        now = [fingerprint(link.url) for link in shown]
        old = set(self.prints) - set(now)
        patterns = sorted(self.patterns.items(), key=lambda pair: -pair[1])[:KEPT_PATTERNS]
        prints = Prints([*now, *list(old)[: max(KEPT - len(now), 0)]])
        return json.dumps({"polls": self.polls + 1, "prints": prints.dump(), "patterns": dict(patterns)})


class ListingSpider(PollSpider):
    """Polls the section pages that are due, or those named by `source` (comma-separated)."""

    name = "listing"
    accept = "text/html, application/xhtml+xml, */*;q=0.5"

    def conditions(self, state: FeedState) -> dict[str, str]:
        """Pages that are put together anew for each visitor have no version worth asking about."""
        return {}

    async def read(self, visit: Visit) -> Polled:
        """The articles that the page shows for the first time."""
        try:
            shown = await self._links(visit)
        except BadSelector as error:
            return visit.nothing(str(error))
        if shown is None:
            return visit.nothing(
                "the answer is empty" if not visit.response.body.strip() else "what came is not a web page"
            )
        past = Past.load(visit.poll.state.memory)
        new, articles = _told_apart(shown, past)
        if not articles:
            return visit.nothing(NOT_MATCHED if visit.poll.source.selector else NO_ARTICLES)
        entries = tuple(Entry(entry_key("", link.url), link.url, title=link.text) for link in new)
        answer = visit.found(entries, articles, past.dump(shown))
        return replace(answer, state=replace(answer.state, etag="", last_modified=""))

    async def _links(self, visit: Visit) -> list[Link] | None:
        """The links of the page and of as many of its next pages as are wanted."""
        listing = await _read(visit.response, visit.poll)
        if listing is None:
            return None
        found, asked = list(listing.links), {visit.response.url}
        while len(asked) < visit.poll.source.pages and listing.following and listing.following not in asked:
            asked.add(listing.following)
            response = await self.also(listing.following, visit.poll)
            following = None if isinstance(response, Trouble) else await _read(response, visit.poll)
            if following is None:
                break
            listing = following
            found += listing.links
        return list({link.url: link for link in found}.values())


async def _read(response: Any, poll: Poll) -> Listing | None:
    kind = (response.headers.get(b"Content-Type") or b"").decode("latin-1")
    if troubles.packed(response.headers) or (kind and "html" not in kind.lower() and "text" not in kind.lower()):
        return None
    charset = _CHARSET.search(kind)
    arguments = (response.body, charset[1] if charset else "", response.url, poll.source.selector)
    return await asyncio.to_thread(links.read, *arguments)


def _told_apart(shown: list[Link], past: Past) -> tuple[list[Link], int]:
    """The articles among what is shown for the first time, and how many articles are shown in all."""
    new, articles = [], 0
    for link in shown:
        unknown = fingerprint(link.url) not in past.prints
        if unknown and past.polls and link.points > 0:
            past.patterns[link.pattern] = past.patterns.get(link.pattern, 0) + 1
        flows = past.patterns.get(link.pattern, 0) >= FLOWS
        if link.points >= links.SURE or (flows and link.points >= links.LIKELY):
            articles += 1
            if unknown:
                new.append(link)
    return new, articles
