"""The key of the hashes by which what was forgotten is known again.

It lies beside the database (`<database>.key`, readable by its owner alone) and not in it: a name or an address can be
guessed, so a hash without a key, or with one in the same file, would tell anybody who is given a copy of the database
whether somebody stands in it.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from functools import lru_cache
from pathlib import Path

from errors import StoreError

_SIZE = 32


def hashed(key: bytes, kind: str, text: str) -> str:
    """A text under a key, as 32 hexadecimal digits; the same text of another kind gives another hash."""
    body = f"{kind}\0{text}".encode("utf-8", "surrogatepass")
    return hashlib.blake2b(body, key=key, digest_size=16).hexdigest()


def place(database: str) -> Path:
    """Where the key of a database lies."""
    return Path(database + ".key")


@lru_cache(maxsize=8)
def key_of(database: str) -> bytes:
    """The key of a database, made where there is none. Raises StoreError."""
    if database == ":memory:":
        return secrets.token_bytes(_SIZE)
    path = place(database)
    try:
        if not path.exists():
            _make(path)
        key = bytes.fromhex(path.read_text("ascii").strip())
    except OSError as error:
        raise StoreError(f"{path}: cannot be read or written: {error.strerror}", subject=str(path)) from None
    except ValueError:
        key = b""
    if len(key) != _SIZE:
        raise StoreError(f"{path}: is no key of Outspoken's; restore it from a backup", subject=str(path))
    return key


def _make(path: Path) -> None:
    """Write a new key, whole or not at all."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
        file.write(secrets.token_hex(_SIZE) + "\n")
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)
