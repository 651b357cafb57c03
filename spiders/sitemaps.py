"""Sitemaps of every kind (sitemaps.org 0.9, Google News): XML, gzip, plain text, broken ones too. Bytes in, items out.

A sitemap is read as a stream, so that one of a million entries needs no more memory than one of a hundred, beside its
own bytes; one that is packed is unpacked piece by piece.
"""

from __future__ import annotations

import contextlib
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from lxml import etree

from spiders.feeds import LONGEST_TITLE
from spiders.urls import canonical

PIECE = 65_536
MOST_UNPACKED = 300_000_000
"""Bytes of one sitemap, unpacked: six times what the protocol allows."""
MOST_ITEMS = 2_000_000
BARREN = 4_000_000
"""Bytes without a single item after which a document is given up."""
_ROOT = re.compile(rb"<(?:[\w-]{1,40}:)?(urlset|sitemapindex|rss|feed|html)[\s>]", re.IGNORECASE)

_BARE = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[\da-fA-F]{1,6});)")


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a sitemap: a page, or another sitemap (`index`). A date in the future is the present."""

    url: str
    date: datetime | None = None
    title: str = ""
    index: bool = False


class NoSitemap(ValueError):
    """What came is no sitemap; the text says what it is."""


def read(body: bytes, url: str, now: datetime) -> Iterator[Item]:
    """The items of a sitemap. Raises NoSitemap before the first of them where the bytes are none."""
    head = next(_pieces(body), b"")[:20_000].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not head:
        raise NoSitemap("the answer is empty")
    root = _ROOT.search(head)
    kind = root[1].lower() if root else b""
    if kind in (b"rss", b"feed"):
        raise NoSitemap('what came is not a sitemap but a feed; set kind = "feed"')
    if kind == b"html":
        raise NoSitemap("what came is not a sitemap but a web page")
    if kind:
        return _xml(body, url, now)
    if head.lower().startswith((b"http://", b"https://")):
        return _text(body, url)
    raise NoSitemap("what came is not a sitemap")


def _pieces(body: bytes) -> Iterator[bytes]:
    """The document in pieces, unpacked where it is gzip; what is cut off or broken ends early."""
    view = memoryview(body)
    pieces = (view[start : start + PIECE] for start in range(0, len(body), PIECE))
    if not body.startswith(b"\x1f\x8b"):
        yield from map(bytes, pieces)
        return
    unpacker, total = zlib.decompressobj(wbits=31), 0
    for piece in pieces:
        rest = bytes(piece)
        while rest and not unpacker.eof and total < MOST_UNPACKED:
            try:
                out = unpacker.decompress(rest, PIECE)
            except zlib.error:
                return
            total += len(out)
            yield out
            rest = unpacker.unconsumed_tail


def _xml(body: bytes, base: str, now: datetime) -> Iterator[Item]:
    parser = etree.XMLPullParser(
        events=("end",), tag=("{*}url", "{*}sitemap"), recover=True, resolve_entities=False, no_network=True,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    barren = count = 0
    for piece in _escaped(_pieces(body)):
        barren += len(piece)
        for element in _fed(parser, piece):
            barren = 0
            count += 1
            if item := _item(element, base, now):
                yield item
            _forget(element)
        if barren > BARREN or count > MOST_ITEMS:
            return


def _fed(parser: Any, piece: bytes) -> Iterator[Any]:
    """The elements that a piece completes; an empty piece is the document's end."""
    # what comes after a mistake that cannot be mended is not read: what came before is
    with contextlib.suppress(etree.XMLSyntaxError):
        parser.feed(piece) if piece else parser.close()
    for _, element in parser.read_events():
        yield element


def _escaped(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """With `&amp;` for every bare `&`, which addresses often have, and for entities that a document declares itself."""
    rest = b""
    for piece in pieces:
        text = rest + piece
        place = text.rfind(b"&", -12)
        text, rest = (text[:place], text[place:]) if place >= 0 else (text, b"")
        if text:
            yield _BARE.sub(b"&amp;", text)
    if rest:
        yield _BARE.sub(b"&amp;", rest)
    yield b""


def _forget(element: Any) -> None:
    """Free an element and all before it."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def _item(element: Any, base: str, now: datetime) -> Item | None:
    texts = {name: text for name, text in _texts(element) if text}
    url = canonical(texts.get("loc", ""), base)
    if not url:
        return None
    date = parse_date(texts.get("publication_date") or texts.get("lastmod") or "", now)
    title = " ".join(texts.get("title", "").split())[:LONGEST_TITLE]
    return Item(url, date, title, index=etree.QName(element).localname == "sitemap")


def _texts(element: Any) -> Iterator[tuple[str, str]]:
    """Names and texts of an entry and of its `news` part; pictures and films have addresses of their own."""
    for child in element.iterchildren("*"):
        name = etree.QName(child).localname
        if name == "news":
            yield from _texts(child)
        else:
            yield name, (child.text or "").strip()


def _text(body: bytes, base: str) -> Iterator[Item]:
    rest = b""
    for piece in _pieces(body):
        *lines, rest = (rest + piece).split(b"\n")
        if len(rest) > PIECE:
            return
        yield from _lines(lines, base)
    yield from _lines([rest], base)


def _lines(lines: list[bytes], base: str) -> Iterator[Item]:
    for line in lines:
        text = line.removeprefix(b"\xef\xbb\xbf").strip().decode("utf-8", "replace")
        if text.lower().startswith(("http://", "https://")) and (url := canonical(text, base)):
            yield Item(url)


def parse_date(text: str, now: datetime) -> datetime | None:
    """A W3C date: a year, a month, a day or a time; without a zone it is UTC, in the future it is `now`."""
    text = text.strip()
    if re.fullmatch(r"\d{4}(-\d\d)?", text):
        text = f"{text}-01-01"[:10]
    try:
        date = datetime.fromisoformat(text)
        date = date.astimezone(UTC) if date.tzinfo else date.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return min(date, now)
