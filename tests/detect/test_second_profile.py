"""The second profile, al-Shabaab: a data file and nothing else. Nothing of detection is wired to one group."""

from __future__ import annotations

import ast
import json
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import evaluation
from detect import load_profile, read
from detect.corpus import article_of_row
from detect.folding import fold
from detect.lexicon import languages
from model import Article, Finding, Label
from predicting import predict

CASES = Path(__file__).parent / "al_shabaab.jsonl"
SHABAAB, ISLAMIC_STATE = "al_shabaab", "islamic_state"
FLOOR = 0.65
"""F1 of the label `account` on these articles; dense with traps, they are harder than a day's news."""

NAMED = {
    "en": "a former al-Shabaab fighter",
    "fr": "un ancien combattant des Shebab",
    "de": "ein Aussteiger der Schabaab-Miliz",
    "es": "un desertor de Al Shabab",
    "ar": "منشق عن حركة الشباب الصومالية",
    "tr": "eş-Şebab'dan kaçan bir savaşçı",
    "ru": "бывший боевик «Аш-Шабаб»",
    "nl": "een voormalige strijder van al-Shabaab",
    "id": "mantan anggota Al-Shabaab",
}


def rows() -> list[dict[str, Any]]:
    return [json.loads(line) for line in CASES.read_text("utf-8").splitlines()]


@cache
def found(key: str, profile: str) -> Finding:
    row = next(row for row in rows() if row["id"] == key)
    return read(article_of_row(row), load_profile(profile))


def of_trap(words: str) -> str:
    return next(str(row["id"]) for row in rows() if words in row["trap"])


def test_label_floor() -> None:
    figures = evaluation.evaluate(rows(), list(predict(rows(), [SHABAAB]))).figures
    assert figures["label.account.f1"] >= FLOOR


def test_most_accounts_and_most_reports_are_found() -> None:
    for label in (Label.ACCOUNT, Label.REPORT):
        held = [row["id"] for row in rows() if row["label"] == label]
        assert sum(found(key, SHABAAB).label is label for key in held) > len(held) / 2


def test_account_carries_the_name_of_its_profile() -> None:
    accounts = [account for row in rows() for account in found(row["id"], SHABAAB).accounts]
    assert accounts
    assert {account.group for account in accounts} == {SHABAAB}
    assert {found(row["id"], SHABAAB).profile for row in rows()} == {SHABAAB}


def test_defector_of_the_one_group_is_nothing_for_a_profile_that_is_not_named() -> None:
    key = of_trap("the watched group is not named")
    assert found(key, SHABAAB) == Finding(SHABAAB, Label.NONE, 0.0)
    assert found(key, ISLAMIC_STATE).label is Label.ACCOUNT


@pytest.mark.parametrize("row", [row for row in rows() if row["label"] == "account"], ids=lambda row: str(row["id"]))
def test_account_of_the_second_group_is_none_for_the_first(row: dict[str, Any]) -> None:
    assert found(row["id"], ISLAMIC_STATE).label is Label.NONE


def test_defector_of_a_rival_counts_for_the_group_that_was_left() -> None:
    key = of_trap("the watched one is an enemy")
    assert found(key, ISLAMIC_STATE).score > found(key, SHABAAB).score
    assert found(key, ISLAMIC_STATE).label is Label.ACCOUNT
    assert found(key, SHABAAB).label is Label.NONE


def test_language_without_a_lexicon_gives_no_alert() -> None:
    key = of_trap("a language without a lexicon")
    assert found(key, SHABAAB).label is not Label.ACCOUNT
    assert found(key, SHABAAB).tier != "alert"


@pytest.mark.parametrize("language", languages())
def test_profile_knows_the_name_in_every_language(language: str) -> None:
    assert load_profile(SHABAAB).group.search(fold(NAMED[language]))
    assert not load_profile(ISLAMIC_STATE).group.search(fold(NAMED[language]))


@pytest.mark.parametrize(
    "text", ["الشباب الصومالي والعمل", "ذهب الشباب إلى المدرسة", "shabby", "Chebabi", "Shabazz", "شبابنا"]
)
def test_ordinary_words_are_not_the_group(text: str) -> None:
    assert not load_profile(SHABAAB).group.search(fold(text))


def test_each_profile_has_the_other_group_among_its_rivals() -> None:
    first, second = load_profile(ISLAMIC_STATE), load_profile(SHABAAB)
    assert first.rival.search("al-shabaab")
    assert second.rival.search("the islamic state")
    assert not set(map(fold, second.names)) & set(map(fold, second.rivals))


def test_no_group_is_named_in_code(root: Path) -> None:
    words = [*load_profile(SHABAAB).names, "islamic_state", "islamic state", "isis", "daesh", "al_shabaab"]
    for path in sorted((root / "detect").glob("*.py")):
        for text in _strings(path.read_text("utf-8")):
            assert not [word for word in words if word == text.lower()], f"{path.name}: {text}"


def _strings(code: str) -> list[str]:
    return [
        node.value
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]


def test_group_is_exchangeable() -> None:
    """The same sentence about one group or the other scores alike: only the profile decides whose it is."""
    text = '{0} lost him. A former fighter who escaped from {0} said: "I deserted them, I was afraid. I left at night."'

    def score(group: str, profile: str) -> float:
        article = Article("https://x.example/1", title="He left", text=text.format(group), language="en")
        return read(article, load_profile(profile)).score

    assert score("Al-Shabaab", SHABAAB) == pytest.approx(score("Islamic State", ISLAMIC_STATE), abs=0.12)
    assert score("Al-Shabaab", ISLAMIC_STATE) == 0.0


def test_articles_are_what_they_say() -> None:
    assert Counter(row["label"] for row in rows()) == {"account": 12, "report": 4, "none": 14}
    assert len({row["id"] for row in rows()}) == 30
    assert {"en", "fr", "ar", "id", "sw"} <= {row["language"] for row in rows()}
    for row in rows():
        assert bool(row["accounts"]) == (row["label"] == "account")
        for account in row["accounts"]:
            assert account["evidence"] in row["text"]
            assert account["group"] == SHABAAB
