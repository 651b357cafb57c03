"""The whole chain on pages from loopback: HTTP, pre-filter, extraction, detection, store. CPU milliseconds a page.

    python -m bench.crawl [--pages 2000] [--peers PYTHON] [--peer-pages 300] [--without]

- `chain_ms`: all of ours, as the daemon does it: crawl, worker process, store (processor time of both processes)
- `stages_ms`: the same work stage by stage, in one process
- `peers_ms`, with `--peers`: trafilatura (its downloader and `bare_extraction`), newspaper4k and Fundus's crawler (on a
  publisher made for these pages) on the first `--peer-pages` of the same pages, each in a process of its own, run by a
  Python that has them. They only fetch and extract
- `alerts`: with `--without`, everything is read once more without the pre-filter: the alerts must be the same

The server runs in a process of its own that is not counted. Processor time, so that other work does not count.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import resource
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import detect
import extract
import reading
from bench import crawl_pages
from bench.spiders_web import Counter
from config import ArchiveConfig, Config, CrawlConfig, ReadConfig
from db import Store
from extract.decode import text_of
from model import Entry, FeedState, Fetch, Page, Polled, PollOutcome, Reading, Source
from pipeline import Hub
from reading import Pool
from spiders.run import Crawls, main
from telling import store_reading

NOW = datetime(2026, 3, 14, 9, 30, tzinfo=UTC)
PROFILES = ("islamic_state",)
OUTLETS = 40
PEERS = Path(__file__).with_name("crawl_peers.py")
HTML = {"content-type": "text/html; charset=utf-8"}


def _serve(pipe: Connection, count: int) -> None:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = bodies.get(self.path, b"")
            self.send_response(200 if body else 404)
            self.send_header(
                "Content-Type", "application/xml" if self.path == "/map.xml" else "text/html; charset=utf-8"
            )
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def handle(self) -> None:
            with suppress(OSError):
                super().handle()

        def log_message(self, format: str, *args: object) -> None:
            """Measurements print their own lines."""

    server = ThreadingHTTPServer(("0.0.0.0", 0), Handler)
    server.daemon_threads = True
    base = f"http://127.0.0.1:{server.server_port}"
    bodies = {f"/{number}": crawl_pages.page(number, base) for number in range(count)}
    urls = "".join(f"<url><loc>{base}/{number}</loc></url>" for number in range(count))
    space = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
    bodies["/map.xml"] = f'<?xml version="1.0"?><urlset {space}>{urls}</urlset>'.encode()
    pipe.send(base)
    server.serve_forever()


@contextmanager
def serving(count: int) -> Iterator[str]:
    """The address of a server that has the pages."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(there, count), daemon=True)
    process.start()
    try:
        yield here.recv()
    finally:
        process.kill()
        process.join()


def spent() -> float:
    """Processor time of this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def spent_by_workers() -> float:
    """Processor time of the server that forks the workers, of those that have ended and of those that run."""
    ticks, server = 0, forkserver._forkserver._forkserver_pid  # type: ignore[attr-defined]
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            values = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(path.parent.name) == server:
            ticks += sum(map(int, values[11:15]))
        elif int(values[1]) == server:
            ticks += sum(map(int, values[11:13]))
    return ticks / os.sysconf("SC_CLK_TCK")


def config(folder: Path) -> Config:
    limits = CrawlConfig(delay=0, per_host=8, robots=False)
    return Config(crawl=limits, read=ReadConfig(workers=1), archive=ArchiveConfig(folder=folder / "archive"))


def frontier(store: Store, base: str, count: int) -> None:
    """All pages due, as after a poll."""
    outlets = [Source(f"outlet-{n}", base, outlet=f"Outlet {n}", allow_private=True) for n in range(OUTLETS)]
    store.sync_sources(outlets, NOW)
    for place, source in enumerate(outlets):
        pages = range(place, count, OUTLETS)
        entries = tuple(Entry(f"k{n}", address(base, n), title=f"Entry {n}") for n in pages)
        store.record_polled(Polled(source.name, PollOutcome.EMPTY, NOW, FeedState(base)), NOW, NOW)
        store.record_polled(Polled(source.name, PollOutcome.CHANGED, NOW, FeedState(base), entries), NOW, NOW)


def address(base: str, number: int) -> str:
    """Where a page lies: every outlet has a loopback address of its own."""
    return f"{base.replace('127.0.0.1', f'127.0.1.{1 + number % OUTLETS}')}/{number}"


async def _fetched(hub: Hub, crawls: Crawls) -> None:
    while pages := hub.pages():
        await crawls.fetch(pages)
        hub.release_pages(pages)


async def chain(base: str, count: int, folder: Path) -> tuple[float, float, list[str]]:
    """Everything as the daemon does it; gives seconds of the daemon's and the workers' processor time, and the alerts."""
    with Store.open(folder / "chain.db") as store, Pool(config(folder).read, PROFILES) as pool:
        frontier(store, base, count)
        hub = Hub(store, config(folder), pool, ("desk",), clock=lambda: NOW)
        await pool.extract(Page(base, crawl_pages.page(0, base), HTML))
        began, before = spent(), spent_by_workers()
        await _fetched(hub, Crawls(hub, hub.config))
        taken, theirs = spent() - began, spent_by_workers() - before
        assert hub.counts.articles == count, hub.counts
        return taken, theirs, _alerts(store)


async def fetch_only(base: str, count: int, folder: Path) -> float:
    """The crawl alone."""
    hub, source = Counter(), Source("herald", base, allow_private=True)
    fetches = [Fetch(n, source, Entry(str(n), address(base, n))) for n in range(count)]
    began = spent()
    crawls = Crawls(hub, config(folder))
    for start in range(0, count, 200):
        await crawls.fetch(fetches[start : start + 200])
    assert (hub.fetched_pages, hub.failures) == (count, 0)
    return spent() - began


def _alerts(store: Store) -> list[str]:
    return sorted(str(row["title"]) for row in store._c.rows("SELECT title FROM alerts"))


class Everything(detect.Gate):
    """No pre-filter at all."""

    def passes(self, text: str) -> bool:
        return True


def read_and_store(base: str, count: int, path: Path, gate: detect.Gate, profiles: Any) -> list[str]:
    """Read and store without HTTP; gives the alerts' titles."""
    with Store.open(path) as store:
        frontier(store, base, count)
        hub = Hub(store, Config(), None, ("desk",), clock=lambda: NOW)  # type: ignore[arg-type]
        for fetch in store.due_pages(NOW, count, count):
            number = int(fetch.url.rpartition("/")[2])
            page = Page(fetch.url, crawl_pages.page(number, base), HTML, 200, NOW)
            known = hub._sites.known(fetch.source, fetch.url)
            found = reading.read(page, fetch.source, fetch.entry, profiles, gate, known)
            store_reading(store, fetch, found, hub.telling(fetch))
            hub._stored(fetch.source, found)
        return _alerts(store)


def stages(base: str, count: int, folder: Path) -> dict[str, float]:
    """Milliseconds a page of every stage but HTTP, and how many pages passed the pre-filter."""
    profiles = [detect.load_profile(name) for name in PROFILES]
    gate, source = detect.Gate(profiles), Source("herald", base, outlet="Herald")
    pages = [Page(f"{base}/{n}", crawl_pages.page(n, base), HTML, 200, NOW) for n in range(count)]
    gate.passes(extract.visible_text(pages[0]))
    detect.read(extract.extract(pages[7]), profiles[0])
    found: dict[str, float] = {}

    def timed(name: str, work: Callable[[], Any]) -> Any:
        began = spent()
        result = work()
        found[name] = round((spent() - began) * 1000 / count, 3)
        return result

    timed("decode", lambda: [text_of(page) for page in pages])
    texts = timed("visible text (with decode)", lambda: [extract.visible_text(page) for page in pages])
    passed = timed("gate", lambda: [gate.passes(text) for text in texts])
    timed("quick extraction", lambda: [extract.quick(page) for page, yes in zip(pages, passed, strict=True) if not yes])
    kept = [page for page, yes in zip(pages, passed, strict=True) if yes]
    articles = timed("extraction", lambda: [extract.extract(page) for page in kept])
    timed("detection", lambda: [detect.read(article, profile) for article in articles for profile in profiles])
    readings = [reading.read(page, source, None, profiles, gate) for page in pages]
    timed("store", lambda: _stored(base, readings, folder))
    return found | {"passed": sum(passed)}


def _stored(base: str, readings: list[Reading], folder: Path) -> None:
    with Store.open(folder / "stages.db") as store:
        frontier(store, base, len(readings))
        hub = Hub(store, Config(), None, ("desk",), clock=lambda: NOW)  # type: ignore[arg-type]
        by_url = {address(base, n): each for n, each in enumerate(readings)}
        for fetch in store.due_pages(NOW, len(readings), len(readings)):
            store_reading(store, fetch, by_url[fetch.url], hub.telling(fetch))


def peers(python: str, base: str, count: int) -> dict[str, Any]:
    """What the peers take, each in a process of its own."""
    found = {}
    for name in ("trafilatura", "newspaper4k", "fundus"):
        command = [python, str(PEERS), name, base, str(count)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=1800, check=False)
        line = done.stdout.strip().splitlines()[-1] if done.stdout.strip() else ""
        found[name] = json.loads(line) if done.returncode == 0 and line else done.stderr.strip()[-300:]
    return found


async def _measured(base: str, options: Any, folder: Path) -> dict[str, Any]:
    ours, workers, alerts = await chain(base, options.pages, folder)
    fetched = await fetch_only(base, options.pages, folder)
    return {
        "pages": options.pages,
        "chain_ms": round((ours + workers) * 1000 / options.pages, 2),
        "chain_daemon_ms": round(ours * 1000 / options.pages, 2),
        "chain_workers_ms": round(workers * 1000 / options.pages, 2),
        "fetch_ms": round(fetched * 1000 / options.pages, 2),
        "alerts": alerts,
    }


def run() -> None:
    """Run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=2000)
    parser.add_argument("--peers", default="", help="a Python with trafilatura, newspaper4k and fundus")
    parser.add_argument("--peer-pages", type=int, default=300)
    parser.add_argument("--without", action="store_true", help="also read everything without the pre-filter")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, serving(options.pages) as base:
        folder = Path(name)
        sizes = sorted(len(crawl_pages.page(n, base)) for n in range(min(options.pages, 400)))
        found = main(_measured(base, options, folder))
        found["median_kB"] = round(sizes[len(sizes) // 2] / 1000, 1)
        found["stages_ms"] = stages(base, options.pages, folder)
        if options.without:
            found["without_pre_filter"] = _without(base, options.pages, folder, found["alerts"])
        if options.peers:
            found["peers_ms"] = peers(options.peers, base, min(options.peer_pages, options.pages))
        found["alerts"] = len(found["alerts"])
    print(json.dumps(found, indent=1))


def _without(base: str, count: int, folder: Path, expected: list[str]) -> dict[str, Any]:
    profiles = [detect.load_profile(name) for name in PROFILES]
    began = time.process_time()
    alerts = read_and_store(base, count, folder / "without.db", Everything(profiles), profiles)
    assert alerts == expected, (set(alerts) ^ set(expected), len(alerts), len(expected))
    return {"read_and_store_ms": round((time.process_time() - began) * 1000 / count, 2), "same_alerts": True}


if __name__ == "__main__":
    run()
