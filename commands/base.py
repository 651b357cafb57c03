"""What every command shares: the configuration, the store, printing for people and for programs."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.logging import RichHandler
from rich.table import Table
from rich.text import Text

import config
from db import Store
from model import Source

FAILED = 1
"""Exit code: the command ran, and something that it was asked to do failed."""
WRONG = 2
"""Exit code: the command could not run: wrong usage, configuration or database."""

out = Console()
err = Console(stderr=True)


@dataclass
class App:
    """The configuration file that this call of the command uses, and what follows from it."""

    path: Path

    @cached_property
    def config(self) -> config.Config:
        """What stands in `outspoken.toml`. Raises ConfigError."""
        return config.load(self.path)

    @cached_property
    def sources(self) -> list[Source]:
        """What stands in `sources.toml`. Raises ConfigError."""
        return config.load_sources(self.config.sources)

    def store(self, *, readonly: bool = False) -> Store:
        """The database, opened. Raises StoreError."""
        return Store.open(self.config.database, readonly=readonly)


pass_app = click.make_pass_decorator(App)
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")


def print_json(value: Any) -> None:
    """One JSON value on standard output, readable as UTF-8."""
    click.echo(json.dumps(value, ensure_ascii=False, default=str))


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table for people; what comes from outside is shown as text, never as markup."""
    table = Table(*columns, title=title, title_justify="left", header_style="bold")
    for row in rows:
        table.add_row(*(plain(cell) for cell in row))
    out.print(table)


def plain(value: object) -> Text:
    """Foreign text as plain text: no markup, no control characters that a terminal would obey."""
    text = "" if value is None else str(value)
    return Text("".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text))


def short(time: datetime | None) -> str:
    """A time for people, in UTC; empty if there is none."""
    return time.strftime("%Y-%m-%d %H:%M") if time else ""


def log_to_terminal(verbose: bool) -> None:
    """Send the program's log to standard error."""
    handler = RichHandler(console=err, show_path=False, rich_tracebacks=False, markup=False)
    logging.basicConfig(level=logging.INFO if verbose else logging.WARNING, handlers=[handler], format="%(message)s")
    for name in ("scrapy", "twisted", "httpx", "httpcore", "apscheduler", "trafilatura", "htmldate"):
        logging.getLogger(name).setLevel(logging.ERROR)
