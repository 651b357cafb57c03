"""What every command shares: the configuration, the store, printing for people and for programs."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import click
from rich.console import Console, ConsoleRenderable
from rich.logging import RichHandler
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

import config
from db import Store
from model import Source

FAILED = 1
"""Exit code: the command ran, and something that it was asked to do failed."""
WRONG = 2
"""Exit code: the command could not run: wrong usage, configuration or database."""

_HELD = re.compile("[\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")
"""What JSON may hold as it is but a terminal may obey, or cannot be written: goes out as an escape of JSON."""


class _Out(Console):
    """Standard output, of which a reader may go away (`head`): rich would make that a failure."""

    def on_broken_pipe(self) -> None:
        """Leave it to the command; called while the error is handled."""
        raise


out = _Out()
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

    def store(self, *, readonly: bool = False, exists: bool = False) -> Store:
        """The database, opened; made where it is missing, unless it is only read or must be there. Raises StoreError."""
        if exists:
            Store.open(self.config.database, readonly=True).close()
        return Store.open(self.config.database, readonly=readonly)


pass_app = click.make_pass_decorator(App)
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")


def print_json(value: Any) -> None:
    """One JSON value on standard output, readable as UTF-8."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    click.echo(_HELD.sub(lambda found: f"\\u{ord(found[0]):04x}", text))


def progress() -> Progress:
    """A bar on standard error while something takes its time; nothing where that is no terminal."""
    return Progress(console=err, transient=True, disable=not err.is_terminal)


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table for people; what comes from outside is shown as text, never as markup."""
    table = Table(*columns, title=title, title_justify="left", header_style="bold")
    for row in rows:
        table.add_row(*(plain(cell) for cell in row))
    out.print(table)


def plain(value: object) -> Text:
    """Foreign text as plain text: no markup, no control characters that a terminal would obey."""
    text = "" if value is None else str(value)
    return Text("".join(map(_visible, text)))


def _visible(char: str) -> str:
    """The character as it is shown: always one, so that offsets stay what they are."""
    if char.isprintable() or char in "\n\N{ZERO WIDTH NON-JOINER}":
        return char
    return " " if char.isspace() else "\N{REPLACEMENT CHARACTER}"


def short(time: datetime | None) -> str:
    """A time for people, in UTC; empty if there is none."""
    return time.strftime("%Y-%m-%d %H:%M") if time else ""


class _Log(RichHandler):
    """The log on a terminal: what pages and servers say in it is text, nothing else."""

    def render_message(self, record: logging.LogRecord, message: str) -> ConsoleRenderable:
        """The message without what a terminal would obey."""
        return super().render_message(record, plain(message).plain)


def log_to_terminal(verbose: bool) -> None:
    """Send the program's log to standard error."""
    handler = _Log(console=err, show_path=False, rich_tracebacks=False, markup=False)
    level = logging.INFO if verbose else logging.WARNING
    logging.basicConfig(level=level, handlers=[handler], format="%(message)s", force=True)
    for name in ("scrapy", "twisted", "httpx", "httpcore", "apscheduler", "trafilatura", "htmldate"):
        logging.getLogger(name).setLevel(logging.ERROR)
