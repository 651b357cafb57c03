"""Every table and key of `outspoken.toml` and `sources.toml` (docs/configuration.md), with types and defaults."""

from __future__ import annotations

import re
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from model import Recipe, Source

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def duration(value: Any) -> timedelta:
    """Read `"90s"`, `"10m"`, `"6h"`, `"7d"` (or a timedelta) as a timedelta; ValueError otherwise."""
    if isinstance(value, timedelta):
        return value
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([smhd])\s*", value) if isinstance(value, str) else None
    if match is None:
        raise ValueError('write a time as a number with a unit, like "90s", "10m", "6h" or "7d"')
    return timedelta(seconds=float(match[1]) * _UNITS[match[2]])


Duration = Annotated[timedelta, BeforeValidator(duration)]


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise ValueError('is no time zone; write one like "Europe/Berlin", or "UTC"') from None
    return value


Zone = Annotated[str, AfterValidator(_zone)]
"""Name of a time zone (IANA)."""


def _network(value: str) -> str:
    try:
        ip_network(value, strict=False)
    except ValueError:
        raise ValueError('is no IP address or network; write one like "127.0.0.1" or "10.0.0.0/8"') from None
    return value


Network = Annotated[str, AfterValidator(_network)]
"""An IP address or network."""


class Table(BaseModel):
    """A table of the configuration: unknown keys are mistakes, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class CrawlConfig(Table):
    """`[crawl]`: how politely, how much and how long pages and feeds are fetched."""

    concurrency: int = Field(16, ge=1, le=256, description="requests under way at once, over all hosts")
    per_host: int = Field(2, ge=1, le=16, description="requests under way at once to one host")
    delay: float = Field(1.0, ge=0, le=3600, description="seconds between two requests to one host")
    timeout: float = Field(20, gt=0, le=300, description="seconds for one request, all of it")
    robots: bool = Field(True, description="obey robots.txt")
    redirects: int = Field(5, ge=0, le=20, description="redirects followed for one request")
    page_bytes: int = Field(5_000_000, ge=10_000, description="largest page, after decompression")
    feed_bytes: int = Field(10_000_000, ge=10_000, description="largest feed, after decompression")
    sitemap_bytes: int = Field(52_428_800, ge=10_000, description="largest sitemap, as it comes")
    interval: Duration = Field(timedelta(minutes=15), description="mean time between two polls of a source")
    polls_per_hour: int = Field(0, ge=0, description="polls an hour over all sources; 0: as many as `interval` makes")
    min_interval: Duration = Field(timedelta(minutes=5), description="no source is polled more often than this")
    max_interval: Duration = Field(timedelta(hours=6), description="no healthy source is polled less often than this")
    attempts: int = Field(6, ge=1, le=50, description="tries for one page before it is given up")


class ReadConfig(Table):
    """`[read]`: the worker processes that extract and detect."""

    workers: int = Field(0, ge=0, le=64, description="worker processes; 0: as many as there are processors")
    seconds: float = Field(20, gt=0, le=600, description="time limit for one page")
    memory_mb: int = Field(1024, ge=128, description="memory limit of one worker")


class ArchiveConfig(Table):
    """`[archive]`: which pages are kept as they came, and where. `archive = "all"` is short for `keep = "all"`."""

    keep: Literal["findings", "all", "none"] = Field("findings", description="pages that led to a finding, all, none")
    folder: Path = Field(
        Path("archive"), description="folder of its WARC files; a relative one starts at the database's"
    )
    file_mb: int = Field(100, ge=1, le=10_000, description="a file of about so many megabytes is followed by a new one")


def _keep(value: Any) -> Any:
    """The short form of the table: a text alone."""
    return {"keep": value} if isinstance(value, str) else value


class AlertConfig(Table):
    """`[alerts]`: what is told, to whom, and how a flood is prevented."""

    max_age: Duration = Field(timedelta(days=7), description="older articles never alert at once")
    backlog: int = Field(5, ge=1, description="more new cases than this after a pause become one digest")
    reports: bool = Field(False, description="also tell about articles labelled `report`")
    attempts: int = Field(12, ge=1, le=100, description="tries for one delivery before it is dead")
    ops: tuple[str, ...] = Field((), description="channels that hear of trouble; empty: all")
    timezone: Zone = Field("UTC", description="time zone of routes and quiet hours, as in Europe/Berlin")
    follow_ups: bool = Field(True, description="tell of further articles on a known case")
    web: str = Field(
        "",
        pattern=r"^(https?://[^\s/?#]+(/[^\s?#]*)?)?$",
        description="address of `outspoken serve`, for links to a case",
    )
    digest_after: Duration = Field(
        timedelta(hours=6), description="what could not go out for so long comes as one digest"
    )


PACES = ("now", "hourly", "daily", "weekly")
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_CLOCK = r"([01]\d|2[0-3]):[0-5]\d"


class RouteConfig(Table):
    """`[[routes]]`: which alerts go to which channels, and when. What is left out matches everything."""

    name: str = Field("", max_length=60, description="what `outspoken alerts route` calls it")
    channels: tuple[str, ...] = Field(description="channels; an empty list: what matches is stored and told to nobody")
    kind: tuple[Literal["account", "follow-up", "report"], ...] = Field((), description="kinds of alerts")
    profile: tuple[str, ...] = Field((), description="watch profiles")
    group: tuple[str, ...] = Field((), description="groups that people left")
    score: float = Field(0, ge=0, le=1, description="at least this sure")
    language: tuple[str, ...] = Field((), description="languages of the article, ISO 639-1")
    country: tuple[str, ...] = Field((), description="countries that people come from, ISO 3166-1 alpha-2")
    source: tuple[str, ...] = Field((), description="names of sources")
    tag: tuple[str, ...] = Field((), description="tags of sources")
    pace: Literal["now", "hourly", "daily", "weekly"] = Field("now", description="at once, or in one digest")
    at: str = Field("08:00", pattern=rf"^{_CLOCK}$", description="local time of a daily or weekly digest")
    day: Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] = Field(
        "monday", description="day of a weekly digest"
    )
    quiet: str = Field("", pattern=rf"^({_CLOCK}-{_CLOCK})?$", description="local hours in which nothing is sent")
    breaks: float | None = Field(
        None, ge=0, le=1, description="new accounts this sure come in quiet hours all the same"
    )


class VerdictConfig(Table):
    """`[verdicts]`: where readers of an alert say what it is worth."""

    base_url: str = Field(
        "", pattern=r"^(https?://[^\s/?#]+(/[^\s?#]*)?)?$", description="address that readers reach it at"
    )
    listen: str = Field("127.0.0.1:8734", pattern=r"^[^\s]+:\d{1,5}$", description="host and port to listen on")
    secret: str = Field(
        "", pattern=r"^((env|file):.+)?$", description="key that signs the links, env:NAME or file:PATH"
    )
    slack_secret: str = Field("", pattern=r"^((env|file):.+)?$", description="Slack's signing secret, for buttons")
    days: int = Field(30, ge=1, le=365, description="days that a link works")

    @model_validator(mode="after")
    def _fit(self) -> Self:
        if bool(self.base_url) != bool(self.secret):
            raise ValueError("base_url and secret go together")
        if self.slack_secret and not self.base_url:
            raise ValueError("slack_secret needs base_url and secret too")
        return self


class CanaryConfig(Table):
    """`[canary]`: an invented article that goes through the whole chain once a day."""

    channel: str = Field("", description="the channel that it must arrive at; empty: there is no canary")
    at: str = Field("07:00", pattern=rf"^{_CLOCK}$", description="local time at which it sets off")
    within: Duration = Field(timedelta(minutes=10), description="time that it may take")


class SecondReaderConfig(Table):
    """`[second_reader]`: a language model that is asked about what scored unsure."""

    url: str = Field(pattern=r"^https?://[^\s?#]+$", description="an OpenAI-compatible endpoint, up to /v1")
    model: str = Field(min_length=1, max_length=200, description="the model's name there")
    key: str = Field("", pattern=r"^((env|file):.+)?$", description="its API key, env:NAME or file:PATH")
    per_day: int = Field(50, ge=1, le=100_000, description="calls in 24 hours at most")
    timeout: Duration = Field(timedelta(seconds=60), description="time for one answer")
    characters: int = Field(12_000, ge=500, le=200_000, description="characters of an article that it is shown")
    attempts: int = Field(4, ge=1, le=20, description="calls about one article that may fail")


class WebConfig(Table):
    """`[web]`: what `outspoken serve` shows, to whom."""

    host: str = Field("127.0.0.1", pattern=r"^[^\s/]+$", description="address to listen on")
    port: int = Field(8735, ge=0, le=65535, description="port to listen on; 0: any free one")
    hosts: tuple[str, ...] = Field((), description="names that it is reached by; empty: any, where people log in")
    passwords: dict[str, Annotated[str, Field(pattern=r"^(env|file):.+$")]] = Field(
        {}, description="for each user the hash of a password, env:NAME or file:PATH"
    )
    user_header: str = Field(
        "", pattern=r"^[A-Za-z0-9-]*$", description="header in which a reverse proxy names the user"
    )
    proxies: tuple[Network, ...] = Field((), description="addresses of proxies whose header is believed")
    reviewers: tuple[str, ...] = Field((), description="users who may judge; all others only read")
    session: Duration = Field(timedelta(hours=12), description="how long a log-in lasts")

    @model_validator(mode="after")
    def _fit(self) -> Self:
        if bool(self.user_header) != bool(self.proxies):
            raise ValueError("user_header and proxies go together: a header is only believed from a known proxy")
        return self


class RetentionConfig(Table):
    """`[retention]`: how long what is not needed any more is kept."""

    texts: Duration = Field(timedelta(days=90), description="headline and text of articles in which nothing was found")
    alerts: Duration = Field(timedelta(days=365), description="words of alerts that were dealt with")
    rejected: Duration = Field(timedelta(days=365), description="what was judged to be no account")
    accounts: Duration | None = Field(None, description="persons of whom no further article came; none: kept")


class WebSubConfig(Table):
    """`[websub]`: hubs push what feeds have new, instead of being polled for it."""

    callback: str = Field(
        "", pattern=r"^(https?://[^\s/?#]+(/[^\s?#]*)?)?$", description="address that hubs reach this daemon at"
    )
    listen: str = Field("127.0.0.1:8735", pattern=r"^[^\s]+:\d{1,5}$", description="host and port to listen on")


class Config(Table):
    """Everything in `outspoken.toml`."""

    database: Path = Field(Path("outspoken.db"), description="the SQLite file")
    sources: Path = Field(Path("sources.toml"), description="the list of sources")
    profiles: tuple[str, ...] = Field(("islamic_state",), description="what is watched: shipped names or TOML files")
    contact: str = Field("", description="an e-mail address or page in the user agent, for site owners")
    crawl: CrawlConfig = CrawlConfig()
    read: ReadConfig = ReadConfig()
    archive: Annotated[ArchiveConfig, BeforeValidator(_keep)] = ArchiveConfig()
    alerts: AlertConfig = AlertConfig()
    verdicts: VerdictConfig = VerdictConfig()
    retention: RetentionConfig = RetentionConfig()
    canary: CanaryConfig = CanaryConfig()
    websub: WebSubConfig = WebSubConfig()
    second_reader: SecondReaderConfig | None = Field(
        None, description="asks a language model; left out: nobody is asked"
    )
    web: WebConfig = WebConfig()
    channels: dict[str, dict[str, Any]] = Field({}, description="one table for each recipient; `type` says what it is")
    alert_channels: tuple[str, ...] = Field((), description="channels that get what no route takes; empty: all")
    routes: tuple[RouteConfig, ...] = Field((), description="which alerts go where, and when")


def _selector(value: str) -> str:
    """A CSS selector that can be asked for; ValueError otherwise."""
    from lxml.cssselect import CSSSelector, SelectorError
    from lxml.etree import Element, XPathError

    try:
        CSSSelector(value, translator="html")(Element("html"))
    except (SelectorError, XPathError, ValueError, AttributeError) as error:
        raise ValueError(f'"{value}" is no CSS selector: {error}') from None
    return value


Selector = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_selector)]
"""A CSS selector."""


class RecipeTable(Table):
    """`recipe` of a source: where its pages hold what, for an outlet on which extraction goes wrong."""

    body: Selector | None = Field(None, description="what holds the text, all that match in the page's order")
    remove: tuple[Selector, ...] = Field((), description="what is taken out before anything is read")
    author: Selector | None = Field(None, description="each author apart")
    date: Selector | None = Field(None, description="the time of publication")

    def recipe(self) -> Recipe:
        """The value that the rest of the program knows."""
        return Recipe(self.body or "", ", ".join(self.remove), self.author or "", self.date or "")


class SourceTable(Table):
    """`[[source]]` in `sources.toml`: one outlet or blog."""

    name: str = Field(pattern=r"^[\w.-]{1,80}$", description="short name, unique in the file")
    url: str = Field(
        pattern=r"^(https?://[^\s]+|file:///.+)$",
        description="address of the feed, sitemap, site, section page or files",
    )
    kind: str = Field("feed", pattern=r"^(feed|sitemap|wordpress|listing|warc)$", description="how the source is read")
    outlet: str = Field("", max_length=200, description="the outlet's name as people know it")
    language: str = Field("", pattern=r"^([a-z]{2})?$", description="ISO 639-1, where the pages do not say")
    country: str = Field("", pattern=r"^([A-Z]{2})?$", description="ISO 3166-1 alpha-2")
    enabled: bool = Field(True, description="false: kept in the list, never polled")
    allow_private: bool = Field(False, description="may live at a private or loopback address")
    interval: Duration | None = Field(None, description="fixed time between two polls")
    delay: float | None = Field(None, ge=0, le=3600, description="seconds between two requests to its host")
    tags: tuple[str, ...] = Field((), description="words of your own, for routes and lists")
    selector: str = Field("", max_length=500, description="listing: CSS selector of the links to articles")
    pages: int = Field(1, ge=1, le=20, description="listing: how many pages of it are read")
    recipe: RecipeTable | None = Field(None, description="CSS selectors for its pages")
    full_content: bool | Literal["auto"] = Field(
        "auto", description="feed: whether its own texts are read instead of pages; auto: where they are whole"
    )

    @model_validator(mode="after")
    def _own_address(self) -> Self:
        if self.url.startswith("file:") != (self.kind == "warc"):
            raise ValueError(
                'kind "warc" reads files, with an address like "file:///srv/news/*.warc.gz", and no other does'
            )
        return self

    def source(self) -> Source:
        """The value that the rest of the program knows."""
        own = self.model_dump(exclude={"recipe", "full_content"})
        full = None if self.full_content == "auto" else self.full_content
        return Source(**own, recipe=self.recipe.recipe() if self.recipe else None, full_content=full)


class SourceFile(Table):
    """Everything in `sources.toml`."""

    source: tuple[SourceTable, ...] = ()
