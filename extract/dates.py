"""Dates as pages write them: aware, with the zone that the page gives, never in the future and never "now"."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_ISO = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})(?!\d)(?:[T ](\d{2}):?(\d{2})(?::?(\d{2}))?(?:[.,]\d+)?)?\s*(Z|[+-]\d{2}:?\d{2})?",
    re.IGNORECASE,
)
_MONTHS = (
    "jan|gen|ene|oca|\u044f\u043d\u0432|\u064a\u0646\u0627\u064a\u0631",
    "feb|f\u00e9v|fev|\u015fub|\u0444\u0435\u0432|\u0641\u0628\u0631\u0627\u064a\u0631",
    "mar|m\u00e4r|maa|mrt|\u043c\u0430\u0440|\u0645\u0627\u0631\u0633",
    "apr|avr|abr|nis|\u0430\u043f\u0440|\u0623\u0628\u0631\u064a\u0644|\u0627\u0628\u0631\u064a\u0644",
    "may|mai|mei|mag|\u043c\u0430\u044f|\u043c\u0430\u0439|\u0645\u0627\u064a\u0648",
    "jun|juin|giu|haz|\u0438\u044e\u043d|\u064a\u0648\u0646\u064a\u0648",
    "jul|juil|lug|tem|\u0438\u044e\u043b|\u064a\u0648\u0644\u064a\u0648",
    "aug|ao\u00fb|ago|agu|a\u011fu|\u0430\u0432\u0433|\u0623\u063a\u0633\u0637\u0633",
    "sep|set|eyl|\u0441\u0435\u043d|\u0633\u0628\u062a\u0645\u0628\u0631",
    "oct|okt|out|ott|eki|\u043e\u043a\u0442|\u0623\u0643\u062a\u0648\u0628\u0631",
    "nov|kas|\u043d\u043e\u044f|\u0646\u0648\u0641\u0645\u0628\u0631",
    "dec|dez|d\u00e9c|dic|des|ara|\u0434\u0435\u043a|\u062f\u064a\u0633\u0645\u0628\u0631",
)
"""Beginnings of the months' names in the languages that are watched."""
_MONTH = f"(?P<month>{'|'.join(_MONTHS)})[^\\W\\d]*"
_WRITTEN = (
    re.compile(rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th|er|\.)?\s+(?:de\s+)?{_MONTH}\.?,?\s+(?:de\s+)?(?P<year>20\d\d|199\d)\b", re.IGNORECASE),
    re.compile(rf"\b{_MONTH}\.?\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>20\d\d|199\d)\b", re.IGNORECASE),
    re.compile(r"\b(?P<year>20\d\d|199\d)[-/.\u5e74](?P<month>\d{1,2})[-/.\u6708](?P<day>\d{1,2})(?!\d)"),
    re.compile(r"\b(?P<day>\d{1,2})[./](?P<month>\d{1,2})[./](?P<year>20\d\d|199\d)\b"),
)  # fmt: skip
_URL = re.compile(
    r"/((?:19|20)\d{2})[/-]?(0?[1-9]|1[0-2]|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[/-]?(0[1-9]|[12]\d|3[01])(?=\D|$)",
    re.IGNORECASE,
)


def parse(text: str, now: datetime | None = None) -> datetime | None:
    """Read an ISO 8601 or RFC 5322 date; a time without a zone is taken for UTC. None where it is not one."""
    text = text.strip()[:100]
    return _sane(_iso(text) or _rfc(text), now)


def of_url(url: str, now: datetime | None = None) -> datetime | None:
    """The day that stands in an address such as `/2026/03/14/title`, at midnight UTC."""
    match = _URL.search(url)
    return _sane(_day(match[1], match[2], match[3]), now) if match else None


def of_text(text: str, now: datetime | None = None, *, month_first: bool = False) -> datetime | None:
    """The first day that a short text names in words or figures; 4/5/2026 is April's where `month_first`."""
    for pattern in _WRITTEN:
        for match in pattern.finditer(text):
            day, month = match["day"], match["month"]
            slashed = match[0].count("/") == 2 and not match[0].startswith(match["year"])
            if slashed and (month_first or int(month) > 12) and int(day) <= 12:
                day, month = month, day
            if found := _sane(_day(match["year"], month, day), now):
                return found
    return None


def _day(year: str, month: str, day: str) -> datetime | None:
    if not month.isdigit():
        name = month.casefold()
        month = str(next(number for number, names in enumerate(_MONTHS, 1) if re.match(names, name)))
    try:
        return datetime(int(year), int(month), int(day), tzinfo=UTC)
    except ValueError:
        return None


def _iso(text: str) -> datetime | None:
    match = _ISO.match(text)
    if not match:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    try:
        return datetime(year, month, day, hour % 24, minute, min(second, 59), tzinfo=_zone(match[7] or "Z"))
    except ValueError:
        return None


def _zone(text: str) -> timezone:
    if text in "Zz":
        return UTC
    sign = -1 if text[0] == "-" else 1
    digits = text[1:].replace(":", "")
    offset = sign * timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(offset) if offset else UTC


def _rfc(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _sane(found: datetime | None, now: datetime | None) -> datetime | None:
    try:
        if found is None or found.astimezone(UTC) < EARLIEST or (now and found > now + timedelta(days=2)):
            return None
    except (OverflowError, ValueError):
        return None
    return found
