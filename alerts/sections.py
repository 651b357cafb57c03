"""The reasons that an alert gives: why the person left, what shows it, why we think so, and why it is new."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from alerts import because, clean, words
from delivery import Alert, Excerpt
from model import Account, Evidence, NearMiss, Why

LEFT = 3
"""Reasons for leaving that are shown."""
SHOWN = 3
"""Sentences of the article, and reasons of the decision, that are shown."""
AGAINST = 0.5
"""Share of the strongest reason's weight from which on what speaks against it is shown too."""
NEAR = 3
POINT = 500
"""Characters of one point."""
SEEN = 220
"""Characters of a sentence in it."""
_WEIGHT = re.compile(r"\s*\(([+-])\d+(?:\.\d+)?\)")
_CODE = re.compile(r"(?<=\bfrom )[A-Z]{2}\b")
_FIELDS = {"evidence": "belonging", "nationality": "origin", "exit": "way out"}
"""Fields of an account that an alert calls otherwise."""
_HEADLINE = "the headline "


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with its points."""

    title: str
    points: tuple[str, ...]


def sections(alert: Alert) -> tuple[Section, ...]:
    """All of them, but for those that have nothing to say; the alert must have been cleaned and redacted."""
    if alert.kind == "follow-up":
        return _filled(("Why it is the same case", [plain(each) for each in alert.why_new[:SHOWN]]))
    left, says = _told(alert.account, alert.excerpts) if alert.account else ([], [])
    return _filled(
        ("Why they left", left),
        ("The article says", says),
        ("Why we think so", _why(alert.why)),
        ("Why it is new", [*map(plain, alert.why_new[:SHOWN]), *map(_apart, alert.near[:NEAR])]),
    )


def _filled(*found: tuple[str, Sequence[str]]) -> tuple[Section, ...]:
    return tuple(Section(title, tuple(clean.shorten(p, POINT) for p in points)) for title, points in found if points)


def _told(account: Account, excerpts: Sequence[Excerpt]) -> tuple[list[str], list[str]]:
    """The reasons for leaving and the sentences that show the facts; no passage stands in an alert twice."""
    shown = ["".join(part.words for part in each.parts) for each in excerpts]
    proofs = {proof.field: proof.sentence for proof in account.proofs}
    main = [account.evidence, proofs.get("exit", "")]
    left = []
    for code in [code for code in account.reasons if code != "other"][:LEFT] or account.reasons[:1]:
        passage = _fresh(proofs.get(f"reason:{code}", ""), shown + main)
        shown.append(passage)
        left.append(_with(words.reason(code), passage))
    return left or ["no reason was found in the text"], _says(account, shown)


def _says(account: Account, shown: Sequence[str]) -> list[str]:
    """The sentences that show the facts, those that show most of them first."""
    proofs = [Evidence("evidence", account.evidence, 0, 0)] if account.evidence else []
    proofs += [each for each in account.proofs if ":" not in each.field and each.field != "evidence"]
    by_sentence: dict[str, list[str]] = {}
    for each in proofs:
        by_sentence.setdefault(each.sentence, []).append(_FIELDS.get(each.field, words.plain(each.field)))
    fresh = [(fields, said) for said, fields in by_sentence.items() if _fresh(said, shown)]
    fresh.sort(key=lambda each: -len(each[0]))
    return [_with(", ".join(dict.fromkeys(fields)), said) for fields, said in fresh[:SHOWN]]


def _why(why: Sequence[Why]) -> list[str]:
    """The strongest reasons, what headlines say as one; then one that speaks against it, where it weighs much."""
    strongest = sorted((each for each in why if each.name not in because.HIDDEN), key=lambda each: -abs(each.weight))
    enough = abs(strongest[0].weight) * AGAINST if strongest else 0
    against = [each for each in strongest if each.weight < 0 and -each.weight >= enough][:1]
    points: dict[str, str] = {}
    seen: set[str] = set()
    for each in [each for each in strongest if each.weight > 0]:
        key, point = _reason(each, seen)
        if key in points and " and " not in points[key]:
            points[key] += f" and {point.removeprefix(_HEADLINE)}"
        elif key not in points and len(points) + len(against) < SHOWN:
            points[key] = point
    others = [each for each in strongest if each.name == "second_reader"]
    return [_reason(each, seen)[1] for each in others] + [
        *points.values(),
        *(_reason(each, seen)[1] for each in against),
    ]


def _reason(why: Why, seen: set[str]) -> tuple[str, str]:
    """What it is grouped by, and its sentence. A passage is shown once; the headline stands above."""
    sentence = because.sentence(why.name)
    if why.weight < 0:
        sentence += " (speaks against it)"
    elif sentence.startswith(_HEADLINE):
        return _HEADLINE, sentence
    passage = why.text if len(why.text.split()) > 2 and why.text not in seen else ""
    seen.add(why.text)
    return why.name, _with(sentence, passage)


def _apart(near: NearMiss) -> str:
    """A known account that was kept apart: what differs, and what does not."""
    who = f"account {near.account}{f', {near.name},' if near.name else ''}"
    items = near.reason.split("; ")
    differs, agrees = ([plain(each) for each in items if (m := _WEIGHT.search(each)) and m[1] == sign] for sign in "-+")
    if not differs + agrees:
        return f"{who} is close, but another person: {near.reason}"
    against = "; ".join(differs) or "too little agrees"
    return f"{who} is close, but another person: {against}" + (f" (though {'; '.join(agrees)})" if agrees else "")


def plain(reason: str) -> str:
    """A reason of a join without its weight, countries by their names."""
    return _CODE.sub(lambda code: words.country(code[0]), _WEIGHT.sub("", reason))


def _with(sentence: str, passage: str) -> str:
    """The sentence with the passage in quotation marks, unless it brings its own."""
    said = clean.shorten(passage, SEEN)
    own = said[:1] in clean.MARKS or said[-1:] in clean.MARKS
    return f"{sentence}: {said if own else f'“{said}”'}" if said else sentence


def _fresh(passage: str, known: Sequence[str]) -> str:
    """The passage, unless it stands in one of those that are shown."""
    return "" if any(passage in each for each in known if each) else passage
