"""A file of JSON lines: every alert, one line, in the form of the webhook's JSON."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field

from alerts import record
from alerts.base import Channel, ChannelTable
from alerts.redaction import redact
from delivery import DeliveryState, Due, Sent
from errors import DeliveryError

TAIL = 4_000_000
"""Bytes at the end of the file in which a line is looked for that may have been written before a crash."""


class FileTable(ChannelTable):
    """`type = "file"`."""

    type: Literal["file"]
    path: Path = Field(
        description="the file, which is made where it is missing; a relative path starts at the working folder"
    )


@dataclass(eq=False)
class File(Channel):
    """Appends a line and waits until the disk has it."""

    path: Path = Path()

    digests: ClassVar[bool] = False

    async def send(self, due: Due) -> Sent:
        """Append the alert, unless an attempt that was cut short has written it already."""
        alert = redact(due.alert, self.redaction)
        message = self.message(due)
        line = json.dumps(record.record(alert, message), ensure_ascii=False, sort_keys=True) + "\n"
        try:
            await asyncio.to_thread(self._append, line.encode(), message.key if due.unknown else "")
        except OSError as error:
            raise DeliveryError(f"{self.path.name} cannot be written: {error.strerror}") from None
        return Sent(DeliveryState.SENT)

    def _append(self, line: bytes, key: str) -> None:
        if key and any(_id(known) == key for known in _tail(self.path)):
            return
        with self.path.open("ab") as file:
            if _is_torn(self.path):
                file.write(b"\n")
            file.write(line)
            file.flush()
            os.fsync(file.fileno())


def _tail(path: Path) -> Iterator[bytes]:
    if path.exists():
        with path.open("rb") as file:
            file.seek(max(path.stat().st_size - TAIL, 0))
            yield from file


def _id(line: bytes) -> str:
    try:
        return str(json.loads(line)["id"])
    except (ValueError, KeyError, TypeError):
        return ""


def _is_torn(path: Path) -> bool:
    """Whether the file ends within a line, as after a loss of power."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(size - 1, 0))
        return size > 0 and file.read(1) != b"\n"


def build(name: str, table: FileTable) -> File:
    """The channel of a table."""
    return File(name, table.redaction, table.timeout, path=table.path)
