"""Only one daemon a database."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from errors import StoreError, StoreLocked


@contextmanager
def only_one(database: Path) -> Iterator[None]:
    """Hold `<database>.lock` while the daemon runs; the system lets go of it however the process ends.

    Raises StoreLocked with the number of the process that has it.
    """
    path = database.with_name(database.name + ".lock")
    try:
        file = path.open("a+", encoding="ascii")
    except OSError as error:
        raise StoreError(f"{path}: cannot be written: {error.strerror}", subject=str(path)) from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            holder = file.read(20).strip() or "unknown"
            sentence = f"{database}: another daemon (process {holder}) works on it; stop that one first"
            raise StoreLocked(sentence, subject=str(database)) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
