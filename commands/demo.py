"""The main job on the sample outlets: what `outspoken run` does where nothing is configured yet."""

from __future__ import annotations

import asyncio
import shutil
from datetime import timedelta
from pathlib import Path

import samples
import scheduler
from commands.base import FAILED, err, out, plain
from config import AlertConfig, Config, CrawlConfig

FOLDER = Path("var/samples")
LIMIT = timedelta(seconds=58)

HINT = """
That was the whole chain on sample outlets: polled, fetched, read, told.
  look again    outspoken -c {config} accounts      outspoken -c {config} status
  watch real    outspoken init       writes outspoken.toml and sources.toml with some 30 public feeds
                outspoken check      says what is missing (fill in an e-mail or Slack channel first)
                outspoken run        runs until told to stop
"""


def run() -> int:
    """Run on the sample outlets until everything has appeared and been told; returns the exit code."""
    config = _configure()
    out.rule("[bold]Outspoken on its sample outlets[/]")
    with samples.serve() as web:
        code = scheduler.main(config, sources=web.sources, until=lambda: web.appeared_all, limit=LIMIT, show=_show)
    out.rule()
    out.print(plain(HINT.format(config=config).strip("\n")))
    return code


def _configure() -> Path:
    """A fresh folder with the configuration of the sample run, which the other commands can use afterwards."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    path = FOLDER / "outspoken.toml"
    path.write_text(CONFIG, "utf-8")
    return path
