"""The mail channel against a real SMTP server: refusals, logins, threads, and a letter that hides nothing."""

from __future__ import annotations

import asyncio
import email
import email.policy
import json
import re
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import lxml.html
import pytest
from alert_examples import ALERT, DIGEST, FOLLOW_UP, HOSTILE, LONG, due
from alert_servers import Authority, Mailbox, authority, smtp

from alerts.base import Channel
from alerts.channels import build
from alerts.deliver import deliver
from delivery import Alert, DeliveryState, Sent

TO = ["a@x.example", "b@x.example"]
REFUSED, LATER = "550 5.1.1 no such user", "450 4.2.1 mailbox busy"


def channel(port: int, **more: Any) -> Channel:
    table = {"type": "email", "host": "127.0.0.1", "port": port, "security": "none", "sender": "news@team.example"}
    return build("desk", table | {"to": TO, "timeout": 5} | more)


def send(to: Channel, alert: Alert = ALERT, **changes: Any) -> Sent:
    return asyncio.run(deliver(to, due(alert, **changes)))


def letter(content: bytes) -> EmailMessage:
    parsed = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(parsed, EmailMessage)
    return parsed


def posted(alert: Alert, **more: Any) -> EmailMessage:
    box = Mailbox()
    with smtp(box) as port:
        assert send(channel(port, **more), alert).state is DeliveryState.SENT
    return letter(box.got[0][1])


def part(mail: EmailMessage, kind: str) -> str:
    found = mail.get_body((kind,))
    assert found is not None
    return str(found.get_content())


def test_who_is_refused_for_good_costs_the_others_nothing() -> None:
    box = Mailbox(rcpt=["250 OK", REFUSED])
    with smtp(box) as port:
        sent = send(channel(port))
    assert sent.state is DeliveryState.DEAD
    assert "b@x.example: 550 5.1.1 no such user (1 of 2 recipients have it)" in sent.error
    assert [to for to, _ in box.got] == [["a@x.example"]]


def test_who_is_busy_gets_it_later_and_nobody_gets_it_twice() -> None:
    box = Mailbox(rcpt=["250 OK", LATER])
    with smtp(box) as port:
        first = send(channel(port))
        again = send(channel(port), attempts=1, receipt=first.receipt)
        done = send(channel(port), attempts=2, receipt=again.receipt)
    assert (first.state, again.state, done.state) == (DeliveryState.FAILED, DeliveryState.SENT, DeliveryState.SENT)
    assert [to for to, _ in box.got] == [["a@x.example"], ["b@x.example"]]
    assert len({letter(content)["Message-ID"] for _, content in box.got}) == 1
    assert json.loads(done.receipt)["accepted"] == TO


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ("554 5.7.1 looks like spam", DeliveryState.DEAD),
        ("552 5.3.4 too big", DeliveryState.DEAD),
        ("421 4.3.2 closing down", DeliveryState.FAILED),
        ("451 4.3.0 try again", DeliveryState.FAILED),
    ],
)
def test_a_server_that_takes_no_mail_says_why(answer: str, state: DeliveryState) -> None:
    with smtp(Mailbox(data=[answer])) as port:
        sent = send(channel(port))
    assert sent.state is state
    assert answer[4:] in sent.error


def test_everybody_refused_is_said_of_each() -> None:
    box = Mailbox(rcpt=[REFUSED, LATER])
    with smtp(box) as port:
        sent = send(channel(port))
    assert sent.state is DeliveryState.FAILED
    assert all(each in sent.error for each in (*TO, "550", "450"))
    assert box.got == []


@pytest.fixture(scope="module")
def theirs() -> Authority:
    return authority()


@pytest.fixture
def ca(theirs: Authority, tmp_path: Path) -> Path:
    path = tmp_path / "ca.pem"
    theirs.ca.cert_pem.write_to_path(path)
    return path


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")  # the whole line is TLS
@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_login_over_an_encrypted_line(
    security: str, theirs: Authority, ca: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAIL_PASSWORD", "s3cr3t-password")
    more = {"security": security, "username": "desk", "password": "env:MAIL_PASSWORD", "ca_file": str(ca)}
    box = Mailbox()
    with smtp(box, theirs.server, implicit=security == "tls", auth=True) as port:
        assert send(channel(port, **more)).state is DeliveryState.SENT
    assert box.logins == [b"desk"]
    assert box.encrypted == [True] or security == "tls", "with `tls` the server speaks nothing else"


def test_a_wrong_password_ends_the_delivery_and_is_not_shown(
    theirs: Authority, ca: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAIL_PASSWORD", "wr0ng-password")
    more = {"security": "starttls", "username": "desk", "password": "env:MAIL_PASSWORD", "ca_file": str(ca)}
    box = Mailbox()
    with smtp(box, theirs.server, auth=True) as port:
        made = channel(port, **more)
        sent = send(made)
    assert sent.state is DeliveryState.DEAD
    assert "user name or password was refused" in sent.error
    assert "wr0ng" not in repr((sent, made))


def test_no_encryption_no_mail() -> None:
    box = Mailbox()
    with smtp(box) as port:
        sent = send(channel(port, security="starttls"))
    assert (sent.state, "STARTTLS" in sent.error, box.got) == (DeliveryState.DEAD, True, [])


def test_a_letter_has_two_parts_that_say_the_same() -> None:
    mail = posted(ALERT)
    assert mail.get_content_type() == "multipart/alternative"
    assert [each.get_content_type() for each in mail.iter_parts()] == ["text/plain", "text/html"]
    plain = " ".join(part(mail, "plain").replace("\n> ", " ").split())
    shown = " ".join(lxml.html.document_fromstring(part(mail, "html")).text_content().split())
    quote = "They told us to fire at men who prayed as we did."
    for wanted in (quote, "border guard", "Morning Sample", "Sample Wire", "very likely (97 %)"):
        assert wanted in plain
        assert wanted in shown
    assert "https://courier.example/2026/abu-nimr-speaks" in part(mail, "plain")
    assert 'href="https://courier.example/2026/abu-nimr-speaks"' in part(mail, "html")


def test_the_headers_are_ours_alone_and_say_that_nobody_should_answer() -> None:
    mail = posted(ALERT, sender_name="Out, spoken")
    assert str(mail["From"]) == '"Out, spoken" <news@team.example>'
    assert mail["To"].addresses[1].addr_spec == "b@x.example"
    assert mail["Date"].datetime == ALERT.created
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["X-Outspoken-Alert"] == "account-17"


def test_mails_of_one_case_share_a_thread_and_those_of_two_do_not() -> None:
    first, more, other = posted(ALERT), posted(FOLLOW_UP), posted(replace(ALERT, key="account-18", account_id=18))
    assert first["References"] == more["References"] != other["References"]
    assert len({mail["Message-ID"] for mail in (first, more, other)}) == 3


@pytest.mark.parametrize("alert", [HOSTILE, LONG, DIGEST], ids=["hostile", "long", "digest"])
def test_nothing_in_an_article_adds_a_header_or_a_part(alert: Alert) -> None:
    box = Mailbox()
    with smtp(box) as port:
        assert send(channel(port), alert).state is DeliveryState.SENT
    content = box.got[0][1]
    wanted = {name.casefold() for name in posted(ALERT).keys()}  # noqa: SIM118 - headers, not a dictionary
    assert {name.casefold() for name in letter(content).keys()} - {"x-peer"} <= wanted  # noqa: SIM118
    assert len(list(letter(content).walk())) == 3
    assert content.isascii()
    assert max(len(line) for line in content.splitlines()) <= 998


def test_the_html_runs_nothing_and_fetches_nothing() -> None:
    tree = lxml.html.document_fromstring(part(posted(HOSTILE), "html"))
    assert [element.tag for element in tree.iter("script", "img", "iframe", "link", "form", "object", "base")] == []
    attributes = [(name, value) for element in tree.iter() for name, value in element.items()]
    assert [name for name, _ in attributes if name.startswith("on")] == []
    assert [value for name, value in attributes if name in ("href", "src") and not re.match("https?://", value)] == []
    assert "url(" not in part(posted(HOSTILE), "html")
    assert "<script>alert(1)</script>" in tree.text_content(), "it is shown as text"


def test_the_plain_part_has_no_entities_and_short_lines() -> None:
    plain = part(posted(replace(ALERT, article=replace(ALERT.article, title="Bread & <salt>"))), "plain")  # type: ignore[type-var]
    assert "Bread & <salt>" in plain
    assert all(len(line) <= 78 or "https://" in line for line in plain.splitlines())


def test_who_gave_up_before_the_message_left_has_not_sent_it() -> None:
    """A thread that is still connecting when its time is over must not deliver behind our back."""
    import threading

    from alerts.smtp import Server, Session
    from errors import DeliveryError

    box = Mailbox()
    with smtp(box) as port:
        session = Session(Server("127.0.0.1", port, "none"))
        session.abort()
        caught: list[DeliveryError] = []

        def work() -> None:
            try:
                session.send("n@t.example", ["a@x.example"], b"Subject: x\r\n\r\nx\r\n")
            except DeliveryError as error:
                caught.append(error)

        thread = threading.Thread(target=work)
        thread.start()
        thread.join(5)
    assert box.got == []
    assert [error.unknown for error in caught] == [False]
