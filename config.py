"""The one typed configuration: `outspoken.toml`, and `sources.toml` beside it.

Every mistake in a file is reported together, each with its key and line (`ConfigError`). Secrets are written as
`env:NAME` or `file:PATH`; they are read when they are needed and never printed.
"""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

import toml_lines
from errors import ConfigError, Problem
from model import Source
from tables import (
    DAYS,
    AlertConfig,
    ArchiveConfig,
    CanaryConfig,
    Config,
    CrawlConfig,
    ReadConfig,
    RecipeTable,
    RetentionConfig,
    RouteConfig,
    SecondReaderConfig,
    SourceFile,
    SourceTable,
    Table,
    VerdictConfig,
    WebConfig,
    WebSubConfig,
    duration,
)

__all__ = [
    "DAYS",
    "AlertConfig",
    "ArchiveConfig",
    "CanaryConfig",
    "Config",
    "CrawlConfig",
    "ReadConfig",
    "RecipeTable",
    "RetentionConfig",
    "RouteConfig",
    "SecondReaderConfig",
    "SourceFile",
    "SourceTable",
    "Table",
    "VerdictConfig",
    "WebConfig",
    "WebSubConfig",
    "check",
    "duration",
    "key_line",
    "load",
    "load_sources",
    "secret",
]  # fmt: skip

T = TypeVar("T", bound=Table)


def load(path: Path) -> Config:
    """Read `outspoken.toml`; relative paths in it are relative to its folder. Raises ConfigError."""
    config, problems = check(path)
    if config is None or problems:
        raise ConfigError(problems)
    return config


def check(path: Path) -> tuple[Config | None, list[Problem]]:
    """Like `load`, but gives the mistakes as values, so that others can be added before all are shown."""
    text, data, problems = _parse(path)
    config = None if problems else _validate(Config, data, path, text, problems)
    if config is None:
        return None, problems
    folder = path.parent
    # beside the database, since that is where the program may write
    archive = config.archive.model_copy(update={"folder": (folder / config.database).parent / config.archive.folder})
    places = {"database": folder / config.database, "sources": folder / config.sources, "archive": archive}
    return config.model_copy(update=places), problems


def load_sources(path: Path) -> list[Source]:
    """Read `sources.toml`. Raises ConfigError with every mistake, a name that stands twice included."""
    text, data, problems = _parse(path)
    file = None if problems else _validate(SourceFile, data, path, text, problems)
    if file is not None:
        problems += _twice(file, path, text)
    if problems or file is None:
        raise ConfigError(problems)
    return [table.source() for table in file.source]


def key_line(path: Path, *key: str | int) -> int | None:
    """The line of a key in a TOML file, or of the table around it; None if neither can be found."""
    try:
        return toml_lines.line_of(toml_lines.lines(path.read_text("utf-8")), key)
    except (OSError, UnicodeDecodeError):
        return None


def secret(value: str) -> str:
    """Read what `env:NAME` or `file:PATH` stands for; any other text is itself.

    Raises ConfigError with the name of what is missing, never with a value.
    """
    scheme, _, rest = value.partition(":")
    if scheme == "env":
        if not os.environ.get(rest):
            raise ConfigError([Problem("environment", rest, None, "is not set; export it or change the configuration")])
        return os.environ[rest]
    if scheme == "file":
        try:
            return Path(rest).expanduser().read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError([Problem(rest, "", None, f"the secret cannot be read: {_reason(error)}")]) from None
    return value


def _parse(path: Path) -> tuple[str, dict[str, Any], list[Problem]]:
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        message = f"cannot be read: {_reason(error)}; `outspoken init` writes a new one"
        return "", {}, [Problem(str(path), "", None, message)]
    try:
        return text, tomllib.loads(text), []
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        return text, {}, [Problem(str(path), "", int(line[1]) if line else None, f"is not valid TOML: {error}")]


def _validate(kind: type[T], data: dict[str, Any], path: Path, text: str, problems: list[Problem]) -> T | None:
    try:
        return kind.model_validate(data)
    except ValidationError as error:
        found = toml_lines.lines(text)
        for each in error.errors():
            key = ".".join(str(part) for part in each["loc"])
            problems.append(
                Problem(str(path), key, toml_lines.line_of(found, each["loc"]), _sentence(each["type"], each["msg"]))
            )
        return None


def _sentence(kind: str, message: str) -> str:
    return {
        "extra_forbidden": "is not a known key; check its spelling in docs/configuration.md",
        "missing": "is missing",
    }.get(kind, message.removeprefix("Value error, "))


def _twice(file: SourceFile, path: Path, text: str) -> list[Problem]:
    found, seen, problems = toml_lines.lines(text), dict[str, int](), list[Problem]()
    for index, table in enumerate(file.source):
        if table.name in seen:
            line = toml_lines.line_of(found, ("source", index, "name"))
            problems.append(
                Problem(str(path), f"source.{index}.name", line, f'"{table.name}" stands twice; names are unique')
            )
        seen[table.name] = index
    return problems


def _reason(error: OSError | UnicodeDecodeError) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else "it is not UTF-8 text"
