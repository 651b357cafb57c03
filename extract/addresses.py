"""Addresses as pages write them, which may be relative, of any scheme, or none at all."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit


def absolute(base: str, address: str) -> str:
    """The http(s) address that a page at `base` means; empty where it is none."""
    try:
        found = urljoin(base, address.strip()) if address.strip() else ""
    except ValueError:
        return ""
    return found if found.startswith(("http://", "https://")) and host(found) else ""


def host(url: str) -> str:
    """The host of an address in lower case; empty where there is none."""
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""
