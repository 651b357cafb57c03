"""Fit `extract/keep.json`, which blocks of a page are its article, on pages with known text.

    python -m bench.train_extraction FOLDER[=WEIGHT] [FOLDER[=WEIGHT] …] [--write]

Each folder has the form that `bench/extract_quality.py` takes; a folder's pages count WEIGHT times, 1 unless given.
Needs LightGBM (`pip install lightgbm`), which the program does not. A block counts as kept where more than half of its runs
of four words stand in the known text; a block's weight is its share of the page's words. The figures come from
cross-validation in which all pages of a site stay on one side: each set's F1 before and after, and the mean difference of
the pages' F1 in points, with 95 % of a bootstrap over sites. Seeds are fixed; the same pages give the same trees.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
import sys
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from rapidfuzz.distance import Indel

from bench.extract_quality import Score, paired, score, set_figures, site_of
from errors import ExtractError
from extract import keep, metadata, structured, text
from extract.article import parsed
from extract.measures import NAMES, Found, measure, runs_of, words_of
from model import Page

FOLDS = 4
ROUNDS = 160
SEEDS = (0, 1)
MOST = 0.2
"""Share of a page's weight that one block may have."""
IN_ORDER = 0.4
"""Share of a block's words that stand in the known text in the page's order, where the block itself is meant."""
PARAMETERS = {
    "objective": "binary",
    "learning_rate": 0.07,
    "num_leaves": 8,
    "min_data_in_leaf": 80,
    "feature_fraction": 0.3,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "lambda_l2": 10.0,
    "max_bin": 63,
    "num_threads": 1,
    "deterministic": True,
    "verbose": -1,
}
FILE = Path(keep.__file__).with_name("keep.json")


@dataclass(slots=True)
class Example:
    """A page: its blocks' measures, what of each a person would take, and the text before and after."""

    site: str
    set: str
    truth: str
    before: str
    weight: float
    values: np.ndarray
    wanted: np.ndarray
    words: np.ndarray
    texts: list[str]

    @property
    def importance(self) -> np.ndarray:
        """Each weighed block's share of what there is to win or lose on the page."""
        total = max(60.0, float((self.words * (self.wanted > 0.5)).sum()))
        return np.asarray(self.weight * np.minimum(MOST, (self.words + 2) / total))


def example(folder: Path, row: dict[str, Any], weight: float) -> Example | None:
    """One page as an example; None where it cannot be read or its text is not the page's own."""
    page = Page(row["url"], gzip.decompress((folder / "pages" / f"{row['id']}.html.gz").read_bytes()))
    try:
        tree = parsed(page)
    except ExtractError:
        return None
    if tree is None:
        return None
    said = structured.read(tree)
    title = metadata.read(tree, said, page).title
    pruned, before = text.found(tree, said)
    found = Found(before)
    blocks = measure(pruned, found, title, said.first(*text.DESCRIPTIONS))
    seen = sum(each.found * len(each.words) for each in blocks)
    chosen = [each for each in blocks if each.values]
    if not found.count or seen < keep.SEEN * found.count or not chosen:
        none = np.zeros(0)
        return Example(site_of(row["url"]), row["set"], row["text"], before, 0, none, none, none, [])
    wanted = np.array(
        [
            share
            for share, each in zip(shares([each.words for each in blocks], row["text"]), blocks, strict=True)
            if each.values
        ]
    )
    return Example(
        site_of(row["url"]),
        row["set"],
        row["text"],
        before,
        weight,
        np.array([each.values for each in chosen], dtype=np.float32),
        wanted,
        np.array([len(each.words) for each in chosen]),
        [each.block.text for each in chosen],
    )


def shares(blocks: list[list[str]], truth: str) -> list[float]:
    """How much of each block, given as its words, stands in the known text.

    By runs of four words; in short ones, and in those that stand on the page twice, by their place in the order.
    """
    wanted = words_of(truth)
    runs = set(runs_of(wanted))
    owner = [index for index, words in enumerate(blocks) for _ in words]
    hits = [0] * len(blocks)
    for step in Indel.opcodes([word for words in blocks for word in words], wanted):
        if step.tag == "equal":
            for at in range(step.src_start, step.src_end):
                hits[owner[at]] += 1
    made = []
    for words, hit in zip(blocks, hits, strict=True):
        own = runs_of(words)
        in_order = hit / max(1, len(words))
        said = sum(run in runs for run in own) / len(own) if len(own) > 2 else in_order
        made.append(said if in_order > IN_ORDER else min(said, in_order))
    return made


def fitted(examples: list[Example]) -> list[Any]:
    """One model for each seed; a block's odds are the mean of theirs."""
    lightgbm = import_module("lightgbm")
    usable = [each for each in examples if each.weight and len(each.words)]
    values = np.vstack([each.values for each in usable])
    wanted = np.concatenate([each.wanted > 0.5 for each in usable]).astype(int)
    weights = np.concatenate([each.importance for each in usable])
    weights *= len(weights) / weights.sum()
    models = []
    for seed in SEEDS:
        data = lightgbm.Dataset(values, wanted, weight=weights)
        models.append(lightgbm.train(PARAMETERS | {"seed": seed}, data, ROUNDS))
    return models


def after(each: Example, models: list[Any]) -> str:
    """The text with the models' opinion, under the rules of `extract.keep.kept`."""
    if not len(each.words):
        return each.before
    odds = np.mean([model.predict(each.values, raw_score=True, num_threads=1) for model in models], axis=0)
    chosen = keep.once([words_of(line) for line in each.texts], list(odds))
    if each.words[chosen].sum() <= keep.LEAST * len(words_of(each.before)):
        return each.before
    return "\n".join(each.texts[index] for index in chosen)


def cross_validated(examples: list[Example]) -> list[str]:
    """Each page's text as a model gives it that has seen no page of its site."""
    sites = sorted({each.site for each in examples})
    random.Random(7).shuffle(sites)
    fold = {site: index % FOLDS for index, site in enumerate(sites)}
    texts = [""] * len(examples)
    for number in range(FOLDS):
        models = fitted([each for each in examples if fold[each.site] != number])
        for index, each in enumerate(examples):
            if fold[each.site] == number:
                texts[index] = after(each, models)
    return texts


def report(examples: list[Example], texts: list[str]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name in sorted({each.set for each in examples}):
        rows = [(each, found) for each, found in zip(examples, texts, strict=True) if each.set == name]
        before: list[Score] = [score(each.truth, each.before) for each, _ in rows]
        now: list[Score] = [score(each.truth, found) for each, found in rows]
        gains = ((each.site, new.f1 - old.f1) for (each, _), old, new in zip(rows, before, now, strict=True))
        made[name] = {"before": set_figures(before), "after": set_figures(now), "gain": paired(gains)}
    return made


def exported(models: list[Any]) -> list[dict[str, Any]]:
    """The trees of all models as JSON, leaves divided by the number of models."""
    trees = []
    for model in models:
        for tree in model.dump_model()["tree_info"]:
            nodes: list[list[Any]] = []
            leaves: list[float] = []
            _node(tree["tree_structure"], nodes, leaves, len(models))
            trees.append({"nodes": nodes, "leaves": leaves})
    return trees


def _node(part: dict[str, Any], nodes: list[list[Any]], leaves: list[float], models: int) -> int:
    if "leaf_value" in part:
        leaves.append(round(part["leaf_value"] / models, 5))
        return ~(len(leaves) - 1)
    at = len(nodes)
    nodes.append([NAMES[part["split_feature"]], float(f"{part['threshold']:.6g}"), 0, 0])
    nodes[at][2] = _node(part["left_child"], nodes, leaves, models)
    nodes[at][3] = _node(part["right_child"], nodes, leaves, models)
    return at


def examples_of(folders: list[str]) -> list[Example]:
    made = []
    for each in folders:
        path, _, weight = each.partition("=")
        for line in (Path(path) / "truth.jsonl").read_text("utf-8").splitlines():
            row = json.loads(line)
            if (one := example(Path(path), row, float(weight or 1))) is not None:
                made.append(one)
        print(f"{path}: {len(made)} pages so far", file=sys.stderr)
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", metavar="FOLDER[=WEIGHT]")
    parser.add_argument("--write", action="store_true", help="fit on all pages and write extract/keep.json")
    options = parser.parse_args()
    examples = examples_of(options.folders)
    figures = report(examples, cross_validated(examples))
    print(json.dumps(figures, indent=1))
    if options.write:
        provenance = {
            "about": "Odds that a block is a part of the article; written by bench/train_extraction.py, not by hand.",
            "pages": {name: each["after"]["pages"] for name, each in figures.items()},
            "sites": len({each.site for each in examples}),
            "gain_on_unseen_sites": {name: each["gain"] for name, each in figures.items()},
        }
        data = provenance | {"trees": exported(fitted(examples))}
        source = json.dumps(data, separators=(",", ":"))
        FILE.write_text(re.sub(r'(\{"nodes")', r"\n\1", source) + "\n", "utf-8")


if __name__ == "__main__":
    main()
