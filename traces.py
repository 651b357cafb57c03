"""What must not be found any more: names, sentences and addresses, in every spelling in which a file may hold them.

A `Traces` answers three questions: does a text hold one of them, what is the text without them, and which of them
stand in a file's bytes. Pure but for the reading of that file.
"""

from __future__ import annotations

import html
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

import ahocorasick_rs

MASK = "[forgotten]"
MOST = 20_000
"""Texts that are looked for at most; of more, so many are taken that are spread evenly over them."""
_LEAST = 24
"""Characters of a sentence that stands in no other article by chance."""
_PIECE = 16_000_000
"""Bytes of a file that are looked at at once."""
_GOES_ON = re.compile(r"[\w/?#&=%~+:@-]|\.\w")
"""What makes an address a longer one."""
_BLANKS = re.compile(rb"[ \t\r\n]+")
_JOINTS = (" ", "-", "_", "+", "%20", ".")
"""What stands between the words of a name: in texts, in addresses."""


def sentences(text: str) -> list[str]:
    """The telling sentences of a text: long enough not to stand elsewhere by chance."""
    parts = (part.strip() for part in re.split(r"(?<=[.!?…؟。])\s+|\n+", text))
    return [part for part in parts if len(part) >= _LEAST]


def spread(texts: Iterable[str]) -> tuple[str, ...]:
    """Each text once, at most `MOST` of them."""
    found = list(dict.fromkeys(texts))
    step = -(-len(found) // MOST) or 1
    return tuple(found[::step])


@dataclass(frozen=True)
class Traces:
    """`names` are of two words or more; `texts` whole sentences or headlines; `urls` addresses."""

    names: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    urls: tuple[str, ...] = field(default=())

    def __bool__(self) -> bool:
        return bool(self._spellings)

    def dumps(self) -> str:
        """As JSON."""
        return json.dumps([self.names, self.texts, self.urls], ensure_ascii=False)

    @classmethod
    def loads(cls, text: str) -> Traces:
        """What `dumps` wrote."""
        names, texts, urls = json.loads(text)
        return cls(tuple(names), tuple(texts), tuple(urls))

    def without(self, texts: Iterable[str]) -> Traces:
        """The same but for some texts."""
        gone = set(texts)
        return Traces(self.names, tuple(each for each in self.texts if each not in gone), self.urls)

    def tells(self, text: object) -> bool:
        """Whether a value is a text that holds any of them, in any case of letters."""
        return isinstance(text, str) and next(self._found(text), None) is not None

    def told(self, text: str) -> set[str]:
        """Which of them a text holds."""
        return set(self._found(text))

    def _found(self, text: str) -> Iterator[str]:
        if self._automaton is None or not text:
            return
        folded = _folded(text)
        for number, start, end in self._automaton.find_matches_as_indexes(folded, overlapping=True):
            what = self._spellings[self._order[number]]
            if self._whole(what, folded[start - 1 : start], folded[end : end + 2]):
                yield what

    def _whole(self, what: str, before: str, after: str) -> bool:
        """Whether a match is all of an address, or of a name, and not a part of a longer one."""
        if what in self._addresses:
            return _GOES_ON.match(after) is None
        return what not in self._persons or not (before.isalnum() or after[:1].isalnum())

    def masked(self, text: str, mask: str = MASK) -> str:
        """The text with a mask in their place; nothing but that where a spelling defies this."""
        bare = self._pattern.sub(lambda _: mask, text) if self._pattern is not None else text
        return mask if self.tells(bare) else bare

    def in_file(self, path: Path) -> set[str]:
        """Which of them stand in a file's bytes. Raises OSError; a file that is not there holds nothing."""
        if not path.exists():
            return set()
        with path.open("rb") as file:
            return self.in_bytes(iter(lambda: file.read(_PIECE), b""))

    def in_bytes(self, pieces: Iterator[bytes], charsets: Iterable[str] = ()) -> set[str]:
        """Which of them stand in a stream of bytes, also where two pieces meet: as UTF-8, UTF-16 and in `charsets`."""
        spelled = self._bytes | self._encoded(charsets)
        if not spelled:
            return set()
        patterns = list(spelled)
        automaton, longest = ahocorasick_rs.BytesAhoCorasick(patterns), max(map(len, patterns))
        found, tail = set[str](), b""
        for piece in pieces:
            body = tail + _BLANKS.sub(b" ", piece.lower())
            found |= {spelled[patterns[n]] for n, _, _ in automaton.find_matches_as_indexes(body, overlapping=True)}
            tail = body[-longest:]
        return found

    @cached_property
    def _spellings(self) -> dict[str, str]:
        """Every spelling, casefolded, and what it stands for."""
        found: dict[str, str] = {}
        for name in self.names:
            found |= dict.fromkeys(_name(name), name)
        for text in (*self.texts, *self.urls):
            found |= dict.fromkeys(_written(text), text)
        return {_folded(spelling): text for spelling, text in found.items() if spelling.strip()}

    @cached_property
    def _addresses(self) -> frozenset[str]:
        return frozenset(self.urls)

    @cached_property
    def _persons(self) -> frozenset[str]:
        """Names in scripts in which nothing is written onto a word."""
        return frozenset(name for name in self.names if not re.search("[\u0590-\u08ff]", name))

    @cached_property
    def _order(self) -> list[str]:
        return list(self._spellings)

    @cached_property
    def _automaton(self) -> ahocorasick_rs.AhoCorasick | None:
        return ahocorasick_rs.AhoCorasick(self._order) if self._order else None

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        longest = sorted(self._order, key=len, reverse=True)
        return re.compile("|".join(map(self._regex, longest)), re.IGNORECASE) if longest else None

    def _regex(self, spelling: str) -> str:
        what, literal = self._spellings[spelling], re.escape(spelling).replace(r"\ ", r"\s+")
        if what in self._addresses:
            return f"{literal}(?!{_GOES_ON.pattern})"
        return rf"(?<![^\W_]){literal}(?![^\W_])" if what in self._persons else literal

    @cached_property
    def _bytes(self) -> dict[bytes, str]:
        """Every spelling as bytes, ASCII letters small, and what it stands for."""
        found: dict[bytes, str] = {}
        for name in self.names:
            for spelling in _name(name):
                cased = (spelling, spelling.upper(), spelling.casefold())
                found |= {each.encode().lower(): name for each in cased}
        for text in (*self.texts, *self.urls):
            found |= {each.encode().lower(): text for each in _written(text)}
        for text in (*self.names, *self.texts):
            found[text.encode("utf-16-le").lower()] = text
        return {_BLANKS.sub(b" ", spelling): text for spelling, text in found.items()}

    def _encoded(self, charsets: Iterable[str]) -> dict[bytes, str]:
        """Names and texts in some encodings, as far as these have the letters."""
        found: dict[bytes, str] = {}
        for charset in charsets:
            for text in (*self.names, *self.texts):
                with suppress(UnicodeEncodeError):
                    found[_BLANKS.sub(b" ", text.encode(charset).lower())] = text
        return found


def _folded(text: str) -> str:
    """Without differences of case, and of the breaks between words: letters are wrapped into lines."""
    return " ".join(text.casefold().split())


def _written(text: str) -> set[str]:
    """A text as it stands, and as JSON, HTML and addresses write it."""
    escaped = {json.dumps(text, ensure_ascii=ascii_only)[1:-1] for ascii_only in (False, True)}
    return {text, unicodedata.normalize("NFD", text), html.escape(text), html.escape(text, quote=False)} | escaped


def _name(name: str) -> set[str]:
    """A name as texts and addresses write it."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    words = [re.findall(r"[^\s\-_.]+", each) for each in (name, plain)]
    joined = {joint.join(each) for each in words for joint in _JOINTS}
    return _written(name) | {spelling for each in joined for spelling in _written(each)} | {quote(e) for e in joined}
