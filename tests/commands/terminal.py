"""The command as somebody types it: in this process where that will do, else in one of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import unicodedata
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from cli import main

ROOT = Path(__file__).parent.parent.parent
HOSTILE = "[red]ISIS[/red] defector \x1b[2J\x1b]8;;https://evil.example\x07 \x9b31m \u202egnp.exe \u2066x \x00 <b>&"
"""A title that tries a terminal's patience."""


def outspoken(*args: str | Path, env: dict[str, str] | None = None) -> Result:
    """Run the command here, in the current folder."""
    result = CliRunner().invoke(main, [str(arg) for arg in args], env=env, prog_name="outspoken")
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    return result


def start(*args: str | Path, at: Path, **streams: Any) -> subprocess.Popen[str]:
    """Start the command in a process of its own."""
    named = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | streams
    env = os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "200"}
    return subprocess.Popen([sys.executable, "-m", "cli", *map(str, args)], cwd=at, env=env, text=True, **named)


def process(*args: str | Path, at: Path) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own."""
    with start(*args, at=at) as running:
        out, err = running.communicate(timeout=60)
    return subprocess.CompletedProcess(args, running.returncode, out, err)


def rows(text: str) -> list[Any]:
    """JSON values, one a line."""
    return [json.loads(line) for line in text.splitlines()]


def sentence(text: str) -> str:
    """What was said on standard error: no traceback, and nothing that a terminal obeys."""
    assert "Traceback" not in text
    assert_plain(text)
    return " ".join(text.split())


def assert_plain(text: str) -> None:
    """No control character, nothing that turns a line around, no colour."""
    assert not [c for c in text if c != "\n" and unicodedata.category(c) in ("Cc", "Cs")], ascii(text)
    assert not set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f") & set(text), ascii(text)
