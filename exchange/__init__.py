"""Accounts for other programs, and lists of known accounts from elsewhere. Pure: values in, bytes out, and back.

`render(cases, "csv")` gives a file's bytes in any of `FORMATS`; `records.cases` makes the cases out of the store's rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from exchange import citations, dossier, feeds, stix, tabular
from exchange.records import Case
from exchange.redaction import redacted

__all__ = ["FORMATS", "Format", "render"]


@dataclass(frozen=True, slots=True)
class Format:
    """A form in which accounts leave: its media type, the ending of its files, and what makes it.

    `published` ones are read by others as statements, so that what was judged to be no account is left out of them.
    """

    media: str
    ending: str
    make: Callable[[Sequence[Case]], bytes]
    published: bool = False


FORMATS: Mapping[str, Format] = {
    "csv": Format("text/csv; charset=utf-8", "csv", tabular.as_csv),
    "json": Format("application/json", "json", tabular.as_json),
    "parquet": Format("application/vnd.apache.parquet", "parquet", tabular.as_parquet),
    "markdown": Format("text/markdown; charset=utf-8", "md", dossier.as_markdown, published=True),
    "html": Format("text/html; charset=utf-8", "html", dossier.as_html, published=True),
    "stix": Format("application/stix+json;version=2.1", "stix.json", stix.as_stix, published=True),
    "rss": Format("application/rss+xml; charset=utf-8", "rss", feeds.as_rss, published=True),
    "bibtex": Format("application/x-bibtex; charset=utf-8", "bib", citations.as_bibtex, published=True),
    "csl": Format("application/vnd.citationstyles.csl+json", "csl.json", citations.as_csl, published=True),
}


def render(cases: Sequence[Case], form: str, *, names: bool = True, quotes: bool = True) -> bytes:
    """A file with the accounts in one of `FORMATS`; without people's names or the articles' words where asked.

    Raises KeyError for another format, MissingLibrary where `parquet` is not installed.
    """
    made = FORMATS[form]
    shown = [case for case in cases if case.tier != "none"] if made.published else cases
    return made.make([redacted(case, names=names, quotes=quotes) for case in shown])
