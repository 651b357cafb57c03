"""Scores are probabilities: they rise with the log-odds, and what fits them finds what it should."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from bench.calibration import best_threshold, platt, reliability, sure_score
from detect.weights import logistic, weights


@pytest.mark.parametrize("head", ["account", "report"])
def test_a_score_rises_with_the_evidence(head: str) -> None:
    scores = [weights().score(head, step / 4) for step in range(-40, 41)]
    assert all(low < high for low, high in pairwise(scores))
    assert 0 < scores[0] < 0.5 < scores[-1] < 1


def test_the_calibration_that_made_the_labels_is_found() -> None:
    rng = random.Random(3)
    scores = [rng.uniform(-4, 4) for _ in range(20_000)]
    truths = [rng.random() < logistic(1.5 * score - 0.7) for score in scores]
    assert list(platt(scores, truths)) == pytest.approx([1.5, -0.7], abs=0.1)


def test_labels_that_the_score_tells_apart_entirely_do_not_break_it() -> None:
    a, b = platt([-2.0, -1.0, 1.0, 2.0], [False, False, True, True])
    assert 0 < a < 10
    assert abs(b) < 1


def test_bins_hold_every_article_once() -> None:
    table = reliability([(0.0, False), (0.05, True), (0.95, True), (1.0, True)])
    assert [row["articles"] for row in table] == [2, 0, 0, 0, 0, 0, 0, 0, 0, 2]
    assert table[0]["share"] == 0.5
    assert table[-1] == {"from": 0.9, "mean": 0.975, "share": 1.0, "articles": 2}


def test_the_threshold_is_where_f1_is_best() -> None:
    rng = random.Random(5)
    scores = [rng.uniform(-4, 4) for _ in range(4_000)]
    truths = [rng.random() < logistic(2 * score) for score in scores]
    best = best_threshold(scores, truths)

    def counted(threshold: float) -> float:
        right = sum(truth for score, truth in zip(scores, truths, strict=True) if score >= threshold)
        return 2 * right / (sum(score >= threshold for score in scores) + sum(truths))

    assert counted(best) >= max(counted(step / 10) for step in range(-40, 40)) - 0.01


def test_the_sure_score_keeps_its_precision() -> None:
    assert sure_score([(0.9, True), (0.8, True), (0.5, False), (0.4, True)]) == (0.8, 2 / 3)
    assert sure_score([(0.9, False)]) == (1.0, 0.0)
