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
    ipaddress.ip_network("2002::/16"),  # 6to4 reaches IPv4 addresses, private ones too
)
_UNICAST = ipaddress.ip_network("2000::/3")
"""All IPv6 addresses that the public internet uses; NAT64 (64:ff9b::/96) for one is outside."""
METADATA = frozenset(("fd00:ec2::254", "100.100.100.200"))
"""Where clouds keep their machines' credentials, beside the link-local 169.254.169.254."""


class Forbidden(ConnectError):
    """A connection was about to be made to an address that is never fetched."""

    def __str__(self) -> str:
        return str(self.args[0])


def link_local(host: str) -> bool:
    """Whether an IP address is link-local or a cloud's metadata service: no source ever lives there."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return True
    address = getattr(address, "ipv4_mapped", None) or address
    return address.is_link_local or str(address) in METADATA


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
        and (address.version == 4 or address in _UNICAST)
        and not any(address.version == net.version and address in net for net in _SHARED)
    )


@implementer(IReactorPluggableNameResolver)
class Guarded:
    """A reactor that connects to public addresses alone; everything else is the reactor's own.

    With `private` it also connects to private and loopback addresses, but never to link-local ones.
    """

    def __init__(self, reactor: Any, *, private: bool) -> None:
        self._reactor = reactor
        self._private = private

    def connectTCP(self, host: str, port: int, *args: Any, **named: Any) -> Any:  # noqa: N802 - Twisted's name
        """Connect. `host` is an IP address here: names have been resolved. Raises Forbidden."""
        if link_local(host):
            raise Forbidden(string=f"{host} is a link-local or metadata address")
        if not self._private and not public(host):
            raise Forbidden(string=f"{host} is a private, loopback or otherwise reserved address")
        return self._reactor.connectTCP(host, port, *args, **named)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._reactor, name)
