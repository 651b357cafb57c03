"""Photographs of an alert as a mail and as a Slack message, in light and dark, wide and narrow, taken with Chromium.

The mail is the HTML part that is sent. Slack's message is the payload that is sent, drawn by `slack-blocks-to-jsx`, since
nobody can draw it as Slack does but Slack. `screens.json` holds digests of both, by which a test sees when they are old.
"""

from __future__ import annotations

import hashlib
import html
import json
import re
import shutil
import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path

from pydantic import SecretStr

from alerts import letter, slack
from alerts.message import Link, Message
from alerts.signing import Signer
from delivery import Alert

HERE = Path(__file__).parent
BASE = "https://outspoken.example.org"
WIDTHS = {"mail-wide": 720, "mail-narrow": 375, "slack": 640}
NPM = ("slack-blocks-to-jsx@1.1.1", "react@19", "react-dom@19")
TALLEST = 6000
TIME = "2026-11-24T09:30:00"
"""When Slack's message came, as the reader's clock shows it."""


def asking(message: Message, alert: Alert) -> Message:
    """The message with the links that a team with a web interface and verdicts gets."""
    signer = Signer(f"{BASE}/answer", SecretStr("the pictures' own"))
    page = Link("Review page", f"{BASE}/-/accounts/{alert.account_id}")
    return replace(message, links=(page,), verdicts=signer.links(alert, "desk"))


def sources(message: Message) -> dict[str, str]:
    """What the photographs are taken of."""
    return {"mail": letter.html(message), "slack": json.dumps(slack.payload(message, buttons=True))}


def digests(message: Message) -> dict[str, str]:
    """By these a test knows whether the photographs show what the program sends."""
    return {name: hashlib.sha256(text.encode()).hexdigest() for name, text in sources(message).items()}


def take(message: Message) -> None:
    """Take all of them anew."""
    shown = sources(message)
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["npm", "install", "--silent", "--prefix", folder, *NPM], check=True)  # noqa: S603, S607
        for theme in ("light", "dark"):
            pages = {"mail": shown["mail"], "slack": drawn(shown["slack"], Path(folder), theme)}
            for name, width in WIDTHS.items():
                photograph(pages[name.split("-")[0]], HERE / f"{name}-{theme}.webp", width, theme)
    (HERE / "screens.json").write_text(json.dumps(digests(message), indent=1) + "\n", "utf-8")


def drawn(payload: str, folder: Path, theme: str) -> str:
    """Slack's blocks as a page."""
    command = ["node", str(HERE / "slack.mjs"), str(folder), theme, TIME]
    return subprocess.run(command, input=payload, capture_output=True, text=True, check=True).stdout  # noqa: S603


def photograph(page: str, target: Path, width: int, theme: str) -> None:
    """Take one page, as tall as it is."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "page.html"
        measure = f"<iframe id=f width={width} height={TALLEST} srcdoc='{html.escape(page)}'></iframe>"
        script = "f.onload=()=>{document.title=f.contentDocument.body.scrollHeight}"
        # the frame's body is as tall as its window, so what it holds is measured
        script = script.replace("body.scrollHeight", "body.lastElementChild.getBoundingClientRect().bottom")
        file.write_text(f"<!doctype html><meta charset=utf-8>{measure}<script>{script}</script>", "utf-8")
        said = chromium(folder, theme, f"--window-size={width},800", "--dump-dom", file.as_uri())
        height = round(float(re.findall(r"<title>([\d.]+)</title>", said)[0])) + 14
        file.write_text(page, "utf-8")
        chromium(folder, theme, f"--window-size={width},{height}", f"--screenshot={target}", file.as_uri())


def chromium(folder: str, theme: str, *options: str) -> str:
    """Run it once; what it prints."""
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if program is None:
        raise SystemExit("the photographs need Chromium: sh tests/browser.sh")
    scheme = ["--blink-settings=preferredColorScheme=0"] if theme == "dark" else []
    usual = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--user-data-dir={folder}/profile"]
    command = [program, *usual, *scheme, *options]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout  # noqa: S603
