"""Lists of sources from elsewhere and for elsewhere: OPML, CSV, plain lines."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, SubElement, indent, tostring

import defusedxml.ElementTree
from defusedxml import DefusedXmlException

from errors import ConfigError, Problem
from model import Source
from spiders.urls import canonical

LARGEST = 50_000_000
MOST = 100_000
COLUMNS = ("name", "url", "kind", "outlet", "language", "country")


@dataclass(frozen=True, slots=True)
class Line:
    """One source of a foreign list. `feed` is its feed's address, `site` its homepage; at least one is there."""

    feed: str = ""
    site: str = ""
    name: str = ""
    outlet: str = ""
    language: str = ""
    country: str = ""
    kind: str = ""
    tags: tuple[str, ...] = ()


def read(path: Path) -> tuple[list[Line], list[str]]:
    """The sources of a file, and a sentence for each line that names none. Raises ConfigError where it is no list."""
    try:
        if path.stat().st_size > LARGEST:
            raise ConfigError([Problem(str(path), "", None, f"is larger than {LARGEST:,} bytes")])
        body = path.read_bytes()
    except OSError as error:
        raise ConfigError([Problem(str(path), "", None, f"cannot be read: {error.strerror}")]) from None
    if body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return _opml(body, path)
    text = body.decode("utf-8-sig", "replace")
    first = text.lstrip().partition("\n")[0].lower()
    if "url" in [cell.strip().strip('"') for cell in first.replace(";", ",").replace("\t", ",").split(",")]:
        return _csv(text)
    return _plain(text)


def opml(sources: Sequence[Source]) -> str:
    """OPML 2.0 of all sources, for any reader; what is no feed stands there with its homepage only."""
    root = Element("opml", version="2.0")
    SubElement(SubElement(root, "head"), "title").text = "Outspoken's sources"
    body = SubElement(root, "body")
    for source in sources:
        about = {"text": source.title, "title": source.title}
        place = {"type": "rss", "xmlUrl": source.url} if source.kind == "feed" else {"type": "link", "url": source.url}
        more = {"language": source.language, "category": ",".join(source.tags), "outspokenKind": source.kind}
        SubElement(body, "outline", {key: value for key, value in (about | place | more).items() if value})
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode")


def table(sources: Sequence[Source]) -> str:
    """CSV of all sources, as `sources import` reads it."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([[getattr(source, column) for column in COLUMNS] for source in sources])
    return out.getvalue().rstrip("\n")


def _opml(body: bytes, path: Path) -> tuple[list[Line], list[str]]:
    try:
        root = defusedxml.ElementTree.fromstring(body, forbid_dtd=True)
    except DefusedXmlException:
        raise ConfigError(
            [Problem(str(path), "", None, "declares a document type or entities; OPML needs none")]
        ) from None
    except (defusedxml.ElementTree.ParseError, ValueError, RecursionError) as error:
        raise ConfigError([Problem(str(path), "", None, f"is not valid OPML: {error}")]) from None
    lines, wrong = list[Line](), list[str]()
    for outline in list(root.iter("outline"))[:MOST]:
        line = _outline(outline)
        if line.feed or line.site:
            lines.append(line)
        elif not len(outline):
            wrong.append(f"{line.outlet or 'an outline'}: has no address")
    return lines, wrong


def _outline(outline: Any) -> Line:
    about = {key.lower(): value.strip() for key, value in outline.attrib.items()}
    kind = about.get("outspokenkind", "")
    site = canonical(about.get("htmlurl", "") or about.get("url", ""))
    return Line(
        canonical(about.get("xmlurl", "")), site, outlet=about.get("title") or about.get("text", ""),
        language=_code(about.get("language", "")).lower(), kind=kind,
        tags=tuple(tag.strip() for tag in about.get("category", "").split(",") if tag.strip()),
    )  # fmt: skip


def _csv(text: str) -> tuple[list[Line], list[str]]:
    head = text.lstrip().partition("\n")[0]
    mark = max(",;\t", key=head.count)
    lines, wrong = list[Line](), list[str]()
    rows = csv.DictReader(io.StringIO(text.lstrip()), delimiter=mark)
    for number, row in enumerate(_rows(rows), 2):
        cells = {
            str(key or "").strip().lower(): (value or "").strip()
            for key, value in row.items()
            if isinstance(value, str)
        }
        url = canonical(cells.get("url", ""))
        if not url:
            wrong.append(f"line {number}: has no http or https address")
            continue
        lines.append(
            Line(
                site=url,
                name=cells.get("name", ""),
                outlet=cells.get("outlet", ""),
                kind=cells.get("kind", ""),
                language=_code(cells.get("language", "")).lower(),
                country=_code(cells.get("country", "")).upper(),
            )
        )
    return lines, wrong


def _rows(rows: csv.DictReader[str]) -> Iterator[dict[str, Any]]:
    try:
        for _, row in zip(range(MOST), rows, strict=False):
            yield row
    except csv.Error as error:
        yield {"url": "", "error": str(error)}


def _plain(text: str) -> tuple[list[Line], list[str]]:
    lines, wrong = list[Line](), list[str]()
    for number, line in enumerate(text.splitlines()[:MOST], 1):
        words = line.partition("#")[0].split() if not line.strip().startswith(("http://", "https://")) else line.split()
        if not words:
            continue
        url = canonical(words[0] if "://" in words[0] else f"https://{words[0]}") if "." in words[0] else ""
        if url:
            lines.append(Line("", url))
        else:
            wrong.append(f"line {number}: is no address")
    return lines, wrong


def _code(text: str) -> str:
    """A language or country of two letters, or empty: `en-GB` is `en`."""
    code = text.partition("-")[0].partition("_")[0].strip()
    return code if len(code) == 2 and code.isascii() and code.isalpha() else ""
