"""An alert as JSON, for programs: webhooks and files. docs/alerts.md describes every field."""

from __future__ import annotations

from typing import Any

from alerts import words
from alerts.message import Message, compose
from delivery import Alert
from model import Account, Article

VERSION = 1


def record(alert: Alert, message: Message) -> dict[str, Any]:
    """The JSON object of a cleaned and redacted alert; the same alert always gives the same object."""
    return {
        "version": VERSION,
        "id": message.key,
        "kind": alert.kind,
        "created": alert.created.isoformat(),
        "title": message.subject,
        "text": alert.body,
        "profile": alert.profile,
        "score": round(alert.score, 4),
        "account_id": alert.account_id,
        "account": alert.account and _account(alert.account),
        "article": alert.article and _article(alert.article),
        "why": [{"name": each.name, "weight": round(each.weight, 4), "text": each.text} for each in alert.why],
        "why_new": list(alert.why_new),
        "near": [
            {"account": e.account, "name": e.name, "likeness": round(e.likeness, 4), "reason": e.reason}
            for e in alert.near
        ],
        "excerpts": [[{"words": p.words, "spoken": p.spoken} for p in each.parts] for each in message.quotes],
        "archived": alert.archived,
        "links": [{"text": link.text, "url": link.url} for link in message.links],
        "carriers": [
            {"outlet": c.outlet, "title": c.title, "url": c.url, "published": _time(c.published)}
            for c in alert.carriers
        ],
        "items": [record(item, compose(item)) for item in alert.items],
    }


def _account(account: Account) -> dict[str, Any]:
    return {
        "name": account.name,
        "name_type": account.name_type,
        "aliases": list(account.aliases),
        "group": account.group,
        "role": account.role,
        "nationality": account.nationality,
        "country": words.country(account.nationality) if account.nationality else "",
        "gender": account.gender,
        "age": account.age,
        "exit": account.exit,
        "reasons": list(account.reasons),
        "quotes": list(account.quotes),
        "evidence": account.evidence,
    }


def _article(article: Article) -> dict[str, Any]:
    credit = article.credit
    return {
        "url": article.url,
        "canonical_url": article.canonical_url,
        "title": article.title,
        "outlet": article.outlet,
        "byline": list(article.byline),
        "published": _time(article.published),
        "language": article.language,
        "partial": article.partial,
        "credit": {"outlet": credit.outlet, "author": credit.author} if credit else None,
    }


def _time(when: Any) -> str | None:
    return when.isoformat() if when else None
