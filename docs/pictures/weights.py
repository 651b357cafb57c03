"""The tables of docs/detection.md that follow from the fitted weights, and the picture of how reliable scores are.

python docs/pictures/weights.py    # detect/weights.json, reliability.json -> docs/detection.md, reliability.svg
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from math import exp
from pathlib import Path
from typing import Any

from alerts.because import SENTENCES

HERE = Path(__file__).parent
PAGE = HERE.parent / "detection.md"
WEIGHTS = HERE.parent.parent / "detect" / "weights.json"
SIDE = 320
WORDS = SENTENCES | {
    "title_tells": "the headline lets a former member or somebody who leaves speak",
    "with_it": "somebody was with, in or for the group, said right before its name",
    "he_with_it": "“he” or “she” was with, in or for the group",
    "against_it": "somebody fights the group or is attacked by it",
    "person_against": "the person may be one who fought the group",
    "relative_tells": "a relative tells of a member",
    "title_relative": "the headline is about a member's relative",
    "hostage": "hostages or kidnappings are told of",
    "title_hostage": "the headline is about a hostage",
    "person_hostage": "the person may have been a hostage",
}
PERSON = {
    "after_unnamed": "somebody who stays unnamed was spoken of before",
    "acts_on": "does something to “her”, “him” or “them”, or is met or married by somebody",
    "age_beside": "an age stands beside the name",
    "apposed": "the name is explained: an origin before it, or words for a person after a comma",
    "begins_as_expert": "first named in a sentence about experts or officials",
    "begins_as_member": "first named in a sentence about belonging",
    "begins_as_relative": "first named in a sentence about relatives",
    "belongs_clause": "a word of belonging follows the name in its clause",
    "begins_leaving": "first named in a sentence about leaving",
    "belongs": "belonging is told in sentences about the person",
    "belongs_surely": "“he”, “she” or “I” belonged, in those sentences",
    "captive": "captives are told of in those sentences",
    "captured": "a capture is told of in those sentences",
    "core": "leaving and belonging stand in one of those sentences",
    "early": "named in the first sentences",
    "expert": "experts or officials are told of in those sentences",
    "expert_beside": "an expert's or official's title stands beside the name",
    "family_beside": "a word for a relative stands before the name",
    "first": "the first person named",
    "former_beside": "“former” or the like stands beside the name",
    "full_name": "two words or more",
    "given_name": "begins with a common given name",
    "heading": "the name is a line of its own",
    "hidden": "for nobody named: the article says that a name is withheld",
    "in_title": "named in the headline",
    "initial": "has an initial",
    "interviewer": "interviews, meets or visits somebody",
    "kunya": "begins with Abu, Umm or the like",
    "leaves": "leaving is told in sentences about the person",
    "leaves_beside": "a word of leaving stands right after the name",
    "leaves_clause": "a word of leaving follows the name in its clause",
    "leaves_surely": "“he”, “she” or “I” left, in those sentences",
    "listener": "spoken to (“told …”)",
    "most_named": "named more often than others",
    "often": "named often",
    "outlet_of": "stands after an owner (“the Courier's …”)",
    "place": "stands after “in”, “near” and the like",
    "pronoun_after": "“he” or “she” follows in the sentence, before any other name",
    "pronoun_next": "the next sentence goes on with “he” or “she”",
    "pseudonym": "said to be an assumed name",
    "quoted": "quoted in the first person in those sentences",
    "role_beside": "a role in the group stands before the name",
    "says": "somebody speaks in sentences about the person",
    "says_beside": "a word of speaking stands beside the name",
    "says_clause": "a word of speaking follows the name in its clause",
    "says_surely": "surely this person speaks",
    "share": "much of the article is about the person",
    "stranger": "no known given name, and neither words nor age beside it",
    "to_group": "going to the group is told in those sentences",
    "unnamed_says": "for nobody named: “a man”, “the fighter” is spoken of instead of a name",
    "with_group": "the group is named in those sentences",
    "work_by": "a book, film, photograph or report is by this person",
    "writer": "signs the article",
}
ALSO = {
    "near": "how far behind the likeliest person (in log-odds, negative)",
    "above": "how far above somebody unnamed (in log-odds)",
    "several": "the headline or the first sentences tell of several people who left or speak",
    "own_story": "leaving, belonging and speaking are all told of this person",
}

NATION = {
    "nation_adjective": "an adjective or a word of origin, not a place where something happens",
    "nation_beside": "stands right beside the name",
    "nation_city": "told by a city alone",
    "nation_early": "in the first sentences",
    "nation_home": "somebody comes from there or goes home there",
    "nation_in_name": "the name itself tells it (*al-Tunisi*)",
    "nation_near": "stands near the name",
    "nation_of_war": "Syria, Iraq or Turkey, where most stories happen",
    "nation_office": "of an army, an authority or a newspaper",
    "nation_often": "named more often than other countries",
    "nation_origin": "a word of origin stands before it",
    "nation_own": "in a sentence about the person",
    "nation_person": "a word for a person follows",
    "nation_place": "after “in”, “near” and the like",
    "nation_spouse": "of the husband or wife",
    "nation_title": "in the headline",
}
ROLE = {
    "role_as": "after “worked as”, “was a” and the like",
    "role_belongs": "in a sentence in which “he”, “she” or “I” belonged",
    "role_early": "in the first sentences",
    "role_fits_woman": "a wife, told of a woman",
    "role_former": "beside “former” and the like",
    "role_near": "near the name",
    "role_of_other": "after “her”, “other”, “many” and the like: another's",
    "role_often": "told more often than other roles",
    "role_own": "in a sentence about the person",
    "role_plural": "only in the plural",
    "role_speaks": "in a sentence in which the person speaks",
    "role_telling": "more than fighter, member, recruit or wife",
    "role_title_word": "in the headline",
    "role_unlikely": "a fighter told of a woman, a wife told of a man",
    "role_vague": "member or recruit",
}
REASON = {
    "is_brutality": "brutality",
    "is_conditions": "conditions",
    "is_infighting": "infighting",
    "is_other": "other",
    "is_un_islamic": "un-Islamic conduct",
    "reason_cause": "the sentence gives a reason, or tells what the person saw or felt",
    "reason_first": "in the first sentences",
    "reason_most": "more is said of it than of other reasons",
    "reason_near": "leaving is told in the sentence or beside it",
    "reason_often": "in several sentences",
    "reason_own": "in a sentence about the person",
    "reason_said": "there are words for it",
    "reason_speech": "the person speaks in that sentence",
    "reason_title": "in the headline",
    "reason_words": "in several words",
}


def blocks() -> dict[str, str]:
    """The generated parts of the page by their marks."""
    fitted = json.loads(WEIGHTS.read_text("utf-8"))
    measured = json.loads((HERE / "reliability.json").read_text("utf-8"))
    return {
        "thresholds": _thresholds(fitted),
        "weights": _label_weights(fitted),
        "person": _person_weights(fitted),
        "also": _also_weights(fitted),
        "nation": _head(fitted["nation"], NATION, "what it says of a country", "for none told"),
        "role": _head(fitted["role"], ROLE, "what it says of a role", "for none told"),
        "reason": _head(fitted["reason"], REASON, "what it says of a reason", "where every reason begins"),
        "reliability": _reliability(measured),
    }


def page(text: str) -> str:
    """A page with its generated parts made anew."""
    for mark, block in blocks().items():
        text = re.sub(rf"(<!-- {mark} -->\n).*?(<!-- /{mark} -->)", rf"\g<1>\n{block}\n\g<2>", text, flags=re.DOTALL)
    return text


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _thresholds(fitted: dict[str, Any]) -> str:
    """Where the tiers begin, in log-odds and as the score that is shown."""
    said = {
        "account": "`account`, tier `alert`",
        "review": "tier `review`",
        "report": "`report` (of what is no account)",
    }
    rows = []
    for name, what in said.items():
        a, b = fitted["calibration"]["report" if name == "report" else "account"]
        at = fitted["thresholds"][name]
        rows.append((what, f"{at:+.3f}", f"{a:.3f}", f"{b:+.3f}", f"{1 / (1 + exp(-(a * at + b))):.2f}"))
    return _table(("from here on", "log-odds", "a", "b", "score shown"), rows)


def _label_weights(fitted: dict[str, Any]) -> str:
    heads = [fitted[name]["weights"] for name in ("account", "leaving")]
    names = sorted(set().union(*heads), key=lambda n: (-heads[0].get(n, 0.0), -heads[1].get(n, 0.0), n))
    rows = [(f"`{name}`", *(_signed(head.get(name)) for head in heads), WORDS[name]) for name in names]
    rows.append(
        ("bias", *(_signed(fitted[name]["bias"]) for name in ("account", "leaving")), "where every article begins")
    )
    return _table(("feature", "account", "leaving", "what it says"), rows)


def _person_weights(fitted: dict[str, Any]) -> str:
    return _head(fitted["person"], PERSON, "what it says of a name", "for nobody named")


def _also_weights(fitted: dict[str, Any]) -> str:
    return _head(fitted["also"], PERSON | ALSO, "what it says of a further person", "where every further person begins")


def _head(head: dict[str, Any], words: dict[str, str], column: str, bias: str) -> str:
    """The weights of one decision, the most telling for it first."""
    weights = head["weights"]
    rows = [
        (f"`{name}`", _signed(weights[name]), words[name]) for name in sorted(weights, key=lambda n: (-weights[n], n))
    ]
    return _table(("feature", "weight", column), [*rows, ("bias", _signed(head["bias"]), bias)])


def _signed(value: float | None) -> str:
    return "" if value is None else f"{value:+.2f}"


def _reliability(measured: dict[str, Any]) -> str:
    rows = [
        (
            f"{row['from']:.1f} to {row['from'] + 0.1:.1f}",
            f"{row['mean']:.2f}",
            f"{row['share']:.2f}",
            str(row["articles"]),
        )
        for row in measured["bins"]
    ]
    text = f"{measured['articles']} articles, Brier score {measured['brier']:.3f}, calibration error {measured['error']:.3f}.\n"
    return _table(("score", "mean score", "share of accounts", "articles"), rows) + "\n" + text


def svg() -> str:
    """Mean score (across) and share of accounts (up) of each bin; the area of a dot is its number of articles."""
    bins = json.loads((HERE / "reliability.json").read_text("utf-8"))["bins"]
    edge, full = 44, SIDE + 64
    dots = [
        f'<circle cx="{edge + row["mean"] * SIDE:.1f}" cy="{16 + (1 - row["share"]) * SIDE:.1f}" '
        f'r="{2 + row["articles"] ** 0.5:.1f}" fill="#b3261e" fill-opacity="0.75"/>'
        for row in bins
        if row["articles"]
    ]
    marks = [
        f'<text x="{edge + share * SIDE:.0f}" y="{SIDE + 32}" text-anchor="middle">{share:g}</text>'
        f'<text x="{edge - 6}" y="{20 + (1 - share) * SIDE:.0f}" text-anchor="end">{share:g}</text>'
        for share in (0, 0.5, 1)
    ]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {full} {full}" font-family="sans-serif" font-size="12">',
            f'<rect width="{full}" height="{full}" fill="#ffffff"/>',
            f'<rect x="{edge}" y="16" width="{SIDE}" height="{SIDE}" fill="none" stroke="#888888"/>',
            f'<path d="M{edge} {16 + SIDE}L{edge + SIDE} 16" stroke="#888888" stroke-dasharray="4 4"/>',
            *dots,
            *marks,
            f'<text x="{edge + SIDE / 2:.0f}" y="{SIDE + 50}" text-anchor="middle">mean score</text>',
            f'<text x="14" y="{16 + SIDE / 2:.0f}" text-anchor="middle" '
            f'transform="rotate(-90 14 {16 + SIDE / 2:.0f})">share of accounts</text>',
            "</svg>\n",
        ]
    )


def main() -> None:
    """Make them anew."""
    PAGE.write_text(page(PAGE.read_text("utf-8")), "utf-8")
    (HERE / "reliability.svg").write_text(svg(), "utf-8")


if __name__ == "__main__":
    main()
