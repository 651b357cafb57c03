"""`python -m samples`: serve the outlets until Ctrl-C, for trying by hand and for daemons that come and go."""

from __future__ import annotations

import argparse
import threading
from pathlib import Path

from samples.config import write
from samples.web import serve


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


if __name__ == "__main__":
    main()
