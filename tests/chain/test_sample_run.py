"""The daemon on the sample web, from an empty folder to the last alert."""

from __future__ import annotations

import fcntl
import json
import os
import pickle
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import alert_servers
import pytest
from daemons import ask, count, daemon, hook, keys, log, stop, until

import samples
from evaluation import LIKE, likeness

CONFIG = """\
contact = "https://outspoken.invalid/"
[crawl]
delay = 0.0
[alerts]
backlog = 100
[channels.terminal]
type = "terminal"
"""
SENT = """SELECT a.key FROM alerts a JOIN deliveries d ON d.alert = a.id
          WHERE d.channel = 'hook' AND d.state = 'sent'"""
WAITING = "deliveries WHERE state NOT IN ('sent', 'folded') AND pace = 'now'"


@dataclass(frozen=True)
class Run:
    """What was there, what was told, what is stored, and how the daemon ended."""

    web: samples.Web
    alerts: list[dict[str, Any]]
    keys: list[str]
    database: Path
    code: int
    seconds: float
    log: str


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """One run for all tests, in whichever process of pytest they are."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "sample-run"
    folder.mkdir(exist_ok=True)
    kept = folder / "run.pickle"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            kept.write_bytes(pickle.dumps(whole_run(folder)))
        found = pickle.loads(kept.read_bytes())
    assert isinstance(found, Run)
    return found


def whole_run(folder: Path) -> Run:
    """All sample articles at once; the daemon polls each outlet at least twice after they have come in."""
    database = folder / "outspoken.db"
    with samples.serve(speed=0) as web, alert_servers.web() as hooked:
        samples.write(folder, web.sources)
        (folder / "outspoken.toml").write_text(CONFIG + hook("hook", hooked.url))
        with daemon(folder) as process:
            until(lambda: count(database, "articles") >= len(web.articles), 60, "all articles")
            seen = count(database, "polls")
            until(lambda: count(database, "polls") >= seen + 2 * len(web.sources), 60, "further polls")
            until(lambda: not count(database, WAITING), 30, "all alerts")
            code, seconds = stop(process)
        return Run(web, [got.json for got in hooked.got], keys(hooked), database, code, seconds, log(folder))


def test_every_article_is_stored_once(run: Run) -> None:
    stored = Counter(row[0] for row in ask(run.database, "SELECT url FROM articles"))
    assert set(stored) == {article.url for article in run.web.articles}
    assert set(stored.values()) == {1}
    assert count(run.database, "pages") == 0
    assert count(run.database, "articles WHERE text = '' OR title = '' OR published IS NULL") == 0


def test_no_alert_is_repeated(run: Run) -> None:
    assert run.keys
    assert len(run.keys) == len(set(run.keys))
    assert set(run.keys) == {row[0] for row in ask(run.database, SENT)}
    assert count(run.database, "alerts WHERE kind = 'account'") == len(first(run)), "nobody new was left out"
    accounts = [alert["account_id"] for alert in first(run)]
    assert len(accounts) == len(set(accounts)), "an account is told once"
    told = [(alert["account_id"], alert["article"]["url"]) for alert in run.alerts]
    assert len(told) == len(set(told)), "and once for an article"
    assert {alert["kind"] for alert in run.alerts} <= {"account", "follow-up"}, "reports only where a team wants them"


def first(run: Run) -> list[dict[str, Any]]:
    """The alerts about somebody new."""
    return [alert for alert in run.alerts if alert["kind"] == "account"]


def test_exactly_the_right_alerts(run: Run) -> None:
    expected = Counter(each.person for each in run.web.expected())
    assert Counter(person(run.web, alert) for alert in first(run)) == expected


def person(web: samples.Web, alert: dict[str, Any]) -> str:
    """Whom an alert is about, as the samples call that person; else its name and article."""
    name, url = str(alert["account"]["name"]), str(alert["article"]["url"])
    for article in web.articles:
        for key, published in article.piece.people.items():
            if article.url == url and likeness(name, published) >= LIKE:
                return key
    return f"{name or 'unnamed'}: {url}"


def test_nobody_expected_is_told_twice(run: Run) -> None:
    expected = {each.person for each in run.web.expected()}
    told = Counter(person(run.web, alert) for alert in first(run))
    assert not {name: n for name, n in told.items() if name in expected and n > 1}


def test_an_alert_says_who_where_and_why(run: Run) -> None:
    urls = {article.url for article in run.web.articles}
    for alert in run.alerts:
        assert alert["article"]["url"] in urls
        assert alert["article"]["outlet"] in {source.outlet for source in run.web.sources}
        assert alert["why"]
        assert alert["why_new"]
        assert alert["account"]["evidence"]
        assert alert["profile"] == "islamic_state"


def test_old_articles_of_the_first_poll_are_silent(run: Run) -> None:
    old = {article.url for article in run.web.articles if not article.fresh}
    assert old
    assert not [alert for alert in run.alerts if alert["article"]["url"] in old]


def test_an_unnamed_never_joins_a_named_one(run: Run) -> None:
    sql = "SELECT account FROM mentions GROUP BY account HAVING min(name = '') <> max(name = '')"
    assert ask(run.database, sql) == []


def test_every_join_has_its_reasons(run: Run) -> None:
    joined = count(run.database, "mentions") - count(run.database, "accounts")
    assert count(run.database, "merges") == joined
    assert all(json.loads(row[0]) for row in ask(run.database, "SELECT reasons FROM merges"))


def test_the_daemon_ended_cleanly_and_wrote_down_what_it_did(run: Run) -> None:
    assert run.code == 0
    assert run.seconds < 10
    assert "Traceback" not in run.log
    ((ended, counts),) = ask(run.database, "SELECT ended, counts FROM runs")
    assert ended
    assert json.loads(counts)["articles"] == len(run.web.articles)
    assert json.loads(counts)["alerts"] >= len(run.alerts)
    assert ask(run.database, "PRAGMA integrity_check") == [("ok",)]
