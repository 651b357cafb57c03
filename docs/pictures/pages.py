"""The pictures of docs/web.md: Chromium on `outspoken serve` over a run on the sample outlets.

    python docs/pictures/pages.py                          # runs the sample outlets first, about a minute
    python docs/pictures/pages.py --database outspoken.db  # or takes the database of such a run

All people and outlets are invented. The dates of the articles are spread over the last year, so that there is something to
see by month, and a few accounts are judged.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import uvicorn
from playwright.sync_api import Browser, sync_playwright

from config import WebConfig
from db import Store
from web import server
from web.access import Access
from web.site import Site

HERE = Path(__file__).parent
DESK, PHONE = {"width": 1200, "height": 760}, {"width": 390, "height": 760}
NOW = datetime(2026, 3, 14, 9, 30, tzinfo=UTC)
PICTURES = (
    ("web-accounts", "/-/accounts", DESK, "light"),
    ("web-review", "/-/review?queue=all&account={long}", DESK, "light"),
    ("web-overview", "/-/overview", DESK, "light"),
    ("web-article", "/-/articles/{article}", DESK, "dark"),
    ("web-phone-accounts", "/-/accounts", PHONE, "light"),
    ("web-phone-review", "/-/review?queue=all&account={long}", PHONE, "dark"),
)


def main() -> None:
    """Take them all."""
    os.environ["LOGNAME"] = "ada"  # who looks
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--database", type=Path)
    asked.add_argument("--to", type=Path, default=HERE)
    args = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "pictures.db"
        with sqlite3.connect(args.database or sample_run(Path(folder))) as run, sqlite3.connect(database) as copy:
            run.backup(copy)
        known = arrange(database)
        with served(database) as url, sync_playwright() as playwright:
            chromium = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
            )
            for name, path, size, scheme in PICTURES:
                take(chromium, url + path.format(**known), args.to / f"{name}.png", size, scheme)
            chromium.close()


def sample_run(folder: Path) -> Path:
    """The database of a run on the sample outlets."""
    command = [str(Path(sys.executable).with_name("outspoken")), "run"]
    subprocess.run(command, cwd=folder, check=True, timeout=180)  # noqa: S603 - our own command
    return folder / "var" / "samples" / "outspoken.db"


def arrange(database: Path) -> dict[str, int]:
    """Spread the dates, judge a few; returns what the pictures look at."""
    with sqlite3.connect(database) as conn:
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        for place, (number,) in enumerate(
            conn.execute("SELECT DISTINCT article FROM mentions ORDER BY account").fetchall()
        ):
            at = NOW - timedelta(days=12 + (place * 53) % 340, hours=place)
            conn.execute("UPDATE articles SET published = ? WHERE id = ?", (f"{at:%Y-%m-%dT%H:%M:%S.000000Z}", number))
        accounts = [
            row[0] for row in conn.execute("SELECT account FROM account_cards WHERE tier = 'alert' ORDER BY account")
        ]
    with Store.open(database) as store:
        for account in accounts[:3]:
            store.save_verdict(account, "confirm", "ada", NOW)
        longest = """SELECT k.account, k.article FROM account_cards k JOIN mentions m ON m.id = k.mention
                     WHERE k.tier = 'alert' AND k.verdict = '' ORDER BY length(m.detail) DESC LIMIT 1"""
        row = store._c.rows(longest)[0]
    return {"long": row["account"], "article": row["article"]}


@contextmanager
def served(database: Path) -> Iterator[str]:
    """Serve a database until the end of the block."""
    made = server.listen("127.0.0.1", 0)
    site = Site(database, Access.of(WebConfig(), ""), lambda: NOW)
    running = uvicorn.Server(server.settings(site))
    thread = threading.Thread(target=running.run, kwargs={"sockets": [made]}, daemon=True)
    thread.start()
    while not running.started:
        time.sleep(0.05)
    yield server.url(made).rstrip("/")
    running.should_exit = True
    thread.join(10)
    site.close()
    made.close()


def take(chromium: Browser, url: str, path: Path, size: dict[str, int], scheme: str) -> None:
    """One picture of a page."""
    context = chromium.new_context(viewport=size, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(url)
    page.screenshot(path=path)
    context.close()
    print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
