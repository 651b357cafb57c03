"""`outspoken serve`: what analysts see."""

from __future__ import annotations

import webbrowser

import click

from commands.base import App, err, pass_app, plain
from db import Store
from errors import StoreError
from pipeline import utcnow
from web import passwords
from web.access import Access


@click.command()
@click.option("--host", help="Address to listen on; else [web] host.")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on, 0 for any free one; else [web] port.")
@click.option("--open", "open_", is_flag=True, help="Open the page in the browser.")
@click.option("--hash", "hash_", is_flag=True, help="Ask for a password, print its hash for [web] passwords, and end.")
@pass_app
def serve(app: App, host: str | None, port: int | None, open_: bool, hash_: bool) -> None:
    """Show accounts, the review, articles, charts and sources in the browser, until Ctrl-C or SIGTERM.

    On this machine alone, unless [web] says who may log in. Runs beside the daemon, or without it.

    Example: outspoken serve --open
    """
    if hash_:
        click.echo(_hash())
        return
    given = {"host": host, "port": port}
    config = app.config.web.model_copy(update={key: value for key, value in given.items() if value is not None})
    access = Access.of(config, str(app.path))
    _up_to_date(app)
    # Datasette takes half a second to import, which no other command should pay
    from web import server
    from web.site import Site

    with server.listen(config.host, config.port) as made:
        address = server.url(made)
        err.print(plain(f"Serving {app.config.database} at {address} (Ctrl-C ends it)"), soft_wrap=True)
        server.serve(
            Site(app.config.database, access, utcnow, app.config.archive),
            made,
            lambda: _open(address) if open_ else None,
        )


def _up_to_date(app: App) -> None:
    """Make sure that the database is there, and of this version. Raises StoreError."""
    if not app.config.database.exists():
        hint = "does not exist yet; `outspoken run` makes it"
        raise StoreError(f"{app.config.database} {hint}", subject=str(app.config.database))
    Store.open(app.config.database).close()


def _open(address: str) -> None:
    if not webbrowser.open(address):
        err.print(plain(f"No browser could be opened; go to {address}"), soft_wrap=True)


def _hash() -> str:
    password = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    if len(password) < passwords.SHORTEST:
        raise click.UsageError(f"a password has at least {passwords.SHORTEST} characters")
    return passwords.hashed(password)
