"""`outspoken run` and `outspoken crawl`: the daemon, and spiders by hand."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click
from rich.progress import Progress

import scheduler
from commands import demo
from commands.base import FAILED, App, as_json, err, log_to_terminal, out, pass_app, plain, print_json, print_table
from errors import ConfigError, Problem
from model import PollOutcome


@click.command()
@click.option("--until-idle", is_flag=True, help="End when nothing is due any more, instead of going on for ever.")
@pass_app
def run(app: App, until_idle: bool) -> None:
    """Poll, fetch, read, detect and alert until told to stop (Ctrl-C or SIGTERM; SIGHUP reads the configuration again).

    Without an outspoken.toml it runs for a minute on the sample outlets that ship with the program.

    Example: outspoken run
    """
    if not app.path.exists() and app.path == Path("outspoken.toml"):
        raise SystemExit(demo.run())
    log_to_terminal(verbose=True)
    raise SystemExit(scheduler.main(app.path, until_idle=until_idle))
