"""The whole chain on articles that nothing was fitted on: label, person, fields, and what would be told.

    python -m bench.held_out LABELLED.jsonl [more to fit on …] [--folds 5] [--seed 7] [--out predictions.jsonl] [--errors]

The first file is measured. It is divided into folds that share no person, name, story or near-equal text; for each fold
weights, words, thresholds and calibration are fitted on the other folds (and the other files), and its articles are read
with these, oldest first, from an empty database. Figures are those of `outspoken evaluate`.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from bench.calibration import average_precision, sure_score
from bench.cases import Case, read, share_out
from bench.train_detection import calibration, cross_validate, fit_all, measure, report
from bench.train_fields import fit_fields
from bench.train_person import fit_also, fit_person
from bench.train_words import Words, table
from detect.weights import Weights
from evaluation import Result, evaluate
from predicting import predict

Row = dict[str, Any]
INNER = 5
"""Folds of the cross-validation inside that sets thresholds and calibration."""


def fitted(cases: list[Case], ridge: float, seed: int) -> Weights:
    """All that is fitted, on these articles alone."""
    share_out(cases, INNER, seed)
    words = Words.of([case.row for case in cases])
    with contextlib.redirect_stdout(io.StringIO()):
        scores = cross_validate(cases, words, ridge, INNER)
        thresholds = report(cases, scores)
    person = fit_person(cases)
    measure(cases, person)
    heads = fit_all(cases, words, np.ones(len(cases), dtype=bool), ridge)
    return Weights(
        account=heads["account"][0],
        leaving=heads["leaving"][0],
        person=person,
        also=fit_also(cases, person),
        **fit_fields(cases),
        thresholds=thresholds,
        calibration=calibration(cases, scores),
        words=table(words, heads["account"][1], heads["leaving"][1]),
    )


def predictions(cases: list[Case], gold: list[Row], options: argparse.Namespace) -> list[Row]:
    """A prediction for each article of the first file, by weights that were fitted without its fold."""
    share_out(cases, options.folds, options.seed)
    outer = {case.row["id"]: case.fold for case in cases}
    found: list[Row] = []
    for number in range(options.folds):
        weights = fitted([case for case in cases if outer[case.row["id"]] != number], options.ridge, options.seed)
        # an article that names no group is in no fold; nothing can be found in it whatever is fitted
        held = [row for row in gold if outer.get(row["id"], 0) == number]
        found += predict(held, ["islamic_state"], weights)
        print(f"fold {number + 1} of {options.folds}: {len(held)} articles", flush=True)
    return found


def kind(row: Row) -> str:
    """What an article's id begins with, up to its number."""
    return re.split(r"\W*\d", str(row["id"]), maxsplit=1)[0]


def language(row: Row) -> str:
    """An article's language."""
    return str(row["language"])


def show(name: str, result: Result) -> None:
    """The figures of some of the articles on a line."""
    names = ("label.account.f1", "label.report.f1", "accounts.f1", "alerts.f1")
    print(f"{name:<12} {result.articles:>4} ", "  ".join(f"{each} {result.figures[each]:.2f}" for each in names))


def show_all(gold: list[Row], found: list[Row], *, errors: bool) -> None:
    """All figures with their intervals, then by kind of id and by language."""
    whole = evaluate(gold, found)
    for name, value in whole.figures.items():
        low, high = whole.intervals[name]
        print(f"{name:<24} {value:.3f}  [{low:.3f} - {high:.3f}]")
    scores = {row["id"]: row["score"] for row in found}
    pairs = [(scores[row["id"]], row["label"] == "account") for row in gold]
    for precision in (0.9, 0.95):
        sure, share = sure_score(pairs, precision)
        print(f"from score {sure:.2f} on {precision:.0%} are accounts, and {share:.2f} of the accounts are found")
    print(f"average precision {average_precision([t for _, t in pairs], [s for s, _ in pairs]):.3f}")
    for key in (kind, language):
        groups = Counter(map(key, gold))
        for name in sorted(groups, key=lambda each: -groups[each]):
            chosen = [row for row in gold if key(row) == name]
            show(name, evaluate(chosen, found))
    if errors:
        print("\n".join(whole.errors))


def main() -> None:
    """Run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpora", nargs="+", type=Path)
    parser.add_argument("--weight", type=float, default=0.3, help="of the files after the first")
    parser.add_argument("--ridge", type=float, default=6.0)
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=7, help="of the division into folds")
    parser.add_argument("--out", type=Path, help="keep the predictions")
    parser.add_argument("--errors", action="store_true", help="list every error")
    options = parser.parse_args()
    cases = read(options.corpora, options.weight)
    gold = [json.loads(line) for line in options.corpora[0].read_text("utf-8").splitlines()]
    found = predictions(cases, gold, options)
    if options.out:
        options.out.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in found), "utf-8")
    show_all(gold, found, errors=options.errors)


if __name__ == "__main__":
    main()
