"""Fit the decisions on a person's fields: where from, which role, which reasons. `bench/train_detection.py` runs it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bench.cases import Case, likeness
from detect import origin, reasons, roles
from detect.told import Told
from detect.weights import Head

AGAINST = {
    "nation": {"nation_place", "nation_office", "nation_spouse", "nation_of_war", "nation_city"},
    "role": {"role_plural", "role_of_other", "role_unlikely", "role_vague"},
}
"""Features that may only speak against a choice; all others only for it."""
Signs = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class Known:
    """One labelled account with the person that it is."""

    account: dict[str, Any]
    told: Told
    weight: float


def known(cases: Sequence[Case]) -> Iterator[Known]:
    """The labelled accounts whose person is found."""
    for case in cases:
        for account in case.row["accounts"]:
            name = account["name"]
            frame = next((each for each in case.people if name and likeness(name, each.name) >= 0.8), None)
            if frame is not None or not name:
                yield Known(account, Told(case.document, frame, case.people), case.weight)


def fit_fields(cases: Sequence[Case]) -> dict[str, Head]:
    """The heads `nation`, `role` and `reason`."""
    accounts = list(known(cases))
    nations = [(origin.signs(each.told), {each.account["nationality"] or ""}, each.weight) for each in accounts]
    done = [
        (found, _roles(each.account["role"] or "", found), each.weight)
        for each in accounts
        for found in [roles.signs(each.told, each.account["gender"] or "")]
    ]
    return {"nation": _choice("nation", nations, 1.0), "role": _choice("role", done, 0.3), "reason": _reasons(accounts)}


def _roles(told: str, found: Signs) -> set[str]:
    """The roles among those found that share a word with the labelled one."""
    return {role for role in found if set(role.split()) & set(told.replace(",", " ").split())} if told else {""}


def _choice(head: str, known: Sequence[tuple[Signs, set[str], float]], ridge: float, steps: int = 1500) -> Head:
    """Conditional logit over what is found and nothing (the bias), by projected gradient."""
    names = sorted({name for signs, _, _ in known for each in signs.values() for name in each})
    sets = []
    for signs, right, weight in known:
        options = [*signs, ""]
        if not right & set(options):
            continue
        matrix = np.zeros((len(options), len(names) + 1))
        matrix[:-1, :-1] = [[signs[key][name] for name in names] for key in signs] or np.zeros((0, len(names)))
        matrix[-1, -1] = 1.0
        target = np.array([float(key in right) for key in options])
        sets.append((matrix, target / target.sum(), weight))
    low = np.array([-np.inf if name in AGAINST[head] else 0.0 for name in names] + [-np.inf])
    high = np.array([0.0 if name in AGAINST[head] else np.inf for name in names] + [np.inf])
    w, total = np.zeros(len(names) + 1), sum(weight for _, _, weight in sets)
    for _ in range(steps):
        slope = 10 * ridge * w / len(sets)
        for matrix, target, weight in sets:
            z = matrix @ w
            p = np.exp(z - z.max())
            slope += weight * (matrix.T @ (p / p.sum() - target)) / total
        w = np.clip(w - 0.3 * slope, low, high)
    return Head(round(float(w[-1]), 3), _rounded(names, w[:-1]))


def _reasons(accounts: Sequence[Known], steps: int = 1500) -> Head:
    """Logistic regression, one for all five reasons, each with a level of its own (`is_…`)."""
    entries = [
        (signs.features, reason in each.account["reasons"], each.weight)
        for each in accounts
        for reason, signs in reasons.signs(each.told).items()
    ]
    names = sorted({name for features, _, _ in entries for name in features})
    x = np.array([[features.get(name, 0.0) for name in names] for features, _, _ in entries])
    y = np.array([float(right) for _, right, _ in entries])
    weight = np.array([share for _, _, share in entries])
    low = np.array([-np.inf if name.startswith("is_") else 0.0 for name in names])
    w, b = np.zeros(len(names)), 0.0
    for _ in range(steps):
        error = weight * (1 / (1 + np.exp(-(x @ w + b))) - y) / weight.sum()
        w = np.clip(w - 0.5 * (x.T @ error + w / len(x)), low, np.inf)
        b -= 0.5 * error.sum()
    return Head(round(float(b), 3), _rounded(names, w))


def _rounded(names: Sequence[str], w: np.ndarray) -> dict[str, float]:
    return {name: round(float(v), 3) for name, v in zip(names, w, strict=True) if abs(v) >= 0.005}
