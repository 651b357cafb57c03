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
    best = max(people, key=lambda frame: person.total(frame.features), default=None)
    free = 1.0 - 0.5 * _blocked(document, best)
    features = {name: _count(document, *rule) for name, rule in COUNTED.items()}
    features |= _of_title(document.title) | _of_all(document)
    features |= _of_person(document, best, free, person.total(best.features) - person.bias if best else -3.0)
    # what is told of "him" or "her" is told of the likeliest person
    bound = {name: replace(features[name], value=free * features[name].value) for name in OF_THE_PERSON}
    return features | bound


def _count(document: Document, most: int, condition: Callable[[Document, Sentence], object]) -> Feature:
    """The sentences that fulfil a condition, up to a number that counts as all."""
    held = [sentence for sentence in document.sentences if condition(document, sentence)]
    return Feature(min(len(held), most) / most, held[0].text if held else "")


def _of_title(title: Sentence) -> dict[str, Feature]:
    """What the headline says."""
    caught = title.has("captured") and not title.cues & {"leave", "break_away", "former"}
    clean = not caught and not title.cues & BLOCKERS and not (title.has("rival") and not title.has("group"))
    member, tells = bool(title.cues & {"group", "role", "belong"}), bool(title.cues & {"former", "leave", "break_away"})
    said = {
        "title_former": clean and title.has("former") and member,
        "title_leaves": clean and _leaves(title) and member,
        "title_group": title.has("group"),
        "title_says": clean
        and not title.cues & {"family", "authority", "expert"}
        and bool(title.cues & {"say", "first_person"}),
        "title_tells": clean and tells and bool(title.cues & {"say", "first_person"}),
        "title_many": title.has("report"),
        "title_several": title.has("plural"),
        "title_breaks_away": clean and title.has("break_away") and not title.has("to_group"),
        "title_fiction": title.has("fiction"),
        "title_captive": title.has("captive"),
        "title_captured": title.has("captured"),
        "title_state": title.has("state"),
        "title_rival": title.has("rival") and not title.has("group"),
        "title_family": title.has("family") and not title.has("first_person"),
        "title_relative": title.has("relative_tells"),
        "title_hostage": title.has("hostage"),
        "title_authority": title.has("authority"),
        "title_wants_out": title.has("wants_out") and not title.has("to_group"),
        "title_executed": title.has("executed") and bool(title.cues & {"plural", "role", "leave"}),
    }
    return {name: Feature(float(held), title.text) for name, held in said.items()}


def _of_all(document: Document) -> dict[str, Feature]:
    """What the article as a whole says."""
    title = document.title
    group = [sentence for sentence in document.sentences if "group" in sentence.cues]
    share = len(group) / max(len(document.sentences), 1)
    return {
        "reasons": Feature(_reasons(document)),
        "about_group": Feature(min(share * 2, 1.0), group[0].text if group else ""),
        "captured_only": Feature(float(_any(document, "captured") and not any(map(_leaves, document.sentences)))),
        "off_topic": Feature(_off_topic(document)),
        "group_in_passing": Feature(float(len(group) == 1 and not title.has("group"))),
    }


def _of_person(document: Document, best: Frame | None, free: float, worth: float) -> dict[str, Feature]:
    """What is told of the likeliest person, who is `worth` so much in log-odds."""
    said = {
        "person": free * min(max(worth + 2, 0.0), 6.0) / 6,
        "person_core": free * best.features["core"] / 2 if best else 0.0,
        "person_speaks": free * best.features["says"] / 3 if best else 0.0,
        "person_aged": best.features["age_beside"] if best else 0.0,
        "person_belongs": free * best.features["belongs"] / 3 if best else 0.0,
        "person_leaves": free * best.features["leaves"] / 3 if best else 0.0,
        "person_all": free * _all(best) if best else 0.0,
        "person_captive": best.features["captive"] if best else 0.0,
        "person_expert": best.features["expert_beside"] if best else 0.0,
        "person_family": best.features["family_beside"] if best else 0.0,
        "person_state": _share(document, best, "state"),
        "person_rival": _share(document, best, "rival"),
        "person_outside": float(best is not None and best.features["belongs"] == 0),
        "person_against": _held_share(document, best, "against"),
        "person_hostage": _held_share(document, best, "hostage"),
        "person_says": free * _bound(best, "says_surely"),
        "person_goes": free * _bound(best, "leaves_surely"),
        "person_joins": free * _bound(best, "belongs_surely"),
        "says_most": free * _says_most(document, best),
    }
    return {name: Feature(value, best.name if best else "") for name, value in said.items()}


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


COUNTED: dict[str, tuple[int, Callable[[Document, Sentence], object]]] = {
    "former_member": (2, lambda _, s: s.has("former", "group")),
    "former_role": (2, lambda _, s: s.has("former") and s.cues & {"role", "belong"}),
    "leaves_group": (2, lambda _, s: s.has("group") and _leaves(s)),
    "leaves_belonging": (2, lambda _, s: bool(s.cues & {"belong", "role"}) and _leaves(s)),
    "leaves_near_group": (3, lambda d, s: _leaves(s) and d.near(s.index, "group")),
    "leaves_it": (2, lambda _, s: s.has("leave_it")),
    "breaks_away": (3, lambda _, s: s.has("break_away") and not s.has("to_group")),
    "breaks_away_from_it": (2, lambda _, s: s.has("break_away_it")),
    "former_of_it": (2, lambda _, s: s.has("former_it")),
    "whole_story": (2, lambda d, s: _whole(d, s)),
    "whole_own_story": (1, lambda d, s: _own(d, s)),
    "leaves": (3, lambda _, s: _leaves(s)),
    "own_words": (4, lambda _, s: s.quoted and s.has("first_person")),
    "own_leaving": (1, lambda _, s: s.quoted and s.has("first_person") and _leaves(s)),
    "own_belonging": (2, lambda _, s: s.quoted and s.has("first_person") and s.cues & {"belong", "group"}),
    "says_leaving": (2, lambda d, s: _leaves(s) and d.near(s.index, "say")),
    "says_in_person": (4, lambda _, s: s.has("say", "pronoun")),
    "name_hidden": (1, lambda _, s: bool(s.cues & {"anonymous", "pseudonym"})),
    "to_group": (2, lambda _, s: s.has("to_group")),
    "captive": (4, lambda _, s: s.has("captive")),
    "captured": (3, lambda _, s: s.has("captured")),
    "attempted": (2, lambda _, s: s.has("attempted")),
    "family": (3, lambda _, s: s.has("family") and not s.has("first_person")),
    "experts": (5, lambda _, s: s.has("expert")),
    "fiction": (3, lambda _, s: s.has("fiction")),
    "state": (2, lambda _, s: s.has("state")),
    "rival": (3, lambda _, s: s.has("rival") and not s.has("group")),
    "many": (4, lambda _, s: s.has("report")),
    "many_leave": (2, lambda _, s: s.has("report") and _leaves(s)),
    "many_near_leaving": (2, lambda d, s: _leaves(s) and d.near(s.index, "report")),
    "experts_on_leaving": (2, lambda d, s: s.has("expert") and d.near(s.index, "leave")),
    "several_leave": (2, lambda _, s: s.has("plural") and _leaves(s)),
    "several_break_away": (2, lambda _, s: s.has("plural", "break_away") and not s.has("to_group")),
    "captive_leaves": (2, lambda _, s: s.has("captive") and _leaves(s) and not s.cues & {"former", "role"}),
    "belongs_to_it": (2, lambda _, s: s.has("group") and s.cues & {"belong", "former"} and not s.has("captive")),
    "leaves_state": (2, lambda _, s: s.has("state") and _leaves(s) and not s.has("group")),
    "leaves_rival": (2, lambda _, s: s.has("rival") and _leaves(s) and not s.has("group")),
    "with_it": (3, lambda _, s: s.has("with_it") and not s.has("against")),
    "he_with_it": (2, lambda _, s: s.has("with_it") and s.cues & {"he_belong", "i_belong", "pronoun", "role"}),
    "against_it": (3, lambda _, s: s.has("against")),
    "relative_tells": (2, lambda _, s: s.has("relative_tells")),
    "hostage": (3, lambda _, s: s.has("hostage")),
    "he_leaves": (3, lambda _, s: s.has("he_leave") and not s.has("to_group")),
    "he_breaks_away": (2, lambda _, s: s.has("he_break_away") and not s.has("to_group")),
    "he_belongs": (3, lambda _, s: s.has("he_belong")),
    "he_says": (4, lambda _, s: s.has("he_say")),
    "i_leave": (2, lambda _, s: s.has("i_leave") and not s.has("to_group")),
    "i_belong": (2, lambda _, s: s.has("i_belong")),
    "they_leave": (3, lambda _, s: s.has("they_leave")),
    "they_break_away": (2, lambda _, s: s.has("they_break_away")),
    "they_say": (3, lambda _, s: s.has("they_say")),
    "interview": (3, lambda _, s: s.has("interview") and not s.cues & {"expert", "authority", "they_say", "family"}),
    "member_says": (2, lambda _, s: s.has("say") and s.cues & {"former", "role"} and not s.cues & AUTHORS),
    "authority_says": (4, lambda _, s: s.has("authority", "say")),
    "wants_out": (2, lambda _, s: s.has("wants_out") and not s.has("to_group")),
    "executed_leaving": (2, lambda _, s: s.has("executed") and (_leaves(s) or s.has("plural", "role"))),
}
"""Features that count sentences: how many count as all, and which."""
