"""`outspoken sources`: the list of what is watched."""

from __future__ import annotations

import os
from pathlib import Path

import click
import tomlkit
from tomlkit.exceptions import TOMLKitError

import config
from commands.base import App, as_json, out, pass_app, plain, print_json, print_table, short
from errors import ConfigError, Problem


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
        store.sync_sources(app.sources)
        rows = store.status()
    if as_json:
        print_json([row.as_dict() for row in rows])
        return
    print_table(
        f"{len(rows)} sources",
        ("name", "kind", "outlet", "last success", "failures", "url"),
        [(r.name, r.kind, r.outlet, short(r.last_success), r.failures or "", r.url) for r in rows],
    )


@sources.command()
@click.argument("name")
@click.argument("url")
@click.option("--kind", default="feed", show_default=True, help="How it is read: feed.")
@click.option("--outlet", default="", help="The outlet's name as people know it.")
@click.option("--language", default="", help="ISO 639-1, where the pages do not say.")
@click.option("--country", default="", help="ISO 3166-1 alpha-2.")
@pass_app
def add(app: App, name: str, url: str, **fields: str) -> None:
    """Add the source NAME, whose feed is at URL, to sources.toml.

    Example: outspoken sources add bbc-world https://feeds.bbci.co.uk/news/world/rss.xml --outlet "BBC News"
    """
    path = app.config.sources
    document = _document(path)
    tables = document.setdefault("source", tomlkit.aot())
    table = tomlkit.table()
    for key, value in {"name": name, "url": url, **fields}.items():
        if value and (key, value) != ("kind", "feed"):
            table.add(key, value)
    tables.append(table)
    _write(path, tomlkit.dumps(document))
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


def _document(path: Path) -> tomlkit.TOMLDocument:
    try:
        return tomlkit.parse(path.read_text("utf-8")) if path.exists() else tomlkit.document()
    except (OSError, UnicodeDecodeError, TOMLKitError) as error:
        raise ConfigError([Problem(str(path), "", None, f"cannot be changed: {error}")]) from None


def _write(path: Path, text: str) -> None:
    """Replace the file in one step, and only by one that can be read: a daemon may be reading it."""
    draft = path.with_name(path.name + ".new")
    try:
        draft.write_text(text, "utf-8")
        config.load_sources(draft)
        os.replace(draft, path)
    except OSError as error:
        raise ConfigError([Problem(str(path), "", None, f"cannot be written: {error.strerror}")]) from None
    finally:
        draft.unlink(missing_ok=True)
