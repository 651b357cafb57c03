"""Passwords, kept as hashes: scrypt (RFC 7914), with a salt of their own, in one line of text."""

from __future__ import annotations

import hashlib
import hmac
import os
from base64 import b64decode, b64encode

COST, BLOCK, PARALLEL = 2**14, 8, 5
"""About 80 ms and 16 MB for one try (OWASP's Password Storage Cheat Sheet)."""
SHORTEST = 12
"""Characters of a password."""


def hashed(password: str) -> str:
    """What goes into the configuration: `scrypt:N:r:p:SALT:KEY`."""
    salt = os.urandom(16)
    key = _key(password, salt, COST, BLOCK, PARALLEL)
    return f"scrypt:{COST}:{BLOCK}:{PARALLEL}:{b64encode(salt).decode()}:{b64encode(key).decode()}"


def is_hash(text: str) -> bool:
    """Whether a text is what `hashed` makes."""
    try:
        return len(_parts(text)[3]) >= 8
    except ValueError:
        return False


def matches(password: str, text: str) -> bool:
    """Whether a password is the one that was hashed; takes as long where it is not."""
    cost, block, parallel, salt, key = _parts(text)
    return hmac.compare_digest(_key(password, salt, cost, block, parallel), key)


def _parts(text: str) -> tuple[int, int, int, bytes, bytes]:
    """The parts of a hash. Raises ValueError."""
    kind, cost, block, parallel, salt, key = text.split(":")
    if kind != "scrypt":
        raise ValueError(kind)
    return int(cost), int(block), int(parallel), b64decode(salt, validate=True), b64decode(key, validate=True)


def _key(password: str, salt: bytes, cost: int, block: int, parallel: int) -> bytes:
    memory = 256 * cost * block
    return hashlib.scrypt(password.encode(), salt=salt, n=cost, r=block, p=parallel, maxmem=memory, dklen=32)
