"""An article as detection reads it: sentences, quotations and cues, with offsets into `article.text`."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from detect.folding import fold
from detect.lexicon import Lexicon, lexicon
from detect.profile import Profile
from detect.sentences import Span, paragraphs, quotations, sentences
from model import Article

LONGEST = 40_000
"""Characters of the body that are read; a news article has a few thousand."""
CUES = (
    "former", "leave", "belong", "role", "say", "first_person", "captive", "captured", "attempted", "family", "expert",
    "report", "anonymous", "pseudonym", "fiction", "state", "to_group", "pronoun",
    "break_away", "plural", "hostage", "relative_tells", "authority", "wants_out", "interview", "executed",
)  # fmt: skip
DEEDS = frozenset({"leave", "break_away", "belong", "say"})
"""Cues that count more where their subject is one person (`he_…`), the speaker (`i_…`) or many (`they_…`)."""
NO_PRONOUN = frozenset({"ar", "es", "tr", "id", "ru"})
DENIABLE = frozenset({"leave", "break_away", "belong"})
"""Cues that a negation right before them takes away."""
_DENIAL = 26
_REACH = 32
_CLAUSE = re.compile(r"[.;:!?\"“”«»(]|, (?:and|but|und|aber|et|mais|y|pero|en|maar) ")
TIED = frozenset({"leave", "break_away", "former"})
"""Cues that count more where they stand right beside the group's name (`leave_it` and so on)."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence with the kinds of cue that occur in it. `text == article.text[start:end]`; the title has start -1."""

    index: int
    start: int
    end: int
    text: str
    folded: str
    cues: frozenset[str]
    quoted: bool
    """Some of it stands between quotation marks."""

    def has(self, *kinds: str) -> bool:
        """Whether every one of these kinds occurs."""
        return self.cues.issuperset(kinds)


@dataclass(frozen=True, slots=True)
class Document:
    """An article, read for one profile."""

    article: Article
    profile: Profile
    lexicon: Lexicon
    title: Sentence
    sentences: tuple[Sentence, ...]
    quotes: tuple[Span, ...]

    @classmethod
    def of(cls, article: Article, profile: Profile) -> Document:
        """Read an article."""
        words, text = lexicon(article.language[:2].lower()), article.text[:LONGEST]
        blocks = paragraphs(text)
        quotes = tuple(quote for block in blocks for quote in quotations(text, block))
        spans = [span for block in blocks for span in sentences(text, block, words.abbreviations)]
        found = tuple(_sentence(number, span, text, (words, profile, quotes)) for number, span in enumerate(spans))
        headline = article.title[:1000]
        title = Sentence(-1, -1, -1, headline, fold(headline), _cues(headline, fold(headline), words, profile), False)
        return cls(article, profile, words, title, found, quotes)

    def around(self, index: int, width: int = 1) -> Iterator[Sentence]:
        """A sentence with its neighbours."""
        yield from self.sentences[max(index - width, 0) : index + width + 1]

    def near(self, index: int, kind: str, width: int = 1) -> bool:
        """Whether a kind of cue occurs in a sentence or beside it."""
        return any(kind in sentence.cues for sentence in self.around(index, width))

    @property
    def names_group(self) -> bool:
        """Whether the group is named at all."""
        return "group" in self.title.cues or any("group" in sentence.cues for sentence in self.sentences)


def _sentence(number: int, span: Span, text: str, reader: tuple[Lexicon, Profile, tuple[Span, ...]]) -> Sentence:
    words, profile, quotes = reader
    own = text[span[0] : span[1]]
    folded = fold(own)
    return Sentence(number, *span, own, folded, _cues(own, folded, words, profile), _overlaps(quotes, span))


def _cues(text: str, folded: str, words: Lexicon, profile: Profile) -> frozenset[str]:
    kinds = {kind for kind in CUES if kind in words.patterns and kind != "to_group" and words[kind].search(folded)}
    kinds -= {kind for kind in DENIABLE & kinds if _denied(folded, kind, words)}
    for kind in DEEDS & kinds:
        kinds |= _doers(folded, kind, words)
    if group := profile.group.search(folded) or profile.capitals.search(text):
        kinds.add("group")
        if _towards(folded, group, words):
            kinds.add("to_group")
        else:
            before = folded[max(group.start() - 40, 0) : group.start()]
            kinds |= {kind for kind in ("with_it", "against") if words[kind].search(before)}
            kinds |= {f"{kind}_it" for kind in TIED & kinds if _beside(folded, group, words[kind])}
    elif "to_group" in words.patterns and _joining(folded, words):
        kinds.add("to_group")
    if profile.rival.search(folded):
        kinds.add("rival")
    if profile.place.search(folded):
        kinds.add("place")
    return frozenset(kinds)


def _denied(folded: str, kind: str, words: Lexicon) -> bool:
    """Whether it is said only of what was not done ("never deserted", "refused to flee")."""
    matches = list(words[kind].finditer(folded))
    return all(
        words["negation"].search(_CLAUSE.split(folded[max(match.start() - _DENIAL, 0) : match.start()])[-1])
        for match in matches
    )


def _doers(folded: str, kind: str, words: Lexicon) -> set[str]:
    """Who does it: `he_leave` ("she fled"), `i_leave` ("I escaped"), `they_leave` ("dozens of fighters deserted").

    The subject is looked for right before the verb; languages that need no pronoun are taken at the verb's word.
    """
    found = set()
    for match in words[kind].finditer(folded):
        before = _CLAUSE.split(folded[max(match.start() - _REACH, 0) : match.start()])[-1]
        if words["first_person"].search(before):
            found.add(f"i_{kind}")
        elif words["plural"].search(before) or words["captive"].search(before):
            found.add(f"they_{kind}")
        elif words["pronoun"].search(before) or words.code in NO_PRONOUN:
            found.add(f"he_{kind}")
        elif kind == "say" and _goes_on_with_pronoun(folded[match.end() : match.end() + 40].lstrip(), words):
            found.add("he_say")
    return found


def _goes_on_with_pronoun(following: str, words: Lexicon) -> bool:
    """ "said he", but not "said his mother"."""
    return words["pronoun"].match(following) is not None and words["family"].match(following) is None


def _towards(folded: str, group: re.Match[str], words: Lexicon) -> bool:
    """Leaving something *for* the group: "defected to", "left home to join", in Turkish by the dative."""
    before = folded[max(group.start() - 80, 0) : group.start()]
    if words["to_group"].search(before):
        return True
    if words.code == "tr":
        dative = re.search(r"'(?:e|a|ye|ya)$", group[0]) or re.match(r"'(?:e|a|ye|ya)\b", folded[group.end() :])
        return bool(dative and words["leave"].search(folded, group.end(), group.end() + 40))
    clause = _CLAUSE.split(before)[-1]
    return bool(words["towards"].search(clause) and words["leave"].search(clause))


def _beside(folded: str, group: re.Match[str], pattern: re.Pattern[str]) -> bool:
    """Whether a word stands right before the group's name ("fled the", "former") or, as in Turkish, right after it."""
    return bool(pattern.search(folded[max(group.start() - 35, 0) : group.start()])) or bool(
        pattern.search(folded[group.end() : group.end() + 30])
    )


def _joining(folded: str, words: Lexicon) -> bool:
    return bool(words["to_group"].search(folded))


def _overlaps(quotes: tuple[Span, ...], span: Span) -> bool:
    place = bisect_right(quotes, (span[1],)) - 1
    return place >= 0 and quotes[place][1] > span[0] and quotes[place][0] < span[1]
