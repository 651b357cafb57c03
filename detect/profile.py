"""A watch profile: which group is watched for, under which names. A data file; a second group needs no code."""

from __future__ import annotations

import re
import tomllib
from functools import cached_property
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

import toml_lines
from detect.folding import fold
from errors import ConfigError, Problem

FOLDER = Path(__file__).parent / "profiles"
_CLITICS = "(?:[وفبلك]{0,2}(?:ال)?)"


class Profile(BaseModel):
    """A profile file. Names are folded: lower case, without accents (`detect.folding.fold`)."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str = Field(pattern=r"^[a-z0-9_]{1,60}$", description="the profile's short name, stored with all it finds")
    title: str = Field(description="the group's name for people")
    names: tuple[str, ...] = Field(min_length=1, description="names of the group in all languages, folded")
    initials: tuple[str, ...] = Field((), description="short names that count in capitals only")
    rivals: tuple[str, ...] = Field((), description="other groups: to leave one of those does not count")
    places: tuple[str, ...] = Field((), description="places that the group held")
    alert: float | None = Field(None, ge=0, le=1, description="score from which an article is an account")
    review: float | None = Field(None, ge=0, le=1, description="score from which an article is worth a review")

    @cached_property
    def group(self) -> re.Pattern[str]:
        """Any name of the group, as whole words of folded text."""
        return _words(self.names)

    @cached_property
    def capitals(self) -> re.Pattern[str]:
        """The short names, on unfolded text, where they stand between words that are not all in capitals."""
        either = "|".join(map(re.escape, self.initials)) or r"(?!)"
        return re.compile(
            rf"(?<![\w.-])(?:{either})(?!-[A-Z]{{2}})(?:[-\u2019'](?=\w))?(?!\w|\.\w)(?![^\S\n]+[A-Z]{{2,}}\b)"
        )

    @cached_property
    def rival(self) -> re.Pattern[str]:
        """Any name of another group."""
        return _words(self.rivals)

    @cached_property
    def place(self) -> re.Pattern[str]:
        """Any place that the group held."""
        return _words(self.places)


def load_profile(name: str) -> Profile:
    """Read a shipped profile by its name, or a file by its path. Raises ConfigError with every mistake."""
    path = Path(name) if name.endswith(".toml") else FOLDER / f"{name}.toml"
    try:
        text = path.read_text("utf-8")
        return Profile.model_validate(tomllib.loads(text))
    except (OSError, UnicodeDecodeError):
        shipped = ", ".join(sorted(each.stem for each in FOLDER.glob("*.toml")))
        sentence = f'there is no profile "{name}"; shipped are: {shipped}; a file of your own is named by its path'
        raise ConfigError([Problem(str(path), "", None, sentence)]) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([Problem(str(path), "", None, f"is not valid TOML: {error}")]) from None
    except ValidationError as error:
        raise ConfigError(_problems(error, path, text)) from None


def _problems(error: ValidationError, path: Path, text: str) -> list[Problem]:
    found = toml_lines.lines(text)
    return [
        Problem(str(path), ".".join(map(str, each["loc"])), toml_lines.line_of(found, each["loc"]), each["msg"])
        for each in error.errors()
    ]


def _spaced(name: str) -> str:
    """A name as a pattern: any white space between its words, a line break too."""
    return r"\s+".join(map(re.escape, name.split()))


def _words(names: tuple[str, ...]) -> re.Pattern[str]:
    folded = sorted({fold(name) for name in names}, key=len, reverse=True)
    arabic = [_spaced(name) for name in folded if "\u0600" <= name[0] <= "\u06ff"]
    others = [_spaced(name) for name in folded if not "\u0600" <= name[0] <= "\u06ff"]
    parts = []
    if others:
        parts.append(rf"(?<!\w)(?:{'|'.join(others)})(?!\w)")
    if arabic:
        parts.append(rf"(?<!\w){_CLITICS}(?:{'|'.join(arabic)})\w{{0,2}}(?!\w)")
    return re.compile("|".join(parts) or r"(?!)")
