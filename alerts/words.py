"""Codes and values in words that a person reads."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from model import Account

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip

REASONS = {
    "infighting": "infighting: it fought other Sunnis and rebels, and suspected its own people",
    "brutality": "brutality: atrocities, killing of civilians or hostages",
    "un_islamic": "un-Islamic conduct: corruption, hypocrisy, unequal treatment",
    "conditions": "conditions: hardship, boredom, broken promises, fear of being spent",
    "other": "other reasons",
}

EXITS = {
    "defected": "left by own choice",
    "surrendered": "surrendered to get out",
    "caught_leaving": "was caught on the way out",
    "returned": "went home; how is untold",
}

_WITH_ARTICLE = frozenset(
    (
        "AE",
        "BS",
        "CD",
        "CF",
        "CG",
        "DO",
        "FO",
        "GB",
        "GM",
        "KM",
        "KY",
        "MH",
        "MV",
        "NL",
        "PH",
        "PS",
        "SB",
        "SC",
        "TC",
        "US",
        "VA",
    )
)

GENDERS = {"male": "man", "female": "woman"}


@cache
def _countries() -> dict[str, str]:
    """English names of ISO 3166-1 alpha-2 codes (from Unicode CLDR)."""
    rows = (Path(__file__).parent / "countries.txt").read_text("utf-8").splitlines()
    return {row[:2]: row[3:] for row in rows}


def country(code: str) -> str:
    """A country's English name; a code that nobody assigned is shown as it is."""
    return _countries().get(code.upper(), code)


def origin(code: str) -> str:
    """`from France`, `from the United Kingdom`."""
    return f"from {'the ' if code.upper() in _WITH_ARTICLE else ''}{country(code)}"


def humanise(name: str) -> str:
    """`islamic_state` as `Islamic State`."""
    return " ".join(word[:1].upper() + word[1:] for word in name.replace("_", " ").replace("-", " ").split())


def plain(name: str) -> str:
    """`leaving-near-group` as `leaving near group`."""
    return " ".join(name.replace("_", " ").replace("-", " ").split())


def reason(code: str) -> str:
    """A reason for leaving."""
    return REASONS.get(code, plain(code))


def day(when: datetime | None) -> str:
    """`14 March 2026`, in UTC; empty for None."""
    if when is None:
        return ""
    at = when.astimezone(UTC)
    return f"{at.day} {MONTHS[at.month - 1]} {at.year}"


def moment(when: datetime | None) -> str:
    """`14 March 2026, 09:30 UTC`; empty for None."""
    return f"{day(when)}, {when.astimezone(UTC):%H:%M} UTC" if when else ""


def count(number: int, one: str, many: str = "") -> str:
    """`1 outlet`, `3 outlets`."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def listed(parts: Sequence[str]) -> str:
    """`a, b and c`."""
    return " and ".join(part for part in (", ".join(parts[:-1]), parts[-1] if parts else "") if part)


def name(account: Account) -> str:
    """A person's name as published, with what the article says of it."""
    if account.name_type == "withheld":
        return "name withheld"
    if not account.name:
        return "unnamed"
    return f"{account.name} (pseudonym)" if account.name_type == "pseudonym" else account.name


def who(account: Account) -> str:
    """`Abu Sample (pseudonym), 27, from Germany`, `unnamed woman, nurse, from France`."""
    first = name(account)
    if not account.name and account.gender in GENDERS and account.name_type != "withheld":
        first = f"unnamed {GENDERS[account.gender]}"
    age = str(account.age) if account.age is not None else ""
    home = origin(account.nationality) if account.nationality else ""
    return ", ".join(part for part in (first, age, home) if part)


def about(account: Account) -> str:
    """What is told of a person besides the name: `, a woman from France, 27`; empty where nothing is."""
    who = f"a {GENDERS[account.gender]}" if account.gender in GENDERS else ""
    home = origin(account.nationality) if account.nationality else ""
    told = (" ".join(part for part in (who, home) if part), str(account.age) if account.age is not None else "")
    return "".join(f", {part}" for part in told if part)


def sureness(score: float) -> str:
    """A probability in words, with its figure."""
    percent = min(99, max(1, round(score * 100)))
    word = "very likely" if score >= 0.9 else "likely" if score >= 0.7 else "possible"
    return f"{word} ({percent} %)"
