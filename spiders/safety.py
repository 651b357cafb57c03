"""Addresses that are never fetched: checked where the connection is made, on the address that it is made to.

The check stands between the resolved address and the socket, so that redirects, robots.txt, odd spellings of addresses
(`0x7f.1`, `[::ffff:127.0.0.1]`) and a name server that changes its mind between two look-ups (DNS rebinding) all meet
it.
"""

from __future__ import annotations

import ipaddress
from typing import Any

from twisted.internet.error import ConnectError
from twisted.internet.interfaces import IReactorPluggableNameResolver
from zope.interface import implementer

_SHARED = (
    ipaddress.ip_network("100.64.0.0/10"),  # carrier-grade NAT: private in practice
    ipaddress.ip_network("192.88.99.0/24"),
    ipaddress.ip_network("64:ff9b::/96"),  # NAT64 and 6to4 reach IPv4 addresses, private ones too
    ipaddress.ip_network("64:ff9b:1::/48"),
    ipaddress.ip_network("2002::/16"),
)


class Forbidden(ConnectError):
    """A connection was about to be made to an address that is never fetched."""


def public(host: str) -> bool:
    """Whether an IP address is one of the public internet."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    if mapped is not None:
        return public(str(mapped))
    return (
        address.is_global
        and not address.is_multicast
        and not any(address.version == net.version and address in net for net in _SHARED)
    )


@implementer(IReactorPluggableNameResolver)
class PublicOnly:
    """A reactor that connects to public addresses alone; everything else is the reactor's own."""

    def __init__(self, reactor: Any) -> None:
        self._reactor = reactor

    def connectTCP(self, host: str, port: int, *args: Any, **named: Any) -> Any:  # noqa: N802 - Twisted's name
        """Connect. `host` is an IP address here: names have been resolved. Raises Forbidden."""
        if not public(host):
            raise Forbidden(string=f"{host} is a private, loopback, link-local or otherwise reserved address")
        return self._reactor.connectTCP(host, port, *args, **named)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._reactor, name)
