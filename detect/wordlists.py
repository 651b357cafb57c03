"""Lists of words that tell names from other words (`detect/data`), all folded."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from detect.lexicon import lexicon

DATA = Path(__file__).parent / "data"


@cache
def nonnames() -> frozenset[str]:
    """Words that make a run of capitals something other than a person's name."""
    return _words("nonnames.txt") | organisations()


@cache
def organisations() -> frozenset[str]:
    """Words that end the name of an organisation, an outlet, a place or an event."""
    return _words("organisations.txt")


@cache
def female_names() -> frozenset[str]:
    """Given names that are mostly women's."""
    return _words("female_names.txt")


@cache
def given_names() -> frozenset[str]:
    """Common given names."""
    return _words("given_names.txt") | female_names()


@cache
def ordinary(code: str) -> frozenset[str]:
    """A language's words that begin sentences and are no names."""
    data: dict[str, str] = tomllib.loads((DATA / "ordinary.toml").read_text("utf-8"))
    return frozenset(data.get(code, "").split()) | lexicon(code).stopwords


def _words(file: str) -> frozenset[str]:
    lines = (DATA / file).read_text("utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())
