"""Citations of the articles: BibTeX, and CSL-JSON for Zotero, Pandoc and others. An article is cited once."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import uuid5

from exchange.records import Case, Telling
from exchange.stix import NAMESPACE

_SPECIAL = {
    "\\": r"\textbackslash{}", "{": r"\textbraceleft{}", "}": r"\textbraceright{}", "$": r"\$", "&": r"\&", "#": r"\#", "_": r"\_", "%": r"\%",
    "^": r"\textasciicircum{}", "~": r"\textasciitilde{}",
}  # fmt: skip


def as_bibtex(cases: Sequence[Case]) -> bytes:
    """An entry for each article; nothing in a title can be a command or end its field."""
    return "\n".join(_entry(key, telling, people) for key, telling, people in _cited(cases)).encode()


def as_csl(cases: Sequence[Case]) -> bytes:
    """A list of CSL items."""
    items = [_item(key, telling, people) for key, telling, people in _cited(cases)]
    return json.dumps(items, ensure_ascii=False, indent=1).encode() + b"\n"


def _cited(cases: Sequence[Case]) -> Iterator[tuple[str, Telling, list[str]]]:
    """Each article with a key that stays the same, and who is told of in it."""
    found: dict[str, tuple[Telling, list[str]]] = {}
    for case in cases:
        for telling in case.tellings:
            place = telling.url or f"{telling.outlet} {telling.published} {telling.title}"
            found.setdefault(place, (telling, []))[1].append(f"account {case.account}")
    for place, (telling, people) in found.items():
        word = re.sub(r"[^a-z0-9]", "", telling.outlet.lower())[:20] or "outlet"
        yield f"{word}{telling.published[:4]}-{uuid5(NAMESPACE, place).hex[:8]}", telling, people


def _entry(key: str, telling: Telling, people: Sequence[str]) -> str:
    values = {
        "title": f"{{{_latex(telling.title or 'Untitled')}}}",
        "author": " and ".join(f"{{{_latex(name)}}}" for name in telling.byline),
        "journal": _latex(telling.outlet),
        "date": telling.published[:10],
        "year": telling.published[:4],
        "url": telling.url,
        "langid": _code(telling.language),
        "note": ", ".join(people),
    }
    lines = [f"  {name} = {{{value}}}," for name, value in values.items() if value]
    return "\n".join([f"@article{{{key},", *lines, "}", ""])


def _code(language: str) -> str:
    return language if re.fullmatch("[A-Za-z-]{2,8}", language) else ""


def _latex(text: str) -> str:
    return "".join(_SPECIAL.get(letter, letter) for letter in " ".join(text.split()))


def _item(key: str, telling: Telling, people: Sequence[str]) -> dict[str, Any]:
    item = {
        "id": key,
        "type": "article-newspaper",
        "title": telling.title,
        "container-title": telling.outlet,
        "author": [{"literal": name} for name in telling.byline],
        "issued": {"date-parts": [[int(part) for part in telling.published[:10].split("-")]]}
        if telling.published
        else None,
        "URL": telling.url,
        "language": _code(telling.language),
        "note": ", ".join(people),
    }
    return {name: value for name, value in item.items() if value}
