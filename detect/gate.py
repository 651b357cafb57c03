"""The pre-filter: can this page hold a finding at all? Exact, and lossless by construction.

`detect.read` finds nothing where the group is not named, so a page in whose visible text no name of any watched group
occurs needs no thorough reading. The scan looks for the long names as plain substrings (Aho-Corasick), which is
wider than the whole words that `read` asks for, and for the short ones as the words themselves.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

import ahocorasick_rs

from detect.folding import fold
from detect.profile import Profile

LONG = 5
"""Letters from which a name is looked for as a mere substring; shorter ones ("isis", "ei") stand in many words."""


class Gate:
    """All names of all watched groups, in one automaton."""

    def __init__(self, profiles: Sequence[Profile]) -> None:
        names = {fold(name) for profile in profiles for name in profile.names}
        self._folded = _automaton(name for name in names if len(name) >= LONG)
        self._short = [
            (name, _word(name) or profile.group)
            for profile in profiles
            for name in sorted({" ".join(fold(each).split()) for each in profile.names})
            if len(name) < LONG
        ]
        self._capitals = [(profile.initials, profile.capitals) for profile in profiles if profile.initials]

    def passes(self, text: str) -> bool:
        """Whether a text names a watched group."""
        folded = " ".join(fold(unicodedata.normalize("NFC", text)).split())
        if self._folded is not None and self._folded.find_matches_as_indexes(folded):
            return True
        # a plain search is a hundred times as quick as a pattern, and most names do not stand in a page at all
        if any(name in folded and pattern.search(folded) for name, pattern in self._short):
            return True
        return any(any(name in text for name in names) and pattern.search(text) for names, pattern in self._capitals)


def _word(name: str) -> re.Pattern[str] | None:
    """A name as a whole word, in a form that is found quickly: `(?<!\\w)` in front of it would be tried everywhere.

    None for Arabic, where a word may have more than the name in it.
    """
    if "\u0600" <= name[0] <= "\u06ff":
        return None
    return re.compile(rf"{re.escape(name)}(?<!\w{re.escape(name)})(?!\w)")


def _automaton(names: Iterable[str]) -> ahocorasick_rs.AhoCorasick | None:
    found = sorted(set(names))
    return ahocorasick_rs.AhoCorasick(found) if found else None
