"""Memory of the daemon on the sample web over many polls: it must stay flat once everything has been read.

    python -m bench.daemon_memory [--polls 300]

Prints a JSON object: resident megabytes of the daemon (without its workers) at the start of the count, every 30 polls,
and the slope of the second half in kilobytes a poll.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import tempfile
import time
from pathlib import Path

import samples
from bench.kill9 import daemon


def resident(pid: int) -> float:
    """Resident memory of a process in megabytes."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


def polls(database: Path) -> int:
    """Polls so far."""
    if not database.exists():
        return 0
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=10)
    try:
        return int(connection.execute("SELECT count(*) FROM polls").fetchone()[0])
    except sqlite3.OperationalError:
        return 0
    finally:
        connection.close()


def slope(points: list[tuple[int, float]]) -> float:
    """Least squares, kilobytes a poll."""
    n = len(points)
    x, y = sum(p for p, _ in points) / n, sum(m for _, m in points) / n
    spread = sum((p - x) ** 2 for p, _ in points)
    return 1024 * sum((p - x) * (m - y) for p, m in points) / spread if spread else 0.0


def main() -> None:
    """Run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--polls", type=int, default=300)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, samples.serve(0) as web:
        folder = Path(name)
        samples.write(folder, web.sources)
        process = daemon(folder)
        points: list[tuple[int, float]] = []
        while (done := polls(folder / "outspoken.db")) < options.polls:
            if done and (not points or done - points[-1][0] >= 10):
                points.append((done, resident(process.pid)))
            time.sleep(0.3)
        points.append((done, resident(process.pid)))
        process.terminate()
        process.wait(15)
    shown = {poll: round(megabytes, 1) for poll, megabytes in points[:: max(len(points) // 10, 1)]}
    half = points[len(points) // 2 :]
    print(
        json.dumps(
            {"polls": done, "megabytes": shown, "last": round(points[-1][1], 1), "kB_a_poll": round(slope(half), 1)}
        )
    )


if __name__ == "__main__":
    main()
