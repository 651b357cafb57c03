"""Accounts out and in again: nothing is lost on the way, and who stands in a team's list is never new."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import outlet
import pytest
from click.testing import CliRunner, Result
from desk import Desk, desk

import evaluation
import predicting
from cli import main
from config import ReadConfig
from db import Store
from reading import Pool

KNOWN = """No,Name,AKA,Origin,Age,Sex,Role,Outlet,Link,Date,Notes
1,Yunus Haddad,Abu Yunus; Dr. Haddad,Tunisia,30,m,medic,The Old Paper,https://old.example/1,March 2025,spoke in Gaziantep
2,,,Syria,39,m,tailor,The Old Paper,https://old.example/2,2015-06-01,unnamed
3,Ilias Karimov,,Kazakhstan,,m,teacher,,,2014,from a book
4,,,,,,,,,,nothing to hold on to
"""


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    with Pool(ReadConfig(workers=1), ("islamic_state",)) as running:
        yield running


@pytest.fixture
def here(tmp_path: Path, now: datetime, pool: Pool) -> Iterator[Desk]:
    (tmp_path / "outspoken.toml").write_text(f'database = "{tmp_path}/outspoken.db"\n')
    (tmp_path / "known.csv").write_text(KNOWN)
    made = desk(tmp_path / "outspoken.db", pool, now)
    yield made
    made.store.close()


def command(folder: Path, *args: str) -> Result:
    return CliRunner().invoke(main, ["-c", str(folder / "outspoken.toml"), "accounts", *args], catch_exceptions=False)


def taken(folder: Path, *args: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(command(folder, "import", str(folder / "known.csv"), "--json", *args).stdout)
    return found


def pages(now: datetime, *people: str) -> dict[str, bytes]:
    return {f"https://herald.example/{who}": outlet.account(who, now - timedelta(hours=2)) for who in people}


# --- in --------------------------------------------------------------------------------------------------------
def test_every_line_has_its_report_and_a_second_time_changes_nothing(here: Desk, tmp_path: Path) -> None:
    first = taken(tmp_path)
    assert [(line["outcome"], line["account"]) for line in first["lines"]] == [
        ("added", 1), ("added", 2), ("added", 3), ("skipped", None)
    ]  # fmt: skip
    assert first["lines"][3]["why"] == "names nobody and no address"
    assert command(tmp_path, "import", str(tmp_path / "known.csv")).exit_code == 1
    before = here.ask("SELECT * FROM mentions"), here.ask("SELECT * FROM accounts")
    again = taken(tmp_path)
    assert again["counts"] == {"added": 0, "mention": 0, "known": 3, "skipped": 1}
    assert [line["account"] for line in again["lines"]] == [1, 2, 3, None]
    assert (here.ask("SELECT * FROM mentions"), here.ask("SELECT * FROM accounts")) == before
    assert here.ask("SELECT nationality FROM mentions ORDER BY id") == [("TN",), ("SY",), ("KZ",)]


def test_a_dry_run_stores_nothing(here: Desk, tmp_path: Path) -> None:
    assert taken(tmp_path, "--dry-run")["counts"]["added"] == 3
    assert here.ask("SELECT count(*) FROM accounts") == [(0,)]
    shown = command(tmp_path, "import", str(tmp_path / "known.csv"), "--dry-run").stdout
    assert "Would be: 3 added, 0 mention, 0 known, 1 skipped" in shown
    assert "Yunus Haddad" in shown


def test_who_stands_in_the_list_is_never_told_as_new(here: Desk, tmp_path: Path) -> None:
    taken(tmp_path)

    async def work() -> None:
        await here.read("herald", pages(here.now, "medic", "teacher", "cook"))

    asyncio.run(work())
    assert [title.partition(":")[0] for title in here.told()] == ["Samir Aslanov"]
    assert here.ask("SELECT account FROM mentions WHERE origin = 'read' ORDER BY id") == [(1,), (3,), (4,)]
    assert here.ask("SELECT DISTINCT told FROM accounts WHERE id < 4") == [("baseline",)]


def test_an_address_of_the_list_counts_as_read_and_keeps_its_person(here: Desk, tmp_path: Path) -> None:
    taken(tmp_path)

    async def work() -> None:
        await here.poll("mirror", {"https://old.example/2": outlet.account("unnamed", here.now)})
        assert await here.fetch() == 0
        # the same article by another way: its page says what its address is
        other = outlet.account("unnamed", here.now, canonical="https://old.example/2")
        await here.read("mirror", {"https://old.example/2?from=feed": other})

    asyncio.run(work())
    assert here.told() == []
    assert here.ask("SELECT DISTINCT account FROM mentions WHERE nationality = 'SY'") == [(2,)]
    assert here.ask("SELECT notes FROM mentions WHERE origin = 'list' AND account = 2") == [("unnamed",)]


def test_whom_the_program_had_found_is_known_to_the_list(here: Desk, tmp_path: Path) -> None:
    asyncio.run(here.read("herald", pages(here.now, "medic")))
    found = taken(tmp_path)
    assert (found["lines"][0]["outcome"], found["lines"][0]["account"]) == ("mention", 1)
    assert "one full name" in found["lines"][0]["why"]
    assert found["lines"][1]["account"] == 2
    assert len(here.told()) == 1


# --- out and in again ------------------------------------------------------------------------------------------
@pytest.mark.parametrize("form", ["json", "csv"])
def test_an_export_comes_back_without_loss(here: Desk, tmp_path: Path, form: str) -> None:
    asyncio.run(here.read("herald", pages(here.now, "medic", "cook", "unnamed", "guard")))
    asyncio.run(here.read("mirror", {"https://mirror.example/1": outlet.account("medic", here.now, "It was him")}))
    taken(tmp_path)
    here.store.save_verdict(2, "confirm", "Ann", here.now, note='=1+1; "quoted"\nand more')
    here.store.save_verdict(4, "not-account", "Ben", here.now)
    here.store.save_correction(1, {"role": "army medic", "age": 33, "reasons": ["conditions"]}, "Ann", here.now)
    first = command(tmp_path, "export", "--format", form).stdout_bytes
    (tmp_path / f"all.{form}").write_bytes(first)
    other = tmp_path / "other"
    other.mkdir()
    (other / "outspoken.toml").write_text(f'database = "{other}/outspoken.db"\n')
    result = command(other, "import", str(tmp_path / f"all.{form}"), "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["counts"]["skipped"] == 0
    assert command(other, "export", "--format", form).stdout_bytes == first
    told = {row[0]: row[1] for row in here.ask("SELECT id, told FROM accounts")}
    with Store.open(other / "outspoken.db", readonly=True) as store:
        assert {row["id"]: row["told"] for row in store._c.rows("SELECT id, told FROM accounts")} == told
    again = json.loads(command(other, "import", str(tmp_path / f"all.{form}"), "--json").stdout)
    assert again["counts"]["added"] == again["counts"]["mention"] == 0


def test_an_export_goes_into_a_file_by_what_is_asked_for(here: Desk, tmp_path: Path) -> None:
    asyncio.run(here.read("herald", pages(here.now, "medic", "cook")))
    file = tmp_path / "dossier.html"
    assert command(tmp_path, "export", "--format", "html", "--account", "1", "-o", str(file)).exit_code == 0
    assert "Haddad" in file.read_text("utf-8")
    assert "Aslanov" not in file.read_text("utf-8")
    assert "Haddad" not in command(tmp_path, "export", "-f", "json", "--no-names").stdout
    assert json.loads(command(tmp_path, "export", "-f", "json", "--since", "2030-01-01").stdout) == []
    assert json.loads(command(tmp_path, "export", "-f", "json", "--tier", "review").stdout) == []
    missing = CliRunner().invoke(
        main, ["-c", str(tmp_path / "outspoken.toml"), "accounts", "export", "--account", "99"]
    )
    assert (missing.exit_code, "there is no account 99" in missing.stderr) == (1, True)


def test_judged_articles_leave_as_labelled_ones(here: Desk, tmp_path: Path) -> None:
    asyncio.run(here.read("herald", pages(here.now, "medic", "cook", "guard")))
    here.store.save_verdict(1, "confirm", "Ann", here.now)
    here.store.save_verdict(2, "not-account", "Ann", here.now)
    here.store.save_correction(1, {"role": "army medic"}, "Ann", here.now)
    rows = [json.loads(line) for line in command(tmp_path, "export", "--labelled").stdout.splitlines()]
    assert [(row["label"], len(row["accounts"])) for row in rows] == [("account", 1), ("none", 0)]
    assert (rows[0]["accounts"][0]["name"], rows[0]["accounts"][0]["role"]) == ("Yunus Haddad", "army medic")
    result = evaluation.evaluate(rows, list(predicting.predict(rows, ["islamic_state"])))
    assert result.figures["label.account.recall"] == 1
    assert result.figures["field.nationality"] == 1
