"""Nations as texts name them: countries and their people in nine languages, and well-known cities (`detect/data`)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path

DATA = Path(__file__).parent / "data"


@cache
def _stems(file: str) -> tuple[re.Pattern[str], dict[str, str]]:
    """One pattern for all stems, and the code of each."""
    data: dict[str, list[str]] = tomllib.loads((DATA / file).read_text("utf-8"))
    codes = {stem: code for code, stems in data.items() for stem in stems}
    ordered = sorted(codes, key=lambda stem: (-len(stem), stem))
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(f'({_one(stem)})' for stem in ordered)})")
    return pattern, {str(number): codes[stem] for number, stem in enumerate(ordered, 1)}


def _one(stem: str) -> str:
    return re.escape(stem[:-1]) + r"(?!\w)" if stem.endswith("$") else re.escape(stem) + r"\w{0,8}(?!\w)"


@lru_cache(maxsize=4096)
def nation_of(folded: str) -> str:
    """The nation that a folded text names first (ISO 3166-1 alpha-2); empty where none."""
    return next((code for _, _, code in nations_in(folded)), "")


def nations_in(folded: str) -> Iterator[tuple[int, int, str]]:
    """(start, end, code) of every nation named in a folded text."""
    yield from _found("nations.toml", folded)


def cities_in(folded: str) -> Iterator[tuple[int, int, str]]:
    """(start, end, code) of every well-known city or region named in a folded text."""
    yield from _found("cities.toml", folded)


def _found(file: str, folded: str) -> Iterator[tuple[int, int, str]]:
    pattern, codes = _stems(file)
    for match in pattern.finditer(folded):
        yield match.start(), match.end(), codes[str(match.lastindex)]
