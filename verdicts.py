"""Where readers of an alert answer: the page behind a mail's links, and Slack's buttons.

Served by the daemon (`serving.py`). It knows two addresses: `/verdict`, a page for a signed link that changes nothing
until its button is pressed (mail scanners follow links), and `/slack`, which takes what Slack signs. Everything else is
404; nothing is shown without a valid signature.
"""

from __future__ import annotations

import html
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from pydantic import SecretStr

from alerts import clean, words
from alerts.signing import TEXTS, Claim, Signer, from_slack
from config import VerdictConfig, secret
from db import CHOICES, Store
from delivery import VERDICTS, Alert
from serving import Request, Response, Server, values

log = logging.getLogger("outspoken.verdicts")

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
_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>Outspoken</title>
<style>:root{{color-scheme:light dark}}body{{max-width:36rem;margin:3rem auto;padding:0 1rem;font:1rem/1.5 system-ui}}
input,textarea,select,button{{font:inherit;padding:.4rem;margin:.2rem 0;width:100%;box-sizing:border-box}}</style></head>
<body>{0}</body></html>"""


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
            return self._ask(values(request.query).get("t", ""))
        return (
            self._take(values(request.body.decode("utf-8", "replace"))) if request.method == "POST" else Response(405)
        )

    def trouble(self) -> Response:
        """What is said where a verdict could not be stored."""
        return _said(500, "It could not be stored just now; try again in a minute.")

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
            payload = json.loads(values(request.body.decode("utf-8"))["payload"])
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
    return Server(Desk(store, signs, slack, clock), config.listen, "verdicts.listen")
