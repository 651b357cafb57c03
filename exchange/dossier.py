"""Dossiers for people: each account with what every article tells of it, and where, as Markdown or as a page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, select_autoescape

from exchange.records import Case, Telling

FACTS = (
    ("role", "Role"), ("nationality", "Origin"), ("gender", "Gender"), ("age", "Age"), ("exit", "Way out"),
    ("reasons", "Reasons"), ("aliases", "Also called"),
)  # fmt: skip
CAUTION = (
    "What the press has published, as each article tells it; nothing of this is proven by standing here. "
    "Do not try to find out who an unnamed person is."
)
_MARKS = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~&$:@=^])")


def as_markdown(cases: Sequence[Case]) -> bytes:
    """A dossier of each account. Foreign text can be no mark-up: every character that could be is escaped."""
    parts = [f"*{CAUTION}*\n"]
    for case in cases:
        parts.append(f"# {escaped(case.title)}\n")
        parts.append(f"{_summary(case)}\n")
        parts += [_telling(telling) for telling in case.tellings]
        parts += [_verdict(each.at, each.verdict, each.by, each.note) for each in case.verdicts]
    return ("\n".join(parts).rstrip() + "\n").encode()


def as_html(cases: Sequence[Case]) -> bytes:
    """The same as one page, which loads nothing from anywhere and runs nothing."""
    return (
        _template()
        .render(cases=cases, facts=facts, corrected=corrected, summary=_summary_words, caution=CAUTION)
        .encode()
    )


def facts(telling: Telling) -> list[tuple[str, str]]:
    """What an article tells, by the words for it; what is untold is left out."""
    values = ((label, getattr(telling, name)) for name, label in FACTS)
    return [(label, ", ".join(v) if isinstance(v, tuple) else str(v)) for label, v in values if v not in ("", (), None)]


def corrected(case: Case) -> list[tuple[str, str]]:
    """What an analyst has corrected, by the words for it."""
    words = dict(FACTS) | {"name": "Name", "name_type": "Kind of name", "group": "Group"}
    rows = ((words.get(name, name), value) for name, value in case.corrected.items())
    return [
        (label, ", ".join(v) if isinstance(v, list) else "untold" if v in ("", None) else str(v)) for label, v in rows
    ]


def escaped(text: str) -> str:
    """Text on one line of Markdown, as it is."""
    return _MARKS.sub(r"\\\1", " ".join(text.split()))


def _summary_words(case: Case) -> str:
    count = len(case.tellings)
    told = f"told in {count} article{'s' if count != 1 else ''}"
    return f"Account {case.account}, {told}, profile {case.profile or 'unknown'}, stored {case.created[:10]}"


def _summary(case: Case) -> str:
    verdict = f"; verdict: {escaped(case.verdict)}" if case.verdict else ""
    lines = [f"- {label}, corrected: {escaped(value)}" for label, value in corrected(case)]
    return "\n".join([f"{escaped(_summary_words(case))}{verdict}\n", *lines])


def _telling(telling: Telling) -> str:
    title = escaped(telling.title or telling.outlet or "Untitled")
    link = f"[{title}](<{telling.url}>)" if telling.url else title
    lines = [f"## {link}\n", f"{escaped(telling.outlet)}, {telling.published[:10] or 'undated'}\n"]
    lines += [f"- {label}: {escaped(value)}" for label, value in facts(telling)]
    lines += [f"\n> {escaped(text)}" for text in dict.fromkeys((telling.evidence, *telling.quotes)) if text]
    if telling.notes:
        lines.append(f"\nNotes: {escaped(telling.notes)}")
    return "\n".join(lines) + "\n"


def _verdict(at: str, verdict: str, by: str, note: str) -> str:
    said = f": {escaped(note)}" if note else ""
    return f"Verdict of {at[:10]}, {escaped(by)}: {escaped(verdict)}{said}\n"


@cache
def _template() -> Template:
    loader = FileSystemLoader(Path(__file__).parent / "templates")
    environment = Environment(
        loader=loader, autoescape=select_autoescape(default=True), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )  # fmt: skip
    return environment.get_template("dossier.html.j2")
