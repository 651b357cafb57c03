"""`outspoken forget`: a person, a page or a source, erased for good, and a search that shows it."""

from __future__ import annotations

import getpass
import time
from collections.abc import Callable
from typing import Any

import click

from commands.base import FAILED, App, as_json, err, out, pass_app, plain, print_json, print_table, progress
from db import Reach, Store, only_one
from errors import StoreLocked
from forgetting import COMMON, Forgetting, traces_of
from pipeline import utcnow

EVERY = 0.5
"""Seconds between two looks at what a daemon makes of it."""


@click.command()
@click.option("--account", type=int, help="A person: every article that tells of him or her.")
@click.option("--url", help="A page: the article at this address, and everything that was found in it.")
@click.option("--source", help="A source: every article that was stored from it.")
@click.option("--dry-run", is_flag=True, help="Show what would go, and erase nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--by", default="", help="Who asks for it; the user's name, if none is given.")
@as_json
@pass_app
def forget(
    app: App, account: int | None, url: str | None, source: str | None, dry_run: bool, yes: bool, by: str, as_json: bool
) -> None:
    """Erase a person, a page or a source for good, and search the files for what should be gone.

    What stays is a keyed hash, by which the same page or person is known again and not stored. A running daemon does
    the work itself. The exit code is 1 where the search found something.

    Example: outspoken forget --account 17 --dry-run
    """
    given = {"account": account, "url": url, "source": source}
    asked = [(kind, str(what)) for kind, what in given.items() if what is not None]
    if len(asked) != 1:
        raise click.UsageError("name one of --account, --url and --source")
    kind, what = asked[0]
    with app.store(exists=True) as store:
        found = _reach(store, kind, what)
        shown = _counts(store, found)
        if dry_run:
            _show(found, shown, as_json)
            return
        if not yes:
            if not as_json:
                _show(found, shown, as_json)
            click.confirm("Erase this for good?", abort=True, err=True)
        number = store.ask_erasure(kind, what, by or getpass.getuser(), utcnow())
        outcome = _carry_out(app, store, number)
    _report(number, outcome, as_json)
    raise SystemExit(FAILED if outcome["left"] else 0)


def _reach(store: Store, kind: str, what: str) -> Reach:
    try:
        return store.reach(kind, what)
    except KeyError:
        sentence = f"there is no {kind} {what} in the database, or nothing of it is left"
        err.print(plain(sentence[0].upper() + sentence[1:] + "."))
        raise SystemExit(FAILED) from None


def _counts(store: Store, found: Reach) -> dict[str, int]:
    """What goes, in counts."""
    traces = traces_of(store, found)
    return {
        "accounts": len(found.accounts),
        "mentions": len(found.mentions),
        "articles": len(found.articles),
        "articles that stay without text": len(found.shared),
        "articles that name the person": sum(store.naming(name, COMMON) for name in traces.names),
        "alerts": len(found.alerts),
        "pages": found.pages,
        "entries of feeds": found.entries,
    }


def _show(found: Reach, counts: dict[str, int], as_json: bool) -> None:
    if as_json:
        print_json({"kind": found.kind, "what": found.what, "counts": counts, "urls": found.urls})
        return
    print_table(f"Forgetting {found.kind} {found.what}", ("what", "how many"), counts.items())
    for url in found.urls[:50]:
        out.print(plain(url), soft_wrap=True)


def _carry_out(app: App, store: Store, number: int) -> dict[str, Any]:
    """Do it here, or let the daemon that holds the database do it; returns what was found at the end."""
    try:
        with only_one(app.config.database), progress() as bar:
            bar.add_task("Erasing", total=None)
            _until_done(store, number, Forgetting(store, app.config, utcnow).work)
    except StoreLocked as error:
        if "daemon" not in str(error):
            raise
        err.print("A daemon works on the database and does this now...")
        _until_done(store, number, lambda: None)
    outcome: dict[str, Any] = store.erasure(number)["outcome"]
    return outcome


def _until_done(store: Store, number: int, work: Callable[[], object]) -> None:
    """Work until it is done; where a reader of the database is in the way, say so once and go on."""
    said = ""
    while True:
        try:
            work()
        except StoreLocked as error:
            if str(error) != said:
                said = str(error)
                err.print(plain(said))
        if store.erasure(number)["state"] == "done":
            return
        time.sleep(EVERY)


def _report(number: int, outcome: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json({"erasure": number} | outcome)
        return
    print_table("Erased", ("what", "how many"), [pair for pair in outcome["counts"].items() if pair[1]])
    if outcome["left"]:
        out.print(plain(f"Something is left in: {', '.join(outcome['left'])}"))
    elif outcome["searched"]:
        out.print("All files were searched for its names, sentences and addresses: nothing is left.")
    else:
        out.print(
            "It was interrupted, and completed; the files were not searched, since nothing knows the words any more."
        )
    if outcome["elsewhere"]:
        out.print(plain(f"Other articles say the same, and stay: {', '.join(outcome['elsewhere'])}"))
