"""Who is the one who left? Candidates for the person, and what ties each of them to belonging, leaving and speaking."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from detect.document import Document, Sentence
from detect.folding import fold
from detect.lexicon import lexicon
from detect.nations import cities_in, nation_of

_PARTICLE = r"(?:al|el|Al|El|ad|as|bin|ibn|bint|von|van|de|der|den|du|la|le|di|da|abu|abou|umm|oum)"
_CAP = r"[^\W\d_a-zà-ÿа-яё][^\W\d_]*(?:['’\-‐][^\W\d_]+)*"
_LATIN = re.compile(
    rf"(?<![\w'’-])(?:(?:[A-Z]\.){{2,4}}|(?:{_CAP}\.?)(?:[ \u00a0](?:{_PARTICLE}[ \u00a0-])*(?:{_PARTICLE}-)?{_CAP}\.?){{0,4}})"
)
_KUNYA_WORDS = "abu|abou|abo|aboe|ebu|umm|oum|um|om|oemm|ibn|bint|абу|умм"
_KUNYA = re.compile(rf"^(?:{_KUNYA_WORDS})\b.|^(?:ابو|ام|ابا|ابي|ابن|بنت) .")
_ARABIC_WORD = r"[\u0621-\u0652]+"
_ARABIC = re.compile(
    rf"(?<![\u0621-\u064a])((?:أبو|ابو|أم|أبا|أبي) (?:ال)?{_ARABIC_WORD}(?: ال{_ARABIC_WORD})?)"
    rf"|[\"«“(]((?:[\u0621-\u064a]+ ?){{1,3}})[\"»”)]"
    rf"|(?:(?:ال)?(?:شاب|شابة|مدعو|مدعوة|منشق|منشقة|مقاتل|جهادي|فتاة|مواطن|عنصر|سيدة|طفل)|يدعى|تدعى|اسمه|اسمها)"
    rf" [\"«“]?({_ARABIC_WORD}(?: {_ARABIC_WORD})?)"
    rf"|(?:قال|قالت|روى|روت|يروي|تروي|يقول|تقول|أضاف|أضافت|وأضاف|ويقول|وتقول|وقال|وقالت) ({_ARABIC_WORD}(?: ال{_ARABIC_WORD})?)"
)
_ARABIC_PAIR = re.compile(rf"(?<![\u0621-\u064a])({_ARABIC_WORD}) ({_ARABIC_WORD}\.?)")
DATA = Path(__file__).parent / "data"
MOST = 60
"""Candidates that are looked at in one article."""
REACH = 5
"""Sentences for which a person goes on being meant by pronouns alone."""
_BESIDE = 45


@dataclass(frozen=True, slots=True)
class Frame:
    """One person of an article: where named, where meant, and what ties this person to belonging, leaving, speaking.

    `features` are numbers between 0 and about 3, each a kind of evidence for or against (`detect/weights.json` says
    how much each counts); `held` are the sentences that are about the person, by name or by pronoun.
    """

    name: str
    spans: tuple[tuple[int, int], ...]
    held: tuple[int, ...]
    features: dict[str, float]
    pseudonym: bool

    def named(self, document: Document) -> set[int]:
        """The sentences that name the person."""
        starts = [sentence.start for sentence in document.sentences]
        return {bisect_right(starts, start) - 1 for start, _ in self.spans}


@cache
def nonnames() -> frozenset[str]:
    """Words that make a run of capitals something other than a person's name."""
    return _words("nonnames.txt")


@cache
def given_names() -> frozenset[str]:
    """Common given names."""
    return _words("given_names.txt")


def _words(file: str) -> frozenset[str]:
    lines = (DATA / file).read_text("utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


def frames(document: Document) -> list[Frame]:
    """The persons of an article, in the order in which they appear."""
    mentions: dict[str, list[_Mention]] = defaultdict(list)
    for sentence in document.sentences:
        if not _headline(sentence.text):
            for mention in _names(document, sentence):
                mentions[fold(mention.name)].append(mention)
    people = list(_merged(document, mentions).values())[:MOST]
    held = _held(document, people)
    return [_frame(document, places, held[number]) for number, places in enumerate(people)]


@dataclass(frozen=True, slots=True)
class _Mention:
    name: str
    sentence: int
    start: int
    end: int


def _headline(text: str) -> bool:
    """Whether a line is set in capitals like a headline: its runs of capitals are no names."""
    words = [word for word in re.findall(r"[^\W\d_]{4,}", text) if word.isascii()]
    return len(words) >= 4 and sum(word[0].isupper() for word in words) >= 0.8 * len(words) and len(text) < 200


def _names(document: Document, sentence: Sentence) -> Iterator[_Mention]:
    if document.lexicon.code == "ar":
        yield from _arabic_names(document, sentence)
        return
    for match in _LATIN.finditer(sentence.text):
        start, end = _trimmed(document, sentence, match.start(), match.end())
        name = sentence.text[start:end]
        if name.endswith(".") and len(name) > 2 and name[-2].islower():
            name = name[:-1]
        name = re.sub(r"['’]s?$", "", name)
        if _is_name(document, sentence, name, start):
            yield _Mention(name, sentence.index, sentence.start + start, sentence.start + start + len(name))


def _trimmed(document: Document, sentence: Sentence, start: int, end: int) -> tuple[int, int]:
    """A run of capitals without the ordinary words at its ends ("When Abu Omar", "Mr Omar")."""
    words = [(m.start(), m.end()) for m in re.finditer(r"\S+", sentence.text[start:end])]
    while words and _ordinary(document, sentence.text[start + words[0][0] : start + words[0][1]], len(words)):
        words.pop(0)
    while words and _ordinary(document, sentence.text[start + words[-1][0] : start + words[-1][1]], 1):
        words.pop()
    return (start + words[0][0], start + words[-1][1]) if words else (start, start)


def _ordinary(document: Document, word: str, left: int) -> bool:
    """Whether a word at the end of a run is not part of a name; `left` words are left (`Islam Karimova` keeps both)."""
    folded = fold(word).strip(".'’,")
    bare = folded.removesuffix("'s")
    if "-" in word and len(word.rpartition("-")[2]) > 3 and word.rpartition("-")[2].islower():
        return True
    if bare in given_names() and (left > 1 or bare not in nonnames()):
        return False
    return (
        bare in document.lexicon.stopwords
        or bare in nonnames()
        or bare in lexicon("en").stopwords
        or document.profile.group.fullmatch(bare) is not None
        or (left > 1 and bool(nation_of(bare)))
    )


def _is_name(document: Document, sentence: Sentence, name: str, start: int) -> bool:
    """Whether a run of capitals can be a person: no nation, place, organisation or common word."""
    folded = fold(name)
    words = folded.replace("-", " ").split()
    if len(name) < 2 or not words:
        return False
    if re.fullmatch(r"(?:[A-Z]\.){2,4}", name):
        return _beside_person(document, sentence, start, start + len(name))
    if document.profile.group.search(folded) or document.profile.place.fullmatch(folded):
        return False
    known = words[0] in given_names() or bool(_KUNYA.match(folded))
    if (len(words) == 1 and words[0] in nonnames()) or _is_outlet(document, folded) or _is_city(folded):
        return False
    if any(word.strip(".") in nonnames() for word in words[0 if not known else 1 :]):
        return False
    if len(words) > 1:
        return known or not nation_of(words[0])
    if len(name) < 3 or name.isupper() or re.match(rf"(?:{_KUNYA_WORDS})$|[^\W\d_]['-]", folded):
        return False
    opening = re.search(r"[^\W_],?\s+$", sentence.text[max(start - 4, 0) : start]) is None
    if known:
        return not (opening and _written_small(document, name))
    return not nation_of(folded) and not _common(document, sentence, name, start, opening=opening)


def _is_outlet(document: Document, folded: str) -> bool:
    """Whether a run of capitals is (part of) the name of the outlet itself or of the one that is credited."""
    credit = document.article.credit
    outlets = (document.article.outlet, credit.outlet if credit else "")
    return any(re.search(rf"(?<!\w){re.escape(folded)}(?!\w)", fold(outlet)) for outlet in outlets if outlet)


def _is_city(folded: str) -> bool:
    return any(start == 0 and end == len(folded) for start, end, _ in cities_in(folded))


def _beside_person(document: Document, sentence: Sentence, start: int, end: int) -> bool:
    """Whether a say verb, an age or words of an assumed name stand right beside."""
    words = document.lexicon
    before, after = sentence.folded[max(start - 20, 0) : start], sentence.folded[end : end + 25]
    return any(
        (
            words["say"].match(after.lstrip(" ,")),
            words["say"].search(before),
            words["age"].match(after),
            words["pseudonym"].search(before),
        )
    )


def _written_small(document: Document, name: str) -> bool:
    return name[0].lower() + name[1:] in _small_words(document.article.text)


@lru_cache(maxsize=4)
def _small_words(text: str) -> frozenset[str]:
    """The words that a text writes small, in their spelling."""
    return frozenset(word for word in re.findall(r"[^\W\d_]+(?:['’-][^\W\d_]+)*", text) if word[0].islower())


@lru_cache(maxsize=4)
def _inner_words(text: str) -> frozenset[str]:
    """The capitalised words that a text has within a sentence."""
    return frozenset(re.findall(r"(?<=[^\W\d_][ ,])\s?([^\W\d_]+(?:['’-][^\W\d_]+)*)", text))


@lru_cache(maxsize=4)
def _nouns(text: str) -> frozenset[str]:
    """German: the capitalised words that have an article, a possessive or an adjective before them."""
    before = "der|die|das|den|dem|des|ein\\w*|kein\\w*|sein\\w*|ihr\\w*|dies\\w*|im|am|zum|zur|vom|beim|als|und|\\w+en|\\w+er|\\w+e"
    return frozenset(re.findall(rf"\b(?:{before})\s+([^\W\d_]+)", text))


def _common(document: Document, sentence: Sentence, name: str, start: int, *, opening: bool) -> bool:
    """Whether a single capitalised word is a common one: written small elsewhere, a German noun, a mere opening word."""
    if _written_small(document, name):
        return True
    text = document.article.text
    if document.lexicon.code == "de":
        return opening or name in _nouns(text)
    return (
        opening and name not in _inner_words(text) and not _beside_person(document, sentence, start, start + len(name))
    )


def _arabic_names(document: Document, sentence: Sentence) -> Iterator[_Mention]:
    words = document.lexicon
    for match in _ARABIC.finditer(sentence.text):
        group = match.lastindex or 0
        name = match[group].strip()
        parts = fold(name).split()
        while len(parts) > 1 and group != 1 and (parts[-1] in words.stopwords or _arabic_common(document, parts[-1])):
            parts.pop()
            name = " ".join(name.split()[: len(parts)])
        if not parts or parts[0] in words.stopwords or nation_of(parts[0]):
            continue
        if group == 1 and (parts[1] in words.stopwords or len(parts[1]) < 3):
            continue
        if group > 1 and parts[0].startswith("ال") and parts[0] not in given_names():
            continue
        if document.profile.group.search(fold(name)) or document.profile.place.search(fold(name)):
            continue
        if group > 1 and parts[0] not in given_names() and (group == 4 or _arabic_common(document, parts[0])):
            continue
        start = sentence.start + match.start(group)
        yield _Mention(name, sentence.index, start, start + len(name))
    for match in _ARABIC_PAIR.finditer(sentence.text):
        first, second = fold(match[1]), fold(match[2])
        if first not in given_names() or match[1] == "على" or document.profile.group.search(fold(match[0])):
            continue
        lone = second in words.stopwords or _arabic_common(document, second)
        name = match[1] if lone else match[0]
        yield _Mention(name, sentence.index, sentence.start + match.start(), sentence.start + match.start() + len(name))


def _arabic_common(document: Document, word: str) -> bool:
    kinds = ("say", "expert", "role", "report", "belong", "leave", "former", "captured", "family")
    return bool(nation_of(word)) or any(document.lexicon[kind].fullmatch(word) for kind in kinds)


def _merged(document: Document, mentions: dict[str, list[_Mention]]) -> dict[str, list[_Mention]]:
    """Short forms (surname, given name), and in Russian other cases, joined to the longer name they are a part of."""
    merged: dict[str, list[_Mention]] = {}
    stem = _russian_stem if document.lexicon.code == "ru" else str
    for key in sorted(mentions, key=lambda key: (-len(key.split()), mentions[key][0].start)):
        words = {stem(word) for word in key.split()}
        owner = next((other for other in merged if words <= {stem(word) for word in other.split()}), "")
        owner = owner or _long_form(key, merged) or key
        merged.setdefault(owner, []).extend(mentions[key])
    ordered = {key: sorted(places, key=lambda place: place.start) for key, places in merged.items()}
    return dict(sorted(ordered.items(), key=lambda item: item[1][0].start))


def _long_form(key: str, merged: dict[str, list[_Mention]]) -> str:
    """The one name whose first word a short name begins ("Nur" for "Nurshadrina")."""
    owners = [other for other in merged if " " in other and other.split()[0].startswith(key)]
    return owners[0] if len(key) >= 3 and " " not in key and len(owners) == 1 else ""


def _russian_stem(word: str) -> str:
    return re.sub(r"(?:ого|ому|ои|ым|ом|ем|ая|ую|ых|у|а|я|ы|и|е|ю)$", "", word) if len(word) > 4 else word


def _held(document: Document, people: Sequence[list[_Mention]]) -> list[dict[int, float]]:
    """For each person the sentences that are about them, with a weight: 1 by name, less where others are named first
    or where only a pronoun goes on speaking of the one named last."""
    named: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for number, places in enumerate(people):
        for place in places:
            named[place.sentence].append((place.start, number))
    held: list[dict[int, float]] = [{} for _ in people]
    current, age = -1, 0
    for sentence in document.sentences:
        if there := sorted(named[sentence.index]):
            order = list(dict.fromkeys(number for _, number in there))
            for rank, number in enumerate(order):
                held[number][sentence.index] = 1.0 if rank == 0 else 0.7
            current, age = order[0], 0
        elif current >= 0 and age < REACH and (sentence.has("pronoun") or sentence.quoted):
            held[current][sentence.index] = 0.6
            age += 1
        else:
            age += 1
    return held


def _frame(document: Document, places: list[_Mention], held: dict[int, float]) -> Frame:
    name = _shown(document, places)
    folded = fold(name)
    words = folded.split()
    ties = [_ties(document, place.start, place.end) for place in places]
    about = [(document.sentences[index], weight) for index, weight in sorted(held.items())]
    pseudonym = any(_called(document, place) for place in places)
    first = document.sentences[places[0].sentence]
    known = words[0] in given_names() or bool(_KUNYA.match(folded)) or re.search(r"\b[^\W\d_]\.", name) is not None
    features = {
        "stranger": float(not known and not any(tie["say"] or tie["age"] for tie in ties)),
        "after_unnamed": float(_after_unnamed(document, first.index) and not pseudonym),
        "begins_as_member": float(bool(first.cues & {"former", "role", "belong"})),
        "begins_leaving": float(first.has("leave") and not first.has("to_group")),
        "begins_as_expert": float(first.has("expert")),
        "begins_as_relative": float(first.has("family")),
        "says": min(_sum(about, "say"), 3.0),
        "belongs": min(sum(w for s, w in about if s.cues & {"belong", "role", "former"}), 3.0),
        "leaves": min(sum(w for s, w in about if s.has("leave") and not s.has("to_group")), 3.0),
        "says_surely": min(_sum(about, "he_say") + sum(tie["say"] for tie in ties), 2.0),
        "leaves_surely": min(_sum(about, "he_leave") + _sum(about, "i_leave") + sum(tie["leave"] for tie in ties), 2.0),
        "belongs_surely": min(_sum(about, "he_belong") + _sum(about, "i_belong"), 2.0),
        "with_group": min(_sum(about, "group"), 3.0),
        "core": min(
            sum(
                w
                for s, w in about
                if s.has("leave") and s.cues & {"group", "belong", "role", "former"} and not s.has("to_group")
            ),
            2.0,
        ),
        "quoted": min(sum(w for s, w in about if s.quoted and s.has("first_person")), 3.0) / 3,
        "share": sum(held.values()) / max(len(document.sentences), 1),
        "often": min(len(places), 6) / 6,
        "early": 1.0 if places[0].sentence < 4 else 0.5 if places[0].sentence < 8 else 0.0,
        "in_title": float(_in_title(document, words)),
        "full_name": float(len(words) > 1),
        "given_name": float(words[0] in given_names()),
        "kunya": float(bool(_KUNYA.match(folded))),
        "initial": float(re.search(r"\b[^\W\d_]\.", name) is not None),
        "pseudonym": float(pseudonym),
        "age_beside": max(tie["age"] for tie in ties),
        "former_beside": max(tie["former"] for tie in ties),
        "role_beside": max(tie["role"] for tie in ties),
        "says_beside": max(tie["say"] for tie in ties),
        "leaves_beside": max(tie["leave"] for tie in ties),
        "expert_beside": max(tie["expert"] for tie in ties),
        "family_beside": max(tie["family"] for tie in ties),
        "place": sum(tie["place"] for tie in ties) / len(ties),
        "listener": sum(tie["listener"] for tie in ties) / len(ties),
        "captive": min(_sum(about, "captive"), 2.0) / 2,
        "captured": min(_sum(about, "captured"), 2.0) / 2,
        "to_group": min(_sum(about, "to_group"), 2.0) / 2,
        "expert": min(_sum(about, "expert"), 2.0) / 2,
        "writer": float(_written_by(document, folded) or _signs(document, places[0])),
    }
    spans = tuple((place.start, place.end) for place in places)
    return Frame(name, spans, tuple(sorted(held)), features, pseudonym)


def _after_unnamed(document: Document, index: int) -> bool:
    """Whether somebody who stays unnamed was spoken of some sentences before."""
    return any(sentence.has("anonymous") for sentence in document.sentences[: max(index - 2, 0)])


def _sum(about: list[tuple[Sentence, float]], kind: str) -> float:
    return sum(weight for sentence, weight in about if sentence.has(kind))


def _shown(document: Document, places: list[_Mention]) -> str:
    """The fullest form of a name; in Russian the shortest of those, which is mostly the nominative."""
    most = max(len(place.name.split()) for place in places)
    full = [place.name for place in places if len(place.name.split()) == most]
    return min(full, key=len) if document.lexicon.code == "ru" else full[0]


def _in_title(document: Document, words: list[str]) -> bool:
    title = re.findall(r"[\w.'-]+", document.title.folded)
    return words[-1] in title or (words[0] in title and not _KUNYA.match(" ".join(words)))


def _ties(document: Document, start: int, end: int) -> dict[str, float]:
    """What stands right beside a name: an age or a former role for it, an expert's or a relative's title against it."""
    text, words = document.article.text, document.lexicon
    before, after = fold(text[max(start - _BESIDE, 0) : start]), fold(text[end : end + 60])
    before, after = before.rpartition("\n")[2], after.partition("\n")[0]
    age = words["age"].search(after[:25])
    following = after.lstrip(" ,")
    return {
        "age": 0.0 if age is None else 1.0 if age.start() < 8 else 0.4,
        "former": float(bool(words["former"].search(before) or words["former"].search(after[:40]))),
        "role": float(bool(words["role"].search(before[-25:]))),
        "say": float(bool(words["say"].match(following) or words["say"].search(before[-12:]))),
        "leave": float(bool(words["leave"].match(following) or words["leave"].search(after[:30]))),
        "expert": float(bool(words["expert"].search(before[-35:]) or words["expert"].search(after[:45]))),
        "family": float(bool(words["family"].search(before[-25:]))),
        "place": float(bool(words["before_place"].search(before))),
        "listener": float(bool(words["before_listener"].search(before))),
    }


def _called(document: Document, place: _Mention) -> bool:
    """Whether words of an assumed name stand near a name, in its own paragraph."""
    text = document.article.text
    before = fold(text[max(place.start - 70, 0) : place.start]).rpartition("\n")[2]
    after = fold(text[place.end : place.end + 90]).partition("\n")[0]
    return bool(document.lexicon["pseudonym"].search(before) or document.lexicon["pseudonym"].search(after))


def _signs(document: Document, place: _Mention) -> bool:
    """Whether a name is a line's byline: "By X" at its beginning."""
    before = document.article.text[max(place.start - 12, 0) : place.start]
    return re.search(r"(?:^|\n)\W*(?:By|Par|Von|Por|Door|Oleh|Di|Автор:?|بقلم:?|Haber:?)\s$", before) is not None


def _written_by(document: Document, folded: str) -> bool:
    credit = document.article.credit
    authors = [fold(author) for author in (*document.article.byline, credit.author if credit else "") if author]
    return any(folded in author or author in folded for author in authors)
