"""`outspoken archive`: the kept pages, shown and checked."""

from __future__ import annotations

import sys
from dataclasses import asdict
from functools import partial
from typing import Any

import click

from archive import Archive
from commands.base import FAILED, App, as_json, err, out, pass_app, plain, print_json, print_table, progress, short
from db import Kept


@click.group()
def archive() -> None:
    """Show and check the pages that are kept as evidence.

    They stand in WARC files, which other programs read too; the database knows where.
    """


@archive.command()
@click.argument("url")
@click.option("--body", is_flag=True, help="Write the page's bytes to standard output instead.")
@click.option("--warc", "as_warc", is_flag=True, help="Write the record to standard output instead, as a WARC file.")
@as_json
@pass_app
def show(app: App, url: str, body: bool, as_warc: bool, as_json: bool) -> None:
    """Show what is kept of the page at URL: when it was fetched, where it stands, its SHA-256, whether it is intact.

    With --body or --warc the latest copy itself is written out. The exit code is 1 where none is kept or one is damaged.

    Example: outspoken archive show https://outlet.example/article --body > page.html
    """
    with app.store(readonly=True) as store:
        kept, kept_in = store.records_of(url), Archive(store, app.config.archive)
        if not kept:
            err.print(plain(f"{url}: no copy is kept"))
            raise SystemExit(FAILED)
        if body or as_warc:
            sys.stdout.buffer.write(kept_in.page(kept[0]).body if body else kept_in.member(kept[0]))
            return
        rows = [_row(kept_in, each) for each in kept]
    if as_json:
        print_json(rows)
    else:
        columns = ("kept", "file", "offset", "length", "sha256", "fault")
        shown = [row | {"kept": short(each.kept)} for row, each in zip(rows, kept, strict=True)]
        print_table(f"{len(rows)} copies of {url}", columns, [[row[column] for column in columns] for row in shown])
    raise SystemExit(FAILED if any(row["fault"] for row in rows) else 0)


def _row(kept_in: Archive, kept: Kept) -> dict[str, Any]:
    place = {"kept": kept.kept.isoformat(), "file": str(kept_in.folder / kept.file)}
    return asdict(kept) | place | {"fault": kept_in.fault(kept)}


@archive.command()
@as_json
@pass_app
def verify(app: App, as_json: bool) -> None:
    """Read every kept page back and check its digest; name what is damaged, missing or unknown to the database.

    The exit code is 1 where something is wrong.

    Example: outspoken archive verify
    """
    with app.store(readonly=True) as store, progress() as bar:
        count = store.kept_pages()
        tick = partial(bar.advance, bar.add_task("Checking", total=count))
        faults = list(Archive(store, app.config.archive).verify(tick))
    if as_json:
        print_json({"pages": count, "faults": [asdict(fault) for fault in faults]})
    else:
        for fault in faults:
            out.print(plain(fault.sentence), soft_wrap=True)
        out.print(plain(f"{count} kept pages, {len(faults)} faults"))
    raise SystemExit(FAILED if faults else 0)
