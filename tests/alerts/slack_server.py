"""Slack's API on loopback, as far as a bot uses it: it keeps messages, edits them, answers for its history.

After docs.slack.dev/reference/methods: chat.postMessage, chat.update, conversations.history and .replies.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

from alert_servers import SLOW, Reply
from block_kit import mistakes

TOKEN, CHANNEL = "xoxb-s3cr3t-token", "C0123456789"


@dataclass
class Workspace:
    """`replies` are used up one by one instead of an answer; `silent` ones are done and then not answered."""

    url: str = ""
    replies: list[Reply] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)
    messages: list[dict[str, Any]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    deaf: int = 0
    """So many requests are carried out, and then the line is cut."""
    page: int = 100

    def answer(self, method: str, body: dict[str, Any], token: str) -> dict[str, Any]:
        """What Slack answers."""
        self.calls.append(method)
        if token != f"Bearer {TOKEN}":
            return {"ok": False, "error": "invalid_auth"}
        if error := self.errors.get(method):
            return {"ok": False, "error": error}
        if body.get("channel") != CHANNEL:
            return {"ok": False, "error": "channel_not_found"}
        return {"chat.postMessage": self._post, "chat.update": self._update}.get(method, self._history)(body)

    def _post(self, body: dict[str, Any]) -> dict[str, Any]:
        if body.get("blocks") and mistakes(body["blocks"]):
            return {"ok": False, "error": "invalid_blocks"}
        if not body.get("text"):
            return {"ok": False, "error": "no_text"}
        ts = f"1773480600.{len(self.messages):06}"
        self.messages.append({**body, "ts": ts, "edits": 0})
        return {"ok": True, "channel": CHANNEL, "ts": ts, "message": body}

    def _update(self, body: dict[str, Any]) -> dict[str, Any]:
        found = next((each for each in self.messages if each["ts"] == body["ts"]), None)
        if found is None:
            return {"ok": False, "error": "message_not_found"}
        found.update(body, edits=found["edits"] + 1)
        return {"ok": True, "channel": CHANNEL, "ts": body["ts"], "text": body["text"]}

    def _history(self, body: dict[str, Any]) -> dict[str, Any]:
        thread = body.get("ts", "")
        shown = [each for each in self.messages if thread in (each.get("thread_ts", ""), each["ts"] if thread else "")]
        start = int(body.get("cursor") or 0)
        more = {"next_cursor": str(start + self.page)} if len(shown) > start + self.page else {}
        return {"ok": True, "messages": shown[::-1][start : start + self.page], "response_metadata": more}


@contextmanager
def slack_api(*replies: Reply) -> Iterator[Workspace]:
    """A workspace with one channel."""
    space = Workspace(replies=list(replies))
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"space": space}))
    server.daemon_threads = True
    space.url = f"http://127.0.0.1:{server.server_port}/api/"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield space
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    space: Workspace

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = "form" in self.headers["Content-Type"]
        body = {key: values[0] for key, values in parse_qs(raw).items()} if form else json.loads(raw)
        if self.space.replies:
            reply = self.space.replies.pop(0)
            if reply.slow:
                time.sleep(SLOW)
            self._answer(reply.status, reply.body, reply.headers)
            return
        said = self.space.answer(self.path.rpartition("/")[2], body, self.headers["Authorization"])
        if self.space.deaf:
            self.space.deaf -= 1
            self.close_connection = True
            return
        self._answer(200, json.dumps(said), {})

    def _answer(self, status: int, body: str, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body.encode())), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        pass
