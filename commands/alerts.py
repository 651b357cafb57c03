"""`outspoken alerts`: what was told, what is still to be told, and whether the channels work."""

from __future__ import annotations

import asyncio
from typing import Any

import click

from alerts.channels import build
from alerts.deliver import deliver
from commands import alerting
from commands.base import FAILED, App, as_json, out, pass_app, plain, print_json, print_table
from delivery import Alert, DeliveryState, Due
from errors import ConfigError, Problem
from pipeline import utcnow


@click.group()
def alerts() -> None:
    """List, retry, route, judge and mute what is told, and test the channels."""


@alerts.command("list")
@click.option(
    "--state", type=click.Choice([state.value for state in DeliveryState]), help="Only deliveries in this state."
)
@click.option("--limit", default=50, show_default=True, help="How many, newest first.")
@as_json
@pass_app
def list_(app: App, state: str | None, limit: int, as_json: bool) -> None:
    """Show what was told to whom, and what is still under way.

    Example: outspoken alerts list --state dead
    """
    with app.store(readonly=True) as store:
        rows = store.deliveries(state, limit)
    if as_json:
        print_json(rows)
        return
    columns = ("id", "created", "state", "channel", "attempts", "title", "error")
    print_table(f"{len(rows)} deliveries", columns, [[row[column] for column in columns] for row in rows])


@alerts.command()
@click.argument("ids", nargs=-1, type=int)
@click.option("--dead", is_flag=True, help="Every delivery that was given up.")
@pass_app
def retry(app: App, ids: tuple[int, ...], dead: bool) -> None:
    """Make deliveries due again; a running daemon sends them within seconds.

    Example: outspoken alerts retry --dead
    """
    if not ids and not dead:
        raise click.UsageError("name deliveries by their ids, or give --dead")
    with app.store(exists=True) as store:
        count = store.retry_deliveries(None if dead else list(ids), utcnow())
    out.print(plain(f"{count} deliveries are due again"))
    raise SystemExit(0 if count else FAILED)


@alerts.command()
@click.argument("channel", required=False)
@pass_app
def test(app: App, channel: str | None) -> None:
    """Send a test message to CHANNEL, or to every channel.

    Example: outspoken alerts test team-slack
    """
    tables = app.config.channels
    if channel is not None and channel not in tables:
        raise ConfigError([Problem(str(app.path), "channels", None, f'has no channel named "{channel}"')])
    names = [channel] if channel else list(tables)
    if not names:
        raise ConfigError([Problem(str(app.path), "channels", None, "has no channel; add a table [channels.NAME]")])
    failed = [name for name in names if not _test(name, tables[name])]
    raise SystemExit(FAILED if failed else 0)


def _test(name: str, table: dict[str, Any]) -> bool:
    now = utcnow()
    alert = Alert(f"test-{now:%Y%m%dT%H%M%S}", "test", now, title="A test message", body="This channel works.")
    sent = asyncio.run(deliver(build(name, table), Due(0, name, alert)))
    out.print(plain(f"{name}: {sent.state.value} {sent.error}".rstrip()), soft_wrap=True)
    return sent.state is DeliveryState.SENT


for command in alerting.COMMANDS:
    alerts.add_command(command)
