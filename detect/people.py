"""Who is the one who left? Candidates for the person, and what ties each of them to belonging, leaving and speaking."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from detect.document import Document, Sentence
from detect.folding import fold

_PARTICLE = r"(?:al|el|Al|El|ad|as|bin|ibn|bint|von|van|de|der|den|du|la|le|di|da|abu|abou|umm|oum)"
_CAP = r"[^\W\d_a-zà-ÿа-яё][^\W\d_]*(?:['’\-‐][^\W\d_]+)*"
_LATIN = re.compile(rf"(?<![\w'’-])(?:{_CAP}\.?)(?:[ \u00a0](?:{_PARTICLE}[ \u00a0-])*(?:{_PARTICLE}-)?{_CAP}\.?){{0,4}}")
_KUNYA = re.compile(r"^(?:abu|abou|abo|aboe|ebu|umm|oum|um|om|oemm|абу|умм)\b|^(?:ابو|ام|ابا|ابي)\b")
_ARABIC_WORD = r"[\u0621-\u064a]+"
_ARABIC = re.compile(
    rf"(?:{_ARABIC_WORD} )??(?<!\S)((?:أبو|ابو|أم|أبا|أبي) (?:ال)?{_ARABIC_WORD}(?: ال{_ARABIC_WORD})?)"
    rf"|[\"«“(]((?:[\u0621-\u064a]+ ?){{1,3}})[\"»”)]"
    rf"|(?:(?:ال)?(?:شاب|شابة|مدعو|مدعوة|منشق|منشقة|مقاتل|جهادي|فتاة|مواطن|عنصر|سيدة|طفل|يدعى|تدعى|اسمه|اسمها)) ({_ARABIC_WORD}(?: {_ARABIC_WORD})?)"
    rf"|(?:قال|قالت|روى|روت|يروي|تروي|يقول|تقول|أضاف|أضافت|وأضاف|ويقول|وتقول|وقال|وقالت) ({_ARABIC_WORD}(?: ال{_ARABIC_WORD})?)"
)
DATA = Path(__file__).parent / "data"
MOST = 60
"""Candidates that are looked at in one article."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One person of an article: where named, and how much ties this person to belonging, leaving and speaking."""

    name: str
    spans: tuple[tuple[int, int], ...]
    sentences: tuple[int, ...]
    score: float
    leaves: bool
    belongs: bool
    speaks: bool
    pseudonym: bool


@cache
def nonnames() -> frozenset[str]:
    """Words that make a run of capitals something other than a person's name."""
    lines = (DATA / "nonnames.txt").read_text("utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


def frames(document: Document) -> list[Frame]:
    """The persons of an article, the likeliest first."""
    mentions: dict[str, list[tuple[int, int, int]]] = {}
    shown: dict[str, str] = {}
    for sentence in document.sentences:
        for name, start, end in _names(document, sentence):
            mentions.setdefault(fold(name), []).append((sentence.index, start, end))
            shown.setdefault(fold(name), name)
    merged = _merged(mentions)
    found = (_frame(document, shown[key], places) for key, places in list(merged.items())[:MOST])
    return sorted((frame for frame in found if frame.score > -2), key=lambda frame: -frame.score)


def _names(document: Document, sentence: Sentence) -> Iterator[tuple[str, int, int]]:
    if document.lexicon.code == "ar":
        yield from _arabic_names(document, sentence)
        return
    for match in _LATIN.finditer(sentence.text):
        start, end = _trimmed(document, sentence, match.start(), match.end())
        name = sentence.text[start:end].rstrip(".") if end - start > 3 and sentence.text[end - 2 : end - 1].islower() else sentence.text[start:end]
        if len(name) > 1 and not _no_name(document, name, first=start == 0):
            yield name, sentence.start + start, sentence.start + start + len(name)


def _trimmed(document: Document, sentence: Sentence, start: int, end: int) -> tuple[int, int]:
    """A run of capitals without the ordinary words at its ends ("When Abu Omar", "Mr Omar")."""
    words = [(m.start(), m.end()) for m in re.finditer(r"\S+", sentence.text[start:end])]
    while words and _ordinary(document, sentence.text[start + words[0][0] : start + words[0][1]]):
        words.pop(0)
    while words and _ordinary(document, sentence.text[start + words[-1][0] : start + words[-1][1]]):
        words.pop()
    return (start + words[0][0], start + words[-1][1]) if words else (start, start)


def _ordinary(document: Document, word: str) -> bool:
    folded = fold(word).strip(".'’,")
    bare = folded.removesuffix("'s")
    return bare in document.lexicon.stopwords or bare in nonnames() or bare in _english() or document.profile.group.fullmatch(bare) is not None


@cache
def _english() -> frozenset[str]:
    from detect.lexicon import lexicon

    return lexicon("en").stopwords


def _no_name(document: Document, name: str, *, first: bool) -> bool:
    """Whether a run of capitals cannot be a person: a nation, a place, an organisation, or a common word."""
    folded = fold(name)
    words = folded.split()
    if any(word.strip(".") in nonnames() for word in words) or document.profile.group.search(folded) or document.profile.place.search(folded):
        return True
    if name.isupper() and len(name) > 3 and len(words) == 1:
        return True
    if nation_of(folded) and len(words) == 1:
        return True
    if len(words) == 1 and len(name) < 3:
        return True
    return len(words) == 1 and _common(document, name, first)


def _common(document: Document, name: str, first: bool) -> bool:
    """Whether a single capitalised word is also written small in the article, or is a German noun with an article."""
    lower = name[0].lower() + name[1:]
    if re.search(rf"(?<!\w){re.escape(lower)}(?!\w)", document.article.text):
        return True
    if document.lexicon.code == "de":
        determiner = r"(?:der|die|das|den|dem|des|ein\w*|kein\w*|sein\w*|ihr\w*|dies\w*|im|am|zum|zur|vom|beim|als|\w+en|\w+er|\w+e)\s+"
        return first or re.search(rf"\b{determiner}{re.escape(name)}(?!\w)", document.article.text) is not None
    return first and document.article.text.count(name) < 2


def _arabic_names(document: Document, sentence: Sentence) -> Iterator[tuple[str, int, int]]:
    for match in _ARABIC.finditer(sentence.text):
        group = match.lastindex or 0
        name = match[group].strip()
        words = [word for word in fold(name).split() if word]
        if not words or words[0] in document.lexicon.stopwords or document.profile.group.search(fold(name)) or nation_of(fold(name)):
            continue
        if group > 1 and any(document.lexicon[kind].fullmatch(words[0]) for kind in ("say", "expert", "role", "report", "belong", "leave")):
            continue
        start = sentence.start + match.start(group)
        yield name, start, start + len(name)


def _merged(mentions: dict[str, list[tuple[int, int, int]]]) -> dict[str, list[tuple[int, int, int]]]:
    """Short forms (surname, given name) joined to the one longer name that they are a part of."""
    merged: dict[str, list[tuple[int, int, int]]] = {}
    for key in sorted(mentions, key=lambda key: (-len(key.split()), mentions[key][0])):
        words = set(key.removesuffix("'s").replace("'s ", " ").split())
        owners = [other for other in merged if words < set(other.split())]
        merged.setdefault(owners[0] if len(owners) >= 1 else key, []).extend(mentions[key])
    return dict(sorted(((key, sorted(places)) for key, places in merged.items()), key=lambda item: item[1][0]))


def _frame(document: Document, name: str, places: list[tuple[int, int, int]]) -> Frame:
    sentences = sorted({index for index, _, _ in places})
    held = [document.sentences[index] for index in sentences]
    leaves = sum(_leaves(document, sentence) for sentence in held)
    belongs = sum(sentence.has("belong") or sentence.has("role") or sentence.has("former") for sentence in held)
    speaks = sum(sentence.has("say") for sentence in held)
    pseudonym = any(_called(document, start, end) for _, start, end in places)
    ties = [_tie(document, start, end) for _, start, end in places]
    folded = fold(name)
    score = (
        0.5 * min(speaks, 3)
        + 0.6 * min(belongs, 3)
        + 0.8 * min(leaves, 2)
        + 0.25 * min(len(places), 6)
        + (1.2 if pseudonym else 0)
        + (0.8 if _KUNYA.match(folded) else 0)
        + (0.7 if folded in document.title.folded or folded.split()[-1] in document.title.folded.split() else 0)
        + (0.5 if sentences[0] < 4 else 0)
        + (0.4 if len(folded.split()) > 1 else 0)
        + max(ties)
        + min(min(ties), 0)
        - (6 if _written_by(document, folded) else 0)
    )
    spans = tuple((start, end) for _, start, end in places)
    return Frame(name, spans, tuple(sentences), score, leaves > 0, belongs > 0, speaks > 0, pseudonym)


def _leaves(document: Document, sentence: Sentence) -> bool:
    return "leave" in sentence.cues and "to_group" not in sentence.cues


def _tie(document: Document, start: int, end: int) -> float:
    """What stands right beside a name: an age or a former role for it, an expert's or a relative's title against it."""
    text, words = document.article.text, document.lexicon
    before, after = fold(text[max(start - 45, 0) : start]), fold(text[end : end + 60])
    worth = 0.0
    if age := words["age"].search(after[:25]):
        worth += 1.2 if age.start() < 8 else 0.4
    if words["former"].search(before) or words["former"].search(after[:40]):
        worth += 0.9
    if words["role"].search(before[-25:]):
        worth += 0.4
    if words["expert"].search(before[-35:]) or words["expert"].search(after[:45]):
        worth -= 2.0
    if words["family"].search(before[-25:]):
        worth -= 1.5
    if re.search(r"\b(?:by|par|von|por|oleh|door)\s*$|\b(?:to|told|with|for|at|in|on|near|from|an?|the)\s*$", before):
        worth -= 0.6
    if words["say"].match(after.lstrip(" ,")) or words["say"].search(before[-12:]):
        worth += 0.7
    return worth


def _called(document: Document, start: int, end: int) -> bool:
    """Whether words of an assumed name stand near a name."""
    text = document.article.text
    before, after = fold(text[max(start - 70, 0) : start]), fold(text[end : end + 90])
    return bool(document.lexicon["pseudonym"].search(before) or document.lexicon["pseudonym"].search(after))


def _written_by(document: Document, folded: str) -> bool:
    authors = [*document.article.byline, document.article.credit.author if document.article.credit else ""]
    return any(folded in fold(author) or (fold(author) and fold(author) in folded) for author in authors if author)


@cache
def _nations() -> tuple[tuple[str, re.Pattern[str]], ...]:
    import tomllib

    data = tomllib.loads((DATA / "nations.toml").read_text("utf-8"))
    return tuple((code, re.compile(rf"(?<!\w)(?:{'|'.join(map(_stem, stems))})")) for code, stems in data.items())


def _stem(stem: str) -> str:
    return re.escape(stem[:-1]) + r"(?!\w)" if stem.endswith("$") else re.escape(stem) + r"\w{0,8}"


def nation_of(folded: str) -> str:
    """The nation that a folded text names first; empty where none."""
    best: tuple[int, str] = (len(folded) + 1, "")
    for code, pattern in _nations():
        if match := pattern.search(folded):
            best = min(best, (match.start(), code))
    return best[1]


def nations_in(folded: str) -> Iterable[tuple[int, int, str]]:
    """(start, end, code) of every nation named."""
    for code, pattern in _nations():
        yield from ((match.start(), match.end(), code) for match in pattern.finditer(folded))
