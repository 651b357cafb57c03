"""What both spiders share: requests with our limits, made from what a source allows."""

from __future__ import annotations

from typing import Any

import scrapy
from scrapy.downloadermiddlewares.redirect import RedirectMiddleware
from scrapy.utils.misc import load_object

from config import CrawlConfig
from model import Source
from spiders.hub import Hub


class HubSpider(scrapy.Spider):
    """A spider that takes its work from a hub.

    In the daemon the hub is given; by hand (`scrapy crawl feed -a source=NAME`) it is opened from the configuration.
    """

    hub: Hub
    limits: CrawlConfig

    @classmethod
    def from_crawler(cls, crawler: Any, *args: Any, **named: Any) -> HubSpider:
        """Made by Scrapy for each crawl."""
        spider: HubSpider = super().from_crawler(crawler, *args, **named)
        spider.limits = crawler.settings.get("OUTSPOKEN_LIMITS") or CrawlConfig()
        if not hasattr(spider, "hub"):
            spider.hub = load_object(crawler.settings["OUTSPOKEN_HUB"])()
        return spider

    def request(self, url: str, source: Source, largest: int, **named: Any) -> scrapy.Request:
        """A request for a source, with its limits."""
        meta = named.pop("meta", {}) | {"download_timeout": self.limits.timeout, "download_maxsize": largest}
        if source.allow_private:
            meta["allow_private"] = True
        if source.delay is not None:
            meta["delay"] = source.delay
        return scrapy.Request(url, meta=meta, dont_filter=True, **named)


class Redirects(RedirectMiddleware):
    """Follows redirects without telling the next server where we come from."""

    def _engine_started(self) -> None:
        """There is no Referer to be set, so nothing to be said about its middleware."""

    def handle_referer(self, request: Any, response: Any) -> None:
        """Send no Referer."""
        request.headers.pop("Referer", None)
