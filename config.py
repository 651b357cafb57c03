"""The one typed configuration: `outspoken.toml`, and `sources.toml` beside it.

Every mistake in a file is reported together, each with its key and line (`ConfigError`). Secrets are written as
`env:NAME` or `file:PATH`; they are read when they are needed and never printed.
"""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

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
    interval: Duration = Field(timedelta(minutes=15), description="time between two polls of a source")
    min_interval: Duration = Field(timedelta(minutes=5), description="no source is polled more often than this")
    max_interval: Duration = Field(timedelta(hours=6), description="no healthy source is polled less often than this")
    attempts: int = Field(6, ge=1, le=50, description="tries for one page before it is given up")


class ReadConfig(Table):
    """`[read]`: the worker processes that extract and detect."""

    workers: int = Field(0, ge=0, le=64, description="worker processes; 0: as many as there are processors")
    seconds: float = Field(20, gt=0, le=600, description="time limit for one page")
    memory_mb: int = Field(1024, ge=128, description="memory limit of one worker")


class AlertConfig(Table):
    """`[alerts]`: what is told, to whom, and how a flood is prevented."""

    max_age: Duration = Field(timedelta(days=7), description="older articles never alert at once")
    backlog: int = Field(5, ge=1, description="more new cases than this after a pause become one digest")
    reports: bool = Field(False, description="also tell about articles labelled `report`")
    attempts: int = Field(12, ge=1, le=100, description="tries for one delivery before it is dead")
    ops: tuple[str, ...] = Field((), description="channels that hear of trouble; empty: all")


class Config(Table):
    """Everything in `outspoken.toml`."""

    database: Path = Field(Path("outspoken.db"), description="the SQLite file")
    sources: Path = Field(Path("sources.toml"), description="the list of sources")
    profiles: tuple[str, ...] = Field(("islamic_state",), description="what is watched: shipped names or TOML files")
    contact: str = Field("", description="an e-mail address or page in the user agent, for site owners")
    crawl: CrawlConfig = CrawlConfig()
    read: ReadConfig = ReadConfig()
    alerts: AlertConfig = AlertConfig()
    channels: dict[str, dict[str, Any]] = Field({}, description="one table for each recipient; `type` says what it is")
