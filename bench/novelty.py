"""CPU time of "is it new?" in a grown database, and of reading an article that passed the gate.

    python -m bench.novelty [--accounts 5000] [--articles 200000] [--corpus CORPUS.jsonl …]

Builds a database of invented articles and accounts: most articles are ordinary news; the others tell of people whose
names are as unevenly spread as real ones, some told once and some by many outlets, every fifth a reprint. Then joins
further articles to it. Prints one JSON line: CPU milliseconds of `joining.join` and of `detect.read` (on the articles of
our own in tests/detect/corpus, or on yours; none costs nothing to skip), median, 95th percentile and most.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import detect
from db import Store
from detect import corpus
from detect.wordlists import given_names
from joining import join
from model import Account, Article, Entry, Fetch, Finding, Label, Reading, Source

ROOT = Path(__file__).parent.parent
START = datetime(2020, 1, 1, tzinfo=UTC)
SOURCE = Source("bench", "https://bench.invalid/")
SYLLABLES = tuple(consonant + vowel for consonant in "bdfhklmnrstz" for vowel in "aiu")
ROLES = ("fighter", "border guard", "nurse", "driver", "cook", "teacher", "recruit", "religious police")
COUNTRIES = ("SY", "IQ", "TN", "SA", "FR", "GB", "DE", "ID", "TR", "RU")
PAST = 3
"""Articles on one person on average."""


@dataclass
class Person:
    """Somebody who left, as all articles tell it."""

    name: str
    role: str
    country: str
    age: int
    places: list[str]
    words: str
    told: list[Article] = field(default_factory=list)


class World:
    """Invents people and articles, the same ones for one seed."""

    def __init__(self, seed: int, words: int) -> None:
        self._random = random.Random(seed)
        self._length = words
        self._words = [self._word(self._random.randint(1, 4)) for _ in range(20_000)]
        self._places = [self._word(3).capitalize() for _ in range(3_000)]
        self._given = [name.capitalize() for name in sorted(given_names()) if name.isascii()]
        self._random.shuffle(self._given)
        self._surnames = [self._word(self._random.randint(2, 4)).capitalize() for _ in range(4_000)]
        self._number = 0

    def _word(self, syllables: int) -> str:
        return "".join(self._random.choices(SYLLABLES, k=syllables))

    def _uneven(self, values: Sequence[str]) -> str:
        """One of the values, the first ones far more often (as Zipf has it of names and words)."""
        return values[int(len(values) ** self._random.random()) - 1]

    def person(self) -> Person:
        """Somebody with a full name, a kunya, a first name alone, or unnamed."""
        kind, given = self._random.random(), self._uneven(self._given)
        names = {0.45: f"{given} {self._uneven(self._surnames)}", 0.65: f"Abu {given}", 0.85: given, 1.0: ""}
        name = next(name for most, name in names.items() if kind <= most)
        places = self._random.sample(self._places, 6)
        return Person(
            name, self._random.choice(ROLES), self._random.choice(COUNTRIES), self._random.randint(16, 45), places,
            self.prose(60),
        )  # fmt: skip

    def prose(self, words: int) -> str:
        """Sentences of invented words."""
        found = [self._uneven(self._words) for _ in range(words)]
        return " ".join(" ".join(found[i : i + 14]).capitalize() + "." for i in range(0, words, 14))

    def article(self, text: str) -> Article:
        """An article of its own address and day."""
        self._number += 1
        url, when = f"https://bench.invalid/{self._number}", START + timedelta(minutes=5 * self._number)
        return Article(url, f"{self.prose(8)}", text, url, published=when, language="en", outlet="Bench")

    def telling(self, person: Person) -> Article:
        """An article on a person: a reprint of an earlier one, or a text of its own with some of the same words."""
        if person.told and self._random.random() < 0.2:
            text = f"{self.prose(30)}\n\n{self._random.choice(person.told).text}"
        else:
            about = " ".join(f"they went to {place} with" for place in person.places)
            text = f"{self.prose(self._length // 2)}\n\n{person.name} said: {person.words} {about}\n\n"
            text += self.prose(self._length // 2)
        article = self.article(text)
        person.told.append(article)
        return article

    def chosen(self, people: Sequence[Person]) -> Person:
        """Whom an article tells of: mostly somebody of whom hardly anybody told."""
        return people[int(len(people) * self._random.random() ** 2)]


def finding(person: Person, article: Article) -> Finding:
    """What detection would make of an article on a person."""
    quote = person.words if person.words in article.text else ""
    account = Account(
        person.name, "real" if person.name else "anonymous", "bench", person.role, person.country, "male", person.age,
        evidence=quote, quotes=(quote,) if quote else (), score=0.9,
    )  # fmt: skip
    return Finding("bench", Label.ACCOUNT, 0.9, 0.1, (account,), (), "alert")


def told(store: Store, person: Person, article: Article) -> float:
    """Store and join one article; CPU seconds of the join."""
    found, now = (finding(person, article),), article.published or START
    with store.transaction():
        fetch = Fetch(0, SOURCE, Entry(article.url, article.url))
        article_id = store.store_article(fetch, Reading(article, found), now)
        began = time.process_time()
        join(store, article_id, article, found, now)
        return time.process_time() - began


def fill(store: Store, world: World, count: int) -> None:
    """Ordinary news, in which nothing was found."""
    with store.transaction():
        for _ in range(count):
            article = world.article(world.prose(60))
            fetch = Fetch(0, SOURCE, Entry(article.url, article.url))
            store.store_article(fetch, Reading(article, ruled_out=True), article.published or START)


def readings(paths: Sequence[Path]) -> Iterator[float]:
    """CPU seconds of reading each article of the corpora that passes the gate."""
    profile = detect.load_profile("islamic_state")
    gate = detect.Gate([profile])
    articles = [corpus.article_of_row(json.loads(line)) for path in paths for line in path.open(encoding="utf-8")]
    passed = [each for each in articles if gate.passes(f"{each.title}\n{each.text}")]
    for article in passed[:20]:  # load lexicons and caches before the clock runs
        detect.read(article, profile)
    for article in passed:
        began = time.process_time()
        detect.read(article, profile)
        yield time.process_time() - began


def summary(seconds: Sequence[float]) -> dict[str, float]:
    """Median, 95th percentile and most, in milliseconds."""
    ordered = sorted(each * 1000 for each in seconds)
    picked = {"p50": 0.5, "p95": 0.95, "most": 1.0}
    shares = {name: ordered[min(int(share * len(ordered)), len(ordered) - 1)] for name, share in picked.items()}
    return {"articles": len(ordered)} | {f"{name}_ms": round(value, 2) for name, value in shares.items()}


def main() -> None:
    """Run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accounts", type=int, default=5_000)
    parser.add_argument("--articles", type=int, default=200_000, help="all of them, ordinary ones included")
    parser.add_argument("--probes", type=int, default=1_000, help="articles that are joined while the clock runs")
    parser.add_argument("--words", type=int, default=500, help="length of an article that tells of somebody")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument(
        "--corpus", type=Path, nargs="+", default=sorted((ROOT / "tests/detect/corpus").glob("*.jsonl"))
    )
    parser.add_argument("--keep", type=Path, help="keep the database here")
    options = parser.parse_args()
    world = World(options.seed, options.words)
    people = [world.person() for _ in range(options.accounts)]
    with tempfile.TemporaryDirectory() as folder, Store.open(options.keep or Path(folder) / "bench.db") as store:
        store.sync_sources([SOURCE], START)
        telling = min(options.accounts * PAST, options.articles)
        fill(store, world, options.articles - telling)
        for number in range(telling):
            person = people[number] if number < len(people) else world.chosen(people)
            told(store, person, world.telling(person))
        fresh = [world.person() for _ in range(options.probes // 2)]
        probes = [*(world.chosen(people) for _ in range(options.probes - len(fresh))), *fresh]
        joins = [told(store, person, world.telling(person)) for person in probes]
    size = {"accounts": options.accounts, "articles": options.articles}
    print(json.dumps({**size, "join": summary(joins), "read": summary(list(readings(options.corpus)))}))


if __name__ == "__main__":
    main()
