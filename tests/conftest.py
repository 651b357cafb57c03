"""Fixtures that every room's tests share."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture
def now() -> datetime:
    """A fixed time: tests never ask the wall clock."""
    return datetime(2026, 3, 14, 9, 30, tzinfo=UTC)


@pytest.fixture
def root() -> Path:
    """The folder of the project."""
    return ROOT
