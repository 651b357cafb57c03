"""Who is the one who left? Candidates for the person, and what ties each of them to belonging, leaving and speaking."""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from detect.arabic import Mention
from detect.candidates import KUNYA, named, shown
from detect.document import Document, Sentence
from detect.folding import fold
from detect.nations import nation_of
from detect.wordlists import DATA, given_names

MOST = 60
"""Candidates that are looked at in one article."""
REACH = 5
"""Sentences for which a person goes on being meant by pronouns alone."""
_BESIDE = 45


@dataclass(frozen=True, slots=True)
class Frame:
    """One person of an article: where named, where meant, and what ties this person to belonging, leaving, speaking.

    `features` are numbers between 0 and about 3, each a kind of evidence for or against (`detect/weights.json` says
    how much each counts); `held` are the sentences that are about the person, by name or by pronoun.
    """

    name: str
    spans: tuple[tuple[int, int], ...]
    held: tuple[int, ...]
    features: dict[str, float]
    pseudonym: bool

    def named(self, document: Document) -> set[int]:
        """The sentences that name the person."""
        starts = [sentence.start for sentence in document.sentences]
        return {bisect_right(starts, start) - 1 for start, _ in self.spans}


def frames(document: Document) -> list[Frame]:
    """The persons of an article, in the order in which they appear."""
    people = named(document)[:MOST]
    held = _held(document, people)
    clauses = _clauses(document, people)
    most = max((len(places) for places in people), default=1)
    made = [_frame(document, places, held[number], clauses[number]) for number, places in enumerate(people)]
    for number, frame in enumerate(made):
        frame.features["first"] = float(number == 0)
        frame.features["most_named"] = len(people[number]) / most if most > 1 else 0.0
    return made


@dataclass(frozen=True, slots=True)
class Clause:
    """What stands around one mention of a name, folded, up to the next name in its sentence on either side."""

    sentence: Sentence
    before: str
    after: str
    alone: bool
    """The name is the whole sentence: a heading."""
    last: bool
    """No other name follows in the sentence."""


_AND = frozenset(["and", "&", "y", "e", "et", "und", "en", "dan", "ve", "ile", "и", "و", ",", ", and", ", y", ", et"])


def _clauses(document: Document, people: Sequence[list[Mention]]) -> list[list[Clause]]:
    """The clauses of each person. Names that are joined by "and" share what stands before and after them."""
    spots = sorted((place.start, place.end, number) for number, places in enumerate(people) for place in places)
    starts = [sentence.start for sentence in document.sentences]
    made: list[Clause] = []
    for here, (start, end, _) in enumerate(spots):
        sentence = document.sentences[bisect_right(starts, start) - 1]
        left = max(spots[here - 1][1] if here else 0, sentence.start) - sentence.start
        following = spots[here + 1][0] if here + 1 < len(spots) else sentence.end
        right = min(following, sentence.end) - sentence.start
        own = start - sentence.start, end - sentence.start
        before, after = sentence.folded[left : own[0]], sentence.folded[own[1] : right]
        alone = own[0] < 3 and len(sentence.folded) - own[1] < 3
        if before.strip() in _AND and left and made and made[-1].sentence is sentence:
            before = made[-1].before
        made.append(Clause(sentence, before, after, alone, following >= sentence.end))
    for here in range(len(made) - 2, -1, -1):
        if made[here].after.strip() in _AND and made[here + 1].sentence is made[here].sentence:
            made[here] = replace(made[here], after=made[here + 1].after)
    found: list[list[Clause]] = [[] for _ in people]
    for (_, _, number), clause in zip(spots, made, strict=True):
        found[number].append(clause)
    return found


def _held(document: Document, people: Sequence[list[Mention]]) -> list[dict[int, float]]:
    """For each person the sentences that are about them, with a weight: 1 by name, less where others are named first
    or where only a pronoun goes on speaking of the one named last."""
    named: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for number, places in enumerate(people):
        for place in places:
            named[place.sentence].append((place.start, number))
    held: list[dict[int, float]] = [{} for _ in people]
    current, age = -1, 0
    for sentence in document.sentences:
        if there := sorted(named[sentence.index]):
            order = list(dict.fromkeys(number for _, number in there))
            for rank, number in enumerate(order):
                held[number][sentence.index] = 1.0 if rank == 0 else 0.7
            current, age = order[0], 0
        elif current >= 0 and age < REACH and (sentence.has("pronoun") or sentence.quoted):
            held[current][sentence.index] = 0.6
            age += 1
        else:
            age += 1
    return held


def _frame(document: Document, places: list[Mention], held: dict[int, float], clauses: list[Clause]) -> Frame:
    name = shown(document, places)
    folded = fold(name)
    words = folded.split()
    ties = [_ties(document, clause) for clause in clauses]
    about = [(document.sentences[index], weight) for index, weight in sorted(held.items())]
    pseudonym = any(_called(document, place) for place in places)
    features = {
        **_standing(document, places, words, name),
        **_deeds(about),
        **{kind: max(tie[kind] for tie in ties) for kind in BESIDE},
        **{kind: sum(tie[kind] for tie in ties) / len(ties) for kind in ("place", "listener")},
        "pseudonym": float(pseudonym),
        "share": sum(held.values()) / max(len(document.sentences), 1),
        "writer": float(_written_by(document, folded) or _signs(document, places[0])),
        "after_unnamed": float(_after_unnamed(document, places[0].sentence) and not pseudonym),
    }
    features["says_surely"] = min(features.pop("he_says") + sum(tie["says_beside"] for tie in ties), 2.0)
    features["leaves_surely"] = min(features["leaves_surely"] + sum(tie["leaves_beside"] for tie in ties), 2.0)
    known = bool(features["given_name"] or features["kunya"] or features["initial"])
    told = any(tie["says_beside"] or tie["age_beside"] for tie in ties)
    features["stranger"] = float(not known and not told)
    spans = tuple((place.start, place.end) for place in places)
    return Frame(name, spans, tuple(sorted(held)), features, pseudonym)


def _standing(document: Document, places: list[Mention], words: list[str], name: str) -> dict[str, float]:
    """What the name itself and its places in the article say."""
    first = document.sentences[places[0].sentence]
    return {
        "begins_as_member": float(bool(first.cues & {"former", "role", "belong"})),
        "begins_leaving": float(first.has("leave") and not first.has("to_group")),
        "begins_as_expert": float(first.has("expert")),
        "begins_as_relative": float(first.has("family")),
        "often": min(len(places), 6) / 6,
        "early": 1.0 if places[0].sentence < 4 else 0.5 if places[0].sentence < 8 else 0.0,
        "in_title": float(_in_title(document, words)),
        "full_name": float(len(words) > 1),
        "given_name": float(words[0] in given_names()),
        "kunya": float(bool(KUNYA.match(" ".join(words)))),
        "initial": float(re.search(r"\b[^\W\d_]\.", name) is not None),
    }


def _deeds(about: list[tuple[Sentence, float]]) -> dict[str, float]:
    """What is told in the sentences about a person."""
    away = [(s, w) for s, w in about if s.has("leave") and not s.has("to_group")]
    return {
        "says": min(_sum(about, "say"), 3.0),
        "belongs": min(sum(w for s, w in about if s.cues & {"belong", "role", "former"}), 3.0),
        "leaves": min(sum(w for _, w in away), 3.0),
        "he_says": _sum(about, "he_say"),
        "leaves_surely": _sum(about, "he_leave") + _sum(about, "i_leave"),
        "belongs_surely": min(_sum(about, "he_belong") + _sum(about, "i_belong"), 2.0),
        "with_group": min(_sum(about, "group"), 3.0),
        "core": min(sum(w for s, w in away if s.cues & {"group", "belong", "role", "former"}), 2.0),
        "quoted": min(sum(w for s, w in about if s.quoted and s.has("first_person")), 3.0) / 3,
        "captive": min(_sum(about, "captive"), 2.0) / 2,
        "captured": min(_sum(about, "captured"), 2.0) / 2,
        "to_group": min(_sum(about, "to_group"), 2.0) / 2,
        "expert": min(_sum(about, "expert"), 2.0) / 2,
    }


def _after_unnamed(document: Document, index: int) -> bool:
    """Whether somebody who stays unnamed was spoken of some sentences before."""
    return any(sentence.has("anonymous") for sentence in document.sentences[: max(index - 2, 0)])


def _sum(about: list[tuple[Sentence, float]], kind: str) -> float:
    return sum(weight for sentence, weight in about if sentence.has(kind))


def _in_title(document: Document, words: list[str]) -> bool:
    title = re.findall(r"[\w.'-]+", document.title.folded)
    return words[-1] in title or (words[0] in title and not KUNYA.match(" ".join(words)))


BESIDE = (
    "age_beside", "former_beside", "role_beside", "says_beside", "leaves_beside", "expert_beside", "family_beside",
    "says_clause", "leaves_clause", "belongs_clause", "apposed", "pronoun_after", "pronoun_next", "heading", "work_by",
    "outlet_of", "interviewer", "acts_on",
)  # fmt: skip


@cache
def beside(kind: str) -> re.Pattern[str]:
    """The patterns of `data/persons.toml`."""
    data: dict[str, list[str]] = tomllib.loads((DATA / "persons.toml").read_text("utf-8"))
    return re.compile("|".join(data[kind]))


_OWNED = re.compile(r"[a-z]'s\s+$")


def _ties(document: Document, clause: Clause) -> dict[str, float]:
    """What stands right beside a name: an age or a former role for it, an expert's or a relative's title against it."""
    words = document.lexicon
    before, after = clause.before[-_BESIDE:], clause.after
    age = words["age"].search(after[:30])
    aged = 0.0 if age is None else 1.0 if age.start() < 8 else 0.4
    if not aged and words["age"].search(before[-32:]):
        aged = 0.7
    following = after.lstrip(" ,")
    near = after[:60]
    apposed = after.startswith(",") or bool(words["person_after"].match(after))
    nation = bool(nation_of(before[-20:])) if len(before) > 3 else False
    following_sentence = clause.sentence.index + 1
    after_it = document.sentences[following_sentence] if following_sentence < len(document.sentences) else None
    away = words["leave"].search(after[:120]) is not None and not clause.sentence.has("to_group")
    return {
        "age_beside": aged,
        "former_beside": float(bool(words["former"].search(before) or words["former"].search(near[:40]))),
        "role_beside": float(bool(words["role"].search(before[-25:]))),
        "says_beside": float(bool(words["say"].match(following) or words["say"].search(before[-12:]))),
        "leaves_beside": float(bool(words["leave"].match(following) or words["leave"].search(near[:30]))),
        "expert_beside": float(bool(words["expert"].search(before[-35:]) or words["expert"].search(near[:45]))),
        "family_beside": float(bool(words["family"].search(before[-25:]))),
        "place": float(bool(words["before_place"].search(before))),
        "listener": float(bool(words["before_listener"].search(before))),
        "says_clause": float(words["say"].search(after[:90]) is not None),
        "leaves_clause": float(away),
        "belongs_clause": float(any(words[kind].search(after[:120]) for kind in ("belong", "role", "former"))),
        "apposed": float(
            nation
            or (apposed and any(words[k].search(near) for k in ("female", "male", "role", "former", "person_after")))
        ),
        "pronoun_after": float(words["pronoun"].search(after) is not None),
        "pronoun_next": float(clause.last and after_it is not None and after_it.has("pronoun")),
        "heading": float(clause.alone),
        "work_by": float(beside("work_by").search(before) is not None),
        "outlet_of": float(words.code == "en" and _OWNED.search(before) is not None),
        "interviewer": float(
            beside("interviewer").match(after) is not None or beside("interviewed_by").search(before) is not None
        ),
        "acts_on": float(beside("acts_on").match(after) is not None),
    }


def _called(document: Document, place: Mention) -> bool:
    """Whether words of an assumed name stand near a name, in its own paragraph."""
    text = document.article.text
    before = fold(text[max(place.start - 70, 0) : place.start]).rpartition("\n")[2]
    after = fold(text[place.end : place.end + 90]).partition("\n")[0]
    return bool(document.lexicon["pseudonym"].search(before) or document.lexicon["pseudonym"].search(after))


def _signs(document: Document, place: Mention) -> bool:
    """Whether a name is a line's byline: "By X" at its beginning."""
    before = document.article.text[max(place.start - 12, 0) : place.start]
    return re.search(r"(?:^|\n)\W*(?:By|Par|Von|Por|Door|Oleh|Di|Автор:?|بقلم:?|Haber:?)\s$", before) is not None


def _written_by(document: Document, folded: str) -> bool:
    credit = document.article.credit
    authors = [fold(author) for author in (*document.article.byline, credit.author if credit else "") if author]
    return any(folded in author or author in folded for author in authors)
