"""Where each key of a TOML file stands, so that a mistake can be shown with its line.

`tomllib` gives values without places. This reads table headers and keys by line, which is enough to point at them;
what it cannot follow (a key inside a multi-line value) is answered with the nearest enclosing key.
"""

from __future__ import annotations

import re
from collections import Counter

_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"""^\s*((?:"[^"]*"|'[^']*'|[\w-]+)(?:\s*\.\s*(?:"[^"]*"|'[^']*'|[\w-]+))*)\s*=""")
_PART = re.compile(r"""\s*("[^"]*"|'[^']*'|[\w-]+)\s*(?:\.|$)""")

Path = tuple[str | int, ...]


def lines(text: str) -> dict[Path, int]:
    """Map every key path of `text`, such as `("source", 2, "url")`, to its line, counted from 1."""
    found: dict[Path, int] = {}
    counts: Counter[Path] = Counter()
    table: Path = ()
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            table = _open(_parts(header[2]), header[1] == "[[", counts)
            found.setdefault(table, number)
        elif key := _KEY.match(line):
            found.setdefault(table + _parts(key[1]), number)
    return found


def line_of(found: dict[Path, int], path: Path) -> int | None:
    """The line of `path`, or of the nearest table that encloses it."""
    for length in range(len(path), 0, -1):
        if path[:length] in found:
            return found[path[:length]]
    return None


def _open(name: tuple[str, ...], array: bool, counts: Counter[Path]) -> Path:
    path: Path = ()
    for part in name[:-1]:  # a table below an array's belongs to the array's last one
        path += (part,)
        path += (counts[path] - 1,) if counts[path] else ()
    path += name[-1:]
    if not array:
        return path
    counts[path] += 1
    return (*path, counts[path] - 1)


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in _PART.findall(dotted))
