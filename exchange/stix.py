"""STIX 2.1 (OASIS) for those who feed threat intelligence platforms, without making a threat of a witness.

A person is an `identity`, never a threat actor; each telling is a `note` on it with its source as an external reference,
and a `report` holds them together. Every id follows from the account's number and time, so that a later bundle updates
the earlier one.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid5

from exchange.records import Case, Telling

NAMESPACE = UUID("6f1d1f0e-7f2b-5c39-9d0c-0f6f0e9f5a51")
"""Ours alone: ids of other producers cannot collide."""
START = "2020-01-01T00:00:00.000Z"
STATEMENT = (
    "Taken from public news reports by a program. The person is a witness who left the group, not a threat. Do not try to "
    "find out who an unnamed person is."
)
LABELS = ["public-testimony", "left-extremist-group"]


def as_stix(cases: Sequence[Case]) -> bytes:
    """A bundle with three kinds of objects for each account: identity, notes, report."""
    objects = [_maker(), _marking()]
    for case in cases:
        objects += _objects(case)
    found = {
        "type": "bundle",
        "id": _id("bundle", *(f"{each.account} {each.created}" for each in cases)),
        "objects": objects,
    }
    return json.dumps(found, ensure_ascii=False, indent=1).encode() + b"\n"


def _objects(case: Case) -> list[dict[str, Any]]:
    key = f"{case.account} {case.created}"
    created = stamp(case.created)
    modified = max([created, *(stamp(each.at) for each in case.verdicts)])
    person = _object("identity", key, created, modified) | {
        "name": case.title,
        "identity_class": "individual",
        "labels": LABELS,
        "description": _facts(case.first),
    }
    notes = [_note(f"{key} {place}", person["id"], each, created) for place, each in enumerate(case.tellings)]
    report = _object("report", key, created, modified) | {
        "name": f"Public account: {case.title}",
        "description": STATEMENT,
        "report_types": ["identity"],
        "labels": LABELS,
        "published": stamp(case.first.published) if case.first.published else created,
        "object_refs": [person["id"], *(note["id"] for note in notes)],
        "external_references": [_source(each) for each in case.tellings],
    }
    return [person, *notes, report]


def _note(key: str, person: str, telling: Telling, created: str) -> dict[str, Any]:
    said = [text for text in dict.fromkeys((telling.evidence, *telling.quotes)) if text]
    note = _object("note", key, created, created) | {
        "abstract": telling.title or f"As told by {telling.outlet or 'an outlet'}",
        "content": "\n\n".join([_facts(telling), *said]),
        "object_refs": [person],
        "external_references": [_source(telling)],
    }
    return note | ({"authors": list(telling.byline)} if telling.byline else {})


def _source(telling: Telling) -> dict[str, str]:
    about = {"source_name": telling.outlet or "unnamed outlet", "url": telling.url}
    about["description"] = ", ".join(part for part in (telling.title, telling.published[:10]) if part) or "undated"
    return {key: value for key, value in about.items() if value}


def _facts(telling: Telling) -> str:
    told = {
        "role": telling.role, "origin": telling.nationality, "gender": telling.gender,
        "age": "" if telling.age is None else str(telling.age), "way out": telling.exit,
        "reasons": ", ".join(telling.reasons), "group left": telling.group,
    }  # fmt: skip
    return "; ".join(f"{key}: {value}" for key, value in told.items() if value) or "nothing else is told"


def _object(kind: str, key: str, created: str, modified: str) -> dict[str, Any]:
    return {
        "type": kind,
        "spec_version": "2.1",
        "id": _id(kind, key),
        "created_by_ref": _id("identity", "maker"),
        "created": created,
        "modified": modified,
        "object_marking_refs": [_id("marking-definition", STATEMENT)],
    }


def _maker() -> dict[str, Any]:
    made = {
        "type": "identity",
        "spec_version": "2.1",
        "id": _id("identity", "maker"),
        "created": START,
        "modified": START,
    }
    return made | {"name": "Outspoken", "identity_class": "system", "description": "A news monitor"}


def _marking() -> dict[str, Any]:
    number = _id("marking-definition", STATEMENT)
    made = {"type": "marking-definition", "spec_version": "2.1", "id": number, "created": START}
    return made | {"definition_type": "statement", "definition": {"statement": STATEMENT}}


def _id(kind: str, *key: str) -> str:
    return f"{kind}--{uuid5(NAMESPACE, ' '.join((kind, *key)))}"


def stamp(time: str) -> str:
    """A time of ours with milliseconds, as STIX writes it; its first day where there is none."""
    bare = time.removesuffix("Z").replace("+00:00", "")
    if len(bare) < 19:
        return START if len(bare) < 10 else f"{bare[:10]}T00:00:00.000Z"
    head, _, fraction = bare.partition(".")
    return f"{head}.{(fraction + '000')[:3]}Z"
