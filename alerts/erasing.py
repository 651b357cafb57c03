"""Taking a case out of the files that channels keep: the feed, and the file of JSON lines."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from lxml import etree

from alerts import feed
from alerts.feed import FeedTable
from alerts.file import FileTable
from traces import Traces

Tables = Mapping[str, Mapping[str, Any]]


def files(tables: Tables) -> dict[Path, str]:
    """The files that the channels of a configuration keep, and the kind of each."""
    found: dict[Path, str] = {}
    for table in tables.values():
        if table.get("type") == "file":
            found[FileTable.model_validate(table).path] = "file"
        elif table.get("type") == "feed":
            found[FeedTable.model_validate(table).path] = "feed"
    return found


def erase(tables: Tables, alerts: Sequence[tuple[str, str]], traces: Traces) -> int:
    """Take alerts (key and time of each) and every other trace out of the files; returns how many entries changed.

    Raises OSError.
    """
    changed = 0
    for path, kind in files(tables).items():
        if path.exists():
            changed += _lines(path, alerts, traces) if kind == "file" else _feed(path, alerts, traces)
    return changed


def _lines(path: Path, alerts: Sequence[tuple[str, str]], traces: Traces) -> int:
    keys, changed = {key for key, _ in alerts}, 0

    def kept(lines: Iterable[bytes]) -> Iterable[bytes]:
        nonlocal changed
        for line in lines:
            left = _line(line, keys, traces)
            changed += left != line
            yield left

    with path.open("rb") as old:
        _replace(path, lambda new: new.writelines(kept(old)))
    return changed


def _line(line: bytes, keys: set[str], traces: Traces) -> bytes:
    """A line without what is to go: empty where it is about that alone."""
    text = line.decode("utf-8", "replace")
    try:
        told = json.loads(text)
    except ValueError:
        return b"" if traces.tells(text) else line
    if isinstance(told, dict) and told.get("id") in keys:
        return b""
    if not _tells(told, traces):
        return line
    return json.dumps(_masked(told, traces), ensure_ascii=False, sort_keys=True).encode() + b"\n"


def _tells(value: Any, traces: Traces) -> bool:
    if isinstance(value, dict):
        return any(_tells(each, traces) for each in value.values())
    if isinstance(value, list):
        return any(_tells(each, traces) for each in value)
    return traces.tells(value)


def _masked(value: Any, traces: Traces) -> Any:
    if isinstance(value, dict):
        return {key: _masked(each, traces) for key, each in value.items()}
    if isinstance(value, list):
        return [_masked(each, traces) for each in value]
    return traces.masked(value) if isinstance(value, str) else value


def _feed(path: Path, alerts: Sequence[tuple[str, str]], traces: Traces) -> int:
    names = {feed.name_of(key, datetime.fromisoformat(created)) for key, created in alerts}
    try:
        root = etree.fromstring(path.read_bytes(), feed.parser())
    except etree.XMLSyntaxError:
        return 0
    changed = 0
    for entry in list(root.iterfind("a:entry", feed.NS)):
        if entry.findtext("a:id", namespaces=feed.NS) in names:
            root.remove(entry)
            changed += 1
        else:
            changed += _mask_entry(entry, traces)
    if changed:
        data = etree.tostring(root, xml_declaration=True, encoding="utf-8")
        _replace(path, lambda new: new.write(data))
    return changed


def _mask_entry(entry: etree._Element, traces: Traces) -> bool:
    found = False
    for each in entry.iter():
        if traces.tells(each.text):
            each.text, found = traces.masked(each.text), True
        for key, value in each.attrib.items():
            if traces.tells(value):
                each.attrib[key], found = traces.masked(value), True
    return found


def _replace(path: Path, write: Callable[[Any], Any]) -> None:
    """Write a file anew; it is whole at every moment."""
    fresh = path.with_name(path.name + ".new")
    with fresh.open("wb") as file:
        write(file)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
