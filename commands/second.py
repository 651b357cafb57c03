"""What a second reader says of one page, asked by hand."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import click

import second_opinion
from config import SecondReaderConfig
from db.second import Unsure
from errors import OutspokenError
from model import Reading
from second_reader import ask


@dataclass(frozen=True, slots=True)
class Said:
    """A second reader's opinion: `state` as in the table `second_readings`, or `not asked`."""

    state: str
    reason: str
    model: str = ""


def opinion(settings: SecondReaderConfig | None, reading: Reading) -> Said:
    """Ask about a page that scored unsure. Raises OutspokenError where nobody can be asked or no answer comes."""
    if settings is None:
        raise click.UsageError("no second reader is configured; see [second_reader] in docs/configuration.md")
    finding = next((each for each in reading.findings if each.tier == "review"), None)
    if finding is None:
        return Said("not asked", "the page is not unsure")
    if said := second_opinion.speaks_to_machines(reading.article):
        return Said("refused", f"the article speaks to machines: “{said}”", settings.model)
    try:
        answer = asyncio.run(ask(settings, Unsure(0, "", reading.article, finding, 0)))
    except ValueError as error:
        raise OutspokenError(f"the second reader at {settings.url}: {error}", subject=settings.url) from None
    found = second_opinion.judge(reading.article, finding, answer)
    return Said(found.state, found.reason, settings.model)
