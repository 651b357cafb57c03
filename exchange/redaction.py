"""Cases for those who may not see everything: without names, without the articles' words."""

from __future__ import annotations

import re
from dataclasses import replace

from exchange.records import Case, Telling
from traces import Traces

WITHHELD = "[name withheld]"
_SHORT = frozenset(
    ["abu", "abou", "umm", "bin", "ibn", "ben", "bint", "the", "del", "der", "den", "van", "von", "and", "und"]
)


def redacted(case: Case, *, names: bool, quotes: bool) -> Case:
    """The case with or without people's names, and the articles' words."""
    if not names:
        case = _without_names(case)
    if not quotes:
        case = replace(case, tellings=tuple(replace(each, evidence="", quotes=()) for each in case.tellings))
    return case


def _without_names(case: Case) -> Case:
    """No name in any field; texts that may name other people (headlines, notes, analysts' words) go altogether."""
    known = {name for each in case.tellings for name in (each.name, *each.aliases, case.name) if name}
    parts = {part for name in known for part in re.findall(r"[^\W\d_]{3,}", name)}
    hidden = Traces(names=tuple(sorted(known | {part for part in parts if part.casefold() not in _SHORT})))
    tellings = tuple(_anonymous(each, hidden) for each in case.tellings)
    corrected = {key: value for key, value in case.corrected.items() if key not in ("name", "role")}
    return replace(case, tellings=tellings, verdicts=(), corrected=corrected)


def _anonymous(telling: Telling, hidden: Traces) -> Telling:
    kind = "withheld" if telling.name else telling.name_type
    return replace(
        telling, name="", name_type=kind, aliases=(), title="", byline=(), notes="",
        url="" if hidden.tells(telling.url) else telling.url,
        role=hidden.masked(telling.role, WITHHELD),
        evidence=hidden.masked(telling.evidence, WITHHELD),
        quotes=tuple(hidden.masked(quote, WITHHELD) for quote in telling.quotes),
    )  # fmt: skip
