"""The words of one language, read from its file in `detect/languages/` once and compiled.

Adding a language is adding a file: each entry of `[patterns]` is a list of regular expressions on folded text.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "languages"
NEVER = re.compile(r"(?!)")


@dataclass(frozen=True, slots=True)
class Lexicon:
    """A language's patterns by kind of cue. `known` is false for one without a file: nothing matches then."""

    code: str
    known: bool
    abbreviations: frozenset[str]
    stopwords: frozenset[str]
    patterns: dict[str, re.Pattern[str]]

    def __getitem__(self, kind: str) -> re.Pattern[str]:
        return self.patterns.get(kind, NEVER)


def languages() -> tuple[str, ...]:
    """The codes (ISO 639-1) of all languages that can be read."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


@cache
def lexicon(code: str) -> Lexicon:
    """The lexicon of a language."""
    if code not in languages():
        return Lexicon(code, False, frozenset(), frozenset(), {})
    data = tomllib.loads((FOLDER / f"{code}.toml").read_text("utf-8"))
    before = data.get("before_words", "")
    patterns = {kind: re.compile(_joined(kind, parts, before)) for kind, parts in data["patterns"].items()}
    return Lexicon(code, True, frozenset(data["abbreviations"]), frozenset(data["stopwords"]), patterns)


def _joined(kind: str, parts: list[str], before: str) -> str:
    """One alternation; the number of an age keeps its name in the first alternative only, so each gets its own.

    `before` is what every word must have before it, in a script whose clitics are written with the word.
    """
    if kind == "age":
        return "|".join(part.replace("?P<n>", f"?P<n{number}>") for number, part in enumerate(parts))
    either = "|".join(parts)
    return f"{before}(?:{either})" if before else _at_words(parts)


def _at_words(parts: list[str]) -> str:
    """The same alternation, tried only where a word begins if its parts say so: a third of the time."""
    begun = [part[2:] for part in parts if part.startswith(r"\b") and not _open_choice(part)]
    others = [part for part in parts if not part.startswith(r"\b") or _open_choice(part)]
    return "|".join([rf"\b(?:{'|'.join(begun)})", *others] if begun else others)


def _open_choice(pattern: str) -> bool:
    """Whether a pattern has a choice outside all brackets."""
    depth = 0
    for char in re.sub(r"\\.|\[\^?\]?[^\]]*\]", "", pattern):
        depth += (char == "(") - (char == ")")
        if char == "|" and depth == 0:
            return True
    return False
