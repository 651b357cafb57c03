"""E-mail: HTML and plain text by SMTP."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator

from alerts import letter
from alerts.base import LOOPBACK, Channel, ChannelTable, SecretRef, opened
from alerts.smtp import Refused, Server, Session
from alerts.tls import trust
from delivery import DeliveryState, Due, Sent
from errors import DeliveryError

PORTS = {"starttls": 587, "tls": 465, "none": 25}
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?")


def _address(value: str) -> str:
    if not _ADDRESS.fullmatch(value):
        raise ValueError("is not a plain address like desk@example.org; a host in other letters is written in punycode")
    return value


def _one_line(value: str) -> str:
    if not value.isprintable():
        raise ValueError("must be one line without control characters")
    return value


Address = Annotated[str, AfterValidator(_address)]


class EmailTable(ChannelTable):
    """`type = "email"`."""

    type: Literal["email"]
    host: str = Field(pattern=r"^[A-Za-z0-9.:-]{1,253}$", description="the mail server")
    port: int | None = Field(None, ge=1, le=65535, description="its port; 587 for starttls, 465 for tls, 25 for none")
    security: Literal["starttls", "tls", "none"] = Field("starttls", description="`none` is for loopback only")
    username: Annotated[str, AfterValidator(_one_line)] = Field(
        "", description="user name, where the server asks for one"
    )
    password: SecretRef | None = Field(None, description="its password, as env:NAME or file:PATH")
    sender: Address = Field(description="the address that alerts come from")
    sender_name: Annotated[str, AfterValidator(_one_line)] = Field("Outspoken", max_length=100, description="its name")
    to: tuple[Address, ...] = Field(min_length=1, max_length=50, description="recipients; they see each other")
    ca_file: Path | None = Field(None, description="certificates to trust, for a server with an authority of its own")

    @model_validator(mode="after")
    def _fit(self) -> Self:
        if self.security == "none" and self.host not in LOOPBACK:
            raise ValueError('security = "none" would send alerts in the clear; it is for a server on loopback only')
        if bool(self.username) != bool(self.password):
            raise ValueError("username and password go together")
        if len(set(self.to)) < len(self.to):
            raise ValueError("to: an address stands twice")
        return self


@dataclass(eq=False)
class Email(Channel):
    """Sends mail. The receipt keeps the Message-ID and who has the message already, so that nobody gets it twice."""

    server: Server = field(default=Server("", 25, "none"), repr=False)
    sender: str = ""
    sender_name: str = ""
    to: tuple[str, ...] = ()

    spacing: ClassVar[timedelta] = timedelta(hours=1)

    async def send(self, due: Due) -> Sent:
        """Hand the mail in for everybody who has not got it yet."""
        have = _have(due.receipt)
        missing = [address for address in self.to if address not in have]
        envelope = letter.Envelope(self.name, self.sender, self.sender_name, self.to)
        mail = letter.build(self.message(due), due.alert, envelope, self._answered(due))
        refused = await self._hand_in(missing, mail.as_bytes()) if missing else []
        have += [address for address in missing if address not in {each.address for each in refused}]
        receipt = json.dumps({"message_id": mail["Message-ID"], "accepted": have})
        if refused:
            raise _refusal(refused, have, receipt)
        return Sent(DeliveryState.SENT, receipt)

    def _answered(self, due: Due) -> letter.Answered | None:
        """The mail that a follow-up hangs under."""
        known = _message_id(due.case.receipt) if due.case else ""
        if due.case is None or not known:
            return None
        return letter.Answered(known, self.message(replace(due, alert=due.case.alert)).subject)

    async def _hand_in(self, recipients: list[str], mail: bytes) -> list[Refused]:
        """smtplib blocks, so it runs in a thread, whose line is cut when its time is over."""
        session = Session(self.server)
        task = asyncio.create_task(asyncio.to_thread(session.send, self.sender, recipients, mail))
        try:
            done, _ = await asyncio.wait({task}, timeout=self.timeout)
            if done:
                return task.result()
            session.abort()
            raise DeliveryError(f"no answer within {self.timeout:g} seconds", unknown=session.left)
        finally:
            if not task.done():
                session.abort()
                task.add_done_callback(lambda ended: ended.cancelled() or ended.exception())


def _have(receipt: str) -> list[str]:
    """Who took an earlier attempt, from its receipt."""
    try:
        accepted = json.loads(receipt)["accepted"] if receipt else []
    except (ValueError, KeyError, TypeError):
        return []
    return [str(address) for address in accepted] if isinstance(accepted, list) else []


def _message_id(receipt: str) -> str:
    """The Message-ID of a mail that was sent, from its receipt."""
    try:
        return str(json.loads(receipt)["message_id"]) if receipt else ""
    except (ValueError, KeyError, TypeError):
        return ""


def _refusal(refused: list[Refused], have: list[str], receipt: str) -> DeliveryError:
    """Tried again as long as one of them may still take it."""
    said = "; ".join(f"{each.address}: {each.answer}" for each in refused)
    others = f" ({len(have)} of {len(have) + len(refused)} recipients have it)" if have else ""
    return DeliveryError(f"refused for {said}{others}", retry=any(each.retry for each in refused), receipt=receipt)


def build(name: str, table: EmailTable) -> Email:
    """The channel of a table. Raises ConfigError."""
    password = opened(table.password) if table.password else SecretStr("")
    tls = None if table.security == "none" else trust(table.ca_file)
    port = table.port or PORTS[table.security]
    secret = password.get_secret_value()
    server = Server(table.host, port, table.security, table.username, secret, tls, min(table.timeout, 30))
    secrets = (password,) if secret else ()
    return Email(
        name, table.redaction, table.timeout, secrets,
        server=server, sender=table.sender, sender_name=table.sender_name, to=table.to,
    )  # fmt: skip
