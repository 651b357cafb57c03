"""Names in an article that may be a person's: runs of capitals, kunyas, Arabic words beside words for a person.

Short forms (surname, given name, other cases) join the longer name that they are a part of.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache, lru_cache

from detect.arabic import Mention, arabic_names
from detect.document import Document, Sentence
from detect.folding import fold
from detect.lexicon import lexicon
from detect.nations import cities_in, nation_of
from detect.wordlists import given_names, nonnames, ordinary, organisations

_PARTICLE = r"(?:al|el|Al|El|ad|as|bin|ibn|bint|von|van|de|der|den|du|la|le|di|da|abu|abou|umm|oum)"
_CAP = r"[^\W\d_a-zà-ÿа-яё][^\W\d_]*(?:['’\-‐][^\W\d_]+)*"
_ARTICLES = {"de": "den|der|das|die", "it": "di|da|la|le", "es": "la|el", "fr": "le|la|du", "id": "di"}
"""Particles of other languages' names that are everyday words of this one."""


@cache
def _latin(code: str) -> re.Pattern[str]:
    """Runs of capitals: letters with stops, or words with particles between them."""
    particle = _PARTICLE
    for word in _ARTICLES.get(code, "").split("|"):
        particle = particle.replace(f"|{word}|", "|")
    return re.compile(
        rf"(?<![\w'’-])(?:(?:[A-Z]\.){{2,4}}|(?:{_CAP}\.?)(?:[ \u00a0](?:{particle}[ \u00a0-])*(?:{particle}-)?{_CAP}\.?){{0,4}})"
    )


_KUNYA_WORDS = "abu|abou|abo|aboe|ebu|umm|oum|um|om|oemm|ibn|bint|абу|умм"
KUNYA = re.compile(rf"^(?:{_KUNYA_WORDS})\b.|^(?:ابو|ام|ابا|ابي|ابن|بنت) .")
_LETTERS = re.compile(r"(?:[A-Z]\.){2,4}")
_OPENING = re.compile(r"[^\W_],?\s+$")
_LONE_PART = re.compile(rf"(?:{_KUNYA_WORDS})$|[^\W\d_]['-]")
_LONE_KUNYA = frozenset({"umm", "oum", "abu", "abou"})
_SUFFIX = {
    "tr": re.compile(r"['’][a-zçğıöşü]{1,6}\.?$"),
    "en": re.compile(r"['’]s?\.?$"),
    "nl": re.compile(r"['’]s$"),
}
"""Endings after an apostrophe: the word before it is the name, and the name ends there."""
_NO_SUFFIX = re.compile(r"(?!)")
_PLACE_LI = re.compile(r"[^\W\d_]{4,}l[iıuü]$")
_LEADER = re.compile(
    r"\bbakr al-baghdadi\b|^(?:al-)?(?:baghdadi|assad|zarqawi|zawahiri|jolani)$|\b(?:bin laden|al-assad|saddam hussein)\b"
)
"""Leaders whom every second article names."""
_TITLES = ("expert", "role", "former", "family", "report")

_MARKS = re.compile("[\u064b-\u0652]")
"""Arabic vowel signs."""


def named(document: Document) -> list[list[Mention]]:
    """Every person who is named, in the order in which they appear: all places of the name and of its short forms."""
    found: dict[str, list[Mention]] = defaultdict(list)
    finder = arabic_names if document.lexicon.code == "ar" else _latin_names
    for sentence in document.sentences:
        if not _headline(sentence.text, document.lexicon.code):
            for mention in finder(document, sentence):
                found[_MARKS.sub("", fold(mention.name))].append(mention)
    return list(_merged(document, found).values())


def _headline(text: str, code: str) -> bool:
    """Whether a line is set in capitals like a headline: its runs of capitals are no names."""
    if len(text) >= 200 or code == "de":
        return False
    words = [word for word in re.findall(r"[^\W\d_]{4,}", text) if word.isascii()]
    return len(words) >= 4 and sum(word[0].isupper() for word in words) >= 0.8 * len(words)


# --- Latin and Cyrillic letters ------------------------------------------------------------------------------------
def _latin_names(document: Document, sentence: Sentence) -> Iterator[Mention]:
    for match in _latin(document.lexicon.code).finditer(sentence.text):
        for begin, stop in _pieces(document, sentence.text, match.start(), match.end()):
            start, end = _trimmed(document, sentence, begin, stop)
            name = sentence.text[start:end]
            if name.endswith(".") and len(name) > 2 and name[-2].islower():
                name = name[:-1]
            if name and _is_name(document, sentence, name, start):
                yield Mention(name, sentence.index, sentence.start + start, sentence.start + start + len(name))


def _pieces(document: Document, text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """A run of capitals, divided behind words with an ending ("Expo's Ann Lee") and before ordinary words ("Ann L. The")."""
    code = document.lexicon.code
    suffix, begin = _SUFFIX.get(code, _NO_SUFFIX), start
    for word in re.finditer(r"[^ \u00a0]+", text[start:end]):
        if ending := suffix.search(word[0]):
            yield begin, start + word.start() + ending.start()
            begin = min(start + word.end() + 1, end)
        elif begin < start + word.start() and _divides(code, fold(word[0]).strip(".,")):
            yield begin, start + word.start() - 1
            begin = start + word.start()
    if begin < end:
        yield begin, end


def _divides(code: str, folded: str) -> bool:
    return folded in ordinary(code) and folded not in organisations() and folded not in given_names()


def _trimmed(document: Document, sentence: Sentence, start: int, end: int) -> tuple[int, int]:
    """A run of capitals without the ordinary words at its ends ("When Abu Omar", "Mr Omar", "Reporter Ann Lee")."""
    words = [(m.start(), m.end()) for m in re.finditer(r"\S+", sentence.text[start:end])]
    while words and _leads(document, sentence.text[start + words[0][0] : start + words[0][1]], len(words)):
        words.pop(0)
    while words and _ordinary(document, last := sentence.text[start + words[-1][0] : start + words[-1][1]], 1):
        words.pop()
        if (
            fold(last).strip(".'’,") in organisations()
            and words
            and not _begins_a_name(sentence.text, start + words[0][0])
        ):
            return start, start
    return (start + words[0][0], start + words[-1][1]) if words else (start, start)


def _begins_a_name(text: str, place: int) -> bool:
    folded = fold(text[place : place + 30])
    return folded.split()[0].strip(".,") in given_names() or KUNYA.match(folded) is not None


def _leads(document: Document, word: str, left: int) -> bool:
    """Whether the first word of a run is no part of the name that follows."""
    if _ordinary(document, word, left):
        return True
    folded = fold(word)
    if left < 2 or folded in given_names():
        return False
    if document.lexicon.code == "tr" and _PLACE_LI.search(folded):
        return True
    return folded in ordinary(document.lexicon.code) or _is_title(document.lexicon.code, folded)


@lru_cache(maxsize=4096)
def _is_title(code: str, folded: str) -> bool:
    return any(lexicon(code)[kind].fullmatch(folded) for kind in _TITLES)


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
    if _LETTERS.fullmatch(name):
        return _beside_person(document, sentence, start, start + len(name))
    if document.profile.group.search(folded) or document.profile.place.fullmatch(folded):
        return False
    known = words[0] in given_names() or bool(KUNYA.match(folded))
    if (len(words) == 1 and words[0] in nonnames()) or _is_outlet(document, folded) or _is_city(folded):
        return False
    if any(word.strip(".") in nonnames() for word in words[0 if not known else 1 :]):
        return False
    if _LEADER.search(folded):
        return False
    if len(words) > 1:
        return known or not (nation_of(words[0]) or nation_of(words[-1]))
    return _is_one_word_name(document, sentence, name, start)


def _is_one_word_name(document: Document, sentence: Sentence, name: str, start: int) -> bool:
    folded = fold(name)
    if folded in _LONE_KUNYA:
        return len(re.findall(rf"\b{name}\b(?! [A-Z])", document.article.text)) > 1
    if len(name) < 3 or name.isupper() or _LONE_PART.match(folded):
        return False
    opening = _OPENING.search(sentence.text[max(start - 4, 0) : start]) is None
    if nation_of(folded) and (folded not in given_names() or _at_place(document, sentence, start)):
        return False
    if folded in given_names():
        return not (opening and (_written_small(document, name) or folded in ordinary(document.lexicon.code)))
    return not _common(document, sentence, name, start, opening=opening)


def _is_outlet(document: Document, folded: str) -> bool:
    """Whether a run of capitals is (part of) the name of the outlet itself or of the one that is credited."""
    credit = document.article.credit
    outlets = (document.article.outlet, credit.outlet if credit else "")
    return any(re.search(rf"(?<!\w){re.escape(folded)}(?!\w)", fold(outlet)) for outlet in outlets if outlet)


def _is_city(folded: str) -> bool:
    return any(start == 0 and end == len(folded) for start, end, _ in cities_in(folded))


def _beside_person(document: Document, sentence: Sentence, start: int, end: int) -> bool:
    """Whether a say verb, an age, words of an assumed name or an apposition that tells of a person stand beside."""
    words = document.lexicon
    before, after = sentence.folded[max(start - 20, 0) : start], sentence.folded[end : end + 45]
    following = after.lstrip(" ,")
    if words["say"].match(following) or words["say"].search(before) or words["age"].match(after[:25]):
        return True
    if words["pseudonym"].search(before) or words["pseudonym"].search(after):
        return True
    kinds = ("female", "male", "role", "former", "leave", "pronoun", "first_person", "person_after")
    return after.startswith(",") and any(words[kind].search(after.partition(".")[0]) for kind in kinds)


def _at_place(document: Document, sentence: Sentence, start: int) -> bool:
    return document.lexicon["before_place"].search(sentence.folded[max(start - 12, 0) : start]) is not None


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
    text, folded = document.article.text, fold(name)
    if document.lexicon.code == "de":
        return name in _nouns(text) or not _beside_person(document, sentence, start, start + len(name))
    if not opening:
        return False
    if folded in ordinary(document.lexicon.code):
        return True
    return name not in _inner_words(text) and not _beside_person(document, sentence, start, start + len(name))


# --- one person, several forms -------------------------------------------------------------------------------------
def _merged(document: Document, mentions: dict[str, list[Mention]]) -> dict[str, list[Mention]]:
    """Short forms (surname, given name), and in Russian other cases, joined to the longer name they are a part of."""
    merged: dict[str, list[Mention]] = {}
    stem = russian_stem if document.lexicon.code == "ru" else str
    stems: dict[str, set[str]] = {}
    for key in sorted(mentions, key=lambda key: (-len(key.split()), mentions[key][0].start)):
        words = {stem(word) for word in key.split()}
        owner = next((other for other in merged if words <= stems[other]), "") or _long_form(key, merged) or key
        stems.setdefault(owner, words)
        merged.setdefault(owner, []).extend(mentions[key])
    ordered = {key: sorted(places, key=lambda place: place.start) for key, places in merged.items()}
    return dict(sorted(ordered.items(), key=lambda item: item[1][0].start))


def _long_form(key: str, merged: dict[str, list[Mention]]) -> str:
    """The one name whose first word a short name begins ("Nur" for "Nurshadrina")."""
    if len(key) < 3 or " " in key:
        return ""
    owners = [other for other in merged if " " in other and other.split()[0].startswith(key)]
    return owners[0] if len(owners) == 1 else ""


def russian_stem(word: str) -> str:
    """A Russian word without its case ending, near enough to tell one name from another."""
    return re.sub(r"(?:ого|ому|ои|ым|ом|ем|ая|ую|ых|у|а|я|ы|и|е|ю)$", "", word) if len(word) > 4 else word


def shown(document: Document, places: list[Mention]) -> str:
    """The fullest form of a name; in Russian the shortest of those, which is mostly the nominative."""
    most = max(len(place.name.split()) for place in places)
    full = [place.name for place in places if len(place.name.split()) == most]
    return min(full, key=len) if document.lexicon.code == "ru" else full[0]
