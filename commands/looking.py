"""`outspoken accounts` and `outspoken status`: what was found, and whether all is well."""

from __future__ import annotations

import getpass
from datetime import timedelta
from typing import Any

import click

from commands.base import FAILED, App, as_json, err, out, pass_app, plain, print_json, print_table
from pipeline import utcnow

GAPS_SHOWN = timedelta(days=14)
"""Gaps of so long ago are still shown."""


@click.command()
@click.option("--profile", default="", help="Only what this profile found.")
@click.option("--tier", type=click.Choice(["alert", "review"]), help="Only sure accounts, or only those to review.")
@click.option("--limit", default=50, show_default=True, help="How many, newest first.")
@as_json
@pass_app
def accounts(app: App, profile: str, tier: str | None, limit: int, as_json: bool) -> None:
    """Show the accounts that were found, newest first.

    Example: outspoken accounts --json | jq -r '.[] | [.name, .nationality] | @tsv'
    """
    with app.store(readonly=True) as store:
        rows = store.accounts(profile=profile, tier=tier or "", limit=limit)
    if as_json:
        print_json(rows)
        return
    columns = ("account", "published", "name", "role", "nationality", "age", "reasons", "mentions", "tier", "outlet")
    shown = [row | {"reasons": ", ".join(row["reasons"])} for row in rows]
    print_table(f"{len(rows)} accounts", columns, [[row[column] for column in columns] for row in shown])


@click.command()
@as_json
@pass_app
def status(app: App, as_json: bool) -> None:
    """Show whether all is well: each source, what waits, what could not be delivered.

    The exit code is 1 where a source fails or is silent without being known to be, or a delivery is dead.

    Example: outspoken status
    """
    with app.store(readonly=True) as store:
        sources = store.status(utcnow())
        totals = store.totals()
        latencies = store.latencies()
        canary = store.last_canary()
        unfilled = store.unfilled_gaps(utcnow() - GAPS_SHOWN)
    sources = [row | {"latency": latencies.get(row["name"], {})} for row in sources]
    troubled = [row for row in sources if row["verdict"] not in ("ok", "quiet", "new", "off")]
    if as_json:
        print_json(
            {
                "sources": sources,
                "totals": totals,
                "troubled": len(troubled),
                "unfilled_gaps": unfilled,
                "canary": canary,
            }
        )
    else:
        columns = (
            "name",
            "verdict",
            "last_success",
            "next_poll",
            "because",
            "per_day",
            "gaps",
            "failures",
            "last_error",
        )
        print_table(f"{len(sources)} sources", columns, [[row[column] for column in columns] for row in sources])
        if unfilled:
            gap_columns = ("source", "began", "ended", "state", "why")
            title = f"{len(unfilled)} gaps that are not filled"
            print_table(title, gap_columns, [[row[column] for column in gap_columns] for row in unfilled])
        print_table("Totals", ("what", "count"), totals.items())
        out.print(plain(_sung(canary)))
    lost = canary is not None and bool(canary["told"]) and canary["arrived"] is None
    raise SystemExit(FAILED if troubled or totals["dead deliveries"] or lost else 0)


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
