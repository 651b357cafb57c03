"""How many findings ordinary news gives: of texts none of which should be an account, those that would be told.

    python -m bench.ordinary_news NEWS.jsonl FOLDER [more …] [-p PROFILE] [--language en] [--show]

A file is JSON lines (docs/definition.md has the form; `id` and `text` are enough) or one text whose first line is its
headline; a folder is all its .jsonl and .txt files. The figures are by 10,000 articles, each with the highest rate that
they leave possible (95 %, Clopper and Pearson 1934), since of few articles even none says little.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from math import exp, lgamma, log
from pathlib import Path
from typing import Any

from detect import load_profile, read
from detect.corpus import article_of_row
from detect.gate import Gate
from model import Article, Finding

KINDS = ("gate", "alert", "report", "review")
PER = 10_000


def rows(path: Path, language: str) -> Iterator[dict[str, Any]]:
    """The articles of a file or folder."""
    if path.is_dir():
        for file in sorted([*path.rglob("*.jsonl"), *path.rglob("*.txt")]):
            yield from rows(file, language)
    elif path.suffix == ".jsonl":
        with path.open(encoding="utf-8") as lines:
            yield from ({"language": language} | json.loads(line) for line in lines if line.strip())
    else:
        title, _, text = path.read_text("utf-8", errors="replace").strip().partition("\n")
        yield {"id": path.stem, "title": title, "text": text.strip(), "language": language}


def kinds(finding: Finding) -> Iterator[str]:
    """What a finding counts as."""
    if finding.tier != "none":
        yield finding.tier
    if finding.label == "report":
        yield "report"


def highest(found: int, of: int, chance: float = 0.05) -> float:
    """The highest share that still gives `found` or fewer `of` so many with that chance, by bisection."""
    low, high = found / of, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _at_most(found, of, middle) > chance else (low, middle)
    return high


def _at_most(found: int, of: int, share: float) -> float:
    if share >= 1.0:
        return float(found >= of)
    whole = lgamma(of + 1)
    return sum(
        exp(whole - lgamma(k + 1) - lgamma(of - k + 1) + k * log(share) + (of - k) * log(1 - share))
        for k in range(found + 1)
    )


def count(articles: Iterator[Article], profile_name: str, *, show: bool) -> tuple[Counter[str], float]:
    """How many articles there are of each kind, and the CPU seconds that reading those past the gate took."""
    profile, found, spent = load_profile(profile_name), Counter[str](), 0.0
    gate = Gate([profile])
    for article in articles:
        found["read"] += 1
        if not gate.passes(f"{article.title}\n{article.text}"):
            continue
        started = time.process_time()
        finding = read(article, profile)
        spent += time.process_time() - started
        what = ("gate", *kinds(finding))
        found.update(what)
        if show and len(what) > 1:
            print(f"{' '.join(what[1:])} {finding.score:.2f} {article.url}: {article.title[:100]}")
    return found, spent


def main() -> None:
    """Run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="+", type=Path)
    parser.add_argument("-p", "--profile", default="islamic_state")
    parser.add_argument("--language", default="en", help="of texts that do not say it")
    parser.add_argument("--show", action="store_true", help="the headline of each finding")
    options = parser.parse_args()
    articles = (article_of_row(row) for path in options.paths for row in rows(path, options.language))
    found, spent = count(articles, options.profile, show=options.show)
    if not found["read"]:
        sys.exit("there is no article in these files")
    print(f"{found['read']} articles, {1000 * spent / max(found['gate'], 1):.1f} ms of CPU each past the gate")
    print("kind     found  per 10,000  at most")
    for kind in KINDS:
        share, most = found[kind] / found["read"], highest(found[kind], found["read"])
        print(f"{kind:<8} {found[kind]:>5}  {PER * share:>10.1f}  {PER * most:>7.1f}")


if __name__ == "__main__":
    main()
