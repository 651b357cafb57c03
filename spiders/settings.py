"""Scrapy's settings: few, strict, the same by hand and in the daemon.

Everything that this program does itself is switched off: retries (the frontier's), robots.txt and delays (kept across
crawls), duplicate filters (the store's), cookies, statistics.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import Any

from config import Config

_OFF = (
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware",
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware",
    "scrapy.downloadermiddlewares.httpauth.HttpAuthMiddleware",
    "scrapy.downloadermiddlewares.retry.RetryMiddleware",
    "scrapy.downloadermiddlewares.redirect.MetaRefreshMiddleware",
    "scrapy.downloadermiddlewares.redirect.RedirectMiddleware",
    "scrapy.downloadermiddlewares.cookies.CookiesMiddleware",
    "scrapy.downloadermiddlewares.httpproxy.HttpProxyMiddleware",
    "scrapy.downloadermiddlewares.stats.DownloaderStats",
    "scrapy.downloadermiddlewares.httpcache.HttpCacheMiddleware",
)

SPIDER_MODULES = ["spiders"]
BOT_NAME = "Outspoken"
OUTSPOKEN_HUB = "pipeline.open_hub"
OUTSPOKEN_DELAY = 1.0

DOWNLOADER_MIDDLEWARES = {
    **dict.fromkeys(_OFF),
    "spiders.robots.RobotsMiddleware": 100,
    "spiders.base.Redirects": 600,
    "spiders.turns.TurnsMiddleware": 950,
}
SPIDER_MIDDLEWARES_BASE: dict[str, int] = {}
EXTENSIONS_BASE: dict[str, int] = {}
DOWNLOAD_HANDLERS = {
    "http": "spiders.handler.SafeDownloadHandler",
    "https": "spiders.handler.SafeDownloadHandler",
    **dict.fromkeys(("data", "file", "ftp", "s3")),
}
DOWNLOAD_VERIFY_CERTIFICATES = True
DOWNLOAD_WARNSIZE = 0
DOWNLOAD_FAIL_ON_DATALOSS = False
DUPEFILTER_CLASS = "scrapy.dupefilters.BaseDupeFilter"
STATS_CLASS = "scrapy.statscollectors.DummyStatsCollector"
TWISTED_REACTOR = "twisted.internet.asyncioreactor.AsyncioSelectorReactor"
TELNETCONSOLE_ENABLED = False
COOKIES_ENABLED = False
LOG_LEVEL = "WARNING"


def user_agent(contact: str) -> str:
    """What sites see of us, with somebody to write to."""
    try:
        number = version("outspoken")
    except PackageNotFoundError:
        number = "0"
    return f"Outspoken/{number} (+{contact})" if contact else f"Outspoken/{number} (news monitor)"


USER_AGENT = user_agent("")


def settings_for(config: Config) -> dict[str, Any]:
    """The settings as the configuration has them."""
    own = {name: value for name, value in globals().items() if name.isupper() and not name.startswith("_")}
    if not config.crawl.robots:
        own["DOWNLOADER_MIDDLEWARES"] = own["DOWNLOADER_MIDDLEWARES"] | {"spiders.robots.RobotsMiddleware": None}
    return own | {
        "CONCURRENT_REQUESTS": config.crawl.concurrency,
        "CONCURRENT_REQUESTS_PER_DOMAIN": config.crawl.per_host,
        "DOWNLOAD_TIMEOUT": config.crawl.timeout,
        "DOWNLOAD_MAXSIZE": config.crawl.feed_bytes,
        "REDIRECT_MAX_TIMES": config.crawl.redirects,
        "USER_AGENT": user_agent(config.contact),
        "OUTSPOKEN_DELAY": config.crawl.delay,
        "OUTSPOKEN_LIMITS": config.crawl,
    }
