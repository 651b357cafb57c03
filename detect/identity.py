"""Is it the same person? Weighs what two tellings have in common against what sets them apart.

An unnamed person never joins a named one: people who left such a group live in danger, and what the press kept apart
stays apart. Two people may share a name: then origin, age, role, places and words decide.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from detect import names
from detect.folding import fold
from detect.people import nonnames
from detect.shingles import number, shingles, winnow, words
from model import Account, Article, Identity, KnownAccount, KnownMention, NearMiss, StoryMatch

JOIN = 1.6
"""Weight from which two tellings are one person's."""
NEAR = 0.8
"""Weight from which a person who was kept apart is worth a mention."""
_SEASON = 60
"""Days in which a new case goes round."""
_QUOTE_RUN = 7
"""Words in a row of a quotation that two people do not say alike."""


@dataclass(frozen=True, slots=True)
class _Side:
    """One telling: the account, and what its article says around it."""

    account: Account
    text: str
    title: str
    published: datetime | None
    story: int | None


@dataclass
class _Weighing:
    """What was found for and against two tellings being one person's."""

    weight: float = 0.0
    reasons: list[str] | None = None

    def add(self, weight: float, reason: str) -> None:
        """Count one thing."""
        self.weight += weight
        self.reasons = [*(self.reasons or []), f"{reason} ({weight:+.1f})"]


def keys(account: Account, article: Article) -> list[str]:
    """Index keys of an account: tellings that may be one person's share one."""
    found = [key for name in (account.name, *account.aliases) if name for key in names.keys(name)]
    if not account.name:
        found += [f"q:{value}" for value in sorted(_spoken(article.text, account))[:24]]
    return sorted(set(found))


def decide(account: Account, article: Article, story: StoryMatch, known: Sequence[KnownAccount]) -> Identity:
    """The known account that an article's account belongs to, or none: somebody new. Says why either way."""
    own = _Side(account, article.text, article.title, article.published, story.story)
    weighed = []
    for each in known:
        best = max((_weigh(own, mention) for mention in each.mentions), key=lambda found: found.weight)
        weighed.append((best, each.id))
    weighed.sort(key=lambda pair: -pair[0].weight)
    near = tuple(
        NearMiss(id_, round(found.weight, 2), "; ".join(found.reasons or []))
        for found, id_ in weighed
        if NEAR <= found.weight < JOIN
    )
    if weighed and weighed[0][0].weight >= JOIN:
        found, id_ = weighed[0]
        return Identity(id_, tuple(found.reasons or ()), round(found.weight, 2), near)
    reason = f"{account.name} is not among the known accounts" if account.name else "no known account has these words"
    return Identity(None, (reason,), round(weighed[0][0].weight, 2) if weighed else 0.0, near)


def _weigh(own: _Side, mention: KnownMention) -> _Weighing:
    other = _Side(mention.account, mention.text, mention.title, mention.published, mention.story)
    found = _Weighing()
    if bool(own.account.name) != bool(other.account.name):
        found.add(-9.0, "one is named, the other is not")
        return found
    same_text = own.story is not None and own.story == other.story
    if own.account.name:
        _names(own, other, found, same_text=same_text)
    elif same_text:
        found.add(3.0, "the same text tells of one unnamed person")
    elif _spoken(own.text, own.account) & _spoken(other.text, other.account):
        found.add(2.6, "the same words are quoted")
    if found.weight > 0:
        _facts(own, other, found)
    return found


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
    if _spoken(own.text, a) & _spoken(other.text, b):
        found.add(1.2, "the same words are quoted")
    share = _share(_particulars(own.text, a.name), _particulars(other.text, b.name))
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


def _share(a: frozenset[str], b: frozenset[str]) -> float:
    return len(a & b) / max(min(len(a), len(b)), 4)


@lru_cache(maxsize=2048)
def _particulars(text: str, name: str) -> frozenset[str]:
    """What sets a story apart: names of places and people and numbers, as skeletons that hold across scripts."""
    own = set(names.tokens(name)) if name else set()
    capitals = set(re.findall(r"(?<=[^\W_][ ,])[^\W\d_a-zà-ÿа-яё][^\W\d_]{3,}", text))
    numbers = set(re.findall(r"(?<!\d)\d{2,4}(?!\d)", text)) - {"2014", "2015", "2016", "2017", "2018", "2019"}
    kept = {fold(word) for word in capitals} - nonnames()
    return frozenset({names.skeleton(word) or word for word in kept if word not in own} | numbers)


@lru_cache(maxsize=2048)
def _spoken(text: str, account: Account) -> frozenset[int]:
    """Fingerprints of what a person is quoted with."""
    found: set[int] = set()
    for quote in account.quotes:
        found |= winnow([number(shingle) for shingle in shingles(words(quote), _QUOTE_RUN)], 2)
    return frozenset(found)
