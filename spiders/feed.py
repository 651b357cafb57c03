"""The feed spider: polls every source that is due in one crawl.

A feed's body decides whether it has changed, not its ETag: servers lie about those. Conditional requests are made all
the same, since they spare both sides the transfer; but every `FULL_EVERY` the whole feed is asked for.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any

from model import FeedState, Poll, Polled, PollOutcome
from spiders import feeds, troubles
from spiders.base import HubSpider
from spiders.caching import freshness
from spiders.hub import Hub

ACCEPT = "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"
FULL_EVERY = timedelta(hours=3)
PERMANENT = {301, 308}


class FeedSpider(HubSpider):
    """Polls the sources that are due, or those named by `source` (comma-separated)."""

    name = "feed"
    source = ""
    polls: list[Poll] | None = None

    @classmethod
    def from_crawler(cls, crawler: Any, *args: Any, **named: Any) -> Any:
        """Made by Scrapy for each crawl; by hand the polls come from the hub."""
        spider = super().from_crawler(crawler, *args, **named)
        if spider.polls is None:
            spider.polls = _named(spider.hub, spider.source.split(",") if spider.source else None)
        return spider

    async def start(self) -> AsyncIterator[Any]:
        """One request a source."""
        for poll in self.polls or ():
            request = self._request(poll)
            if request is None:
                meta = {"poll": poll, "began": monotonic()}
                await self._give(_polled(meta, PollOutcome.FAILED, error=troubles.NO_ADDRESS))
            else:
                yield request

    def _request(self, poll: Poll) -> Any:
        return self.request(
            poll.state.url,
            poll.source,
            self.limits.feed_bytes,
            headers={"Accept": ACCEPT, **_conditions(poll.state)},
            callback=self.parse,
            errback=self.failed,
            meta={"poll": poll, "began": monotonic()},
        )

    async def parse(self, response: Any, **_: Any) -> None:
        """Give the hub what a response says."""
        await self._give(await self._read(response))

    async def failed(self, failure: Any) -> None:
        """Give the hub what went wrong."""
        meta = failure.request.meta
        trouble = troubles.of_failure(failure)
        await self._give(_polled(meta, PollOutcome.FAILED, error=trouble.sentence, state=_home(meta["poll"])))

    async def _give(self, polled: Polled) -> None:
        await self.hub.polled(polled)
        if self.by_hand:
            print(f"{polled.source}: {polled.error or f'{polled.outcome}, {len(polled.entries)} entries'}")

    async def _read(self, response: Any) -> Polled:
        now, meta = datetime.now(UTC), response.meta
        hold = freshness(response.headers, now)
        if response.status == 304:
            return _polled(meta, PollOutcome.UNCHANGED, status=304, hold=hold)
        if response.status != 200:
            return _refused(response, now)
        state = _state(response, now)
        if state.body_hash == meta["poll"].state.body_hash:
            return _polled(meta, PollOutcome.UNCHANGED, status=200, hold=hold, state=state)
        kind = (response.headers.get(b"Content-Type") or b"").decode("latin-1")
        # feedparser takes seconds for a large feed: not on the loop that everybody shares
        feed = await asyncio.to_thread(feeds.parse, response.body, kind, response.url, now)
        if feed is None:
            error, home = _no_feed(response), _home(meta["poll"])
            return _polled(meta, PollOutcome.NOT_A_FEED, status=200, error=error, state=home)
        return _found(meta, feed, state, hold)


def _named(hub: Hub, names: list[str] | None) -> list[Poll]:
    """The polls of these sources, or of those that are due; ends the program where a name is none."""
    polls = hub.polls(names)
    if strangers := set(names or ()) - {poll.source.name for poll in polls}:
        raise SystemExit("\n".join(f"{name}: is no source in sources.toml" for name in sorted(strangers)))
    return polls


def _conditions(state: FeedState) -> dict[str, str]:
    """Headers of a conditional request, unless it is time to see the whole feed."""
    if state.full_at is None or datetime.now(UTC) - state.full_at > FULL_EVERY:
        return {}
    wanted = {"If-None-Match": state.etag, "If-Modified-Since": state.last_modified}
    return {name: value for name, value in wanted.items() if value}


def _state(response: Any, now: datetime) -> FeedState:
    """The feed's new state; its address is the one that permanent redirects alone led to."""
    url = response.meta["poll"].state.url
    hops = [*response.meta.get("redirect_urls", [])[1:], response.url]
    for reason, target in zip(response.meta.get("redirect_reasons", []), hops, strict=False):
        if reason not in PERMANENT:
            break
        url = target
    etag, modified = (
        (response.headers.get(name) or b"").decode("latin-1")[:500] for name in (b"ETag", b"Last-Modified")
    )
    if "dataloss" in response.flags:  # cut off on its way: the rest must be asked for
        etag = modified = ""
    return FeedState(url, etag, modified, hashlib.blake2b(response.body, digest_size=16).hexdigest(), now)


def _home(poll: Poll) -> FeedState:
    """The state after a failure: an address that a redirect once led to is forgotten, the configured one asked again."""
    if poll.state.url == poll.source.url:
        return poll.state
    return replace(poll.state, url=poll.source.url, etag="", last_modified="")


def _no_feed(response: Any) -> str:
    """What came instead of a feed."""
    if not response.body.strip():
        return troubles.EMPTY
    if troubles.packed(response.headers):
        return troubles.UNPACKABLE
    page = feeds.is_html(response.body) or b"<html" in response.body[:2000].lower()
    return "what came is not a feed" + (" but a web page" if page else "")


def _refused(response: Any, now: datetime) -> Polled:
    outcomes = {410: PollOutcome.GONE, 429: PollOutcome.THROTTLED, 503: PollOutcome.THROTTLED}
    outcome = outcomes.get(response.status, PollOutcome.FAILED)
    sentence = troubles.of_status(response.status).sentence
    wait = troubles.hold(response.headers, now)
    poll: Poll = response.meta["poll"]
    if outcome is PollOutcome.GONE and poll.state.url != poll.source.url:
        outcome = PollOutcome.FAILED  # only where it had moved to
    state = poll.state if outcome is PollOutcome.THROTTLED else _home(poll)
    return _polled(response.meta, outcome, status=response.status, error=sentence, hold=wait, state=state)


def _found(meta: dict[str, Any], feed: feeds.Feed, state: FeedState, hold: timedelta | None) -> Polled:
    outcome = PollOutcome.CHANGED if feed.entries else PollOutcome.EMPTY
    longest = max(hold or timedelta(), feed.ttl or timedelta()) or None
    polled = _polled(meta, outcome, status=200, hold=longest, state=state)
    return replace(polled, entries=feed.entries)


def _polled(
    meta: dict[str, Any],
    outcome: PollOutcome,
    *,
    status: int | None = None,
    error: str = "",
    hold: timedelta | None = None,
    state: FeedState | None = None,
) -> Polled:
    poll: Poll = meta["poll"]
    seconds = round(monotonic() - meta["began"], 3)
    return Polled(
        poll.source.name, outcome, datetime.now(UTC), state or poll.state,
        status=status, hold=hold, error=error, seconds=seconds,
    )  # fmt: skip
