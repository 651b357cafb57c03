"""Bytes to text: byte order mark, then the header, then what the page says of itself, then what its bytes look like.

The order is the HTML standard's (WHATWG HTML, 13.2.3.2), except that valid UTF-8 wins over any label: a text that
decodes as UTF-8 and has letters beyond ASCII is UTF-8, whatever a server says.
"""

from __future__ import annotations

import codecs
import re

import w3lib.encoding

from errors import ExtractError
from model import Page

LARGEST = 5_000_000
"""Bytes of a page that are read; what comes after is left out."""
_HEAD = 4096
_NOISE = 0.05
"""Share of control characters from which on bytes are no text."""
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_OF_THE_WEB = [
    *("utf_8", "cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258"),
    *("iso8859_2", "iso8859_5", "iso8859_7", "iso8859_15", "koi8_r", "koi8_u", "cp874"),
    *("gb18030", "big5", "euc_jp", "shift_jis", "euc_kr"),
]
"""The encodings of the WHATWG standard that a page may have without saying so; no page is in a Macintosh's."""
_MAGIC = (
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture"),
    (b"GIF8", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "gzip data"),
    (b"\x7fELF", "a program"),
    (b"RIFF", "sound or a picture"),
    (b"\xd0\xcf\x11\xe0", "an Office document"),
)


def text_of(page: Page) -> str:
    """The page as text. Raises ExtractError where there is none: nothing at all, or no text but a file."""
    if not page.body.strip():
        raise ExtractError(f"{page.url or 'the page'}: is empty", subject=page.url)
    if kind := _binary(page.body):
        raise ExtractError(f"{page.url or 'the page'}: is not a page but {kind}", subject=page.url)
    return decode(page.body, page.headers.get("content-type", "")).replace("\0", "")


def _binary(body: bytes) -> str:
    """What a body is that is no text; empty for a text."""
    named = next((kind for magic, kind in _MAGIC if body.startswith(magic)), "")
    if named or w3lib.encoding.read_bom(body)[0] or _wide(body):
        return named
    head = body[:_HEAD]
    return "binary data" if len(_CONTROL.findall(head)) > _NOISE * len(head) else ""


def _wide(body: bytes) -> str:
    """UTF-16 without a byte order mark, known by the zeros beside its ASCII letters; empty for anything else."""
    head = body[: _HEAD // 2 * 2]
    even, odd = head[::2].count(0), head[1::2].count(0)
    for zeros, others, name in ((odd, even, "utf-16-le"), (even, odd, "utf-16-be")):
        if zeros * 4 > len(head) and others * 20 < len(head):
            return name
    return ""


def decode(body: bytes, content_type: str = "") -> str:
    """The page as text. Never fails: what cannot be decoded becomes U+FFFD."""
    body = body[:LARGEST]
    encoding, mark = w3lib.encoding.read_bom(body)
    if encoding:
        return str(body[len(mark) :].decode(encoding, "replace"))
    if wide := _wide(body):
        return body.decode(wide, "replace")
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
    """Whether fewer characters are broken than whole: a page in UTF-8 with some foreign bytes stays readable so."""
    text = body[:200_000].decode("utf-8", "replace")
    broken = text.count("\N{REPLACEMENT CHARACTER}")
    return broken * 2 < len(re.findall(r"[^\x00-\x7f]", text))


def _guessed(body: bytes) -> str:
    import charset_normalizer

    found = charset_normalizer.from_bytes(body[:50_000], cp_isolation=_OF_THE_WEB)
    best = min(found, key=lambda each: (each.chaos, -each.coherence, each.encoding != "cp1252"), default=None)
    return best.encoding if best else "windows-1252"
