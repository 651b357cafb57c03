"""Chromium for tests: where it is, and how to start it so that it asks nobody for anything.

`tests/browser.sh`, which `make test` calls, installs it.
"""

from __future__ import annotations

import os
import shutil

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox",  # Chromium refuses to start as root with it, as tests in a container run
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-gpu",
)
"""Arguments of every start."""


def chromium() -> str:
    """The path of Chromium. Where there is none the test is skipped with a reason; in CI it fails."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None and os.environ.get("CI") == "true":
        pytest.fail("Chromium is missing; tests/browser.sh installs it")
    return found or pytest.skip("needs Chromium; tests/browser.sh installs it")
