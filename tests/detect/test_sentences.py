"""Sentences and quotations: spans into the text, to the letter, in nine languages."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detect import load_profile
from detect.document import LONGEST, Document
from detect.lexicon import languages, lexicon
from detect.sentences import Span, paragraphs, quotations, sentences
from model import Article


def split(text: str, language: str = "en") -> list[str]:
    known = lexicon(language).abbreviations
    return [text[start:end] for block in paragraphs(text) for start, end in sentences(text, block, known)]


def spoken(text: str) -> list[str]:
    return [text[start:end].strip() for block in paragraphs(text) for start, end in quotations(text, block)]


SPLIT = {
    "en": [
        "Mr. Haddad of the U.S. Army met Dr. A. B. Smith.",
        "It cost 3.5 million...",
        "“Who knows?”",
        "She shrugged.",
    ],
    "de": ["Er floh z.B. im Mai.", "„Ich ging“, sagte Dr. Weber.", "„Warum?“", "Er schwieg."],
    "fr": ["M. Martin a fui.", "« Je suis parti », dit-il.", "Il se tait…", "Puis il parle."],
    "es": ["¿Por qué huyó?", "«Tenía miedo», dice.", "¡Basta!", "El Sr. Gil calla."],
    "ar": ["هرب من المدينة.", "وقال: «كنت خائفا».", "لماذا؟", "لا أحد يعرف!", "ثم سكت."],
    "tr": ["Dr. Kaya konuştu.", '"Kaçtım" dedi.', "Neden?", "Çünkü korktum."],
    "ru": ["Он бежал в 2015 г. в Турцию.", "«Я боялся», — сказал он.", "Почему?", "Никто не знает."],
    "nl": ["Dhr. De Vries zweeg.", '"Ik vluchtte", zei hij.', "Waarom?", "Niemand weet het."],
    "id": ["Ia kabur.", '"Saya takut," katanya.', "Mengapa?", "Tidak ada yang tahu."],
}


@pytest.mark.parametrize("language", languages())
def test_sentences_of_a_language(language: str) -> None:
    assert split(" ".join(SPLIT[language]), language) == SPLIT[language]


@pytest.mark.parametrize("language", languages())
def test_paragraphs_end_sentences(language: str) -> None:
    assert split("\n\n".join(SPLIT[language]), language) == SPLIT[language]


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        pytest.param("de", "Am 3. Mai kam er an.", ["Am 3. Mai kam er an."], id="German ordinal"),
        pytest.param("fr", "« Pourquoi ? » Il se tait.", ["« Pourquoi ? »", "Il se tait."], id="French spaced mark"),
        pytest.param("en", "He left on 3 Jan. He walked.", ["He left on 3 Jan.", "He walked."], id="month at the end"),
    ],
)
@pytest.mark.xfail(raises=AssertionError, strict=True, reason="open")
def test_hard_sentence_ends(language: str, text: str, expected: list[str]) -> None:
    assert split(text, language) == expected


QUOTED = {
    "straight": ('He said: "I left." Then "I ran" again.', ["I left.", "I ran"]),
    "curly": ("“I left,” he said. “It’s over.”", ["I left,", "It’s over."]),
    "single": ("‘I was afraid,’ she said.", ["I was afraid,"]),
    "German": ("„Ich ging“, sagte er, „und rannte“.", ["Ich ging", "und rannte"]),
    "reversed": ("»Ich ging«, sagte er.", ["Ich ging"]),
    "French": ("« Je suis parti », dit-il.", ["Je suis parti"]),
    "Arabic": ("وقال: «كنت خائفا».", ["كنت خائفا"]),
    "Russian": ("«Я боялся», — сказал он.", ["Я боялся"]),
    "never closed": ("“I left and I walked.\n\n“Then I slept,” he said.", ["I left and I walked.", "Then I slept,"]),
    "no speech": ("It’s the boys’ house, and the '90s are over.", []),
}


@pytest.mark.parametrize(("text", "expected"), QUOTED.values(), ids=QUOTED)
def test_quotations(text: str, expected: list[str]) -> None:
    assert spoken(text) == expected


def test_speech_after_a_dash() -> None:
    assert spoken("— Я ушёл ночью, — сказал он.") == ["Я ушёл ночью"]


marks = st.sampled_from(
    [*".!?…؟\"'“”„«»‹›‘’—–-()¿¡ ,:", "\n", "\n\n", "\u00a0", "\u200f", "I", "He said ", "и", "ق", "É", "Mr.", "z.B."]
)
texts = st.text(max_size=200) | st.lists(marks | st.text("aBcأя ", max_size=4), max_size=60).map("".join)


def in_order(spans: list[Span], text: str) -> None:
    for start, end in spans:
        assert 0 <= start < end <= len(text)
    for (_, end), (start, _) in pairwise(spans):
        assert end <= start


@given(texts, st.sampled_from(languages()))
def test_spans_lie_in_the_text_and_apart(text: str, language: str) -> None:
    blocks = paragraphs(text)
    in_order(blocks, text)
    for block in blocks:
        found = list(sentences(text, block, lexicon(language).abbreviations))
        in_order(found, text)
        for start, end in found:
            assert block[0] <= start
            assert end <= block[1]
            assert text[start:end] == text[start:end].strip()


@given(texts, st.sampled_from(languages()))
def test_nothing_but_white_space_is_lost(text: str, language: str) -> None:
    assert "".join("".join(split(text, language)).split()) == "".join(text.split())


@given(texts)
def test_quotations_lie_in_their_paragraph_and_apart(text: str) -> None:
    for block in paragraphs(text):
        last = block[0]
        for start, end in quotations(text, block):
            assert last <= start <= end <= block[1]
            last = end


@given(texts, st.sampled_from([*languages(), "sw", ""]))
def test_sentences_of_a_document_stand_in_its_article(text: str, language: str) -> None:
    article = Article("https://x.example/1", text=text, language=language)
    for sentence in Document.of(article, load_profile("islamic_state")).sentences:
        assert article.text[sentence.start : sentence.end] == sentence.text
        assert len(sentence.folded) == len(sentence.text)


def test_only_so_much_is_read() -> None:
    article = Article("https://x.example/1", text="He left. " * 9000, language="en")
    assert Document.of(article, load_profile("islamic_state")).sentences[-1].end <= LONGEST
