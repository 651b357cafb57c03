"""The fields of one account, each read from the sentences that are about the person, each with its proof."""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from detect.document import Document, Sentence
from detect.folding import fold
from detect.nations import cities_in, nations_in
from detect.people import Frame
from model import Account, Evidence

ROLES = Path(__file__).parent / "data" / "roles.toml"
YOUNGEST, OLDEST = 7, 85
REASONS = {
    "infighting": "infighting",
    "brutality": "brutality",
    "un_islamic": "un_islamic",
    "conditions": "conditions",
    "other_reason": "other",
}
ENOUGH = 0.6
"""How much must speak for a reason: one plain word."""
MOST_REASONS = 2
LOOSE = 0.8
"""How much a sentence counts that names nobody and is not held by the person either."""
ROLE = 0.8
"""How much must speak for a role."""
ORIGIN = 0.4
"""How much must speak for a nationality."""
_QUOTE = (25, 420)
"""Characters of a quotation that an alert can show."""
_FEMALE = re.compile(r"^(?:umm|oum|um|om|oemm|умм|ام)\b")
_MALE = re.compile(r"^(?:abu|abou|abo|aboe|ebu|абу|ابو|ابي|ابا)\b")


class Reader:
    """Reads one person's fields; `frame` is None for somebody whom the article does not name.

    `others` are the article's other persons: where one of them is named, a sentence is theirs.
    """

    def __init__(self, document: Document, frame: Frame | None, others: Sequence[Frame] = ()) -> None:
        self._document = document
        self._words = document.lexicon
        self._frame = frame
        self._about = self._sentences()
        theirs = {index for other in others if other is not frame for index in other.named(document)}
        held = {sentence.index for sentence in self._about}
        loose = [each for each in document.sentences if each.index not in held and each.index not in theirs]
        self._all = sorted([*self._about, *loose], key=lambda sentence: sentence.index)
        self._share = {sentence.index: 1.0 for sentence in self._about} | {each.index: LOOSE for each in loose}
        self._proofs: list[Evidence] = []

    def account(self, score: float) -> Account:
        """All fields."""
        frame, article = self._frame, self._document.article
        evidence = self._evidence()
        hidden = any("pseudonym" in sentence.cues for sentence in self._document.sentences)
        # a kunya is a nom de guerre by its nature; a bare given name is one where the article changes names at all
        pseudonym = frame is not None and (
            frame.pseudonym or frame.features["kunya"] > 0 or (hidden and not frame.features["full_name"])
        )
        return Account(
            name=frame.name if frame else "",
            name_type="anonymous" if frame is None else "pseudonym" if pseudonym else "real",
            group=self._document.profile.name,
            role=self._role(),
            nationality=self._nationality(),
            gender=self._gender(),
            age=self._age(),
            exit=self._exit(),
            reasons=self._reasons(),
            evidence=article.text[evidence.start : evidence.end] if evidence else "",
            quotes=tuple(self._quotes()),
            aliases=self._aliases(),
            proofs=(*([self._proof("evidence", evidence)] if evidence else []), *self._proofs),
            score=round(score, 4),
        )

    def _sentences(self) -> list[Sentence]:
        """What is about the person; for somebody unnamed, what tells of leaving, belonging or speaking."""
        all_ = self._document.sentences
        if self._frame is not None:
            return [all_[index] for index in self._frame.held]
        kinds = {"former", "leave", "pronoun", "first_person", "anonymous"}
        return [sentence for sentence in all_ if sentence.cues & kinds or sentence.quoted]

    def _proof(self, field: str, sentence: Sentence) -> Evidence:
        return Evidence(field, sentence.text, sentence.start, sentence.end)

    def _prove(self, field: str, sentence: Sentence) -> None:
        self._proofs.append(self._proof(field, sentence))

    # --- who ---------------------------------------------------------------------------------------------------
    def _gender(self) -> str:
        if self._frame is not None:
            folded = fold(self._frame.name)
            if _FEMALE.match(folded):
                return "female"
            if _MALE.match(folded):
                return "male"
        for pool in (self._about, (self._document.title, *self._all)):
            counts = {
                kind: sum(len(self._words[kind].findall(sentence.folded)) for sentence in pool)
                for kind in ("female", "male")
            }
            if counts["female"] != counts["male"]:
                return max(counts, key=counts.__getitem__)
        return ""

    def _age(self) -> int | None:
        for sentence, span in self._named():
            match = self._words["age"].search(sentence.folded, span[1], span[1] + 30)
            if match and (age := _number(match)):
                self._prove("age", sentence)
                return age
        for sentence in (*self._about, self._document.title, *self._all):
            for match in self._words["age"].finditer(sentence.folded):
                if (age := _number(match)) and not self._of_relative(sentence, match.start()):
                    self._prove("age", sentence)
                    return age
        return None

    def _of_relative(self, sentence: Sentence, place: int) -> bool:
        """Whether an age is said of somebody's child or relative."""
        return bool(self._words["family"].search(sentence.folded[max(place - 30, 0) : place]))

    def _named(self) -> Iterator[tuple[Sentence, tuple[int, int]]]:
        """Each sentence that names the person, with the span of the name in it."""
        if self._frame is None:
            return
        for start, end in self._frame.spans:
            for sentence in self._about:
                if sentence.start <= start < sentence.end:
                    yield sentence, (start - sentence.start, end - sentence.start)

    def _nationality(self) -> str:
        votes: dict[str, float] = defaultdict(float)
        proof: dict[str, Sentence] = {}
        named = {sentence.index: span for sentence, span in self._named()}
        title = self._document.title
        for sentence in (title, *self._all):
            share = self._share.get(sentence.index, 1.0)
            places = [(*found, 1.0) for found in nations_in(sentence.folded)]
            places += [(*found, 0.55) for found in cities_in(sentence.folded)]
            for start, end, code, sure in places:
                worth = share * sure * self._nation_worth(sentence, (start, end), named.get(sentence.index))
                votes[code] += worth
                if worth > 0 and sentence is not title:
                    proof.setdefault(code, sentence)
        if self._frame is not None:
            for _, _, code in nations_in(fold(self._frame.name)):
                votes[code] += 2.0
        best = max(votes, key=votes.__getitem__, default="")
        if not best or votes[best] < ORIGIN:
            return ""
        if best in proof:
            self._prove("nationality", proof[best])
        return best

    def _nation_worth(self, sentence: Sentence, span: tuple[int, int], name: tuple[int, int] | None) -> float:
        """How much a nation's name speaks for the person's origin: less for places of war, flight and interview."""
        before, after = sentence.folded[max(span[0] - 40, 0) : span[0]], sentence.folded[span[1] : span[1] + 40]
        words = self._words
        if words["office_after"].match(after):
            return -0.3
        worth = 0.2
        if words["person_after"].pattern != "(?:)" and words["person_after"].match(after):
            worth += 1.0
        if words["origin"].search(before):
            worth += 0.7
        elif words["before_place"].search(before):
            worth -= 0.4
        if words["expert"].search(after) or words["captured"].search(after[:20]):
            worth -= 0.4
        if name is not None:
            gap = span[0] - name[1] if span[0] >= name[1] else name[0] - span[1]
            worth += 1.0 if gap < 25 else 0.3 if gap < 70 else 0.0
        return worth + 0.2 * (0 <= sentence.index < 3)

    def _role(self) -> str:
        votes: dict[str, float] = defaultdict(float)
        proof: dict[str, Sentence] = {}
        named = {sentence.index: span for sentence, span in self._named()}
        female = self._gender() == "female"
        for sentence in (self._document.title, *self._all):
            for rank, (role, pattern) in enumerate(_roles()):
                if match := pattern.search(sentence.folded):
                    span = named.get(sentence.index)
                    near = span is not None and min(abs(match.start() - span[1]), abs(span[0] - match.end())) < 40
                    worth = 1.0 + near + sentence.has("former") + (0.5 if sentence.has("pronoun") else 0.0)
                    worth -= 0.8 * (match[0].endswith("s") and self._words.code == "en")
                    worth += 0.6 if rank < len(_roles()) - 3 else 0.0
                    votes[role] += worth * self._share.get(sentence.index, 1.0)
                    if sentence.index >= 0:
                        proof.setdefault(role, sentence)
        if female:
            votes.pop("fighter", None)
            votes["wife of a fighter"] *= 1.5
        else:
            votes.pop("wife of a fighter", None)
        if any(worth >= 1.5 for role, worth in votes.items() if role not in ("member", "recruit")):
            votes.pop("member", None)
            votes.pop("recruit", None)
        best = max(votes, key=votes.__getitem__, default="")
        if not best or votes[best] < ROLE:
            return ""
        if best in proof:
            self._prove("role", proof[best])
        return best

    # --- leaving -----------------------------------------------------------------------------------------------
    def _exit(self) -> str:
        away = [sentence for sentence in self._about if sentence.has("leave")]
        for kind in ("caught_leaving", "surrendered"):
            for sentence in self._about:
                if self._words[kind].search(sentence.folded):
                    self._prove("exit", sentence)
                    return kind
        if away:
            self._prove("exit", max(away, key=lambda s: (s.has("break_away"), s.has("group"))))
        broke = any(sentence.has("break_away") for sentence in (*self._about, self._document.title))
        back = any(self._words["returned"].search(sentence.folded) for sentence in self._about)
        return "returned" if back and not broke else "defected"

    def _reasons(self) -> tuple[str, ...]:
        votes: dict[str, float] = defaultdict(float)
        proof: dict[str, Sentence] = {}
        for sentence in self._all:
            near = self._document.near(sentence.index, "leave")
            for kind, reason in REASONS.items():
                found = len(self._words[kind].findall(sentence.folded))
                if not found:
                    continue
                worth = 0.5 + 0.5 * min(found, 2) + 0.6 * near
                worth += 0.4 * (sentence.has("first_person") or sentence.has("say"))
                votes[reason] += worth * (0.45 if reason == "other" else 1.0) * self._share[sentence.index]
                proof.setdefault(reason, sentence)
        best = sorted((reason for reason in votes if votes[reason] >= ENOUGH), key=lambda reason: -votes[reason])
        for reason in best[:MOST_REASONS]:
            self._prove(f"reason:{reason}", proof[reason])
        return tuple(best[:MOST_REASONS])

    # --- words -------------------------------------------------------------------------------------------------
    def _evidence(self) -> Sentence | None:
        pool: Sequence[Sentence] = self._about or self._document.sentences
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
            about = [sentence for sentence in self._about if sentence.start < end and start < sentence.end]
            if about:
                found.append((self._quoted_worth(fold(text[start:end])), start, text[start:end].strip()))
        return [quote for _, _, quote in sorted(found, key=lambda each: (-each[0], each[1]))[:3]]

    def _quoted_worth(self, folded: str) -> float:
        words = self._words
        return (
            1.0 * bool(words["first_person"].search(folded))
            + 1.0 * bool(words["leave"].search(folded))
            + 0.5 * bool(words["belong"].search(folded))
            + 0.7 * sum(bool(words[kind].search(folded)) for kind in REASONS)
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


def _number(match: re.Match[str]) -> int | None:
    found = next((int(value) for value in match.groupdict().values() if value), 0)
    return found if YOUNGEST <= found <= OLDEST else None


@cache
def _roles() -> tuple[tuple[str, re.Pattern[str]], ...]:
    data: dict[str, list[str]] = tomllib.loads(ROLES.read_text("utf-8"))
    return tuple((role, re.compile("|".join(parts))) for role, parts in data.items())
