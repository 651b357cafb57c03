"""`outspoken init`, `check`, `run` where something is missing, and what every command has in common."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from terminal import outspoken, process, sentence

from cli import main


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


# --- help ------------------------------------------------------------------------------------------------------
def commands(group: click.Group, *path: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name, command in group.commands.items():
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from commands(command, *path, name)


@pytest.mark.parametrize("path", [path for path, command in commands(main) if not isinstance(command, click.Group)])
def test_every_command_has_help_with_an_example(path: tuple[str, ...]) -> None:
    result = outspoken(*path, "--help")
    assert result.exit_code == 0
    assert f"Example: outspoken {' '.join(path)}" in " ".join(result.output.split())


@pytest.mark.parametrize("path", [(), *(path for path, command in commands(main) if isinstance(command, click.Group))])
def test_every_group_lists_its_commands(path: tuple[str, ...]) -> None:
    result = outspoken(*path, "--help")
    assert result.exit_code == 0
    assert "Commands:" in result.output


def test_version_and_unknown_command() -> None:
    assert outspoken("--version").output.startswith("outspoken ")
    result = outspoken("crwl")
    assert result.exit_code == 2
    assert "No such command" in result.stderr


# --- init ------------------------------------------------------------------------------------------------------
def test_init_writes_both_files_which_check_takes(folder: Path) -> None:
    result = outspoken("init")
    assert result.exit_code == 0, result.output
    assert "outspoken check" in result.output
    assert {path.name for path in folder.iterdir()} == {"outspoken.toml", "sources.toml"}
    result = outspoken("check")
    assert (result.exit_code, result.output) == (0, "outspoken.toml: all is well.\n")


def test_init_does_not_write_over_anything(folder: Path) -> None:
    (folder / "sources.toml").write_text("# mine\n")
    result = outspoken("init")
    assert result.exit_code == 2
    assert sentence(result.stderr) == "sources.toml: exists; --force writes over it"
    assert not (folder / "outspoken.toml").exists(), "not by halves"
    assert (folder / "sources.toml").read_text() == "# mine\n"
    assert outspoken("init", "--force").exit_code == 0
    assert "[[source]]" in (folder / "sources.toml").read_text()


def test_init_where_nothing_can_be_written() -> None:
    result = outspoken("-c", "none/outspoken.toml", "init")
    assert result.exit_code == 2
    assert sentence(result.stderr) == "none/outspoken.toml: cannot be written: No such file or directory"


# --- check -----------------------------------------------------------------------------------------------------
WRONG = """\
databse = "x.db"
alert_channels = ["desk"]

[crawl]
delay = "fast"

[channels.team]
type = "webhook"
url = "https://hooks.example.org/x"
secret = "env:OUTSPOKEN_NO_SUCH_SECRET"

[channels.bird]
type = "pigeon"
"""
SOURCES = '[[source]]\nname = "a b"\nurl = "ftp://x"\n\n[[source]]\nname = "c"\nurl = "https://c.example/"\nknd = 1\n'


@pytest.fixture
def wrong(folder: Path) -> list[str]:
    """A configuration with mistakes everywhere, and where they are."""
    (folder / "outspoken.toml").write_text(WRONG)
    (folder / "sources.toml").write_text(SOURCES)
    return [
        "outspoken.toml:1: databse: is not a known key",
        'outspoken.toml:2: alert_channels: has no channel named "desk"',
        "outspoken.toml:5: crawl.delay: ",
        "outspoken.toml:10: channels.team.secret: env:OUTSPOKEN_NO_SUCH_SECRET is not set",
        "outspoken.toml:13: channels.bird.type: must be one of ",
        "sources.toml:2: source.0.name: ",
        "sources.toml:3: source.0.url: ",
        "sources.toml:8: source.1.knd: is not a known key",
    ]


def test_check_says_everything_at_once_with_file_and_line(wrong: list[str]) -> None:
    result = outspoken("check")
    assert result.exit_code == 2
    lines = result.stdout.splitlines()
    assert len(lines) == len(wrong), lines
    for expected in wrong:
        assert sum(line.startswith(expected) for line in lines) == 1, expected


def test_check_for_programs(wrong: list[str]) -> None:
    result = outspoken("check", "--json")
    assert result.exit_code == 2
    found = json.loads(result.stdout)
    assert len(found["problems"]) == len(wrong)
    assert found["warnings"] == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('database = "a"\n[crawl\n', "outspoken.toml:2: is not valid TOML"),
        ('profiles = ["no_such_profile"]\n', "no_such_profile"),
        ('[alerts]\nops = ["pager"]\n', 'outspoken.toml:2: alerts.ops: has no channel named "pager"'),
        ('sources = "none.toml"\n', "none.toml: cannot be read"),
    ],
)
def test_check_says_what_is_wrong(folder: Path, text: str, said: str) -> None:
    (folder / "sources.toml").write_text("")
    (folder / "outspoken.toml").write_text(text)
    result = outspoken("check")
    assert result.exit_code == 2
    assert said in sentence(result.stdout)
    assert len(result.stdout.splitlines()) == 1


def test_check_looks_at_the_database_and_makes_none(folder: Path) -> None:
    outspoken("init")
    outspoken("check")
    assert not (folder / "outspoken.db").exists()
    (folder / "outspoken.db").write_text("no database" * 100)
    result = outspoken("check")
    assert result.exit_code == 2
    assert "not a SQLite database" in sentence(result.stdout)


def test_a_secret_is_never_shown(folder: Path) -> None:
    (folder / "sources.toml").write_text("")
    (folder / "outspoken.toml").write_text(
        '[channels.team]\ntype = "webhook"\nurl = "https://hooks.example.org/x"\nsecret = "hunter2-in-clear"\n'
    )
    for args in (("check",), ("check", "--json"), ("run",)):
        result = outspoken("-c", folder / "outspoken.toml", *args)
        assert result.exit_code == 2
        assert "env:NAME" in result.output
        assert "hunter2" not in result.output


# --- run -------------------------------------------------------------------------------------------------------
def test_run_with_a_path_that_does_not_exist_says_the_way_out(folder: Path) -> None:
    done = process("-c", "conf/outspoken.toml", "run", at=folder)
    assert done.returncode == 2
    assert sentence(done.stderr) == (
        "conf/outspoken.toml: cannot be read: No such file or directory; `outspoken init` writes a new one"
    )
    assert list(folder.iterdir()) == []


def test_run_refuses_a_channel_that_does_not_exist(folder: Path, wrong: list[str]) -> None:
    (folder / "outspoken.toml").write_text('alert_channels = ["desk"]\n')
    (folder / "sources.toml").write_text("")
    done = process("run", at=folder)
    assert done.returncode == 2
    assert 'outspoken.toml:1: alert_channels: has no channel named "desk"' in sentence(done.stderr)
