"""Dates as pages write them; aware, in UTC, never in the future and never "now"."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_ISO = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):?(\d{2})(?::?(\d{2}))?(?:[.,]\d+)?)?\s*(Z|[+-]\d{2}:?\d{2})?", re.IGNORECASE
)
_URL = re.compile(r"/((?:19|20)\d{2})[/-]?(0[1-9]|1[0-2])[/-]?(0[1-9]|[12]\d|3[01])(?=\D|$)")


def parse(text: str, now: datetime | None = None) -> datetime | None:
    """Read an ISO 8601 or RFC 5322 date; a time without a zone is taken for UTC. None where it is not one."""
    text = text.strip()[:100]
    return _sane(_iso(text) or _rfc(text), now)


def of_url(url: str, now: datetime | None = None) -> datetime | None:
    """The day that stands in an address such as `/2026/03/14/title`, at midnight UTC."""
    match = _URL.search(url)
    if not match:
        return None
    try:
        return _sane(datetime(int(match[1]), int(match[2]), int(match[3]), tzinfo=UTC), now)
    except ValueError:
        return None


def _iso(text: str) -> datetime | None:
    match = _ISO.match(text)
    if not match:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    try:
        found = datetime(year, month, day, hour % 24, minute, min(second, 59), tzinfo=UTC)
        return found - _offset(match[7] or "Z")
    except (ValueError, OverflowError):
        return None


def _offset(zone: str) -> timedelta:
    if zone in "Zz":
        return timedelta()
    sign = -1 if zone[0] == "-" else 1
    digits = zone[1:].replace(":", "")
    return sign * timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))


def _rfc(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def _sane(found: datetime | None, now: datetime | None) -> datetime | None:
    if found is None or found < EARLIEST or (now and found > now + timedelta(days=2)):
        return None
    return found
