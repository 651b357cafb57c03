"""`outspoken sources`: the list of what is watched."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import click
import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT

import config
from commands.base import FAILED, App, as_json, out, pass_app, plain, print_json, print_table, progress
from errors import ConfigError, Problem
from model import FeedState, Poll, Polled
from pipeline import utcnow
from spiders.asking import Asked
from spiders.run import Crawls
from spiders.run import main as react


@click.group()
def sources() -> None:
    """List, add, remove and check the sources that are watched.

    They stand in sources.toml, which may be edited by hand too; a running daemon sees a change within seconds.
    """


@sources.command("list")
@as_json
@pass_app
def list_(app: App, as_json: bool) -> None:
    """Show every source with its last poll.

    Example: outspoken sources list --json | jq -r '.[].url'
    """
    with app.store() as store:
        store.sync_sources(app.sources, utcnow())
        listed = {source.name for source in app.sources}
        rows = [row for row in store.status(utcnow()) if row["name"] in listed]
    if as_json:
        print_json(rows)
        return
    columns = ("name", "kind", "outlet", "verdict", "last_success", "failures", "url")
    print_table(f"{len(rows)} sources", columns, [[row[column] for column in columns] for row in rows])


@sources.command("check")
@click.argument("names", nargs=-1)
@as_json
@pass_app
def check_(app: App, names: tuple[str, ...], as_json: bool) -> None:
    """Poll the sources NAMES (all, if none is named) once and say what each answers; nothing is stored.

    The exit code is 1 where a source does not answer with a feed.

    Example: outspoken sources check bbc-world
    """
    known = {source.name: source for source in app.sources}
    for name in names:
        if name not in known:
            raise ConfigError([Problem(str(app.config.sources), "", None, f'has no source named "{name}"')])
    hub = Asked()
    wanted = [known[name] for name in names] or [source for source in known.values() if source.enabled]
    polls = [Poll(source, FeedState(source.url)) for source in wanted]
    with progress() as bar:
        hub.tick = partial(bar.advance, bar.add_task("Asking", total=len(polls)))
        react(Crawls(hub, app.config).poll(polls))
    rows = [_answer(hub.found[poll.source.name]) for poll in polls if poll.source.name in hub.found]
    if as_json:
        print_json(rows)
    else:
        columns = ("name", "outcome", "entries", "newest", "status", "seconds", "error")
        print_table(f"{len(rows)} sources", columns, [[row[column] for column in columns] for row in rows])
    raise SystemExit(FAILED if any(row["outcome"] not in ("changed", "unchanged", "empty") for row in rows) else 0)


def _answer(polled: Polled) -> dict[str, object]:
    newest = max((entry.published for entry in polled.entries if entry.published), default=None)
    return {
        "name": polled.source,
        "outcome": polled.outcome.value,
        "entries": len(polled.entries),
        "newest": newest.isoformat() if newest else None,
        "status": polled.status,
        "seconds": round(polled.seconds, 2),
        "url": polled.state.url,
        "error": polled.error,
    }


@sources.command()
@click.argument("name")
@click.argument("url")
@click.option(
    "--kind",
    default="feed",
    show_default=True,
    type=click.Choice(["feed", "sitemap", "wordpress", "listing", "warc"]),
    help="How it is read.",
)
@click.option("--outlet", default="", help="The outlet's name as people know it.")
@click.option("--language", default="", help="ISO 639-1, where the pages do not say.")
@click.option("--country", default="", help="ISO 3166-1 alpha-2.")
@pass_app
def add(app: App, /, name: str, url: str, **fields: str) -> None:
    """Add the source NAME, whose feed (or sitemap, site, section page) is at URL, to sources.toml.

    Example: outspoken sources add bbc-world https://feeds.bbci.co.uk/news/world/rss.xml --outlet "BBC News"
    """
    path = app.config.sources
    append(path, [({"name": name, "url": url, **fields}, "")])
    out.print(plain(f"{name}: added to {path}. Try it with: outspoken crawl {name}"))


@sources.command()
@click.argument("name")
@pass_app
def remove(app: App, name: str) -> None:
    """Take the source NAME out of sources.toml; what was stored from it stays.

    Example: outspoken sources remove bbc-world
    """
    path = app.config.sources
    document = _document(path)
    tables = document.get("source", [])
    place = next((i for i, table in enumerate(tables) if table.get("name") == name), None)
    if place is None:
        raise ConfigError(
            [Problem(str(path), "", None, f'has no source named "{name}"; `outspoken sources list` shows all')]
        )
    del tables[place]
    _write(path, tomlkit.dumps(document))
    out.print(plain(f"{name}: removed from {path}"))


def append(path: Path, rows: Sequence[tuple[Mapping[str, object], str]]) -> None:
    """Add sources to a file in one step, each with the comment that stands above it. Raises ConfigError."""
    document = _document(path)
    tables = document.setdefault("source", tomlkit.aot())
    if not isinstance(tables, AoT):
        message = "write its sources as [[source]] tables, so that one can be added"
        raise ConfigError([Problem(str(path), "source", None, message)])
    for row, comment in rows:
        table = tomlkit.table()
        if comment:
            table.add(tomlkit.comment(comment))
        for key, value in row.items():
            if value and (key, value) != ("kind", "feed"):
                table.add(key, value)
        tables.append(table)
    _write(path, tomlkit.dumps(document))


def _document(path: Path) -> tomlkit.TOMLDocument:
    if not path.exists():
        return tomlkit.document()
    config.load_sources(path)
    try:
        return tomlkit.parse(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, TOMLKitError) as error:
        raise ConfigError([Problem(str(path), "", None, f"cannot be changed: {error}")]) from None


def _write(path: Path, text: str) -> None:
    """Replace the file in one step, and only by one that can be read: a daemon may be reading it."""
    draft = path.with_name(path.name + ".new")
    try:
        draft.write_text(text, "utf-8")
        config.load_sources(draft)
        os.replace(draft, path)
    except ConfigError as error:
        raise ConfigError([replace(each, file=str(path), line=None) for each in error.problems]) from None
    except OSError as error:
        raise ConfigError([Problem(str(path), "", None, f"cannot be written: {error.strerror}")]) from None
    finally:
        draft.unlink(missing_ok=True)
