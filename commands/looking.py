"""`outspoken status` and `outspoken unmerge`: whether all is well, and what was taken for one person wrongly."""

from __future__ import annotations

import getpass
from datetime import timedelta
from typing import Any

import click

from commands.base import FAILED, App, as_json, err, out, pass_app, plain, print_json, print_table
from db import Store
from pipeline import utcnow

SOURCE_COLUMNS = (
    "name", "verdict", "last_success", "next_poll", "because", "per_day", "gaps", "failures", "last_error",
)  # fmt: skip
STEPS = ("seen", "stored", "alerted")
GAPS_SHOWN = timedelta(days=14)
"""Gaps of so long ago are still shown."""


@click.command()
@as_json
@pass_app
def status(app: App, as_json: bool) -> None:
    """Show whether all is well: each source, what waits, what could not be delivered.

    The exit code is 1 where a source fails, is silent without being known to be or has trouble, a delivery is dead, or
    the last canary did not arrive.

    Example: outspoken status
    """
    with app.store(readonly=True) as store:
        told = _health(store)
    if as_json:
        print_json(told)
    else:
        _show(told)
    canary = told["canary"]
    lost = canary is not None and bool(canary["told"]) and canary["arrived"] is None
    wrong = told["troubled"] or told["troubles"] or told["totals"]["dead deliveries"] or lost
    raise SystemExit(FAILED if wrong else 0)


def _health(store: Store) -> dict[str, Any]:
    """All that `outspoken status` says."""
    latencies, now = store.latencies(), utcnow()
    sources = [row | {"latency": latencies.get(row["name"], {})} for row in store.status(now)]
    return {
        "sources": sources,
        "totals": store.totals(),
        "troubled": sum(row["verdict"] not in ("ok", "quiet", "new", "off") for row in sources),
        "troubles": store.troubles(),
        "unfilled_gaps": store.unfilled_gaps(now - GAPS_SHOWN),
        "subscriptions": store.subscriptions(),
        "canary": store.last_canary(),
    }


def _show(told: dict[str, Any]) -> None:
    sources, troubles, gaps = told["sources"], told["troubles"], told["unfilled_gaps"]
    _table(f"{len(sources)} sources", SOURCE_COLUMNS, sources)
    if latencies := [row | row["latency"] for row in sources if row["latency"]]:
        rows = [[row["name"], *(_delay(row.get(step)) for step in STEPS)] for row in latencies]
        print_table("How long articles took: median, 95 %", ("name", *STEPS), rows)
    if troubles:
        _table(f"{len(troubles)} troubles", ("source", "kind", "began", "body"), troubles)
    if hubs := told["subscriptions"]:
        _table(
            f"{len(hubs)} hubs", ("source", "state", "expires", "pushes", "articles", "rejected", "missed", "why"), hubs
        )
    if gaps:
        _table(f"{len(gaps)} gaps that are not filled", ("source", "began", "ended", "state", "why"), gaps)
    print_table("Totals", ("what", "count"), told["totals"].items())
    out.print(plain(_sung(told["canary"])))


def _table(title: str, columns: tuple[str, ...], rows: list[dict[str, Any]]) -> None:
    print_table(title, columns, [[row[column] for column in columns] for row in rows])


def _delay(figures: dict[str, float] | None) -> str:
    """`12 min, 40 min`."""
    return f"{figures['p50'] / 60:.3g} min, {figures['p95'] / 60:.3g} min" if figures else ""


def _sung(canary: dict[str, Any] | None) -> str:
    """The last canary in a line."""
    if canary is None:
        return "Canary: there was none yet; [canary] in outspoken.toml sends one a day."
    if canary["arrived"]:
        return f"Canary of {canary['day']}: arrived at {canary['channel']} after {canary['seconds']:g} s."
    way = "in the outbox" if canary["stored"] else "fetched, not stored" if canary["fetched"] else "not fetched"
    return f"Canary of {canary['day']}: has not arrived at {canary['channel']}; {way}. {canary['error']}"


@click.command()
@click.argument("mention", type=int)
@click.option("--by", default="", help="Who says so; the user's name, if none is given.")
@pass_app
def unmerge(app: App, mention: int, by: str) -> None:
    """Give MENTION an account of its own again: it was joined to somebody else's.

    The numbers of mentions stand in the view account_mentions. The join keeps its reasons, with who undid it.

    Example: outspoken unmerge 17 --by "Ann Analyst"
    """
    with app.store() as store:
        try:
            account = store.undo_merge(mention, by or getpass.getuser(), utcnow())
        except KeyError:
            err.print(
                plain(f"There is no mention {mention}; `outspoken accounts --json` and docs/analysts.md show them.")
            )
            raise SystemExit(FAILED) from None
    out.print(plain(f"Mention {mention} is account {account} now."))
