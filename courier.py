"""Between the outbox and the channels: what is due goes out, what became of it is written down.

Each channel has a line of its own, so that one that is slow or dead holds up nobody else. A delivery is marked
`sending` before it leaves and gets its outcome in a transaction of its own; what a crash leaves at `sending` becomes
`unknown` and is sent again with the same key, by which a receiver can know it.

A channel gets at most `alerts.backlog` new cases in ten minutes one by one. What comes beyond, as after a downtime,
waits until the flood is over and goes out as one digest.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from alerts.channels import Channel
from alerts.deliver import deliver, next_try
from config import AlertConfig
from db import Store
from model import Alert, DeliveryState, Due, Sent

log = logging.getLogger("outspoken.courier")

WINDOW = timedelta(minutes=10)
"""Time in which a channel gets `backlog` cases one by one."""
QUIET = timedelta(seconds=60)
"""A flood is over when so much time has passed without another case for the channel."""


@dataclass
class Courier:
    """Delivers what is due on every channel."""

    store: Store
    channels: Mapping[str, Channel]
    settings: AlertConfig
    clock: Callable[[], datetime]
    random: Random = field(default_factory=Random)

    async def run_once(self) -> int:
        """Deliver everything that is due now; returns how many deliveries were tried."""
        tried = await asyncio.gather(*(self._serve(name, channel) for name, channel in self.channels.items()))
        return sum(tried)

    async def _serve(self, name: str, channel: Channel) -> int:
        ready = self._ready(name, self.clock())
        for due in ready:
            await self._deliver(channel, due)
        return len(ready)

    def _ready(self, name: str, now: datetime) -> list[Due]:
        """What goes out on a channel now; what is beyond its `backlog` waits for a digest or becomes one."""
        due = self.store.due_deliveries(now, name, limit=500)
        fresh = [each for each in due if each.alert.kind == "account" and each.attempts == 0]
        budget = max(self.settings.backlog - self.store.sent_since(name, "account", now - WINDOW), 0)
        held = fresh[budget:]
        if not held:
            return due
        if now - held[-1].alert.created > QUIET or now - held[0].alert.created > WINDOW:
            self.store.fold(_digest(name, held, now), held, now)
        return [each for each in due if each not in held]

    async def _deliver(self, channel: Channel, due: Due) -> None:
        self.store.mark_sending(due, self.clock())
        sent = await deliver(channel, due)
        now = self.clock()
        again = self._again(due, sent, now)
        if again is None and sent.state in (DeliveryState.FAILED, DeliveryState.UNKNOWN):
            sent = Sent(DeliveryState.DEAD, sent.receipt, sent.error)
        self.store.record_sent(due, sent, again, now)
        if sent.state is DeliveryState.DEAD:
            self._tell_ops(due, sent, now)

    def _again(self, due: Due, sent: Sent, now: datetime) -> datetime | None:
        if sent.state not in (DeliveryState.FAILED, DeliveryState.UNKNOWN):
            return None
        if due.attempts + 1 >= self.settings.attempts:
            return None
        return next_try(due.attempts + 1, sent.retry_after, now, self.random)

    def _tell_ops(self, due: Due, sent: Sent, now: datetime) -> None:
        """Let the other channels know that one did not take an alert."""
        log.error("%s did not take %s: %s", due.channel, due.alert.key, sent.error)
        others = [name for name in self.settings.ops or self.channels if name != due.channel and name in self.channels]
        if due.alert.kind == "ops" or not others:
            return
        body = f"{due.channel} did not take the alert «{due.alert.title}»: {sent.error}. See `outspoken alerts list`."
        alert = Alert(
            f"ops-dead-{due.id}", "ops", now, title=f"{due.channel}: an alert could not be delivered", body=body
        )
        self.store.enqueue_alert(alert, others, now)


def _digest(channel: str, held: Sequence[Due], now: datetime) -> Alert:
    title = f"{len(held)} new accounts"
    items = tuple(due.alert for due in held)
    return Alert(f"digest-{channel}-{held[0].id}-{held[-1].id}", "digest", now, title=title, items=items)
