"""Links by which a reader of an alert says what it is worth: signed, for one account and word, and with an end.

A token is `account.verdict.expires.channel.signature` in letters that an address may hold; the signature is
HMAC-SHA256 over the rest, with the `[verdicts]` secret as the key. A link alone changes nothing: mail scanners follow
links, so the page behind it asks for one more click.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from pydantic import SecretStr

from alerts.message import Link
from delivery import VERDICTS, Alert

TEXTS = {
    "confirm": "Right",
    "wrong": "Right, but a field is wrong",
    "duplicate": "Known already",
    "not-account": "Not an account",
}
_TOKEN = re.compile(r"(\d{1,15})\.([a-z-]{1,20})\.(\d{1,12})\.([\w.-]{1,60})\.([0-9a-f]{64})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Claim:
    """What a valid token says."""

    account: int
    verdict: str
    channel: str
    expires: datetime


@dataclass(frozen=True, slots=True)
class Signer:
    """Makes and checks the links."""

    base_url: str
    secret: SecretStr = field(repr=False)
    days: int = 30

    def links(self, alert: Alert, channel: str) -> tuple[Link, ...]:
        """A link for each verdict; the same at every attempt. None for what is not about an account."""
        if alert.account_id is None or alert.kind not in ("account", "follow-up"):
            return ()
        return tuple(Link(TEXTS[verdict], self.url(alert, verdict, channel)) for verdict in VERDICTS)

    def url(self, alert: Alert, verdict: str, channel: str) -> str:
        """The address of a verdict's page."""
        expires = int((alert.created + timedelta(days=self.days)).timestamp())
        said = f"{alert.account_id}.{verdict}.{expires}.{channel}"
        return f"{self.base_url.rstrip('/')}/verdict?t={said}.{self._mac(said)}"

    def read(self, token: str, now: datetime) -> Claim | None:
        """What a token says; None where it is forged, malformed or too old."""
        found = _TOKEN.fullmatch(token)
        if found is None or not hmac.compare_digest(self._mac(token.rpartition(".")[0]), found[5]):
            return None
        expires = datetime.fromtimestamp(int(found[3]), UTC)
        known = found[2] in VERDICTS and now <= expires
        return Claim(int(found[1]), found[2], found[4], expires) if known else None

    def _mac(self, said: str) -> str:
        return hmac.new(self.secret.get_secret_value().encode(), f"verdict.{said}".encode(), hashlib.sha256).hexdigest()


def from_slack(body: bytes, timestamp: str, signature: str, secret: str, now: datetime) -> bool:
    """Whether a request is Slack's and not older than five minutes
    (docs.slack.dev/authentication/verifying-requests-from-slack).
    """
    if not re.fullmatch(r"\d{1,12}", timestamp, re.ASCII) or abs(now.timestamp() - int(timestamp)) > 300:
        return False
    mac = hmac.new(secret.encode(), f"v0:{timestamp}:".encode() + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(f"v0={mac}".encode(), signature.encode("utf-8", "replace"))
