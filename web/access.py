"""Who may come in, from where, and what for.

On loopback everybody who reaches the port is the person who started the program. Beyond it somebody must vouch: a
password, or a reverse proxy at a known address that names the user in a header. Pages of other sites are kept out by the
Host header (against DNS rebinding) and the Origin of what they send.
"""

from __future__ import annotations

import getpass
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from time import monotonic
from typing import Any

from config import WebConfig, secret
from errors import ConfigError, Problem
from web import passwords

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
FORWARDED = ("x-forwarded-for", "x-forwarded-host", "forwarded")
TRIES, FROM_ONE, SPAN = 10, 100, 600.0
"""Wrong passwords for one user, and from one address (a proxy's is everybody's), in so many seconds."""
MOST = 10_000
"""Users and addresses whose wrong passwords are remembered."""


def is_loopback(host: str) -> bool:
    """Whether an address to listen on is reached from this machine alone."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


@dataclass
class Access:
    """The rules of one server. `hashes` holds a password's hash for each user."""

    config: WebConfig
    path: str = "outspoken.toml"
    hashes: dict[str, str] = field(default_factory=dict)
    _wrong: dict[str, deque[float]] = field(default_factory=dict)

    @classmethod
    def of(cls, config: WebConfig, path: str) -> Access:
        """The rules of a configuration. Raises ConfigError where it would let anybody in, or a hash is none."""
        hashes = {user: secret(value) for user, value in config.passwords.items()}
        bad = [user for user, value in hashes.items() if not passwords.is_hash(value)]
        if bad:
            hint = "is no hash of a password; `outspoken serve --hash` makes one"
            raise ConfigError([Problem(path, f"web.passwords.{user}", None, hint) for user in bad])
        access = cls(config, path, hashes)
        if access.open and not is_loopback(config.host):
            hint = f"is {config.host}, which others reach: set passwords, or user_header and proxies, in [web]"
            raise ConfigError([Problem(path, "web.host", None, hint)])
        return access

    @property
    def open(self) -> bool:
        """Nobody logs in: for this machine alone."""
        return not self.hashes and not self.config.user_header

    def refused(self, host: str, headers: Mapping[str, str]) -> str:
        """Why a request is not served, whoever sends it; empty where it is."""
        name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
        names = {each.lower() for each in self.config.hosts} | ({*LOOPBACK, self.config.host} if self.open else set())
        if names and name.lower() not in names:
            return "This address is not one that the program is served at (key hosts in [web])."
        if self.open and any(each in headers for each in FORWARDED):
            return "A proxy stands before this server: set user_header and proxies, or passwords, in [web]."
        return ""

    def actor(self, peer: str, headers: Mapping[str, str]) -> dict[str, Any] | None:
        """Who is vouched for without a password; None for nobody."""
        if self.open:
            return {"id": _owner(), "role": "reviewer"}
        if not self.config.user_header or not self.trusted(peer):
            return None
        user = headers.get(self.config.user_header.lower(), "").strip()
        return self.named(user) if user and user.isprintable() and len(user) <= 80 else None

    def named(self, user: str) -> dict[str, Any]:
        """A user who was vouched for, with the role that the configuration gives."""
        return {"id": user, "role": "reviewer" if user in self.config.reviewers else "reader"}

    def trusted(self, peer: str) -> bool:
        """Whether a peer's address is that of a known proxy."""
        try:
            address = ip_address(peer)
        except ValueError:
            return False
        return any(address in ip_network(each, strict=False) for each in self.config.proxies)

    def log_in(self, user: str, password: str, peer: str) -> dict[str, Any] | None:
        """The actor where the password is right; None where it is not, or after too many tries."""
        now, keys = monotonic(), {f"from {peer}": FROM_ONE, f"as {user}": TRIES}
        if any(self._tries(key, now) >= most for key, most in keys.items()):
            return None
        # an unknown user costs as much time as a known one
        known = self.hashes.get(user) or next(iter(self.hashes.values()), passwords.hashed(""))
        if passwords.matches(password, known) and user in self.hashes:
            return self.named(user)
        if len(self._wrong) > MOST:
            self._wrong.clear()
        for key in keys:
            self._wrong.setdefault(key, deque()).append(now)
        return None

    def _tries(self, key: str, now: float) -> int:
        wrong = self._wrong.get(key, deque())
        while wrong and wrong[0] < now - SPAN:
            wrong.popleft()
        if not wrong:
            self._wrong.pop(key, None)
        return len(wrong)


def _owner() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "local"
