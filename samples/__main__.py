"""`python -m samples`: serve the outlets until Ctrl-C, for trying by hand and for daemons that come and go."""

from __future__ import annotations

import argparse
import threading
from pathlib import Path

from model import Source
from samples.web import serve

CONFIG = """\
# Written by `python -m samples --write`: the sample outlets, polled every few seconds.
contact = "https://outspoken.invalid/"

[crawl]
delay = 0.0
interval = "3s"
min_interval = "1s"

[alerts]
backlog = 50

[channels.terminal]
type = "terminal"
"""

SOURCE = """
[[source]]
name = "{name}"
url = "{url}"
outlet = "{outlet}"
language = "{language}"
allow_private = true
interval = "3s"
"""


def main(arguments: list[str] | None = None) -> None:
    """Serve until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m samples", description="Serve the sample outlets on loopback.")
    parser.add_argument("--port", type=int, default=0, help="the first outlet's port, the others follow; 0: free ones")
    parser.add_argument("--fast", action="store_true", help="all articles are there at once")
    parser.add_argument("--write", type=Path, metavar="FOLDER", help="write outspoken.toml and sources.toml for it")
    options = parser.parse_args(arguments)
    with serve(0 if options.fast else 1, options.port) as web:
        if options.write:
            write(options.write, web.sources)
        for source in web.sources:
            print(f"{source.name:20} {source.url}", flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            print()


def write(folder: Path, sources: list[Source]) -> None:
    """Write a configuration that watches these sources into a folder, which is made where it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    tables = (SOURCE.format(name=s.name, url=s.url, outlet=s.outlet, language=s.language) for s in sources)
    (folder / "sources.toml").write_text("".join(tables), "utf-8")
    (folder / "outspoken.toml").write_text(CONFIG, "utf-8")


if __name__ == "__main__":
    main()
