"""The subscribe spider: asks WebSub hubs to push (W3C WebSub, section 5.1), with the limits of any other request.

A hub's address comes out of a feed, so it is as little trusted as a feed's own: no private addresses, no large answers.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from model import Source
from spiders import troubles
from spiders.base import HubSpider

LARGEST = 20_000
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Ask:
    """A request to a hub on behalf of a source."""

    source: Source
    hub: str
    form: Mapping[str, str]


class SubscribeSpider(HubSpider):
    """Sends requests to hubs; `said` takes why one was refused, by source, empty where it was accepted."""

    name = "subscribe"
    asks: list[Ask] | None = None
    said: dict[str, str] | None = None

    async def start(self) -> AsyncIterator[Any]:
        """One request a hub and source."""
        for ask in self.asks or ():
            request = self.request(
                ask.hub,
                ask.source,
                LARGEST,
                method="POST",
                body=urlencode(ask.form),
                headers={"Content-Type": FORM},
                callback=self.parse,
                errback=self.failed,
                # robots.txt tells of pages; a hub's address is there to be asked
                meta={"name": ask.source.name, "ours": True},
            )
            if request is None:
                self._note(ask.source.name, troubles.NO_ADDRESS)
            else:
                yield request

    async def parse(self, response: Any, **_: Any) -> None:
        """Note what the hub answers: anything of 200 to 299 is a yes, to be followed by its verification."""
        accepted = 200 <= response.status < 300
        self._note(response.meta["name"], "" if accepted else troubles.of_status(response.status).sentence)

    async def failed(self, failure: Any) -> None:
        """Note what went wrong."""
        self._note(failure.request.meta["name"], troubles.of_failure(failure).sentence)

    def _note(self, name: str, sentence: str) -> None:
        if self.said is not None:
            self.said[name] = sentence
