"""The pre-filter: can this page hold a finding at all? Exact, and lossless by construction.

`detect.read` finds nothing where the group is not named, so a page in whose visible text no name of any watched group
occurs needs no thorough reading. The scan looks for the names as plain substrings (Aho-Corasick), which is wider than
the whole words that `read` asks for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import ahocorasick_rs

from detect.folding import fold
from detect.profile import Profile


class Gate:
    """All names of all watched groups, in one automaton."""

    def __init__(self, profiles: Sequence[Profile]) -> None:
        self._folded = _automaton(fold(name) for profile in profiles for name in profile.names)
        self._capitals = [profile.capitals for profile in profiles if profile.initials]

    def passes(self, text: str) -> bool:
        """Whether a text names a watched group."""
        if self._folded is not None and self._folded.find_matches_as_indexes(fold(text)):
            return True
        return any(pattern.search(text) for pattern in self._capitals)


def _automaton(names: Iterable[str]) -> ahocorasick_rs.AhoCorasick | None:
    found = sorted(set(names))
    return ahocorasick_rs.AhoCorasick(found) if found else None
