"""A small internet for tests: names that somebody else controls, and a public address whose host is this machine.

Called in the process that crawls, before it does. Only the outermost edge is replaced, the look-up of names and the
socket; what is refused in between is the program's own work.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, repeat
from typing import Any

from twisted.internet.address import IPv4Address
from twisted.internet.interfaces import IHostnameResolver, IHostResolution
from zope.interface import implementer

PUBLIC = "93.184.215.14"
"""Connections to it are made to this machine."""
DEAD = "93.184.215.15"
"""Connections to it are made to a port of this machine that is closed."""


def steady() -> None:
    """`public.example` has a public address."""
    _install(repeat([PUBLIC]))


def rebinding() -> None:
    """`public.example` has a public address when it is first looked up, and then that of this machine."""
    _install(chain([[PUBLIC]], repeat(["127.0.0.1"])))


def ambiguous() -> None:
    """`public.example` has a public address that does not answer, and that of this machine."""
    _install(repeat([DEAD, "127.0.0.1"]))


def _install(answers: Iterator[list[str]]) -> None:
    from twisted.internet import reactor

    connect = reactor.connectTCP

    def connect_there(host: str, port: int, *args: Any, **named: Any) -> Any:
        here = {PUBLIC: ("127.0.0.1", port), DEAD: ("127.0.0.1", 1)}
        return connect(*here.get(host, (host, port)), *args, **named)

    reactor.connectTCP = connect_there
    reactor.installNameResolver(_Names(answers))


@implementer(IHostResolution)
class _LookUp:
    def __init__(self, name: str) -> None:
        self.name = name

    def cancel(self) -> None:
        """Nothing to be cancelled."""


@implementer(IHostnameResolver)
class _Names:
    def __init__(self, answers: Iterator[list[str]]) -> None:
        self._answers = answers

    def resolveHostName(self, receiver: Any, name: str, portNumber: int = 0, *args: Any, **named: Any) -> Any:  # noqa: N802, N803
        look_up = _LookUp(name)
        receiver.resolutionBegan(look_up)
        for host in next(self._answers) if name == "public.example" else [name]:
            receiver.addressResolved(IPv4Address("TCP", host, portNumber))
        receiver.resolutionComplete()
        return look_up
