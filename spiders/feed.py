"""The feed spider: polls every feed that is due in one crawl.

A feed's body decides whether it has changed, not its ETag: servers lie about those. Conditional requests are made all
the same, since they spare both sides the transfer; but every `FULL_EVERY` the whole feed is asked for.
"""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

from model import Polled, PollOutcome
from spiders import feeds, fulltext, troubles
from spiders.polls import PollSpider, Visit, report
from spiders.urls import canonical

ACCEPT = "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"

MOST_URL = 2_000
_LINK = re.compile(r"<([^<>\s]{1,2000})>([^<]{0,500})")
_REL = re.compile(r";\s{0,9}rel\s{0,9}=\s{0,9}(?:\"([^\"]{0,200})\"|([^\s;,\"]{1,50}))", re.IGNORECASE)


class FeedSpider(PollSpider):
    """Polls the feeds that are due, or those named by `source` (comma-separated)."""

    name = "feed"
    accept = ACCEPT

    async def read(self, visit: Visit) -> Polled:
        """The feed's entries, or what came instead."""
        kind = (visit.response.headers.get(b"Content-Type") or b"").decode("latin-1")
        # feedparser takes seconds for a large feed: not on the loop that everybody shares
        feed = await asyncio.to_thread(feeds.parse, visit.response.body, kind, visit.response.url, visit.now)
        return visit.nothing(_no_feed(visit.response)) if feed is None else _found(visit, feed)

    def unchanged(self, answer: Polled) -> Polled:
        """What the feed asked for when it was last read still holds."""
        return _asked(answer)


def _found(visit: Visit, feed: feeds.Feed) -> Polled:
    outcome = PollOutcome.CHANGED if feed.entries else PollOutcome.EMPTY
    ttl = feed.ttl.total_seconds() if feed.ttl else 0
    asked = {"ttl": ttl, "skip": feed.skip, "days": feed.skip_days}
    memory = json.dumps(asked) if any(asked.values()) else ""
    state = replace(visit.state, memory=memory)
    answer = report(visit.response.meta, outcome, status=200, hold=visit.hold, state=state)
    source = visit.poll.source
    # a recipe is one for pages
    wanted = False if source.recipe and source.full_content is None else source.full_content
    links = _header_links(visit.response.headers, visit.response.url)
    hub, topic = (links.get("hub") or feed.hub), (links.get("self") or feed.topic or visit.response.url)
    entries = fulltext.kept(feed.entries, wanted)
    return replace(_asked(answer), entries=entries, hub=hub[:MOST_URL], topic=topic[:MOST_URL])


def _header_links(headers: Any, url: str) -> dict[str, str]:
    """The addresses in Link headers (RFC 8288) by what they are; the first of each kind."""
    found: dict[str, str] = {}
    text = b", ".join(headers.getlist(b"Link")[:20]).decode("latin-1")[:20_000]
    for target, about in _LINK.findall(text):
        rels = _REL.search(about)
        for rel in (rels[1] or rels[2]).lower().split() if rels else ():
            found.setdefault(rel, canonical(target, url))
    return found


def _asked(answer: Polled) -> Polled:
    """With how long the feed says that it may be kept, and the hours and days on which it asks to be left alone."""
    told: dict[str, Any] = json.loads(answer.state.memory or "{}")
    hold = max(answer.hold or timedelta(), timedelta(seconds=told.get("ttl", 0))) or None
    return replace(answer, hold=hold, skip=tuple(told.get("skip", ())), skip_days=tuple(told.get("days", ())))


def _no_feed(response: Any) -> str:
    """What came instead of a feed."""
    if not response.body.strip():
        return troubles.EMPTY
    if troubles.packed(response.headers):
        return troubles.UNPACKABLE
    page = feeds.is_html(response.body) or b"<html" in response.body[:2000].lower()
    return "what came is not a feed" + (" but a web page" if page else "")
