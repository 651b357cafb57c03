"""What a channel may see of an alert: for channels that leave the team.

Where a name is withheld, it is taken out of every text that could carry it, in full and in parts, and texts that may
name other people (headlines, how the case differs from others) are left out altogether: an alert that says too little
costs a click, one that says too much can cost more.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace

from alerts import clean
from delivery import Alert, Carrier, Excerpt, Part
from model import Account, Article

WITHHELD = "withheld"
"""An account's `name_type` where its name was taken out."""
_MASK = "[name withheld]"
_PARTICLES = frozenset(
    [
        "abu",
        "abou",
        "abo",
        "umm",
        "oum",
        "bin",
        "ibn",
        "ben",
        "bint",
        "the",
        "del",
        "der",
        "den",
        "van",
        "von",
        "and",
        "und",
    ]
)
_CASES = ("account", "follow-up", "report", "digest")


@dataclass(frozen=True, slots=True)
class Redaction:
    """What is left out."""

    names: bool = True
    """False: no name of a person."""
    quotes: bool = True
    """False: no words of the article."""
    link_only: bool = False
    """True: only what kind of case it is, where it was published, and the link."""

    @property
    def nothing(self) -> bool:
        """Everything may be seen."""
        return self.names and self.quotes and not self.link_only


def redact(alert: Alert, redaction: Redaction) -> Alert:
    """The alert as a channel may see it: cleaned (`alerts.clean`), and without what is withheld."""
    slim = replace(alert, article=alert.article and replace(alert.article, text=""))
    return _withhold(clean.values(slim), redaction)


def _withhold(alert: Alert, redaction: Redaction) -> Alert:
    if redaction.nothing:
        return alert
    # a page's digest tells which page it is, and so who
    alert = replace(alert, archived="")
    if alert.kind not in _CASES:
        # a message about trouble may repeat the title of an alert
        return replace(alert, body="") if alert.kind == "ops" else alert
    alert = replace(alert, items=tuple(_withhold(item, redaction) for item in alert.items))
    if not redaction.names:
        alert = _without_names(alert)
    if not redaction.quotes:
        alert = _without_quotes(alert)
    return _only_link(alert) if redaction.link_only else alert


def _without_names(alert: Alert) -> Alert:
    hide = _Names(alert.account)
    carriers = tuple(Carrier(c.outlet, "", hide.url(c.url), c.published) for c in alert.carriers)
    # without an account nobody knows whose name a sentence holds
    why = tuple(replace(each, text=hide.text(each.text) if alert.account else "") for each in alert.why)
    account = alert.account and hide.account(alert.account)
    article = alert.article and hide.article(alert.article)
    excerpts = tuple(hide.excerpt(each) for each in alert.excerpts if alert.account)
    bare = replace(alert, title="", body="", why_new=(), near=(), why=why, excerpts=excerpts)
    return replace(bare, account=account, article=article, carriers=carriers)


def _without_quotes(alert: Alert) -> Alert:
    account = alert.account and replace(alert.account, quotes=(), evidence="", proofs=())
    return replace(alert, account=account, excerpts=(), why=tuple(replace(each, text="") for each in alert.why))


def _only_link(alert: Alert) -> Alert:
    a = alert.article
    article = a and Article(a.url, canonical_url=a.canonical_url, outlet=a.outlet, published=a.published)
    return Alert(alert.key, alert.kind, alert.created, alert.profile, article=article, items=alert.items)


class _Names:
    """Takes one person's names out of texts and addresses."""

    def __init__(self, account: Account | None) -> None:
        names = (account.name, *account.aliases) if account else ()
        parts = {part for name in names for part in re.findall(r"[^\W\d_]{3,}", _folded(name))}
        known = sorted({_folded(n) for n in names if n} | (parts - _PARTICLES), key=len, reverse=True)
        any_of = "|".join(_pattern(each) for each in known)
        self._pattern = re.compile(f"(?:{any_of})(?:[\\s-]+(?:{any_of}))*", re.IGNORECASE) if known else None

    def text(self, text: str) -> str:
        if self._pattern is None:
            return text
        return unicodedata.normalize("NFC", self._pattern.sub(_MASK, unicodedata.normalize("NFD", text)))

    def url(self, url: str) -> str:
        return url if self.text(url) == unicodedata.normalize("NFC", url) else ""

    def account(self, account: Account) -> Account:
        kind = WITHHELD if account.name else account.name_type
        quotes = tuple(self.text(quote) for quote in account.quotes)
        evidence, role = self.text(account.evidence), self.text(account.role)
        return replace(
            account, name="", name_type=kind, aliases=(), quotes=quotes, evidence=evidence, role=role, proofs=()
        )

    def excerpt(self, excerpt: Excerpt) -> Excerpt:
        return Excerpt(tuple(Part(self.text(part.words), part.spoken) for part in excerpt.parts))

    def article(self, article: Article) -> Article:
        url, canonical = self.url(article.url), self.url(article.canonical_url)
        return replace(article, url=url, canonical_url=canonical, title="", byline=(), image="")


def _folded(name: str) -> str:
    marked = unicodedata.normalize("NFD", name)
    return "".join(c for c in marked if not unicodedata.combining(c)).casefold()


def _pattern(name: str) -> str:
    """Matches a name with any accents, and as a whole word where its script parts words by blanks."""
    letters = "".join(r"[\s-]+" if c == " " else re.escape(c) + "[\u0300-\u036f]*" for c in name)
    return rf"\b{letters}(?!\w)" if name.isascii() else letters
