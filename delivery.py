"""What a team is told, and how it gets there: Alert -> Due -> Sent. Frozen values, like those of `model.py`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from model import Account, Article, NearMiss, Why


@dataclass(frozen=True, slots=True)
class Carrier:
    """One article that carries an alert's story."""

    outlet: str
    title: str
    url: str
    published: datetime | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a passage: the person's own words, marks included, or what the article says around them."""

    words: str
    """To the letter, blanks at its ends included."""
    spoken: bool = False


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A passage of the article, to the letter, in its parts: quotations with their context."""

    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Alert:
    """What a team is told. `key` is stable: the same alert always has the same key, so that a repeat can be known.

    `kind` is `account` (somebody new), `follow-up` (a known case grew), `report`, `digest`, `ops`,
    `test` or `canary`.
    """

    key: str
    kind: str
    created: datetime
    profile: str = ""
    title: str = ""
    account: Account | None = None
    account_id: int | None = None
    article: Article | None = None
    score: float = 0.0
    why: tuple[Why, ...] = ()
    why_new: tuple[str, ...] = ()
    near: tuple[NearMiss, ...] = ()
    carriers: tuple[Carrier, ...] = ()
    items: tuple[Alert, ...] = ()
    """A digest's alerts."""
    body: str = ""
    """Plain text of an ops message."""
    source: str = ""
    """Name of the source that brought the article."""
    tags: tuple[str, ...] = ()
    """That source's tags."""
    excerpts: tuple[Excerpt, ...] = ()
    """The account's quotations with their context."""
    archived: str = ""
    """SHA-256, in hexadecimal, of the page as it is kept in the archive; empty where no copy is kept."""


VERDICTS = ("confirm", "wrong", "duplicate", "not-account")
"""What analysts say of an account: right; right, but with wrong fields; another account again; none at all."""


@dataclass(frozen=True, slots=True)
class Mute:
    """What is not told: an `account`, a `story` (numbers) or a `source` (name), until a time or for good."""

    kind: str
    what: str
    until: datetime | None = None
    by: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Going:
    """Where an alert goes: a channel, not before a time, one by one (`now`, `later`) or in a digest.

    `pace` is `now`, `later` (put off: quiet hours, a snooze), `hourly`, `daily` or `weekly`; `route` names what sent it
    there.
    """

    channel: str
    at: datetime
    pace: str = "now"
    route: str = ""


@dataclass(frozen=True, slots=True)
class Due:
    """A delivery whose time has come: one alert for one recipient. `attempts` counts those before this one."""

    id: int
    channel: str
    alert: Alert
    attempts: int = 0
    receipt: str = ""
    """What the channel answered to an earlier, unfinished attempt (a Slack timestamp, a Message-ID)."""
    unknown: bool = False
    """An earlier attempt may have arrived."""
    pace: str = "now"
    case: Case | None = None
    """What the channel was told of the same case before; None for the first that it hears."""


@dataclass(frozen=True, slots=True)
class Case:
    """What a channel was told of one account so far: the first message that it took, and how many followed."""

    receipt: str
    first: datetime
    last: datetime
    alert: Alert
    """The first alert."""
    follow_ups: int = 0
    digest: bool = False
    """The first message is a digest that tells of other cases too."""


class DeliveryState(StrEnum):
    """Where a delivery stands. `unknown` was being sent when the program died or the line broke."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    UNKNOWN = "unknown"
    FAILED = "failed"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Sent:
    """How one attempt ended. `receipt` is what the channel calls the message."""

    state: DeliveryState
    receipt: str = ""
    error: str = ""
    retry_after: float | None = None
    """Seconds the channel asked us to wait."""
