"""Nations as texts name them: countries and their people in nine languages, and well-known cities (`detect/data`)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path

DATA = Path(__file__).parent / "data"


Stems = dict[str, tuple[re.Pattern[str], list[str]]]


@cache
def _stems(file: str) -> tuple[re.Pattern[str], Stems]:
    """Where a stem can begin, and for each first letter one pattern for its stems with their codes."""
    data: dict[str, list[str]] = tomllib.loads((DATA / file).read_text("utf-8"))
    codes = {stem: code for code, stems in data.items() for stem in stems}
    letters: dict[str, list[str]] = {}
    for stem in sorted(codes, key=lambda stem: (-len(stem), stem)):
        letters.setdefault(stem[0], []).append(stem)
    first = re.compile(rf"(?<!\w)[{re.escape(''.join(letters))}]")
    return first, {
        letter: (re.compile("|".join(f"({_one(stem)})" for stem in stems)), [codes[stem] for stem in stems])
        for letter, stems in letters.items()
    }


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
    first, stems = _stems(file)
    position = 0
    while start := first.search(folded, position):
        pattern, codes = stems[start[0]]
        match = pattern.match(folded, start.start())
        if match is not None and match.lastindex is not None:
            yield match.start(), match.end(), codes[match.lastindex - 1]
        position = match.end() if match else start.end()
