"""The feed spider: polls every feed that is due in one crawl.

A feed's body decides whether it has changed, not its ETag: servers lie about those. Conditional requests are made all
the same, since they spare both sides the transfer; but every `FULL_EVERY` the whole feed is asked for.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

from model import Polled, PollOutcome
from spiders import feeds, fulltext, troubles
from spiders.polls import PollSpider, Visit, report

ACCEPT = "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"


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
    memory = json.dumps({"ttl": ttl, "skip": feed.skip}) if ttl or feed.skip else ""
    state = replace(visit.state, memory=memory)
    answer = report(visit.response.meta, outcome, status=200, hold=visit.hold, state=state)
    source = visit.poll.source
    # a recipe is one for pages
    wanted = False if source.recipe and source.full_content is None else source.full_content
    return replace(_asked(answer), entries=fulltext.kept(feed.entries, wanted))


def _asked(answer: Polled) -> Polled:
    """With how long the feed says that it may be kept, and the hours in which it asks to be left alone."""
    told: dict[str, Any] = json.loads(answer.state.memory or "{}")
    hold = max(answer.hold or timedelta(), timedelta(seconds=told.get("ttl", 0))) or None
    return replace(answer, hold=hold, skip=tuple(told.get("skip", ())))


def _no_feed(response: Any) -> str:
    """What came instead of a feed."""
    if not response.body.strip():
        return troubles.EMPTY
    if troubles.packed(response.headers):
        return troubles.UNPACKABLE
    page = feeds.is_html(response.body) or b"<html" in response.body[:2000].lower()
    return "what came is not a feed" + (" but a web page" if page else "")
