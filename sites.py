"""What the hub remembers of each outlet's site: its furniture, and whether its recipe still matches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from db import Store
from db.furniture import Remembered
from extract import furniture
from model import Reading, Source

MISSES = {"body": 3, "author": 10, "date": 10}
"""Pages in a row without what a recipe names, after which it no longer matches. A video has no text, an agency's
report no author."""
KEPT_FRESH = 0.1
"""The share of new articles among those remembered, after which it is worked out anew what recurs."""


@dataclass(slots=True)
class _Known:
    """What recurs on an outlet's pages, as of the last look into the store."""

    counts: Mapping[str, int]
    urls: frozenset[str]
    articles: int
    stored_since: int = 0

    @property
    def stale(self) -> bool:
        return self.stored_since > KEPT_FRESH * self.articles


@dataclass
class Sites:
    """Furniture and recipes of the sources; what is not in the store is worked out again after a restart."""

    store: Store
    _known: dict[str, _Known] = field(default_factory=dict)
    _misses: Counter[tuple[str, str]] = field(default_factory=Counter)

    def known(self, source: Source, url: str) -> Mapping[str, int]:
        """Paragraphs that recur on articles of the source's outlet, other than the one at `url`, with how many have them."""
        known = self._known.get(source.title)
        if known is None or known.stale:
            remembered = self.store.remembered(source.title)
            urls = frozenset[str]().union(*(each.urls for each in remembered))
            known = self._known[source.title] = _Known(_recurring(remembered), urls, len(remembered))
        if url not in known.urls:
            return known.counts
        return _recurring([each for each in self.store.remembered(source.title) if url not in each.urls])

    def stored(self, source: Source, reading: Reading) -> str:
        """Note that a page was stored; what is wrong with its source's recipe, in sentences, where anything is."""
        known = self._known.get(source.title)
        if known is not None and reading.prints:
            known.stored_since += 1
        broken = self._broken(source, reading) if source.recipe else ()
        return (
            f"The recipe of {source.name} in sources.toml no longer matches: its last pages have nothing at "
            f"{', '.join(broken)}. They are read as if it did not name it. "
            f"`outspoken extract --try {source.name} URL` shows what matches."
            if broken
            else ""
        )

    def _broken(self, source: Source, reading: Reading) -> tuple[str, ...]:
        """What the recipe names and none of the last pages had."""
        for name in MISSES:
            key = (source.name, name)
            self._misses[key] = self._misses[key] + 1 if name in reading.missed else 0
        return tuple(name for name, most in MISSES.items() if self._misses[source.name, name] >= most)


def _recurring(remembered: Sequence[Remembered]) -> dict[str, int]:
    return furniture.recurring(each.prints for each in remembered)
