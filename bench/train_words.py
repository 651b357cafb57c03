"""Fit the lexical reader (`detect/words.json`), together with the features: `bench/train_detection.py` calls it.

A vocabulary from our own texts, each word's rarity, and a logistic regression with a ridge for each of the two
decisions. Words that the languages' files know as cues keep the sign of their cue.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from detect.corpus import article_of_row
from detect.lexicon import lexicon
from detect.wordlists import given_names
from detect.words import FILE, Table, words_of

OWN = Path(__file__).parent.parent / "tests" / "detect" / "corpus"
STORIES = {"en": 5}
FEWEST = 3
"""Stories of ours that must use a word; most of our texts are English."""
FOR = ("leave", "break_away", "former", "interview", "anonymous", "pseudonym", "first_person")
AGAINST = ("captive", "hostage", "fiction", "state", "attempted", "authority", "relative_tells", "expert")
RIDGE = 0.2
Matrix = np.ndarray[Any, np.dtype[np.float64]]


def vocabulary(folder: Path = OWN) -> list[tuple[str, str]]:
    """Language and word of all words that may carry weight: no names, and no small words, which only show a style."""
    stories: dict[tuple[str, str], set[str]] = defaultdict(set)
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.read_text("utf-8").splitlines():
            row = json.loads(line)
            for word in words_of(article_of_row(row)):
                stories[row["language"], word].add(str(row.get("story") or row["id"]))
    common = {key for key, held in stories.items() if len(held) >= STORIES.get(key[0], FEWEST)}
    return sorted(key for key in common if key[1] not in lexicon(key[0]).stopwords | given_names())


@dataclass
class Words:
    """All articles by all words of the vocabulary: 1 / norm × rarity, 0 where an article lacks the word."""

    names: list[tuple[str, str]]
    rarity: Matrix
    matrix: Matrix

    @classmethod
    def of(cls, rows: Sequence[Mapping[str, Any]]) -> Words:
        """Read the articles."""
        names = vocabulary()
        place = {name: number for number, name in enumerate(names)}
        matrix = np.zeros((len(rows), len(names)))
        for number, row in enumerate(rows):
            article = article_of_row(dict(row))
            language = article.language[:2].lower()
            for word in words_of(article):
                if (language, word) in place:
                    matrix[number, place[language, word]] = 1.0
        rarity = np.log((1 + len(rows)) / (1 + matrix.sum(0)))
        matrix *= rarity
        return cls(names, rarity, matrix / np.maximum(np.linalg.norm(matrix, axis=1, keepdims=True), 1e-9))

    def bounds(self) -> tuple[Matrix, Matrix]:
        """Least and most of each weight."""
        low, high = np.full(len(self.names), -np.inf), np.full(len(self.names), np.inf)
        for number, (language, word) in enumerate(self.names):
            known = lexicon(language)
            good = any(known[kind].fullmatch(word) for kind in FOR)
            bad = any(known[kind].fullmatch(word) for kind in AGAINST)
            low[number] = 0.0 if good and not bad else low[number]
            high[number] = 0.0 if bad and not good else high[number]
        return low, high

    def fit(self, train: Matrix, truth: Matrix, weight: Matrix, steps: int = 400) -> Matrix:
        """Weights by projected, accelerated gradient; both classes count alike. The last one is the intercept."""
        x, y = self.matrix[train], truth[train]
        share = weight[train] * np.where(y == 1, (weight[train] * (1 - y)).sum() / (weight[train] * y).sum(), 1.0)
        share /= share.sum()
        low, high = self.bounds()
        rate = 1 / (0.25 * (1 + float((share[:, None] * x**2).sum())) + RIDGE / len(x))
        w, b = np.zeros(x.shape[1]), 0.0
        ahead, ahead_b, turn = w, b, 1.0
        for _ in range(steps):
            error = share * (1 / (1 + np.exp(-(x @ ahead + ahead_b))) - y)
            new = np.clip(ahead - rate * (x.T @ error + RIDGE * ahead / len(x)), low, high)
            new_b = ahead_b - rate * float(error.sum())
            following = (1 + (1 + 4 * turn * turn) ** 0.5) / 2
            pace = (turn - 1) / following
            ahead, ahead_b, turn = new + pace * (new - w), new_b + pace * (new_b - b), following
            w, b = new, new_b
        return np.append(w, b)


def table(words: Words, account: Matrix, leaving: Matrix) -> Table:
    """The fitted weights as `detect.words` reads them; words that add nothing are left out."""
    found: dict[str, dict[str, tuple[float, float, float]]] = defaultdict(dict)
    for number, (language, word) in enumerate(words.names):
        rarity, *pair = (round(float(row[number]), 3) for row in (words.rarity, account, leaving))
        if any(pair):
            found[language][word] = (rarity, pair[0], pair[1])
    return found


def write(found: Table) -> None:
    """Keep the fitted weights."""
    lines = [
        f" {json.dumps(language)}: {{\n"
        + ",\n".join(f"  {json.dumps(word, ensure_ascii=False)}: {list(row)}" for word, row in rows.items())
        + "\n }"
        for language, rows in sorted(found.items())
    ]
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")
