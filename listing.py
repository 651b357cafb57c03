"""Known accounts from a list into the store, so that old cases never alert as new.

Each line is a telling of somebody: known by its address and name, else by what novelty weighs (name, aliases, origin, age,
words), else new to the store. A case that came in from a list counts as told.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b

from db import Store
from db.reviewing import checked
from delivery import VERDICTS
from detect import identity
from detect.folding import fold
from detect.nations import nation_of
from exchange.lists import Line
from exchange.records import Telling
from model import Account, Article, Finding, Identity, Label, StoryMatch

CANDIDATES = 40
"""Known accounts that a line is compared with."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a line: `added` (somebody new), `mention` (somebody known, a new article), `known`, `skipped`."""

    line: int
    outcome: str
    account: int | None = None
    name: str = ""
    why: str = ""


@dataclass
class Listing:
    """One list on its way in; everything happens in the caller's transaction."""

    store: Store
    profile: str
    now: datetime
    _persons: dict[str, int] = field(default_factory=dict)
    """What the list calls a person by, and the account that this is."""

    def take(self, lines: Sequence[Line]) -> list[Outcome]:
        """Take every line over, in order."""
        return [self._take(line) for line in lines]

    def _take(self, line: Line) -> Outcome:
        telling = line.telling
        if line.wrong:
            return Outcome(line.number, "skipped", name=telling.name, why=line.wrong)
        profile = line.head.get("profile") or self.profile
        account, article = _account(telling, profile), _article(telling, line.person)
        why = "; ".join(line.doubts)
        if (known := self.store.listed(article.url, profile, account.name)) is not None:
            self._persons.setdefault(line.person, known[1])
            self._no_news(line, known[1])
            return Outcome(line.number, "known", known[1], telling.name, why)
        marks = identity.marks(account, article)
        keys = identity.keys(account, marks)
        decided, new = self._decide(line, account, article, profile, keys)
        number = decided.account or self._new(line, profile)
        self._persons.setdefault(line.person, number)
        tier = "review" if line.head.get("tier") == "review" else "alert"
        finding = Finding(profile, Label.ACCOUNT, account.score, tier=tier)
        place = self.store.list_article(article, self.now)
        joined = Identity(number, decided.reasons, decided.likeness, marks=marks)
        self.store.save_mention(place, finding, account, joined, keys, self.now)
        self.store.mark_listed(place, number, telling.notes)
        self._no_news(line, number)
        why = "; ".join((*line.doubts, *(() if new else decided.reasons)))
        return Outcome(line.number, "added" if new else "mention", number, telling.name, why)

    def _decide(
        self, line: Line, account: Account, article: Article, profile: str, keys: Sequence[str]
    ) -> tuple[Identity, bool]:
        """The account that a line is about, if it is a known one: two persons of one list stay two."""
        if line.person and line.person in self._persons:
            return Identity(self._persons[line.person], ("the list says so",)), False
        others = set(self._persons.values()) if line.person else set()
        known = [each for each in self.store.accounts_with_keys(profile, keys, CANDIDATES) if each.id not in others]
        marks = identity.marks(account, article)
        decided = identity.decide(account, marks, article.published, StoryMatch(None), known)
        return decided, decided.account is None

    def _new(self, line: Line, profile: str) -> int:
        head = line.head
        number = int(line.person) if line.person.isdecimal() and len(line.person) < 10 else None
        about: dict[str, str | None] = {
            "created": head.get("created") or None,
            "tier": head["tier"] if head.get("tier") in ("alert", "review", "none") else "alert",
            "told": head["told"] if head.get("told") in ("alert", "baseline") else "",
            "told_at": head.get("told_at") or None,
            "verdict": head["verdict"] if head.get("verdict") in VERDICTS else "",
            "corrected": _checked(head.get("corrected") or "{}"),
        }
        account = self.store.list_account(number, profile, about, self.now)
        for each in line.verdicts:
            if each.verdict in VERDICTS:
                self.store.list_verdict(account, each.verdict, each.note, each.by, each.at or about["created"] or "")
        return account

    def _no_news(self, line: Line, account: int) -> None:
        """Whom a list from elsewhere names is no news; our own export says itself what was told."""
        if not line.head.get("created") and not self.store.told(account):
            self.store.mark_told(account, "baseline", self.now)


def _checked(corrected: str) -> str:
    """Corrected fields, without those that make no sense."""
    kept = {}
    for key, value in json.loads(corrected).items():
        with suppress(ValueError, TypeError):
            kept[key] = checked(key, value)
    return json.dumps(kept, ensure_ascii=False)


def _account(telling: Telling, profile: str) -> Account:
    nationality = telling.nationality
    if not (len(nationality) == 2 and nationality.isascii() and nationality.isalpha()):
        nationality = nation_of(fold(nationality))
    return Account(
        telling.name, telling.name_type, telling.group or profile, telling.role, nationality.upper(), telling.gender,
        telling.age, telling.exit, telling.reasons, telling.evidence, telling.quotes, telling.aliases,
        score=1.0 if telling.score is None else telling.score,
    )  # fmt: skip


def _article(telling: Telling, person: str) -> Article:
    """The article of a line; one without an address is named by what the line says, the same each time."""
    said = (
        person,
        telling.name,
        *telling.aliases,
        telling.nationality,
        telling.outlet,
        telling.published,
        telling.title,
    )
    url = telling.url or f"urn:outspoken:list:{blake2b(' '.join(said).encode(), digest_size=16).hexdigest()}"
    published = datetime.fromisoformat(telling.published) if telling.published else None
    text = "\n\n".join((telling.notes, telling.evidence, *telling.quotes))
    return Article(
        url, telling.title, text, byline=telling.byline, published=published, language=telling.language, outlet=telling.outlet
    )  # fmt: skip
