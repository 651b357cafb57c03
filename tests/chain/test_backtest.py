"""`outspoken backtest`: a store that the chain filled, read once more with the same profile and with others."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import outlet
import pytest
from click.testing import CliRunner, Result
from desk import Desk, desk

from cli import main
from config import ReadConfig
from detect.profile import FOLDER
from reading import Pool

Backtest = Callable[..., Result]
PEOPLE = ("medic", "cook", "guard")
START = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Three people on three days, and on the fourth a second article on the first of them."""
    with Pool(ReadConfig(workers=1), ("islamic_state",)) as pool:
        made = desk(tmp_path_factory.mktemp("backtest") / "outspoken.db", pool, START)
        asyncio.run(made.read("herald", {}))
        asyncio.run(fill(made))
        yield made
    made.store.close()


async def fill(made: Desk) -> None:
    for who in PEOPLE:
        made.later(days=1)
        await made.read("herald", {f"https://herald.example/{who}": outlet.account(who, made.now - timedelta(hours=1))})
    made.later(days=1)
    again = outlet.account("medic", made.now, title="ISIS deserter speaks again")
    await made.read("mirror", {"https://mirror.example/medic": again})


@pytest.fixture
def backtest(here: Desk, tmp_path: Path) -> Backtest:
    database = here.store._c.path
    (tmp_path / "outspoken.toml").write_text(f'database = "{database}"\n', "utf-8")
    (tmp_path / "sources.toml").write_text("", "utf-8")

    def run(profile: str, since: str, *more: str, code: int = 0) -> Result:
        words = ["-c", str(tmp_path / "outspoken.toml"), "backtest", "--profile", profile, "--since", since, *more]
        result = CliRunner().invoke(main, words)
        assert result.exit_code == code, result.output
        return result

    return run


def other(tmp_path: Path, *changes: tuple[str, str]) -> str:
    """A profile file of the same name with other words."""
    text = (FOLDER / "islamic_state.toml").read_text("utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / "new.toml"
    path.write_text(text, "utf-8")
    return str(path)


def figures(result: Result) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(result.output)
    return value


def test_the_same_profile_tells_the_same(here: Desk, backtest: Backtest) -> None:
    assert len(here.told()) == 4, "three accounts and a follow-up"
    before = here.ask("SELECT count(*), max(stored) FROM articles")
    told = figures(backtest("islamic_state", "2026-03-01", "--json"))
    assert (told["articles"], told["told"], told["kept"], told["gained"], told["lost"]) == (4, 3, 3, [], [])
    assert here.ask("SELECT count(*), max(stored) FROM articles") == before


def test_whoever_was_known_before_the_span_is_not_new(backtest: Backtest) -> None:
    told = figures(backtest("islamic_state", "2026-03-04T00:00", "--json"))
    assert (told["articles"], told["told"], told["kept"], told["gained"]) == (2, 1, 1, [])


def test_the_span_has_an_end(backtest: Backtest) -> None:
    told = figures(backtest("islamic_state", "2026-03-01", "--until", "2026-03-03", "--json"))
    assert (told["articles"], told["told"], told["kept"]) == (1, 1, 1)


def test_a_profile_that_does_not_name_the_group_loses_all_and_says_why(backtest: Backtest, tmp_path: Path) -> None:
    path = tmp_path / "new.toml"
    path.write_text('name = "islamic_state"\ntitle = "x"\nnames = ["no such group"]\n', "utf-8")
    told = figures(backtest(str(path), "2026-03-01", "--json", code=1))
    assert (told["kept"], len(told["lost"])) == (0, 3)
    assert {each["now"] for each in told["lost"]} == {"the group is not named"}
    assert {each["name"].split()[-1] for each in told["lost"]} == {"Haddad", "Aslanov", "al-Ubaydi"}
    shown = backtest(str(path), "2026-03-01", code=1)
    assert "3 alerts were told, 0 stay" in shown.output
    assert "3 lost" in shown.output


def test_what_is_gained_is_listed_with_its_reasons(here: Desk, backtest: Backtest, tmp_path: Path) -> None:
    """A profile of another name has told nobody of anything yet."""
    path = other(tmp_path, ('name = "islamic_state"', 'name = "another"'))
    told = figures(backtest(path, "2026-03-01", "--json"))
    assert (told["told"], told["kept"], len(told["gained"])) == (0, 0, 3)
    first = told["gained"][0]
    assert (first["name"], first["outlet"], first["url"]) == ("Yunus Haddad", "Herald", "https://herald.example/medic")
    assert first["why"]


def test_a_loss_that_an_analyst_wanted_is_no_failure(here: Desk, backtest: Backtest, tmp_path: Path) -> None:
    path = tmp_path / "new.toml"
    path.write_text('name = "islamic_state"\ntitle = "x"\nnames = ["no such group"]\n', "utf-8")
    for account in (1, 2, 3):
        here.store.save_verdict(account, "not-account", "ada", here.now)
    told = figures(backtest(str(path), "2026-03-01", "--json"))
    assert {each["verdict"] for each in told["lost"]} == {"not-account"}
    for account in (1, 2, 3):
        here.store.save_verdict(account, "confirm", "ada", here.now)


@pytest.mark.parametrize("words", [["--since", "2999-01-01"], ["--since", "2026-03-02", "--until", "2026-03-01"]])
def test_a_span_that_makes_no_sense_is_refused(words: list[str], tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["backtest", "--profile", "islamic_state", *words])
    assert result.exit_code == 2
    assert "--since lies after --until, or in the future" in result.output


def test_a_profile_that_there_is_not_is_said_in_a_sentence(backtest: Backtest) -> None:
    assert "Traceback" not in backtest("nothing.toml", "2026-03-01", code=2).output
