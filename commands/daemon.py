"""`outspoken run` and `outspoken crawl`: the daemon, and spiders by hand."""

from __future__ import annotations

from pathlib import Path

import click

import reloading
import scheduler
from commands import demo
from commands.base import (
    FAILED,
    App,
    as_json,
    log_to_terminal,
    out,
    pass_app,
    plain,
    print_json,
    print_table,
    progress,
)
from errors import ConfigError, Problem
from model import Poll
from pipeline import Hub, utcnow
from reading import Pool
from spiders.run import Crawls
from spiders.run import main as react


@click.command()
@click.option("--until-idle", is_flag=True, help="End when nothing is due any more, instead of going on for ever.")
@pass_app
def run(app: App, until_idle: bool) -> None:
    """Poll, fetch, read, detect and alert until told to stop (Ctrl-C or SIGTERM).

    A changed sources.toml is taken over within seconds; SIGHUP reads it at once. Without an outspoken.toml the whole
    chain runs for a minute on the sample outlets that ship with the program.

    Example: outspoken run
    """
    if not app.path.exists() and app.path == Path("outspoken.toml"):
        raise SystemExit(demo.run())
    log_to_terminal(verbose=True)
    raise SystemExit(scheduler.run(app.path, until=_idle if until_idle else None))


def _idle(hub: Hub) -> bool:
    return hub.idle() and not hub.store.waiting_deliveries()


@click.command()
@click.argument("names", nargs=-1, required=True)
@as_json
@pass_app
def crawl(app: App, names: tuple[str, ...], as_json: bool) -> None:
    """Poll the sources NAMES now and read what is new in them.

    What is found is stored, and told by the running daemon or the next one. The exit code is 1 where a source fails.

    Example: outspoken crawl bbc-world guardian-world
    """
    known = {source.name for source in app.sources}
    strangers = [name for name in names if name not in known]
    if strangers:
        path = str(app.config.sources)
        raise ConfigError([Problem(path, "", None, f'has no source named "{name}"') for name in strangers])
    if problems := reloading.unknown_channels(app.path, app.config):
        raise ConfigError(problems)
    with app.store() as store, Pool(app.config.read, app.config.profiles) as pool:
        store.sync_sources(app.sources, utcnow())
        hub = Hub(store, app.config, pool, app.config.alert_channels or tuple(app.config.channels))
        react(_crawl(hub, Crawls(hub, app.config), hub.polls(names)))
        rows = [row for row in store.status(utcnow()) if row["name"] in names]
        _summary(hub, rows, as_json)
    raise SystemExit(FAILED if any(row["failures"] for row in rows) else 0)


async def _crawl(hub: Hub, crawls: Crawls, polls: list[Poll]) -> None:
    """Poll, then fetch what is due of these sources, with a bar."""
    names = {poll.source.name for poll in polls}
    with progress() as bar:
        polling = bar.add_task("Polling", total=len(polls))
        await crawls.poll(polls)
        bar.update(polling, completed=len(polls))
        fetching = bar.add_task("Reading", total=hub.store.pending_pages(names))
        while pages := hub.pages(sources=names):
            await crawls.fetch(pages)
            hub.release_pages(pages)
            bar.advance(fetching, len(pages))


def _summary(hub: Hub, rows: list[dict[str, object]], as_json: bool) -> None:
    if as_json:
        print_json({"counts": vars(hub.counts), "sources": rows})
        return
    columns = ("name", "last_outcome", "articles", "pages_waiting", "pages_failed", "last_error")
    print_table("Crawled", columns, [[row[column] for column in columns] for row in rows])
    counts = hub.counts
    line = f"{counts.entries} new entries, {counts.articles} articles, {counts.findings} with findings, {counts.alerts} alerts"
    out.print(plain(line))
