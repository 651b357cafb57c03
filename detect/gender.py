"""Whether somebody is told of as a man or a woman: kunya, words that only the one or the other is called, pronouns, name."""

from __future__ import annotations

import re
from collections.abc import Iterable

from detect.document import Sentence
from detect.folding import fold
from detect.told import Told
from detect.wordlists import female_names, given_names

_FEMALE = re.compile(r"^(?:umm|oum|um|om|oemm|умм|ام)\b")
_MALE = re.compile(r"^(?:abu|abou|abo|aboe|ebu|абу|ابو|ابي|ابا)\b")


def gender(told: Told) -> str:
    """`male`, `female`, or empty where nothing says."""
    name = fold(told.frame.name) if told.frame else ""
    if _FEMALE.match(name):
        return "female"
    if _MALE.match(name):
        return "male"
    by_name = _of_name(name)
    first = _counted(told, told.about)
    balance = first["female"] - first["male"] + {"female": 2.5, "male": -2.5, "": 0.0}[by_name]
    if balance:
        return "female" if balance > 0 else "male"
    wide = _counted(told, (told.document.title, *told.all))
    return max(wide, key=wide.__getitem__) if wide["female"] != wide["male"] else ""


def _of_name(name: str) -> str:
    first = name.split()[0] if name else ""
    if first in female_names():
        return "female"
    return "male" if first in given_names() else ""


def _counted(told: Told, pool: Iterable[Sentence]) -> dict[str, int]:
    """How often words for women and for men occur in some sentences."""
    texts = [sentence.folded for sentence in pool]
    return {kind: sum(len(told.words[kind].findall(text)) for text in texts) for kind in ("female", "male")}
