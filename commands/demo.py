"""The main job on the sample outlets: what `outspoken run` does where nothing is configured yet."""

from __future__ import annotations

import shutil
from pathlib import Path
from time import monotonic

import samples
import scheduler
from commands.base import err, out, plain
from model import Source
from pipeline import Hub

FOLDER = Path("var/samples")
LONGEST = 75.0
"""Seconds after which the run ends whatever is still to come."""
TICKER = 5.0

HINT = """\
That was the whole chain on sample outlets: polled, fetched, read, joined, told. Look again:
    outspoken -c {config} accounts
    outspoken -c {config} status
To watch real outlets:
    outspoken init       writes outspoken.toml and sources.toml with some thirty public feeds
    outspoken check      says what is missing; fill in an e-mail or Slack channel
    outspoken run        runs until it is told to stop"""


def run() -> int:
    """Run on the sample outlets until everything has appeared and been told; returns the exit code."""
    out.rule("Outspoken on its sample outlets")
    with samples.serve() as web:
        config = _configure(web.sources)
        watcher = Watcher(web)
        code = scheduler.run(config, until=watcher.enough)
    out.rule()
    out.print(plain(HINT.format(config=config)))
    return code


class Watcher:
    """Says now and then what has come in, and when it is enough."""

    def __init__(self, web: samples.Web) -> None:
        self._web = web
        self._began = self._said = monotonic()

    def enough(self, hub: Hub) -> bool:
        """Whether everything has appeared, was read, and was told."""
        now = monotonic()
        waiting = hub.store.pending_pages() + hub.store.waiting_deliveries()
        done = self._web.appeared_all() and not waiting and self._settled(hub)
        if done or now - self._said >= TICKER:
            self._said = now
            counts = hub.counts
            line = f"{now - self._began:3.0f} s  {counts.polls} polls, {counts.articles} articles"
            err.print(
                plain(f"{line} ({counts.ruled_out} ruled out at a glance), {counts.alerts} alerts, {waiting} waiting")
            )
        return done or now - self._began > LONGEST

    def _settled(self, hub: Hub) -> bool:
        """Every source was polled after its last article had appeared."""
        return hub.store.polled_since(self._web.complete_at())


def _configure(sources: list[Source]) -> Path:
    """A fresh folder with the configuration of the sample run, which the other commands can use afterwards."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    samples.write(FOLDER, sources)
    return FOLDER / "outspoken.toml"
