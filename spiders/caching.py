"""How long a server says that an answer stays fresh (RFC 9111): we do not ask again before."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

_MAX_AGE = re.compile(r"(?:^|[\s,])max-age\s*=\s*\"?(\d{1,9})", re.IGNORECASE)


def freshness(headers: Any, now: datetime) -> timedelta | None:
    """From Cache-Control's max-age, less Age, or else Expires; None where nothing is said."""
    control = b",".join(headers.getlist(b"Cache-Control")).decode("latin-1")
    if re.search(r"no-store|no-cache", control, re.IGNORECASE):
        return None
    if match := _MAX_AGE.search(control):
        age = (headers.get(b"Age") or b"0").decode("latin-1").strip()
        return max(timedelta(), timedelta(seconds=int(match[1]) - (int(age[:9]) if age.isdecimal() else 0))) or None
    try:
        expires = parsedate_to_datetime((headers.get(b"Expires") or b"").decode("latin-1"))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    wait = (expires if expires.tzinfo else expires.replace(tzinfo=UTC)) - now
    return wait if wait > timedelta() else None
