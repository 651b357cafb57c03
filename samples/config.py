"""A configuration that watches the sample outlets."""

from __future__ import annotations

from pathlib import Path

from model import Source

CONFIG = """\
# The sample outlets, polled every few seconds; written anew by each sample run.
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


def write(folder: Path, sources: list[Source]) -> None:
    """Write a configuration that watches these sources into a folder, which is made where it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    tables = (SOURCE.format(name=s.name, url=s.url, outlet=s.outlet, language=s.language) for s in sources)
    (folder / "sources.toml").write_text("".join(tables), "utf-8")
    (folder / "outspoken.toml").write_text(CONFIG, "utf-8")
