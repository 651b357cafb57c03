"""The quality of the extracted text, beside every other extractor that is installed, on pages with known text.

    python -m bench.extract_quality FOLDER [--only NAME …] [--limit N] [--worst N]

FOLDER holds `truth.jsonl`, one page a line with `id`, `set`, `url` and `text` (the article as a person would take it),
and the pages as `pages/ID.html.gz`. Text is compared by the multiset of its runs of four words (scrapinghub's
article-extraction-benchmark): a set's F1 is the harmonic mean of its pages' mean precision and mean recall, `page_f1` the
mean of the pages' own F1. `against` gives the mean difference of the pages' F1 to trafilatura's usual and its precise
mode in points, with 95 % of a paired bootstrap over sites. CPU milliseconds are of this machine and for the text alone,
except that `outspoken`, `newspaper`, `newsplease` and `goose3` cannot be had without metadata. Prints one JSON line for
each extractor. Those not installed are passed over; they are no dependencies of the program.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from statistics import mean
from typing import Any
from urllib.parse import urlsplit

import lxml.html
import trafilatura

from errors import ExtractError
from extract import extract
from extract.decode import text_of
from model import Page

DRAWS = 1_000
Extractor = Callable[[Page, str], str]


@dataclass(frozen=True, slots=True)
class Score:
    """One page's precision (None without a text), recall and F1, 0 to 1."""

    precision: float | None
    recall: float
    f1: float


def score(truth: str, found: str) -> Score:
    wanted, made = _runs(truth), _runs(found)
    both = (wanted & made).total()
    size = wanted.total() + made.total()
    return Score(both / made.total() if made else None, both / max(wanted.total(), 1), 2 * both / size if size else 1.0)


def _runs(text: str) -> Counter[tuple[str, ...]]:
    words = re.findall(r"\w+", text)
    return Counter(tuple(words[at : at + 4]) for at in range(max(len(words) - 3, 1 if words else 0)))


def set_figures(scores: Sequence[Score]) -> dict[str, float]:
    precision = mean([each.precision for each in scores if each.precision is not None] or [0.0])
    recall = mean(each.recall for each in scores)
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return {"f1": round(f1, 4), "page_f1": round(mean(each.f1 for each in scores), 4), "pages": len(scores)}


def paired(differences: Iterable[tuple[str, float]], draws: int = DRAWS) -> list[float]:
    """Mean difference in points and its 95 % interval, where sites, not pages, are drawn."""
    by_site = defaultdict(list)
    for site, difference in differences:
        by_site[site].append(100 * difference)
    sites, drawn = list(by_site.values()), random.Random(1)
    means = []
    for _ in range(draws):
        some = [each for _ in sites for each in drawn.choice(sites)]
        means.append(mean(some))
    means.sort()
    middle = mean(each for some in sites for each in some)
    return [round(each, 2) for each in (middle, means[int(draws * 0.025)], means[int(draws * 0.975)])]


def site_of(url: str) -> str:
    parts = (urlsplit(url).hostname or "").split(".")
    return ".".join(parts[-3:] if len(parts) > 2 and len(parts[-2]) <= 3 else parts[-2:])


def _ours(page: Page, _html: str) -> str:
    return extract(page).text


def _trafilatura(**options: Any) -> Extractor:
    def run(_page: Page, html: str) -> str:
        return trafilatura.extract(html, include_comments=False, include_tables=True, **options) or ""

    return run


def _readability(_page: Page, html: str) -> str:
    return _plain(import_module("readability").Document(html).summary())


def _plain(html: str) -> str:
    """Text of mark-up, with a blank where an element that is no part of a word begins or ends."""
    tree = lxml.html.fromstring(html)
    for element in tree.iter("p", "div", "li", "br", "h1", "h2", "h3", "h4", "td", "blockquote"):
        element.tail = "\n" + (element.tail or "")
    return str(tree.text_content())


def _newspaper(page: Page, html: str) -> str:
    article = import_module("newspaper").Article(page.url)
    article.set_html(html)
    article.parse()
    return str(article.text)


def _newsplease(page: Page, html: str) -> str:
    made = import_module("newsplease").NewsPlease.from_html(html, url=page.url, fetch_images=False)
    return made.maintext or ""


def _resiliparse(_page: Page, html: str) -> str:
    tools = import_module("resiliparse.extract.html2text")
    return str(tools.extract_plain_text(html, main_content=True, alt_texts=False))


def _goose(_page: Page, html: str) -> str:
    return str(import_module("goose3").Goose({"enable_image_fetching": False}).extract(raw_html=html).cleaned_text)


def _justext(_page: Page, html: str) -> str:
    justext = import_module("justext")
    kept = justext.justext(html.encode(), justext.get_stoplist("English"), encoding="utf-8")
    return "\n".join(each.text for each in kept if not each.is_boilerplate)


EXTRACTORS: dict[str, tuple[str, Extractor]] = {
    "trafilatura": ("trafilatura", _trafilatura()),
    "precision": ("trafilatura", _trafilatura(favor_precision=True)),
    "fast": ("trafilatura", _trafilatura(fast=True)),
    "outspoken": ("trafilatura", _ours),
    "readability": ("readability", _readability),
    "newspaper": ("newspaper", _newspaper),
    "newsplease": ("newsplease", _newsplease),
    "resiliparse": ("resiliparse", _resiliparse),
    "goose3": ("goose3", _goose),
    "justext": ("justext", _justext),
}
"""The module that each needs, and how it gives a page's text."""


@dataclass(slots=True)
class Result:
    """What one extractor made of all pages."""

    scores: list[Score]
    milliseconds: float = 0.0
    failed: int = 0


def measure(run: Extractor, folder: Path, truth: Sequence[dict[str, Any]]) -> Result:
    result = Result([])
    for row in truth:
        page = Page(row["url"], gzip.decompress((folder / "pages" / f"{row['id']}.html.gz").read_bytes()))
        html = _text(page)
        began = time.process_time()
        try:
            found = run(page, html)
        except Exception:  # noqa: BLE001  whatever another program raises on a page, it has found no text there
            found, result.failed = "", result.failed + 1
        result.milliseconds += 1000 * (time.process_time() - began)
        result.scores.append(score(row["text"], found))
    return result


def _text(page: Page) -> str:
    try:
        return text_of(page)
    except ExtractError:
        return ""


def report(name: str, truth: Sequence[dict[str, Any]], results: dict[str, Result]) -> dict[str, Any]:
    result = results[name]
    sets = sorted({row["set"] for row in truth})
    made: dict[str, Any] = {
        "extractor": name,
        "ms": round(result.milliseconds / len(truth), 1),
        "failed": result.failed,
    }
    for one in sets:
        at = [index for index, row in enumerate(truth) if row["set"] == one]
        figures: dict[str, Any] = dict(set_figures([result.scores[index] for index in at]))
        for base in ("trafilatura", "precision"):
            if base in results and base != name:
                pairs = ((site_of(truth[i]["url"]), result.scores[i].f1 - results[base].scores[i].f1) for i in at)
                figures[f"against {base}"] = paired(pairs)
        made[one] = figures
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", nargs="*", choices=EXTRACTORS, default=list(EXTRACTORS), help="these extractors")
    parser.add_argument("--limit", type=int, default=0, help="only so many pages")
    parser.add_argument("--worst", type=int, default=0, help="list so many of each extractor's worst pages")
    options = parser.parse_args()
    lines = (options.folder / "truth.jsonl").read_text("utf-8").splitlines()
    truth = [json.loads(line) for line in lines[: options.limit or None]]
    results: dict[str, Result] = {}
    for name in (each for each in EXTRACTORS if each in options.only):
        module, run = EXTRACTORS[name]
        if find_spec(module) is None:
            print(f"{name}: {module} is not installed", file=sys.stderr)
            continue
        results[name] = measure(run, options.folder, truth)
        print(json.dumps(report(name, truth, results)), flush=True)
        ranked = sorted(zip(results[name].scores, truth, strict=True), key=lambda each: each[0].f1)
        for each, row in ranked[: options.worst]:
            print(f"  {each.f1:.3f}  {row['id']}  {row['url']}")


if __name__ == "__main__":
    main()
