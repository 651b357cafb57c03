"""An Atom feed of alerts (RFC 4287), for those who live in a feed reader: a file that any web server can serve."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar, Literal
from uuid import NAMESPACE_URL, uuid5

from lxml import etree
from pydantic import Field

from alerts import letter
from alerts.base import Channel, ChannelTable
from alerts.message import Message
from delivery import Alert, DeliveryState, Due, Sent
from errors import DeliveryError

ATOM = "http://www.w3.org/2005/Atom"
NS = {"a": ATOM}


class FeedTable(ChannelTable):
    """`type = "feed"`."""

    type: Literal["feed"]
    path: Path = Field(description="the file; its folder must exist, a relative path starts at the working folder")
    title: str = Field("Outspoken", max_length=100, description="the feed's title")
    keep: int = Field(100, ge=1, le=1000, description="alerts in the feed; older ones leave it")


@dataclass(eq=False)
class Feed(Channel):
    """Writes the feed anew with each alert. An entry has its alert's id, so that a repeat replaces itself."""

    path: Path = Path()
    title: str = ""
    keep: int = 100

    digests: ClassVar[bool] = False

    async def send(self, due: Due) -> Sent:
        """Put the alert on top; a follow-up renews its case's entry."""
        known = due.case.alert if due.case and due.case.alert.article else due.alert
        alert = replace(known, carriers=due.alert.carriers)
        entry = _entry(alert, self.message(replace(due, alert=alert)), due.alert.created)
        try:
            await asyncio.to_thread(self._write, entry)
        except OSError as error:
            raise DeliveryError(f"{self.path.name} cannot be written: {error.strerror}") from None
        return Sent(DeliveryState.SENT)

    def _write(self, entry: etree._Element) -> None:
        name = entry.findtext("a:id", namespaces=NS)
        known = [each for each in _known(self.path) if each.findtext("a:id", namespaces=NS) != name]
        data = etree.tostring(self._feed([entry, *known][: self.keep]), xml_declaration=True, encoding="utf-8")
        fresh = self.path.with_name(self.path.name + ".new")
        with fresh.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.path)

    def _feed(self, entries: Sequence[etree._Element]) -> etree._Element:
        feed = etree.Element(f"{{{ATOM}}}feed", nsmap={None: ATOM})
        _add(feed, "id", uuid5(NAMESPACE_URL, f"outspoken:{self.name}:{self.path.name}").urn)
        _add(feed, "title", self.title)
        _add(feed, "updated", entries[0].findtext("a:updated", namespaces=NS) or "")
        etree.SubElement(etree.SubElement(feed, f"{{{ATOM}}}author"), f"{{{ATOM}}}name").text = "Outspoken"
        feed.extend(entries)
        return feed


def name_of(key: str, created: datetime) -> str:
    """The id of an alert's entry."""
    return uuid5(NAMESPACE_URL, f"{key} {created.isoformat()}").urn


def parser() -> etree.XMLParser:
    """Reads the file, which somebody may have changed, without looking elsewhere."""
    return etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)


def _entry(alert: Alert, message: Message, updated: datetime) -> etree._Element:
    entry = etree.Element(f"{{{ATOM}}}entry", nsmap={None: ATOM})
    _add(entry, "id", name_of(alert.key, alert.created))
    _add(entry, "title", message.subject)
    _add(entry, "updated", updated.astimezone(UTC).isoformat())
    _add(entry, "published", alert.created.astimezone(UTC).isoformat())
    if message.article and message.article.url:
        etree.SubElement(entry, f"{{{ATOM}}}link", href=message.article.url)
    etree.SubElement(entry, f"{{{ATOM}}}category", term=message.kind)
    _add(entry, "content", letter.text(message)).set("type", "text")
    return entry


def _add(parent: etree._Element, name: str, text: str) -> etree._Element:
    child = etree.SubElement(parent, f"{{{ATOM}}}{name}")
    child.text = text
    return child


def _known(path: Path) -> list[etree._Element]:
    """The entries of the file as it stands; one that cannot be read is begun anew."""
    try:
        return list(etree.fromstring(path.read_bytes(), parser()).iterfind("a:entry", NS))
    except (FileNotFoundError, etree.XMLSyntaxError):
        return []


def build(name: str, table: FeedTable) -> Feed:
    """The channel of a table."""
    return Feed(name, table.redaction, table.timeout, path=table.path, title=table.title, keep=table.keep)
