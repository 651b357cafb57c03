"""Every SQL query in the docs for analysts and on novelty runs and finds something in a small database."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from cli import main
from db import Store, times
from delivery import Alert, DeliveryState, Sent
from model import (
    Account,
    Article,
    Credit,
    Entry,
    Evidence,
    FeedState,
    Finding,
    Identity,
    Label,
    NearMiss,
    Polled,
    PollOutcome,
    Reading,
    Source,
    StoryMatch,
    Why,
)

DOCS = Path(__file__).parent.parent.parent / "docs"
PAGES = ("analysts.md", "novelty.md")
QUERIES = [
    (page, query)
    for page in PAGES
    for query in re.findall(r"^```sql\n(.*?)^```", (DOCS / page).read_text("utf-8"), re.MULTILINE | re.DOTALL)
]
HERALD = Source("herald", "https://herald.example/feed", outlet="The Herald")
COURIER = Source("courier", "https://courier.example/feed", outlet="The Courier")
WHY = (Why("title_says", 0.6, "Title"), Why("captured", -0.4, "He was captured."))
SURE = Finding("islamic_state", Label.ACCOUNT, 0.97, why=WHY, tier="alert")
UNSURE = Finding("islamic_state", Label.NONE, 0.4, why=WHY, tier="review")
REPORT = Finding("islamic_state", Label.REPORT, 0.2, 0.8)
KARIM = Account(
    "Karim", "pseudonym", "islamic_state", "guard", "FR", "male", 28,
    reasons=("brutality", "conditions"), evidence="Karim left.", quotes=("I left.",),
    proofs=(Evidence("role", "He guarded a bridge.", 0, 20),),
)  # fmt: skip
ABU_KARIM = Account("Abu Karim", "pseudonym", "islamic_state", "gate guard", "TN", age=29, reasons=("conditions",))


def read(store: Store, now: datetime, source: Source, number: int, days: int) -> int:
    """Store an article of so many days ago."""
    url = f"https://{source.name}.example/{number}"
    entry = Entry(f"k{number}", url)
    store.record_polled(Polled(source.name, PollOutcome.CHANGED, now, FeedState(source.url), (entry,)), now, now)
    fetch = next(each for each in store.due_pages(now, 10) if each.url == url)
    credit = Credit("The Herald") if source is COURIER else None
    article = Article(
        url, f"Title {number}", "He guarded a bridge over the river.", url, ("Ann Writer",), now - timedelta(days=days),
        outlet=source.outlet, credit=credit,
    )  # fmt: skip
    return store.store_article(fetch, Reading(article), now)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Karim in three articles of two outlets, one a reprint; an unsure unnamed woman who is close; a report."""
    now = datetime.now(UTC)  # queries ask for the last thirty days
    with Store.open(tmp_path / "outspoken.db") as opened:
        opened.sync_sources([HERALD, COURIER], now)
        read(opened, now, HERALD, 0, 40)
        read(opened, now, COURIER, 9, 40)
        first, second, third, fourth = (
            read(opened, now, source, number, days)
            for source, number, days in ((HERALD, 1, 5), (COURIER, 2, 9), (COURIER, 3, 2), (HERALD, 4, 1))
        )
        story = opened.save_story(first, StoryMatch(None), [1])
        opened.save_story(third, StoryMatch(story.story, first, 0.98, "98 % of the text is the same"), [1])
        for article, finding in ((first, SURE), (second, SURE), (third, SURE), (fourth, REPORT)):
            opened.save_finding(article, finding)
        account = opened.save_mention(first, SURE, KARIM, Identity(None, ("nobody",)), ["KRM"], now)
        again = Identity(account, ("Karim and Abu Karim share a name (+1.0)", "their ages agree (+0.7)"), 1.7)
        opened.save_mention(second, SURE, ABU_KARIM, again, ["KRM"], now)
        opened.save_mention(third, SURE, KARIM, again, ["KRM"], now)
        opened.mark_told(account, "alert", now)
        apart = Identity(None, ("nobody",), near=(NearMiss(account, 0.9, "they share a name"),))
        opened.save_mention(fourth, UNSURE, Account(gender="female"), apart, [], now)
        opened.enqueue_alert(Alert("account-1", "account", now, title="Karim", account_id=account), ["desk"], now)
        opened.record_sent(opened.due_deliveries(now, "desk")[0], Sent(DeliveryState.SENT), None, now)
        opened.save_correction(account, {"role": "bridge guard"}, "Ann", now)
        opened._c.insert(
            "gaps",
            {"source": "herald", "began": times.text(now - timedelta(hours=9)), "ended": times.text(now), "entries": 9},
        )
        yield opened


def test_the_queries_are_there() -> None:
    assert sum(page == "analysts.md" for page, _ in QUERIES) >= 30


@pytest.mark.parametrize(("page", "query"), QUERIES, ids=[f"{page}-{n}" for n, (page, _) in enumerate(QUERIES)])
def test_every_query_finds_something(store: Store, page: str, query: str) -> None:
    found = store._c.rows(query.strip().rstrip(";"))
    assert found, f"{page}: {query}"
    assert any(value not in (None, "") for row in found for value in row.values())


def test_what_the_queries_say_is_right(store: Store) -> None:
    def answer(start: str) -> list[dict[str, object]]:
        query = next(query for _, query in QUERIES if query.startswith(start))
        return store._c.rows(query.strip().rstrip(";"))

    assert answer("SELECT reason.value AS reason") == [{"reason": "conditions", "people": 1}]
    firsts = {str(row["outlet"]): row["first"] for row in answer("SELECT m.outlet, count(*)")}
    assert firsts == {"The Courier": 1, "The Herald": 1}
    (spread,) = answer("SELECT account, max(name)")
    assert (spread["outlets"], spread["days"]) == (2, 7.0)
    assert [row["reason"] for row in answer("SELECT month, nationality")] == ["conditions"]
    (told,) = answer("SELECT account, max(name) AS name, count(DISTINCT coalesce")
    assert (told["texts"], told["outlets"]) == (2, 2), "a reprint is no second witness"
    (month,) = answer("SELECT substr(a.created, 1, 7)")
    assert (month["told"], month["judged"], month["precision"]) == (1, 1, 1.0)
    assert [(row["field"], row["corrected"]) for row in answer("SELECT c.id AS account, right")] == [
        ("role", "bridge guard")
    ]
    (gap,) = answer("SELECT source, began, ended")
    assert (gap["source"], gap["hours"]) == ("herald", 9.0)
    (differs,) = answer("SELECT account, group_concat(DISTINCT name)")
    assert differs["origins"] in ("TN,FR", "FR,TN")


def test_other_queries_in_the_docs_run(store: Store) -> None:
    for page in ("README.md", "docs/operations.md"):
        text = (DOCS.parent / page).read_text("utf-8")
        for query in re.findall(r'outspoken\.db "(SELECT [^"]+)"', text):
            assert store._c.rows(query) is not None


def test_undoing_a_join_is_as_described(store: Store, tmp_path: Path) -> None:
    (line,) = re.findall(r"^outspoken (unmerge .*)$", (DOCS / "novelty.md").read_text("utf-8"), re.MULTILINE)
    config = tmp_path / "outspoken.toml"
    config.write_text(f'database = "{store._c.path}"\n')
    arguments = ["-c", str(config), *shlex.split(line.replace(" 17 ", " 2 "))]
    assert "Mention 2 is account" in CliRunner().invoke(main, arguments, catch_exceptions=False).output
    assert CliRunner().invoke(main, ["-c", str(config), "unmerge", "999"]).exit_code == 1
    assert store._c.rows("SELECT undone_by FROM merges WHERE mention = 2") == [{"undone_by": "Ann Analyst"}]
    assert store._c.rows("SELECT told FROM accounts WHERE id = (SELECT account FROM mentions WHERE id = 2)") == [
        {"told": ""}
    ]


def test_the_weights_on_the_page_are_the_real_ones() -> None:
    source = (DOCS.parent / "detect" / "identity.py").read_text("utf-8")
    page = (DOCS / "novelty.md").read_text("utf-8").partition('<a id="weights"></a>')[2].partition("\n\nSo ")[0]
    told = {float(each) for each in re.findall(r"[+-]\d\.\d", page)}
    used = {float(each) for each in re.findall(r"(?:add\(|else )(-?\d\.\d)", source)}
    used |= {float(each) for line in re.findall(r"add\((.*)", source) for each in re.findall(r"-?\d\.\d", line)}
    used |= {float(each) for each in re.findall(r"(-\d\.\d) if gap", source)}
    assert used - {0.0} == told


def test_the_recipes_run_as_they_stand(store: Store, tmp_path: Path) -> None:
    page = (DOCS / "analysts.md").read_text("utf-8")
    (tmp_path / "outspoken.toml").write_text("")
    export = [
        "-c",
        str(tmp_path / "outspoken.toml"),
        "accounts",
        "export",
        "-f",
        "parquet",
        "-o",
        str(tmp_path / "accounts.parquet"),
    ]
    assert CliRunner().invoke(main, export, catch_exceptions=False).exit_code == 0
    recipes = re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert len(recipes) == 3
    said = "".join(run([sys.executable, "-c", recipe], tmp_path) for recipe in recipes)
    assert said.count("Karim") >= 2
    assert "conditions" in said
    for line in re.findall(r"^(sqlite-utils .*)$", page, re.MULTILINE):
        tool, *words = shlex.split(line.partition(" > ")[0])
        assert run([str(Path(sys.executable).with_name(tool)), *words], tmp_path).strip(), line


def run(command: list[str], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
