"""Daemons in processes of their own, each on a folder of its own, and what can be seen of them from outside."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import alert_servers

ROOT = Path(__file__).parent.parent.parent
ENVIRONMENT = {"OUTSPOKEN_HOOK_SECRET": "a-secret-of-this-run", "PYTHONPATH": str(ROOT)}
HOOK = '\n[channels.{name}]\ntype = "webhook"\nurl = "{url}"\nsecret = "env:OUTSPOKEN_HOOK_SECRET"\n{more}\n'
SOURCE = '[[source]]\nname = "{name}"\nurl = "{url}"\nallow_private = true\ninterval = "1s"\n'
QUICK = """\
contact = "https://outspoken.invalid/"
[crawl]
delay = 0.0
interval = "1s"
min_interval = "1s"
robots = false
[read]
workers = 1
"""


def hook(name: str, url: str, more: str = "") -> str:
    """The table of a webhook channel."""
    return HOOK.format(name=name, url=url, more=more)


def write(folder: Path, sources: Mapping[str, str], config: str = QUICK) -> None:
    """`outspoken.toml`, and a `sources.toml` with feeds on loopback, by their names, that are polled every second."""
    tables = (SOURCE.format(name=name, url=url) for name, url in sources.items())
    (folder / "sources.toml").write_text("".join(tables), "utf-8")
    (folder / "outspoken.toml").write_text(config, "utf-8")


@contextmanager
def daemon(folder: Path, *command: str) -> Iterator[subprocess.Popen[bytes]]:
    """A daemon in a process group of its own, killed at the end of the block where it still runs.

    `command` replaces `-m cli … run`.
    """
    line = command or ("-m", "cli", "-c", str(folder / "outspoken.toml"), "run")
    with (folder / "log.txt").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, *line], stdout=log, stderr=log, start_new_session=True, env=os.environ | ENVIRONMENT
        )
    try:
        yield process
    finally:
        kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a daemon with its workers, as a loss of power would."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(10)


def stop(process: subprocess.Popen[bytes], by: signal.Signals = signal.SIGTERM) -> tuple[int, float]:
    """End a daemon; its exit code and the seconds that it took."""
    began = time.monotonic()
    process.send_signal(by)
    code = process.wait(30)
    return code, time.monotonic() - began


def until(condition: Callable[[], object], seconds: float = 30.0, what: str = "") -> None:
    """Wait for a condition; fails where it does not come true in time."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"waited {seconds:g} s for {what or condition}"
        time.sleep(0.05)


def ask(database: Path, sql: str, *values: object) -> list[tuple[Any, ...]]:
    """Rows of a query; none as long as there is no database."""
    if not database.exists():
        return []
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=10)
    try:
        return connection.execute(sql, values).fetchall()
    except sqlite3.OperationalError as error:
        if "no such table" in str(error):
            return []
        raise
    finally:
        connection.close()


def count(database: Path, what: str) -> int:
    """How many rows; `what` is a table with or without a condition."""
    rows = ask(database, f"SELECT count(*) FROM {what}")
    return int(rows[0][0]) if rows else 0


def log(folder: Path) -> str:
    """What a daemon said, in one line: its log is wrapped."""
    return " ".join((folder / "log.txt").read_text("utf-8", "replace").split())


def keys(received: alert_servers.Web) -> list[str]:
    """The keys of what a webhook was sent, in order."""
    return [str(got.json["id"]) for got in received.got]
