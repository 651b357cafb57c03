"""What forgetting and retention cost: `python -m bench.forgetting [ARTICLES]`.

Builds a database of so many articles (by default 50,000 of some 3,000 characters, one in a hundred about a person), erases
one person as `outspoken forget` does, then lets retention take the texts of half of the articles. Seconds of the processor
(user and system), and for retention the longest step, which is how long anybody waits for the database.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from config import ArchiveConfig, Config, RetentionConfig
from db import Store
from forgetting import Forgetting
from model import Account, Article, Entry, Fetch, Finding, Identity, Label, Reading, Source
from retaining import Retaining

NOW = datetime(2026, 3, 14, 9, 30, tzinfo=UTC)
SOURCE = Source("herald", "https://herald.example/feed", outlet="The Herald")
WORDS = [f"word{number}" for number in range(20_000)]
EVERY = 100
"""One article in so many tells of a person."""


def text(chance: random.Random, name: str = "") -> str:
    """Some 3,000 characters in sentences."""
    sentences = (" ".join(chance.choices(WORDS, k=12)).capitalize() + "." for _ in range(36))
    return f"{name} told it all.\n\n" + " ".join(sentences)


def articles(count: int) -> Iterator[tuple[int, Article, Account | None]]:
    """Articles, the first half of them old."""
    chance = random.Random(7)
    for number in range(count):
        name = f"Person{number} Family{number}" if number % EVERY == 0 else ""
        account = Account(name, "real", evidence=f"{name} told it all.") if name else None
        url = f"https://herald.example/{number}"
        yield (
            number,
            Article(url, f"Headline of article {number}", text(chance, name), url, outlet="The Herald"),
            account,
        )


def build(store: Store, count: int) -> None:
    """Fill a database."""
    store.sync_sources([SOURCE], NOW)
    finding = Finding("islamic_state", Label.ACCOUNT, 0.97, tier="alert")
    with store.transaction():
        for number, article, account in articles(count):
            at = NOW - timedelta(days=200 if number < count // 2 else 1)
            place = store.store_article(Fetch(0, SOURCE, Entry(article.url, article.url)), Reading(article), at)
            if account is not None:
                store.save_finding(place, finding)
                store.save_mention(place, finding, account, Identity(None, ("new",)), [f"n:{number}"], at)


def measured(what: str, started: tuple[float, float]) -> None:
    cpu, wall = time.process_time() - started[0], time.monotonic() - started[1]
    print(f"{what}: {cpu:.1f} s of the processor, {wall:.1f} s")


def clocks() -> tuple[float, float]:
    return time.process_time(), time.monotonic()


def retain(keeper: Retaining) -> tuple[int, float]:
    """Run all steps; how many there were, and the longest."""
    longest, steps, began = 0.0, 0, time.monotonic()
    for _ in keeper.steps():
        steps, longest = steps + 1, max(longest, time.monotonic() - began)
        began = time.monotonic()
    return steps, longest


def main(count: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "outspoken.db"
        config = Config(archive=ArchiveConfig(folder=Path(folder) / "archive"), retention=RetentionConfig())
        with Store.open(path) as store:
            build(store, count)
            print(f"{count:,} articles, {path.stat().st_size / 1e6:,.0f} MB")
            number = store.ask_erasure("account", "3", "bench", NOW)
            started = clocks()
            Forgetting(store, config, lambda: NOW).work()
            measured("forget one person", started)
            outcome = store.erasure(number)["outcome"]
            print(f"searched: {outcome['searched']}, left: {outcome['left']}")
            started = clocks()
            steps, longest = retain(Retaining(store, config, lambda: NOW))
            measured(f"retention of {count // 2:,} texts in {steps:,} steps", started)
            print(f"longest step: {longest:.2f} s")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 50_000)
