"""What every spider that polls shares: one answer a source, whatever its server does.

A poll begins with one request, for the source's own address. A spider that needs more of the server (a sitemap of
sitemaps, the next page) asks with `also`, with the same limits, and still gives one answer in the end.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any

from model import Entry, FeedState, Poll, Polled, PollOutcome
from spiders import troubles
from spiders.base import HubSpider
from spiders.caching import freshness
from spiders.hub import Hub
from spiders.troubles import Trouble

log = logging.getLogger("outspoken.spiders")

FULL_EVERY = timedelta(hours=3)
PERMANENT = {301, 308}


@dataclass(frozen=True, slots=True)
class Visit:
    """An answer of 200 to a poll's first request. `state` is the source's new one."""

    poll: Poll
    response: Any
    state: FeedState
    hold: timedelta | None
    now: datetime

    def found(self, entries: tuple[Entry, ...], carried: int, memory: str) -> Polled:
        """A poll that worked: `entries` are the new ones among all that the source carried."""
        outcome = PollOutcome.CHANGED if entries else PollOutcome.UNCHANGED if carried else PollOutcome.EMPTY
        state = replace(self.state, memory=memory)
        answer = report(self.response.meta, outcome, status=200, hold=self.hold, state=state)
        return replace(answer, entries=entries, carried=carried)

    def nothing(self, error: str) -> Polled:
        """What came is not what the source is said to be."""
        home = home_of(self.poll)
        return report(self.response.meta, PollOutcome.NOT_A_FEED, status=200, error=error, state=home)


class PollSpider(HubSpider):
    """Polls the sources that are due, or those named by `source` (comma-separated)."""

    accept = "*/*"
    source = ""
    polls: list[Poll] | None = None

    @classmethod
    def from_crawler(cls, crawler: Any, *args: Any, **named: Any) -> Any:
        """Made by Scrapy for each crawl; by hand the polls come from the hub."""
        spider = super().from_crawler(crawler, *args, **named)
        if spider.polls is None:
            names = spider.source.split(",") if spider.source else None
            spider.polls = _named(spider.hub, cls.name, names)
        return spider

    async def start(self) -> AsyncIterator[Any]:
        """One request a source."""
        for poll in self.polls or ():
            meta = {"poll": poll, "began": monotonic()}
            request = self.request(
                self.address(poll),
                poll.source,
                self.largest(),
                headers={"Accept": self.accept, **self.conditions(poll.state)},
                callback=self.parse,
                errback=self.failed,
                meta=dict(meta),
            )
            if request is None:
                await self._give(report(meta, PollOutcome.FAILED, error=troubles.NO_ADDRESS))
            else:
                yield request

    def address(self, poll: Poll) -> str:
        """What a poll asks for first."""
        return poll.state.url

    def largest(self) -> int:
        """The most bytes that an answer may have."""
        return self.limits.feed_bytes

    def conditions(self, state: FeedState) -> dict[str, str]:
        """Headers of a conditional request, unless it is time to see the whole."""
        if state.full_at is None or datetime.now(UTC) - state.full_at > FULL_EVERY:
            return {}
        wanted = {"If-None-Match": state.etag, "If-Modified-Since": state.last_modified}
        return {name: value for name, value in wanted.items() if value}

    async def read(self, visit: Visit) -> Polled:
        """What an answer of 200 says. May raise what it likes: the poll is answered for all the same."""
        raise NotImplementedError

    def unchanged(self, answer: Polled) -> Polled:
        """The last word on an answer that says that nothing has changed."""
        return answer

    async def also(self, url: str, poll: Poll, headers: dict[str, str] | None = None) -> Any:
        """Ask for something else that belongs to a poll: a response of 200 or 304, or a Trouble."""
        request = self.request(url, poll.source, self.largest(), headers={"Accept": self.accept, **(headers or {})})
        if request is None:
            return Trouble(troubles.NO_ADDRESS, retry=False)
        try:
            response = await self.crawler.engine.download_async(request)
        except Exception as error:  # noqa: BLE001 - every failure of a download has its sentence
            return troubles.of_error(error, request)
        return response if response.status in (200, 304) else troubles.of_status(response.status)

    async def parse(self, response: Any, **_: Any) -> None:
        """Give the hub what a response says."""
        try:
            answer = await self._answer(response)
        except Exception as error:
            log.exception("%s", response.url)
            sentence = f"reading it failed: {type(error).__name__}: {' '.join(str(error).split())[:200]}"
            answer = report(response.meta, PollOutcome.FAILED, status=200, error=sentence)
        await self._give(answer)

    async def failed(self, failure: Any) -> None:
        """Give the hub what went wrong."""
        meta = failure.request.meta
        trouble = troubles.of_failure(failure)
        await self._give(report(meta, PollOutcome.FAILED, error=trouble.sentence, state=home_of(meta["poll"])))

    async def _give(self, polled: Polled) -> None:
        await self.hub.polled(polled)
        if self.by_hand:
            print(f"{polled.source}: {polled.error or f'{polled.outcome}, {_counted(polled)}'}")

    async def _answer(self, response: Any) -> Polled:
        now, meta = datetime.now(UTC), response.meta
        hold = freshness(response.headers, now)
        if response.status == 304:
            return self.unchanged(report(meta, PollOutcome.UNCHANGED, status=304, hold=hold))
        if response.status != 200:
            return _refused(response, now)
        state = _state(response, now)
        if state.body_hash == meta["poll"].state.body_hash:
            return self.unchanged(report(meta, PollOutcome.UNCHANGED, status=200, hold=hold, state=state))
        return await self.read(Visit(meta["poll"], response, state, hold, now))


def report(
    meta: dict[str, Any],
    outcome: PollOutcome,
    *,
    status: int | None = None,
    error: str = "",
    hold: timedelta | None = None,
    state: FeedState | None = None,
) -> Polled:
    """What a poll found. `meta` is that of its first request; without a `state` the source keeps its old one."""
    poll: Poll = meta["poll"]
    seconds = round(monotonic() - meta["began"], 3)
    return Polled(
        poll.source.name, outcome, datetime.now(UTC), state or poll.state,
        status=status, hold=hold, error=error, seconds=seconds,
    )  # fmt: skip


def home_of(poll: Poll) -> FeedState:
    """The state after a failure: an address that a redirect once led to is forgotten, the configured one asked again."""
    if poll.state.url == poll.source.url:
        return poll.state
    return replace(poll.state, url=poll.source.url, etag="", last_modified="")


def digest(body: bytes) -> str:
    """What tells two bodies apart; 32 hex digits."""
    return hashlib.blake2b(body, digest_size=16).hexdigest()


def validators(response: Any) -> tuple[str, str]:
    """ETag and Last-Modified of an answer; empty where it was cut off on its way: the rest must be asked for."""
    if "dataloss" in response.flags:
        return "", ""
    etag, modified = ((response.headers.get(name) or b"") for name in (b"ETag", b"Last-Modified"))
    return etag.decode("latin-1")[:500], modified.decode("latin-1")[:500]


def _counted(polled: Polled) -> str:
    count = len(polled.entries)
    return f"{count} entries" if polled.carried is None else f"{count} of {polled.carried} entries"


def _named(hub: Hub, kind: str, names: list[str] | None) -> list[Poll]:
    """The polls of these sources, or of those of this kind that are due; ends the program where a name is none."""
    polls = hub.polls(names)
    if strangers := set(names or ()) - {poll.source.name for poll in polls}:
        raise SystemExit("\n".join(f"{name}: is no source in sources.toml" for name in sorted(strangers)))
    others = [poll.source for poll in polls if poll.source.kind != kind]
    if names and others:
        way = "{0.name}: is read as {0.kind}; scrapy crawl {0.kind} -a source={0.name}"
        raise SystemExit("\n".join(way.format(source) for source in others))
    return [poll for poll in polls if poll.source.kind == kind]


def _state(response: Any, now: datetime) -> FeedState:
    """The source's new state; its address is the one that permanent redirects alone led to."""
    old: FeedState = response.meta["poll"].state
    url = old.url
    hops = [*response.meta.get("redirect_urls", [])[1:], response.url]
    for reason, target in zip(response.meta.get("redirect_reasons", []), hops, strict=False):
        if reason not in PERMANENT:
            break
        url = target
    return FeedState(url, *validators(response), digest(response.body), now, old.memory)


def _refused(response: Any, now: datetime) -> Polled:
    outcomes = {410: PollOutcome.GONE, 429: PollOutcome.THROTTLED, 503: PollOutcome.THROTTLED}
    outcome = outcomes.get(response.status, PollOutcome.FAILED)
    sentence = troubles.of_status(response.status).sentence
    wait = troubles.hold(response.headers, now)
    poll: Poll = response.meta["poll"]
    if outcome is PollOutcome.GONE and poll.state.url != poll.source.url:
        outcome = PollOutcome.FAILED  # only where it had moved to
    state = poll.state if outcome is PollOutcome.THROTTLED else home_of(poll)
    return report(response.meta, outcome, status=response.status, error=sentence, hold=wait, state=state)
