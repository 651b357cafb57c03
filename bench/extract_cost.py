"""CPU time of one page: all of `extract` beside trafilatura alone, the pre-filter's text and the quick look, in one run.

    python bench/extract_cost.py FOLDER [--limit N]

FOLDER holds saved pages (.html or .html.gz). Prints one JSON line: CPU milliseconds a page (mean and median), and how
many times trafilatura's time the thorough extraction takes. Absolute times are the machine's; the ratios are ours.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import mean, median

sys.path.insert(0, str(Path(__file__).parent.parent))

import trafilatura

from errors import ExtractError
from extract import extract, quick, visible_text
from model import Page


def load(path: Path) -> Page:
    body = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return Page(f"https://bench.invalid/{path.name}", body)


def bare(page: Page) -> None:
    trafilatura.bare_extraction(page.body, url=page.url, with_metadata=True)


def milliseconds(work: Callable[[Page], object], page: Page) -> float:
    began = time.process_time()
    try:
        work(page)
    except ExtractError as error:
        print(error, file=sys.stderr)
    return (time.process_time() - began) * 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--limit", type=int, default=0, help="only so many pages")
    options = parser.parse_args()
    paths = sorted(each for each in options.folder.rglob("*.htm*") if each.is_file())
    pages = [load(path) for path in paths[: options.limit or None]]
    if not pages:
        parser.error(f"{options.folder} holds no .html or .html.gz files")
    works: dict[str, Callable[[Page], object]] = {
        "extract": extract,
        "trafilatura": bare,
        "visible_text": visible_text,
        "quick": quick,
    }
    for work in works.values():
        work(pages[0])  # load models and caches before the clock runs
    times: dict[str, list[float]] = {name: [] for name in works}
    for page in pages:
        for name, work in works.items():
            times[name].append(milliseconds(work, page))
    figures = {name: {"mean_ms": round(mean(t), 1), "median_ms": round(median(t), 1)} for name, t in times.items()}
    ratio = round(sum(times["extract"]) / sum(times["trafilatura"]), 2)
    kilobytes = round(mean(len(page.body) for page in pages) / 1000)
    print(json.dumps({"pages": len(pages), "kilobytes": kilobytes, **figures, "extract_to_trafilatura": ratio}))


if __name__ == "__main__":
    main()
