"""What an article tells of one person: the sentences that are about the person, and where the name stands in them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from detect.document import Document, Sentence
from detect.lexicon import Lexicon
from detect.people import Frame

LOOSE = 0.8
"""How much a sentence counts that names nobody and is not held by the person either."""
_OF_UNNAMED = frozenset({"former", "leave", "pronoun", "first_person", "anonymous"})


@dataclass(frozen=True)
class Told:
    """One person of an article; `frame` is None for somebody whom the article does not name.

    `others` are the article's other persons: where one of them is named, a sentence is theirs.
    """

    document: Document
    frame: Frame | None
    others: Sequence[Frame] = ()

    @property
    def words(self) -> Lexicon:
        """The language's."""
        return self.document.lexicon

    @cached_property
    def about(self) -> list[Sentence]:
        """What is about the person; for somebody unnamed, what tells of leaving, belonging or speaking."""
        sentences = self.document.sentences
        if self.frame is not None:
            return [sentences[index] for index in self.frame.held]
        return [sentence for sentence in sentences if sentence.cues & _OF_UNNAMED or sentence.quoted]

    @cached_property
    def share(self) -> dict[int, float]:
        """How much each sentence counts: 1 if about the person, less if about nobody named, absent if another's."""
        theirs = {index for other in self.others if other is not self.frame for index in other.named(self.document)}
        held = {sentence.index for sentence in self.about}
        loose = {each.index: LOOSE for each in self.document.sentences if each.index not in held | theirs}
        return dict.fromkeys(held, 1.0) | loose

    @cached_property
    def all(self) -> list[Sentence]:
        """Those sentences, in the text's order."""
        return [self.document.sentences[index] for index in sorted(self.share)]

    def spans(self) -> Iterator[tuple[Sentence, tuple[int, int]]]:
        """Each sentence that names the person, with the span of the name in it."""
        if self.frame is None:
            return
        for start, end in self.frame.spans:
            for sentence in self.about:
                if sentence.start <= start < sentence.end:
                    yield sentence, (start - sentence.start, end - sentence.start)
