"""A worker whose pages hang, eat memory or kill it, after the page's address; and a daemon that reads with it.

`python misreading.py outspoken.toml` runs that daemon.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import reading
from errors import ExtractError
from model import Entry, Page, Reading, Source

WELL = reading._read


def read(page: Page, source: Source, entry: Entry | None, known: Mapping[str, int] | None) -> Reading:
    """Read a page, unless its address says what becomes of its worker."""
    match page.url.rpartition("/")[2]:
        case "hang":
            time.sleep(60)
        case "spin":
            while True:
                pass
        case "eat":
            bytearray(20_000_000_000)
        case "exit":
            os._exit(3)
        case "crash":
            os.kill(os.getpid(), signal.SIGSEGV)
        case "nest":
            return read(page, source, entry, known)
        case "raise":
            raise ValueError("what\x1b[2J?")
        case "refuse":
            raise ExtractError(f"{page.url}: is no page", subject=page.url)
    return WELL(page, source, entry, known)


if __name__ == "__main__":
    import misreading

    import scheduler
    from commands import base

    base.log_to_terminal(verbose=True)
    reading._read = misreading.read  # by its importable name: workers look it up themselves
    sys.exit(scheduler.run(Path(sys.argv[1])))
