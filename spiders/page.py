"""The page spider: fetches the pages that the frontier holds."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

from scrapy import signals
from scrapy.exceptions import StopDownload

from model import Fetch, Fetched, Page
from spiders import troubles, warcs
from spiders.base import HubSpider

ACCEPT = "text/html, application/xhtml+xml, */*;q=0.5"
TEXTS = ("text/", "application/xhtml", "application/xml", "application/json", "application/octet-stream")
MAGIC = (
    b"%PDF",
    b"\x89PNG",
    b"GIF8",
    b"\xff\xd8\xff",
    b"PK\x03\x04",
    b"\x1f\x8b",
    b"\x7fELF",
    b"RIFF",
    b"\x00\x00\x00",
)


TRUSTED_AFTER = 2
"""A page that ends before its announced length is tried again so often; then its server does not know the length."""


class PageSpider(HubSpider):
    """Fetches the pages that are due."""

    name = "page"
    pages: list[Fetch] | None = None

    @classmethod
    def from_crawler(cls, crawler: Any, *args: Any, **named: Any) -> Any:
        """Made by Scrapy for each crawl."""
        spider = super().from_crawler(crawler, *args, **named)
        crawler.signals.connect(_only_texts, signals.headers_received)
        return spider

    async def start(self) -> AsyncIterator[Any]:
        """One request a page."""
        for fetch in self.hub.pages() if self.pages is None else self.pages:
            if (here := local(fetch)) is not None:
                await self._give(here)
                continue
            request = self.request(
                fetch.url,
                fetch.source,
                self.limits.page_bytes,
                headers={"Accept": ACCEPT},
                callback=self.parse,
                errback=self.failed,
                meta={"fetch": fetch},
            )
            if request is None:
                await self._give(Fetched(fetch, datetime.now(UTC), error=troubles.NO_ADDRESS))
            else:
                yield request

    async def parse(self, response: Any, **_: Any) -> None:
        """Give the hub a page, or why there is none."""
        await self._give(_fetched(response))

    async def failed(self, failure: Any) -> None:
        """Give the hub what went wrong."""
        trouble = troubles.of_failure(failure)
        fetch = failure.request.meta["fetch"]
        await self._give(Fetched(fetch, datetime.now(UTC), error=trouble.sentence, retry=trouble.retry))

    async def _give(self, fetched: Fetched) -> None:
        await self.hub.fetched(fetched)
        if self.by_hand:
            print(f"{fetched.fetch.url}: {fetched.error or 'fetched'}")


def local(fetch: Fetch) -> Fetched | None:
    """What need not be fetched: the page of an article whose text its feed carried, or that stands in a WARC file."""
    if fetch.entry.place:
        return warcs.read(fetch)
    return _carried(fetch) if fetch.entry.content else None


def _carried(fetch: Fetch) -> Fetched:
    now, headers = datetime.now(UTC), {"content-type": "text/html; charset=utf-8"}
    body = fetch.entry.content.encode("utf-8", "replace")
    return Fetched(fetch, now, Page(fetch.url, body, headers, 200, now, made="feed"), 200)


def _fetched(response: Any) -> Fetched:
    fetch, now = response.meta["fetch"], datetime.now(UTC)
    if response.status != 200:
        trouble = troubles.of_status(response.status)
        wait = troubles.hold(response.headers, now)
        return Fetched(fetch, now, None, response.status, trouble.sentence, trouble.retry, wait)
    if wrong := _unusable(response, fetch):
        return Fetched(fetch, now, None, 200, wrong.sentence, wrong.retry)
    headers = {
        key.decode("latin-1").lower(): b", ".join(values).decode("latin-1") for key, values in response.headers.items()
    }
    return Fetched(fetch, now, Page(response.url, response.body, headers, 200, now), 200)


def _unusable(response: Any, fetch: Fetch) -> troubles.Trouble | None:
    """Why a 200 is no page all the same, if so."""
    kind = _kind(response.headers)
    if not _is_text(kind):
        return troubles.Trouble(f"is not a page but {kind}", retry=False)
    if response.body.startswith(MAGIC):
        return troubles.Trouble("is not a page but binary data", retry=False)
    if troubles.packed(response.headers):
        return troubles.Trouble(troubles.UNPACKABLE)
    if "dataloss" in response.flags and fetch.attempts < TRUSTED_AFTER:
        return troubles.Trouble(troubles.BROKEN)
    return None if response.body.strip() else troubles.Trouble(troubles.EMPTY)


def _only_texts(headers: Any, request: Any) -> None:
    """Stop as soon as the headers say that pictures, sound, archives or the like follow."""
    if not _is_text(_kind(headers)) and "fetch" in request.meta:
        raise StopDownload(fail=False)


def _kind(headers: Any) -> str:
    return (headers.get(b"Content-Type") or b"").decode("latin-1").partition(";")[0].strip().lower()[:100]


def _is_text(kind: str) -> bool:
    return not kind or "/" not in kind or kind.startswith(TEXTS) or kind.endswith(("+xml", "+json"))
