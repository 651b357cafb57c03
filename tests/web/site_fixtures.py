"""The database of invented people, filled once and copied for each test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from served import Served, fill, serve

NOW = datetime(2026, 3, 14, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, int]]:
    """The database and its accounts' numbers by short names."""
    path = tmp_path_factory.mktemp("web") / "outspoken.db"
    return path, fill(path, NOW)


@pytest.fixture
def database(filled: tuple[Path, dict[str, int]], tmp_path: Path) -> Path:
    """A copy of its own."""
    return Path(shutil.copy(filled[0], tmp_path / "outspoken.db"))


@pytest.fixture
def here(database: Path, filled: tuple[Path, dict[str, int]], now: datetime) -> Iterator[Served]:
    """Open to this machine, as without any configuration."""
    with serve(database, now, filled[1]) as served:
        yield served
