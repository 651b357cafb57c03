"""Whom a TLS connection trusts."""

from __future__ import annotations

import ssl
from pathlib import Path

from errors import ConfigError, Problem


def trust(ca_file: Path | None) -> ssl.SSLContext:
    """The system's authorities, or those of `ca_file`; names are always checked. Raises ConfigError."""
    try:
        return ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError):
        raise ConfigError([Problem("", "ca_file", None, f"{ca_file} holds no certificates that can be read")]) from None
