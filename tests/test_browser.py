"""What the tests drive in a browser is a real one."""

from __future__ import annotations

import subprocess
from pathlib import Path

import browser


def test_the_browser_runs_scripts(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(
        "<p id=p>before</p><script>document.getElementById('p').textContent = 'a' + 'fter'</script>", "utf-8"
    )
    command = [browser.chromium(), "--headless", *browser.FLAGS, f"--user-data-dir={tmp_path / 'user'}", "--dump-dom"]
    shown = subprocess.run([*command, page.as_uri()], capture_output=True, text=True, timeout=60, check=True).stdout
    assert ">after</p>" in shown
