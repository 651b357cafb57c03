"""Tables: CSV for spreadsheets, JSON and Parquet for programs. What these hold `outspoken accounts import` reads back.

A cell of the CSV that a spreadsheet could take for a formula begins with an apostrophe (OWASP: CSV injection).
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, fields
from typing import Any

from errors import ExchangeError
from exchange.records import Case, Telling

CASE = ("account", "profile", "created", "tier", "told", "told_at", "verdict")
HEAD = (*CASE, "verdict_note", "verdict_by", "verdict_at", "corrected")
COLUMNS = (*HEAD, *(each.name for each in fields(Telling)))
"""Columns of a flat row: one for each telling."""
LISTS = ("byline", "aliases", "reasons", "quotes")
_FORMULA = re.compile(r"'*\s*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
_GUARDED = re.compile(r"''*\s*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")


def rows(cases: Sequence[Case]) -> Iterator[dict[str, Any]]:
    """A flat row for each telling, lists as lists."""
    for case in cases:
        last = case.verdicts[-1] if case.verdicts else None
        head = {name: getattr(case, name) for name in CASE}
        head["corrected"] = json.dumps(case.corrected, ensure_ascii=False) if case.corrected else ""
        head |= {f"verdict_{name}": getattr(last, name) if last else "" for name in ("note", "by", "at")}
        for telling in case.tellings:
            yield head | asdict(telling)


def as_csv(cases: Sequence[Case]) -> bytes:
    """A row for each telling, in UTF-8 with the mark by which spreadsheets know it."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([_cell(row[column], column) for column in COLUMNS] for row in rows(cases))
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def as_json(cases: Sequence[Case]) -> bytes:
    """A list of accounts, each with its tellings and verdicts."""
    plain = [asdict(case) for case in cases]
    return json.dumps(plain, ensure_ascii=False, indent=1).encode() + b"\n"


def as_parquet(cases: Sequence[Case]) -> bytes:
    """The rows of the CSV with types: lists are lists, numbers numbers. Raises ExchangeError without pyarrow."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        sentence = "Parquet needs a library that is not installed; get it with: pip install 'outspoken[parquet]'"
        raise ExchangeError(sentence, subject="parquet") from None
    types = {"account": pyarrow.int64(), "age": pyarrow.int64(), "score": pyarrow.float64()}
    types |= dict.fromkeys(LISTS, pyarrow.list_(pyarrow.string()))
    schema = pyarrow.schema([(column, types.get(column, pyarrow.string())) for column in COLUMNS])
    table = pyarrow.Table.from_pylist([row | {name: list(row[name]) for name in LISTS} for row in rows(cases)], schema)
    out = io.BytesIO()
    pyarrow.parquet.write_table(table, out)
    return out.getvalue()


def _cell(value: Any, column: str) -> str:
    if column in LISTS:
        value = joined(value)
    text = "" if value is None else str(value)
    return f"'{text}" if _FORMULA.match(text) else text


def unguarded(cell: str) -> str:
    """What `_cell` was given."""
    return cell[1:] if _GUARDED.match(cell) else cell


def joined(values: Sequence[str]) -> str:
    r"""A list in one cell: values between semicolons; a semicolon of theirs is `\;`, a backslash `\\`."""
    return "; ".join(value.replace("\\", "\\\\").replace(";", "\\;") for value in values)


def parted(cell: str) -> tuple[str, ...]:
    """The list that `joined` wrote, or that somebody wrote with semicolons."""
    parts = re.findall(r"(?:\\.|[^;\\])+", cell, re.DOTALL)
    return tuple(bare for part in parts if (bare := re.sub(r"\\(.)", r"\1", part, flags=re.DOTALL).strip()))
