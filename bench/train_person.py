"""Fit which person of an article tells (`person`), and which further ones do (`also`)."""

from __future__ import annotations

import numpy as np

from bench.cases import Case
from detect.choice import MOST_ACCOUNTS, nobody, rank, second
from detect.weights import Head

BOUNDS = {
    "after_unnamed": (-np.inf, -2.2),
    "hidden": (0.7, np.inf),
    "quoted": (0.3, np.inf),
    "leaves_surely": (0.1, np.inf),
    "outlet_of": (-np.inf, -2.0),
    "work_by": (-np.inf, -1.5),
    "interviewer": (-np.inf, -1.5),
    "family_beside": (-np.inf, -1.2),
    "acts_on": (-np.inf, -0.8),
    "writer": (-np.inf, -2.5),
}
"""Least and most of a weight in the choice of the person: what a small corpus shows too seldom, but is known."""
NOBODY = ("hidden", "unnamed_says")
AGAINST = {
    "after_unnamed", "expert_beside", "family_beside", "place", "listener", "captive", "captured", "to_group", "expert",
    "writer", "stranger", "begins_as_expert", "begins_as_relative", "work_by", "outlet_of",
    "interviewer", "acts_on",
}  # fmt: skip


def fit_person(cases: list[Case], ridge: float = 0.4, steps: int = 1500, rate: float = 0.25) -> Head:
    """Conditional logit over the candidates and nobody, by projected gradient."""
    names = sorted({name for case in cases for frame in case.people for name in frame.features})
    known = [case for case in cases if case.truth]
    sets = []
    for case in known:
        matrix = np.array([[f.features[n] for n in names] for f in case.people]).reshape(len(case.people), len(names))
        unnamed = nobody(case.document)
        last = [*[0.0] * len(names), 1.0, *(unnamed[name] for name in NOBODY)]
        matrix = np.vstack([np.hstack([matrix, np.zeros((len(case.people), 1 + len(NOBODY)))]), last])
        target = np.zeros(len(matrix))
        target[list(case.truth)] = 1 / len(case.truth)
        sets.append((matrix, target, case.weight))
    w = np.zeros(len(names) + 1 + len(NOBODY))
    low = np.array([-np.inf if n in AGAINST else 0.0 for n in names] + [-np.inf] + [0.0] * len(NOBODY))
    high = np.array([0.0 if n in AGAINST else np.inf for n in names] + [np.inf] * (1 + len(NOBODY)))
    for name, (least, most) in BOUNDS.items():
        place = [*names, "", *NOBODY].index(name)
        low[place], high[place] = least, most
    w = np.clip(w, low, high)
    total = sum(weight for _, _, weight in sets)
    for _ in range(steps):
        slope = ridge * w / len(sets) * 10
        for matrix, right, weight in sets:
            z = matrix @ w
            p = np.exp(z - z.max())
            p /= p.sum()
            slope += weight * (matrix.T @ (p - right)) / total
        w = np.clip(w - rate * slope, low, high)
    fitted = {
        name: round(float(v), 3) for name, v in zip([*names, "", *NOBODY], w, strict=True) if name and abs(v) >= 0.005
    }
    return Head(round(float(w[len(names)]), 3), fitted)


def fit_also(cases: list[Case], person: Head, ridge: float = 1.0, steps: int = 1500, rate: float = 0.4) -> Head:
    """Logistic regression with signs: which of the persons behind the likeliest one tell as well."""
    rows: list[dict[str, float]] = []
    right: list[bool] = []
    share: list[float] = []
    for case in cases:
        if not case.truth or len(case.people) < 2:
            continue
        ranked, unnamed = rank(case.document, case.people, person)
        tellers = {id(case.people[place]) for place in case.truth if place < len(case.people)}
        for worth, frame in ranked[1:MOST_ACCOUNTS]:
            rows.append(second(case.document, frame, worth - ranked[0][0], worth - unnamed))
            right.append(id(frame) in tellers)
            share.append(case.weight)
    names = sorted(rows[0])
    x, y = np.array([[row[name] for name in names] for row in rows]), np.array(right, dtype=float)
    weight = np.array(share)
    low = np.array([-np.inf if n in AGAINST else 0.0 for n in names])
    high = np.array([0.0 if n in AGAINST else np.inf for n in names])
    w, b = np.zeros(len(names)), 0.0
    for _ in range(steps):
        error = weight * (1 / (1 + np.exp(-(x @ w + b))) - y) / weight.sum()
        w = np.clip(w - rate * (x.T @ error + ridge * w / len(rows)), low, high)
        b -= rate * error.sum()
    return Head(round(float(b), 3), fitted_head(names, w))


def fitted_head(names: list[str], w: np.ndarray) -> dict[str, float]:
    """Weights by name, without those that are next to nothing."""
    return {name: round(float(v), 3) for name, v in zip(names, w, strict=True) if abs(v) >= 0.005}


def best_person(case: Case, person: Head) -> int:
    """Place of the chosen candidate, the number of candidates for nobody."""
    unnamed = person.total(nobody(case.document))
    totals = [person.total(frame.features) - person.bias for frame in case.people]
    top = max(range(len(totals)), key=totals.__getitem__, default=0)
    return top if totals and totals[top] > unnamed else len(totals)
