"""Scores as probabilities, the thresholds that follow from them, and how good a ranking is."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

BINS = 10


def platt(scores: list[float], truths: list[bool], rounds: int = 50) -> tuple[float, float]:
    """`a` and `b` with which `logistic(a * score + b)` is a probability, by Newton's method.

    Source: J. Platt, "Probabilistic outputs for support vector machines", 1999, with its softened targets.
    """
    x, y = np.array(scores), np.array(truths)
    right, wrong = int(y.sum()), int((~y).sum())
    target = np.where(y, (right + 1) / (right + 2), 1 / (wrong + 2))
    design, w = np.column_stack([x, np.ones(len(x))]), np.array([1.0, 0.0])
    for _ in range(rounds):
        p = 1 / (1 + np.exp(-design @ w))
        curve = (design * (p * (1 - p))[:, None]).T @ design + 1e-9 * np.eye(2)
        w = w - np.linalg.solve(curve, design.T @ (p - target))
    return round(float(w[0]), 3), round(float(w[1]), 3)


def reliability(found: list[tuple[float, bool]]) -> list[dict[str, float]]:
    """Ten bins by probability: its mean, the share of articles that bear the label, and how many there are."""
    edges, table = np.linspace(0, 1, BINS + 1), []
    for low, high in pairwise(edges):
        held = [(p, truth) for p, truth in found if low <= p < high or (high == 1 and p == 1)]
        mean, share = (float(np.mean(column)) for column in zip(*held, strict=True)) if held else (0.0, 0.0)
        table.append(
            {"from": round(float(low), 1), "mean": round(mean, 3), "share": round(share, 3), "articles": len(held)}
        )
    return table


def best_threshold(scores: Sequence[float], truths: Sequence[bool]) -> float:
    """Where the F1 that the calibrated probabilities let expect is best: of so few articles, the F1 that was counted
    jumps with every single one. Source: Lipton, Elkan and Naryanaswamy, "Optimal thresholding of classifiers to
    maximize F1 measure", 2014."""
    a, b = platt(list(scores), list(truths))
    ordered = np.sort(np.array(scores))[::-1]
    chances = 1 / (1 + np.exp(-(a * ordered + b)))
    expected = 2 * np.cumsum(chances) / (np.arange(1, len(ordered) + 1) + chances.sum())
    place = int(expected.argmax())
    following = ordered[place + 1] if place + 1 < len(ordered) else ordered[place]
    return float(ordered[place] + following) / 2


def sure_score(found: Sequence[tuple[float, bool]], precision: float = 0.9) -> tuple[float, float]:
    """The lowest probability from which so many articles are right, and the share of the right ones found there."""
    right, best = 0, (1.0, 0.0)
    ordered = sorted(found, reverse=True)
    for place, (chance, truth) in enumerate(ordered, 1):
        right += truth
        if right / place >= precision:
            best = (chance, right / sum(each for _, each in ordered))
    return best


def f1(truths: list[bool], guesses: list[bool]) -> tuple[float, float, float]:
    """Precision, recall, F1."""
    right = sum(t and g for t, g in zip(truths, guesses, strict=True))
    precision, recall = right / max(sum(guesses), 1), right / max(sum(truths), 1)
    return precision, recall, 2 * precision * recall / max(precision + recall, 1e-9)


def average_precision(truths: list[bool], scores: list[float]) -> float:
    """Mean precision at each right article, the best scored first."""
    right, total = 0, 0.0
    for place, (_, truth) in enumerate(sorted(zip(scores, truths, strict=True), reverse=True), 1):
        right += truth
        total += truth * right / place
    return total / max(right, 1)
