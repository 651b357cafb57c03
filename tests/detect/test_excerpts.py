"""Quotations with their context: to the letter, no more than needed, nothing lost."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delivery import Excerpt
from detect.excerpts import LONGEST, excerpts
from model import Article

TEXT = (
    "SOLO: The hall was full.\n\n"
    'About half of them did. "I was promised a house," Bagas said. "I got a mattress."\n\n'
    "Dr. Retno listened. Then he spoke.\n“We were never paid.”\n\n"
    "« Je suis parti la nuit », a-t-il dit au juge. On le croit."
)


def shown(*quotes: str, text: str = TEXT, language: str = "en") -> list[str]:
    """Each passage, the person's words between stars."""
    found = excerpts(Article("https://a.example/1", text=text, language=language), quotes)
    return ["".join(f"*{part.words}*" if part.spoken else part.words for part in each.parts) for each in found]


def test_a_quotation_stands_in_its_sentence() -> None:
    assert shown("Je suis parti la nuit", language="fr") == ["« *Je suis parti la nuit* », a-t-il dit au juge."]


def test_two_in_a_row_are_one_passage() -> None:
    assert shown("I was promised a house,", "I got a mattress.") == [
        'About half of them did. *"I was promised a house,"* Bagas said. *"I got a mattress."*'
    ]


def test_one_that_stands_alone_brings_the_sentence_beside_it() -> None:
    assert shown("I got a mattress.") == ['"I was promised a house," Bagas said. *"I got a mattress."*']
    assert shown("Go.", text="“Go.” That was all he heard.") == ["*“Go.”* That was all he heard."]


def test_what_is_not_in_the_text_stands_alone() -> None:
    assert shown("I was never there.") == ["*I was never there.*"]
    assert shown() == []
    assert shown("") == []


def test_long_context_is_cut_away_from_the_quotation() -> None:
    (passage,) = shown("I left,", text=f'{"Before " * 90}"I left," he said{" and after" * 90}.')
    assert passage.startswith("… ")
    assert passage.endswith(" …")
    assert '*"I left,"* he said and after' in passage
    assert len(passage) < 2 * LONGEST + 30


def spoken(passages: tuple[Excerpt, ...]) -> str:
    return "\n".join("".join(part.words for part in each.parts if part.spoken) for each in passages)


@pytest.mark.parametrize("mark", ['"', "“", "«", "", "\n\n"])
@settings(max_examples=50)
@given(
    words=st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30), min_size=1, max_size=6),
    data=st.data(),
)
def test_no_word_of_a_quotation_is_lost_and_none_is_added(mark: str, words: list[str], data: st.DataObject) -> None:
    text = mark.join(words)
    start = data.draw(st.integers(0, len(text) - 1))
    quote = text[start : data.draw(st.integers(start + 1, len(text)))]
    found = excerpts(Article("https://a.example/1", text=text), [quote])
    assert quote in spoken(found)
    for each in found:
        for part in each.parts:
            assert part.words.strip("… ") in text or " … " in part.words
