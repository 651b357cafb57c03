"""Kill the daemon (-9) at random moments of the sample run, again and again; then count what is left and what was told.

    python -m bench.kill9 [--kills 50] [--seed 7]

Prints a JSON object and ends with 1 where an article is missing or stored twice, an alert was lost, or a repeat has
another id. Repeats are allowed only where a kill fell between the sending of an alert and its record.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import samples

CHANNEL = """
[channels.hook]
type = "webhook"
url = "http://127.0.0.1:{port}/"
secret = "env:OUTSPOKEN_HOOK_SECRET"
follow_ups = false
"""
QUEUED = "SELECT a.key FROM alerts a JOIN deliveries d ON d.alert = a.id WHERE d.channel = 'hook'"
SHORTEST, LONGEST = 0.8, 4.5
"""Seconds that a daemon lives; it needs about one to begin."""
PATIENCE = 150.0


@dataclass
class Receiver:
    """A webhook's other end: keeps the key of every alert that it was sent."""

    keys: list[str] = field(default_factory=list)
    port: int = 0


@contextmanager
def receiver() -> Iterator[Receiver]:
    """Receive on loopback until the block ends."""
    received = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            received.keys.append(self.headers["Idempotency-Key"])
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    received.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield received
    finally:
        server.shutdown()
        server.server_close()


def daemon(folder: Path, *options: str) -> subprocess.Popen[bytes]:
    """Start the daemon on a folder's configuration, in a process group of its own."""
    command = [sys.executable, "-m", "cli", "-c", str(folder / "outspoken.toml"), "run", *options]
    with (folder / "log.txt").open("ab") as log:
        return subprocess.Popen(
            command,
            stdout=log,
            stderr=log,
            start_new_session=True,
            cwd=Path(__file__).parent.parent,
            env=os.environ | {"OUTSPOKEN_HOOK_SECRET": "a-secret-of-this-run"},
        )


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a daemon and its workers, as a loss of power would."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def trial(kills: int, seed: int, speed: float = 1.0) -> dict[str, object]:
    """One sample run with so many kills in it; what came of it."""
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory() as name, receiver() as received, samples.serve(speed) as web:
        folder = Path(name)
        samples.write(folder, web.sources)
        with (folder / "outspoken.toml").open("a") as config:
            config.write(CHANNEL.format(port=received.port))
        for _ in range(kills):
            process = daemon(folder)
            time.sleep(rng.uniform(SHORTEST, LONGEST))
            kill(process)
        _finish(folder, web)
        return _result(folder, web, received, kills)


def _finish(folder: Path, web: samples.Web) -> None:
    """Let a last daemon run until everything has come in and gone out."""
    process, end = daemon(folder), time.monotonic() + PATIENCE
    while time.monotonic() < end and not _done(folder / "outspoken.db", web):
        time.sleep(0.5)
    process.terminate()
    process.wait(15)


def _done(database: Path, web: samples.Web) -> bool:
    if not web.appeared_all() or not database.exists():
        return False
    with sqlite3.connect(database, timeout=5) as db:
        if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'deliveries'").fetchone():
            return False
        articles = db.execute("SELECT count(*) FROM articles").fetchone()[0]
        waiting = db.execute(
            "SELECT count(*) FROM deliveries WHERE state NOT IN ('sent', 'folded', 'dead')"
        ).fetchone()[0]
    return int(articles) >= len(web.articles) and waiting == 0


def _result(folder: Path, web: samples.Web, received: Receiver, kills: int) -> dict[str, object]:
    with sqlite3.connect(folder / "outspoken.db") as db:
        urls = [row[0] for row in db.execute("SELECT url FROM articles")]
        keys = [row[0] for row in db.execute(QUEUED)]
        states = dict(db.execute("SELECT state, count(*) FROM deliveries GROUP BY state").fetchall())
        sound = db.execute("PRAGMA integrity_check").fetchone()[0]
    told = Counter(received.keys)
    return {
        "kills": kills,
        "articles": len(urls),
        "expected": len(web.articles),
        "twice": len(urls) - len(set(urls)),
        "missing": len({article.url for article in web.articles} - set(urls)),
        "alerts": len(keys),
        "received": sum(told.values()),
        "lost": len(set(keys) - set(told)),
        "repeats": sum(count - 1 for count in told.values()),
        "strangers": len(set(told) - set(keys)),
        "states": states,
        "integrity": sound,
    }


def right(result: dict[str, object]) -> bool:
    """Whether nothing was lost, doubled or invented."""
    return not any(result[name] for name in ("twice", "missing", "lost", "strangers")) and result["integrity"] == "ok"


def main() -> None:
    """Run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    # slow enough for the articles to appear while the daemon is killed and started again
    speed = 30 / max(30.0, options.kills * (SHORTEST + LONGEST) / 2)
    result = trial(options.kills, options.seed, speed)
    print(json.dumps(result))
    sys.exit(0 if right(result) else 1)


if __name__ == "__main__":
    main()
