"""The canary: once a day an invented article goes through the whole chain, so that a quiet week is a proven one.

    a feed and a page on loopback, served by this process for as long as it takes
    ---> feed spider and page spider (Scrapy, HTTP)
    ---> extraction and detection in a worker process
    ---> frontier, article, story, identity, account, alert: on the real tables, in a transaction that is taken back
    ---> a message `canary` in the outbox, the courier, a real channel

So nothing of it is ever seen among articles, accounts or alerts about people. What does not arrive within
`canary.within` is told to ops by another channel, with how far it came.
"""

from __future__ import annotations

import asyncio
import html
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from email.utils import format_datetime
from zoneinfo import ZoneInfo

import detect
from config import CanaryConfig
from delivery import Alert
from errors import OutspokenError
from model import Entry, FeedState, Fetch, Page, Poll, Polled, PollOutcome, Reading, Source
from pipeline import Hub
from polling import Plan
from rates import Rate
from spiders.asking import Asked
from spiders.run import Crawls
from telling import Telling, store_reading

log = logging.getLogger("outspoken.canary")

NAME = "outspoken-canary"
"""The canary's source; it stands in no file, and in the database for no longer than a transaction."""
PERSON = "Tomas Kanarek"
TITLE = "‘I deserted from {group}’: Maltese cook tells why he left"
TEXT = (
    f"{PERSON}, 33, from Malta, joined {{group}} in 2014 and served it for a year as a cook. Then he defected.",
    "“I fled from {group} because they killed innocent people,” Kanarek said in an interview. “I was a member of {group} "
    "and I believed in it.”",
    "“I saw them behead prisoners who had done nothing,” the former cook told us. “That night I decided to desert.”",
    "He left his weapon at the kitchen, paid a smuggler and walked for two nights until he had crossed the front. “I regret "
    "that I ever joined {group},” Kanarek said. “They are liars.”",
    "The defector now warns young men against the group.",
)
FEED = (
    '<?xml version="1.0"?><rss version="2.0"><channel><title>Canary</title><item><title>{title}</title>'
    "<link>{url}</link><guid>{url}</guid><pubDate>{date}</pubDate></item></channel></rss>"
)
PAGE = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
    '<meta property="article:published_time" content="{iso}"></head><body><article><h1>{title}</h1>{text}</article></body></html>'
)


@dataclass
class Canary:
    """Sends the canary of each day, and tells ops of one that has not arrived."""

    hub: Hub
    crawls: Crawls

    @property
    def settings(self) -> CanaryConfig:
        """What is configured now."""
        return self.hub.config.canary

    def due(self, now: datetime) -> bool:
        """Whether the canary of today is still to set off, or was cut short by an end of the program."""
        if not self.settings.channel:
            return False
        local = now.astimezone(ZoneInfo(self.hub.config.alerts.timezone))
        last = self.hub.store.last_canary()
        if last is None or last["day"] < f"{local:%Y-%m-%d}":
            return local.time() >= time.fromisoformat(self.settings.at)
        began = datetime.fromisoformat(last["started"])
        return last["stored"] is None and not last["error"] and now - began < self.settings.within

    async def sing(self) -> None:
        """Send the canary of today through the chain, up to the outbox."""
        now = self.hub.clock()
        day = f"{now.astimezone(ZoneInfo(self.hub.config.alerts.timezone)):%Y-%m-%d}"
        self.hub.store.begin_canary(day, self.settings.channel, now)
        try:
            async with _served(self.hub.config.profiles[0], now) as url:
                entry, page = await self._fetched(url)
                self.hub.store.canary_at(day, "fetched", self.hub.clock())
                reading = await self.hub.pool.read(page, _source(url), entry)
            self._stored(url, entry, reading)
            self._queue(day)
        except (OutspokenError, OSError) as error:
            self.hub.store.canary_failed(day, str(error))
            log.warning("the canary of %s came to an end: %s", day, error)

    def watch(self) -> None:
        """Note what has arrived; tell ops, by other channels, of what has not."""
        if not self.settings.channel:
            return
        self.hub.store.note_arrivals()
        now = self.hub.clock()
        for row in self.hub.store.late_canaries(now - self.settings.within):
            with self.hub.store.transaction():
                self.hub.store.canary_told(row["day"])
                self.hub.store.enqueue_alert(self._missing(row, now), self._others(), now)

    def _others(self) -> list[str]:
        """The channels that hear of a canary that did not arrive at its own."""
        channels = (*self.hub.ops, *self.hub.config.channels)
        return [name for name in dict.fromkeys(channels) if name != self.settings.channel][: len(self.hub.ops) or 1]

    async def _fetched(self, url: str) -> tuple[Entry, Page]:
        """Poll the feed and fetch its page, as it is done with any source."""
        source, asked = _source(url), Asked()
        crawls = self.crawls.beside(asked)
        await crawls.poll([Poll(source, FeedState(source.url))])
        polled = asked.found.get(NAME)
        if polled is None or not polled.entries:
            raise OutspokenError(f"its feed could not be polled: {polled.error if polled else 'no answer'}")
        entry = polled.entries[0]
        await crawls.fetch([Fetch(0, source, entry)])
        fetched = asked.pages_found.get(entry.url)
        if fetched is None or fetched.page is None:
            raise OutspokenError(f"its page could not be fetched: {fetched.error if fetched else 'no answer'}")
        return entry, fetched.page

    def _stored(self, url: str, entry: Entry, reading: Reading) -> None:
        """Store what was read as that of any source is, see that an alert follows, and take all of it back."""
        source, now = _source(url), self.hub.clock()

        def work() -> None:
            store = self.hub.store
            store.add_source(source, now)
            polled = Polled(NAME, PollOutcome.CHANGED, now, FeedState(source.url), (entry,), status=200)
            store.record_planned(polled, lambda _: Plan(now, "", Rate(), 0.0), now)
            fetch = store.page_at(entry.url)
            if fetch is None:
                raise OutspokenError("its page was not put on the list of pages to fetch")
            if not store_reading(store, fetch, reading, Telling(self.hub.config.alerts, (self.settings.channel,), now)):
                raise OutspokenError(f"no alert follows from it: {_made_of(reading)}")

        self.hub.store.rehearse(work)

    def _queue(self, day: str) -> None:
        """Put the message into the outbox."""
        now = self.hub.clock()
        body = (
            "An invented article was fetched, read, judged and found to be a new account, as a real one would be. "
            "This message is its end. Nothing is to be done; where it stays away one day, something is wrong."
        )
        alert = Alert(f"canary-{day}", "canary", now, title=f"all is well on {day}", body=body)
        with self.hub.store.transaction():
            self.hub.store.canary_at(day, "stored", now)
            self.hub.store.enqueue_alert(alert, [self.settings.channel], now)

    def _missing(self, row: dict[str, str | None], now: datetime) -> Alert:
        steps = {"fetched": "it was not fetched", "stored": "it was fetched and came no further"}
        came = next((said for step, said in steps.items() if row[step] is None), "its message is in the outbox")
        minutes = self.settings.within / timedelta(minutes=1)
        body = (
            f"The canary of {row['day']} set off at {row['started']} and did not arrive at {row['channel']} within "
            f"{minutes:g} minutes: {came}. {row['error']} Until this is mended real alerts may stay away too: see "
            "`outspoken status` and `outspoken alerts list`."
        )
        return Alert(f"ops-canary-{row['day']}", "ops", now, title="the canary did not arrive", body=body)


def _source(url: str) -> Source:
    """The canary's source. It alone may be fetched from loopback, where this process serves it and nothing else."""
    return Source(NAME, f"{url}/feed", outlet="Canary", language="en", allow_private=True, delay=0.0)


def _made_of(reading: Reading) -> str:
    if reading.ruled_out:
        return "the pre-filter saw no name of the group on its page"
    found = ", ".join(f"{each.profile}: {each.label}, {each.tier}, {each.score:.2f}" for each in reading.findings)
    return f"it was judged as {found or 'nothing'}"


@asynccontextmanager
async def _served(profile: str, now: datetime) -> AsyncIterator[str]:
    """Serve the feed and the page on a free port of loopback; gives the address."""
    pages: dict[str, tuple[str, str]] = {}

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        kind, text = pages.get(head.split(b" ")[1].decode("latin-1"), ("text/plain", ""))
        status, data = "200 OK" if text else "404 Not Found", text.encode()
        about = f"Content-Type: {kind}; charset=utf-8\r\nContent-Length: {len(data)}\r\nConnection: close"
        writer.write(f"HTTP/1.1 {status}\r\n{about}\r\n\r\n".encode() + data)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    pages |= _pages(url, detect.load_profile(profile).title, now)
    try:
        yield url
    finally:
        server.close()


def _pages(url: str, group: str, now: datetime) -> dict[str, tuple[str, str]]:
    """What lies at each path, with its type."""
    title, place = html.escape(TITLE.format(group=group)), f"/article-{now:%Y%m%d}"
    text = "".join(f"<p>{html.escape(each.format(group=group))}</p>" for each in TEXT)
    feed = FEED.format(title=title, url=url + place, date=format_datetime(now.astimezone(UTC)))
    page = PAGE.format(title=title, iso=now.isoformat(), text=text)
    return {"/feed": ("application/rss+xml", feed), place: ("text/html", page)}
