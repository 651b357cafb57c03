"""`outspoken sources discover`, `import` and `export`: from homepages and foreign lists to sources, and back."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from commands import lists
from commands.base import FAILED, App, as_json, out, pass_app, plain, print_json, print_table, progress, short
from commands.discovery import Discovery, Site, name_of
from commands.lists import Line
from commands.sources import append, sources
from errors import ConfigError, Problem
from spiders.run import main as react
from spiders.urls import canonical
from spiders.ways import Worth

__all__ = ["discover", "export", "import_", "sources"]

BATCH = 40
"""Sites that are looked at at once."""
allow_private = click.option("--allow-private", is_flag=True, help="Private and loopback addresses may be asked.")


@sources.command()
@click.argument("url")
@click.option("--add", is_flag=True, help="Write the best way into sources.toml, with its reasons.")
@click.option("--name", default="", help="The new source's name; else it is made of the host's.")
@allow_private
@as_json
@pass_app
def discover(app: App, url: str, add: bool, name: str, allow_private: bool, as_json: bool) -> None:
    """Find the best way into the site URL: feeds, news sitemaps, WordPress, or the page itself.

    All is tried, what works is ranked. The exit code is 1 where nothing works.

    Example: outspoken sources discover https://www.bbc.com/news --add
    """
    address = canonical(url if "://" in url else f"https://{url}")
    if not address:
        raise ConfigError([Problem(url, "", None, "is no http or https address")])
    with progress() as bar:
        bar.add_task("Trying", total=None)
        site = react(Discovery(app.config, allow_private).sites([address]))[address]
    if as_json:
        print_json({"url": address, "title": site.title, "hub": site.hub, "error": site.error, "ways": _rows(site)})
    else:
        _show(site)
    if add and site.best:
        taken = {source.name for source in app.sources} if app.config.sources.exists() else set()
        row = _row(Line(site=address, name=name), site.best, site.title, taken, allow_private)
        append(app.config.sources, [(row, _comment(site.best))])
        if not as_json:
            out.print(
                plain(f"{row['name']}: added to {app.config.sources}. Try it with: outspoken crawl {row['name']}")
            )
    raise SystemExit(0 if site.best else FAILED)


@sources.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--dry-run", is_flag=True, help="Look and report, write nothing.")
@allow_private
@as_json
@pass_app
def import_(app: App, file: Path, dry_run: bool, allow_private: bool, as_json: bool) -> None:
    """Add the sources of FILE to sources.toml: OPML, CSV with a column `url`, or one address a line.

    Each is tried; of a homepage the best way in is found. What could not be read is reported, and the exit code is
    then 1.

    Example: outspoken sources import subscriptions.opml
    """
    lines, wrong = lists.read(file)
    work = _Import(app, allow_private, {source.name for source in _watched(app)})
    work.failed += [("", sentence) for sentence in wrong]
    lines = work.unknown(lines)
    with progress() as bar:
        task = bar.add_task("Trying", total=len(lines))
        react(work.run(lines, lambda count: bar.advance(task, count)))
    if work.rows and not dry_run:
        append(app.config.sources, work.rows)
    work.report(as_json, dry_run)
    raise SystemExit(FAILED if work.failed else 0)


@sources.command()
@click.option(
    "--opml", "shape", flag_value="opml", default="opml", help="As OPML, which feed readers know; the default."
)
@click.option("--csv", "shape", flag_value="csv", help="As CSV, with all that `sources import` reads.")
@pass_app
def export(app: App, shape: str) -> None:
    """Print all sources for other programs.

    Example: outspoken sources export --opml > sources.opml
    """
    click.echo(lists.table(app.sources) if shape == "csv" else lists.opml(app.sources))


@dataclass
class _Import:
    """An import under way: what is to be added, what is known, what failed and why."""

    app: App
    allow_private: bool
    taken: set[str]
    rows: list[tuple[dict[str, Any], str]] = field(default_factory=list)
    known: list[str] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)

    def unknown(self, lines: list[Line]) -> list[Line]:
        """The lines that name nothing that is watched, or named twice."""
        seen = {canonical(source.url) for source in _watched(self.app)}
        left = []
        for line in lines:
            if {line.feed, line.site} & seen - {""}:
                self.known.append(line.feed or line.site)
            else:
                left.append(line)
                seen |= {line.feed or line.site}
        return left

    async def run(self, lines: list[Line], tick: Any) -> None:
        """Try all, some at a time."""
        for start in range(0, len(lines), BATCH):
            batch = lines[start : start + BATCH]
            discovery = Discovery(self.app.config, self.allow_private)
            feeds = await discovery.feeds([line.feed or line.site for line in batch])
            rest = [line for line in batch if (line.feed or line.site) not in feeds]
            found = await discovery.sites(list(dict.fromkeys(line.site or line.feed for line in rest))) if rest else {}
            for line in batch:
                self._take(line, feeds.get(line.feed or line.site) or found[line.site or line.feed])
            tick(len(batch))
            await asyncio.sleep(0)

    def _take(self, line: Line, site: Site) -> None:
        best = _wanted(line, site)
        if best is None:
            self.failed.append((line.feed or line.site, site.error or site.found[0].reasons[0]))
            return
        watched = {other["url"] for other, _ in self.rows} | {source.url for source in _watched(self.app)}
        if best.way.url in watched:
            self.known.append(best.way.url)
        else:
            row = _row(line, best, site.title, self.taken, self.allow_private)
            self.rows.append((row, _comment(best)))

    def report(self, as_json: bool, dry_run: bool) -> None:
        """Say what was done."""
        failed = [{"address": address, "error": error} for address, error in self.failed]
        if as_json:
            print_json({"added": [row for row, _ in self.rows], "known": self.known, "failed": failed})
            return
        if failed:
            print_table("Could not be read", ("address", "error"), [list(each.values()) for each in failed])
        added = "would be added" if dry_run else "added"
        out.print(
            plain(f"{len(self.rows)} {added}, {len(self.known)} watched already, {len(failed)} could not be read")
        )


def _watched(app: App) -> list[Any]:
    return list(app.sources) if app.config.sources.exists() else []


def _wanted(line: Line, site: Site) -> Worth | None:
    """The way of the kind that the list asks for, or the best one."""
    own = [each for each in site.found if each.works and each.way.kind == line.kind]
    return own[0] if own else site.best


def _row(line: Line, best: Worth, title: str, taken: set[str], private: bool) -> dict[str, Any]:
    name = line.name if line.name and line.name not in taken else name_of(line.site or best.way.url, taken)
    taken.add(name)
    row: dict[str, Any] = {
        "name": name,
        "url": best.way.url,
        "kind": best.way.kind,
        "outlet": (line.outlet or title)[:200],
    }
    row |= {"language": line.language, "country": line.country, "tags": list(line.tags)}
    return row | ({"allow_private": True} if private else {})


def _comment(best: Worth) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in f"Chosen because {'; '.join(best.reasons)}.")[
        :300
    ]


def _rows(site: Site) -> list[dict[str, Any]]:
    return [
        {
            "kind": each.way.kind, "url": each.way.url, "works": each.works, "entries": each.entries,
            "newest": each.newest.isoformat() if each.newest else None, "score": each.score, "reasons": each.reasons,
        }
        for each in site.found
    ]  # fmt: skip


def _show(site: Site) -> None:
    working = [each for each in site.found if each.works]
    columns = ("kind", "url", "entries", "newest", "score", "why")
    rows = [[e.way.kind, e.way.url, e.entries, short(e.newest), e.score, "; ".join(e.reasons)] for e in working]
    print_table(f"{len(working)} of {len(site.found)} ways that were tried work", columns, rows)
    if site.hub:
        out.print(plain(f"It names a WebSub hub: {site.hub}"))
    if site.error:
        out.print(plain(f"{site.url}: {site.error}"))
