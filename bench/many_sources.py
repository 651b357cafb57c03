"""The daemon on very many sources: how long it takes to start, its memory, and the longest hold of its event loop.

    python -m bench.many_sources [--sources 10000] [--seconds 60]

Every source is a host of its own on loopback (127.x.y.z), with a feed of ten entries; all are due at once, as after a new
start. Halfway `sources.toml` is changed. Prints a JSON object:

- `start_cpu_s`, `start_s`: processor time and time on the clock from the start of the process to its first tick
- `memory_mb`: the most resident memory of the daemon's process; `workers_mb`: of the largest worker
- `longest_ms`: the longest times, in milliseconds of processor time, that one callback (a tick, or a step of a crawl) held
  the event loop, with what held it; processor time, so that other work on the machine does not count
- `polls`, `articles`: what was done in that time
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import resource
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

START = time.monotonic(), time.process_time()
FEED = (
    '<?xml version="1.0"?><rss version="2.0"><channel><title>Outlet {n}</title>'
    + "".join(
        f"<item><title>Story {i} of {{n}}</title><link>/story-{i}-of-the-day.html</link></item>" for i in range(10)
    )
    + "</channel></rss>"
)
PAGE = (
    "<html><head><title>Story</title></head><body><article><h1>Story</h1>"
    + "<p>It rained on Tuesday.</p>" * 40
    + "</article></body></html>"
)


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while line := await reader.readline():
            while await reader.readline() not in (b"\r\n", b""):
                pass
            path = line.split()[1]
            kind, body = (b"rss+xml", FEED.format(n=path.decode())) if b"feed" in path else (b"html", PAGE)
            head = b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n"
            kind = (b"text/" if kind == b"html" else b"application/") + kind
            writer.write(head % (kind, len(body)) + body.encode())
            await writer.drain()
    except (OSError, IndexError):
        pass
    finally:
        writer.close()


def _serve(pipe: Any) -> None:
    async def run() -> None:
        server = await asyncio.start_server(_answer, "0.0.0.0", 0, backlog=4096)
        pipe.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(run())


@contextmanager
def outlets() -> Iterator[int]:
    """A server that is every host of 127.0.0.0/8; gives its port."""
    here, there = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(there,), daemon=True)
    process.start()
    try:
        yield here.recv()
    finally:
        process.kill()
        process.join()


def sources(count: int, port: int, note: str = "") -> str:
    """The text of a `sources.toml`."""
    table = (
        '[[source]]\nname = "outlet-{n}"\nurl = "http://127.{a}.{b}.{c}:{port}/feed"\nallow_private = true\n'
        'outlet = "Outlet {n}{note}"\nlanguage = "en"\ncountry = "GB"\n'
    )
    return "\n".join(
        table.format(n=n, a=1 + n // 62500, b=n // 250 % 250, c=1 + n % 250, port=port, note=note) for n in range(count)
    )


class Holds:
    """The longest times that callbacks held the loop."""

    def __init__(self) -> None:
        self.longest: dict[str, float] = {}
        self._run = asyncio.Handle._run

    def watch(self) -> None:
        """Time every callback from now on."""
        run, longest = self._run, self.longest

        def timed(handle: asyncio.Handle) -> None:
            name, began = _name(handle), time.thread_time()
            run(handle)
            taken = time.thread_time() - began
            if taken > 0.02:
                longest[name] = max(longest.get(name, 0), taken)

        asyncio.Handle._run = timed  # type: ignore[method-assign,assignment]


def _name(handle: asyncio.Handle) -> str:
    owner = getattr(getattr(handle, "_callback", None), "__self__", None)
    if isinstance(owner, asyncio.Task):
        coro = owner.get_coro()
        frame = getattr(coro, "cr_frame", None)
        job = frame.f_locals.get("job") if frame else None
        return str(getattr(job, "name", "") or getattr(getattr(coro, "cr_code", None), "co_qualname", owner))
    return str(getattr(getattr(handle, "_callback", None), "__qualname__", handle))


def main() -> None:
    """Run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sources", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=60)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, outlets() as port:
        folder, holds = Path(name), Holds()
        (folder / "outspoken.toml").write_text("[crawl]\nrobots = false\n")
        (folder / "sources.toml").write_text(sources(options.sources, port))
        os.chdir(folder)
        began = time.monotonic(), time.process_time()
        found = _run(folder, holds, began, port, options)
    print(json.dumps(found, indent=1))


def _run(folder: Path, holds: Holds, began: tuple[float, float], port: int, options: Any) -> dict[str, Any]:
    import scheduler

    found: dict[str, Any] = {"sources": options.sources}
    state = {"changed": False}

    def until(hub: Any) -> bool:
        now = time.monotonic()
        if "start_s" not in found:
            found["start_s"] = round(now - began[0], 2)
            found["start_cpu_s"] = round(time.process_time() - began[1], 2)
            holds.watch()
        if not state["changed"] and now - began[0] > options.seconds / 2:
            state["changed"] = True
            (folder / "sources.toml").write_text(sources(options.sources, port, " (new)"))
        found["polls"], found["articles"] = hub.counts.polls, hub.counts.articles
        return bool(now - began[0] > options.seconds)

    scheduler.run(folder / "outspoken.toml", until=until)
    found["memory_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)
    found["workers_mb"] = round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024, 1)
    top = sorted(holds.longest.items(), key=lambda pair: -pair[1])[:8]
    found["longest_ms"] = {name: round(taken * 1000, 1) for name, taken in top}
    return found


if __name__ == "__main__":
    main()
