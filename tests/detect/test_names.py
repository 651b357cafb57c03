"""Names across spellings, transliterations and scripts."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from detect import names

ONE = [
    ("Abu Khaled", "أبو خالد"),
    ("Abu Khaled", "Абу Халед"),
    ("Abu Khaled", "Abou Khaled"),
    ("Umm Safiya", "أم صفية"),
    ("Umm Safiya", "Oum Safia"),
    ("Mohamed Haddad", "Mohammed Hadad"),
    ("Mohamed Haddad", "محمد حداد"),
    ("Yusuf Mansi", "Юсуф Манси"),
    ("Ahmed Saleh", "Ahmad Salih"),
    ("Omar Darwish", "Omar Darwich"),
    ("Omar Darwish", "Омар Дарвиш"),
    ("Omar al-Darwish", "Omar Darwish"),
    ("Faiza Naciri", "FAIZA NACIRI"),
    ("Élise Bérard", "Elise Berard"),
    ("Areeb M.", "Areeb Majid"),
    ("Abu Khaled", "Abou Chalid"),
    ("أبو خالد", "Abou Chalid"),
    ("Yousef al-Mansi", "Youssef Elmansi"),
    ("Hussein Ali", "Hossein Aly"),
    ("Yousef al-Mansi", "يوسف المنسي"),
    ("Yousef al-Mansi", "Jusuf Mansi"),
    ("Omar Darwish", "Ömer Derviş"),
    ("Ruslan Hamidov", "Ruslan Hamidow"),
    ("Ruslan Hamidov", "Rouslan Khamidoff"),
    ("Aziz Karimov", "Asis Karimow"),
    ("Layla", "Leila"),
    ("Suad", "Souad"),
]
TWO = [
    ("Abu Khaled", "Umm Khaled"),
    ("Abu Khaled", "Abu Walid"),
    ("Mohamed Haddad", "Samir Nasser"),
    ("Ahmed Saleh", "Amjad Salem"),
    ("Rima Haddad", "Mona Haddad"),
    ("Karim", "Salim"),
    ("Abu Omar", "Abu Ammar"),
    ("Zaid", "Said"),
    ("Amr", "Omar"),
    ("Ali", "Ela"),
    ("Yasin Darwish", "Jamil Darwish"),
]


def one(a: str, b: str) -> bool:
    common, of = names.shared(a, b)
    return common == of > 0


@pytest.mark.parametrize(("a", "b"), ONE)
def test_spellings_of_one_name(a: str, b: str) -> None:
    assert one(a, b)
    assert one(b, a)


@pytest.mark.parametrize(("a", "b"), TWO)
def test_two_names(a: str, b: str) -> None:
    assert not one(a, b)
    assert not one(b, a)


@pytest.mark.parametrize(("a", "b"), ONE)
def test_spellings_of_one_name_are_found_by_a_key(a: str, b: str) -> None:
    assert set(names.keys(a)) & set(names.keys(b))


def test_articles_and_particles_are_not_telling() -> None:
    assert names.tokens("Yousef bin al-Mansi") == ("yousef", "mansi")
    assert names.tokens("Mr Mansi") == ("mansi",)
    assert names.tokens("Abou Khaled")[0] == names.tokens("Oboe Abu")[1] == "abu"


def test_name_of_particles_alone_keeps_them() -> None:
    assert names.tokens("De La") == ("de", "la")


def test_names_that_are_divided_otherwise() -> None:
    assert names.run_together("Nur Hidayati Lestari", "Nurhidayati Lestari")
    assert not names.run_together("Nur Hidayati", "Sri Lestari")
    assert not names.run_together("Abu Khaled", "Abukhaled")


def test_name_written_as_one_word() -> None:
    assert names.run_together("Khaira Dhania", "Khairadhania")


def test_omar_in_arabic_is_a_name() -> None:
    assert len(names.tokens("عمر درويش")) == 2


def test_alef_maqsura_is_ya() -> None:
    assert names.tokens("علي") == names.tokens("على")


latin = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=14)
letters = st.text(st.characters(categories=["L", "M", "P", "Zs", "N", "S"]), max_size=40)
some = letters | st.sampled_from([name for pair in (*ONE, *TWO) for name in pair]) | st.text(max_size=40)


@given(latin, latin)
def test_same_word_is_symmetric(a: str, b: str) -> None:
    assert names.same_word(a, b) == names.same_word(b, a)


@given(latin)
def test_same_word_is_reflexive(word: str) -> None:
    assert names.same_word(word, word)


@given(some)
@example("")
@example("ا")
@example("ـ")
@example("'")
@example("\u0000")
@example("abu")
def test_tokens_of_any_name(name: str) -> None:
    for word in names.tokens(name):
        assert word
        assert word == word.lower()
        assert names.same_word(word, word)
        names.skeleton(word)
    assert all(key.startswith("n:") and len(key) > 2 for key in names.keys(name))


@given(some, some)
def test_shared_words_of_any_names(a: str, b: str) -> None:
    common, of = names.shared(a, b)
    assert 0 <= common <= of
    assert names.run_together(a, b) == names.run_together(b, a)


@given(some)
def test_any_name_is_its_own(name: str) -> None:
    if [word for word in names.tokens(name) if word not in {"abu", "umm"}]:
        assert one(name, name)


@given(st.sampled_from([name for pair in ONE for name in pair if name.isascii()]))
def test_capitals_change_nothing(name: str) -> None:
    assert names.tokens(name.upper()) == names.tokens(name.lower()) == names.tokens(name)
