"""WebSub (W3C recommendation of 2018): hubs push what a feed has new, so that nobody has to poll for it.

A poll notes the hub that its feed names. The subscriber asks it for pushes to an address that nobody can guess; the hub
asks back whether we did (verification of intent); from then on it posts what is new, signed with a secret of that
subscription. Entries go where a poll's go. Polls go on, more slowly, and find out whether a push was missed.

A hub is believed no further than a feed: what is not signed is dropped, and articles are taken from hosts only on which
the feed had articles before. All else will come with the next poll.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from config import WebSubConfig
from db import Store
from db.pushes import Subscription
from serving import Request, Response, Server, values
from spiders import feeds
from spiders.run import Crawls
from spiders.subscribing import Ask

log = logging.getLogger("outspoken.websub")

LEASE = timedelta(days=10)
"""Asked for; hubs give what they like."""
SHORTEST, LONGEST = timedelta(minutes=5), timedelta(days=90)
"""Leases that are believed."""
FIRST_AGAIN, LAST_AGAIN = timedelta(hours=1), timedelta(days=1)
"""Time until a hub is asked again that did not verify: doubled from the first to the last."""
ASKED = 50
"""Hubs that are asked in one go."""
BODY = 1_000_000
"""Bytes of a push that are read."""
PUSHES = 120
"""Pushes of one subscription in an hour."""
ENTRIES = 100
"""Entries of one push that are taken."""
REMEMBERED = 500
"""Pushes of one subscription that are known again."""
HOUR = timedelta(hours=1)
METHODS = {name: getattr(hashlib, name) for name in ("sha1", "sha256", "sha384", "sha512")}


@dataclass
class Subscriber:
    """Asks hubs for pushes, and again before a lease ends."""

    store: Store
    settings: WebSubConfig
    crawls: Crawls
    clock: Callable[[], datetime]

    async def subscribe(self) -> None:
        """Ask the hubs that are due."""
        now, asks = self.clock(), list[Ask]()
        for each in self.store.due_subscriptions(now, ASKED):
            again = now + min(FIRST_AGAIN * 2 ** min(each.attempts, 8), LAST_AGAIN)
            why = unfit(each)
            # before it is asked: a hub may verify before its answer has come back
            self.store.asked_hub(each.source.name, again, why, now)
            asks += [] if why else [Ask(each.source, each.hub, self._form(each))]
        for source, refused in (await self.crawls.subscribe(asks)).items():
            if refused:
                log.info("%s: its hub was asked: %s", source, refused)
                self.store.hub_refused(source, refused)

    def _form(self, each: Subscription) -> dict[str, str]:
        return {
            "hub.mode": "subscribe",
            "hub.topic": each.topic,
            "hub.callback": f"{self.settings.callback.rstrip('/')}/{each.token}",
            "hub.secret": each.secret,
            "hub.lease_seconds": str(int(LEASE.total_seconds())),
        }


def unfit(each: Subscription) -> str:
    """Why a hub is not asked, in a sentence; empty where it is."""
    if not each.hub.startswith("https://") and not each.source.allow_private:
        return "its hub is not reached by https, so that its signature would prove nothing"
    return ""


@dataclass
class Callback:
    """Answers hubs: their verifications, and their pushes."""

    store: Store
    clock: Callable[[], datetime]
    _known: dict[str, deque[bytes]] = field(default_factory=lambda: defaultdict(lambda: deque(maxlen=REMEMBERED)))
    _times: dict[str, deque[datetime]] = field(default_factory=lambda: defaultdict(lambda: deque(maxlen=PUSHES)))

    async def answer(self, request: Request) -> Response:
        """Answer one request."""
        found = self.store.subscription(request.path.rpartition("/")[2], self.clock())
        if found is None:
            return _said(404)
        if request.method == "GET":
            return self._verify(found, values(request.query))
        return await self._push(found, request) if request.method == "POST" else _said(405)

    def trouble(self) -> Response:
        """The hub shall try again."""
        return _said(500)

    def _verify(self, found: Subscription, asked: Mapping[str, str]) -> Response:
        """Say yes to what we asked for ourselves, to nothing else."""
        mode, topic, now = asked.get("hub.mode", ""), asked.get("hub.topic", ""), self.clock()
        if mode == "denied":
            why = f"its hub refuses: {' '.join(asked.get('hub.reason', '').split())[:200] or 'it does not say why'}"
            return _said(200 if self.store.denied_by_hub(found.token, topic, why, now + LAST_AGAIN) else 404)
        lease = asked.get("hub.lease_seconds", "")
        if mode != "subscribe" or not lease.isdecimal() or not asked.get("hub.challenge"):
            return _said(404)
        span = min(max(timedelta(seconds=int(lease[:9])), SHORTEST), LONGEST)
        if not self.store.verify_hub(found.token, topic, span, now):
            return _said(404)
        log.info("%s: its hub pushes from now on, for %s", found.source.name, span)
        return Response(200, asked["hub.challenge"][:2000], "text/plain")

    async def _push(self, found: Subscription, request: Request) -> Response:
        """Take a push that is signed and new, and belongs to a subscription that holds."""
        name, now = found.source.name, self.clock()
        if not found.active:
            return _said(404)
        times = self._times[name]
        if len(times) == PUSHES and now - times[0] < HOUR:
            return _said(429)
        times.append(now)
        if not signed(request, found.secret):
            self.store.rejected_push(name)
            log.warning("%s: a push was not signed by its hub", name)
            return _said(403)
        mark = hashlib.sha256(request.body).digest()
        if mark in self._known[name]:
            return _said(200)
        kind = request.headers.get("content-type", "")
        feed = await asyncio.to_thread(feeds.parse, request.body, kind, found.topic, now)
        if feed is None:
            self.store.rejected_push(name)
            return _said(400)
        hosts = {urlsplit(url).netloc for url in self.store.hosts(name)}
        own = [entry for entry in feed.entries if urlsplit(entry.url).netloc in hosts][:ENTRIES]
        new = self.store.record_pushed(name, own, now)
        self._known[name].append(mark)
        log.info("%s: its hub pushed %d entries, %d of them new", name, len(own), new)
        return _said(200)


def signed(request: Request, secret: str) -> bool:
    """Whether `X-Hub-Signature` is that of the body (section 7.1): sha1, sha256, sha384 or sha512."""
    method, _, told = request.headers.get("x-hub-signature", "").partition("=")
    if method.lower() not in METHODS:
        return False
    right = hmac.new(secret.encode(), request.body, METHODS[method.lower()]).hexdigest()
    return hmac.compare_digest(right.encode(), told.strip().lower().encode())


def _said(status: int) -> Response:
    return Response(status, "", "text/plain")


def server(settings: WebSubConfig, store: Store, clock: Callable[[], datetime]) -> Server | None:
    """The server that hubs reach; None where no callback is configured."""
    if not settings.callback:
        return None
    return Server(Callback(store, clock), settings.listen, "websub.listen", BODY)
