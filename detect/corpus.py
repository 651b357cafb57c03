"""Labelled or unlabelled articles as JSON objects (docs/definition.md has their form)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from model import Article, Credit


def article_of_row(row: dict[str, Any]) -> Article:
    """The article of a row."""
    byline, credit = row.get("byline") or (), row.get("credit")
    named = f"https://corpus.invalid/{_text(row['id'])}"
    return Article(
        url=_text(row.get("url")) or named,
        title=_text(row.get("title")),
        text=_text(row.get("text")),
        canonical_url=named,
        byline=tuple(map(_text, byline if isinstance(byline, list | tuple) else [byline])),
        published=time_of(row.get("published")),
        language=_text(row.get("language")),
        outlet=_text(row.get("outlet")),
        credit=Credit(_text(credit.get("outlet")), _text(credit.get("author"))) if isinstance(credit, dict) else None,
    )


def _text(value: object) -> str:
    """A text without halves of characters (`"\\ud800"` in JSON), which no file or database takes."""
    return "" if value is None else str(value).encode("utf-8", "replace").decode()


def time_of(value: object) -> datetime | None:
    """A date or time of a corpus, in UTC; None where there is none."""
    try:
        found = datetime.fromisoformat(str(value))
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
