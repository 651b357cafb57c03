"""`outspoken warc`: articles out of WARC and WACZ files."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Sequence
from pathlib import Path

import click
from rich.progress import Progress, TaskID

from commands.base import FAILED, App, as_json, err, out, pass_app, plain, print_json, progress
from model import Poll, Polled, Source
from pipeline import Hub, utcnow
from reading import Pool
from spiders import warcs
from spiders.run import Crawls
from spiders.run import main as react

STEP = 500
"""Pages that are put into the queue before they are read."""


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@as_json
@pass_app
def warc(app: App, files: tuple[Path, ...], as_json: bool) -> None:
    """Read the articles in the WARC or WACZ FILES, or folders of them, and store what is found.

    Killed or broken off, the same call goes on where it stopped; what is known already is passed over. Articles older
    than alerts.max_age make no alert. The exit code is 1 where a file cannot be read to its end.

    Example: outspoken warc CC-NEWS-20260301001122-00042.warc.gz
    """
    made = [Source(_name(path), path.absolute().as_uri(), kind="warc", enabled=False) for path in files]
    with app.store() as store, Pool(app.config.read, app.config.profiles) as pool:
        for source in made:
            store.add_source(source, utcnow())
        hub = Hub(store, app.config, pool, app.config.alert_channels or tuple(app.config.channels))
        wrong = react(_read(hub, Crawls(hub, app.config), made))
    if as_json:
        print_json({"counts": vars(hub.counts), "wrong": wrong})
    else:
        for sentence in wrong:
            err.print(plain(sentence), soft_wrap=True)
        counts = hub.counts
        out.print(plain(f"{counts.articles} articles, {counts.findings} with findings, {counts.alerts} alerts"))
    raise SystemExit(FAILED if wrong else 0)


def _name(path: Path) -> str:
    """The name of the source that stands for a file."""
    return "warc-" + re.sub(r"[^\w.-]", "-", path.name)[-70:]


async def _read(hub: Hub, crawls: Crawls, sources: Sequence[Source]) -> list[str]:
    """Queue and read, piece by piece, until there is nothing left; gives what was wrong."""
    names = {source.name for source in sources}
    wrong = dict[str, str]()
    with progress() as bar:
        size = sum(path.stat().st_size for source in sources for path in warcs.paths(source.url))
        reading, more = bar.add_task("Reading", total=size), True
        while more:
            looked = [await _looked(hub, poll) for poll in hub.polls(sorted(names))]
            while pages := hub.pages(sources=names):
                await crawls.fetch(pages)
                hub.release_pages(pages)
            _tell(bar, reading, looked)
            wrong = {polled.source: polled.error for polled in looked if polled.error}
            more = any(polled.entries for polled in looked)
    return list(wrong.values())


async def _looked(hub: Hub, poll: Poll) -> Polled:
    polled = await asyncio.to_thread(warcs.look, poll, utcnow(), hub.config.crawl.page_bytes, STEP)
    await hub.polled(polled)
    return polled


def _tell(bar: Progress, task: TaskID, looked: Sequence[Polled]) -> None:
    bar.update(task, completed=sum(sum(json.loads(polled.state.memory).values()) for polled in looked))
