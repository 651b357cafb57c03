"""What speaks for and against an account or a report in one article: named numbers between 0 and 1."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from detect.document import Document, Sentence
from detect.people import Frame
from detect.weights import Head

BLOCKERS = frozenset({"hostage", "captive", "state", "fiction", "to_group"})
"""What in a title turns its words of leaving into another story."""
OF_THE_PERSON = (
    "he_says", "he_leaves", "he_breaks_away", "he_belongs", "says_in_person", "says_leaving", "whole_story",
)  # fmt: skip
_TOPICAL = 1
"""Different words on the subject beyond which an article is certainly about it."""
AUTHORS = frozenset({"expert", "authority", "family", "captive", "plural"})
"""Who speaks of a member, and is none."""
REASONS = ("infighting", "brutality", "un_islamic", "conditions", "other_reason")


@dataclass(frozen=True, slots=True)
class Feature:
    """A kind of evidence: how strong it is here (0..1), and the sentence that shows it best."""

    value: float
    text: str = ""


def of(document: Document, people: Sequence[Frame], person: Head) -> dict[str, Feature]:
    """The features of an article. `people` are its persons, `person` the weights by which they are ranked."""
    found = _Counter(document)
    title = document.title
    best = max(people, key=lambda frame: person.total(frame.features), default=None)
    worth = person.total(best.features) - person.bias if best else -3.0
    group = [sentence for sentence in document.sentences if "group" in sentence.cues]
    share = len(group) / max(len(document.sentences), 1)
    caught = title.has("captured") and not title.cues & {"leave", "break_away", "former"}
    clean = not caught and not title.cues & BLOCKERS and not (title.has("rival") and not title.has("group"))
    member, tells = bool(title.cues & {"group", "role", "belong"}), bool(title.cues & {"former", "leave", "break_away"})
    free = 1.0 - 0.5 * _blocked(document, best)
    features = {
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
        "title_former": Feature(float(clean and title.has("former") and member), title.text),
        "title_leaves": Feature(float(clean and _leaves(title) and member), title.text),
        "title_group": Feature(float(title.has("group")), title.text),
        "title_says": Feature(
            float(
                clean
                and not title.cues & {"family", "authority", "expert"}
                and bool(title.cues & {"say", "first_person"})
            ),
            title.text,
        ),
        "title_tells": Feature(float(clean and tells and bool(title.cues & {"say", "first_person"})), title.text),
        "person": Feature(free * min(max(worth + 2, 0.0), 6.0) / 6, best.name if best else ""),
        "person_core": Feature(free * best.features["core"] / 2 if best else 0.0, best.name if best else ""),
        "person_speaks": Feature(free * best.features["says"] / 3 if best else 0.0, best.name if best else ""),
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
        "title_breaks_away": Feature(
            float(clean and title.has("break_away") and not title.has("to_group")), title.text
        ),
        "person_belongs": Feature(free * best.features["belongs"] / 3 if best else 0.0, best.name if best else ""),
        "person_leaves": Feature(free * best.features["leaves"] / 3 if best else 0.0, best.name if best else ""),
        "person_all": Feature(free * _all(best) if best else 0.0, best.name if best else ""),
        "captive_leaves": found(2, lambda s: s.has("captive") and _leaves(s) and not s.cues & {"former", "role"}),
        "belongs_to_it": found(2, lambda s: s.has("group") and s.cues & {"belong", "former"} and not s.has("captive")),
        "off_topic": Feature(_off_topic(document)),
        "leaves_state": found(2, lambda s: s.has("state") and _leaves(s) and not s.has("group")),
        "leaves_rival": found(2, lambda s: s.has("rival") and _leaves(s) and not s.has("group")),
        "title_fiction": Feature(float(title.has("fiction")), title.text),
        "title_captive": Feature(float(title.has("captive")), title.text),
        "title_captured": Feature(float(title.has("captured")), title.text),
        "title_state": Feature(float(title.has("state")), title.text),
        "title_rival": Feature(float(title.has("rival") and not title.has("group")), title.text),
        "title_family": Feature(float(title.has("family") and not title.has("first_person")), title.text),
        "person_captive": Feature(best.features["captive"] if best else 0.0, best.name if best else ""),
        "person_expert": Feature(best.features["expert_beside"] if best else 0.0, best.name if best else ""),
        "person_family": Feature(best.features["family_beside"] if best else 0.0, best.name if best else ""),
        "person_state": Feature(_share(document, best, "state"), best.name if best else ""),
        "person_rival": Feature(_share(document, best, "rival"), best.name if best else ""),
        "person_outside": Feature(float(best is not None and best.features["belongs"] == 0), best.name if best else ""),
        "with_it": found(3, lambda s: s.has("with_it") and not s.has("against")),
        "he_with_it": found(2, lambda s: s.has("with_it") and s.cues & {"he_belong", "i_belong", "pronoun", "role"}),
        "against_it": found(3, lambda s: s.has("against")),
        "person_against": Feature(_held_share(document, best, "against"), best.name if best else ""),
        "relative_tells": found(2, lambda s: s.has("relative_tells")),
        "title_relative": Feature(float(title.has("relative_tells")), title.text),
        "hostage": found(3, lambda s: s.has("hostage")),
        "title_hostage": Feature(float(title.has("hostage")), title.text),
        "person_hostage": Feature(_held_share(document, best, "hostage"), best.name if best else ""),
        "he_leaves": found(3, lambda s: s.has("he_leave") and not s.has("to_group")),
        "he_breaks_away": found(2, lambda s: s.has("he_break_away") and not s.has("to_group")),
        "he_belongs": found(3, lambda s: s.has("he_belong")),
        "he_says": found(4, lambda s: s.has("he_say")),
        "i_leave": found(2, lambda s: s.has("i_leave") and not s.has("to_group")),
        "i_belong": found(2, lambda s: s.has("i_belong")),
        "they_leave": found(3, lambda s: s.has("they_leave")),
        "they_break_away": found(2, lambda s: s.has("they_break_away")),
        "they_say": found(3, lambda s: s.has("they_say")),
        "person_says": Feature(free * _bound(best, "says_surely"), best.name if best else ""),
        "person_goes": Feature(free * _bound(best, "leaves_surely"), best.name if best else ""),
        "person_joins": Feature(free * _bound(best, "belongs_surely"), best.name if best else ""),
        "says_most": Feature(free * _says_most(document, best), best.name if best else ""),
        "interview": found(
            3, lambda s: s.has("interview") and not s.cues & {"expert", "authority", "they_say", "family"}
        ),
        "member_says": found(2, lambda s: s.has("say") and s.cues & {"former", "role"} and not s.cues & AUTHORS),
        "authority_says": found(4, lambda s: s.has("authority", "say")),
        "title_authority": Feature(float(title.has("authority")), title.text),
        "wants_out": found(2, lambda s: s.has("wants_out") and not s.has("to_group")),
        "title_wants_out": Feature(float(title.has("wants_out") and not title.has("to_group")), title.text),
        "executed_leaving": found(2, lambda s: s.has("executed") and (_leaves(s) or s.has("plural", "role"))),
        "title_executed": Feature(
            float(title.has("executed") and bool(title.cues & {"plural", "role", "leave"})), title.text
        ),
        "group_in_passing": Feature(float(len(group) == 1 and not title.has("group"))),
    }
    # what is told of "him" or "her" is told of the likeliest person
    bound = {name: replace(features[name], value=free * features[name].value) for name in OF_THE_PERSON}
    return features | bound


class _Counter:
    """Counts the sentences that fulfil a condition, up to a number that counts as all."""

    def __init__(self, document: Document) -> None:
        self._sentences = document.sentences

    def __call__(self, most: int, condition: Callable[[Sentence], object]) -> Feature:
        held = [sentence for sentence in self._sentences if condition(sentence)]
        return Feature(min(len(held), most) / most, held[0].text if held else "")


def _leaves(sentence: Sentence) -> bool:
    """Whether somebody leaves who is no captive, and not another group or an army."""
    if not sentence.has("leave") or sentence.cues & {"to_group", "hostage"}:
        return False
    return sentence.has("group") or not sentence.cues & {"rival", "state"}


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


def _blocked(document: Document, frame: Frame | None) -> float:
    """How much a person is a captive, another group's, an army's, a relative, or caught without leaving: 0 to 1."""
    if frame is None:
        return 0.0
    held = frame.features
    return max(
        _held_share(document, frame, "hostage"),
        *(_share(document, frame, kind) for kind in ("rival", "state", "fiction")),
        0.9 * max(held["begins_as_relative"], held["family_beside"]) * (held["core"] < 1),
        0.6 * (held["captured"] > 0 and held["leaves_surely"] == 0),
    )


def _says_most(document: Document, frame: Frame | None) -> float:
    """How much of all that is said in an article one person says."""
    said = sum(sentence.has("say") for sentence in document.sentences)
    held = sum(document.sentences[index].has("say") for index in frame.held) if frame else 0
    return held / max(said, 2)


def _bound(frame: Frame | None, feature: str) -> float:
    return frame.features[feature] / 2 if frame else 0.0


def _share(document: Document, frame: Frame | None, kind: str) -> float:
    """How much of what is said of a person has a cue and does not name the group."""
    if frame is None or not frame.held:
        return 0.0
    held = [document.sentences[index] for index in frame.held]
    return min(3 * sum(each.has(kind) and not each.has("group") for each in held) / len(held), 1.0)


def _held_share(document: Document, frame: Frame | None, kind: str) -> float:
    """How much of what is said of a person has a cue."""
    if frame is None or not frame.held:
        return 0.0
    return min(3 * sum(document.sentences[index].has(kind) for index in frame.held) / len(frame.held), 1.0)


def _off_topic(document: Document) -> float:
    """1 where hardly a word tells that the group's name means the group ("Isis" is a river, a goddess, software)."""
    found: set[str] = set()
    for sentence in (document.title, *document.sentences):
        found |= {match[0][:6] for match in document.lexicon["topic"].finditer(sentence.folded)}
        if len(found) > _TOPICAL:
            return 0.0
    return 1.0 - len(found) / (_TOPICAL + 1)


def _any(document: Document, kind: str) -> bool:
    return any(sentence.has(kind) for sentence in document.sentences)


def _reasons(document: Document) -> float:
    text = " ".join(_folded(document.sentences))
    return sum(document.lexicon[kind].search(text) is not None for kind in REASONS) / len(REASONS)


def _folded(sentences: Iterable[Sentence]) -> Iterable[str]:
    return (sentence.folded for sentence in sentences)
