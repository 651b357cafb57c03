"""What is measured of each block of a page, by name: where it stands, what it looks like, who took it for text."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from math import log

from extract.blocks import Block

_WORD = re.compile(r"\w+")
_TEXTS = ("precise", "usual", "stated")
_TAGS = ("p", "div", "li", "h1", "h2", "h3", "h4", "td", "blockquote", "figcaption", "section", "article", "dd", "pre", "button")
_WITHIN = ("article", "main", "aside", "footer", "nav", "header", "figure", "form", "table", "li", "blockquote", "a")
_NAMED = ("comment", "related", "share", "letter", "side", "advert", "about", "image", "summary", "body", "content", "box")
_SPOKEN = {
    "invites": re.compile(
        r"\b(?:subscribe|sign up|newsletters?|read more|read also|also read|see also|click here|follow us|share this|download"
        r"|join (?:us|our)|donate|support us|log ?in|register|abonn\w+|inscri\w+|suscr\w+|melden sie|lesen sie|lesen sie auch"
        r"|lire aussi|lea tambi\u00e9n|lees ook|baca juga|leggi anche|l\u00e4s mer|les ogs\u00e5|read next|related|watch:|listen|more on"
        r"|\u0447\u0438\u0442\u0430\u0439\u0442\u0435|\u0627\u0642\u0631\u0623|mehr zum thema|advertisement|anzeige|publicit\u00e9|publicidad|sponsored|comments?)\b",
        re.IGNORECASE,
    ),
    "credits": re.compile(
        r"\u00a9|\b(?:photo|image|picture|getty|reuters|ap photo|afp|shutterstock|credit|copyright|all rights reserved|foto|bild"
        r"|courtesy|file photo|via|source|quelle|fuente|contributed to|reporting by|edited by|editing by|contact|e-?mail)\b|@",
        re.IGNORECASE,
    ),
    "dates": re.compile(r"\b(?:20[012]\d|19[89]\d|\d{1,2}:\d\d|updated|published|ago|min(?:ute)?s? read|uhr|vor \d+)\b", re.I),
}
FAR = 30


def squeezed(text: str) -> str:
    """Words alone, in lower case, each between blanks: what two extractors' outputs are compared by."""
    return f" {' '.join(_WORD.findall(text.casefold()))} "


def rows(blocks: Sequence[Block], texts: dict[str, str], title: str, description: str) -> list[dict[str, float]]:
    """Measures of every block, of it and of the blocks around it. `texts` are what extractors found, by name."""
    keys = [squeezed(block.text) for block in blocks]
    bodies = {name: squeezed(texts.get(name, "")) for name in _TEXTS}
    taken = {name: [len(key) > 2 and key in body for key in keys] for name, body in bodies.items()}
    own = [
        _own(block, key, {name: taken[name][at] for name in _TEXTS}, title, description)
        for at, (block, key) in enumerate(zip(blocks, keys, strict=True))
    ]
    _of_page(own, keys, bodies)
    _of_kin(own, blocks)
    _of_place(own, blocks)
    return own


def _own(block: Block, key: str, taken: dict[str, bool], title: str, description: str) -> dict[str, float]:
    text, place = block.text, block.place
    count = max(key.count(" ") - 1, 1)
    size = max(len(text), 1)
    row = {name: float(value) for name, value in taken.items()}
    row |= {
        "words": log(count + 1),
        "linked": block.linked / size,
        "ends": float(text[-1:] in ".!?\u2026\u201d\"\u00bb\u3002\u061f"),
        "colon": float(text[-1:] == ":"),
        "commas": min((text.count(",") + text.count("\u060c")) / count, 0.3),
        "stops": min(text.count(". ") / count, 0.2),
        "capitals": sum(map(str.isupper, text[:400])) / min(size, 400),
        "digits": sum(map(str.isdigit, text[:400])) / min(size, 400),
        "quoted": float(text[:1] in "\"\u201c\u201e\u00ab\u2018'"),
        "in_title": _shared(key, squeezed(title)),
        "in_description": _shared(key, squeezed(description)),
        "depth": min(place.depth, FAR) / FAR,
    }
    row |= {f"tag_{name}": float(place.tag == name) for name in _TAGS}
    row |= {f"in_{name}": float(name in place.within) for name in _WITHIN}
    row |= {f"class_{name}": float(name in place.names) for name in _NAMED}
    row |= {f"own_{name}": float(name in place.own) for name in _NAMED}
    return row | {f"says_{name}": float(bool(pattern.search(text[:300]))) for name, pattern in _SPOKEN.items()}


def _shared(key: str, other: str) -> float:
    """The share of a block's words that a title or description has too."""
    words = set(key.split())
    return len(words & set(other.split())) / len(words) if words and len(other) > 3 else 0.0


def _of_page(rows: list[dict[str, float]], keys: list[str], bodies: dict[str, str]) -> None:
    often = Counter(keys)
    lengths = {name: log(len(body) + 1) for name, body in bodies.items()}
    for row, key in zip(rows, keys, strict=True):
        row["again"] = min(often[key] - 1, 5)
        row["has_stated"] = float(lengths["stated"] > 6)
        row["precise_to_usual"] = max(min(lengths["precise"] - lengths["usual"], 3.0), -3.0)
        row["stated_to_usual"] = max(min(lengths["stated"] - lengths["usual"], 3.0), -3.0) if row["has_stated"] else 0.0


def _of_kin(rows: list[dict[str, float]], blocks: Sequence[Block]) -> None:
    """How much of the text beside a block, and of all that the template made alike, was taken; and how it looks."""
    for name, keys in (("kin", [block.place.above for block in blocks]), ("alike", [block.place.make for block in blocks])):
        size: dict[object, float] = defaultdict(float)
        took: dict[object, float] = defaultdict(float)
        links: dict[object, float] = defaultdict(float)
        for row, key, block in zip(rows, keys, blocks, strict=True):
            weight = len(block.text)
            size[key] += weight
            took[key] += weight * (row["usual"] + row["precise"]) / 2
            links[key] += block.linked
        for row, key in zip(rows, keys, strict=True):
            row[f"{name}_taken"] = took[key] / max(size[key], 1)
            row[f"{name}_linked"] = links[key] / max(size[key], 1)
            row[f"{name}_size"] = log(size[key] + 1)


def _of_place(rows: list[dict[str, float]], blocks: Sequence[Block]) -> None:
    """Where a block stands among all, among those taken, and what its neighbours are like."""
    count = len(rows)
    took = [at for at, row in enumerate(rows) if row["usual"] and row["words"] > 2]
    first, last = (took[0], took[-1]) if took else (0, count - 1)
    heading = next((at for at, block in enumerate(blocks) if block.place.tag == "h1"), first)
    for at, row in enumerate(rows):
        row["place"] = at / max(count - 1, 1)
        row["from_first"] = max(min(at - first, FAR), -FAR) / FAR
        row["from_last"] = max(min(at - last, FAR), -FAR) / FAR
        row["from_heading"] = max(min(at - heading, FAR), -FAR) / FAR
        row["within_text"] = (at - first) / max(last - first, 1) if first <= at <= last else -0.5
        for step in (-2, -1, 1, 2):
            near = rows[at + step] if 0 <= at + step < count else None
            for name in ("precise", "usual", "words", "linked", "ends"):
                row[f"{name}{step:+d}"] = near[name] if near else 0.0
