"""What speaks for and against an account or a report in one article: named numbers between 0 and 1."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from detect.document import Document, Sentence
from detect.people import Frame
from detect.weights import Head

REASONS = ("infighting", "brutality", "un_islamic", "conditions", "other_reason")


@dataclass(frozen=True, slots=True)
class Feature:
    """A kind of evidence: how strong it is here (0..1), and the sentence that shows it best."""

    value: float
    text: str = ""


def nobody(document: Document) -> dict[str, float]:
    """What speaks for an account by somebody who is not named."""
    hidden = [sentence for sentence in document.sentences if sentence.has("anonymous")]
    return {"hidden": float(bool(hidden))}


def of(document: Document, people: Sequence[Frame], person: Head) -> dict[str, Feature]:
    """The features of an article. `people` are its persons, `person` the weights by which they are ranked."""
    found = _Counter(document)
    title = document.title
    best = max(people, key=lambda frame: person.total(frame.features), default=None)
    worth = person.total(best.features) - person.bias if best else -3.0
    group = [sentence for sentence in document.sentences if "group" in sentence.cues]
    share = len(group) / max(len(document.sentences), 1)
    return {
        "former_member": found(2, lambda s: s.has("former", "group")),
        "former_role": found(2, lambda s: s.has("former") and s.cues & {"role", "belong"}),
        "leaves_group": found(2, lambda s: s.has("group") and _leaves(s)),
        "leaves_belonging": found(2, lambda s: bool(s.cues & {"belong", "role"}) and _leaves(s)),
        "leaves_near_group": found(3, lambda s: _leaves(s) and document.near(s.index, "group")),
        "leaves_it": found(2, lambda s: s.has("leave_it")),
        "breaks_away": found(3, lambda s: s.has("break_away") and not s.has("to_group")),
        "breaks_away_from_it": found(2, lambda s: s.has("break_away_it")),
        "former_of_it": found(2, lambda s: s.has("former_it")),
        "whole_story": found(2, lambda s: _whole(document, s)),
        "whole_own_story": found(1, lambda s: _own(document, s)),
        "leaves": found(3, _leaves),
        "own_words": found(4, lambda s: s.quoted and s.has("first_person")),
        "own_leaving": found(1, lambda s: s.quoted and s.has("first_person") and _leaves(s)),
        "own_belonging": found(2, lambda s: s.quoted and s.has("first_person") and s.cues & {"belong", "group"}),
        "says_leaving": found(2, lambda s: _leaves(s) and document.near(s.index, "say")),
        "says_in_person": found(4, lambda s: s.has("say", "pronoun")),
        "name_hidden": found(1, lambda s: bool(s.cues & {"anonymous", "pseudonym"})),
        "title_former": Feature(
            float(title.has("former") and bool(title.cues & {"group", "role", "belong"})), title.text
        ),
        "title_leaves": Feature(float(_leaves(title) and bool(title.cues & {"group", "role", "belong"})), title.text),
        "title_group": Feature(float(title.has("group")), title.text),
        "title_says": Feature(float(bool(title.cues & {"say", "first_person"})), title.text),
        "person": Feature(min(max(worth + 2, 0.0), 6.0) / 6, best.name if best else ""),
        "person_core": Feature(best.features["core"] / 2 if best else 0.0, best.name if best else ""),
        "person_speaks": Feature(best.features["says"] / 3 if best else 0.0, best.name if best else ""),
        "person_aged": Feature(best.features["age_beside"] if best else 0.0, best.name if best else ""),
        "reasons": Feature(_reasons(document)),
        "about_group": Feature(min(share * 2, 1.0), group[0].text if group else ""),
        "to_group": found(2, lambda s: s.has("to_group")),
        "captive": found(4, lambda s: s.has("captive")),
        "captured": found(3, lambda s: s.has("captured")),
        "captured_only": Feature(float(_any(document, "captured") and not any(map(_leaves, document.sentences)))),
        "attempted": found(2, lambda s: s.has("attempted")),
        "family": found(3, lambda s: s.has("family") and not s.has("first_person")),
        "experts": found(5, lambda s: s.has("expert")),
        "fiction": found(3, lambda s: s.has("fiction")),
        "state": found(2, lambda s: s.has("state")),
        "rival": found(3, lambda s: s.has("rival") and not s.has("group")),
        "many": found(4, lambda s: s.has("report")),
        "many_leave": found(2, lambda s: s.has("report") and _leaves(s)),
        "many_near_leaving": found(2, lambda s: _leaves(s) and document.near(s.index, "report")),
        "title_many": Feature(float(title.has("report")), title.text),
        "experts_on_leaving": found(2, lambda s: s.has("expert") and document.near(s.index, "leave")),
        "several_leave": found(2, lambda s: s.has("plural") and _leaves(s)),
        "several_break_away": found(2, lambda s: s.has("plural", "break_away") and not s.has("to_group")),
        "title_several": Feature(float(title.has("plural")), title.text),
        "title_breaks_away": Feature(float(title.has("break_away") and not title.has("to_group")), title.text),
        "person_belongs": Feature(best.features["belongs"] / 3 if best else 0.0, best.name if best else ""),
        "person_leaves": Feature(best.features["leaves"] / 3 if best else 0.0, best.name if best else ""),
        "person_all": Feature(_all(best) if best else 0.0, best.name if best else ""),
        "captive_leaves": found(2, lambda s: s.has("captive") and _leaves(s) and not s.cues & {"former", "role"}),
        "group_in_passing": Feature(float(len(group) == 1 and not title.has("group"))),
    }


class _Counter:
    """Counts the sentences that fulfil a condition, up to a number that counts as all."""

    def __init__(self, document: Document) -> None:
        self._sentences = document.sentences

    def __call__(self, most: int, condition: Callable[[Sentence], object]) -> Feature:
        held = [sentence for sentence in self._sentences if condition(sentence)]
        return Feature(min(len(held), most) / most, held[0].text if held else "")


def _leaves(sentence: Sentence) -> bool:
    return sentence.has("leave") and not sentence.has("to_group")


def _all(frame: Frame) -> float:
    """How much one person belongs, leaves and speaks, all three."""
    return min(min(frame.features[kind] for kind in ("belongs", "leaves", "says")), 2.0) / 2


def _whole(document: Document, sentence: Sentence) -> bool:
    """Leaving, belonging, the group and testimony within three sentences."""
    near = set().union(*(each.cues for each in document.around(sentence.index)))
    return _leaves(sentence) and {"group", "say"} <= near and bool(near & {"belong", "role", "former"})


def _own(document: Document, sentence: Sentence) -> bool:
    """The same in the person's own words."""
    return _whole(document, sentence) and any(
        each.quoted and each.has("first_person") for each in document.around(sentence.index)
    )


def _any(document: Document, kind: str) -> bool:
    return any(sentence.has(kind) for sentence in document.sentences)


def _reasons(document: Document) -> float:
    text = " ".join(_folded(document.sentences))
    return sum(document.lexicon[kind].search(text) is not None for kind in REASONS) / len(REASONS)


def _folded(sentences: Iterable[Sentence]) -> Iterable[str]:
    return (sentence.folded for sentence in sentences)
