"""Figures by hand on a few articles."""

from __future__ import annotations

from typing import Any

import pytest

import evaluation
from commands import texts
from errors import ExtractError


def person(name: str, **fields: Any) -> dict[str, Any]:
    usual = {"name_type": "full", "role": "guard", "nationality": "TN", "gender": "male", "age": 30, "exit": "defected"}
    return {"name": name, **usual, "reasons": ["violence"], "evidence": f"{name} says so.", **fields}


def row(number: int, label: str, *accounts: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"id": f"a{number}", "title": f"Title {number}", "label": label, "accounts": list(accounts), **fields}


def guess(number: int, label: str, *accounts: dict[str, Any], score: float = 0.9) -> dict[str, Any]:
    return {"id": f"a{number}", "label": label, "score": score, "accounts": list(accounts)}


GOLD = [
    row(1, "account", person("Idris Haloubi", person="p1")),
    row(2, "account", person("Idriss Haloubi", person="p1"), story="s"),
    row(3, "account", person("Wafaa", person="p2", nationality="LB", gender="female"), story="s"),
    row(4, "report"),
    row(5, "none"),
]
GUESSED = [
    guess(1, "account", person("Idris Haloubi", new=True)),
    guess(2, "account", person("Idris Haloubi", new=True, age=31, reasons=["violence", "conditions"])),
    guess(3, "none", score=0.2),
    guess(4, "account", person("Hisham Rawi", new=True)),
    guess(5, "none", score=0.1),
]


def test_the_figures_of_labels_accounts_fields_and_alerts() -> None:
    figures = evaluation.evaluate(GOLD, GUESSED).figures
    expected = {
        "label.account.precision": 2 / 3,
        "label.account.recall": 2 / 3,
        "label.account.f1": 2 / 3,
        "label.report.precision": 0.0,
        "label.report.recall": 0.0,
        "label.report.f1": 0.0,
        "accounts.precision": 2 / 3,
        "accounts.recall": 2 / 3,
        "field.age": 1 / 2,
        "field.nationality": 1.0,
        "field.reasons": (1.0 + 2 / 3) / 2,
        "alerts.precision": 1 / 3,
        "alerts.recall": 1 / 2,
        "alerts.f1": 0.4,
    }
    assert {name: figures[name] for name in expected} == pytest.approx(expected)


def test_every_error_is_said_once() -> None:
    assert set(evaluation.evaluate(GOLD, GUESSED).errors) == {
        "a3: account was read as none (0.2): Title 3",
        "a3: not found: Wafaa",
        "a4: report was read as account (0.9): Title 4",
        "a4: found, but not there: Hisham Rawi",
        "p1: told 2 times",
    }


def test_what_is_all_right_is_one_in_everything_and_has_no_errors() -> None:
    right = [guess(1, "account", person("Idris Haloubi", new=True)), guess(2, "account", person("Idris Haloubi"))]
    result = evaluation.evaluate([*GOLD[:2], GOLD[3]], [*right, guess(4, "report")])
    assert set(result.figures.values()) == {1.0}
    assert result.errors == ()
    assert result.articles == 3


def test_intervals_hold_their_figure_and_are_the_same_every_time() -> None:
    gold = [row(n, label) for n, label in enumerate(["account", "report", "none", "account"] * 10)]
    guessed = [guess(n, "account" if n % 3 else "report") for n in range(40)]
    first, second = (evaluation.evaluate(gold, guessed) for _ in range(2))
    assert first == second
    for name, (low, high) in first.intervals.items():
        assert 0.0 <= low <= first.figures[name] <= high <= 1.0, name
    low, high = first.intervals["label.account.precision"]
    assert 0.05 < high - low < 0.6


def test_articles_of_one_person_are_drawn_together() -> None:
    """Ten copies of one case are one case: the interval must not become narrow by copying."""
    gold = [row(n, "account", person("Wafaa", person="p")) for n in range(10)] + [row(10, "account", person("Omar"))]
    guessed = [guess(n, "account") for n in range(10)] + [guess(10, "none")]
    low, high = evaluation.evaluate(gold, guessed).intervals["label.account.recall"]
    assert (low, high) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("one", "other", "like"),
    [
        ("Karim", "Karim T.", True),
        ("Idris Haloubi", "idriss haloubi", True),
        ("Hadžajlić", "Hadzajlic", True),
        ("", "", True),
        ("", "Karim", False),
        ("Abu Omar", "Abu Nimr al-Faransi", False),
    ],
)
def test_names(one: str, other: str, like: bool) -> None:
    assert (evaluation.likeness(one, other) >= evaluation.LIKE) is like
    assert evaluation.likeness(one, other) == evaluation.likeness(other, one)


def test_a_missing_prediction_is_an_error_that_names_the_article() -> None:
    with pytest.raises(KeyError, match="a5"):
        evaluation.evaluate(GOLD, GUESSED[:-1])
    with pytest.raises(ExtractError, match="there is no prediction for the article 'a5'"):
        texts.measured(GOLD, GUESSED[:-1])


def test_nothing_labelled_and_nothing_found_is_no_crash() -> None:
    result = evaluation.evaluate([{"id": 1, "label": "none"}], [{"id": "1", "label": "none", "score": 0.0}])
    assert result.errors == ()
    assert result.as_dict()["figures"]["label.account.f1"] == 0.0
