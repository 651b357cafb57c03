"""What a spider remembers of the addresses that a source has listed: eight bytes for each.

A million addresses are 8 MB here, where a set of texts would be 150. Two addresses that share a fingerprint hide one
another once in 10^13 times for a source with a million.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator


class Prints:
    """A sorted set of fingerprints."""

    __slots__ = ("_sorted",)

    def __init__(self, prints: Iterable[int] = ()) -> None:
        self._sorted = array("Q", sorted(prints))

    @classmethod
    def load(cls, text: object) -> Prints:
        """What `dump` wrote; empty where it is nothing of the kind."""
        made = cls()
        try:
            made._sorted.frombytes(base64.b64decode(str(text or ""), validate=True))
        except (ValueError, binascii.Error):
            return cls()
        return made

    def dump(self) -> str:
        """As text, eleven characters each."""
        return base64.b64encode(self._sorted.tobytes()).decode("ascii")

    def __contains__(self, value: int) -> bool:
        place = bisect_left(self._sorted, value)
        return place < len(self._sorted) and self._sorted[place] == value

    def __iter__(self) -> Iterator[int]:
        return iter(self._sorted)

    def __len__(self) -> int:
        return len(self._sorted)


def fingerprint(text: str) -> int:
    """Sixty-four bits of a text."""
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")
