"""Pairs of texts in which a small change turns an account into something else: direction, negation, belonging, …

What detection does not tell apart yet is marked `open = true` in `pairs.toml` and must fail, so that the list stays
true. `python tests/detect/test_pairs.py` marks the table anew after a change to detection.
"""

from __future__ import annotations

import tomllib
from collections import Counter, defaultdict
from difflib import SequenceMatcher
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import tomlkit

from detect import load_profile, read
from detect.lexicon import languages
from model import Article, Label

TABLE = Path(__file__).parent / "pairs.toml"
KINDS = {"direction", "negation", "belonging", "testimony", "other_group", "attempted", "state", "fiction"}
OVERALL = 0.62
"""Share of all pairs, open ones included, that must be told apart."""
BY_LANGUAGE = 0.5

Pair = dict[str, Any]


def pairs() -> list[Pair]:
    return list(tomllib.loads(TABLE.read_text("utf-8"))["pair"])


@cache
def score(key: str, language: str, title: str, text: str) -> float:
    """How likely it is an account."""
    article = Article(f"https://pairs.example/{key}", title=title, text=text, language=language)
    return read(article, load_profile("islamic_state")).score


def scores(pair: Pair) -> tuple[float, float]:
    key, language, title = pair["key"], pair["language"], pair["title"]
    return score(key, language, title, pair["a"]), score(key, language, title, pair["b"])


def told_apart(pair: Pair) -> bool:
    account, other = scores(pair)
    return account > other


def parameter(pair: Pair) -> Any:
    still = [pytest.mark.xfail(raises=AssertionError, strict=True, reason="open")] if pair.get("open") else []
    return pytest.param(pair, id=pair["key"], marks=still)


@pytest.mark.parametrize("pair", [parameter(pair) for pair in pairs()])
def test_small_change_counts(pair: Pair) -> None:
    account, other = scores(pair)
    assert account > other, f"{account} <= {other}\n a: {pair['a']}\n b: {pair['b']}"


def test_share_that_is_told_apart() -> None:
    failed: dict[str, list[str]] = defaultdict(list)
    for pair in pairs():
        failed[pair["language"]] += [] if told_apart(pair) else [pair["key"]]
    number = Counter(pair["language"] for pair in pairs())
    for language, keys in failed.items():
        print(f"{language}: {number[language] - len(keys)} of {number[language]}; not {' '.join(keys)}")
    assert 1 - sum(map(len, failed.values())) / number.total() >= OVERALL
    assert {language for language, keys in failed.items() if 1 - len(keys) / number[language] < BY_LANGUAGE} == set()


def test_table_is_what_it_says() -> None:
    found = pairs()
    number = Counter(pair["language"] for pair in found)
    assert number.total() >= 200
    assert number["en"] >= 60
    assert set(number) == set(languages())
    assert min(number.values()) >= 18
    assert len({pair["key"] for pair in found}) == len(found)
    assert {pair["kind"] for pair in found} == KINDS


@pytest.mark.parametrize("pair", pairs(), ids=lambda pair: str(pair["key"]))
def test_pair_is_a_small_change_of_one_text(pair: Pair) -> None:
    assert pair["label_a"] == Label.ACCOUNT
    assert pair["label_b"] in {Label.NONE, Label.REPORT}
    assert pair["a"] != pair["b"]
    assert SequenceMatcher(None, pair["a"], pair["b"], autojunk=False).ratio() >= 0.3


def mark_anew() -> None:
    """Write into the table which pairs are open now."""
    table: Any = tomlkit.parse(TABLE.read_text("utf-8"))
    for pair in table["pair"]:
        if told_apart(pair):
            if pair.pop("open", None):
                print(f"now told apart: {pair['key']}")
        elif not pair.get("open"):
            pair["open"] = True
            print(f"no longer told apart: {pair['key']}")
    TABLE.write_text(tomlkit.dumps(table), "utf-8")


if __name__ == "__main__":
    mark_anew()
