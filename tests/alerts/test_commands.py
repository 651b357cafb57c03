"""`outspoken alerts …` for routes, verdicts, mutes and new channels, and `outspoken check --alerts`."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import outlet
import pytest
from alert_examples import ALERT
from click.testing import CliRunner, Result

from cli import main
from db import Store

CONFIG = """
[alerts]
timezone = "Europe/Berlin"

[[routes]]
name = "sure"
score = 0.9
channels = ["screen"]

[[routes]]
name = "german"
country = ["DE"]
channels = ["log"]
pace = "daily"

[channels.screen]
type = "terminal"

[channels.log]
type = "file"
path = "{folder}/alerts.jsonl"
"""
Call = Callable[..., Result]


@pytest.fixture
def call(tmp_path: Path) -> Call:
    """Runs the command on a configuration with two routes and one told account."""
    (tmp_path / "outspoken.toml").write_text(CONFIG.format(folder=tmp_path), "utf-8")
    source = '[[source]]\nname = "herald"\nurl = "https://herald.example/feed"\n'
    (tmp_path / "sources.toml").write_text(source, "utf-8")
    now = datetime.now(UTC)
    with Store.open(tmp_path / "outspoken.db") as store:
        for _ in range(20):
            store._c.insert("accounts", {"profile": "islamic_state", "created": "x", "tier": "alert"})
        store.enqueue_alert(replace(ALERT, created=now, source="herald"), ["screen"], now)

    def run(*words: str, code: int = 0) -> Result:
        result = CliRunner().invoke(main, ["-c", str(tmp_path / "outspoken.toml"), *words])
        assert result.exit_code == code, result.output
        assert result.exception is None or isinstance(result.exception, SystemExit)
        return result

    return run


def test_route_says_where_and_why(call: Call) -> None:
    said = call("alerts", "route", "account-17").output
    assert "+ sure: at once" in said
    assert "- german: country GB is none of DE" in said
    assert "=> screen: now" in said
    told = json.loads(call("alerts", "route", "1", "--json").output)
    assert [each["channel"] for each in told["going"]] == ["screen"]
    assert [each["matches"] for each in told["routes"]] == [True, False]
    assert "no file and no alert" in call("alerts", "route", "account-99", code=2).output


def test_check_shows_where_invented_findings_would_go(call: Call) -> None:
    said = call("check", "--alerts").output
    assert "sample-sure" in said
    assert "=> log: " in said
    told = json.loads(call("check", "--alerts", "--json").output)
    going = {each["alert"]: [one["channel"] for one in each["going"]] for each in told["routes"]}
    assert going == {
        "sample-sure": ["screen"],
        "sample-unsure": ["log"],
        "sample-follow-up": ["screen"],
        "sample-report": ["screen"],
    }
    assert "routes" not in json.loads(call("check", "--json").output)


def test_check_warns_of_a_channel_whose_trouble_nobody_hears_of(call: Call, tmp_path: Path) -> None:
    assert not any(
        "no other channel" in each for each in json.loads(call("check", "--alerts", "--json").output)["warnings"]
    )
    path = tmp_path / "outspoken.toml"
    path.write_text(path.read_text("utf-8").replace("[alerts]", '[alerts]\nops = ["log"]'), "utf-8")
    warnings = json.loads(call("check", "--alerts", "--json").output)["warnings"]
    assert [each for each in warnings if "no other channel" in each] == [
        "no other channel hears where log takes no alert; name one in alerts.ops"
    ]


def test_check_finds_a_route_to_a_channel_that_there_is_not(call: Call, tmp_path: Path) -> None:
    path = tmp_path / "outspoken.toml"
    path.write_text(path.read_text("utf-8").replace('["log"]', '["lag"]'), "utf-8")
    said = call("check", code=2).output
    assert 'routes.1.channels: has no channel named "lag"' in said


def test_verdicts_by_hand_and_their_precision(call: Call) -> None:
    assert "account 17: confirm" in call("alerts", "verdict", "17", "confirm", "--by", "ada").output
    assert "is confirm already" in call("alerts", "verdict", "17", "confirm", "--by", "ada").output
    (row,) = json.loads(call("alerts", "precision", "--group", "source", "--json").output)
    assert (row["name"], row["told"], row["precision"]) == ("herald", 1, 1.0)
    assert "1.0" in call("alerts", "precision").output
    call("alerts", "verdict", "17", "duplicate", "--of", "4", "--by", "ada")
    for words in (
        ["17", "duplicate"],
        ["17", "confirm", "--of", "4"],
        ["99", "confirm"],
        ["17", "duplicate", "--of", "17"],
    ):
        call("alerts", "verdict", *words, "--by", "ada", code=2)


def test_a_wrong_field_by_hand(call: Call, tmp_path: Path) -> None:
    assert "no account" in call("alerts", "verdict", "17", "wrong", "--set", "age=31", "--by", "ada", code=2).output
    for words in (["wrong", "--set", "age"], ["confirm", "--set", "age=31"]):
        call("alerts", "verdict", "17", *words, "--by", "ada", code=2)
    call("alerts", "verdict", "17", "wrong", "--note", "age is 31", "--by", "ada")
    (row,) = json.loads(call("alerts", "precision", "--group", "rule", "--weekly", "--json").output)
    assert (row["name"], row["wrong"], row["week"] != "") == ("leaving_near_group", 1, True)


PAGE = """<html lang="en"><head><title>{0}</title></head><body><article><h1>{0}</h1>{1}</article></body></html>"""


def test_route_says_where_a_page_would_go(call: Call, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_bytes(outlet.account("medic"))
    said = call("alerts", "route", str(page), "--url", "https://herald.example/1", "--source", "herald").output
    assert "+ sure: at once" in said
    assert "- german: country TN is none of DE" in said
    assert "=> screen: now" in said
    routed = json.loads(call("alerts", "route", str(page), "--url", "https://herald.example/1", "--json").output)
    assert [going["channel"] for going in routed["going"]] == ["screen"]


def test_a_page_that_makes_no_alert_has_no_route(call: Call, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(PAGE.format("A market reopens", "<p>The stalls were full on Monday.</p>" * 20), "utf-8")
    assert "would make no alert" in call("alerts", "route", str(page), "--url", "https://a.example/1", code=1).output
    call("alerts", "route", str(page), "--url", "https://a.example/1", "--source", "nobody", code=2)
    assert "no file and no alert" in call("alerts", "route", "nowhere.html", code=2).output


def test_a_mute_and_its_end(call: Call) -> None:
    assert (
        "is muted until `outspoken alerts unmute 1`" in call("alerts", "mute", "source", "herald", "--by", "ada").output
    )
    assert "until 2999" in call("alerts", "mute", "account", "17", "--until", "2999-01-01", "--by", "ada").output
    assert [each["what"] for each in json.loads(call("alerts", "mutes", "--json").output)] == ["17", "herald"]
    assert "herald" in call("alerts", "mutes").output
    call("alerts", "unmute", "1")
    call("alerts", "unmute", "1", code=1)
    for words in (["source", "nobody"], ["account", "x"], ["account", "17", "--until", "2001-01-01"]):
        call("alerts", "mute", *words, "--by", "ada", code=2)


def test_a_new_channel_hears_what_was_told(call: Call) -> None:
    assert "1 alerts are due for log" in call("alerts", "replay", "--since", "2020-01-01", "--to", "log").output
    call("alerts", "replay", "--since", "2020-01-01", "--to", "log", code=1)
    call("alerts", "replay", "--since", "2020-01-01", "--to", "nobody", code=2)
