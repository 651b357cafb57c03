"""The values that flow through the program: Source -> Page -> Article -> Finding; `delivery.py` has what follows.

All are frozen; times are aware datetimes in UTC; texts are str, bodies bytes. Nothing here does any work beyond
small derived properties, so that every room can know these types and none needs to know another room.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum


# --- what is watched -----------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Recipe:
    """An operator's CSS selectors for the pages of one outlet; an empty one is not used.

    `body` holds the text (all that match, in the page's order), `remove` is taken out before anything is read,
    `author` matches each author apart, `date` an element with a date in `datetime`, `content` or its text.
    """

    body: str = ""
    remove: str = ""
    author: str = ""
    date: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """An outlet or blog with its feed or page."""

    name: str
    url: str
    kind: str = "feed"
    outlet: str = ""
    language: str = ""
    country: str = ""
    enabled: bool = True
    allow_private: bool = False
    interval: timedelta | None = None
    """Fixed time between polls; None lets the program choose."""
    delay: float | None = None
    """Seconds between two requests to the source's hosts; None takes the configuration's."""
    tags: tuple[str, ...] = ()
    selector: str = ""
    """Listing: a CSS selector for the links to articles; empty lets the program tell them."""
    pages: int = 1
    """Listing: how many pages of it are read."""
    recipe: Recipe | None = None
    full_content: bool | None = None
    """Feed: whether its texts stand for the pages; None where they do if they are whole."""

    @property
    def title(self) -> str:
        """The outlet's name as people know it."""
        return self.outlet or self.name


# --- polling -------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class FeedState:
    """What one poll must know of the last one. `url` is where the feed lives now (after a 301)."""

    url: str
    etag: str = ""
    last_modified: str = ""
    body_hash: str = ""
    full_at: datetime | None = None
    """When the whole feed was last read, not only found unchanged by its ETag."""
    memory: str = ""
    """What else the spider wants to know next time: JSON of its own."""


@dataclass(frozen=True, slots=True)
class Poll:
    """One source that is due."""

    source: Source
    state: FeedState


@dataclass(frozen=True, slots=True)
class Entry:
    """One item of a feed. `key` identifies it whatever its title or tracking parameters; `url` is canonicalised."""

    key: str
    url: str
    guid: str = ""
    title: str = ""
    published: datetime | None = None
    content: str = ""
    """The article as an HTML document made of the feed's own text; empty where its page is to be fetched."""
    place: str = ""
    """Where its page stands in a WARC file, as `PATH#OFFSET`; empty where it is to be fetched."""
    edited: bool = False
    """The source says that a known article was changed: its page is read again."""


class PollOutcome(StrEnum):
    """How a poll ended."""

    CHANGED = "changed"
    UNCHANGED = "unchanged"
    EMPTY = "empty"
    """A well-formed feed without entries: not a failure."""
    NOT_A_FEED = "not_a_feed"
    GONE = "gone"
    """410: polled rarely from now on, and said in `status`."""
    THROTTLED = "throttled"
    """429 or 503 with or without Retry-After."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Polled:
    """What a poll found. `hold` is how long the server asks us to stay away (Retry-After, max-age, ttl)."""

    source: str
    outcome: PollOutcome
    at: datetime
    state: FeedState
    entries: tuple[Entry, ...] = ()
    status: int | None = None
    hold: timedelta | None = None
    error: str = ""
    """One sentence for a person; empty when nothing went wrong."""
    seconds: float = 0.0
    carried: int | None = None
    """How many articles the source listed, where `entries` holds the new ones alone."""
    skip: tuple[int, ...] = ()
    """Hours of the day (UTC) in which the feed asks not to be polled."""
    skip_days: tuple[int, ...] = ()
    """Days of the week (UTC, Monday 0) on which the feed asks not to be polled."""
    hub: str | None = None
    """The WebSub hub that the feed names, empty where it names none; None where this poll did not see the feed."""
    topic: str = ""
    """What the hub is to be asked for: the feed's own address, as it says."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Two polls of a feed shared no entry: what was published between `began` and `ended` may have scrolled out of it."""

    id: int
    source: Source
    began: datetime
    ended: datetime
    attempts: int = 0


# --- pages ---------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Fetch:
    """A page to fetch: a row of the frontier. `entry` is what the feed said of it."""

    id: int
    source: Source
    entry: Entry
    attempts: int = 0

    @property
    def url(self) -> str:
        """Address to fetch."""
        return self.entry.url


@dataclass(frozen=True, slots=True)
class Page:
    """Fetched bytes. `url` is the final address, after redirects; header names are lower case."""

    url: str
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 200
    fetched: datetime | None = None
    made: str = ""
    """`feed` or `rendered` where no server gave these bytes as its answer to `url`."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What became of one `Fetch`: a page, or an error with whether (and when earliest) to try again."""

    fetch: Fetch
    at: datetime
    page: Page | None = None
    status: int | None = None
    error: str = ""
    retry: bool = False
    hold: timedelta | None = None


# --- articles ------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Credit:
    """Where a repost says that its text comes from."""

    outlet: str
    author: str = ""


@dataclass(frozen=True, slots=True)
class Article:
    """Extracted text and metadata. `text` is in paragraphs, separated by a blank line."""

    url: str
    title: str = ""
    text: str = ""
    canonical_url: str = ""
    byline: tuple[str, ...] = ()
    published: datetime | None = None
    modified: datetime | None = None
    language: str = ""
    """ISO 639-1, lower case; empty if unknown."""
    outlet: str = ""
    image: str = ""
    section: str = ""
    credit: Credit | None = None
    partial: bool = False
    """Only a teaser: a paywall or a summary page."""
    kind: str = "article"
    """`article`, or `live`, `listing`, `gallery`, `video`, `profile`, `forum` where the page is one."""


# --- findings ------------------------------------------------------------------------------------------------
class Label(StrEnum):
    """What an article is, after docs/definition.md."""

    ACCOUNT = "account"
    REPORT = "report"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence of the article, to the letter: `text[start:end] == sentence`. `field` is what was read from it."""

    field: str
    sentence: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Why:
    """One reason of a decision: a rule or feature, what it added to the score (log-odds), and where it was seen."""

    name: str
    weight: float
    text: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """One person's public testimony as one article tells it (docs/definition.md has the fields)."""

    name: str = ""
    name_type: str = "anonymous"
    group: str = ""
    role: str = ""
    nationality: str = ""
    gender: str = ""
    age: int | None = None
    exit: str = "defected"
    reasons: tuple[str, ...] = ()
    evidence: str = ""
    quotes: tuple[str, ...] = ()
    """One to three quotations, to the letter."""
    aliases: tuple[str, ...] = ()
    """Other names the article itself gives the same person."""
    proofs: tuple[Evidence, ...] = ()
    """For each field, the sentence it was read from."""
    score: float = 0.0


@dataclass(frozen=True, slots=True)
class Finding:
    """What one profile makes of one article. `score` is the probability (0..1) that it holds an account."""

    profile: str
    label: Label
    score: float
    report_score: float = 0.0
    accounts: tuple[Account, ...] = ()
    why: tuple[Why, ...] = ()
    tier: str = "none"
    """`alert` (precise), `review` (nothing missed) or `none`."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a worker makes of one page: the article and its findings, or the reason why there is none.

    `ruled_out` says that the pre-filter showed that the page cannot hold a finding, so that only the quick
    extraction ran. `prints` are the fingerprints of the paragraphs of a full extraction, furniture included, and
    `missed` what the source's recipe names and the page does not have.
    """

    article: Article
    findings: tuple[Finding, ...] = ()
    ruled_out: bool = False
    prints: tuple[str, ...] = ()
    missed: tuple[str, ...] = ()


# --- novelty -------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class KnownArticle:
    """A stored article as a candidate for "the same story"."""

    id: int
    story: int
    url: str
    title: str
    text: str
    published: datetime | None
    outlet: str = ""
    shared: int | None = None
    """Fingerprints that it has in common with the article that is compared; None where nobody counted."""


@dataclass(frozen=True, slots=True)
class StoryMatch:
    """Whether an article carries the text of a known story, and why. `story` is None for a new story."""

    story: int | None
    article: int | None = None
    likeness: float = 0.0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Marks:
    """What a telling is known again by, as 64-bit fingerprints.

    `said` are the passages that the person is quoted with, `around` the places, people and numbers of the article.
    """

    said: frozenset[int] = frozenset()
    around: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class KnownMention:
    """An account as one stored article told it."""

    article: int
    story: int
    published: datetime | None
    account: Account
    marks: Marks = Marks()


@dataclass(frozen=True, slots=True)
class KnownAccount:
    """A stored account with all its mentions, oldest first: a candidate for "the same person"."""

    id: int
    profile: str
    mentions: tuple[KnownMention, ...]


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A known account that was close but kept apart, with the reason."""

    account: int
    likeness: float
    reason: str
    name: str = ""
    """That account's name, for whoever reads an alert."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Whether an account is known. `account` is None for somebody new; `reasons` say why either way."""

    account: int | None
    reasons: tuple[str, ...]
    likeness: float = 0.0
    near: tuple[NearMiss, ...] = ()
    marks: Marks = Marks()
    """By which this telling is known again."""
