"""Is it the same person? Weighs what two tellings have in common against what sets them apart.

An unnamed person never joins a named one: people who left such a group live in danger, and what the press kept apart
stays apart. Two people may share a name: then origin, age, role, places and words decide.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from detect import names
from detect.folding import fold
from detect.shingles import number, shingles, winnow, words
from detect.wordlists import nonnames
from model import Account, Article, Identity, KnownAccount, KnownMention, Marks, NearMiss, StoryMatch

JOIN = 1.6
"""Weight from which two tellings are one person's."""
NEAR = 0.8
"""Weight from which a person who was kept apart is worth a mention."""
_SEASON = 60
"""Days in which a new case goes round."""
_QUOTE_RUN = 7
"""Words in a row of a quotation that two people do not say alike."""
_RETOLD = 6
"""Places, people and numbers in common from which two unnamed people's stories may be one, told in other words."""
_RETOLD_SHARE = 0.5
_MOST_KEYS = 24
_CAPITAL = re.compile(r"(?<=[^\W_][ ,])[^\W\d_a-zà-ÿа-яё][^\W\d_]{3,}")
_NUMBER = re.compile(r"(?<!\d)\d{2,4}(?!\d)")
_USUAL_YEARS = frozenset({"2014", "2015", "2016", "2017", "2018", "2019"})


@dataclass(frozen=True, slots=True)
class _Side:
    """One telling: the account, and what its article says around it, as fingerprints."""

    account: Account
    said: frozenset[int]
    around: frozenset[int]
    published: datetime | None
    story: int | None


@dataclass
class _Weighing:
    """What was found for and against two tellings being one person's."""

    weight: float = 0.0
    reasons: list[str] = field(default_factory=list)

    def add(self, weight: float, reason: str) -> None:
        """Count one thing."""
        self.weight += weight
        self.reasons.append(f"{reason} ({weight:+.1f})")


def marks(account: Account, article: Article) -> Marks:
    """What a telling is known again by: fingerprints of the person's words and of the places, people and numbers."""
    return Marks(_spoken(account), _particulars(article.text, account.name))


def keys(account: Account, marks: Marks) -> list[str]:
    """Index keys of an account: tellings that may be one person's share one."""
    found = [key for name in (account.name, *account.aliases) if name for key in names.keys(name)]
    if not account.name:
        found += [f"q:{value}" for value in sorted(marks.said)[:_MOST_KEYS]]
        found += [f"p:{value}" for value in sorted(marks.around)[:_MOST_KEYS]]
    return sorted(set(found))


def decide(
    account: Account, marks: Marks, published: datetime | None, story: StoryMatch, known: Sequence[KnownAccount]
) -> Identity:
    """The known account that an article's account belongs to, or none: somebody new. Says why either way."""
    own = _Side(account, marks.said, marks.around, published, story.story)
    weighed = []
    for each in known:
        best = max((_weigh(own, mention) for mention in each.mentions), key=lambda found: found.weight)
        weighed.append((best, each.id))
    weighed.sort(key=lambda pair: -pair[0].weight)
    near = tuple(
        NearMiss(id_, round(found.weight, 2), "; ".join(found.reasons))
        for found, id_ in weighed
        if NEAR <= found.weight < JOIN
    )
    if weighed and weighed[0][0].weight >= JOIN:
        found, id_ = weighed[0]
        return Identity(id_, tuple(found.reasons), round(found.weight, 2), near, marks)
    reason = f"{account.name} is not among the known accounts" if account.name else "no known account has these words"
    return Identity(None, (reason,), round(weighed[0][0].weight, 2) if weighed else 0.0, near, marks)


def _weigh(own: _Side, mention: KnownMention) -> _Weighing:
    other = _Side(mention.account, mention.marks.said, mention.marks.around, mention.published, mention.story)
    found = _Weighing()
    if bool(own.account.name) != bool(other.account.name):
        found.add(-9.0, "one is named, the other is not")
        return found
    same_text = own.story is not None and own.story == other.story
    if own.account.name:
        _names(own, other, found, same_text=same_text)
    else:
        _unnamed(own, other, found, same_text=same_text)
    if found.weight > 0:
        _facts(own, other, found)
    return found


def _unnamed(own: _Side, other: _Side, found: _Weighing, *, same_text: bool) -> None:
    if same_text:
        found.add(3.0, "the same text tells of one unnamed person")
    elif own.said & other.said:
        found.add(2.6, "the same words are quoted")
    elif len(own.around & other.around) >= _RETOLD and _share(own.around, other.around) >= _RETOLD_SHARE:
        found.add(0.3, "one story in other words, or in another language")


def _names(own: _Side, other: _Side, found: _Weighing, *, same_text: bool) -> None:
    best = max(
        (
            (names.shared(a, b), a, b)
            for a in (own.account.name, *own.account.aliases)
            for b in (other.account.name, *other.account.aliases)
        ),
        key=lambda each: each[0][0] / max(each[0][1], 1) + 0.1 * each[0][0],
    )
    (common, of), a, b = best
    if common < of and names.run_together(a, b):
        common = of = 2
    if common == 0 or (common < of and not same_text):
        found.add(-3.0 if common == 0 else -1.0, f"{a} and {b} are different names")
        return
    if common >= 2:
        found.add(2.4, f"{a} and {b} are one full name")
    elif a == b or len(names.tokens(a)) == len(names.tokens(b)):
        found.add(1.3, f"{a} and {b} are one short name")
    else:
        found.add(1.0, f"{a} and {b} share a name")
    if same_text:
        found.add(2.0, "the same text")


def _facts(own: _Side, other: _Side, found: _Weighing) -> None:
    a, b = own.account, other.account
    if a.gender and b.gender and a.gender != b.gender:
        found.add(-1.2, f"one is {a.gender}, the other {b.gender}")
    if a.nationality and b.nationality:
        if a.nationality == b.nationality:
            found.add(0.5, f"both come from {a.nationality}")
        else:
            found.add(-0.6, f"one comes from {a.nationality}, the other from {b.nationality}")
    if a.age is not None and b.age is not None:
        years = _years(own.published, other.published)
        gap = abs(abs(a.age - b.age) - years)
        found.add(0.7, "their ages agree") if gap <= 1 else found.add(
            -0.8 if gap <= 4 else -1.6, "their ages do not agree"
        )
    if a.role and b.role and a.role == b.role and a.role not in ("fighter", "member", "recruit"):
        found.add(0.4, f"both were {a.role}")
    if own.said & other.said:
        found.add(1.2, "the same words are quoted")
    share = _share(own.around, other.around)
    if share >= 0.12:
        found.add(min(share * 4, 1.8), "the same places, people and numbers")
    else:
        found.add(-0.2, "hardly any places, people or numbers in common")
    if (days := _days(own.published, other.published)) is not None and days <= _SEASON:
        found.add(0.4, f"told within {_SEASON} days")


def _days(a: datetime | None, b: datetime | None) -> int | None:
    return abs((a - b).days) if a and b else None


def _years(a: datetime | None, b: datetime | None) -> float:
    return (_days(a, b) or 0) / 365.25


def _share(a: frozenset[int], b: frozenset[int]) -> float:
    return len(a & b) / max(min(len(a), len(b)), 4)


def _particulars(text: str, name: str) -> frozenset[int]:
    """What sets a story apart: names of places and people and numbers, as skeletons that hold across scripts."""
    own = set(names.tokens(name)) if name else set()
    numbers = set(_NUMBER.findall(text)) - _USUAL_YEARS
    kept = {fold(word) for word in set(_CAPITAL.findall(text))} - nonnames()
    return frozenset(map(_mark, {names.skeleton(word) or word for word in kept if word not in own} | numbers))


@lru_cache(maxsize=8192)
def _mark(word: str) -> int:
    return number(word)


def _spoken(account: Account) -> frozenset[int]:
    """Fingerprints of what a person is quoted with."""
    found: set[int] = set()
    for quote in account.quotes:
        found |= winnow([number(shingle) for shingle in shingles(words(quote), _QUOTE_RUN)], 2)
    return frozenset(found)
