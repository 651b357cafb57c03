"""kill -9 of a writer at random moments: what was committed is there, and nothing is there by halves."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from db import Store

WRITER = """
import sys
from datetime import UTC, datetime, timedelta
from db import Store
from delivery import Alert
from model import Account, Article, Entry, FeedState, Finding, Identity, Label, Polled, PollOutcome, Reading, Source, StoryMatch

store = Store.open(sys.argv[1])
now, source = datetime(2026, 3, 14, tzinfo=UTC), Source("herald", "https://herald.example/feed")
store.sync_sources([source], now)
finding = Finding("islamic_state", Label.ACCOUNT, 0.9, tier="alert")
first = store.totals()["articles"] + store.pending_pages()
print("ready", flush=True)
for number in range(first, 100_000):
    entry = Entry(f"k{number}", f"https://herald.example/{number}", title=f"Title {number}")
    store.record_polled(Polled("herald", PollOutcome.CHANGED, now, FeedState(source.url), (entry,)), now, now)
    for fetch in store.due_pages(now, 5):
        with store.transaction():
            article = Article(fetch.url, title=fetch.entry.title, text="A text. " * 50, canonical_url=fetch.url)
            article_id = store.store_article(fetch, Reading(article, (finding,)), now)
            store.save_finding(article_id, finding)
            store.save_story(article_id, StoryMatch(None), [article_id, -article_id])
            account = store.save_mention(article_id, finding, Account("Karim"), Identity(None, ()), ["KRM"], now)
            store.mark_told(account, "alert", now)
            store.enqueue_alert(Alert(f"account-{account}", "account", now, account_id=account), ["mail", "slack"], now)
        print(fetch.url, flush=True)
"""

HALVES = {
    "an article whose page still waits": "SELECT 1 FROM pages p JOIN articles a ON a.url = p.url",
    "an entry whose page is neither waiting nor read": """SELECT 1 FROM entries e WHERE NOT EXISTS
        (SELECT 1 FROM pages p WHERE p.url = e.url) AND NOT EXISTS (SELECT 1 FROM articles a WHERE a.url = e.url)""",
    "an article without its story": "SELECT 1 FROM articles WHERE story IS NULL",
    "an article without its finding": "SELECT 1 FROM articles WHERE id NOT IN (SELECT article FROM findings)",
    "an article without its account": "SELECT 1 FROM articles WHERE id NOT IN (SELECT article FROM mentions)",
    "an account that was told without an alert": """SELECT 1 FROM accounts c WHERE told = 'alert'
        AND NOT EXISTS (SELECT 1 FROM alerts a WHERE a.account = c.id)""",
    "an alert without both deliveries": """SELECT 1 FROM alerts a
        WHERE (SELECT count(*) FROM deliveries d WHERE d.alert = a.id) <> 2""",
    "an article that the search does not know": """SELECT 1 FROM articles
        WHERE id NOT IN (SELECT rowid FROM articles_fts WHERE articles_fts MATCH 'text')""",
    "a row that refers to nothing": "PRAGMA foreign_key_check",
}


def write_and_kill(path: Path, root: Path, seconds: float) -> list[str]:
    """Addresses that the writer said were stored before it was killed."""
    command = [sys.executable, "-c", WRITER, str(path)]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
        time.sleep(seconds)
        writer.send_signal(signal.SIGKILL)
        lines = writer.stdout.read().splitlines(keepends=True)
    assert writer.returncode == -signal.SIGKILL
    return [line.strip() for line in lines if line.endswith("\n")]


@pytest.mark.parametrize("seed", range(3))
def test_a_killed_writer_leaves_whole_rows_and_all_that_it_had_committed(tmp_path: Path, root: Path, seed: int) -> None:
    path, chance, said = tmp_path / "outspoken.db", random.Random(seed), list[str]()
    for _ in range(4):
        said += write_and_kill(path, root, chance.uniform(0.02, 0.4))
        with Store.open(path) as store:
            for what, sql in HALVES.items():
                assert store._c.rows(sql) == [], what
            assert store._c.rows("PRAGMA integrity_check") == [{"integrity_check": "ok"}]
            stored = {row["url"] for row in store._c.rows("SELECT url FROM articles")}
        assert set(said) <= stored, "what was said to be stored is stored"
    assert len(said) == len(set(said)), "nothing was stored a second time"
    assert said
