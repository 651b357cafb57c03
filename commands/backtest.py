"""`outspoken backtest`: what another profile would have told, before it is used."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import click

from alerts import because
from backtesting import Case, Lost, Outcome, Span, backtest
from commands.alerting import DAY
from commands.base import FAILED, App, as_json, out, pass_app, plain, print_json, print_table, progress, short
from detect import load_profile
from pipeline import utcnow

GAINED = ("seen", "name", "outlet", "title", "score", "url")
LOST = ("alert", "name", "outlet", "title", "now", "verdict", "url")


@click.command("backtest")
@click.option("--profile", required=True, help="The profile to try: a shipped name, or a TOML file.")
@click.option("--since", required=True, type=DAY, help="From this day or time (UTC) on.")
@click.option("--until", type=DAY, help="Up to this day or time (UTC); now.")
@as_json
@pass_app
def command(app: App, profile: str, since: datetime, until: datetime | None, as_json: bool) -> None:
    """Read stored articles once more with another profile, and list the alerts that are gained and lost by it.

    The database is only read, and nothing is sent. What was told for the profile of the same name is what it is held
    against. The exit code is 1 where an alert is lost that no analyst has called mistaken.

    Example: outspoken backtest --profile new.toml --since 2026-01-01
    """
    span = Span(since.replace(tzinfo=UTC), until.replace(tzinfo=UTC) if until else utcnow())
    if span.since >= span.until:
        raise click.UsageError("--since lies after --until, or in the future")
    loaded = load_profile(profile)
    with app.store(readonly=True) as store, progress() as bar:
        task = bar.add_task("Reading", total=None)
        max_age = app.config.alerts.max_age
        outcome = backtest(store, loaded, span, max_age, lambda done, of: bar.update(task, completed=done, total=of))
    if as_json:
        print_json(_fields(outcome, loaded.name, span))
    else:
        _show(outcome, loaded.name, span)
    raise SystemExit(FAILED if any(not each.mistaken for each in outcome.lost) else 0)


def _fields(outcome: Outcome, profile: str, span: Span) -> dict[str, Any]:
    """The documented form of `--json`."""
    return {
        "profile": profile,
        "since": span.since.isoformat(),
        "until": span.until.isoformat(),
        "articles": outcome.articles,
        "quick": outcome.quick,
        "told": outcome.told,
        "kept": outcome.kept,
        "gained": [_gained(each) for each in outcome.gained],
        "lost": [_lost(each) for each in outcome.lost],
    }


def _gained(case: Case) -> dict[str, Any]:
    reasons = sorted(case.finding.why, key=lambda each: -each.weight)[:3]
    return {
        "seen": case.seen.isoformat(),
        "name": case.account.name,
        "outlet": case.article.outlet,
        "title": case.article.title,
        "url": case.article.url,
        "score": round(case.finding.score, 4),
        "why": [because.sentence(each.name) for each in reasons if each.weight > 0],
    }


def _lost(lost: Lost) -> dict[str, Any]:
    alert = lost.told.alert
    article = alert.article
    return {
        "alert": alert.key,
        "told": alert.created.isoformat(),
        "name": alert.account.name if alert.account else "",
        "outlet": article.outlet if article else "",
        "title": article.title if article else "",
        "url": article.url if article else "",
        "score": round(alert.score, 4),
        "now": lost.now,
        "verdict": lost.told.verdict,
    }


def _show(outcome: Outcome, profile: str, span: Span) -> None:
    """The same for people."""
    quick = f" ({outcome.quick} of them without a thorough reading)" if outcome.quick else ""
    line = f"{outcome.articles} articles{quick} from {short(span.since)} to {short(span.until)}, read with {profile}"
    out.print(plain(f"{line}: {outcome.told} alerts were told, {outcome.kept} stay."), soft_wrap=True)
    gains = [_gained(each) for each in outcome.gained]
    print_table(f"{len(gains)} gained", GAINED, [[row[column] for column in GAINED] for row in gains])
    rows = [_lost(each) for each in outcome.lost]
    print_table(f"{len(rows)} lost", LOST, [[row[column] for column in LOST] for row in rows])
