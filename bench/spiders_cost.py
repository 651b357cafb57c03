"""What does a poll cost, what a page? Processor time of the crawling process, the server's not counted.

Run: python bench/spiders_cost.py. The last line is JSON: milliseconds for a crawl's set-up, for a feed
of 25 entries that changed and for a page of 60 kB.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median
from time import process_time

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.spiders_web import FEEDS, ITEMS, PAGE, SETTINGS, Counter, feed, fetches, polls, serving
from spiders.run import Crawls, main

REPEATS = 25
MANY = 100


async def milliseconds(work: Callable[[], Awaitable[None]]) -> float:
    """Processor time of one call, the median of several."""
    await work()
    times = []
    for _ in range(REPEATS):
        began = process_time()
        await work()
        times.append((process_time() - began) * 1000)
    return median(times)


async def measure(url: str) -> None:
    hub = Counter()
    crawls = Crawls(hub, SETTINGS)
    one = await milliseconds(lambda: crawls.fetch(fetches(url, 1)))
    many = await milliseconds(lambda: crawls.fetch(fetches(url, MANY)))
    page = (many - one) / (MANY - 1)
    first, *_ = polls(url)
    alone = await milliseconds(lambda: crawls.poll([first]))
    together = await milliseconds(lambda: crawls.poll(polls(url)))
    poll = (together - alone) / (FEEDS - 1)
    assert hub.failures == 0
    print(f"a page of {len(PAGE):,} bytes, a feed of {ITEMS} entries and {len(feed(0)):,} bytes")
    figures = {"crawl_ms": one - page, "poll_ms": poll, "page_ms": page}
    print(json.dumps({name: round(value, 2) for name, value in figures.items()}))


if __name__ == "__main__":
    with serving() as address:
        main(measure(address))
