"""Where somebody comes from: countries and cities, weighed by how they are tied to the person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from detect.document import Sentence
from detect.folding import fold
from detect.nations import cities_in, nations_in
from detect.people import beside
from detect.told import Told
from detect.weights import Head

WAR = frozenset({"SY", "IQ", "TR"})
"""Where most of these stories happen, whoever tells them."""
_SPAN = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Place:
    """One country or city in a sentence; `name` is where the person's name stands in it."""

    sentence: Sentence
    start: int
    end: int
    share: float
    city: bool
    name: _SPAN | None


def nationality(told: Told, head: Head) -> tuple[str, Sentence | None]:
    """The country (ISO 3166-1 alpha-2) with the sentence that tells it; empty where none is told clearly."""
    found = signs(told)
    totals = {code: head.total(features) - head.bias for code, features in found.items()}
    best = max(totals, key=totals.__getitem__, default="")
    if not best or totals[best] <= head.bias:
        return "", None
    places = [place for place in _places(told)[best] if place.sentence.index >= 0]
    proof = max(places, key=lambda place: sum(_signs(told, place).values()), default=None)
    return best, proof.sentence if proof else None


def signs(told: Told) -> dict[str, dict[str, float]]:
    """What speaks for each country that is named: numbers between 0 and 1."""
    places = _places(told)
    most = max((len(each) for each in places.values()), default=1)
    own = {code for _, _, code in nations_in(fold(told.frame.name))} if told.frame else set()
    made: dict[str, dict[str, float]] = {}
    for code in {**dict.fromkeys(places), **dict.fromkeys(sorted(own))}:
        each = [_signs(told, place) for place in places.get(code, [])]
        features = {name: max((signs[name] for signs in each), default=0.0) for name in _KINDS}
        features |= {name: min((signs[name] for signs in each), default=0.0) for name in _ALWAYS}
        features["nation_in_name"] = float(code in own)
        features["nation_of_war"] = float(code in WAR)
        features["nation_often"] = len(each) / most
        made[code] = features
    return made


def _places(told: Told) -> Mapping[str, list[_Place]]:
    found: dict[str, list[_Place]] = defaultdict(list)
    names = {sentence.index: span for sentence, span in told.spans()}
    for sentence in (told.document.title, *told.all):
        share = told.share.get(sentence.index, 1.0)
        for city, spots in ((False, nations_in(sentence.folded)), (True, cities_in(sentence.folded))):
            for start, end, code in spots:
                found[code].append(_Place(sentence, start, end, share, city, names.get(sentence.index)))
    return found


_KINDS = (
    "nation_beside", "nation_near", "nation_person", "nation_origin", "nation_home", "nation_title", "nation_own",
    "nation_early", "nation_adjective",
)  # fmt: skip
_ALWAYS = ("nation_place", "nation_office", "nation_spouse", "nation_city")


def _signs(told: Told, place: _Place) -> dict[str, float]:
    """What one mention says; kinds in `_ALWAYS` count only if every mention has them."""
    words, folded = told.words, place.sentence.folded
    before, after = folded[max(place.start - 45, 0) : place.start], folded[place.end : place.end + 40]
    spouse = beside("spouse").match(after) is not None
    office = words["office_after"].match(after) is not None
    if spouse or office:
        return dict.fromkeys((*_KINDS, *_ALWAYS), 0.0) | {
            "nation_spouse": float(spouse),
            "nation_office": float(office),
        }
    gap = _gap(place)
    somebody = words["person_after"].pattern != "(?:)" and words["person_after"].match(after) is not None
    return {
        "nation_beside": float(gap < 14),
        "nation_near": float(gap < 40),
        "nation_person": place.share * somebody,
        "nation_origin": place.share * (words["origin"].search(before) is not None),
        "nation_home": place.share * (beside("home").search(before) is not None),
        "nation_title": float(place.sentence.index < 0),
        "nation_own": float(place.share == 1.0),
        "nation_early": float(0 <= place.sentence.index < 3),
        "nation_adjective": float(not place.city and words["before_place"].search(before) is None),
        "nation_place": float(words["before_place"].search(before) is not None),
        "nation_office": 0.0,
        "nation_spouse": 0.0,
        "nation_city": float(place.city),
    }


def _gap(place: _Place) -> int:
    """Characters between the person's name and the country's; far where the name is not there."""
    if place.name is None:
        return 999
    start, end = place.name
    return place.start - end if place.start >= end else start - place.end
