"""Labelled articles, read once, and their division into folds that share no person, name, story or text."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import numpy as np

from detect.corpus import article_of_row
from detect.document import Document
from detect.folding import fold
from detect.people import Frame, frames
from detect.profile import load_profile
from detect.shingles import shingles, words


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
