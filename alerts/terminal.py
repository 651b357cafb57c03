"""The terminal: one panel for each alert, printed in one piece."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from typing import Literal

from rich.box import ROUNDED
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.style import Style
from rich.table import Table as Grid
from rich.text import Text

from alerts.base import Channel, ChannelTable
from alerts.message import Item, Link, Message
from alerts.sections import Section
from delivery import DeliveryState, Due, Sent
from errors import DeliveryError

NARROWEST, WIDEST = 30, 110
_COLORS = {"account": "bright_red", "follow-up": "yellow", "ops": "magenta", "digest": "cyan"}


class TerminalTable(ChannelTable):
    """`type = "terminal"`."""

    type: Literal["terminal"]


@dataclass(eq=False)
class Terminal(Channel):
    """Prints to standard output."""

    async def send(self, due: Due) -> Sent:
        """Print the whole panel with one write, so that no other line falls into it."""
        target = Console(file=sys.stdout)
        width = min(max(target.width, NARROWEST), WIDEST)
        buffer = StringIO()
        copy = Console(file=buffer, width=width, force_terminal=target.is_terminal, legacy_windows=False)
        copy.print(panel(self.message(due)))
        try:
            sys.stdout.write(buffer.getvalue())
            sys.stdout.flush()
        except (OSError, ValueError) as error:
            raise DeliveryError(f"standard output cannot be written: {type(error).__name__}", retry=False) from None
        return Sent(DeliveryState.SENT)


def panel(message: Message) -> Panel:
    """The alert as a rich renderable. All text is `Text`, so nothing in it is read as markup."""
    color = _COLORS.get(message.kind, "white")
    title = Text(f" {message.label} ", style=f"bold {color}")
    parts = [part for part in _parts(message) if part is not None]
    return Panel(Group(*parts), title=title, title_align="left", border_style=color, box=ROUNDED, padding=(0, 1))


def _parts(message: Message) -> Iterator[RenderableType | None]:
    yield Text(message.heading, style="bold", overflow="fold") if message.heading else None
    if message.article:
        yield _link(message.article)
    yield Text(message.source, style="dim") if message.source else None
    yield Text(message.body) if message.body else None
    yield _facts(message)
    for quote in message.quotes:
        yield Padding(
            Text.assemble(*((e.words, "bold italic" if e.spoken else "dim") for e in quote.parts)), (1, 0, 0, 2)
        )
    for section in message.sections:
        yield _section(section)
    for item in message.items:
        yield _item(item)
    yield Text(message.more, style="dim") if message.more else None
    yield _carriers(message.carriers)
    yield Text(f"\n{message.credit}") if message.credit else None
    yield Text(message.archived, style="dim", overflow="fold") if message.archived else None
    for each in message.links:
        yield _link(each)
    yield Text(f"\n{message.footer}", style="dim")


def _link(link: Link) -> Text:
    """Title and address: the address is shown, since not every terminal opens links."""
    text = Text(link.text, style=Style(link=link.url) if link.url else "")
    return text.append(f"\n{link.url}", style=Style(color="blue", link=link.url)) if link.url else text


def _facts(message: Message) -> RenderableType | None:
    if not message.facts:
        return None
    grid = Grid.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for fact in message.facts:
        grid.add_row(Text(fact.label), Text(fact.value))
    return Padding(grid, (1, 0, 0, 0))


def _section(section: Section) -> RenderableType:
    grid = Grid.grid(padding=(0, 1))
    grid.add_column(width=1)
    grid.add_column(overflow="fold")
    for point in section.points:
        grid.add_row(Text("•"), Text(point))
    return Padding(Group(Text(section.title, style="bold"), grid), (1, 0, 0, 0))


def _item(item: Item) -> RenderableType:
    text = Text.assemble("\n", (item.heading, "bold"))
    for line in (item.detail, item.link):
        text.append(f"\n  {line}", style="dim") if line else None
    return text


def _carriers(carriers: tuple[Link, ...]) -> RenderableType | None:
    if not carriers:
        return None
    text = Text.assemble("\n", (f"Also carried by {len(carriers)}", "bold"))
    for link in carriers:
        text.append(f"\n  {link.text}", style=Style(link=link.url) if link.url else "")
    return text


def build(name: str, table: TerminalTable) -> Terminal:
    """The channel of a table."""
    return Terminal(name, table.redaction, table.timeout)
