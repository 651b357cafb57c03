"""The documentation says what the program does: every command, option, key and table, and every example runs."""

from __future__ import annotations

import configparser
import importlib.util
import itertools
import json
import re
import shlex
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any, get_args

import click
import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

import config
import extract
from alerts import mail
from alerts.base import ChannelTable
from alerts.channels import KINDS
from cli import main
from commands import rendering
from commands.accounts import Listed
from db import Store
from detect.profile import Profile
from model import Account, Article, Finding, Label, Reading

ROOT = Path(__file__).parent.parent.parent
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").glob("*.md")])
CONFIGURATION = (ROOT / "docs" / "configuration.md").read_text("utf-8")
COMMANDS = (ROOT / "docs" / "commands.md").read_text("utf-8")
README = (ROOT / "README.md").read_text("utf-8")
PLACEHOLDERS = ("…", "[OPTIONS]", "COMMAND", "[ARGS]...")


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def sections(text: str) -> dict[str, str]:
    """What stands below each heading, up to the next one of any level."""
    parts = re.split(r"^#{1,5} (.+)$", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL), flags=re.M)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def fenced(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def rows(text: str) -> dict[str, list[str]]:
    """Table rows by the first code word of their first cell."""
    found = {}
    for line in text.splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if cells and cells[0].startswith("`"):
            found[cells[0]] = cells[1:]
    return found


# --- commands -------------------------------------------------------------------------------------------------
def commands(group: click.Command = main, path: str = "outspoken") -> Iterator[tuple[str, click.Command]]:
    yield path, group
    if isinstance(group, click.Group):
        for key, command in group.commands.items():
            yield from commands(command, f"{path} {key}")


LEAVES = {path: command for path, command in commands() if not isinstance(command, click.Group)}


def options(command: click.Command) -> set[str]:
    return {flag for each in command.params if isinstance(each, click.Option) for flag in each.opts}


def documented(text: str) -> set[str]:
    return {flag for cell in rows(text) for flag in re.findall(r"`(--?[a-z-]+)`", cell)}


def test_every_command_has_its_section_and_no_other_has() -> None:
    titles = {title.strip("`") for title in sections(COMMANDS) if title.startswith("`outspoken")}
    assert titles == set(LEAVES)


@pytest.mark.parametrize("path", LEAVES)
def test_every_option_is_described_and_no_other(path: str) -> None:
    assert documented(sections(COMMANDS)[f"`{path}`"]) == options(LEAVES[path])


def test_the_options_before_the_command_are_described() -> None:
    assert documented(sections(COMMANDS)["Commands"]) == options(main) | {"-h", "--help"}


@pytest.mark.parametrize("path", LEAVES)
def test_every_command_has_an_example(path: str) -> None:
    assert any(resolve(words)[0] == path for words in examples(COMMANDS)), f"{path} has no example in docs/commands.md"


def test_limits_in_the_text_are_the_defaults() -> None:
    for path in ("outspoken accounts list", "outspoken alerts list"):
        option = next(each for each in LEAVES[path].params if each.name == "limit")
        assert rows(sections(COMMANDS)[f"`{path}`"])["`--limit`"][0].endswith(str(option.default))


def test_every_choice_is_named() -> None:
    for path, command in LEAVES.items():
        for each in command.params:
            for choice in each.type.choices if isinstance(each.type, click.Choice) else ():
                assert f"`{choice}`" in sections(COMMANDS)[f"`{path}`"], f"{path} {each.name}: {choice}"


def examples(text: str) -> Iterator[list[str]]:
    """The words of every `outspoken …` command in code, as a shell would see them."""
    for block in fenced(text, "(?:sh|console)?"):
        for line in re.sub(r"\\\n", " ", block).splitlines():
            yield from called(line)
    prose = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    for code in re.findall(r"`([^`\n]*)`", prose):
        yield from called(code) if code.startswith("outspoken ") else ()


def called(line: str) -> Iterator[list[str]]:
    """What each `outspoken` of a line of shell is given; one behind `sudo` or in a container counts too."""
    try:
        lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        words = list(lexer)
    except ValueError:
        return
    for between, part in itertools.groupby(words, lambda word: re.fullmatch(r"[|&;()]+", word) is not None):
        call = list(part)
        if between or not (places := [i for i, word in enumerate(call) if Path(word).name == "outspoken"]):
            continue
        if places[0] == 0 or call[0] == "sudo" or call[:2] in (["docker", "run"], ["docker", "exec"]):
            given = call[places[-1] + 1 :]
            end = next((i for i, word in enumerate(given) if re.fullmatch(r"[<>]+", word)), len(given))
            yield [word for word in given[:end] if word not in PLACEHOLDERS]


def resolve(words: list[str]) -> tuple[str, dict[str, Any]]:
    """The command that words call, with what they give it. Raises UsageError as the command itself would."""
    command: click.Command = main
    path, given = "outspoken", dict[str, Any]()
    while True:
        context = click.Context(command, info_name=path)
        words = command.defaulted(list(words)) if isinstance(command, Listed) else words
        given, rest, _ = command.make_parser(context).parse_args(list(words))
        if not isinstance(command, click.Group):
            break
        if not rest:
            return path, given
        found = command.get_command(context, rest[0])
        if found is None:
            raise click.UsageError(f"no command {path} {rest[0]}")
        command, path, words = found, f"{path} {rest[0]}", rest[1:]
    if rest:
        raise click.UsageError(f"{path} takes no {' '.join(rest)}")
    for each in command.params:
        if isinstance(each.type, click.Choice) and isinstance(value := given.get(str(each.name)), str):
            each.type.convert(value, each, context)
    return path, given


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_example_is_a_command_that_exists(page: Path) -> None:
    for words in examples(page.read_text("utf-8")):
        try:
            resolve(words)
        except click.UsageError as error:
            pytest.fail(f"{name(page)}: outspoken {' '.join(words)}: {error.format_message()}")


def test_the_examples_in_the_help_are_commands_that_exist() -> None:
    for path, command in LEAVES.items():
        for line in re.findall(r"^\s*Example: (.*(?:\n    \S.*)*)$", command.help or "", re.MULTILINE):
            for words in called(line):
                assert resolve(words)[0].startswith("outspoken"), f"{path}: {line}"


def test_the_examples_are_found() -> None:
    found = [resolve(words) for page in PAGES for words in examples(page.read_text("utf-8"))]
    assert {path for path, _ in found} >= set(LEAVES)
    assert len(found) > 60


@pytest.mark.parametrize("line", ["outspoken crawl --fast x", "outspoken nothing", "outspoken alerts list --state x"])
def test_a_wrong_example_would_be_seen(line: str) -> None:
    with pytest.raises(click.UsageError):
        resolve(next(called(line)))


def fields_of(anchor: str, text: str = COMMANDS) -> dict[str, list[str]]:
    return rows(text.partition(f'<a id="{anchor}"></a>')[2].lstrip().partition("\n\n")[0])


def test_the_json_of_explain_is_as_described() -> None:
    account = Account("Karim", quotes=("I left.",))
    reading = Reading(Article("https://a.example/1"), (Finding("islamic_state", Label.ACCOUNT, 0.9, 0.1, (account,)),))
    given = rendering.explanation(reading)
    told = fields_of("explain-json")
    assert {key.strip("`") for key in told} == set(given)
    assert set(re.findall(r"`(\w+)`", told["`article`"][0])) - {"author"} == set(given["article"])
    definition = sections((ROOT / "docs" / "definition.md").read_text("utf-8"))["An account's fields"]
    own = rows(COMMANDS.partition("An account has the fields of")[2].partition("\n###")[0])
    assert {key.strip("`") for key in rows(definition) | own} == set(given["accounts"][0])


def test_the_json_of_extract_is_as_described() -> None:
    given = extract.row(Article("https://a.example/1"), "page.html")
    assert [key.strip("`") for key in fields_of("extract-json")] == list(given)


def test_the_examples_of_articles_and_predictions_are_what_the_program_reads_and_writes(tmp_path: Path) -> None:
    import evaluation
    import predicting

    page = (ROOT / "docs" / "definition.md").read_text("utf-8")
    article, prediction = (json.loads(block) for block in fenced(page, "json"))
    (given,) = predicting.predict([article], ["islamic_state"])
    assert set(prediction) == set(given)
    result = evaluation.evaluate([article], [prediction])
    assert result.figures["alerts.f1"] == 1
    assert not result.errors
    told = {key.strip("`") for key in rows(sections(page)["A labelled article"])}
    assert told == set(article) | {"accounts[].person"}
    fields = {key.strip("`") for key in rows(sections(page)["An account's fields"])}
    assert fields | {"new"} == set(prediction["accounts"][0])
    assert fields | {"person"} == set(article["accounts"][0])


# --- configuration --------------------------------------------------------------------------------------------
class Common(ChannelTable):
    """What every channel has; `type` is in each table of its own."""

    type: str


TABLES: dict[str, type[BaseModel]] = {
    "Top level": config.Config,
    **{f"`[{key}]`": type(value) for key, value in config.Config() if isinstance(value, BaseModel)},
    "`[[routes]]`": config.RouteConfig,
    "Every channel": Common,
    **{f'`type = "{kind}"`': shape for kind, (shape, _) in KINDS.items()},
    "`sources.toml`": config.SourceTable,
    "`recipe`": config.RecipeTable,
    "A watch profile": Profile,
}


def keys(title: str) -> dict[str, FieldInfo]:
    model = TABLES[title]
    common = set(Common.model_fields) if issubclass(model, ChannelTable) and model is not Common else set()
    return {key: field for key, field in model.model_fields.items() if key not in common}


@pytest.mark.parametrize("title", TABLES)
def test_every_key_is_described_and_no_other(title: str) -> None:
    assert {key.strip("`") for key in rows(sections(CONFIGURATION)[title])} == set(keys(title))


@pytest.mark.parametrize("title", TABLES)
def test_the_default_of_every_key_is_the_real_one(title: str) -> None:
    told = rows(sections(CONFIGURATION)[title])
    for key, field in keys(title).items():
        assert told[f"`{key}`"][1].strip("`") == default(field), f"{title}: {key}"


def default(field: FieldInfo) -> str:
    """A default as the page writes it."""
    value = field.get_default(call_default_factory=True)
    if value is PydanticUndefined:
        return "needed"
    if isinstance(value, timedelta):
        seconds = int(value.total_seconds())
        size, unit = next((size, unit) for size, unit in ((86400, "d"), (3600, "h"), (60, "m")) if seconds % size == 0)
        return f"{seconds // size}{unit}"
    if isinstance(value, BaseModel | dict):
        return ""
    if isinstance(value, bool | tuple):
        return json.dumps(value)
    return {"": "empty", None: "none"}.get(value, str(value))


def test_every_kind_of_channel_is_named() -> None:
    told = rows(sections(CONFIGURATION)["Every channel"])["`type`"][2]
    assert set(re.findall(r"`([\w-]+)`", told)) == set(KINDS)


def test_the_security_of_mail_is_named_in_full() -> None:
    told = rows(sections(CONFIGURATION)['`type = "email"`'])["`security`"][2]
    assert set(get_args(mail.EmailTable.model_fields["security"].annotation)) <= set(re.findall(r"`(\w+)`", told))


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_examples_in_toml_are_read(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for block in fenced(page.read_text("utf-8"), "toml"):
        data = tomllib.loads(block)
        shape = config.SourceFile if "source" in data else config.Config
        loaded = shape.model_validate(data)
        for table in getattr(loaded, "channels", {}).values():
            KINDS[table["type"]][0].model_validate(table)


# --- the database ---------------------------------------------------------------------------------------------
def test_every_table_and_view_has_its_section() -> None:
    told = set(sections((ROOT / "docs" / "schema.md").read_text("utf-8")))
    with Store.open(":memory:") as store:
        sql = "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')"
        live = {row["name"] for row in store._c.rows(sql)}
    ours = {each for each in live if not re.match(r"sqlite_|(articles|mentions)_fts_", each)}
    assert {f"`{each}`" for each in ours} <= told


# --- links, pictures, files -----------------------------------------------------------------------------------
def anchors(text: str) -> set[str]:
    """The anchors that GitHub gives to headings, and those that a page gives itself."""
    bare = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    made = {
        re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-")
        for title in re.findall(r"^#{1,6} (.+)$", bare, re.M)
    }
    return made | set(re.findall(r'<a id="([^"]+)"', bare))


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_link_leads_somewhere(page: Path) -> None:
    text = re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), f"{name(page)}: {target}"
        assert file.is_relative_to(ROOT), f"{name(page)}: {target}"
        if anchor and file.suffix == ".md":
            assert anchor in anchors(file.read_text("utf-8")), f"{name(page)}: {target}"


def test_every_page_is_linked_from_the_readme() -> None:
    linked = set(re.findall(r"\]\((docs/\w+\.md)[)#]", README))
    assert {name(page) for page in PAGES if page.parent.name == "docs"} <= linked


def test_the_two_commands_of_the_readme_are_in_the_makefile() -> None:
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    said = set(re.findall(r"^make (\w+)", "\n".join(fenced(README, "sh")), re.MULTILINE))
    assert said == {"run", "test"}
    assert said <= targets


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_files_that_the_pages_name_are_there(page: Path) -> None:
    for path in re.findall(r"`((?:bench|tests|deploy|samples|detect)/[\w./]+\.\w+)`", page.read_text("utf-8")):
        assert (ROOT / path).exists(), f"{name(page)}: {path}"


def picture() -> ModuleType:
    path = ROOT / "docs" / "pictures" / "make.py"
    spec = importlib.util.spec_from_file_location("make_pictures", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_pictures_are_what_the_program_shows() -> None:
    made, folder = picture(), ROOT / "docs" / "pictures"
    hint = "the alert looks different now: run `python docs/pictures/make.py`"
    assert made.text() == (folder / "alert.txt").read_text("utf-8"), hint
    assert made.svg() == (folder / "alert.svg").read_text("utf-8"), hint
    assert made.readme(README) == README, hint
    assert made.text() in README


def test_the_photographs_are_of_what_is_sent() -> None:
    made, folder = picture(), ROOT / "docs" / "pictures"
    taken = json.loads((folder / "screens.json").read_text("utf-8"))
    hint = "the mail or Slack's message looks different now: run `python docs/pictures/make.py --screens`"
    assert made.screens().digests(made.asked()) == taken, hint
    shown = {path.name for path in folder.glob("*.webp")}
    assert shown == {f"{name}-{theme}.webp" for name in made.screens().WIDTHS for theme in ("light", "dark")}
    assert set(re.findall(r"docs/pictures/([\w-]+\.webp)", README)) == shown


def test_a_picture_fetches_nothing() -> None:
    picture = (ROOT / "docs" / "pictures" / "alert.svg").read_text("utf-8")
    assert not re.search(r"url\(\"?http|@font-face|<image|<script", picture)


def unit() -> configparser.RawConfigParser:
    parsed = configparser.RawConfigParser(strict=False, interpolation=None)
    parsed.optionxform = str  # type: ignore[assignment, method-assign]
    parsed.read_string((ROOT / "deploy" / "outspoken.service").read_text("utf-8"))
    return parsed


def test_the_unit_starts_checks_reloads_and_ends_the_daemon() -> None:
    service = unit()["Service"]
    assert service["ExecReload"] == "/bin/kill -HUP $MAINPID"
    start, check = (shlex.split(service[key])[1:] for key in ("ExecStart", "ExecStartPre"))
    assert (resolve(start)[0], resolve(check)[0]) == ("outspoken run", "outspoken check")
    # a configuration that is named, so that a missing one is an error and no sample run
    assert start[:2] == check[:2] == ["-c", "/etc/outspoken/outspoken.toml"]
    assert (service["Restart"], service["TimeoutStopSec"], service["KillMode"]) == ("always", "15", "mixed")


def test_the_unit_is_shut_in() -> None:
    service = unit()["Service"]
    assert service["User"] not in ("", "root")
    assert (service["ProtectSystem"], service["NoNewPrivileges"], service["StateDirectory"]) == (
        "strict",
        "yes",
        "outspoken",
    )


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
def test_systemd_understands_the_unit() -> None:
    command = ["systemd-analyze", "verify", str(ROOT / "deploy" / "outspoken.service")]
    said = subprocess.run(command, capture_output=True, text=True, check=False).stderr
    ours = [line for line in said.splitlines() if "outspoken.service" in line and "is not executable" not in line]
    assert ours == []


def test_the_image_has_all_that_is_packaged_and_runs_as_nobody_special() -> None:
    lines = (ROOT / "deploy" / "Dockerfile").read_text("utf-8").splitlines()
    assert 'ENTRYPOINT ["outspoken"]' in lines
    assert "VOLUME /data" in lines
    assert "USER outspoken" in lines
    assert all(line.startswith("FROM python:3.12-slim") for line in lines if line.startswith("FROM"))
    kept = (ROOT / "deploy" / "Dockerfile.dockerignore").read_text("utf-8").splitlines()
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]["packages"]
    assert {f"!{package.split('.')[0]}/" for package in packages} <= set(kept)
    assert {"!*.py", "!pyproject.toml", "!constraints.txt", "!README.md"} <= set(kept)
