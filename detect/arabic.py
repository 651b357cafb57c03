"""Names in Arabic script, which has no capitals: kunyas, known given names, and words beside words for a person."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from detect.document import Document, Sentence
from detect.folding import fold
from detect.lexicon import lexicon
from detect.nations import nation_of
from detect.wordlists import given_names

_ARABIC_WORD = r"[\u0621-\u0652]+"
_ARABIC_SOMEBODY = (
    "شاب|شابة|مدعو|مدعوة|منشق|منشقة|مقاتل|مقاتلة|جهادي|جهادية|فتاة|مواطن|مواطنة|عنصر|سيدة|طفل|مراهق|رجل|امرأة|عضو|أمير|قيادي|داعشي|داعشية|"
    "عائد|عائدة|تائب|تائبة|ممرضة|ممرض|طبيب|طبيبة|معلمة|سجين|سجينة|أرملة|زوجة"
)
_ARABIC = re.compile(
    rf"(?<![\u0621-\u064a])((?:أبو|ابو|أم|أبا|أبي) (?:ال)?{_ARABIC_WORD}(?: ال{_ARABIC_WORD})?)"
    rf"|[\"«“(]((?:[\u0621-\u064a]+ ?){{1,3}})[\"»”)]"
    rf"|(?<![\u0621-\u064a])(?:(?:ال)?(?:{_ARABIC_SOMEBODY})(?: ال{_ARABIC_WORD}(?:ي|ية))?)"
    rf" [\"«“]?({_ARABIC_WORD}(?: {_ARABIC_WORD}\.?)?)"
    rf"|(?:قال|قالت|روى|روت|يروي|تروي|يقول|تقول|أضاف|أضافت|وأضاف|ويقول|وتقول|وقال|وقالت) ({_ARABIC_WORD}(?: ال{_ARABIC_WORD})?)"
    rf"|(?<![\u0621-\u064a])(?:يدعى|تدعى|يُدعى|تُدعى|اسمه|اسمها|سمى نفسه|سمّى نفسه|سمت نفسها|سمّت نفسها|تسمى|يسمى)"
    rf" [\"«“]?({_ARABIC_WORD}(?: {_ARABIC_WORD}\.?)?)"
)
_KUNYA_GROUP, _QUOTED, _TITLED, _SPEAKS, _CALLED = 1, 2, 3, 4, 5
_ARABIC_PAIR = re.compile(rf"(?<![\u0621-\u064a])({_ARABIC_WORD}) ({_ARABIC_WORD}\.?)")
_ARABIC_KINDS = ("say", "expert", "role", "report", "belong", "leave", "former", "captured", "family")


@dataclass(frozen=True, slots=True)
class Mention:
    """A name where it stands: `article.text[start:end] == name`."""

    name: str
    sentence: int
    start: int
    end: int


def arabic_names(document: Document, sentence: Sentence) -> Iterator[Mention]:
    """The names of a sentence in Arabic script."""
    for match in _ARABIC.finditer(sentence.text):
        group = match.lastindex or 0
        if name := _arabic_name(document, match[group].strip(), group, described="ي " in match[0] or "ية " in match[0]):
            start = sentence.start + match.start(group)
            yield Mention(name, sentence.index, start, start + len(name))
    for match in _ARABIC_PAIR.finditer(sentence.text):
        first, second = fold(match[1]), fold(match[2])
        if first not in given_names() or match[1] == "على" or document.profile.group.search(fold(match[0])):
            continue
        if first == "اسماء" and not second.startswith("ال"):
            continue
        lone = second in document.lexicon.stopwords or _arabic_common(document.lexicon.code, second)
        name = match[1] if lone else match[0]
        yield Mention(name, sentence.index, sentence.start + match.start(), sentence.start + match.start() + len(name))


def _arabic_name(document: Document, name: str, group: int, *, described: bool) -> str:
    """What of a match is a name; `group` says what stood before it, `described` that an origin did. Else empty."""
    stopwords, code = document.lexicon.stopwords, document.lexicon.code
    parts = fold(name).split()
    while len(parts) > 1 and group != _KUNYA_GROUP and (parts[-1] in stopwords or _arabic_common(code, parts[-1])):
        parts.pop()
        name = " ".join(name.split()[: len(parts)])
    if not parts or parts[0] in stopwords or nation_of(parts[0]) or nation_of("ال" + parts[0]):
        return ""
    if group == _KUNYA_GROUP and (parts[1] in stopwords or len(parts[1]) < 3):
        return ""
    if document.profile.group.search(fold(name)) or document.profile.place.search(fold(name)):
        return ""
    if parts[0] in given_names() or group in (_KUNYA_GROUP, _CALLED):
        return name
    if group == _SPEAKS or parts[0].startswith(("ال", "وال", "ولا")) or _arabic_common(code, parts[0]):
        return ""
    sure = group == _QUOTED or document.article.text.count(name) > 1 or (described and len(parts) > 1)
    return name if sure else ""


@lru_cache(maxsize=4096)
def _arabic_common(code: str, word: str) -> bool:
    return bool(nation_of(word)) or any(lexicon(code)[kind].fullmatch(word) for kind in _ARABIC_KINDS)
