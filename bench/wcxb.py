"""Bring the articles of the Web Content eXtraction Benchmark into the form that `bench/extract_quality.py` takes.

    python -m bench.wcxb CHECKOUT FOLDER

CHECKOUT holds the benchmark's `dev` and `test` (Murrough-Foley/web-content-extraction-benchmark, CC BY 4.0), FOLDER is
made. Only pages of type `article` are taken. Those whose address says that they are a blog are the set `wcxb_blogs`, the
others `wcxb_others`; a set is only a line in the figures, training makes no difference between them.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

BLOGS = re.compile(r"blog|wordpress|medium\.com|substack|tumblr")


def row(truth: dict[str, Any], name: str) -> dict[str, str]:
    url = truth.get("url") or truth["ground_truth"].get("url") or ""
    text = truth["ground_truth"].get("main_content") or ""
    return {"id": name, "set": "wcxb_blogs" if BLOGS.search(url) else "wcxb_others", "url": url, "text": text}


def taken(checkout: Path, folder: Path) -> list[dict[str, str]]:
    """The rows of all articles, by part and file; their pages are copied into `folder`."""
    rows = []
    for file in sorted(checkout.glob("*/ground-truth/*.json")):
        truth = json.loads(file.read_text("utf-8"))
        part = file.parent.parent
        page = part / "html" / f"{file.stem}.html.gz"
        if truth["_internal"]["page_type"]["primary"] == "article" and page.exists():
            rows.append(row(truth, f"wcxb-{part.name}-{file.stem}"))
            shutil.copyfile(page, folder / "pages" / f"{rows[-1]['id']}.html.gz")
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkout", type=Path)
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    (options.folder / "pages").mkdir(parents=True, exist_ok=True)
    rows = taken(options.checkout, options.folder)
    lines = (json.dumps(each) + "\n" for each in rows)
    (options.folder / "truth.jsonl").write_text("".join(lines), "utf-8")
    print(json.dumps(Counter(each["set"] for each in rows)))


if __name__ == "__main__":
    main()
