"""Is it new? Joins an article's findings to the stories and accounts that the store knows.

The candidates come from indexes (`db`), the decisions are pure (`detect.stories`, `detect.identity`); this is the
conversation between the two. Everything happens in the caller's transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from db import Store
from detect import identity, stories
from model import Account, Article, Finding, Identity, Label, StoryMatch

CANDIDATES = 40
"""Known accounts looked at for one decision; the index gives the likeliest first."""
TEXTS = 12
"""Known articles whose text is compared for one decision; the index gives the likeliest first."""


@dataclass(frozen=True, slots=True)
class Joined:
    """An account that an article tells, with its row in the store and why it stands there."""

    account_id: int
    account: Account
    finding: Finding
    identity: Identity
    again: bool = False
    """The same article had told of this account when it was last read."""

    @property
    def new(self) -> bool:
        """Nobody had told of this person before."""
        return self.identity.account is None


@dataclass(frozen=True, slots=True)
class Place:
    """Where accounts are told: the article, its row, its story, and the time at which it is stored."""

    article_id: int
    article: Article
    story: StoryMatch
    now: datetime
    before: tuple[tuple[int, str, str], ...] = ()
    """What the article told when it was last read: account, profile and name."""


def join(store: Store, article_id: int, article: Article, findings: tuple[Finding, ...], now: datetime) -> list[Joined]:
    """Store what was found in an article: its story and its accounts, each as a known person or as somebody new."""
    telling = [finding for finding in findings if finding.label is not Label.NONE or finding.accounts]
    before = store.forget_mentions(article_id)
    if not telling:
        return []
    place = Place(article_id, article, _place(store, article_id, article), now, before)
    joined: list[Joined] = []
    for finding in telling:
        store.save_finding(article_id, finding)
        for account in finding.accounts:
            taken = {each.account_id for each in joined if each.finding.profile == finding.profile}
            joined.append(_join(store, place, finding, account, taken))
    return joined


def _place(store: Store, article_id: int, article: Article) -> StoryMatch:
    """Put the article into the story whose text it carries, or into one of its own; one read again stays in its own."""
    if known := store.story_of(article_id):
        return StoryMatch(known, reason="the article was read before")
    bands = stories.bands(article.text)
    match = stories.match(article, store.articles_sharing(bands, TEXTS, exclude=article_id))
    return store.save_story(article_id, match, bands)


def _join(store: Store, place: Place, finding: Finding, account: Account, taken: set[int]) -> Joined:
    """`taken` are the accounts of the same article: two people of one article are never one."""
    marks = identity.marks(account, place.article)
    keys = identity.keys(account, marks)
    if (again := _again(place, finding, account, taken)) is not None:
        decided = Identity(again, ("the same article, read again",), marks=marks)
        store.save_mention(place.article_id, finding, account, decided, keys, place.now)
        return Joined(again, account, finding, decided, again=True)
    known = store.accounts_with_keys(finding.profile, keys, CANDIDATES)
    if place.story.story is not None:
        known += store.accounts_of_story(finding.profile, place.story.story)
    candidates = list({each.id: each for each in known if each.id not in taken}.values())
    decided = identity.decide(account, marks, place.article.published, place.story, candidates)
    account_id = store.save_mention(place.article_id, finding, account, decided, keys, place.now)
    told = account_id in {known for known, _, _ in place.before}
    return Joined(account_id, account, finding, decided, again=told)


def _again(place: Place, finding: Finding, account: Account, taken: set[int]) -> int | None:
    """The account that the same article told already under this name."""
    told = [(known, name) for known, profile, name in place.before if profile == finding.profile and known not in taken]
    same = [known for known, name in told if name == account.name]
    return same[0] if same else None
