"""What both spiders share: requests with our limits, made from what a source allows."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import scrapy
from scrapy.downloadermiddlewares.redirect import RedirectMiddleware
from scrapy.utils.misc import load_object

from config import CrawlConfig, load
from errors import OutspokenError
from model import Source
from spiders.hub import Hub
from spiders.settings import settings_for

T = TypeVar("T")


class HubSpider(scrapy.Spider):
    """A spider that takes its work from a hub.

    In the daemon the hub is given. By hand (`scrapy crawl feed -a source=NAME`) hub and settings come from the
    configuration: OUTSPOKEN_CONFIG in the environment, or outspoken.toml in the current folder.
    """

    hub: Hub
    limits: CrawlConfig
    by_hand = False

    @classmethod
    def update_settings(cls, settings: Any) -> None:
        """Take what is configured, where no program has done it."""
        super().update_settings(settings)
        if settings.get("OUTSPOKEN_LIMITS") is None:
            path = Path(os.environ.get("OUTSPOKEN_CONFIG", "outspoken.toml"))
            settings.setdict(_or_end(lambda: settings_for(load(path))), priority="spider")

    @classmethod
    def from_crawler(cls, crawler: Any, *args: Any, **named: Any) -> HubSpider:
        """Made by Scrapy for each crawl."""
        spider: HubSpider = super().from_crawler(crawler, *args, **named)
        spider.limits = crawler.settings["OUTSPOKEN_LIMITS"]
        if not hasattr(spider, "hub"):
            spider.by_hand = True
            spider.hub = _or_end(load_object(crawler.settings["OUTSPOKEN_HUB"]))
        return spider

    def request(self, url: str, source: Source, largest: int, **named: Any) -> scrapy.Request | None:
        """A request for a source, with its limits; None where the address is none that can be fetched."""
        if not url.lower().startswith(("http://", "https://")):
            return None
        meta = named.pop("meta", {}) | {"download_timeout": self.limits.timeout, "download_maxsize": largest}
        if source.allow_private:
            meta["allow_private"] = True
        if source.delay is not None:
            meta["delay"] = source.delay
        try:
            return scrapy.Request(url, meta=meta, dont_filter=True, **named)
        except ValueError:
            return None


def _or_end(work: Callable[[], T]) -> T:
    """Do what is done by hand only; whoever sits there is told what is wrong without a traceback."""
    try:
        return work()
    except OutspokenError as error:
        raise SystemExit(str(error)) from None


class Redirects(RedirectMiddleware):
    """Follows redirects without telling the next server where we come from."""

    def _engine_started(self) -> None:
        """There is no Referer to be set, so nothing to be said about its middleware."""

    def handle_referer(self, request: Any, response: Any) -> None:
        """Send no Referer."""
        request.headers.pop("Referer", None)
