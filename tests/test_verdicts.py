"""Answers to alerts: signed links that change nothing by themselves, Slack's buttons, and a server that stays up."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import lxml.html
import pytest
from alert_examples import ALERT, FOLLOW_UP, HOSTILE, REPORT
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError

import serving
import verdicts
from alerts import letter
from alerts.message import message
from alerts.redaction import Redaction
from alerts.signing import Signer
from config import VerdictConfig
from db import Store
from db.codec import dumps, loads
from delivery import VERDICTS, Alert
from errors import ConfigError, OutspokenError
from serving import Request, Response, Server
from verdicts import Desk

SLACK = "slack-s3cr3t"
SIGNER = Signer("https://answer.example/outspoken/", SecretStr("a-key"))


@pytest.fixture
def store(tmp_path: Path, now: datetime) -> Iterator[Store]:
    with Store.open(tmp_path / "outspoken.db") as opened:
        for _ in range(20):
            opened._c.insert("accounts", {"profile": "islamic_state", "created": "x", "tier": "alert"})
        for alert in (ALERT, replace(HOSTILE, key="account-1", account_id=1)):
            storable = loads(Alert, dumps(replace(alert, created=now)).encode("utf-8", "replace").decode())
            opened.enqueue_alert(storable, ["desk"], now)
        yield opened


@pytest.fixture
def desk(store: Store, now: datetime) -> Desk:
    return Desk(store, SIGNER, SecretStr(SLACK), lambda: now)


def token(now: datetime, verdict: str = "confirm", alert: Alert = ALERT) -> str:
    url = SIGNER.url(replace(alert, created=now), verdict, "desk")
    assert url.startswith("https://answer.example/outspoken/verdict?t=")
    return parse_qs(urlsplit(url).query)["t"][0]


def get(desk: Desk, t: str, method: str = "GET") -> Response:
    return desk.answer(Request(method, "/outspoken/verdict", urlencode({"t": t})))


def press(desk: Desk, t: str = "", **values: str) -> Response:
    return desk.answer(Request("POST", "/verdict", body=urlencode({"t": t, **values}).encode()))


def test_following_a_link_changes_nothing_and_pressing_the_button_does(desk: Desk, store: Store, now: datetime) -> None:
    for method in ("GET", "HEAD", "GET"):
        page = get(desk, token(now), method)
        assert page.status == 200
    assert "Abu Nimr" in page.body
    assert store.verdict(17) == ""
    assert "Noted" in press(desk, token(now), by="Ada").body
    assert store.verdict(17) == "confirm"
    assert store.verdicts(17)[0]["by"] == "Ada (desk)"
    assert "said already" in press(desk, token(now), by="Ada").body
    assert len(store.verdicts(17)) == 1


def test_the_form_sends_what_the_server_takes(desk: Desk, store: Store, now: datetime) -> None:
    page = get(desk, token(now, "duplicate")).body
    fields = dict(re.findall(r'<input[^>]*name="(\w+)"[^>]*?(?:value="([^"]*)")', page))
    assert fields["same_as"] == "4", "the nearest known account is the first guess"
    assert "Noted" in press(desk, fields["t"], same_as=fields["same_as"], by="").body
    assert store.verdicts(17)[0]["same_as"] == 4
    assert store.verdicts(17)[0]["by"] == "somebody (desk)"
    press(desk, token(now, "wrong"), note="age is 31")
    assert store.verdicts(17)[0]["note"] == "age is 31"


@pytest.fixture
def told(store: Store, now: datetime) -> Store:
    """Account 17 with an article, so that it has fields."""
    article = {"canonical_url": "https://a.example/1", "url": "https://a.example/1", "first_seen": "x", "stored": "x"}
    texts = dict.fromkeys(("source", "outlet", "title", "byline", "language", "section", "image", "kind", "text"), "")
    texts |= dict.fromkeys(("credit_outlet", "credit_author"), "")
    store._c.insert("articles", {**texts, **article, "partial": 0, "ruled_out": 0, "baseline": 0})
    person = {
        "name": "Abu Nimr",
        "name_type": "pseudonym",
        "role": "border guard",
        "nationality": "GB",
        "gender": "male",
    }
    more = {
        "age": 27,
        "exit": "defected",
        "reasons": "[]",
        "evidence": "",
        "score": 0.9,
        "detail": dumps(ALERT.account),
    }
    store._c.insert(
        "mentions", {"account": 17, "article": 1, "profile": "islamic_state", "tier": "alert", **person, **more}
    )
    return store


def form(page: str) -> dict[str, str]:
    """What a browser would send: the values of inputs, the selected options."""
    tree = lxml.html.document_fromstring(page)
    return {str(name): str(value or "") for name, value in tree.forms[0].fields.items()}


def test_a_wrong_field_is_corrected_on_the_page(desk: Desk, told: Store, now: datetime) -> None:
    given = form(get(desk, token(now, "wrong")).body)
    assert (given["age"], given["role"], given["gender"], given["exit"]) == ("27", "border guard", "male", "defected")
    assert told.verdict(17) == ""
    page = press(desk, **{**given, "age": "31", "role": "", "by": "Ada"})
    assert (page.status, "the fields are corrected" in page.body) == (200, True)
    shown = told.shown_fields(17)
    assert (shown["age"], shown["role"], shown["name"]) == (31, "", "Abu Nimr")
    assert told.verdict(17) == "wrong"
    assert told.verdicts(17)[0]["by"] == "Ada (desk)"
    assert form(get(desk, token(now, "wrong")).body)["age"] == "31"


@pytest.mark.parametrize("change", [{"age": "old"}, {"nationality": "<b>"}, {"gender": "x"}, {"exit": "flew"}])
def test_a_field_that_makes_no_sense_changes_nothing(
    change: dict[str, str], desk: Desk, told: Store, now: datetime
) -> None:
    page = press(desk, **{**form(get(desk, token(now, "wrong")).body), **change})
    assert (page.status, "Not noted" in page.body, "<b>" in page.body) == (400, True, False)
    assert told.verdict(17) == ""


def test_wrong_without_a_changed_field_keeps_its_note(desk: Desk, told: Store, now: datetime) -> None:
    press(desk, **{**form(get(desk, token(now, "wrong")).body), "note": "the photo shows another man"})
    assert told.verdict(17) == "wrong"
    assert told.verdicts(17)[0]["note"] == "the photo shows another man"


def test_a_hostile_field_commands_no_browser(desk: Desk, told: Store, now: datetime) -> None:
    told._c.run("UPDATE mentions SET role = ?", '"><script>alert(1)</script>')
    page = get(desk, token(now, "wrong")).body
    assert "<script>" not in page
    assert form(page)["role"] == '"><script>alert(1)</script>'


@pytest.mark.parametrize("same_as", ["", "17", "99", "x", "-1", "9" * 40])
def test_a_duplicate_of_nobody_is_refused(desk: Desk, store: Store, now: datetime, same_as: str) -> None:
    assert press(desk, token(now, "duplicate"), same_as=same_as).status == 400
    assert store.verdicts(17) == []


def test_a_link_ends(desk: Desk, now: datetime) -> None:
    t = token(now)
    for days, status in ((29, 200), (31, 403)):
        desk.clock = lambda days=days: now + timedelta(days=days)  # type: ignore[misc]
        assert (get(desk, t).status, press(desk, t, by="x").status) == (status, status)


@given(st.data())
def test_a_changed_token_is_no_token(data: st.DataObject) -> None:
    now = ALERT.created
    good = token(now)
    at = data.draw(st.integers(0, len(good) - 1))
    bad = good[:at] + data.draw(st.sampled_from("0123456789abcdef.-xX")) + good[at + 1 :]
    claim = SIGNER.read(bad, now)
    assert claim is None or bad == good
    assert SIGNER.read(data.draw(st.text(max_size=200)), now) is None
    other = Signer(SIGNER.base_url, SecretStr("another-key"))
    assert other.read(good, now) is None


def test_what_is_not_about_an_account_has_no_links() -> None:
    assert SIGNER.links(REPORT, "desk") == ()
    assert len(SIGNER.links(FOLLOW_UP, "desk")) == len(VERDICTS)
    assert SIGNER.links(ALERT, "desk") == SIGNER.links(ALERT, "desk"), "a repeat is the same mail"


def test_a_mail_asks_in_both_its_parts(now: datetime) -> None:
    shown = replace(message(ALERT, Redaction()), verdicts=SIGNER.links(ALERT, "desk"))
    for part in (letter.html(shown), letter.text(shown)):
        assert part.count("https://answer.example/outspoken/verdict?t=17.") == len(VERDICTS)


def test_a_hostile_alert_commands_no_browser(desk: Desk, now: datetime) -> None:
    page = get(desk, token(now, alert=replace(HOSTILE, account_id=1))).body
    assert "<script" not in page
    assert "\u202e" not in page
    assert "&lt;" in page


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("GET", "/verdict", 403),
        ("PUT", "/verdict", 405),
        ("GET", "/slack", 405),
        ("POST", "/slack", 403),
    ],
)
def test_everything_else_is_refused(desk: Desk, method: str, path: str, status: int) -> None:
    assert desk.answer(Request(method, path)).status == status


# --- Slack -----------------------------------------------------------------------------------------------------
def button(now: datetime, verdict: str = "confirm", value: str = "17", **more: Any) -> Request:
    action = {"action_id": f"verdict:{verdict}", "value": value}
    payload = {"type": "block_actions", "user": {"id": "U1", "username": "ada"}, "actions": [action]} | more
    body = urlencode({"payload": json.dumps(payload)}).encode()
    stamp = str(int(now.timestamp()))
    mac = hmac.new(SLACK.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
    return Request("POST", "/slack", "", {"x-slack-request-timestamp": stamp, "x-slack-signature": f"v0={mac}"}, body)


def test_a_button_in_slack_is_a_verdict(desk: Desk, store: Store, now: datetime) -> None:
    answer = desk.answer(button(now))
    assert (answer.status, answer.body) == (200, "")
    assert store.verdicts(17)[0]["by"] == "ada (Slack)"
    assert desk.answer(button(now, "duplicate", "17=4")).status == 200
    assert store.verdict(17) == "duplicate"


def test_the_button_for_a_wrong_field_opens_its_page_and_says_nothing_yet(
    desk: Desk, store: Store, now: datetime
) -> None:
    assert desk.answer(button(now, "wrong")).status == 200
    assert store.verdicts(17) == []


@pytest.mark.parametrize("minutes", [-6, 6])
def test_an_old_request_is_no_request(desk: Desk, now: datetime, minutes: int) -> None:
    assert desk.answer(button(now + timedelta(minutes=minutes))).status == 403


def test_what_slack_did_not_sign_is_refused(desk: Desk, store: Store, now: datetime) -> None:
    good = button(now)
    forged = [
        replace(good, body=good.body.replace(b"17", b"16")),
        replace(good, headers={**good.headers, "x-slack-signature": "v0=é"}),
        replace(good, headers={}),
        replace(good, headers={**good.headers, "x-slack-request-timestamp": "soon"}),
    ]
    assert [desk.answer(each).status for each in forged] == [403] * 4
    desk.slack_secret = None
    assert desk.answer(good).status == 403
    assert store.verdicts(17) == []


@pytest.mark.parametrize(
    "request_",
    [{"value": "x"}, {"value": "99"}, {"verdict": "splendid"}, {"actions": []}, {"user": None}, {"value": "17=17"}],
)
def test_a_button_that_makes_no_sense_changes_nothing(
    desk: Desk, store: Store, now: datetime, request_: dict[str, Any]
) -> None:
    assert desk.answer(button(now, **request_)).status == 400
    assert store.verdicts(17) == []


# --- the server --------------------------------------------------------------------------------------------------
async def raw(port: int, data: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(data)
    await writer.drain()
    writer.write_eof()
    try:
        return await reader.read()
    finally:
        writer.close()


def test_a_real_server_answers_a_browser_and_survives_nonsense(desk: Desk, store: Store, now: datetime) -> None:
    async def work() -> None:
        server = Server(desk, "127.0.0.1:0")
        port = await server.start()
        url = f"http://127.0.0.1:{port}/verdict"
        nonsense = (b"", b"\x00" * 90, b"GET / HTTP", b"A" * 70_000, b"GET /verdict HTTP/1.1\r\n\r\n",
                    b"POST /verdict HTTP/1.1\r\nContent-Length: 999999\r\n\r\n", b"POST /verdict HTTP/1.1\r\nContent-Length: 5\r\n\r\nx")  # fmt: skip
        for data in nonsense:
            with contextlib.suppress(ConnectionError):
                assert b" 200 " not in await raw(port, data)
        async with httpx.AsyncClient() as client:
            page = await client.get(url, params={"t": token(now)})
            assert page.status_code == 200
            assert "form-action 'self'" in page.headers["content-security-policy"]
            assert page.headers["referrer-policy"] == "no-referrer"
            done = await client.post(url, data={"t": token(now), "by": "Ada"})
            assert "Noted" in done.text
        await server.close()

    asyncio.run(work())
    assert store.verdict(17) == "confirm"


def test_a_slow_client_holds_nobody_up(desk: Desk, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "PATIENCE", 0.2)

    async def work() -> None:
        server = Server(desk, "127.0.0.1:0")
        port = await server.start()
        slow = [await asyncio.open_connection("127.0.0.1", port) for _ in range(serving.AT_ONCE + 5)]
        await asyncio.sleep(0.5)
        async with httpx.AsyncClient() as client:
            assert (await client.get(f"http://127.0.0.1:{port}/verdict", params={"t": token(now)})).status_code == 200
        for _, writer in slow:
            writer.close()
        await server.close()

    asyncio.run(work())


def test_an_address_that_is_taken_is_said_in_a_sentence(desk: Desk) -> None:
    async def work() -> None:
        first = Server(desk, "127.0.0.1:0")
        port = await first.start()
        with pytest.raises(OutspokenError, match=r"verdicts\.listen"):
            await Server(desk, f"127.0.0.1:{port}", "verdicts.listen").start()
        await first.close()

    asyncio.run(work())


# --- configuration -------------------------------------------------------------------------------------------------
def test_without_an_address_nothing_is_asked(store: Store, now: datetime) -> None:
    assert verdicts.signer(VerdictConfig()) is None
    assert verdicts.server(VerdictConfig(), store, lambda: now) is None


def test_the_server_of_a_configuration(store: Store, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    config = VerdictConfig(base_url="https://a.example", secret="env:VERDICT_KEY", slack_secret="env:SLACK_KEY", days=3)
    with pytest.raises(ConfigError, match="VERDICT_KEY"):
        verdicts.signer(config)
    monkeypatch.setenv("VERDICT_KEY", "k")
    monkeypatch.setenv("SLACK_KEY", SLACK)
    made = verdicts.server(config, store, lambda: now)
    assert made is not None
    assert isinstance(made.desk, Desk)
    assert made.desk.signer.days == 3
    assert SLACK not in repr(made)


@pytest.mark.parametrize(
    "keys",
    [
        {"base_url": "https://a.example"},
        {"secret": "env:X"},
        {"slack_secret": "env:X"},
        {"base_url": "ftp://a.example", "secret": "env:X"},
        {"base_url": "https://a.example?x", "secret": "env:X"},
        {"base_url": "https://a.example", "secret": "s3cr3t"},
        {"listen": "8734"},
    ],
)
def test_mistakes_are_found(keys: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        VerdictConfig(**keys)
