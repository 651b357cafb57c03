"""What somebody did in the group, as told: words for roles (`detect/data/roles.toml`), weighed by their tie to the person."""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from detect.document import Sentence
from detect.people import beside
from detect.told import Told
from detect.weights import Head
from detect.wordlists import DATA

GENERAL = frozenset({"fighter", "member", "recruit", "wife of a fighter"})
"""Roles that many have; a more telling one beside them is preferred."""
_PLURAL = re.compile(r"(?:[a-z]s|kampfern?|strijders|lar|ler|lari|leri|ы|и|ов|ei|ين|ون|ات)$")


@dataclass(frozen=True, slots=True)
class _Word:
    """A word for a role in a sentence."""

    sentence: Sentence
    start: int
    end: int
    share: float
    plural: bool


@cache
def patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Each role, the more telling first, with how it is written."""
    data: dict[str, list[str]] = tomllib.loads((DATA / "roles.toml").read_text("utf-8"))
    return tuple((role, re.compile("|".join(parts))) for role, parts in data.items())


def role(told: Told, head: Head, gender: str) -> tuple[str, Sentence | None]:
    """The role with the sentence that tells it; empty where none is told clearly."""
    words = _words(told)
    totals = {name: head.total(features) - head.bias for name, features in _signs(told, words, gender).items()}
    best = max(totals, key=totals.__getitem__, default="")
    if not best or totals[best] <= head.bias:
        return "", None
    spots = [word for word in words[best] if word.sentence.index >= 0]
    proof = max(spots, key=lambda word: (word.share, not word.plural), default=None)
    return best, proof.sentence if proof else None


def signs(told: Told, gender: str) -> dict[str, dict[str, float]]:
    """What speaks for each role whose words occur: numbers between 0 and 1."""
    return _signs(told, _words(told), gender)


def _words(told: Told) -> Mapping[str, list[_Word]]:
    found: dict[str, list[_Word]] = defaultdict(list)
    for sentence in (told.document.title, *told.all):
        share = told.share.get(sentence.index, 1.0)
        for name, pattern in patterns():
            for match in pattern.finditer(sentence.folded):
                if beside("wished").search(sentence.folded[max(match.start() - 40, 0) : match.start()]):
                    continue
                plural = told.words.code != "ru" and _PLURAL.search(match[0]) is not None
                found[name].append(_Word(sentence, match.start(), match.end(), share, plural))
    return found


def _signs(told: Told, words: Mapping[str, list[_Word]], gender: str) -> dict[str, dict[str, float]]:
    names = {sentence.index: span for sentence, span in told.spans()}
    most = max((len(each) for each in words.values()), default=1)
    made = {}
    for name, each in words.items():
        ties = [_ties(told, word, names.get(word.sentence.index)) for word in each]
        features = {kind: max(tie[kind] for tie in ties) for kind in _KINDS}
        features |= {kind: min(tie[kind] for tie in ties) for kind in _ALWAYS}
        features["role_often"] = len(each) / most
        features["role_telling"] = float(name not in GENERAL)
        features["role_fits_woman"] = float(gender == "female" and name == "wife of a fighter")
        unlikely = (gender == "female" and name == "fighter") or (gender != "female" and name == "wife of a fighter")
        features["role_unlikely"] = float(unlikely)
        features["role_vague"] = float(name in ("member", "recruit"))
        made[name] = features
    return made


_KINDS = (
    "role_near",
    "role_own",
    "role_former",
    "role_belongs",
    "role_title_word",
    "role_as",
    "role_early",
    "role_speaks",
)
_ALWAYS = ("role_plural", "role_of_other")


def _ties(told: Told, word: _Word, name: tuple[int, int] | None) -> dict[str, float]:
    """What one word says; kinds in `_ALWAYS` count only if every word has them."""
    sentence = word.sentence
    before = sentence.folded[max(word.start - 40, 0) : word.start]
    gap = 999 if name is None else max(word.start - name[1], name[0] - word.end)
    return {
        "role_near": float(gap < 40),
        "role_own": float(word.share == 1.0),
        "role_former": float(sentence.has("former")),
        "role_belongs": float(bool(sentence.cues & {"he_belong", "i_belong"})),
        "role_title_word": float(sentence.index < 0),
        "role_as": float(beside("work_as").search(before) is not None),
        "role_early": float(0 <= sentence.index < 3),
        "role_speaks": float(bool(sentence.cues & {"he_say", "first_person"})),
        "role_plural": float(word.plural),
        "role_of_other": float(beside("of_other").search(before) is not None),
    }
