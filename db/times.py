"""Times in the database: ISO 8601 in UTC with microseconds, so that text order is time order."""

from __future__ import annotations

from datetime import UTC, datetime

FORMAT = "%Y-%m-%dT%H:%M:%S.%fZ"


def text(time: datetime) -> str:
    """An aware time as 27 characters."""
    # strftime("%Y") does not pad years below 1000, which hostile pages do name
    return time.astimezone(UTC).strftime(FORMAT).rjust(27, "0")


def optional(time: datetime | None) -> str | None:
    """Like `text`, or None."""
    return text(time) if time else None


def time(value: str | None) -> datetime | None:
    """The time that `text` wrote."""
    return datetime.fromisoformat(value) if value else None
