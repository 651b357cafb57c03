"""What leaves of an account: the person, every telling, every verdict. Built from the store's rows, cleaned."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any
from urllib.parse import urlsplit

_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2060-\u2069\u200b\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff]"
)
"""Control characters, what turns a line around, what shows as nothing, and what XML cannot hold."""

_PLAIN = (
    "outlet",
    "title",
    "published",
    "language",
    "name",
    "name_type",
    "role",
    "nationality",
    "gender",
    "exit",
    "evidence",
)


@dataclass(frozen=True, slots=True)
class Telling:
    """An account as one article tells it. Times are ISO 8601 in UTC; what is untold is empty or None."""

    url: str = ""
    outlet: str = ""
    title: str = ""
    published: str = ""
    language: str = ""
    byline: tuple[str, ...] = ()
    name: str = ""
    name_type: str = "anonymous"
    aliases: tuple[str, ...] = ()
    group: str = ""
    role: str = ""
    nationality: str = ""
    gender: str = ""
    age: int | None = None
    exit: str = ""
    reasons: tuple[str, ...] = ()
    evidence: str = ""
    quotes: tuple[str, ...] = ()
    score: float | None = None
    notes: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an analyst said of an account."""

    verdict: str
    note: str = ""
    by: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """One person's public testimony across articles, oldest first."""

    account: int
    profile: str = ""
    created: str = ""
    tier: str = "alert"
    told: str = ""
    told_at: str = ""
    verdict: str = ""
    tellings: tuple[Telling, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    corrected: Mapping[str, Any] = field(default_factory=dict)
    """Fields that an analyst has corrected, with the right values."""

    @property
    def name(self) -> str:
        """The name as an analyst corrected it, or the first one that an article gives; empty for somebody unnamed."""
        return str(self.corrected.get("name", next((each.name for each in self.tellings if each.name), "")))

    @property
    def title(self) -> str:
        """What a person calls the case."""
        return self.name or f"Unnamed person (account {self.account})"

    @property
    def first(self) -> Telling:
        """The earliest telling."""
        return self.tellings[0] if self.tellings else Telling()


def cases(rows: Iterable[Mapping[str, Any]], verdicts: Iterable[Mapping[str, Any]] = ()) -> list[Case]:
    """Cases out of rows of mentions with their account's columns, in order, and of verdicts."""
    said: dict[int, list[Verdict]] = {}
    for row in verdicts:
        said.setdefault(row["account"], []).append(Verdict(*(clean(row[each.name]) for each in fields(Verdict))))
    found: dict[int, list[Telling]] = {}
    heads: dict[int, Mapping[str, Any]] = {}
    for row in rows:
        heads.setdefault(row["account"], row)
        found.setdefault(row["account"], []).append(_telling(row))
    return [_case(number, head, found[number], said.get(number, ())) for number, head in heads.items()]


def _case(number: int, head: Mapping[str, Any], tellings: Iterable[Telling], verdicts: Iterable[Verdict]) -> Case:
    names = ("profile", "created", "tier", "told", "told_at", "verdict")
    about: dict[str, Any] = {name: clean(head[f"account_{name}"]) for name in names}
    corrected = {key: _corrected(value) for key, value in json.loads(head["account_corrected"]).items()}
    return Case(account=number, tellings=tuple(tellings), verdicts=tuple(verdicts), corrected=corrected, **about)


def _corrected(value: Any) -> Any:
    return list(_texts(value)) if isinstance(value, list) else clean(value) if isinstance(value, str) else value


def _telling(row: Mapping[str, Any]) -> Telling:
    detail = json.loads(row["detail"])
    told: dict[str, Any] = {name: clean(row[name]) for name in (*_PLAIN, "notes")}
    told |= {"url": http_url(row["url"]), "age": row["age"], "score": row["score"], "group": clean(detail.get("group"))}
    told |= {name: _texts(json.loads(row[name])) for name in ("byline", "reasons")}
    return Telling(**told | {name: _texts(detail.get(name, ())) for name in ("aliases", "quotes")})


def _texts(values: Iterable[object]) -> tuple[str, ...]:
    return tuple(text for each in values if (text := clean(each)))


def clean(value: object) -> str:
    """A text without what hides, reorders or breaks: it is data of strangers."""
    return "" if value is None else _HIDDEN.sub("", str(value)).strip()


def http_url(url: str) -> str:
    """The address if it can be a link, else nothing."""
    bare = clean(url).strip()
    try:
        parts = urlsplit(bare)
        fit = parts.scheme in ("http", "https") and bool(parts.hostname) and not re.search(r"[\s<>\"\\^`{|}]", bare)
    except ValueError:
        fit = False
    return bare if fit else ""
