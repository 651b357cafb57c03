"""How values are shown: foreign text cleaned, codes in words, times for people. Filters of the templates.

Jinja2 escapes whatever these return; none of them marks anything as safe.
"""

from __future__ import annotations

import hashlib
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

from alerts import because, clean, words
from db import times

_HIDDEN = {"Cc", "Cf", "Cs", "Co"}
VERDICTS = {
    "": "not reviewed",
    "confirm": "confirmed",
    "wrong": "corrected",
    "duplicate": "merged",
    "not-account": "rejected",
}
ACTIONS = {
    "confirm": "confirmed",
    "wrong": "said that a field is wrong",
    "duplicate": "merged it into another",
    "not-account": "rejected",
    "correct": "corrected",
    "unmerge": "took an article out",
    "undo": "took a judgement back",
}
TIERS = {"alert": "sure enough", "review": "unsure", "none": "out of the lists"}
GENDERS = {"male": "man", "female": "woman"}
NAMES = {"real": "name", "pseudonym": "pseudonym", "anonymous": "unnamed", "withheld": "name withheld"}
REJECTIONS = (
    "not a former member",
    "speaks for somebody else",
    "a report or study, no account",
    "fiction, or not serious",
    "not this group",
    "known long before",
)


def visible(text: str) -> str:
    """Text of an article without what hides or reorders; its blanks and line breaks stay."""
    kept = (c for c in text if c in "\n\t\u200c" or unicodedata.category(c) not in _HIDDEN)
    return "".join(kept)


def line(text: Any, limit: int = 300) -> str:
    """One cleaned line."""
    return clean.line(str(text or ""), limit)


def link(url: Any) -> str:
    """An address that is safe to follow, else nothing."""
    return clean.http_url(str(url or ""))


def day(value: str | None) -> str:
    """`14 March 2026`; empty for no time."""
    return words.day(times.time(value)) if value else ""


def moment(value: str | None) -> str:
    """`14 March 2026, 09:30 UTC`; empty for no time."""
    return words.moment(times.time(value)) if value else ""


def month(value: str) -> str:
    """`March 2026` of `2026-03`."""
    year, _, number = value.partition("-")
    return f"{words.MONTHS[int(number) - 1]} {year}" if number.isdecimal() and 1 <= int(number) <= 12 else value


def country(code: str) -> str:
    """A country's name; `untold` where there is none."""
    return words.country(code) if code else "untold"


def reason(code: str) -> str:
    """A reason for leaving, in a word or two."""
    return words.reason(code).partition(":")[0]


def way_out(code: str) -> str:
    """A way out of the group."""
    return words.EXITS.get(code, line(code) or "untold")


def language(code: Any) -> str:
    """A language's English name, where we read it."""
    return _LANGUAGES.get(str(code or ""), str(code or "") or "unknown")


def name(row: Any) -> str:
    """A person's name as published, or what stands for it."""
    gender = GENDERS.get(row["gender"], "person")
    return line(row["name"], 120) or f"Unnamed {gender}"


def number(value: Any) -> str:
    """`12,345`."""
    return f"{value:,}" if isinstance(value, int) else str(value)


def seconds(value: float | None) -> str:
    """A span of time: `40 s`, `12 min`, `5 h`, `3 d`."""
    if value is None:
        return ""
    value = max(value, 0.0)
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if value >= 1.5 * size:
            return f"{value / size:.0f} {unit}"
    return f"{value:.0f} s"


_LANGUAGES = {
    "ar": "Arabic", "de": "German", "en": "English", "es": "Spanish", "fr": "French", "id": "Indonesian", "it": "Italian",
    "nl": "Dutch", "pt": "Portuguese", "ru": "Russian", "sv": "Swedish", "tr": "Turkish", "da": "Danish", "fa": "Persian",
    "ur": "Urdu", "so": "Somali",
}  # fmt: skip

FILTERS: dict[str, Any] = {
    "line": line,
    "link": link,
    "visible": visible,
    "day": day,
    "moment": moment,
    "day_of": lambda value: day(f"{value}T00:00:00Z"),
    "month": month,
    "country": country,
    "reason": reason,
    "way_out": way_out,
    "language": language,
    "person": name,
    "number": number,
    "seconds": seconds,
    "group": lambda value: words.humanise(line(value, 80)) or "untold",
    "verdict": lambda value: VERDICTS.get(value, value),
    "action": lambda value: ACTIONS.get(value, value),
    "tier": lambda value: TIERS.get(value, value),
    "gender": lambda value: GENDERS.get(value, "untold"),
    "name_type": lambda value: NAMES.get(value, value),
    "sureness": words.sureness,
    "because": because.sentence,
}
GLOBALS: dict[str, Any] = {"rejections": REJECTIONS, "count": words.count}


@cache
def stamp() -> str:
    """Changes when the style or the script does, so that browsers may keep them."""
    folder = Path(__file__).parent / "static"
    return hashlib.sha256(b"".join(path.read_bytes() for path in sorted(folder.glob("outspoken.*")))).hexdigest()[:12]
