"""What went wrong with a request, in one sentence, and whether another try makes sense."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from scrapy import exceptions as scrapy_errors
from scrapy.exceptions import IgnoreRequest
from twisted.internet.error import ConnectError
from twisted.web.client import ResponseFailed

from spiders.handler import HEADER_BYTES
from spiders.robots import Disallowed
from spiders.safety import Forbidden

LONGEST_HOLD = timedelta(days=1)
"""However long a server asks us to stay away, we ask again after a day."""
FINAL = {400, 401, 403, 404, 405, 406, 410, 451}
"""Statuses of a page that will hardly change; all others are tried again."""
NO_ADDRESS = "is no http or https address"
BROKEN = "the connection broke before the answer was complete"
UNPACKABLE = "is compressed in a way that cannot be unpacked"
EMPTY = "the answer is empty"
_PACKERS = {
    "zlib",
    "gzip",
    "brotli",
    "_brotli",
    "brotlicffi",
    "compression.zstd",
    "backports.zstd",
    "backports.zstd._zstd",
}


@dataclass(frozen=True, slots=True)
class Trouble:
    """A request's failure. `sentence` has no URL in it: whoever shows it knows which it was."""

    sentence: str
    retry: bool = True


def of_failure(failure: Any) -> Trouble:
    """The trouble behind a failed request (a Twisted Failure)."""
    return of_error(failure.value, failure.request)


def of_error(error: BaseException, request: Any) -> Trouble:
    """The trouble behind an exception that a request ended with."""
    chain = list(_causes(error))
    for each in chain:
        if isinstance(each, Forbidden):
            return Trouble(f"is never fetched: {each}", retry=False)
        if isinstance(each, Disallowed):
            return Trouble("robots.txt forbids it", retry=False)
        if _is_tls(each):
            return Trouble(f"the TLS certificate or connection is not valid: {_tls_reason(each)}")
    if _is_too_large(error):
        most = request.meta.get("download_maxsize", 0)
        return Trouble(f"is larger than the limit of {most:,} bytes", retry=False)
    return _named(error)


def of_status(status: int) -> Trouble:
    """The trouble behind a response that is no page."""
    names = {
        404: "not found",
        410: "gone for good",
        401: "asks for a password",
        403: "refuses us",
        429: "asks us to wait",
    }
    others = {3: "a redirect that leads nowhere", 5: "an error of the server"}
    name = names.get(status) or others.get(status // 100, "no page")
    return Trouble(f"the server answered {status}: {name}", retry=status not in FINAL)


def hold(headers: Any, now: datetime) -> timedelta | None:
    """How long Retry-After asks us to stay away: seconds or a date, a day at most."""
    value = (headers.get(b"Retry-After") or b"").decode("latin-1").strip()
    if value.isdecimal():
        wait = timedelta(seconds=min(int(value[:9]), 10**8))
    else:
        try:
            date = parsedate_to_datetime(value)
        except (ValueError, TypeError, IndexError, OverflowError):
            return None
        wait = (date if date.tzinfo else date.replace(tzinfo=UTC)) - now
    return max(timedelta(), min(wait, LONGEST_HOLD))


def _named(error: BaseException) -> Trouble:
    if isinstance(error, scrapy_errors.CannotResolveHostError):
        return Trouble("the name of the host cannot be resolved")
    if isinstance(error, scrapy_errors.DownloadConnectionRefusedError):
        return Trouble("the host refuses connections")
    if isinstance(error, scrapy_errors.DownloadTimeoutError):
        return Trouble("the answer took too long")
    if isinstance(error, IgnoreRequest):
        return Trouble("too many redirects", retry=False)
    if isinstance(error, scrapy_errors.DownloadFailedError):
        return Trouble(f"{BROKEN} (or its headers exceed {HEADER_BYTES:,} bytes)")
    if isinstance(error, ConnectError):
        return Trouble(f"the host cannot be reached: {_short(error)}")
    if type(error).__module__ in _PACKERS:
        return Trouble(UNPACKABLE)
    if isinstance(error, ValueError):
        return Trouble(f"leads to an address that cannot be fetched: {_short(error)}", retry=False)
    return Trouble(f"the request failed: {type(error).__name__}: {_short(error)}")


def _causes(error: BaseException | None) -> Any:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        if isinstance(error, ResponseFailed):
            yield from (reason.value for reason in error.reasons)
        error = error.__cause__ or error.__context__


def packed(headers: Any) -> bool:
    """Whether a body is still in an encoding that nobody here can unpack."""
    left = (headers.get(b"Content-Encoding") or b"").strip().lower()
    return left not in (b"", b"identity")


def _is_too_large(error: BaseException) -> bool:
    """While it came, or while it was unpacked: Scrapy has no type of its own for the second."""
    if isinstance(error, scrapy_errors.DownloadCancelledError):
        return True
    return isinstance(error, IgnoreRequest) and "DOWNLOAD_MAXSIZE" in str(error)


def _tls_reason(error: BaseException) -> str:
    """OpenSSL's reasons come as tuples of library, function and reason."""
    reasons = error.args[0] if error.args and isinstance(error.args[0], list) else []
    return ", ".join(str(each[-1]) for each in reasons if each) or _short(error)


def _is_tls(error: BaseException) -> bool:
    return type(error).__module__.startswith(("OpenSSL", "service_identity"))


def _short(error: BaseException) -> str:
    return " ".join(str(error).split())[:200]
