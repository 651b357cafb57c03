"""Asks a second reader about what scored unsure, within a budget; off unless `[second_reader]` is configured.

What is to be asked is a row, written with the finding; a call is counted before it is made. So a kill loses no question
and overspends no budget. An accepted opinion goes the way of every finding (`telling.store_reading`): join, alert, once.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import second_opinion
from alerts.http import Post, post, refusal
from config import SecondReaderConfig, secret
from db import Store
from db.second import Unsure
from errors import ConfigError, DeliveryError
from model import Entry, Fetch, Reading, Source
from telling import Telling, store_reading

log = logging.getLogger("outspoken.second_reader")

DAY = timedelta(days=1)
WAIT = timedelta(minutes=2)
"""After the first failure; each further one doubles it."""
MOST_ANSWER = 200_000
"""Bytes of an endpoint's answer that are read."""


async def ask(settings: SecondReaderConfig, unsure: Unsure) -> str:
    """What the model answers, as text. Raises DeliveryError, ConfigError, ValueError."""
    body = second_opinion.question(unsure.article, unsure.finding, settings.model, settings.characters)
    headers = {"Content-Type": "application/json"}
    if settings.key:
        headers["Authorization"] = f"Bearer {secret(settings.key)}"
    url = f"{settings.url.rstrip('/')}/chat/completions"
    seconds = settings.timeout.total_seconds()
    answer = await post(Post(url, json.dumps(body).encode(), headers, seconds, most=MOST_ANSWER))
    if (error := refusal(answer)) is not None:
        raise error
    return second_opinion.content(answer.text)


@dataclass
class SecondReader:
    """Asks about one article at a time."""

    store: Store
    settings: Callable[[], SecondReaderConfig | None]
    telling: Callable[[Fetch], Telling]
    clock: Callable[[], datetime]
    _running: asyncio.Task[bool] | None = field(default=None)

    def start(self) -> None:
        """Ask about what is due, unless a question is under way."""
        if self.settings() is not None and (self._running is None or self._running.done()):
            self._running = asyncio.create_task(self.run_once())
            self._running.add_done_callback(_ended)

    async def finish(self, seconds: float) -> None:
        """A question under way has so many seconds to end; one that does not is asked again later."""
        if self._running is not None and not self._running.done():
            await asyncio.wait([self._running], timeout=seconds)
            self._running.cancel()

    async def run_once(self) -> bool:
        """Ask about the finding that has waited longest; False where nothing is due or the day's budget is spent."""
        settings, now = self.settings(), self.clock()
        if settings is None or (unsure := self.store.next_unsure(now)) is None:
            return False
        if said := second_opinion.speaks_to_machines(unsure.article):
            self.store.end_second(unsure, "refused", f"the article speaks to machines: “{said}”", "", now)
            return True
        if self.store.second_calls(now - DAY) >= settings.per_day:
            return False
        self.store.begin_second(unsure, settings.model, now + WAIT * 2**unsure.attempts, now)
        try:
            answer = await ask(settings, unsure)
        except (DeliveryError, ConfigError, ValueError) as error:
            self._failed(settings, unsure, error)
            return True
        self._answered(unsure, answer)
        return True

    def _answered(self, unsure: Unsure, answer: str) -> None:
        """The opinion and what follows from it, in one transaction."""
        opinion, now = second_opinion.judge(unsure.article, unsure.finding, answer), self.clock()
        with self.store.transaction():
            self.store.end_second(unsure, opinion.state, opinion.reason, answer[:MOST_ANSWER], now)
            if opinion.state == "accepted":
                finding = second_opinion.convinced(unsure.finding, opinion)
                source = next((poll.source for poll in self.store.polls_of([unsure.source])), None)
                fetch = Fetch(0, source or Source(unsure.source, unsure.article.url), _entry(unsure))
                store_reading(self.store, fetch, Reading(unsure.article, (finding,)), self.telling(fetch))
        log.info("%s: the second reader: %s (%s)", unsure.article.url, opinion.state, opinion.reason)

    def _failed(self, settings: SecondReaderConfig, unsure: Unsure, error: Exception) -> None:
        retry = not isinstance(error, DeliveryError) or error.retry
        log.warning("the second reader at %s: %s", settings.url, error)
        if not retry or unsure.attempts + 1 >= settings.attempts:
            self.store.end_second(unsure, "failed", str(error), "", self.clock())


def _entry(unsure: Unsure) -> Entry:
    return Entry(unsure.article.url, unsure.article.url, published=unsure.article.published)


def _ended(task: asyncio.Task[bool]) -> None:
    if not task.cancelled() and (error := task.exception()):
        log.error("a second reading ended badly; it is due again later: %s", error, exc_info=error)
