"""The articles as they lie in `articles/`: TOML between two lines of `+++`, then paragraphs with blank lines between."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from model import Label


@dataclass(frozen=True, slots=True)
class Piece:
    """One article of our own writing, with what is true of it."""

    slug: str
    outlet: str
    title: str
    paragraphs: tuple[str, ...]
    author: str = ""
    section: str = "world"
    appears: float = 0.0
    """Seconds after the start at which it is first seen."""
    age: float = 2.0
    """Hours that it is dated before it appears."""
    truth: Label = Label.NONE
    people: Mapping[str, str] = field(default_factory=dict)
    """Who gives an account in it: a key, the same in every article of the person, and the name as published."""
    note: str = ""
    """Why the truth is what it is."""
    comments: tuple[str, ...] = ()
    """What readers wrote below."""


@cache
def pieces() -> tuple[Piece, ...]:
    """All articles, in the order of their slugs."""
    folder = files("samples") / "articles"
    return tuple(_read(file) for file in sorted(folder.iterdir(), key=lambda file: file.name))


def _read(file: Traversable) -> Piece:
    _, head, body = file.read_text("utf-8").split("+++\n", 2)
    said = tomllib.loads(head)
    paragraphs = tuple(" ".join(block.split()) for block in body.split("\n\n") if block.strip())
    said |= {"truth": Label(said.get("truth", "none")), "comments": tuple(said.get("comments", ()))}
    return Piece(slug=file.name.removesuffix(".md"), paragraphs=paragraphs, **said)
