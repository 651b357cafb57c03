"""The pictures that the pages show are there, and are what the script makes."""

from __future__ import annotations

import re
from pathlib import Path


def test_every_picture_is_made_by_the_script_and_shown(root: Path) -> None:
    made = set(re.findall(r'\("(web-[\w-]+)", "', (root / "docs" / "pictures" / "pages.py").read_text("utf-8")))
    there = {path.stem for path in (root / "docs" / "pictures").glob("web-*.png")}
    shown = set(re.findall(r"pictures/(web-[\w-]+)\.png", (root / "docs" / "web.md").read_text("utf-8")))
    assert made == there == shown


def test_pictures_stay_small(root: Path) -> None:
    assert all(path.stat().st_size < 400_000 for path in (root / "docs" / "pictures").glob("web-*.png"))
