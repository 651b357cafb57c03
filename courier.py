"""Between the outbox and the channels: what is due goes out, what became of it is written down.

Each channel has a line of its own, so that one that is slow or dead holds up nobody else. A delivery is marked
`sending` before it leaves and gets its outcome in a transaction of its own; what a crash leaves at `sending` becomes
`unknown` and is sent again with the same key, by which a receiver can know it.

A channel gets at most `alerts.backlog` new cases in ten minutes one by one. What comes beyond, as after a downtime,
waits until the flood is over and goes out as one digest.

One case, one place: nothing overtakes an earlier message of its case (`Outbox.due_deliveries`), and what follows on a
case within a channel's `spacing` goes out as one message.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from random import Random

from alerts.channels import Channel
from alerts.deliver import deliver, next_try
from config import AlertConfig
from db import Store
from delivery import Alert, DeliveryState, Due, Sent

log = logging.getLogger("outspoken.courier")

DIGESTS = ("hourly", "daily", "weekly")
"""Paces of what waits for a digest."""
DIGEST = 30
"""Alerts of one digest, all of which are shown; more make another one."""
TOLD = {"account": "new account", "follow-up": "follow-up", "report": "report"}
"""Kinds of alerts that a digest may hold."""
LATE = ("account", "report")
"""Kinds that a digest takes when they are late; follow-ups wait for their case and come together as they are."""
HOUR = timedelta(hours=1)
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
    _lanes: dict[str, asyncio.Task[int]] = field(default_factory=dict)
    _ending: bool = False

    def start(self) -> None:
        """Begin to deliver what is due on every channel that is not busy yet."""
        for name in self.channels.keys() - self._lanes.keys():
            lane = asyncio.create_task(self._serve(self.channels[name]))
            self._lanes[name] = lane
            lane.add_done_callback(partial(self._ended, name))

    async def run_once(self) -> int:
        """Deliver everything that is due now; returns how many deliveries were tried."""
        self.start()
        return sum(await asyncio.gather(*self._lanes.values()))

    async def finish(self, seconds: float) -> None:
        """Begin no delivery any more; those under way have so many seconds to end."""
        self._ending = True
        if self._lanes:
            _, late = await asyncio.wait(self._lanes.values(), timeout=seconds)
            for lane in late:
                lane.cancel()

    async def _serve(self, channel: Channel) -> int:
        ready = self._ready(channel, self.clock())
        for due in ready:
            if self._ending:
                break
            await self._deliver(channel, due)
        return len(ready)

    def _ended(self, name: str, lane: asyncio.Task[int]) -> None:
        del self._lanes[name]
        if not lane.cancelled() and (error := lane.exception()):
            log.error("%s: what is due there stays due: %s", name, error, exc_info=error)

    def _ready(self, channel: Channel, now: datetime) -> list[Due]:
        """What goes out on a channel now, in the order in which it came to be.

        What is due for a digest, waited too long, or is beyond the channel's `backlog`, becomes one.
        """
        due = self._without_digests(channel, self.store.due_deliveries(now, channel.name, limit=500), now)
        ready = [each for one in due if (each := self._in_its_time(channel, one, now))]
        return self._within_rate(channel, self._without_flood(channel, ready, now), now)

    def _without_digests(self, channel: Channel, due: list[Due], now: datetime) -> list[Due]:
        """Make digests of what is due for one, and of what could not go out for `alerts.digest_after`."""
        foldable = [each for each in due if each.pace in DIGESTS and each.attempts == 0]
        since = now - self.settings.digest_after
        if channel.digests and any(_is_late(each, since) for each in due):
            late = self.store.late_deliveries(channel.name, since)
            foldable += [each for each in late if _is_late(each, since)]
        gone = self._digest(foldable, now)
        return [each for each in due if each.id not in gone]

    def _digest(self, dues: Sequence[Due], now: datetime) -> set[int]:
        """Replace deliveries by digests of at most DIGEST; a single one stays itself. Returns what was replaced."""
        gone = set[int]()
        for start in range(0, len(dues), DIGEST):
            held = sorted(dues, key=lambda each: each.id)[start : start + DIGEST]
            if len(held) > 1:
                self.store.fold(_digest(held[0].channel, held, now), held, now)
                gone |= {each.id for each in held}
        return gone

    def _in_its_time(self, channel: Channel, due: Due, now: datetime) -> Due | None:
        """The delivery, unless it is a follow-up that is not for now; of several of one case the newest tells all."""
        if due.alert.kind != "follow-up" or due.attempts or due.pace in DIGESTS or due.alert.account_id is None:
            return due
        waiting, case = self.store.waiting_follow_ups(due.alert.account_id, due.channel), due.case
        if case and channel.most is not None and case.follow_ups >= channel.most:
            self.store.absorb(waiting, case.alert.key, now)
            return None
        if case and case.last + channel.spacing > now:
            for each in waiting:
                self.store.put_off(each, case.last + channel.spacing)
            return None
        self.store.absorb(waiting[:-1], waiting[-1].alert.key, now)
        return waiting[-1]

    def _without_flood(self, channel: Channel, due: list[Due], now: datetime) -> list[Due]:
        """Without what is beyond the channel's `backlog`; when the flood is over it becomes a digest."""
        fresh = [each for each in due if each.alert.kind == "account" and each.attempts == 0]
        budget = max(self.settings.backlog - self.store.sent_since(channel.name, "account", now - WINDOW), 0)
        held = fresh[budget:]
        if not held or not channel.digests:
            return due
        if now - held[-1].alert.created > QUIET or now - held[0].alert.created > WINDOW:
            self._digest(held, now)
        return [each for each in due if each not in held]

    def _within_rate(self, channel: Channel, due: list[Due], now: datetime) -> list[Due]:
        """What the channel may get in this hour; word of trouble always goes out."""
        if channel.per_hour is None or not due:
            return due
        budget = max(channel.per_hour - self.store.sent_since(channel.name, "", now - HOUR), 0)
        ops = [each for each in due if each.alert.kind == "ops"]
        return ops + [each for each in due if each.alert.kind != "ops"][:budget]

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


def _is_late(due: Due, since: datetime) -> bool:
    """Whether a delivery that surely did not arrive is older than a time."""
    return due.pace == "now" and due.alert.kind in LATE and not due.unknown and due.alert.created <= since


def _digest(channel: str, held: Sequence[Due], now: datetime) -> Alert:
    items = tuple(due.alert for due in held)
    pace = next((due.pace.capitalize() for due in held if due.pace in DIGESTS), "")
    return Alert(
        f"digest-{channel}-{held[0].id}-{held[-1].id}", "digest", now, title=_counted(items, pace), items=items
    )


def _counted(items: Sequence[Alert], pace: str) -> str:
    """`Daily: 3 new accounts, 1 report`."""
    kinds = Counter(each.kind for each in items)
    parts = [f"{n} {TOLD[kind]}{'' if n == 1 else 's'}" for kind in TOLD if (n := kinds[kind])]
    return f"{pace}: {', '.join(parts)}" if pace else ", ".join(parts)
