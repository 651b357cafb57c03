"""Predictions against labels: precision and recall of labels, accounts and alerts, with intervals, and every error.

One alert a person is perfect: its precision is persons alerted by alerts sent, its recall persons alerted by persons.
Intervals are the middle 95 % of a bootstrap over groups of articles that share a person or a story (Efron 1979).
"""

from __future__ import annotations

import random
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

Row = Mapping[str, Any]
FIELDS = ("name_type", "role", "nationality", "gender", "age", "exit")
LIKE = 0.8
"""Likeness of two names from which they are the same person's."""
ROUNDS = 400


@dataclass(frozen=True, slots=True)
class Result:
    """Figures by name, each with its interval, and the errors, one line each."""

    articles: int
    figures: Mapping[str, float]
    intervals: Mapping[str, tuple[float, float]]
    errors: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """For programs."""
        return {
            "articles": self.articles,
            "figures": {name: round(value, 4) for name, value in self.figures.items()},
            "intervals": {name: [round(low, 4), round(high, 4)] for name, (low, high) in self.intervals.items()},
            "errors": list(self.errors),
        }


@dataclass(frozen=True, slots=True)
class _Case:
    """One article: its truth, its prediction, and which of their accounts belong together."""

    gold: Row
    guess: Row
    pairs: tuple[tuple[Row, Row], ...]


def evaluate(gold: Sequence[Row], predictions: Sequence[Row], *, seed: int = 7) -> Result:
    """Compare. Raises KeyError with the id of an article that has no prediction."""
    guesses = {str(row["id"]): row for row in predictions}
    cases = [_case(row, guesses[str(row["id"])]) for row in gold]
    figures = _figures(cases)
    rounds = _bootstrap(cases, random.Random(seed))  # noqa: S311 - statistics, not secrets
    intervals = {name: _middle([each[name] for each in rounds]) for name in figures}
    return Result(len(cases), figures, intervals, tuple(_errors(cases)))


def _case(gold: Row, guess: Row) -> _Case:
    return _Case(gold, guess, tuple(_pairs(gold.get("accounts") or [], guess.get("accounts") or [])))


def _pairs(gold: Sequence[Row], guessed: Sequence[Row]) -> list[tuple[Row, Row]]:
    """Accounts that are the same person's, the likest names first, evidence deciding between equals."""
    ranked = sorted(
        (
            (-(like + _ratio(str(g.get("evidence", "")), str(p.get("evidence", "")))), i, j)
            for i, g in enumerate(gold)
            for j, p in enumerate(guessed)
            if (like := likeness(str(g.get("name") or ""), str(p.get("name") or ""))) >= LIKE
        )
    )
    pairs, left, right = [], set[int](), set[int]()
    for _, i, j in ranked:
        if i not in left and j not in right:
            left.add(i)
            right.add(j)
            pairs.append((gold[i], guessed[j]))
    return pairs


def likeness(a: str, b: str) -> float:
    """How like two names are, 0 to 1; one that is part of the other is the same, an empty one is only like another."""
    first, second = _fold(a), _fold(b)
    if not first or not second:
        return float(first == second)
    one, two = set(first.split()), set(second.split())
    return 1.0 if one <= two or two <= one else SequenceMatcher(None, first, second).ratio()


def _figures(cases: Sequence[_Case]) -> dict[str, float]:
    figures: dict[str, float] = {}
    for label in ("account", "report"):
        right = sum(case.gold.get("label") == label == case.guess["label"] for case in cases)
        predicted = sum(case.guess["label"] == label for case in cases)
        figures |= _rates(f"label.{label}", right, predicted, sum(case.gold.get("label") == label for case in cases))
    pairs = [pair for case in cases for pair in case.pairs]
    sent = sum(len(case.guess.get("accounts") or []) for case in cases)
    figures |= _rates("accounts", len(pairs), sent, sum(len(case.gold.get("accounts") or []) for case in cases))
    for name in FIELDS:
        figures[f"field.{name}"] = _mean([float(_same(name, g, p)) for g, p in pairs])
    figures["field.reasons"] = _mean([_set_f1(g.get("reasons"), p.get("reasons")) for g, p in pairs])
    return figures | _alerts(cases)


def _alerts(cases: Sequence[_Case]) -> dict[str, float]:
    persons = {_person(case, account) for case in cases for account in case.gold.get("accounts") or []}
    told = Counter(_person(case, g) for case in cases for g, p in case.pairs if p.get("new"))
    matched = {id(p) for case in cases for _, p in case.pairs}
    strangers = sum(
        1 for case in cases for p in case.guess.get("accounts") or [] if p.get("new") and id(p) not in matched
    )
    return _rates("alerts", len(told), sum(told.values()) + strangers, len(persons))


def _person(case: _Case, account: Row) -> str:
    return str(account.get("person") or f"{case.gold['id']}:{account.get('name')}")


def _rates(name: str, right: int, predicted: int, actual: int) -> dict[str, float]:
    precision, recall = right / max(predicted, 1), right / max(actual, 1)
    f1 = 2 * precision * recall / (precision + recall) if right else 0.0
    return {f"{name}.precision": precision, f"{name}.recall": recall, f"{name}.f1": f1}


def _same(name: str, gold: Row, guess: Row) -> bool:
    g, p = gold.get(name), guess.get(name)
    if name == "role" and g:
        return bool(set(_fold(str(g)).split()) & set(_fold(str(p or "")).split()))
    return (g or None) == (p or None)


def _set_f1(gold: object, guess: object) -> float:
    g, p = (set(each) if isinstance(each, list | tuple) else set() for each in (gold, guess))
    return 2 * len(g & p) / (len(g) + len(p)) if g or p else 1.0


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _bootstrap(cases: Sequence[_Case], rng: random.Random) -> list[dict[str, float]]:
    groups = _groups(cases)
    return [_figures([case for group in rng.choices(groups, k=len(groups)) for case in group]) for _ in range(ROUNDS)]


def _groups(cases: Sequence[_Case]) -> list[list[_Case]]:
    """Articles that share a person or a story stay together."""
    owner = list(range(len(cases)))

    def find(i: int) -> int:
        while owner[i] != i:
            i = owner[i]
        return i

    seen: dict[str, int] = {}
    for i, case in enumerate(cases):
        keys = {f"p:{_person(case, account)}" for account in case.gold.get("accounts") or []}
        keys |= {f"s:{case.gold['story']}"} if case.gold.get("story") else set()
        for key in keys:
            owner[find(i)] = find(seen.setdefault(key, i))
    groups: dict[int, list[_Case]] = defaultdict(list)
    for i, case in enumerate(cases):
        groups[find(i)].append(case)
    return list(groups.values())


def _middle(values: list[float]) -> tuple[float, float]:
    ordered = sorted(values)
    return ordered[int(0.025 * len(ordered))], ordered[min(int(0.975 * len(ordered)), len(ordered) - 1)]


def _errors(cases: Sequence[_Case]) -> list[str]:
    find: list[Callable[[_Case], list[str]]] = [_label_error, _account_errors]
    lines = [line for case in cases for each in find for line in each(case)]
    told = Counter(_person(case, g) for case in cases for g, p in case.pairs if p.get("new"))
    return [*lines, *(f"{person}: told {count} times" for person, count in told.items() if count > 1)]


def _label_error(case: _Case) -> list[str]:
    gold, guess = case.gold.get("label"), case.guess["label"]
    title = str(case.gold.get("title") or "")[:90]
    return [] if gold == guess else [f"{case.gold['id']}: {gold} was read as {guess} ({case.guess['score']}): {title}"]


def _account_errors(case: _Case) -> list[str]:
    found = {id(g) for g, _ in case.pairs}, {id(p) for _, p in case.pairs}
    missed = [g for g in case.gold.get("accounts") or [] if id(g) not in found[0]]
    extra = [p for p in case.guess.get("accounts") or [] if id(p) not in found[1]]
    return [f"{case.gold['id']}: not found: {g.get('name') or 'somebody unnamed'}" for g in missed] + [
        f"{case.gold['id']}: found, but not there: {p.get('name') or 'somebody unnamed'}" for p in extra
    ]


def _fold(text: str) -> str:
    bare = "".join(c for c in unicodedata.normalize("NFKD", text).casefold() if not unicodedata.combining(c))
    return re.sub(r"[^\w]+", " ", bare).strip()


def _ratio(a: str, b: str) -> float:
    return SequenceMatcher(None, _fold(a), _fold(b)).ratio()
