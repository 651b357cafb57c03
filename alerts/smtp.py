"""One SMTP conversation (RFC 5321) in which it is always known whether the message may have arrived."""

from __future__ import annotations

import contextlib
import smtplib
import socket
import ssl
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from errors import DeliveryError

LITERAL = "[127.0.0.1]"


@dataclass(frozen=True)
class Server:
    """Where and how to hand in mail. `security` is `starttls`, `tls` or `none`."""

    host: str
    port: int
    security: str
    username: str = ""
    password: str = field(default="", repr=False)
    tls: ssl.SSLContext | None = field(default=None, repr=False)
    timeout: float = 20.0


@dataclass(frozen=True, slots=True)
class Refused:
    """A recipient that the server did not take; `retry` where it may later (4xx)."""

    address: str
    answer: str
    retry: bool


class Session:
    """Sends one message. `abort` may be called from another thread."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.left = False
        """The server had the whole message, or may have had: from here on a lost answer leaves the outcome open."""
        self._smtp: smtplib.SMTP | None = None
        self._aborted = False
        self._lock = threading.Lock()

    def send(self, sender: str, recipients: Sequence[str], message: bytes) -> list[Refused]:
        """Hand the message in; returns who was refused, if not all were. Raises DeliveryError."""
        try:
            with contextlib.closing(self._open()) as smtp:
                refused = self._hand_in(smtp, sender, recipients, message)
                with contextlib.suppress(smtplib.SMTPException, OSError):
                    smtp.quit()
                return refused
        except smtplib.SMTPNotSupportedError:
            raise DeliveryError(
                "the server does not offer what is asked of it (STARTTLS or AUTH)", retry=False
            ) from None
        except smtplib.SMTPResponseException as error:
            raise _answered(error.smtp_code, error.smtp_error, _stage(error)) from None
        except ssl.SSLCertVerificationError as error:
            raise DeliveryError(
                f"the server's certificate is not trusted: {error.verify_message}", retry=False
            ) from None
        except (smtplib.SMTPException, OSError) as error:
            raise DeliveryError(_broke(error), unknown=self.left) from None

    def abort(self) -> None:
        """Break the line, so that a thread that waits on it ends; from here on it sends no message any more."""
        with self._lock:
            self._aborted = True
        sock = self._smtp.sock if self._smtp else None
        if sock is not None:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def _leave(self) -> None:
        """The message is about to leave, unless `abort` came first: whoever gave up knows which of the two it was."""
        with self._lock:
            if self._aborted:
                raise smtplib.SMTPServerDisconnected("given up")
            self.left = True

    def _open(self) -> smtplib.SMTP:
        """Connect and log in. Our own host's name is nobody's business: EHLO gets an address literal."""
        server = self.server
        if server.security == "tls":
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, LITERAL, timeout=server.timeout, context=server.tls
            )
        else:
            smtp = smtplib.SMTP(server.host, server.port, LITERAL, timeout=server.timeout)
        self._smtp = smtp
        try:
            self._greet(smtp)
        except BaseException:
            smtp.close()
            raise
        return smtp

    def _greet(self, smtp: smtplib.SMTP) -> None:
        if self.server.security == "starttls":
            smtp.starttls(context=self.server.tls)
        smtp.ehlo_or_helo_if_needed()
        if self.server.username:
            smtp.login(self.server.username, self.server.password)

    def _hand_in(self, smtp: smtplib.SMTP, sender: str, recipients: Sequence[str], message: bytes) -> list[Refused]:
        _must(smtp.mail(sender), 250, "the sender was refused")
        answers = [(address, *smtp.rcpt(address)) for address in recipients]
        refused = [_refusal(address, code, said) for address, code, said in answers if code not in (250, 251)]
        if len(refused) < len(recipients):
            _must(smtp.docmd("DATA"), 354, "the message was refused")
            self._leave()
            smtp.send(smtplib.quotedata(message.decode("ascii")).rstrip("\r\n") + "\r\n.\r\n")
            answer = smtp.getreply()
            self.left = False
            _must(answer, 250, "the message was refused")
        return refused


def _stage(error: smtplib.SMTPResponseException) -> str:
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return "user name or password was refused"
    return "the server does not take mail now" if isinstance(error, smtplib.SMTPConnectError) else "refused"


def _must(answer: tuple[int, bytes], expected: int, otherwise: str) -> None:
    if answer[0] != expected:
        raise _answered(*answer, otherwise)


def _answered(code: int, said: bytes | str, what: str) -> DeliveryError:
    """4xx may pass, 5xx will not (RFC 5321, section 4.2.1)."""
    return DeliveryError(f"{what}: {code} {_text(said)}", retry=not 500 <= code < 600)


def _refusal(address: str, code: int, said: bytes) -> Refused:
    return Refused(address, f"{code} {_text(said)}", retry=not 500 <= code < 600)


def _text(said: bytes | str) -> str:
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else said


def _broke(error: Exception) -> str:
    if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):  # smtplib makes another of it
        return "no answer in time"
    if isinstance(error, ConnectionRefusedError):
        return "the connection was refused; is the mail server up?"
    if isinstance(error, socket.gaierror):
        return "the mail server's host is unknown; check its name"
    if isinstance(error, ssl.SSLError):
        return f"TLS failed: {error.reason or 'no common protocol'}; check port and security"
    return "the server closed the connection"
