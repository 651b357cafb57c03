"""The pre-filter: can this page hold a finding at all? Exact, and lossless by construction.

`detect.read` finds nothing where the group is not named, so a page in whose visible text no name of any watched group
occurs needs no thorough reading. The scan looks for the long names as plain substrings (Aho-Corasick), which is
wider than the whole words that `read` asks for, and for the short ones as the words themselves.
"""

from __future__ import annotations

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
        self._words = [profile.group for profile in profiles if any(len(fold(name)) < LONG for name in profile.names)]
        self._capitals = [profile.capitals for profile in profiles if profile.initials]

    def passes(self, text: str) -> bool:
        """Whether a text names a watched group."""
        folded = " ".join(fold(unicodedata.normalize("NFC", text)).split())
        if self._folded is not None and self._folded.find_matches_as_indexes(folded):
            return True
        if any(pattern.search(folded) for pattern in self._words):
            return True
        return any(pattern.search(text) for pattern in self._capitals)


def _automaton(names: Iterable[str]) -> ahocorasick_rs.AhoCorasick | None:
    found = sorted(set(names))
    return ahocorasick_rs.AhoCorasick(found) if found else None
