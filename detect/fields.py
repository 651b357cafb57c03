"""The fields of one account, each read from the sentences that are about the person, each with its proof."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from detect import origin, reasons, roles
from detect.document import Document, Sentence
from detect.folding import fold
from detect.gender import gender
from detect.people import Frame, beside
from detect.told import Told
from detect.weights import Weights, weights
from model import Account, Evidence

YOUNGEST, OLDEST = 7, 85
_QUOTE = (25, 420)
"""Characters of a quotation that an alert can show."""


class Reader:
    """Reads one person's fields; `frame` is None for somebody whom the article does not name.

    `others` are the article's other persons: where one of them is named, a sentence is theirs.
    """

    def __init__(
        self, document: Document, frame: Frame | None, others: Sequence[Frame] = (), fitted: Weights | None = None
    ) -> None:
        self._document = document
        self._words = document.lexicon
        self._frame = frame
        self._told = Told(document, frame, others)
        self._fitted = fitted or weights()
        self._proofs: list[Evidence] = []

    def account(self, score: float) -> Account:
        """All fields."""
        frame, article = self._frame, self._document.article
        evidence = self._evidence()
        sex = gender(self._told)
        return Account(
            name=frame.name if frame else "",
            name_type=self._name_type(),
            group=self._document.profile.name,
            role=self._proved("role", roles.role(self._told, self._fitted.role, sex)),
            nationality=self._proved("nationality", origin.nationality(self._told, self._fitted.nation)),
            gender=sex,
            age=self._age(),
            exit=self._exit(),
            reasons=tuple(
                self._proved(f"reason:{reason}", (reason, best))
                for reason, best in reasons.reasons(self._told, self._fitted.reason)
            ),
            evidence=article.text[evidence.start : evidence.end] if evidence else "",
            quotes=tuple(self._quotes()),
            aliases=self._aliases(),
            proofs=(*([self._proof("evidence", evidence)] if evidence else []), *self._proofs),
            score=round(score, 4),
        )

    def _proof(self, field: str, sentence: Sentence) -> Evidence:
        return Evidence(field, sentence.text, sentence.start, sentence.end)

    def _prove(self, field: str, sentence: Sentence) -> None:
        """Keep a sentence of the text as a proof; the headline is none."""
        if sentence.index >= 0:
            self._proofs.append(self._proof(field, sentence))

    def _proved(self, field: str, found: tuple[str, Sentence | None]) -> str:
        """A value, its sentence kept as a proof."""
        value, sentence = found
        if value and sentence is not None:
            self._prove(field, sentence)
        return value

    # --- who ---------------------------------------------------------------------------------------------------
    def _name_type(self) -> str:
        """A kunya is a nom de guerre by its nature; a bare given name is one where the article changes names at all."""
        if self._frame is None:
            return "anonymous"
        hidden = any("pseudonym" in sentence.cues for sentence in self._document.sentences)
        held = self._frame.features
        assumed = self._frame.pseudonym or held["kunya"] > 0 or (hidden and not held["full_name"])
        return "pseudonym" if assumed else "real"

    def _age(self) -> int | None:
        for sentence, span in self._told.spans():
            match = self._words["age"].search(sentence.folded, span[1], span[1] + 30)
            if match and (age := _number(match)) and not _then(sentence.folded, match):
                self._prove("age", sentence)
                return age
        likeliest = min(self._ages(), key=lambda found: found[2], default=None)
        if likeliest is None:
            return None
        self._prove("age", likeliest[1])
        return likeliest[0]

    def _ages(self) -> Iterator[tuple[int, Sentence, bool]]:
        """The ages that may be the person's, the likeliest first, each with whether it is one that was had then."""
        for sentence in (*self._told.about, self._document.title, *self._told.all):
            for match in self._words["age"].finditer(sentence.folded):
                if (age := _number(match)) and not self._of_relative(sentence, match.start()):
                    yield age, sentence, _then(sentence.folded, match)

    def _of_relative(self, sentence: Sentence, place: int) -> bool:
        """Whether an age is said of somebody's child or relative."""
        return bool(self._words["family"].search(sentence.folded[max(place - 30, 0) : place]))

    # --- leaving -----------------------------------------------------------------------------------------------
    def _exit(self) -> str:
        about = self._told.about
        away = [sentence for sentence in about if sentence.has("leave")]
        for kind in ("caught_leaving", "surrendered"):
            for sentence in about:
                if self._words[kind].search(sentence.folded):
                    self._prove("exit", sentence)
                    return kind
        if away:
            self._prove("exit", max(away, key=lambda s: (s.has("break_away"), s.has("group"))))
        broke = any(sentence.has("break_away") for sentence in (*about, self._document.title))
        back = any(self._words["returned"].search(sentence.folded) for sentence in about)
        return "returned" if back and not broke else "defected"

    # --- words -------------------------------------------------------------------------------------------------
    def _evidence(self) -> Sentence | None:
        pool: Sequence[Sentence] = self._told.about or self._document.sentences
        return max(pool, key=self._telling, default=None)

    def _telling(self, sentence: Sentence) -> float:
        named = self._frame is not None and any(
            sentence.start <= start < sentence.end for start, _ in self._frame.spans
        )
        return (
            2.0 * (sentence.has("leave") and not sentence.has("to_group"))
            + 1.0 * sentence.has("break_away")
            + 1.5 * sentence.has("group")
            + 1.0 * bool(sentence.cues & {"belong", "role", "former"})
            + 0.8 * named
            + 0.5 * sentence.has("say")
            + 0.3 * sentence.has("first_person")
            - 0.5 * (len(sentence.text) > 400)
            - 0.02 * min(sentence.index, 40)
        )

    def _quotes(self) -> list[str]:
        """One to three quotations of the person, the most telling first, to the letter."""
        text, found = self._document.article.text, []
        for start, end in self._document.quotes:
            if not _QUOTE[0] <= end - start <= _QUOTE[1]:
                continue
            about = [sentence for sentence in self._told.about if sentence.start < end and start < sentence.end]
            if about:
                found.append((self._quoted_worth(fold(text[start:end])), start, text[start:end].strip()))
        return [quote for _, _, quote in sorted(found, key=lambda each: (-each[0], each[1]))[:3]]

    def _quoted_worth(self, folded: str) -> float:
        words = self._words
        return (
            1.0 * bool(words["first_person"].search(folded))
            + 1.0 * bool(words["leave"].search(folded))
            + 0.5 * bool(words["belong"].search(folded))
            + 0.7 * sum(bool(words[kind].search(folded)) for kind in reasons.KINDS)
            + 0.5 * bool(self._document.profile.group.search(folded))
        )

    def _aliases(self) -> tuple[str, ...]:
        """Other names that the article itself gives the person: "X, known as Y"."""
        if self._frame is None:
            return ()
        text, found = self._document.article.text, []
        for _, end in self._frame.spans:
            after = text[end : end + 110].partition("\n")[0]
            match = _ALIAS.match(after)
            if match and match[1] not in self._frame.name and not self._document.profile.group.search(fold(match[1])):
                found.append(match[1])
        return tuple(dict.fromkeys(found))[:4]


_ALIAS = re.compile(
    r"[\s,(]*(?:(?:who )?(?:also|now|better|formerly|then)? ?(?:known|called|nicknamed|goes|went|born)(?: \w+)? (?:as|by)|alias|a\.?k\.?a\.?|"
    r"(?:whose|his|her) (?:real|true|birth) name (?:is|was)|(?:whose|his|her) (?:nom de guerre|kunya|alias|nickname) (?:is|was)|"
    r"genannt|dit|dite|alias|apodad[oa]|bijgenaamd|takma adıyla|по прозвищу)\s+[\"“«‘']?"
    r"((?:Abu|Umm|Abou|Oum|[A-ZÀ-ÖØ-ÞА-ЯЁ][\w’'-]+)(?: (?:al-|bin |el-)?[A-ZÀ-ÖØ-ÞА-ЯЁ][\w’'-]+){0,3})"
)


def _then(folded: str, match: re.Match[str]) -> bool:
    """Whether an age is one that somebody had then ("was 17 when she left")."""
    digits = match.start(match.lastindex or 0)
    before, after = folded[max(digits - 24, 0) : digits], folded[match.end() : match.end() + 20]
    return bool(beside("then_before").search(before) or beside("then_after").match(after))


def _number(match: re.Match[str]) -> int | None:
    found = next((int(value) for value in match.groupdict().values() if value), 0)
    return found if YOUNGEST <= found <= OLDEST else None
