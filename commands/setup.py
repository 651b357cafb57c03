"""`outspoken init` and `outspoken check`: from nothing to a configuration that works."""

from __future__ import annotations

import importlib.resources
import importlib.util
import tomllib
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import click
from pydantic import ValidationError

import config
import reloading
from commands.alerting import routed, samples_of, show_routes
from commands.base import WRONG, App, as_json, out, pass_app, plain, print_json
from db import Store
from detect import load_profile
from errors import ConfigError, Problem, StoreError
from pipeline import utcnow
from routing import Router
from web.access import Access

ROOMS = ("alerts", "db", "detect", "extract", "spiders", "web")


@click.command()
@click.option("--force", is_flag=True, help="Write over files that exist.")
@pass_app
def init(app: App, force: bool) -> None:
    """Write outspoken.toml and sources.toml, commented, with some thirty public feeds.

    Example: outspoken init && $EDITOR outspoken.toml && outspoken check
    """
    folder = app.path.parent
    targets = {"outspoken.toml": app.path, "sources.toml": folder / "sources.toml"}
    taken = [str(path) for path in targets.values() if path.exists()]
    if taken and not force:
        raise ConfigError([Problem(path, "", None, "exists; --force writes over it") for path in taken])
    for name, path in targets.items():
        try:
            path.write_text((importlib.resources.files("samples") / "init" / name).read_text("utf-8"), "utf-8")
        except OSError as error:
            raise ConfigError([Problem(str(path), "", None, f"cannot be written: {error.strerror}")]) from None
    out.print(plain(f"Wrote {app.path} and {targets['sources.toml']}."), soft_wrap=True)
    out.print(plain("Fill in a channel in the first, then: outspoken check, and: outspoken run"))


@click.command()
@click.option("--alerts", "routes", is_flag=True, help="Also show where some invented findings would go, and why.")
@as_json
@pass_app
def check(app: App, routes: bool, as_json: bool) -> None:
    """Check the configuration, the sources, the profiles, the channels and the database, all at once.

    Nothing is fetched or sent. The exit code is 2 where something is wrong.

    Example: outspoken check
    """
    problems = find_problems(app.path)
    warnings = [*strangers(), *(unheard(app.config) if routes and not problems else [])]
    told = samples_of(Router.of(app.config), utcnow()) if routes and not problems else []
    if as_json:
        sent = {"routes": [routed(*each) for each in told]} if routes else {}
        print_json({"problems": [str(p) for p in problems], "warnings": warnings, **sent})
    else:
        for line in [*map(str, problems), *(f"warning: {w}" for w in warnings)]:
            out.print(plain(line), soft_wrap=True)
        if not problems:
            out.print(plain(f"{app.path}: all is well."), soft_wrap=True)
        for each in told:
            show_routes(*each)
    raise SystemExit(WRONG if problems else 0)


def find_problems(path: Path) -> list[Problem]:
    """Every mistake in the configuration and in all that it names."""
    loaded, problems = config.check(path)
    if loaded is None:
        loaded = _remains(path)
    problems += reloading.channel_problems(path, loaded)
    works: list[Callable[[], object]] = [partial(config.load_sources, loaded.sources)]
    works += [partial(load_profile, name) for name in loaded.profiles]
    works.append(partial(Access.of, loaded.web, str(path)))
    for work in works:
        try:
            work()
        except ConfigError as error:
            problems += error.problems
    return problems + _store_problems(loaded)


def _remains(path: Path) -> config.Config:
    """What can be made of a configuration with mistakes, so that what else is wrong shows in the same list."""
    data: dict[str, Any] = {}
    with suppress(OSError, ValueError):
        data = tomllib.loads(path.read_text("utf-8"))
    kept: dict[str, Any] = {}
    for key, value in data.items():
        with suppress(ValidationError):
            config.Config.model_validate({key: value})
            kept[key] = value
    loaded = config.Config.model_validate(kept)
    places = {"sources": path.parent / loaded.sources, "database": path.parent / loaded.database}
    return loaded.model_copy(update=places)


def _store_problems(loaded: config.Config) -> list[Problem]:
    """What keeps the database from being used; one that does not exist yet is made by the first run."""
    if not loaded.database.exists():
        return []
    try:
        with Store.open(loaded.database, readonly=True):
            return []
    except StoreError as error:
        return [Problem(str(loaded.database), "", None, str(error))]


def unheard(loaded: config.Config) -> list[str]:
    """Channels whose own trouble no other channel would hear of."""
    ops = loaded.alerts.ops or tuple(loaded.channels)
    alone = [name for name in loaded.channels if not set(ops) - {name}]
    return [f"no other channel hears where {name} takes no alert; name one in alerts.ops" for name in alone]


def strangers() -> list[str]:
    """Top-level packages of ours that another installed package has overwritten or hidden."""
    home = Path(config.__file__).resolve().parent
    warnings = []
    for room in ROOMS:
        spec = importlib.util.find_spec(room)
        if spec is None or not spec.origin or Path(spec.origin).resolve().parent.parent != home:
            warnings.append(f"the package {room!r} is not Outspoken's own; install with pipx or uv tool install")
    return warnings
