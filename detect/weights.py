"""The fitted weights: how much each kind of evidence counts. `bench/train_detection.py` writes `weights.json`.

A few dozen numbers with names, each held to its intended sign: whatever it was fitted on, a word of leaving never
counts against an account and a word of captivity never for one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from math import exp, log
from pathlib import Path

from detect.words import Table, load

HEADS = ("account", "leaving", "person", "also", "nation", "role", "reason")
FILE = Path(__file__).parent / "weights.json"


@dataclass(frozen=True, slots=True)
class Head:
    """One logistic decision."""

    bias: float
    weights: Mapping[str, float]

    def parts(self, features: Mapping[str, float]) -> dict[str, float]:
        """What each feature adds, in log-odds; those that add nothing are left out."""
        parts = {name: self.weights.get(name, 0.0) * value for name, value in features.items()}
        return {name: part for name, part in parts.items() if part}

    def total(self, features: Mapping[str, float]) -> float:
        """The log-odds."""
        return self.bias + sum(self.parts(features).values())


@dataclass(frozen=True, slots=True)
class Weights:
    """All heads: is it an account, is it about leaving, which person is meant (`person.bias` is for nobody named),
    does a further person tell as well; and of a person: where from, which role (each bias is for none), which reasons."""

    account: Head
    leaving: Head
    person: Head
    also: Head
    nation: Head
    role: Head
    reason: Head
    thresholds: Mapping[str, float]
    calibration: Mapping[str, tuple[float, float]]
    """`a` and `b` of an account's and a report's score (Platt 1999): `logistic(a * log_odds + b)`."""
    words: Table
    """What the ordinary words add to the two decisions."""

    def score(self, head: str, log_odds: float) -> float:
        """Log-odds of `account` or `report` as a probability."""
        a, b = self.calibration[head]
        return logistic(a * log_odds + b)


@cache
def weights() -> Weights:
    """The shipped weights."""
    data = json.loads(FILE.read_text("utf-8"))
    heads = {name: Head(data[name]["bias"], data[name]["weights"]) for name in HEADS}
    thresholds = data["thresholds"]
    centred = {name: (1.0, -thresholds[name]) for name in ("account", "report")}
    return Weights(**heads, thresholds=thresholds, calibration=data.get("calibration", centred), words=load())


def report_odds(account: float, leaving: float) -> float:
    """Log-odds of a report: it is about leaving, and it is no account. `account`, `leaving`: log-odds of those."""
    share = logistic(leaving) * logistic(-account)
    return log(share / (1 - share))


def logistic(value: float) -> float:
    """Log-odds as a probability."""
    return 1 / (1 + exp(-max(min(value, 40.0), -40.0)))
