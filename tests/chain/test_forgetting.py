"""Forgetting for good, on real files: what was asked to be forgotten stands in none of them, and does not come back."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import daemons
import outlet
import pytest
from click.testing import CliRunner, Result
from desk import Desk, desk

from cli import main
from config import ReadConfig, load
from errors import StoreError
from forgetting import Forgetting
from reading import Pool

ROOT = Path(__file__).parent.parent.parent
WORDS = (
    "Haddad",
    "haddad",
    "HADDAD",
    "as a medic in Raqqa",
    "interview in Gaziantep",
    "medic-tells",
    "the medics' house",
)
"""What the medic's articles say and nobody else's does."""
CONFIG = """database = "{0}/outspoken.db"
[channels.lines]
type = "file"
path = "{0}/alerts.jsonl"
[channels.atom]
type = "feed"
path = "{0}/alerts.xml"
"""


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    with Pool(ReadConfig(workers=1), ("islamic_state",)) as running:
        yield running


@pytest.fixture
def here(tmp_path: Path, now: datetime, pool: Pool) -> Iterator[Desk]:
    """The medic in two outlets and in passing in a third, a cook, an article about both; all of it told."""
    tables = {
        "lines": {"type": "file", "path": tmp_path / "alerts.jsonl"},
        "atom": {"type": "feed", "path": tmp_path / "alerts.xml"},
    }
    (tmp_path / "outspoken.toml").write_text(CONFIG.format(tmp_path))
    made = desk(tmp_path / "outspoken.db", pool, now, channels=tables)

    async def work() -> None:
        when = now - timedelta(hours=2)
        await made.read("herald", {"https://herald.example/yunus-haddad-medic-tells": outlet.account("medic", when)})
        await made.read("herald", {"https://herald.example/cook": outlet.account("cook", when)})
        passing = ["The clinic named after Yunus Haddad opened.", "It has twelve beds and a garden. " * 9]
        await made.read("review", {"https://review.example/clinic": outlet.page("A clinic opens", passing, when)})
        await made.courier.run_once()
        made.later(hours=1)
        await made.read(
            "mirror", {"https://mirror.example/1": outlet.account("medic", when, "He was a medic for ISIS")}
        )
        await made.courier.run_once()

    asyncio.run(work())
    assert made.ask("SELECT count(*) FROM accounts") == [(2,)]
    assert made.ask("SELECT count(*) FROM mentions") == [(3,)]
    yield made
    made.store.close()


def command(folder: Path, *args: str) -> Result:
    return CliRunner().invoke(main, ["-c", str(folder / "outspoken.toml"), "forget", *args], catch_exceptions=False)


def medic(here: Desk) -> int:
    return int(here.ask("SELECT DISTINCT account FROM mentions WHERE name = 'Yunus Haddad'")[0][0])


def unpacked(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def holding(folder: Path, words: tuple[str, ...] = WORDS) -> dict[str, list[str]]:
    """Which files hold which of the words, as bytes; the log of the daemon is not ours to change."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.name not in ("log.txt", "sources.toml")]
    found = {path.name: [word for word in words if word.encode() in unpacked(path)] for path in files}
    return {name: there for name, there in found.items() if there}


# --- a person --------------------------------------------------------------------------------------------------
def test_nothing_of_a_forgotten_person_is_left_in_any_file(here: Desk, tmp_path: Path) -> None:
    assert {"alerts.jsonl", "alerts.xml"} <= set(holding(tmp_path))
    assert any(name.startswith("outspoken.db") for name in holding(tmp_path))
    assert any(name.endswith(".warc.gz") for name in holding(tmp_path))
    result = command(tmp_path, "--account", str(medic(here)), "--yes", "--json")
    assert result.exit_code == 0, result.output
    outcome = json.loads(result.stdout)
    assert (outcome["searched"], outcome["left"], outcome["elsewhere"]) == (True, [], [])
    assert outcome["counts"]["articles"] == 2
    assert holding(tmp_path) == {}
    assert here.ask("SELECT name FROM mentions") == [("Samir Aslanov",)]
    assert here.ask("SELECT count(*) FROM articles WHERE url = 'https://review.example/clinic'") == [(0,)]
    assert b"Aslanov" in (tmp_path / "alerts.jsonl").read_bytes()
    assert b"Aslanov" in (tmp_path / "alerts.xml").read_bytes()
    assert any(b"Aslanov" in unpacked(path) for path in (tmp_path / "archive").glob("*.gz"))
    assert here.ask("PRAGMA integrity_check") == [("ok",)]


def test_the_index_and_the_free_pages_hold_nothing(here: Desk, tmp_path: Path) -> None:
    assert here.ask("SELECT count(*) FROM articles_fts WHERE articles_fts MATCH 'haddad'") != [(0,)]
    command(tmp_path, "--account", str(medic(here)), "--yes")
    with closing(sqlite3.connect(tmp_path / "outspoken.db")) as connection:
        connection.execute("CREATE VIRTUAL TABLE temp.words USING fts5vocab(main, articles_fts, row)")
        words = {row[0] for row in connection.execute("SELECT term FROM words")}
        assert connection.execute("PRAGMA freelist_count").fetchone() == (0,)
    assert words >= {"aslanov", "tal", "afar"}
    assert not words & {"haddad", "yunus", "gaziantep", "raqqa"}


def test_what_would_go_is_shown_and_nothing_goes(here: Desk, tmp_path: Path) -> None:
    before = here.ask("SELECT count(*) FROM articles"), holding(tmp_path)
    result = command(tmp_path, "--account", str(medic(here)), "--dry-run", "--json")
    shown = json.loads(result.stdout)
    assert (shown["counts"]["articles"], shown["counts"]["mentions"], shown["counts"]["alerts"]) == (2, 2, 2)
    assert shown["counts"]["articles that name the person"] == 3
    assert "https://mirror.example/1" in shown["urls"]
    assert "mirror.example/1" in command(tmp_path, "--account", str(medic(here)), "--dry-run").stdout
    refused = CliRunner().invoke(
        main, ["-c", str(tmp_path / "outspoken.toml"), "forget", "--account", str(medic(here))], input="n\n"
    )
    assert refused.exit_code == 1
    assert (here.ask("SELECT count(*) FROM articles"), holding(tmp_path)) == before
    assert here.ask("SELECT * FROM erasures") == []


def test_a_forgotten_person_does_not_come_back(here: Desk, tmp_path: Path) -> None:
    command(tmp_path, "--account", str(medic(here)), "--yes")

    async def work() -> None:
        when = here.now
        urls = ["https://herald.example/yunus-haddad-medic-tells", "https://mirror.example/1"]
        await here.poll("herald", {url: outlet.account("medic", when) for url in urls})
        assert await here.fetch() == 0, "a forgotten address is not fetched again"
        await here.read("mirror", {"https://mirror.example/2": outlet.account("medic", when, "A reprint of it")})
        other = ["Yunus Haddad, 31, from Tunisia, was a fighter of the Islamic State and has defected from it."]
        other += ["“I deserted from the Islamic State because it killed my friends in Sirte,” he said in an interview."]
        other += ["“I was a member of ISIS for three years and I am sorry for it,” the former fighter told us in Sfax."]
        await here.read("review", {"https://review.example/2": outlet.page("Ex-ISIS fighter speaks", other, when)})
        await here.read("review", {"https://review.example/3": outlet.account("guard", when)})

    told = len(here.told())
    asyncio.run(work())
    assert here.ask("SELECT name FROM mentions ORDER BY id") == [("Samir Aslanov",), ("Faris al-Ubaydi",)]
    assert len(here.told()) == told + 1
    assert holding(tmp_path, ("Haddad",)) == {}
    assert here.ask("SELECT count(*) FROM pages") == [(0,)]


def test_an_account_number_is_never_given_again(here: Desk, tmp_path: Path) -> None:
    last = int(here.ask("SELECT max(id) FROM accounts")[0][0])
    command(tmp_path, "--account", str(last), "--yes")
    asyncio.run(here.read("review", {"https://review.example/3": outlet.account("guard", here.now)}))
    assert int(here.ask("SELECT account FROM mentions WHERE name LIKE 'Faris%'")[0][0]) > last
    assert "nothing of it is left" in command(tmp_path, "--account", str(last), "--yes").output
    assert command(tmp_path, "--account", "999", "--yes").exit_code == 1


def test_of_an_article_about_two_the_other_one_stays(here: Desk, tmp_path: Path) -> None:
    both = [
        "Ilyas Karimov, 36, from Kazakhstan, was a teacher of the Islamic State in Manbij and defected from it.",
        "“I fled from the Islamic State since the school was a barracks,” Karimov said in an interview in Almaty.",
        "“That night I decided to desert,” the former teacher told us.",
        "Jonas Lindqvist, 22, from Sweden, joined the Islamic State in 2014 and served it for a year as a mechanic in "
        "Deir ez-Zor. Then he defected.",
        "“I left the Islamic State because they burned my cousin's farm,” Lindqvist said in an interview in Malmo.",
    ]
    url = "https://review.example/two"
    asyncio.run(here.read("review", {url: outlet.page("Two who left the Islamic State tell why", both, here.now)}))
    number = int(here.ask("SELECT account FROM mentions WHERE name = 'Ilyas Karimov'")[0][0])
    assert command(tmp_path, "--account", str(number), "--yes").exit_code == 0
    assert holding(tmp_path, ("Karimov", "barracks", "36, from Kazakhstan")) == {}
    assert here.ask("SELECT name FROM mentions WHERE name = 'Jonas Lindqvist'") == [("Jonas Lindqvist",)]
    assert here.ask("SELECT url, text FROM articles WHERE url = ?", url) == [(url, "")]
    assert "as a mechanic in Deir ez-Zor" in str(here.ask("SELECT detail FROM mentions WHERE name = 'Jonas Lindqvist'"))


# --- a page, a source ------------------------------------------------------------------------------------------
def test_a_forgotten_page_leaves_the_person_that_others_tell_of(here: Desk, tmp_path: Path) -> None:
    url = "https://herald.example/yunus-haddad-medic-tells"
    result = command(tmp_path, "--url", url, "--yes", "--json")
    assert (result.exit_code, json.loads(result.stdout)["left"]) == (0, [])
    assert holding(tmp_path, ("medic-tells", "Tunisian medic tells why")) == {}
    assert here.ask("SELECT count(*) FROM mentions WHERE name = 'Yunus Haddad'") == [(1,)]
    asyncio.run(here.poll("mirror", {url: outlet.account("medic", here.now)}))
    assert here.ask("SELECT count(*) FROM pages") == [(0,)]


def test_an_address_that_begins_another_one_leaves_that(here: Desk, tmp_path: Path) -> None:
    pages = {f"https://mirror.example/1{end}": outlet.page(f"Page {end}", [f"Harvest {end}. " * 30]) for end in "23"}
    asyncio.run(here.read("mirror", pages))
    result = command(tmp_path, "--url", "https://mirror.example/1", "--yes", "--json")
    assert (result.exit_code, json.loads(result.stdout)["left"]) == (0, [])
    for table in ("articles", "entries"):
        assert here.ask(f"SELECT count(*) FROM {table} WHERE url LIKE '%mirror.example/1_'") == [(2,)]


def test_a_forgotten_source_leaves_the_others(here: Desk, tmp_path: Path) -> None:
    result = command(tmp_path, "--source", "herald", "--yes", "--json")
    assert (result.exit_code, json.loads(result.stdout)["left"]) == (0, [])
    assert here.ask("SELECT DISTINCT source FROM articles ORDER BY 1") == [("mirror",), ("review",)]
    assert holding(tmp_path, ("Aslanov", "Tal Afar")) == {}
    assert b"Haddad" in (tmp_path / "outspoken.db").read_bytes()
    assert command(tmp_path, "--source", "nowhere", "--yes").exit_code == 1
    assert command(tmp_path, "--yes").exit_code == 2


# --- kills, locks, keys ----------------------------------------------------------------------------------------
KILLED = """
import os, sys
from datetime import datetime, timezone
from pathlib import Path
import {module}
from config import load
from db import Store
from forgetting import Forgetting
def die(*_): os.kill(os.getpid(), 9)
{module}.{what} = die
with Store.open(sys.argv[1]) as store:
    store.ask_erasure("account", sys.argv[2], "test", datetime.now(timezone.utc))
    Forgetting(store, load(Path(sys.argv[3])), lambda: datetime.now(timezone.utc)).work()
"""


@pytest.mark.parametrize(
    ("module", "what", "searched"),
    [
        ("forgetting", "Store.erase", True),
        ("forgetting", "erasing.erase", True),
        ("forgetting", "Store.files_erased", True),
        ("forgetting", "Store.sweep", False),
        ("forgetting", "Store.end_erasure", False),
    ],
)
def test_an_erasure_that_was_killed_goes_on(here: Desk, tmp_path: Path, module: str, what: str, searched: bool) -> None:
    code = KILLED.format(module=module, what=what)
    arguments = [str(tmp_path / "outspoken.db"), str(medic(here)), str(tmp_path / "outspoken.toml")]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code, *arguments], env=environment, check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL
    work = Forgetting(here.store, load(tmp_path / "outspoken.toml"), here.clock)
    assert work.work() == [1]
    assert holding(tmp_path) == {}
    assert here.store.erasure(1)["outcome"]["searched"] is searched
    assert here.ask("SELECT state, task FROM erasures") == [("done", "")]
    assert work.work() == []


def test_a_running_daemon_does_it_itself(here: Desk, tmp_path: Path) -> None:
    number = medic(here)
    here.store.close()
    (tmp_path / "sources.toml").write_text("")
    with daemons.daemon(tmp_path) as process:
        daemons.until(lambda: daemons.count(tmp_path / "outspoken.db", "runs"), what="the daemon")
        result = command(tmp_path, "--account", str(number), "--yes", "--json")
        assert result.exit_code == 0, result.output
        assert "A daemon works on the database" in result.stderr
        assert json.loads(result.stdout)["left"] == []
        assert holding(tmp_path) == {}
        assert daemons.stop(process)[0] == 0


def test_a_reader_that_keeps_old_pages_alive_is_waited_for(here: Desk, tmp_path: Path) -> None:
    reader = sqlite3.connect(tmp_path / "outspoken.db", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM articles").fetchone()
    here.store._c.db.execute("PRAGMA busy_timeout = 100")
    here.store.ask_erasure("account", str(medic(here)), "test", here.now)
    work = Forgetting(here.store, load(tmp_path / "outspoken.toml"), here.clock)
    with pytest.raises(StoreError, match="close it, and this goes on"):
        work.work()
    assert here.ask("SELECT state FROM erasures") == [("sweep",)]
    reader.close()
    assert work.work() == [1]
    assert here.store.erasure(1)["outcome"]["searched"] is True
    assert holding(tmp_path) == {}


def test_the_key_lies_beside_the_database_and_is_missed(here: Desk, tmp_path: Path) -> None:
    command(tmp_path, "--account", str(medic(here)), "--yes")
    key = tmp_path / "outspoken.db.key"
    assert key.stat().st_mode & 0o777 == 0o600
    assert key.read_text().strip().encode() not in (tmp_path / "outspoken.db").read_bytes()
    here.store.check_key()
    key.unlink()
    with pytest.raises(StoreError, match=r"outspoken.db.key is missing.*restore it"):
        here.store.check_key()
