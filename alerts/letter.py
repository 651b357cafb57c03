"""A message as a mail (RFC 5322): headers, a plain part that stands alone, and HTML."""

from __future__ import annotations

import hashlib
import textwrap
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context, select_autoescape
from jinja2.runtime import Context

from alerts.message import Message
from delivery import Alert

WIDTH = 76


@dataclass(frozen=True, slots=True)
class Envelope:
    """From whom and to whom; `channel` keeps the threads of two channels apart."""

    channel: str
    sender: str
    sender_name: str
    to: tuple[str, ...]

    @property
    def domain(self) -> str:
        """The domain of the ids that we give."""
        return self.sender.rpartition("@")[2]


@dataclass(frozen=True, slots=True)
class Answered:
    """The mail that a follow-up answers. Some mail programs thread by the subject too, so it is repeated."""

    message_id: str
    subject: str


def build(message: Message, alert: Alert, envelope: Envelope, answered: Answered | None = None) -> EmailMessage:
    """The mail of an alert; the same at every attempt, so that a receiver can know a repeat by its Message-ID."""
    mail = EmailMessage(policy=SMTP)
    mail["Subject"] = f"Re: {answered.subject}" if answered else message.subject
    mail["From"] = Address(envelope.sender_name, addr_spec=envelope.sender)
    mail["To"] = [Address(addr_spec=address) for address in envelope.to]
    mail["Date"] = alert.created
    mail["Message-ID"] = message_id(alert, envelope)
    if message.thread:
        # nobody sent the root, but mail programs thread by the reference that the mails of one case share
        root = f"<{message.thread}.{_digest(envelope.channel)}@{envelope.domain}>"
        mail["References"] = f"{root} {answered.message_id}" if answered else root
    if answered:
        mail["In-Reply-To"] = answered.message_id
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Outspoken-Alert"] = message.key
    mail.set_content(text(message), cte="quoted-printable")
    mail.add_alternative(html(message), subtype="html", cte="quoted-printable")
    return mail


def message_id(alert: Alert, envelope: Envelope) -> str:
    """Stable over attempts. The alert's time is part of it: a database that starts anew gives keys a second time."""
    return f"<{_digest(f'{alert.key} {alert.created.isoformat()}')}@{envelope.domain}>"


def html(message: Message) -> str:
    """The HTML part."""
    return _templates.get_template("mail.html.j2").render(m=message)


def text(message: Message, width: int = WIDTH) -> str:
    """The plain part, in lines of at most `width` characters; 0: lines as long as they are."""
    return _templates.get_template("mail.txt.j2").render(m=message, width=width)


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode("utf-8", "replace")).hexdigest()[:32]


@pass_context
def _wrap(context: Context, value: str, first: str = "", rest: str = "") -> str:
    width = context["width"] or len(value) + len(first)
    lines = [
        textwrap.fill(line, width, initial_indent=first, subsequent_indent=rest, break_long_words=False)
        for line in value.splitlines()
    ]
    return "\n".join(lines)


_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=select_autoescape(("html.j2",), default=False),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_templates.filters["wrap"] = _wrap
