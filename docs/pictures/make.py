"""The pictures of an alert: `alert.json` as the terminal (`alert.svg`) and a mail's plain part (`alert.txt`) show it.

    python docs/pictures/make.py                       # alert.json -> alert.svg, alert.txt, the block in README.md
    python docs/pictures/make.py --take DATABASE KEY   # first take another alert, such as account-12, out of a database
    python docs/pictures/make.py --screens             # also photograph the mail and the Slack message (Chromium, Node)

The alert is one that `outspoken run` made on the sample outlets; only its loopback addresses are made readable.
"""

from __future__ import annotations

import argparse
import importlib.util
import io
import re
from pathlib import Path
from types import ModuleType

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console

from alerts import letter
from alerts.message import Message, message
from alerts.redaction import Redaction
from alerts.terminal import panel
from db import Store, codec
from delivery import Alert

HERE = Path(__file__).parent
README = HERE.parent.parent / "README.md"
WIDTH = 96
NO_FONTS = re.sub(r"@font-face \{\{.*?\}\}\s*", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
"""Rich's picture fetches its font from another host; a monospace font of the reader's will do."""
BLOCK = re.compile(r"(<!-- alert\.txt -->\n```text\n).*?(```\n<!-- /alert\.txt -->)", re.DOTALL)


def kept() -> Alert:
    """The alert."""
    return codec.loads(Alert, (HERE / "alert.json").read_text("utf-8"))


def shown() -> Message:
    """The alert as a channel without redaction shows it."""
    return message(kept(), Redaction())


def screens() -> ModuleType:
    """The module beside this one that takes photographs."""
    spec = importlib.util.spec_from_file_location("screens", HERE / "screens.py")
    if spec is None or spec.loader is None:
        raise ImportError("screens.py is missing")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def asked() -> Message:
    """The same with links to the web interface and to verdicts."""
    return screens().asking(shown(), kept())  # type: ignore[no-any-return]


def svg() -> str:
    """The terminal's panel as a picture."""
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(panel(shown()))
    picture = console.export_svg(title="outspoken run", code_format=NO_FONTS, unique_id="alert")
    return "\n".join(line.rstrip() for line in picture.splitlines()) + "\n"


def text() -> str:
    """The plain part of the mail."""
    return "\n".join(line.rstrip() for line in letter.text(shown()).splitlines()) + "\n"


def readme(page: str) -> str:
    """A page with the text of the alert put into its block."""
    return BLOCK.sub(lambda found: found[1] + text() + found[2], page)


def take(database: Path, key: str) -> None:
    """Keep one alert of a database as `alert.json`."""
    with Store.open(database, readonly=True) as store:
        row = store._c.one("SELECT payload FROM alerts WHERE key = ?", key)
    if row is None:
        raise SystemExit(f"{database} has no alert {key}")
    alert = codec.loads(Alert, row["payload"])
    outlet = re.sub(r"\W+", "-", alert.article.outlet.lower()) if alert.article else "outlet"
    payload = re.sub(r"http://127\.0\.0\.1:\d+", f"https://{outlet}.example", row["payload"])
    (HERE / "alert.json").write_text(payload + "\n", "utf-8")


def main() -> None:
    """Make all of them anew."""
    parser = argparse.ArgumentParser(description="Make the pictures of an alert anew.")
    parser.add_argument("--take", nargs=2, metavar=("DATABASE", "KEY"), help="take this alert instead")
    parser.add_argument("--screens", action="store_true", help="photograph the mail and the Slack message")
    options = parser.parse_args()
    if options.take:
        take(Path(options.take[0]), options.take[1])
    (HERE / "alert.svg").write_text(svg(), "utf-8")
    (HERE / "alert.txt").write_text(text(), "utf-8")
    if options.screens:
        screens().take(asked())
    if README.exists():
        README.write_text(readme(README.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
