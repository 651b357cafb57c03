"""Names across spellings and scripts: `Abu Khaled`, `Abou Chalid`, `أبو خالد`.

Two forms of a word are compared by their consonants (Arabic writes no short vowels) and by Jaro-Winkler likeness.
"""

from __future__ import annotations

import re
from functools import lru_cache

import jellyfish
from anyascii import anyascii
from rapidfuzz import fuzz

from detect.shingles import fold

_PARTICLES = frozenset(
    [
        "al",
        "el",
        "ad",
        "as",
        "ar",
        "an",
        "at",
        "az",
        "ash",
        "bin",
        "ibn",
        "ben",
        "bint",
        "von",
        "van",
        "der",
        "den",
        "de",
        "la",
        "le",
        "du",
        "di",
        "da",
        "mr",
        "mrs",
        "ms",
        "dr",
        "the",
        "of",
    ]
)
_KUNYA = {
    **dict.fromkeys(("abu", "abou", "abo", "aboe", "ebu"), "abu"),
    **dict.fromkeys(("umm", "oum", "um", "om", "oemm"), "umm"),
}
_DIGRAPHS = (
    ("dsch", "j"), ("tsch", "s"), ("sch", "s"), ("dzh", "j"), ("kh", "k"), ("gh", "g"), ("sh", "s"), ("ch", "s"),
    ("zh", "z"), ("th", "z"), ("dh", "z"), ("ph", "f"), ("dj", "j"), ("ou", "u"), ("ck", "k"), ("ts", "s"),
)  # fmt: skip
_LETTERS = str.maketrans({"q": "k", "c": "k", "p": "b", "v": "", "x": "k", "y": "", "w": "", "'": ""})
"""`v` and `w` go: Turkish and German write the one for what English writes as the other, or as a vowel."""
_VOWELS = (
    ("ai", "i"),
    ("ay", "i"),
    ("ei", "i"),
    ("ey", "i"),
    ("ee", "i"),
    ("oo", "u"),
    ("ou", "u"),
    ("o", "u"),
    ("e", "i"),
    ("y", "i"),
)
_OFF = re.compile(r"(?<=[oe])ff$")
"""French and older English end Russian names in -off."""
_ALIKE = 0.9
_ARTICLE = re.compile(r"\bال(?=\w{3})")
_JOINED = re.compile(r"^el(?=[bcdfghjkmnpqrstvwxz][a-z]{3})")
_ARTICLES = frozenset({"al", "el", "bn", "bin", "ibn"})


@lru_cache(maxsize=4096)
def tokens(name: str) -> tuple[str, ...]:
    """The telling words of a name in Latin letters, without articles and particles; kunya words in one spelling."""
    arabic = re.search("[\u0600-\u06ff]", name) is not None
    spelled = _spelled(fold(name)) if arabic else fold(name)
    words = re.findall(r"[a-z0-9]+", anyascii(spelled).lower().replace("'", ""))
    found = [_KUNYA.get(word, word) for word in words]
    found = [_JOINED.sub("", word) for word in found]
    particles = _ARTICLES if arabic else _PARTICLES
    found = [word[:-1] + "i" if word.endswith("y") and len(word) > 2 else word for word in found]
    return tuple(word for word in found if word not in particles) or tuple(found)


def _spelled(name: str) -> str:
    """An Arabic name with its kunya in Latin letters and without its articles."""
    return _ARTICLE.sub("", re.sub(r"\bام\b", "umm", re.sub(r"\b(?:ابو|ابا|ابي)\b", "abu", name)))


@lru_cache(maxsize=4096)
def skeleton(word: str) -> str:
    """The consonants of a word, letters that transliterations confuse made one."""
    for digraph, letter in _DIGRAPHS:
        word = word.replace(digraph, letter)
    word = _OFF.sub("v", word[:1] + word[1:].replace("z", "s"))
    bare = re.sub(r"[aeiou]", "", word.translate(_LETTERS))
    bare = re.sub(r"(.)\1+", r"\1", bare)
    return bare[:1] + bare[1:].rstrip("h") if len(bare) > 1 else bare


@lru_cache(maxsize=8192)
def _bones(word: str) -> set[str]:
    """The skeletons of a word: German writes `ch` for what French writes `kh` and Turkish `h`, and `J` for English `Y`."""
    spelled = (word, word.replace("ch", "kh"), word.replace("kh", "h"), re.sub("^j", "y", word))
    return {skeleton(each) for each in spelled}


@lru_cache(maxsize=4096)
def _sounded(word: str) -> str:
    """A word with the vowels that transliterations confuse made one: `Dua` and `Doaa`, `Laila` and `Leyla`."""
    word = word[:1] + word[1:].replace("z", "s")
    for written, sound in _VOWELS:
        word = word.replace(written, sound)
    return re.sub(r"(.)\1+", r"\1", word)


@lru_cache(maxsize=16384)
def same_word(a: str, b: str) -> bool:
    """Whether two words are spellings of one name."""
    if a == b:
        return True
    if min(len(a), len(b)) == 1:
        return a[0] == b[0]
    if {a[0], b[0]} == {"j", "y"}:
        a, b = f"y{a[1:]}", f"y{b[1:]}"
    if _sounded(a) == _sounded(b):
        return True
    alike = jellyfish.jaro_winkler_similarity(a, b)
    first, second = skeleton(a), skeleton(b)
    bones = min(len(first), len(second))
    if _bones(a) & _bones(b) and bones >= 2:
        vowelless = not re.search("[aeou]", a) or not re.search("[aeou]", b)
        return alike >= (0.5 if vowelless or bones > 2 else 0.8)
    return bool(alike >= _ALIKE and first[:1] == second[:1] and min(len(a), len(b)) >= 4 and abs(len(a) - len(b)) <= 2)


@lru_cache(maxsize=16384)
def shared(a: str, b: str) -> tuple[int, int]:
    """(words of the shorter name that the longer one has too, words of the shorter name); kunya words count none."""
    kunya = _kunya(a), _kunya(b)
    if all(kunya) and kunya[0] != kunya[1]:
        return 0, 1
    first, second = _telling(a), _telling(b)
    shorter, longer = sorted((first, second), key=len)
    left, common = list(longer), 0
    for word in shorter:
        partner = next((other for other in left if same_word(word, other)), None)
        if partner is not None:
            left.remove(partner)
            common += 1
    return common, len(shorter)


def run_together(a: str, b: str) -> bool:
    """Whether two names of several words are one apart from how they are divided ("Khaira Dhania", "Khairadhania")."""
    first, second = "".join(tokens(a)), "".join(tokens(b))
    if _kunya(a) or _kunya(b):
        return False
    if max(len(tokens(a)), len(tokens(b))) < 2 or min(len(first), len(second)) < 10:
        return False
    return bool(fuzz.ratio(first, second) >= 93)


def _telling(name: str) -> list[str]:
    return [word for word in tokens(name) if word not in ("abu", "umm")]


@lru_cache(maxsize=4096)
def _kunya(name: str) -> str:
    return next((word for word in tokens(name) if word in ("abu", "umm")), "")


def keys(name: str) -> list[str]:
    """Index keys: names that may be one share a key."""
    return sorted({f"n:{bones or word}" for word in _telling(name) for bones in _bones(word)})
