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
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from detect import features
from detect.choice import MOST_ACCOUNTS, nobody, rank, second
from detect.corpus import article_of_row
from detect.document import Document
from detect.folding import fold
from detect.people import Frame, frames
from detect.profile import load_profile
from detect.shingles import shingles, words
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
NEAR = 0.005
"""F1 by which two thresholds do not differ, given so few articles."""
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
MEANT = {"account": {"account"}, "leaving": {"account", "report"}}
"""The labels that each head tells from the others: a report is about leaving, and no account."""
RELIABILITY = Path(__file__).parent.parent / "docs" / "pictures" / "reliability.json"
BINS = 10
AGAINST = {
    "person": {
        "after_unnamed", "expert_beside", "family_beside", "place", "listener", "captive", "captured", "to_group", "expert",
        "writer", "stranger", "begins_as_expert", "begins_as_relative", "work_by", "outlet_of",
        "interviewer", "acts_on",
    },
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


@dataclass
class Case:
    """One labelled article, read."""

    row: dict[str, Any]
    document: Document
    people: list[Frame]
    weight: float
    corpus: str = ""
    fold: int = 0
    truth: tuple[int, ...] = ()
    """Places of the right persons in `people`, `len(people)` for somebody unnamed; empty where no account is told."""
    values: dict[str, float] = field(default_factory=dict)

    @property
    def label(self) -> str:
        return str(self.row["label"])


def likeness(a: str, b: str) -> float:
    """How like two names are: 1 where one holds the other's words."""
    first, second = set(fold(a).split()), set(fold(b).split())
    if first <= second or second <= first:
        return 1.0
    return SequenceMatcher(None, fold(a), fold(b)).ratio()


def read(paths: list[Path], weight: float) -> list[Case]:
    """All articles of the corpora."""
    profile, cases = load_profile("islamic_state"), []
    missed: Counter[str] = Counter()
    for number, path in enumerate(paths):
        for line in path.read_text("utf-8").splitlines():
            row = json.loads(line)
            document = Document.of(article_of_row(row), profile)
            if not document.names_group:
                missed[row["label"]] += 1
                continue
            case = Case(row, document, frames(document), 1.0 if number == 0 else weight, path.stem)
            if row["label"] == "account":
                case.truth = truth(case)
            cases.append(case)
    print(f"{len(cases)} articles; the group is not named in {dict(missed)}")
    return cases


def truth(case: Case) -> tuple[int, ...]:
    """Which candidates are the labelled persons; empty where none of the names is among them."""
    names = [account["name"] for account in case.row["accounts"]]
    right = [i for i, each in enumerate(case.people) if any(n and likeness(n, each.name) >= 0.8 for n in names)]
    return (*right, len(case.people)) if "" in names else tuple(right)


def share_out(cases: list[Case], folds: int, seed: int = 7) -> None:
    """Number the folds: what shares a person, a name, a story or text stays together."""
    owner = list(range(len(cases)))

    def find(i: int) -> int:
        while owner[i] != i:
            i = owner[i]
        return i

    seen: dict[str, int] = {}
    for i, case in enumerate(cases):
        keys = {f"s:{case.row.get('story')}"} if case.row.get("story") else set()
        for account in case.row["accounts"]:
            keys |= (
                {f"p:{account['person']}", f"n:{fold(account['name'])}"}
                if account["name"]
                else {f"p:{account['person']}"}
            )
        keys |= {f"t:{s}" for s in list(shingles(words(case.document.article.text), 8))[::3]}
        for key in keys:
            if key in seen:
                owner[find(i)] = find(seen[key])
            else:
                seen[key] = i
    groups = defaultdict(list)
    for i in range(len(cases)):
        groups[find(i)].append(i)
    sizes = [0] * folds
    rng = np.random.default_rng(seed)
    members = list(groups.values())
    rng.shuffle(members)
    for group in sorted(members, key=len, reverse=True):
        place = int(np.argmin(sizes))
        sizes[place] += len(group)
        for i in group:
            cases[i].fold = place


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
    low = np.array([-np.inf if n in AGAINST["person"] else 0.0 for n in names] + [-np.inf] + [0.0] * len(NOBODY))
    high = np.array([0.0 if n in AGAINST["person"] else np.inf for n in names] + [np.inf] * (1 + len(NOBODY)))
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
    low = np.array([-np.inf if n in AGAINST["person"] else 0.0 for n in names])
    high = np.array([0.0 if n in AGAINST["person"] else np.inf for n in names])
    w, b = np.zeros(len(names)), 0.0
    for _ in range(steps):
        error = weight * (1 / (1 + np.exp(-(x @ w + b))) - y) / weight.sum()
        w = np.clip(w - rate * (x.T @ error + ridge * w / len(rows)), low, high)
        b -= rate * error.sum()
    return Head(round(float(b), 3), _fitted(names, w))


def _fitted(names: list[str], w: np.ndarray) -> dict[str, float]:
    return {name: round(float(v), 3) for name, v in zip(names, w, strict=True) if abs(v) >= 0.005}


def fit(cases: list[Case], label: str, ridge: float, steps: int = 4000, rate: float = 0.6) -> Head:
    """Logistic regression with signs, by projected gradient; both classes count alike."""
    names = sorted(cases[0].values)
    x = np.array([[case.values[name] for name in names] for case in cases])
    y = np.array([case.label in MEANT[label] for case in cases], dtype=float)
    weight = np.array([case.weight for case in cases])
    weight = weight * np.where(y == 1, (weight * (1 - y)).sum() / max((weight * y).sum(), 1e-9), 1.0) ** 0.5
    low = np.array([-np.inf if n in AGAINST[label] else 0.0 for n in names])
    high = np.array([0.0 if n in AGAINST[label] else np.inf for n in names])
    prior = np.array([PRIOR[label].get(n, 0.0) for n in names])
    w, b = prior.copy(), 0.0
    for _ in range(steps):
        p = 1 / (1 + np.exp(-(x @ w + b)))
        error = weight * (p - y) / weight.sum()
        w = np.clip(w - rate * (x.T @ error + ridge * (w - prior) / len(cases)), low, high)
        b -= rate * error.sum()
    return Head(round(float(b), 3), _fitted(names, w))


def measure(cases: list[Case], person: Head) -> None:
    """The label features, which need to know who the likeliest person is."""
    for case in cases:
        found = features.of(case.document, case.people, person)
        case.values = {name: feature.value for name, feature in found.items()}


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


def best_person(case: Case, person: Head) -> int:
    """Place of the chosen candidate, the number of candidates for nobody."""
    unnamed = person.total(nobody(case.document))
    totals = [person.total(frame.features) - person.bias for frame in case.people]
    top = max(range(len(totals)), key=totals.__getitem__, default=0)
    return top if totals and totals[top] > unnamed else len(totals)


def cross_validate(cases: list[Case], ridge: float, folds: int) -> dict[str, list[float]]:
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
        account, leaving = fit(train, "account", ridge), fit(train, "leaving", ridge)
        for i, case in enumerate(cases):
            if case.fold == number:
                scores["account"][i] = account.total(case.values)
                scores["report"][i] = report_odds(scores["account"][i], leaving.total(case.values))
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
        options = sorted({scores[label][i] for i in where})
        guesses = {t: [i not in taken and scores[label][i] >= t for i in main] for t in options}
        most = max(f1(truths, guesses[t])[2] for t in options)
        # of thresholds that are equally good, the one that misses least
        best = min(t for t in options if f1(truths, guesses[t])[2] >= most - NEAR)
        precision, recall, value = f1(truths, guesses[best])
        thresholds[label] = best
        if label == "account":
            taken = {i for i in main if scores[label][i] >= best}
            kept = [t for t in options if f1(truths, guesses[t])[1] >= 0.97]
            thresholds["review"] = max(kept)
            print("review: P/R", f1(truths, guesses[max(kept)])[:2])
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
    data = {"articles": len(found), "brier": round(brier, 3), "error": round(error, 3), "bins": table}
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
    found = []
    for seed in range(options.seed, options.seed + options.repeats):
        share_out(cases, options.folds, seed)
        scores = cross_validate(cases, options.ridge, options.folds)
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
        write(cases, thresholds, scores, options)


def write(
    cases: list[Case], thresholds: dict[str, float], scores: dict[str, list[float]], options: argparse.Namespace
) -> None:
    """Fit on everything and keep it; with `--persons` the decisions on the label stay as they are."""
    person = fit_person(cases)
    heads = {"person": person, "also": fit_also(cases, person)}
    data: dict[str, Any] = json.loads(FILE.read_text("utf-8"))
    if not options.persons:
        measure(cases, person)
        heads["account"] = fit(cases, "account", options.ridge)
        heads["leaving"] = fit(cases, "leaving", options.ridge)
        data["thresholds"] = {k: round(v, 3) for k, v in thresholds.items()}
        data["calibration"] = calibration(cases, scores)
    data |= {name: {"bias": head.bias, "weights": head.weights} for name, head in heads.items()}
    FILE.write_text(json.dumps(data, indent=1) + "\n", "utf-8")
    print("now run: python docs/pictures/weights.py")


if __name__ == "__main__":
    main()
