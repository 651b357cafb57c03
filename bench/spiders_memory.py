"""Does a process that crawls and crawls grow? 300 polls of 5 feeds, each followed by a crawl of 10 pages.

Run: python bench/spiders_memory.py [ROUNDS]. The last line is JSON: memory at the start and the end, and the slope
(least squares) in kilobytes a round after the warm-up, the first third.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from statistics import linear_regression

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.spiders_web import FEEDS, PAGES, SETTINGS, Counter, fetches, polls, rss, serving
from spiders.run import Crawls, main


async def crawl(url: str, rounds: int) -> None:
    hub = Counter()
    crawls = Crawls(hub, SETTINGS)
    sizes = [rss()]
    for number in range(1, rounds + 1):
        await crawls.poll(polls(url))
        await crawls.fetch(fetches(url))
        sizes.append(rss())
        if number % 30 == 0:
            print(f"{number:5} rounds: {sizes[-1]:6.1f} MB", flush=True)
    warm = sizes[rounds // 3 :]
    slope = linear_regression(range(len(warm)), warm).slope * 1000
    figures = {"start_mb": sizes[0], "warm_mb": warm[0], "end_mb": sizes[-1], "kb_a_round": slope}
    assert hub.failures == 0
    assert (hub.polled_feeds, hub.fetched_pages) == (rounds * FEEDS, rounds * PAGES)
    counts = {"rounds": rounds, "crawls": 2 * rounds, "polls": hub.polled_feeds, "pages": hub.fetched_pages}
    print(json.dumps(counts | {name: round(value, 2) for name, value in figures.items()}))


if __name__ == "__main__":
    with serving() as address:
        main(crawl(address, int(sys.argv[1]) if len(sys.argv) > 1 else 300))
