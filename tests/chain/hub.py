"""A WebSub hub of somebody else's making, Flask-WebSub, on loopback, with threads for its tasks instead of Celery's."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask
from flask_websub.hub import Hub, SQLite3HubStorage
from werkzeug.serving import make_server


class _Task:
    """A task of the hub: `delay` runs it in a thread, `retry` gives up."""

    def __init__(self, work: Callable[..., Any], *, bound: bool) -> None:
        self._work, self._bound = work, bound

    def delay(self, *args: Any, **named: Any) -> None:
        given = (self, *args) if self._bound else args
        threading.Thread(target=self._work, args=given, kwargs=named, daemon=True).start()

    def retry(self, countdown: float) -> None:
        """Nothing is tried again here."""


class _Tasks:
    def task(self, *, bind: bool = False, **_: Any) -> Callable[[Callable[..., Any]], _Task]:
        return lambda work: _Task(work, bound=bind)


@dataclass
class Running:
    """The hub's address, and how to let it push a topic to those who subscribed."""

    url: str
    hub: Hub

    def push(self, topic: str) -> None:
        self.hub.send_change_notification.delay(topic)

    def subscribers(self, topic: str) -> list[tuple[str, str]]:
        """Callbacks with their secrets."""
        return list(self.hub.storage.get_callbacks(topic))


@contextmanager
def hub(folder: Path, **config: Any) -> Iterator[Running]:
    """Run a hub until the block ends."""
    made = Hub(SQLite3HubStorage(str(folder / "hub.sqlite3")), _Tasks(), **config)
    app = Flask("hub")
    app.register_blueprint(made.build_blueprint(url_prefix="/hub"))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Running(f"http://127.0.0.1:{server.server_port}/hub", made)
    finally:
        server.shutdown()
        server.server_close()
