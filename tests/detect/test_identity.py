"""Is it the same person? One through all spellings, two in spite of one name, and nobody unmasked."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detect import identity
from model import Account, Article, Identity, KnownAccount, KnownMention, Marks, StoryMatch

DAY = datetime(2016, 5, 1, tzinfo=UTC)
SAID = "I put the key under the stone and walked until the dogs of the next village began to bark at me"
FIRST = (
    "He kept the stores of a barracks near Sarmin for 19 months, under an Iraqi called Qusay. At night he counted "
    f'blankets. "{SAID}," he told the Weir Gazette in Antakya.'
)
SECOND = (
    "A ship took him from Mersin to Piraeus in 31 hours. There a widow, Despina, gave him work in her bakery. He will "
    "not speak of the war before noon, since the bread comes first."
)
FIGHTER = Account(name="Abu Khaled", group="islamic_state", role="fighter", nationality="SY", gender="male")
UNNAMED = replace(FIGHTER, name="", name_type="anonymous", quotes=(SAID,))


def marks(account: Account, text: str) -> Marks:
    return identity.marks(account, Article("https://b.example/2", text=text))


def known(
    account: Account, text: str = FIRST, *, number: int = 7, story: int = 1, published: datetime = DAY
) -> KnownAccount:
    mention = KnownMention(number, story, published, account, marks(account, text))
    return KnownAccount(number, "islamic_state", (mention,))


def decide(
    account: Account, *others: KnownAccount, text: str = SECOND, story: int | None = None, days: int = 10
) -> Identity:
    return identity.decide(account, marks(account, text), DAY + timedelta(days=days), StoryMatch(story), others)


def joins(account: Account, other: KnownAccount, **telling: object) -> bool:
    return decide(account, other, **telling).account == other.id  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "name",
    [
        "Abu Khaled",
        "أبو خالد",
        "Abou Khaled",
        "Абу Халед",
        "Abu Khalid",
        "Abou Chalid",
    ],
)
def test_one_person_in_other_spellings_and_scripts(name: str) -> None:
    found = decide(replace(FIGHTER, name=name), known(FIGHTER))
    assert found.account == 7
    assert found.reasons
    assert found.likeness >= identity.JOIN


@pytest.mark.parametrize("name", ["Mohamed Haddad", "Mohammed Hadad", "محمد حداد", "Mohamad al-Haddad"])
def test_full_name_joins_without_further_facts(name: str) -> None:
    bare = Account(name="Mohamed Haddad", group="islamic_state")
    assert joins(replace(bare, name=name), known(bare), days=900)


def test_alias_joins() -> None:
    first = replace(FIGHTER, name="Mohamed Haddad", aliases=("Abu Khaled al-Sarmini",))
    assert joins(replace(FIGHTER, name="Abu Khaled al-Sarmini"), known(first))


def test_age_goes_on() -> None:
    young, older = replace(FIGHTER, age=24), replace(FIGHTER, age=27)
    assert joins(older, known(young), days=3 * 365)
    assert not joins(replace(FIGHTER, age=45), known(young), days=3 * 365)


@pytest.mark.parametrize("name", ["Abu Khaled", "Mohamed Haddad"])
def test_two_people_of_one_name_stay_two(name: str) -> None:
    first = replace(FIGHTER, name=name, age=22, nationality="DE", role="fighter")
    second = replace(FIGHTER, name=name, age=51, nationality="SY", role="judge")
    found = decide(second, known(first), days=400)
    assert found.account is None
    assert found.reasons


def test_man_and_woman_of_one_name_stay_two() -> None:
    assert not joins(replace(FIGHTER, name="Nour", gender="female"), known(replace(FIGHTER, name="Nour")), days=400)


@pytest.mark.parametrize("name", ["Abu Walid", "Umm Khaled", "Samir Nasser"])
def test_another_name_is_another_person(name: str) -> None:
    assert not joins(replace(FIGHTER, name=name), known(FIGHTER))


def test_unnamed_reprint_is_the_same_person() -> None:
    found = decide(UNNAMED, known(UNNAMED, story=4), text=FIRST, story=4)
    assert found.account == 7
    assert found.reasons


def test_unnamed_person_is_known_by_the_same_words() -> None:
    assert joins(UNNAMED, known(UNNAMED), text=f'{SECOND} "{SAID}," he said once.')


MACHINE_COPY = (
    "For 19 months the man looked after the depots of a garrison close to Sarmin, whose head was the Iraqi Qusay. His "
    "evenings went by with the counting of 640 covers. To the Weir Gazette, in Antakya, he spoke of the way through "
    "Reyhanli and of his uncle Nadim, who had 12 sheep."
)
ORIGINAL = (
    "He kept the stores of a barracks near Sarmin for 19 months, under an Iraqi called Qusay. At night he counted 640 "
    "blankets, he told the Weir Gazette in Antakya. He had come by Reyhanli, where his uncle Nadim lost 12 sheep."
)
TRANSLATED = (
    "Durante 19 meses guardó los almacenes de un cuartel cerca de Sarmin, a las órdenes de un iraquí, Qusay. De noche "
    "contaba 640 mantas, dijo al Weir Gazette en Antakya. Llegó por Reyhanli, donde su tío Nadim perdió 12 ovejas."
)


@pytest.mark.parametrize("text", [MACHINE_COPY, TRANSLATED])
def test_unnamed_person_is_known_in_other_words_or_another_language(text: str) -> None:
    silent = replace(UNNAMED, quotes=())
    assert joins(silent, known(silent, ORIGINAL), text=text)
    assert set(identity.keys(silent, marks(silent, text))) & set(identity.keys(silent, marks(silent, ORIGINAL)))


def test_another_age_or_gender_keeps_unnamed_people_of_one_place_apart() -> None:
    silent = replace(UNNAMED, quotes=(), age=24)
    woman = replace(silent, age=51, gender="female")
    assert not joins(woman, known(silent, ORIGINAL), text=MACHINE_COPY)


def test_unnamed_people_who_are_alike_stay_two() -> None:
    found = decide(
        replace(UNNAMED, quotes=("I do not want to speak about the war before noon, not now.",)), known(UNNAMED)
    )
    assert found.account is None
    assert found.reasons


FACTS = {
    "name_type": st.sampled_from(["real", "pseudonym", "anonymous"]),
    "role": st.sampled_from(["", "fighter", "nurse"]),
    "nationality": st.sampled_from(["", "SY", "GB"]),
    "gender": st.sampled_from(["", "male"]),
    "age": st.sampled_from([None, 24, 25]),
    "quotes": st.sampled_from([(), (SAID,)]),
}


@given(st.fixed_dictionaries(FACTS), st.fixed_dictionaries(FACTS), st.sampled_from([None, 1]), st.booleans())
def test_unnamed_never_joins_named(a: dict[str, str], b: dict[str, str], story: int | None, named_first: bool) -> None:
    """Not even with the same text, the same words and the same facts; nor is it told as a near miss."""
    named, unnamed = replace(FIGHTER, **a), replace(FIGHTER, name="", **b)  # type: ignore[arg-type]
    first, second = (named, unnamed) if named_first else (unnamed, named)
    found = decide(second, known(first), text=FIRST, story=story)
    assert found.account is None
    assert found.near == ()
    assert not set(identity.keys(named, marks(named, FIRST))) & set(identity.keys(unnamed, marks(unnamed, FIRST)))


def test_reprint_with_a_part_of_the_name_joins() -> None:
    whole = replace(FIGHTER, name="Mohamed Haddad")
    assert joins(replace(FIGHTER, name="Haddad"), known(whole, story=4), text=FIRST, story=4)


def test_likest_of_several_is_taken_in_any_order() -> None:
    right = known(replace(FIGHTER, role="judge", age=40), number=1)
    wrong = known(replace(FIGHTER, nationality="DE", age=19), number=2, text="Elsewhere.")
    telling = replace(FIGHTER, role="judge", age=40)
    assert decide(telling, right, wrong).account == decide(telling, wrong, right).account == 1


def test_any_mention_of_an_account_counts() -> None:
    far = KnownMention(1, 1, DAY, replace(FIGHTER, name="A. K."), marks(FIGHTER, SECOND))
    close = KnownMention(2, 2, DAY, FIGHTER, marks(FIGHTER, FIRST))
    assert joins(FIGHTER, KnownAccount(7, "islamic_state", (far, close)))


def test_somebody_new_says_why() -> None:
    for account in (FIGHTER, UNNAMED):
        found = decide(account)
        assert found.account is None
        assert found.near == ()
        assert all(found.reasons)


def test_what_was_close_is_kept_with_its_reasons() -> None:
    found = decide(replace(FIGHTER, nationality="", gender=""), known(replace(FIGHTER, gender="")), days=400)
    assert found.account is None
    assert [each.account for each in found.near] == [7]
    assert all(each.reason and identity.NEAR <= each.likeness < identity.JOIN for each in found.near)


names = st.text(max_size=30) | st.sampled_from(["Abu Khaled", "أبو خالد", "K.", "Haddad", ""])


@given(names, names, st.text(max_size=80), st.sampled_from([None, 1]))
def test_any_two_tellings_are_decided(a: str, b: str, text: str, story: int | None) -> None:
    found = decide(replace(FIGHTER, name=a), known(replace(FIGHTER, name=b)), text=text, story=story)
    assert found.account in (None, 7)
    assert found.reasons
    assert identity.keys(replace(FIGHTER, name=a), marks(FIGHTER, text)) is not None
