"""Where readers of an alert answer: the page behind a mail's links, and Slack's buttons.

A small HTTP server inside the daemon, for a reverse proxy that speaks TLS. It knows two addresses: `/verdict`, a page
for a signed link that changes nothing until its button is pressed (mail scanners follow links), and `/slack`, which
takes what Slack signs. Everything else is 404; nothing is shown without a valid signature.
"""

from __future__ import annotations

import asyncio
import html
import json
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

from pydantic import SecretStr

from alerts import clean, words
from alerts.signing import TEXTS, Claim, Signer, from_slack
from config import VerdictConfig, secret
from db import CHOICES, Store
from errors import OutspokenError
from model import VERDICTS, Alert

log = logging.getLogger("outspoken.verdicts")

HEAD, BODY = 16_384, 65_536
"""Bytes of a request that are read."""
PATIENCE = 10.0
"""Seconds for one request, all of it."""
AT_ONCE = 32
HEADERS = (
    "Cache-Control: no-store",
    "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'",
    "Referrer-Policy: no-referrer",
    "X-Content-Type-Options: nosniff",
    "X-Robots-Tag: noindex",
    "Connection: close",
)
FIELDS = {
    "name": "Name",
    "role": "Role",
    "group": "Group",
    "nationality": "Country of origin, two letters",
    "gender": "Gender",
    "age": "Age",
    "exit": "Way out",
}
"""Fields that a reader can correct."""
_STATUS = {200: "OK", 400: "Bad Request", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 500: "Trouble"}
_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>Outspoken</title>
<style>:root{{color-scheme:light dark}}body{{max-width:36rem;margin:3rem auto;padding:0 1rem;font:1rem/1.5 system-ui}}
input,textarea,select,button{{font:inherit;padding:.4rem;margin:.2rem 0;width:100%;box-sizing:border-box}}</style></head>
<body>{0}</body></html>"""


@dataclass(frozen=True, slots=True)
class Request:
    """What came in; `path` without its query, header names in lower case."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Response:
    """What goes out."""

    status: int
    body: str = ""
    kind: str = "text/html"


@dataclass
class Desk:
    """Takes verdicts."""

    store: Store
    signer: Signer
    slack_secret: SecretStr | None
    clock: Callable[[], datetime]

    def answer(self, request: Request) -> Response:
        """Answer one request."""
        if request.path.endswith("/slack"):
            return self._slack(request) if request.method == "POST" else Response(405)
        if not request.path.endswith("/verdict"):
            return Response(404)
        if request.method in ("GET", "HEAD"):
            return self._ask(_values(request.query).get("t", ""))
        return (
            self._take(_values(request.body.decode("utf-8", "replace"))) if request.method == "POST" else Response(405)
        )

    def _ask(self, token: str) -> Response:
        """The page with the button; nothing has changed yet."""
        claim = self.signer.read(token, self.clock())
        alert = self.store.alert(f"account-{claim.account}") if claim else None
        if claim is None or alert is None:
            return _said(403, "This link is not valid, or it is too old.")
        shown = self._fields(claim) if claim.verdict == "wrong" else {}
        return Response(200, _PAGE.format(_form(token, claim, alert, self.store.verdict(claim.account), shown)))

    def _fields(self, claim: Claim) -> dict[str, str]:
        """The fields as they are shown now; none where the account has no article any more."""
        try:
            shown = self.store.shown_fields(claim.account)
        except KeyError:
            return {}
        return {key: "" if shown[key] is None else str(shown[key]) for key in FIELDS}

    def _take(self, values: Mapping[str, str]) -> Response:
        claim = self.signer.read(values.get("t", ""), self.clock())
        if claim is None:
            return _said(403, "This link is not valid, or it is too old.")
        by = f"{clean.line(values.get('by', ''), 80) or 'somebody'} ({claim.channel})"
        same_as = values.get("same_as", "").strip() if claim.verdict == "duplicate" else ""
        note = clean.line(values.get("note", ""), 500)
        if claim.verdict == "wrong" and (given := {key: values[key] for key in FIELDS if key in values}):
            return self._correct(claim.account, given, by, note)
        return self._save(claim.account, claim.verdict, by, same_as, note)

    def _correct(self, account: int, given: Mapping[str, str], by: str, note: str) -> Response:
        """Take the fields that were changed; where none was, it is a verdict with a note."""
        try:
            number = self.store.save_correction(account, given, by, self.clock(), note=note)
        except KeyError:
            return _said(400, "There is no such account any more.")
        except ValueError as error:
            return _said(400, f"Not noted: {error}. Go back and correct it.")
        if number is None:
            return self._save(account, "wrong", by, "", note)
        log.info("account %d: corrected, says %s", account, by)
        return _said(200, "Noted: the fields are corrected.")

    def _slack(self, request: Request) -> Response:
        """A button in Slack; the answer is empty, as Slack wants it."""
        stamp, signature = (request.headers.get(f"x-slack-{name}", "") for name in ("request-timestamp", "signature"))
        key = self.slack_secret.get_secret_value() if self.slack_secret else ""
        if not key or not from_slack(request.body, stamp, signature, key, self.clock()):
            return Response(403, "not signed by Slack", "text/plain")
        try:
            payload = json.loads(_values(request.body.decode("utf-8"))["payload"])
            action = payload["actions"][0]
            verdict = str(action["action_id"]).removeprefix("verdict:")
            account, _, same_as = str(action["value"]).partition("=")
            by = clean.line(f"{payload['user'].get('username') or payload['user'].get('id')} (Slack)", 90)
            number = int(account)
        except (ValueError, KeyError, IndexError, TypeError, AttributeError):
            return Response(400, "not understood", "text/plain")
        if verdict == "wrong":
            return Response(200, "", "text/plain")  # the button opens the page that asks for the right fields
        done = self._save(number, verdict, by, same_as, "")
        return Response(done.status, "", "text/plain")

    def _save(self, account: int, verdict: str, by: str, same_as: str, note: str) -> Response:
        if verdict not in VERDICTS or (same_as and not same_as.isdecimal()) or len(same_as) > 15:
            return _said(400, "That is not an account's number.")
        try:
            other = int(same_as) if same_as else None
            new = self.store.save_verdict(account, verdict, by, self.clock(), same_as=other, note=note)
        except (KeyError, ValueError):
            return _said(400, "There is no such account, or it is this one: name the number of another.")
        log.info("account %d: %s, says %s", account, verdict, by)
        return _said(200, f"Noted: {TEXTS[verdict].lower()}." if new else "That was said already. Thank you.")


def _form(token: str, claim: Claim, alert: Alert, verdict: str, shown: Mapping[str, str]) -> str:
    """The page's inside. All that is not ours is cleaned and escaped."""
    article = alert.article
    where = f"{article.outlet}: {article.title}" if article else ""
    about, where = (html.escape(clean.line(text, 300)) for text in (alert.title, where))
    near = str(alert.near[0].account) if alert.near else ""
    fields = {
        "duplicate": f'<label>Of account number <input name="same_as" inputmode="numeric" required value="{near}"></label>',
        "wrong": "".join(_field(key, value) for key, value in shown.items())
        + '<label>Anything else? <textarea name="note" maxlength="500"></textarea></label>',
    }
    before = f"<p>So far: {html.escape(TEXTS.get(verdict, verdict).lower())}.</p>" if verdict else ""
    return (
        f"<h1>{html.escape(TEXTS[claim.verdict])}?</h1><p><strong>{about}</strong><br>{where}</p>{before}"
        f'<form method="post" action="verdict"><input type="hidden" name="t" value="{html.escape(token)}">'
        f"{fields.get(claim.verdict, '')}"
        '<label>Your name <input name="by" maxlength="80" autocomplete="name"></label>'
        f"<button>Yes: {html.escape(TEXTS[claim.verdict])}</button></form>"
    )


def _field(key: str, value: str) -> str:
    """An input for a field that is shown; a list of choices where there are only some."""
    name, known = html.escape(FIELDS[key]), html.escape(clean.line(value, 200))
    if key not in CHOICES:
        return f'<label>{name} <input name="{key}" maxlength="200" value="{known}"></label>'
    options = "".join(
        f'<option value="{each}"{" selected" if each == value else ""}>{html.escape(words.EXITS.get(each, each) or "untold")}'
        for each in CHOICES[key]
    )
    return f'<label>{name} <select name="{key}">{options}</select></label>'


def _said(status: int, sentence: str) -> Response:
    return Response(status, _PAGE.format(f"<p>{html.escape(sentence)}</p>"))


def _values(text: str) -> dict[str, str]:
    with suppress(ValueError):
        found = parse_qs(text, keep_blank_values=True, max_num_fields=20)
        return {key: values[0] for key, values in found.items()}
    return {}


@dataclass
class Server:
    """Serves a desk on a host and port until it is closed."""

    desk: Desk
    listen: str
    _server: asyncio.Server | None = None
    _open: int = 0

    async def start(self) -> int:
        """Listen; returns the port. Raises OutspokenError where the address is taken."""
        host, _, port = self.listen.rpartition(":")
        try:
            self._server = await asyncio.start_server(self._serve, host.strip("[]"), int(port), limit=HEAD)
        except OSError as error:
            sentence = f"verdicts.listen: {self.listen} cannot be used: {error.strerror or error}"
            raise OutspokenError(sentence, subject=self.listen) from None
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open += 1
        try:
            if self._open <= AT_ONCE:
                async with asyncio.timeout(PATIENCE):
                    await self._exchange(reader, writer)
        except (TimeoutError, OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError):
            pass  # whoever does not speak HTTP, or does not come to an end, gets no answer
        finally:
            self._open -= 1
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await _read(reader)
        try:
            response = self.desk.answer(request)
        except OutspokenError as error:
            log.error("a verdict could not be stored: %s", error)  # noqa: TRY400 - the sentence says all
            response = _said(500, "It could not be stored just now; try again in a minute.")
        body = response.body.encode("utf-8", "replace")
        first = f"HTTP/1.1 {response.status} {_STATUS[response.status]}"
        about = (f"Content-Type: {response.kind}; charset=utf-8", f"Content-Length: {len(body)}")
        writer.write("\r\n".join((first, *about, *HEADERS, "", "")).encode())
        writer.write(b"" if request.method == "HEAD" else body)
        await writer.drain()


async def _read(reader: asyncio.StreamReader) -> Request:
    """A request. Raises ValueError and asyncio's errors for what is none."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.split("\r\n")
    method, target, _ = first.split(" ")
    headers = {
        name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines) if name
    }
    length = headers.get("content-length", "0")
    if not length.isdecimal() or int(length) > BODY or "transfer-encoding" in headers:
        raise ValueError("too long")
    parts = urlsplit(target)
    return Request(method, parts.path, parts.query, headers, await reader.readexactly(int(length)))


def signer(config: VerdictConfig) -> Signer | None:
    """What signs the links; None where no verdicts are taken. Raises ConfigError where the secret is missing."""
    if not config.base_url:
        return None
    return Signer(config.base_url, SecretStr(secret(config.secret)), config.days)


def server(config: VerdictConfig, store: Store, clock: Callable[[], datetime]) -> Server | None:
    """The server of a configuration; None where no verdicts are taken. Raises ConfigError."""
    signs = signer(config)
    if signs is None:
        return None
    slack = SecretStr(secret(config.slack_secret)) if config.slack_secret else None
    return Server(Desk(store, signs, slack, clock), config.listen)
