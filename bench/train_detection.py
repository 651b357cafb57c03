"""Fit `detect/weights.json` on labelled articles (docs/definition.md has their form) and say how good it is.

    python -m bench.train_detection CORPUS.jsonl [more.jsonl …] [--weight 0.5] [--write]

The first corpus counts fully, the others with --weight. Every weight is held to its intended sign. The figures come
from cross-validation in which articles that share a person, a story or near-equal text stay on one side.

With --reliability it also says how far scores can be taken for probabilities, and keeps that for the docs
(`docs/pictures/reliability.json`; then run `python docs/pictures/weights.py`).
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np

from bench.calibration import average_precision, best_threshold, f1, platt, reliability, sure_score
from bench.cases import Case, read, share_out
from bench.train_fields import fit_fields
from bench.train_person import best_person, fit_also, fit_person, fitted_head
from bench.train_words import Matrix, Words, table
from bench.train_words import write as write_words
from detect import features
from detect.weights import FILE, Head, report_odds

PRIOR = {
    "account": {
        "off_topic": -2.0,
        "title_fiction": -0.7,
        "title_captive": -0.2,
        "title_hostage": -0.7,
        "person_hostage": -0.5,
        "hostage": -0.2,
        "title_state": -0.6,
        "title_rival": -0.7,
        "title_relative": -0.8,
        "leaves_state": -0.2,
        "leaves_rival": -0.2,
        "to_group": -0.2,
        "person_captive": -0.2,
        "person_state": -0.2,
        "person_rival": -0.2,
        "group_in_passing": -0.2,
    },
    "leaving": {"off_topic": -2.0, "title_fiction": -0.7, "title_state": -0.6, "title_rival": -0.7},
}
"""Where a weight stands before anything is learned: what the definition itself says of captives, fiction, armies and
other groups, which a small corpus shows too seldom."""
SHARE = 0.5
"""How much of a decision the words make; the rest are the features."""
MEANT = {"account": {"account"}, "leaving": {"account", "report"}}
"""The labels that each head tells from the others: a report is about leaving, and no account."""
RELIABILITY = Path(__file__).parent.parent / "docs" / "pictures" / "reliability.json"
AGAINST = {
    "account": {
        "against_it", "person_against", "relative_tells", "title_relative", "hostage", "title_hostage",
        "person_hostage", "to_group", "captive", "captured", "captured_only", "attempted", "family", "experts",
        "fiction", "state", "rival", "many", "many_leave", "many_near_leaving", "title_many",
        "experts_on_leaving", "group_in_passing", "several_leave", "several_break_away", "title_several",
        "captive_leaves", "off_topic", "leaves_state", "they_leave", "they_break_away", "they_say",
        "leaves_rival", "title_fiction", "title_captive", "title_captured", "title_state", "title_rival",
        "title_family", "person_captive", "person_expert", "person_family", "person_state", "person_rival",
        "person_outside", "authority_says", "title_authority", "wants_out", "title_wants_out", "executed_leaving",
        "title_executed",
    },
    "leaving": {
        "against_it", "person_against", "hostage", "title_hostage", "person_hostage", "to_group", "captive", "captured_only",
        "attempted", "fiction", "state", "rival", "group_in_passing", "captive_leaves", "off_topic", "leaves_state",
        "leaves_rival", "title_fiction", "title_captive", "title_state", "title_rival", "person_captive", "person_state",
        "person_rival",
    },
}  # fmt: skip


def fit(cases: list[Case], label: str, ridge: float, steps: int = 4000, rate: float = 0.6) -> Head:
    """Logistic regression with signs, by projected gradient; both classes count alike."""
    names = sorted(cases[0].values)
    x = np.array([[case.values[name] for name in names] for case in cases])
    y = np.array([case.label in MEANT[label] for case in cases], dtype=float)
    weight = np.array([case.weight for case in cases])
    weight = weight * np.where(y == 1, (weight * (1 - y)).sum() / max((weight * y).sum(), 1e-9), 1.0) ** 0.5
    low = np.array([-np.inf if n in AGAINST[label] else 0.0 for n in names])
    high = np.array([0.0 if n in AGAINST[label] else np.inf for n in names])
    prior = np.array([PRIOR[label].get(n, 0.0) for n in names]) / (1 - SHARE)
    w, b = prior.copy(), 0.0
    for _ in range(steps):
        p = 1 / (1 + np.exp(-(x @ w + b)))
        error = weight * (p - y) / weight.sum()
        w = np.clip(w - rate * (x.T @ error + ridge * (w - prior) / len(cases)), low, high)
        b -= rate * error.sum()
    return Head(round(float(b), 3), fitted_head(names, w))


def measure(cases: list[Case], person: Head) -> None:
    """The label features, which need to know who the likeliest person is."""
    for case in cases:
        found = features.of(case.document, case.people, person)
        case.values = {name: feature.value for name, feature in found.items()}


def blend(head: Head, cases: list[Case], words: Words, train: Matrix, label: str) -> tuple[Head, Matrix]:
    """The features' head and the words' weights, each with its share, so that both together are the log-odds."""
    truth = np.array([case.label in MEANT[label] for case in cases], dtype=float)
    fitted = words.fit(train, truth, np.array([case.weight for case in cases]))
    seen = np.array([head.total(case.values) for case in cases])[train]
    heard = (words.matrix @ fitted[:-1])[train]
    scale = SHARE * float(seen.std() / heard.std())
    bias = (1 - SHARE) * head.bias + scale * float(fitted[-1])
    kept = {name: round((1 - SHARE) * weight, 3) for name, weight in head.weights.items()}
    return Head(round(bias, 3), kept), scale * fitted[:-1]


def fit_all(cases: list[Case], words: Words, train: Matrix, ridge: float) -> dict[str, tuple[Head, Matrix]]:
    """Both decisions, fitted on the articles that `train` marks."""
    known = [case for case, marked in zip(cases, train, strict=True) if marked]
    return {label: blend(fit(known, label, ridge), cases, words, train, label) for label in MEANT}


def cross_validate(cases: list[Case], words: Words, ridge: float, folds: int) -> dict[str, list[float]]:
    """Scores of every article by weights that were fitted without its fold."""
    scores: dict[str, list[float]] = {
        "account": [0.0] * len(cases),
        "report": [0.0] * len(cases),
        "person": [0.0] * len(cases),
    }
    for number in range(folds):
        train = [case for case in cases if case.fold != number]
        person = fit_person(train, steps=500)
        measure(cases, person)
        marked = np.array([case.fold != number for case in cases])
        heads = fit_all(cases, words, marked, ridge)
        for i, case in enumerate(cases):
            if case.fold == number:
                odds = {label: head.total(case.values) + words.matrix[i] @ own for label, (head, own) in heads.items()}
                scores["account"][i] = odds["account"]
                scores["report"][i] = report_odds(odds["account"], odds["leaving"])
        for i, case in enumerate(cases):
            if case.fold == number and case.truth:
                scores["person"][i] = float(best_person(case, person) in case.truth)
    return scores


def report(cases: list[Case], scores: dict[str, list[float]]) -> dict[str, float]:
    """Print figures on the first corpus, return the thresholds (log-odds) that were best there."""
    main = [i for i, case in enumerate(cases) if case.weight == 1.0]
    thresholds = {}
    taken: set[int] = set()
    for label in ("account", "report"):
        where = [i for i in main if i not in taken]
        truths = [cases[i].label == label for i in main]
        best = best_threshold([scores[label][i] for i in where], [cases[i].label == label for i in where])
        guesses = [i not in taken and scores[label][i] >= best for i in main]
        precision, recall, value = f1(truths, guesses)
        thresholds[label] = best
        if label == "account":
            taken = {i for i in main if scores[label][i] >= best}
            kept = [t for t in scores[label] if f1(truths, [scores[label][i] >= t for i in main])[1] >= 0.97]
            thresholds["review"] = max(kept)
            print("review: P/R", f1(truths, [scores[label][i] >= max(kept) for i in main])[:2])
        ap = average_precision([cases[i].label == label for i in where], [scores[label][i] for i in where])
        print(f"{label}: AP {ap:.3f} P {precision:.3f} R {recall:.3f} F1 {value:.3f} at {best:.2f}")
    for corpus in sorted({case.corpus for case in cases}):
        held = [i for i, case in enumerate(cases) if case.corpus == corpus]
        aps = [
            average_precision([cases[i].label == label for i in held], [scores[label][i] for i in held])
            for label in ("account", "report")
        ]
        print(f"{corpus}: account AP {aps[0]:.3f}, report AP {aps[1]:.3f} of {len(held)}")
    known = [i for i in main if cases[i].label == "account"]
    print(f"person: {sum(scores['person'][i] for i in known) / len(known):.3f} of {len(known)}")
    return thresholds


def calibration(cases: list[Case], scores: dict[str, list[float]]) -> dict[str, tuple[float, float]]:
    """Platt's two numbers for each label, from cross-validated scores on the first corpus."""
    main = [i for i, case in enumerate(cases) if case.weight == 1.0]
    return {
        label: platt([scores[label][i] for i in main], [cases[i].label == label for i in main])
        for label in ("account", "report")
    }


def probabilities(cases: list[Case], scores: list[float], label: str) -> list[tuple[float, bool]]:
    """Probability and truth of each article of the first corpus; `a` and `b` come from the other folds."""
    main = [i for i, case in enumerate(cases) if case.weight == 1.0]
    found = []
    for number in sorted({cases[i].fold for i in main}):
        others = [i for i in main if cases[i].fold != number]
        a, b = platt([scores[i] for i in others], [cases[i].label == label for i in others])
        held = [i for i in main if cases[i].fold == number]
        found += [(float(1 / (1 + np.exp(-(a * scores[i] + b)))), cases[i].label == label) for i in held]
    return found


def show_reliability(cases: list[Case], scores: dict[str, list[float]]) -> None:
    """Print how far a score is a probability, and keep it for the docs."""
    found = probabilities(cases, scores["account"], "account")
    table = reliability(found)
    print("score      mean  share  articles")
    for row in table:
        print(f"from {row['from']:.1f}  {row['mean']:.3f}  {row['share']:.3f}  {row['articles']:>4}")
    brier = float(np.mean([(p - truth) ** 2 for p, truth in found]))
    error = sum(row["articles"] * abs(row["mean"] - row["share"]) for row in table) / len(found)
    print(f"Brier {brier:.3f}, calibration error {error:.3f}; {calibration(cases, scores)}")
    sure, share = sure_score(found)
    print(f"from {sure:.2f} on 9 of 10 are accounts, and {share:.2f} of all accounts are found")
    data = {
        "sure": round(sure, 2),
        "found": round(share, 2),
        "articles": len(found),
        "brier": round(brier, 3),
        "error": round(error, 3),
        "bins": table,
    }
    RELIABILITY.write_text(json.dumps(data, indent=1) + "\n", "utf-8")


def main() -> None:
    """Run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpora", nargs="+", type=Path)
    parser.add_argument("--weight", type=float, default=0.5)
    parser.add_argument("--ridge", type=float, default=1.5)
    parser.add_argument("--folds", type=int, default=6)
    parser.add_argument("--seed", type=int, default=7, help="of the division into folds")
    parser.add_argument("--repeats", type=int, default=1, help="divisions into folds, whose thresholds are averaged")
    parser.add_argument("--errors", action="store_true")
    parser.add_argument(
        "--reliability", action="store_true", help="how far scores are probabilities; kept for the docs"
    )
    parser.add_argument(
        "--persons", action="store_true", help="with --write: fit only which person tells, not the label"
    )
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    cases = read(options.corpora, options.weight)
    words = Words.of([case.row for case in cases])
    found = []
    for seed in range(options.seed, options.seed + options.repeats):
        share_out(cases, options.folds, seed)
        scores = cross_validate(cases, words, options.ridge, options.folds)
        found.append(report(cases, scores))
    # of few articles, one division into folds gives a threshold that another one would not
    thresholds = {name: sum(each[name] for each in found) / len(found) for name in found[0]}
    if options.errors:
        for i, case in enumerate(cases):
            guess = scores["account"][i] >= thresholds["account"]
            if guess != (case.label == "account"):
                print(f"{case.row['id']} {case.label} {scores['account'][i]:+.2f} {case.row['title'][:90]}")
    if options.reliability:
        show_reliability(cases, scores)
    if options.write:
        write(cases, words, (thresholds, calibration(cases, scores)), options)


def write(
    cases: list[Case],
    words: Words,
    measured: tuple[dict[str, float], dict[str, tuple[float, float]]],
    options: argparse.Namespace,
) -> None:
    """Fit on everything and keep it; with `--persons` the decisions on the label stay as they are."""
    person = fit_person(cases)
    heads = {"person": person, "also": fit_also(cases, person), **fit_fields(cases)}
    data: dict[str, Any] = json.loads(FILE.read_text("utf-8"))
    if not options.persons:
        measure(cases, person)
        fitted = fit_all(cases, words, np.ones(len(cases), dtype=bool), options.ridge)
        heads |= {label: head for label, (head, _) in fitted.items()}
        write_words(table(words, fitted["account"][1], fitted["leaving"][1]))
        data["thresholds"] = {name: round(value, 3) for name, value in measured[0].items()}
        data["calibration"] = measured[1]
    data |= {name: {"bias": head.bias, "weights": head.weights} for name, head in heads.items()}
    FILE.write_text(json.dumps(data, indent=1) + "\n", "utf-8")
    print("now run: python docs/pictures/weights.py")


if __name__ == "__main__":
    main()
