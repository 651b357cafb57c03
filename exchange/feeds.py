"""RSS 2.0 of accounts, for those who feed other systems: one item for each person, the latest first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from uuid import uuid5
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from exchange.dossier import CAUTION, facts
from exchange.records import Case
from exchange.stix import NAMESPACE

MOST = 200
"""Items of a feed."""


def as_rss(cases: Sequence[Case]) -> bytes:
    """A feed; an item keeps its id, so that a reader knows it again."""
    root = Element("rss", version="2.0")
    channel = SubElement(root, "channel")
    for name, text in (
        ("title", "Outspoken: public accounts"),
        ("link", "urn:outspoken:accounts"),
        ("description", CAUTION),
    ):
        SubElement(channel, name).text = text
    for case in sorted(cases, key=lambda case: (case.created, case.account), reverse=True)[:MOST]:
        _item(channel, case)
    indent(root)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode").encode() + b"\n"


def _item(channel: Element, case: Case) -> None:
    item, first = SubElement(channel, "item"), case.first
    SubElement(item, "title").text = " ".join(case.title.split()) + (f", {first.role}" if first.role else "")
    if first.url:
        SubElement(item, "link").text = first.url
    SubElement(item, "guid", isPermaLink="false").text = uuid5(NAMESPACE, f"rss {case.account} {case.created}").urn
    if case.created:
        SubElement(item, "pubDate").text = format_datetime(_time(case.created))
    if case.profile:
        SubElement(item, "category").text = case.profile
    lines = [f"{label}: {value}" for label, value in facts(first)] + [text for text in (first.evidence,) if text]
    lines += [f"{each.outlet}, {each.published[:10] or 'undated'}: {each.url}" for each in case.tellings]
    # escaped once more: readers take a description for HTML
    SubElement(item, "description").text = "<br>".join(_html(line) for line in lines)


def _html(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _time(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        return datetime(1970, 1, 1, tzinfo=UTC)
