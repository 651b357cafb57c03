"""More of `outspoken alerts`: where alerts go, what is said of them, what is not told, and a channel that is new."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from commands.base import FAILED, App, as_json, out, pass_app, plain, print_json, print_table, short
from commands.rendering import best_finding
from commands.texts import load
from db import GROUPS, Store
from delivery import VERDICTS, Alert, Mute
from errors import ConfigError, Problem
from model import Account, Article, Label, Source
from pipeline import utcnow
from reading import Pool
from routing import Judged, Router, merged

DAY = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"])
by = click.option("--by", required=True, help="Who says so.")


@click.command()
@click.argument("file_or_id")
@click.option("--url", default="", help="For a saved page: where it was published.")
@click.option("--source", default="", help="For a saved page: the source that would have brought it.")
@as_json
@pass_app
def route(app: App, file_or_id: str, url: str, source: str, as_json: bool) -> None:
    """Say where an alert would go now, and why, route by route. Nothing is sent or stored.

    FILE_OR_ID is a stored alert's key, the number of a delivery as `outspoken alerts list` shows it, or a saved page
    (.html, .html.gz), which is read as if somebody new spoke in it. The exit code is 1 where it would make no alert.

    Example: outspoken alerts route account-17
    """
    router = Router.of(app.config)
    if Path(file_or_id).is_file():
        alert = _of_page(app, Path(file_or_id), url, source)
        judged = router.judge(alert, utcnow())
    else:
        with app.store(readonly=True) as store:
            stored = store.alert(file_or_id)
            if stored is None:
                raise click.UsageError(f"there is no file and no alert {file_or_id}; see `outspoken alerts list`")
            alert, judged = stored, router.judge(stored, utcnow(), _told(store, stored))
    if as_json:
        print_json(routed(alert, judged))
    else:
        show_routes(alert, judged)


def _of_page(app: App, path: Path, url: str, name: str) -> Alert:
    """The alert that a page would make, were its person new. Ends the command where it would make none."""
    page = load(path, url)
    known = {source.name: source for source in app.sources} if name else {}
    if name and name not in known:
        raise click.UsageError(f"there is no source {name}; see `outspoken sources list`")
    source = known.get(name, Source("by-hand", page.url))
    with Pool(app.config.read.model_copy(update={"workers": 1}), app.config.profiles) as pool:
        reading = asyncio.run(pool.read(page, source))
    best = best_finding(reading.findings)
    if best is None or best.label is Label.NONE or (best.label is Label.ACCOUNT and best.tier != "alert"):
        said = f"{best.label.value}, {best.score:.2f}, tier {best.tier}" if best else "no watched group is named"
        out.print(plain(f"{path}: would make no alert ({said}); see `outspoken explain`"), soft_wrap=True)
        raise SystemExit(FAILED)
    kind = best.label.value
    score = best.score if kind == "account" else best.report_score
    person = best.accounts[0] if kind == "account" and best.accounts else None
    return Alert(
        path.name, kind, utcnow(), best.profile, reading.article.title, person, None, reading.article, score,
        source=name, tags=source.tags,
    )  # fmt: skip


def _told(store: Store, alert: Alert) -> list[str]:
    return store.told_channels(alert.account_id) if alert.account_id is not None else []


def routed(alert: Alert, judged: Sequence[Judged]) -> dict[str, object]:
    """The documented form of `outspoken alerts route --json`."""
    going = [{"channel": e.channel, "at": e.at.isoformat(), "pace": e.pace, "route": e.route} for e in merged(judged)]
    routes = [{"route": each.route, "matches": each.matches, "why": each.why} for each in judged]
    return {"alert": alert.key, "kind": alert.kind, "title": alert.title, "routes": routes, "going": going}


def show_routes(alert: Alert, judged: Sequence[Judged]) -> None:
    """The same for people."""
    out.print(plain(f"{alert.key}: {alert.title}"), soft_wrap=True)
    for each in judged:
        out.print(plain(f"  {'+' if each.matches else '-'} {each.route}: {each.why}"), soft_wrap=True)
    for going in merged(judged):
        when = "now" if going.pace == "now" else f"{short(going.at)} UTC ({going.pace})"
        out.print(plain(f"  => {going.channel}: {when}"), soft_wrap=True)


def samples_of(router: Router, now: datetime) -> list[tuple[Alert, list[Judged]]]:
    """What the routes make of a handful of invented findings."""
    article = Article("https://herald.example/1", "A guard walks away", language="en", outlet="The Herald")
    person = Account("Karim", "pseudonym", group="islamic_state", role="guard", nationality="FR")
    sure = Alert("sample-sure", "account", now, "islamic_state", "A sure case", person, 1, article, 0.98)
    unsure = replace(sure, key="sample-unsure", title="A case that is likely, in German", score=0.6)
    unsure = replace(unsure, account=replace(person, nationality="DE"), article=replace(article, language="de"))
    grown = replace(sure, key="sample-follow-up", kind="follow-up", title="A further outlet on the first case")
    report = replace(sure, key="sample-report", kind="report", title="A study of many", account=None, account_id=None)
    told = [each.channel for each in router.going(sure, now)]
    return [(each, router.judge(each, now, told)) for each in (sure, unsure, grown, report)]


@click.command()
@click.argument("account", type=int)
@click.argument("verdict", type=click.Choice(VERDICTS))
@click.option("--of", "same_as", type=int, help="For duplicate: the account that it is.")
@click.option(
    "--set", "changes", multiple=True, metavar="FIELD=VALUE", help="For wrong: what is right; may be repeated."
)
@click.option("--note", default="", help="In your words.")
@by
@pass_app
def verdict(
    app: App, account: int, verdict: str, same_as: int | None, changes: tuple[str, ...], note: str, by: str
) -> None:
    """Say what a told account is worth; the account changes accordingly.

    Example: outspoken alerts verdict 17 duplicate --of 4 --by ada
    """
    if (verdict == "duplicate") != (same_as is not None):
        raise click.UsageError("duplicate needs --of ACCOUNT, and nothing else takes it")
    if changes and verdict != "wrong":
        raise click.UsageError("--set goes with wrong alone")
    fields = dict(_change(each) for each in changes)
    try:
        with app.store(exists=True) as store:
            if fields:
                new = store.save_correction(account, fields, by, utcnow(), note=note) is not None
            else:
                new = store.save_verdict(account, verdict, by, utcnow(), same_as=same_as, note=note)
    except KeyError as error:
        raise click.UsageError(f"there is no account {error}; see `outspoken accounts`") from None
    except ValueError as error:
        wrong = str(error) if fields else f"an account is no duplicate of itself: {account}"
        raise click.UsageError(wrong) from None
    out.print(plain(f"account {account}: {verdict}" if new else f"account {account} is {verdict} already"))


def _change(text: str) -> tuple[str, object]:
    """`age=31` as a field and its value; reasons are a list, parted by commas."""
    field, equals, value = text.partition("=")
    if not equals:
        raise click.UsageError(f"--set {text}: write FIELD=VALUE, such as age=31")
    return field, [each for each in value.split(",") if each] if field == "reasons" else value


@click.command()
@click.option("--group", type=click.Choice(list(GROUPS)), default="week", help="What to count by; week.")
@click.option("--weekly", is_flag=True, help="Count each week apart.")
@click.option("--weeks", default=26, show_default=True, type=click.IntRange(1, 1000), help="How far back.")
@as_json
@pass_app
def precision(app: App, group: str, weekly: bool, weeks: int, as_json: bool) -> None:
    """Count how many told accounts were judged, and how many of those are right.

    A rule is one of the three strongest reasons of a decision.

    Example: outspoken alerts precision --group source --weekly
    """
    with app.store(readonly=True) as store:
        rows = store.precision(group, utcnow() - timedelta(weeks=weeks), weekly=weekly)
    if as_json:
        print_json(rows)
        return
    columns = ("week", "name", "told", "judged", "confirmed", "wrong", "duplicates", "not_accounts", "precision")
    print_table(f"by {group}", columns, [[row[column] for column in columns] for row in rows])


@click.command()
@click.argument("kind", type=click.Choice(["account", "story", "source"]))
@click.argument("what")
@click.option(
    "--until", type=DAY, help="A snooze until this day or time (UTC); then what came in the meantime is told."
)
@click.option("--note", default="", help="Why.")
@by
@pass_app
def mute(app: App, kind: str, what: str, until: datetime | None, note: str, by: str) -> None:
    """Tell nothing more of an account, a story or a source, for good or until a day.

    WHAT is the account's or story's number, or the source's name.

    Example: outspoken alerts mute source herald --until 2030-04-01 --by ada
    """
    if kind != "source" and not what.isdecimal():
        raise click.UsageError(f"{what} is no number; {kind} wants one")
    now = utcnow()
    end = until.replace(tzinfo=UTC) if until else None
    if end is not None and end <= now:
        raise click.UsageError("--until lies in the past")
    with app.store(exists=True) as store:
        if kind == "source" and what not in {source.name for source in app.sources}:
            raise click.UsageError(f"there is no source {what}; see `outspoken sources list`")
        number = store.mute(Mute(kind, what, end, by, note), now)
    until_when = f"until {short(end)} UTC" if end else f"until `outspoken alerts unmute {number}`"
    out.print(plain(f"{kind} {what} is muted {until_when}"))


@click.command()
@click.argument("number", type=int)
@pass_app
def unmute(app: App, number: int) -> None:
    """Lift a mute, by its number in `outspoken alerts mutes`.

    Example: outspoken alerts unmute 3
    """
    with app.store(exists=True) as store:
        lifted = store.unmute(number, utcnow())
    out.print(plain(f"mute {number} is lifted" if lifted else f"there is no mute {number}"))
    raise SystemExit(0 if lifted else FAILED)


@click.command()
@as_json
@pass_app
def mutes(app: App, as_json: bool) -> None:
    """List what is muted.

    Example: outspoken alerts mutes
    """
    with app.store(readonly=True) as store:
        rows = store.mutes(utcnow())
    if as_json:
        print_json(rows)
        return
    columns = ("id", "kind", "what", "until", "by", "at", "note")
    print_table(f"{len(rows)} mutes", columns, [[row[column] for column in columns] for row in rows])


@click.command()
@click.option("--since", required=True, type=DAY, help="From this day or time (UTC) on.")
@click.option("--to", "channel", required=True, help="The channel that hears it.")
@pass_app
def replay(app: App, since: datetime, channel: str) -> None:
    """Queue for one channel what was told since a day and it has not heard; no other channel is disturbed.

    Example: outspoken alerts replay --since 2026-01-01 --to reader
    """
    if channel not in app.config.channels:
        raise ConfigError([Problem(str(app.path), "channels", None, f'has no channel named "{channel}"')])
    with app.store(exists=True) as store:
        count = store.replay(since.replace(tzinfo=UTC), channel, utcnow())
    out.print(plain(f"{count} alerts are due for {channel}"))
    raise SystemExit(0 if count else FAILED)


COMMANDS = (route, verdict, precision, mute, unmute, mutes, replay)
