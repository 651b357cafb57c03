"""Bytes to text: byte order mark, then the header, then what the page says of itself, then what its bytes look like.

The order is the HTML standard's (WHATWG HTML, 13.2.3.2), except that valid UTF-8 wins over any label: a text that
decodes as UTF-8 and has letters beyond ASCII is UTF-8, whatever a server says.
"""

from __future__ import annotations

import codecs
import re

import w3lib.encoding

LARGEST = 5_000_000
"""Bytes of a page that are read; what comes after is left out."""
_HEAD = 4096


def decode(body: bytes, content_type: str = "") -> str:
    """The page as text. Never fails: what cannot be decoded becomes U+FFFD."""
    body = body[:LARGEST]
    bom, rest = w3lib.encoding.read_bom(body)
    if bom:
        return str(rest.decode(bom, "replace"))
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        # cut off inside a character, by us or on the way: still UTF-8
        if error.start > len(body) - 4 and error.start > 0:
            return body.decode("utf-8", "replace")
    return body.decode(_declared(body, content_type) or _guessed(body), "replace")


def _declared(body: bytes, content_type: str) -> str:
    """What the header or the page's own meta says, where Python knows it."""
    candidates = (
        w3lib.encoding.http_content_type_encoding(content_type),
        w3lib.encoding.html_body_declared_encoding(body[:_HEAD]),
    )
    for name in candidates:
        if not name or (name == "utf-8" and not _mostly_utf8(body)):
            continue
        try:
            return codecs.lookup(name).name
        except LookupError:
            continue
    return ""


def _mostly_utf8(body: bytes) -> bool:
    """Whether few characters are broken: a page in UTF-8 with some foreign bytes stays readable that way."""
    text = body[:200_000].decode("utf-8", "replace")
    return text.count("\N{REPLACEMENT CHARACTER}") * 50 < len(re.findall(r"[^\x00-\x7f]", text)) + 50


def _guessed(body: bytes) -> str:
    import charset_normalizer

    best = charset_normalizer.from_bytes(body[:50_000]).best()
    return best.encoding if best else "windows-1252"
