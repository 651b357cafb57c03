"""`outspoken accounts`: who was found; out to other programs, and in from a team's own list."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from commands.base import FAILED, App, as_json, out, pass_app, plain, print_json, print_table
from db import Store
from delivery import VERDICTS
from errors import ConfigError, ExchangeError, Problem
from exchange import FORMATS, lists, render
from exchange.labelled import as_labelled
from exchange.records import cases
from listing import Listing, Outcome
from pipeline import utcnow


class Listed(click.Group):
    """A group that lists where no other command is named: `outspoken accounts --json`."""

    def defaulted(self, words: list[str]) -> list[str]:
        """What was typed, with `list` before it where that is meant."""
        named = words and (words[0] in self.commands or words[0] in ("-h", "--help"))
        return words if named else ["list", *words]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take over the words."""
        return super().parse_args(ctx, self.defaulted(args))


@click.group(cls=Listed)
def accounts() -> None:
    """Show the accounts that were found, export them, and take in those that a team knows already.

    Without another word it lists: `outspoken accounts --tier review`.
    """


@accounts.command("list")
@click.option("--profile", default="", help="Only what this profile found.")
@click.option("--tier", type=click.Choice(["alert", "review"]), help="Only sure accounts, or only those to review.")
@click.option("--limit", default=50, show_default=True, help="How many, newest first.")
@as_json
@pass_app
def list_(app: App, profile: str, tier: str | None, limit: int, as_json: bool) -> None:
    """Show the accounts that were found, newest first.

    Example: outspoken accounts list --json | jq -r '.[] | [.name, .nationality] | @tsv'
    """
    with app.store(readonly=True) as store:
        rows = store.accounts(profile=profile, tier=tier or "", limit=limit)
    if as_json:
        print_json(rows)
        return
    columns = ("account", "published", "name", "role", "nationality", "age", "reasons", "mentions", "tier", "outlet")
    shown = [row | {"reasons": ", ".join(row["reasons"])} for row in rows]
    print_table(f"{len(rows)} accounts", columns, [[row[column] for column in columns] for row in shown])


@accounts.command()
@click.option(
    "-f", "--format", "form", type=click.Choice(list(FORMATS)), default="csv", show_default=True, help="In what form."
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Into this file; else to standard output."
)
@click.option("--account", "numbers", type=int, multiple=True, help="Only this account; may be given several times.")
@click.option("--profile", default="", help="Only what this profile found.")
@click.option("--tier", type=click.Choice(["alert", "review"]), help="Only sure accounts, or only those to review.")
@click.option("--verdict", type=click.Choice(VERDICTS), help="Only accounts with this verdict.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Only accounts that were stored from this day on.")
@click.option("--no-names", is_flag=True, help="Leave people's names out of everything.")
@click.option("--no-quotes", is_flag=True, help="Leave the articles' words out.")
@click.option("--labelled", is_flag=True, help="Judged articles as labelled ones, for `outspoken evaluate`.")
@pass_app
def export(
    app: App, /, form: str, output: Path | None, labelled: bool, no_names: bool, no_quotes: bool, **wanted: Any
) -> None:
    """Write accounts for other programs and people, in a form of their choice.

    Example: outspoken accounts export --format html --account 17 -o dossier.html
    """
    with app.store(readonly=True) as store:
        if labelled:
            body = as_labelled(store.judged())
        else:
            body = render(_cases(store, **wanted), form, names=not no_names, quotes=not no_quotes)
    if output is None:
        click.echo(body, nl=False)
        return
    try:
        output.write_bytes(body)
    except OSError as error:
        raise ExchangeError(f"{output}: cannot be written: {error.strerror}", subject=str(output)) from None


def _cases(
    store: Store, numbers: tuple[int, ...], profile: str, tier: str | None, verdict: str | None, since: Any
) -> Any:
    day = since.strftime("%Y-%m-%d") if since else ""
    rows, verdicts = store.exported(
        list(numbers) or None, profile=profile, tier=tier or "", verdict=verdict or "", since=day
    )
    if missing := set(numbers) - {row["account"] for row in rows}:
        raise ExchangeError(
            f"there is no account {min(missing)} among these; see `outspoken accounts`", subject="account"
        )
    return cases(rows, verdicts)


@accounts.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--profile", default="", help="The profile of lines that name none; else the first one that is watched.")
@click.option("--dry-run", is_flag=True, help="Report, and store nothing.")
@as_json
@pass_app
def import_(app: App, file: Path, profile: str, dry_run: bool, as_json: bool) -> None:
    """Take in the accounts that a team knows already, from CSV or JSON, so that they never alert as new.

    The report says of each line what became of it. What is there already is left as it is, so that a list may be taken
    in again. The exit code is 1 where a line was skipped.

    Example: outspoken accounts import known.csv --dry-run
    """
    try:
        lines, unknown = lists.read(file.read_bytes(), str(file))
    except OSError as error:
        raise ConfigError([Problem(str(file), "", None, f"cannot be read: {error.strerror}")]) from None
    with app.store() as store:
        outcomes = _taken(store, Listing(store, profile or app.config.profiles[0], utcnow()), lines, dry_run)
    _report(outcomes, unknown, dry_run, as_json)
    raise SystemExit(FAILED if any(each.outcome == "skipped" for each in outcomes) else 0)


def _taken(store: Store, listing: Listing, lines: list[lists.Line], dry_run: bool) -> list[Outcome]:
    """Take all lines or none; with `dry_run` none."""
    outcomes: list[Outcome] = []
    with suppress(click.Abort), store.transaction():
        outcomes = listing.take(lines)
        if dry_run:
            raise click.Abort  # so that nothing is stored
    return outcomes


def _report(outcomes: list[Outcome], unknown: list[str], dry_run: bool, as_json: bool) -> None:
    counts = {name: sum(each.outcome == name for each in outcomes) for name in ("added", "mention", "known", "skipped")}
    if as_json:
        print_json({"lines": [asdict(each) for each in outcomes], "counts": counts, "unknown_headings": unknown})
        return
    rows = [[each.line, each.outcome, each.account, each.name, each.why] for each in outcomes]
    print_table(f"{len(rows)} lines", ("line", "outcome", "account", "name", "why"), rows)
    if unknown:
        out.print(plain(f"Not understood, and left out: {', '.join(unknown)}"))
    said = ", ".join(f"{count} {name}" for name, count in counts.items())
    out.print(plain(f"{'Would be: ' if dry_run else ''}{said}"))
