"""The command `outspoken`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import click

from commands import base
from commands.accounts import accounts
from commands.alerts import alerts
from commands.archive import archive
from commands.backtest import command as backtest
from commands.daemon import crawl, run
from commands.finding import sources
from commands.forgetting import forget
from commands.looking import status, unmerge
from commands.serving import serve
from commands.setup import check, init
from commands.texts import detect, evaluate, explain, extract
from commands.warc import warc
from errors import ConfigError, OutspokenError, StoreError

SETTINGS = "SCRAPY_SETTINGS_MODULE"


class Command(click.Group):
    """Turns the program's own errors into one sentence and an exit code; nobody is shown a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except OutspokenError as error:
            base.err.print(base.plain(error), soft_wrap=True)
            raise SystemExit(base.WRONG if isinstance(error, ConfigError | StoreError) else base.FAILED) from None
        except BrokenPipeError:
            # the reader (head, less) has gone: nothing more to say, also not while the interpreter shuts down
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise SystemExit(0) from None


@click.group(cls=Command, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "-c",
    "--config",
    "path",
    default="outspoken.toml",
    show_default=True,
    envvar="OUTSPOKEN_CONFIG",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The configuration; `outspoken init` writes one.",
)
@click.option("-v", "--verbose", is_flag=True, help="Say on standard error what is being done.")
@click.version_option(package_name="outspoken", message="%(prog)s %(version)s")
@click.pass_context
def main(ctx: click.Context, path: Path, verbose: bool) -> None:
    """Tell a team when somebody who left an extremist group speaks out in public for the first time.

    Start with `outspoken init`, then `outspoken check`, then `outspoken run`.
    """
    # scrapy.cfg is not installed with the program
    os.environ.setdefault(SETTINGS, "spiders.settings")
    base.log_to_terminal(verbose)
    ctx.obj = base.App(path)


for command in (
    init,
    check,
    run,
    crawl,
    sources,
    explain,
    extract,
    detect,
    evaluate,
    backtest,
    accounts,
    unmerge,
    forget,
    alerts,
    archive,
    warc,
    status,
    serve,
):
    main.add_command(command)


if __name__ == "__main__":
    main()
