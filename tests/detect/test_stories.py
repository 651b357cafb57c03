"""The same text under another headline, in another outlet, shorter or within a longer page is one story."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detect import stories
from detect.shingles import winnow
from model import Article, KnownArticle
from samples.library import pieces

TEXT = (
    "Nadim Sarkis drove a water lorry for the Islamic State for fourteen months, and he says that he never once was "
    "thanked for it. He had been a plumber in Zarqa; a cousin told him that engineers were needed in the east, and that "
    "they were paid in gold.\n\n"
    "They were paid in vouchers. When the pump at the third well broke he was given a day to mend it and a guard to "
    "watch him, and the guard was fifteen. “He asked me what a gasket was. I asked him what he wanted to be. He said "
    "that he wanted to be asleep,” Mr Sarkis said in Amman on Tuesday.\n\n"
    "In March he emptied the tank on the road behind him so that nobody could follow in the dust, as he puts it, and "
    "drove until the diesel gave out eleven kilometres from the border. He walked the rest with his shoes in his hands."
)
OTHER = (
    "The ferry between the two islands will not run on Sunday since its engine is being replaced, the harbour office "
    "said. Passengers can use the morning boat, which stops at the lighthouse on request. Tickets that were bought for "
    "the evening remain valid until the end of the month, and bicycles travel free of charge.\n\n"
    "The new engine was built in Aalborg and is said to use a third less fuel. It will be tested on Monday in front of "
    "the mayor, the captain and a brass band, weather permitting."
)
PIECES = {piece.slug: "\n\n".join(piece.paragraphs) for piece in pieces()}
LONG = sorted(slug for slug, text in PIECES.items() if len(text.split()) > 120)


def known(text: str, number: int = 1, title: str = "The man who drove water") -> KnownArticle:
    return KnownArticle(
        number, 100 + number, f"https://a.example/{number}", title, text, datetime(2026, 1, 1, tzinfo=UTC)
    )


def carried(text: str, *others: KnownArticle, title: str = "Thirsty work") -> int | None:
    own = set(stories.bands(text))
    counted = [replace(each, shared=len(own & set(stories.bands(each.text)))) for each in others]
    return stories.match(Article("https://b.example/1", title=title, text=text), counted).story


def shares_a_band(a: str, b: str) -> bool:
    return bool(set(stories.bands(a)) & set(stories.bands(b)))


REPRINTS = {
    "under another headline": TEXT,
    "inside a longer page": f"{OTHER}\n\n{TEXT}\n\n{OTHER[::-1]}",
    "cut short": TEXT[: len(TEXT) * 3 // 5],
    "its later part": TEXT[len(TEXT) // 2 :],
    "in one paragraph, other marks": TEXT.replace("\n\n", " ").replace("“", '"').replace("”", '"').replace(",", ""),
    "in capitals": TEXT.upper(),
    "other order of paragraphs": "\n\n".join(reversed(TEXT.split("\n\n"))),
    "with a paragraph between": TEXT.replace("\n\n", "\n\nRead more: the wells of the east, in pictures.\n\n"),
    "a few words changed": TEXT.replace("Tuesday", "Monday").replace("lorry", "truck").replace("cousin", "relative"),
}


@pytest.mark.parametrize("text", REPRINTS.values(), ids=REPRINTS)
def test_reprint_is_the_story(text: str) -> None:
    assert carried(text, known(TEXT)) == 101
    assert carried(TEXT, known(text)) == 101
    assert shares_a_band(text, TEXT)


def test_another_text_is_another_story() -> None:
    assert carried(OTHER, known(TEXT)) is None
    assert not shares_a_band(OTHER, TEXT)


def test_same_headline_does_not_make_a_story() -> None:
    assert carried(OTHER, known(TEXT, title="One title"), title="One title") is None


def test_short_alike_texts_stay_two() -> None:
    first = "A former fighter of the Islamic State told a court on Monday why he had left the group last year."
    assert carried(first, known(first.replace("Monday", "Friday"))) is None
    assert carried(first, known(first)) is None
    assert carried(first, known(f"{first} {TEXT}")) is None


def test_common_phrases_do_not_make_a_story() -> None:
    boilerplate = "The Islamic State, also known as ISIS, once held large parts of Syria and of Iraq. "
    assert carried(TEXT + "\n\n" + boilerplate, known(OTHER + "\n\n" + boilerplate)) is None


def test_nothing_known_is_a_new_story_and_says_so() -> None:
    match = stories.match(Article("https://b.example/1", text=TEXT), [])
    assert match.story is None
    assert match.article is None
    assert match.reason


def test_match_says_where_the_text_stands() -> None:
    match = stories.match(Article("https://b.example/1", text=TEXT), [known(OTHER, 1), known(TEXT, 2)])
    assert (match.story, match.article) == (102, 2)
    assert match.likeness == pytest.approx(1.0)
    assert "The man who drove water" in match.reason


def test_likest_of_several_is_taken() -> None:
    half = TEXT[: len(TEXT) // 2] + OTHER
    for order in ([known(half, 1), known(TEXT, 2)], [known(TEXT, 2), known(half, 1)]):
        assert carried(TEXT, *order) == 102


@pytest.mark.parametrize("slug", LONG)
def test_own_article_is_found_within_a_longer_page(slug: str) -> None:
    page = f"{OTHER}\n\n{PIECES[slug]}\n\n{OTHER}"
    assert carried(page, known(PIECES[slug])) == 101
    assert shares_a_band(page, PIECES[slug])


def test_bands_find_every_pair_that_is_one_story() -> None:
    """The index loses none of the matches among our own articles."""
    for a in LONG:
        for b in LONG:
            if carried(PIECES[a], known(PIECES[b])) is not None:
                assert shares_a_band(PIECES[a], PIECES[b]), (a, b)


@given(st.text(max_size=400))
def test_any_text_has_bands_and_a_match(text: str) -> None:
    assert stories.bands(text) == stories.bands(text)
    assert all(-(2**63) <= band < 2**63 for band in stories.bands(text))
    assert carried(text, known(TEXT)) in (None, 101)


@given(st.integers(0, 60), st.integers(0, 60))
def test_bands_are_found_wherever_the_text_stands(before: int, after: int) -> None:
    words = OTHER.split()
    page = " ".join([*words[:before], TEXT, *words[:after]])
    assert shares_a_band(page, TEXT)
    assert carried(page, known(TEXT)) == 101


@given(st.lists(st.integers(-1000, 1000), max_size=60), st.integers(1, 8), st.integers(1, 8))
def test_what_a_wide_window_keeps_a_narrow_one_keeps(numbers: list[int], a: int, b: int) -> None:
    narrow, wide = sorted((a, b))
    if len(numbers) >= wide:
        assert winnow(numbers, wide) <= winnow(numbers, narrow)
