"""The arrows between the rooms: read from the imports themselves."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
GROUND = {
    "delivery",
    "model",
    "errors",
    "config",
    "tables",
    "toml_lines",
    "drift",
    "polling",
    "rates",
    "serving",
    "traces",
    "warc",
}
ROOMS = {"spiders", "extract", "detect", "db", "alerts", "exchange", "samples"}
FLOORS: dict[str, set[str]] = {
    **dict.fromkeys(GROUND, GROUND),
    **{room: GROUND | {room} for room in ROOMS},
    "archive": GROUND | {"db"},
    "reading": GROUND | {"extract", "detect"},
    "evaluation": GROUND,
    "routing": GROUND,
    "verdicts": GROUND | {"alerts", "db"},
    "joining": GROUND | {"db", "detect"},
    "courier": GROUND | {"alerts", "db"},
    "barring": GROUND | {"db", "detect"},
    "retaining": GROUND | {"archive", "db", "forgetting"},
    "listing": GROUND | {"db", "detect", "exchange"},
    "forgetting": GROUND | {"alerts", "archive", "barring", "db"},
    "sites": GROUND | {"db", "extract"},
    "filling": GROUND | {"db", "spiders"},
    "telling": GROUND | {"db", "detect", "joining", "routing"},
    "second_opinion": GROUND,
    "second_reader": GROUND | {"alerts", "db", "second_opinion", "telling"},
    "backtesting": GROUND | {"db", "detect", "joining"},
    "predicting": GROUND | {"db", "detect", "joining"},
    "reloading": GROUND | {"alerts", "verdicts"},
    "pipeline": GROUND
    | ROOMS - {"samples"}
    | {"archive", "barring", "reading", "routing", "sites", "telling", "watching"},
    "websub": GROUND | {"db", "spiders"},
    "watching": GROUND | {"db"},
    "canary": GROUND | {"db", "detect", "pipeline", "spiders", "telling"},
    "scheduler": GROUND
    | ROOMS
    | {
        "canary",
        "filling",
        "forgetting",
        "reading",
        "pipeline",
        "courier",
        "reloading",
        "retaining",
        "second_reader",
        "verdicts",
        "websub",
    },
    "web": GROUND | {"alerts", "archive", "db", "exchange"},
    "commands": GROUND
    | ROOMS
    | {
        "archive",
        "backtesting",
        "forgetting",
        "listing",
        "second_opinion",
        "second_reader",
        "reading",
        "pipeline",
        "predicting",
        "evaluation",
        "scheduler",
        "courier",
        "reloading",
        "routing",
        "verdicts",
        "web",
    },
    "cli": GROUND | {"commands"},
}
ONLY_IN = {
    "scrapy": {"spiders"},
    "twisted": {"spiders"},
    "trafilatura": {"extract"},
    "sqlite_utils": {"db"},
    "sqlite3": {"db"},
    "httpx": {"alerts"},
    "apscheduler": {"scheduler"},
    "pyarrow": {"exchange"},
    "fastwarc": {"warc"},
    "datasette": {"web"},
    "uvicorn": {"web"},
}


def modules() -> Iterator[tuple[str, Path]]:
    """(room or module, file) for every file of the program."""
    for path in sorted(ROOT.rglob("*.py")):
        parts = path.relative_to(ROOT).parts
        if parts[0].startswith(".") or parts[0] in {"tests", "bench", "build", "docs"}:
            continue
        yield parts[0].removesuffix(".py"), path


def imports(path: Path) -> set[str]:
    """Top-level names that a file imports, also inside functions."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize(("owner", "path"), list(modules()), ids=lambda value: str(value).removeprefix(str(ROOT)))
def test_no_arrow_that_should_not_be(owner: str, path: Path) -> None:
    assert owner in FLOORS, f"{path.name}: say in docs/architecture.md and here on which floor it lives"
    ours = {name for name in imports(path) if name in FLOORS}
    forbidden = {name for name in ours if name not in FLOORS[owner] | {owner}}
    assert not forbidden, f"{path.relative_to(ROOT)} may not import {', '.join(sorted(forbidden))}"


@pytest.mark.parametrize(("owner", "path"), list(modules()), ids=lambda value: str(value).removeprefix(str(ROOT)))
def test_a_library_lives_in_one_room(owner: str, path: Path) -> None:
    strays = {name for name in imports(path) & ONLY_IN.keys() if owner not in ONLY_IN[name]}
    assert not strays, f"{path.relative_to(ROOT)} imports {', '.join(sorted(strays))}, which lives elsewhere"


def test_every_module_is_packaged() -> None:
    packaging = (ROOT / "pyproject.toml").read_text("utf-8")
    for owner, path in modules():
        package = ".".join(path.relative_to(ROOT).parent.parts)
        assert f'"{package or owner}"' in packaging, f"{path.relative_to(ROOT)} is missing in pyproject.toml"
