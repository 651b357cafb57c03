"""Words of a text: the quick way through plain English gives the same as the thorough one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from detect import shingles
from samples.library import pieces


def thorough(text: str) -> list[str]:
    """What the words were without any short cut."""
    return shingles._WORD.findall(shingles.fold(text))


@given(st.text(st.sampled_from("aZ9_ .,'-\n\t\x0b\x1c“”„«»‘’‚‹›–—…\u00a0\u2009\u202féßİ\u0130ıا"), max_size=60))
def test_the_short_cut_gives_the_same_words(text: str) -> None:
    assert shingles.words(text) == thorough(text)


def test_the_samples_have_the_same_words_either_way() -> None:
    for piece in pieces():
        text = "\n\n".join(piece.paragraphs)
        assert shingles.words(text) == thorough(text)


def test_scripts_without_spaces_are_cut_into_pieces() -> None:
    assert shingles.words("他离开了那里 in May") == ["他离开", "离开了", "开了那", "了那里", "in", "may"]
