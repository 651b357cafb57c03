"""An alert in words: the one view that every channel renders.

`compose` gets an alert that was cleaned and redacted (`alerts.redaction`) and makes plain strings of it, without any
markup; escaping for its own format is each renderer's business.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from alerts import clean, words
from alerts.redaction import WITHHELD, Redaction, redact
from alerts.sections import Section, sections
from delivery import Alert, Carrier, Excerpt, Part
from model import Account, Article

QUOTES = 3
QUOTE = 700
"""Characters of one quotation, or of what stands beside it."""
PARTS = 9
"""Parts of one passage."""
TITLE = 200
CARRIERS = 10
DIGEST = 30
"""Alerts of a digest that are shown; more are counted."""


@dataclass(frozen=True, slots=True)
class Link:
    """What to show and, unless empty, where it leads: an http(s) address that `clean.http_url` let pass."""

    text: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """A labelled line."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Item:
    """One alert of a digest."""

    heading: str
    detail: str
    link: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """What a channel shows. Empty parts are left out."""

    key: str
    """Fit for headers: ASCII letters, digits and `._:-`, at most 120 characters."""
    kind: str
    label: str
    """What it is, in a word or two: `New account`."""
    heading: str
    """Who or what: `Abu Sample, 27, from Germany`."""
    facts: tuple[Fact, ...] = ()
    article: Link | None = None
    source: str = ""
    """Outlet and date."""
    quotes: tuple[Excerpt, ...] = ()
    """The person's words, with their context."""
    sections: tuple[Section, ...] = ()
    carriers: tuple[Link, ...] = ()
    credit: str = ""
    items: tuple[Item, ...] = ()
    more: str = ""
    """What a digest has no room for."""
    body: str = ""
    footer: str = ""
    thread: str = ""
    """Messages of one case share it."""
    archived: str = ""
    """That the page is kept, and its digest."""
    links: tuple[Link, ...] = ()
    """Where to look further: the case in the web interface."""
    verdicts: tuple[Link, ...] = ()
    """What a reader may say of it."""
    account: int | None = None
    """The account's number, for buttons."""
    near: tuple[int, ...] = ()
    """Known accounts that it might be, the likeliest first."""

    @property
    def subject(self) -> str:
        """One line that stands alone: a mail's subject, a notification."""
        return clean.shorten(f"{self.label}: {self.heading}" if self.heading else self.label, TITLE)


LABELS = {
    "account": "New account",
    "follow-up": "More on",
    "report": "Report",
    "digest": "Digest",
    "ops": "Trouble",
    "test": "Test",
    "canary": "Canary",
}


def message(alert: Alert, redaction: Redaction) -> Message:
    """The alert as a channel with such a redaction shows it."""
    return compose(redact(alert, redaction))


def compose(alert: Alert) -> Message:
    """Put an alert into words; it must have been cleaned and redacted."""
    article, others = alert.article or Article(""), _others(alert)
    return Message(
        key=safe_key(alert.key),
        kind=alert.kind,
        label=LABELS.get(alert.kind, words.humanise(alert.kind)),
        heading=_heading(alert, others),
        facts=() if alert.kind == "follow-up" else _facts(alert),
        article=_article(article),
        source=_source(article),
        quotes=_quotes(alert)[: 1 if alert.kind == "follow-up" else QUOTES],
        sections=sections(alert),
        carriers=tuple(_carrier(each) for each in others[:CARRIERS]),
        credit=_credit(article),
        archived=f"Page kept in the archive, SHA-256 {alert.archived[:64]}" if alert.archived else "",
        items=tuple(_item(each) for each in alert.items[:DIGEST]),
        more=_more(alert),
        body=alert.body,
        footer=f"Outspoken, {words.moment(alert.created)}, alert {safe_key(alert.key)}",
        thread=f"account-{alert.account_id}" if alert.account_id is not None else "",
        account=alert.account_id,
        near=tuple(each.account for each in alert.near),
    )


def safe_key(key: str) -> str:
    """The key itself where it can stand in a header, else a digest of it."""
    if re.fullmatch(r"[A-Za-z0-9._:-]{1,120}", key):
        return key
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:40]


def _heading(alert: Alert, others: list[Carrier]) -> str:
    if alert.account is not None:
        outlets = f" ({words.count(len(others) + 1, 'outlet')})" if others else ""
        return clean.shorten(words.who(alert.account) + outlets, TITLE)
    if alert.kind == "digest":
        return alert.title or words.count(len(alert.items), "alert")
    return clean.shorten(alert.title or (alert.article.title if alert.article else ""), TITLE)


def _facts(alert: Alert) -> tuple[Fact, ...]:
    account = alert.account
    told = [] if account is None else [
        ("Who", _person(account)),
        ("Role", account.role),
        ("Group", words.humanise(account.group or alert.profile)),
        ("Way out", words.EXITS.get(account.exit, words.plain(account.exit))),
    ]  # fmt: skip
    sure = [("How sure", words.sureness(alert.score))] if alert.score > 0 else []
    return tuple(Fact(label, clean.shorten(value, 300)) for label, value in told + sure if value)


def _person(account: Account) -> str:
    also = f", also {words.listed(account.aliases[:3])}" if account.aliases else ""
    named = account.name or account.name_type == WITHHELD
    return (words.name(account) if named else "unnamed") + also + words.about(account)


def _article(article: Article) -> Link | None:
    url = article.url or article.canonical_url
    title = article.title or (f"Article in {article.outlet}" if article.outlet else "Article")
    return Link(clean.shorten(title, TITLE), url) if url or article.title else None


def _source(article: Article) -> str:
    outlet = clean.shorten(article.outlet, 120)
    by = f"by {clean.shorten(words.listed(article.byline[:3]), 120)}" if article.byline else ""
    teaser = "only a teaser was readable" if article.partial else ""
    return ", ".join(part for part in (outlet, words.day(article.published), by, teaser) if part)


def _quotes(alert: Alert) -> tuple[Excerpt, ...]:
    """The passages with the person's words; those that came without any context get the marks that they lack."""
    quotes = alert.account.quotes if alert.account else ()
    bare = tuple(Excerpt((Part(quote, True),)) for quote in quotes)
    found = (_excerpt(each) for each in alert.excerpts or bare)
    return tuple(each for each in found if each.parts)


def _excerpt(excerpt: Excerpt) -> Excerpt:
    parts = tuple(Part(clean.shorten(part.words, QUOTE), part.spoken) for part in excerpt.parts[:PARTS] if part.words)
    if len(parts) == 1 and parts[0].spoken:
        said = parts[0].words.strip(clean.MARKS)
        return Excerpt((Part(f"“{said}”", True),) if said else ())
    return Excerpt(parts)


def _others(alert: Alert) -> list[Carrier]:
    """The outlets that carry it besides the one the alert is about."""
    own = {alert.article.url, alert.article.canonical_url} if alert.article else set()
    return [each for each in alert.carriers if not each.url or each.url not in own]


def _carrier(carrier: Carrier) -> Link:
    date = words.day(carrier.published)
    return Link(
        clean.shorten(f"{carrier.outlet or carrier.title or 'unknown outlet'}{date and f', {date}'}", TITLE),
        carrier.url,
    )


def _credit(article: Article) -> str:
    if article.credit is None or not article.credit.outlet:
        return ""
    by = f", by {article.credit.author}" if article.credit.author else ""
    return clean.shorten(f"First published by {article.credit.outlet}{by}", 300)


def _item(alert: Alert) -> Item:
    article = alert.article or Article("")
    label = LABELS.get(alert.kind, words.humanise(alert.kind))
    heading = clean.shorten(f"{label}: {_heading(alert, _others(alert))}".removesuffix(": "), TITLE)
    role = alert.account.role if alert.account else ""
    detail = ", ".join(part for part in (clean.shorten(role, 100), _source(article)) if part)
    return Item(heading, detail, article.url or article.canonical_url)


def _more(alert: Alert) -> str:
    left = len(alert.items) - DIGEST
    return f"and {left} more; see `outspoken alerts list`" if left > 0 else ""
