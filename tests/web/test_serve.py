"""`outspoken serve` as a program: where it listens, what it refuses, how it ends, and what it leaves to the daemon."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner
from served import Served, token

from cli import main
from db import Store
from web import passwords

pytest_plugins = ("site_fixtures",)
OUTSPOKEN = Path(sys.executable).with_name("outspoken")


def configured(database: Path, web: str = "") -> Path:
    path = database.parent / "outspoken.toml"
    path.write_text(f'database = "{database.name}"\n{web}')
    return path


@contextmanager
def running(config: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The command, and the address that it says it serves at."""
    command = [str(OUTSPOKEN), "-c", str(config), "serve", "--port", "0", *options]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env={**os.environ, "COLUMNS": "300"})
    assert process.stderr is not None
    try:
        said = process.stderr.readline()
        found = re.search(r"http://\S+", said)
        assert found, said
        yield process, found[0].rstrip("/")
    finally:
        process.kill()
        process.wait(10)
        process.stderr.close()


def answered(url: str) -> httpx.Response:
    for _ in range(300):
        try:
            return httpx.get(f"{url}/-/accounts", trust_env=False)
        except httpx.TransportError:
            time.sleep(0.05)
    pytest.fail("nothing answers")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_until_it_is_told_to_stop(database: Path, number: int) -> None:
    with running(configured(database)) as (process, url):
        assert "Karim" in answered(url).text
        process.send_signal(number)
        assert process.wait(15) in (0, -number)
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()


def call(config: Path, *words: str, typed: str | None = None) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["-c", str(config), *words], input=typed, env={"COLUMNS": "300"})
    return result.exit_code, result.output


def test_a_port_that_is_taken_is_said_in_a_sentence(database: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        code, said = call(configured(database), "serve", "--port", port)
    assert code == 1
    assert f"127.0.0.1:{port}: cannot be listened on: Address already in use; choose another with --port" in said


def test_without_a_database_it_says_what_makes_one(tmp_path: Path) -> None:
    code, said = call(configured(tmp_path / "none.db"), "serve")
    assert code == 2
    assert "none.db does not exist yet; `outspoken run` makes it" in said
    assert not (tmp_path / "none.db").exists()


def test_beyond_this_machine_it_is_refused_until_somebody_vouches(database: Path) -> None:
    code, said = call(configured(database), "serve", "--host", "0.0.0.0")
    assert code == 2
    assert "web.host: is 0.0.0.0, which others reach: set passwords, or user_header and proxies" in said


def test_check_tells_the_mistakes_of_the_table_too(database: Path) -> None:
    (database.parent / "sources.toml").write_text("")
    code, said = call(configured(database, '[web]\nhost = "0.0.0.0"\n'), "check")
    assert code == 2
    assert "web.host" in said
    code, said = call(configured(database, '[web.passwords]\nada = "env:NOBODY_SET_THIS"\n'), "check")
    assert code == 2
    assert "NOBODY_SET_THIS: is not set" in said


def test_a_hash_is_made_of_a_password_that_is_typed_twice(database: Path) -> None:
    word = "correct horse battery"
    code, said = call(configured(database), "serve", "--hash", typed=f"{word}\n{word}\n")
    assert code == 0
    assert passwords.matches(word, said.strip().splitlines()[-1])
    assert word not in said
    code, said = call(configured(database), "serve", "--hash", typed="short\nshort\n")
    assert code == 2
    assert "at least 12 characters" in said


def test_pages_that_are_open_do_not_keep_the_file_from_being_written_anew(here: Served) -> None:
    """Forgetting writes the whole file anew, and says so where a reader keeps old pages alive."""
    with here.client() as client:
        for page in ("/-/accounts", "/-/overview", "/-/sources", "/outspoken/articles"):
            assert client.get(page).status_code == 200
        with Store.open(here.path) as store:
            store.sweep()
        assert "Karim" in client.get("/-/accounts").text
        assert client.post("/-/review/1/confirm", data={"csrftoken": token(client)}).status_code == 303


def test_the_unit_starts_the_pages_and_is_shut_in(root: Path) -> None:
    text = (root / "deploy" / "outspoken-web.service").read_text("utf-8")
    assert "ExecStart=/opt/outspoken/bin/outspoken -c /etc/outspoken/outspoken.toml serve\n" in text
    assert "ProtectSystem=strict" in text
    assert "NoNewPrivileges=yes" in text
