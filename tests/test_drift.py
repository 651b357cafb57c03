"""When the recent articles of a source no longer look like those before, and when that is chance."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

import drift
from drift import HISTORY, RECENT, Sample

ALL = frozenset(drift.FIELDS)


def articles(
    random: Random, count: int, length: float = 3000, *, full: bool = True, fields: frozenset[str] = ALL
) -> list[Sample]:
    """Articles whose lengths vary as they do: threefold either way."""
    return [
        Sample(int(length * random.lognormvariate(0, 0.6)), f"opening {random.random()}", full, fields)
        for _ in range(count)
    ]


def drifts(recent: list[Sample], before: list[Sample]) -> set[str]:
    return set(drift.drifts([*recent, *before]))


@pytest.mark.parametrize("seed", range(40))
def test_articles_that_are_as_always_are_no_drift(seed: int) -> None:
    random = Random(seed)
    odd = [Sample(120, "", True, frozenset({"whole"}))]
    assert drifts(articles(random, RECENT - 1) + odd, articles(random, 180)) == set()


@pytest.mark.parametrize("factor", [0.25, 4])
def test_texts_of_another_length_are_told(factor: float) -> None:
    random = Random(1)
    (kind, sentence), *others = drift.drifts(articles(random, RECENT, 3000 * factor) + articles(random, 100)).items()
    assert (kind, others) == ("length", [])
    assert "characters in the median, those before had" in sentence


def test_a_wall_is_known_by_its_one_text() -> None:
    random = Random(2)
    wall = [Sample(2900, "We value your privacy.", True, ALL)] * 12 + articles(random, RECENT - 12)
    assert drifts(wall, articles(random, 100)) == {"same_text"}
    assert drifts(wall, [Sample(2900, "We value your privacy.", True, ALL)] * 100) == set(), "it was always so"


def test_a_field_that_is_lost_is_named() -> None:
    random = Random(3)
    recent = articles(random, RECENT, fields=ALL - {"byline"})
    (sentence,) = drift.drifts(recent + articles(random, 100)).values()
    assert sentence == "its last articles lack what they had: an author (0 of 20, 100 of 100 before)"
    never = articles(random, 100, fields=ALL - {"byline"})
    assert drifts(recent, never) == set()


def test_articles_read_at_a_glance_are_compared_with_their_like() -> None:
    random = Random(4)
    glance = ALL - {"byline"}
    mixed = [*articles(random, RECENT, 900, full=False, fields=glance), *articles(random, 100)]
    assert drift.drifts(mixed) == {}, "fewer fields and shorter texts, but of another kind"


def test_too_few_articles_are_not_judged() -> None:
    random = Random(5)
    assert drifts(articles(random, RECENT, 100), articles(random, HISTORY - 1)) == set()
    assert drift.drifts([]) == {}


def test_a_few_long_articles_change_nothing() -> None:
    random = Random(6)
    recent = articles(random, RECENT - 4) + [Sample(400_000, str(n), True, ALL) for n in range(4)]
    assert drifts(recent, articles(random, 100)) == set()


@given(st.lists(st.integers(0, 9), min_size=2, max_size=30), st.lists(st.integers(0, 9), min_size=2, max_size=30))
def test_the_rank_test_gives_a_probability_and_knows_no_order(one: list[int], other: list[int]) -> None:
    probability = drift.rank_test(one, other)
    assert 0 <= probability <= 1
    assert probability == pytest.approx(drift.rank_test(other, one))


def test_the_rank_test_as_tables_have_it() -> None:
    assert drift.rank_test(range(20), range(20, 60)) < 1e-9
    assert drift.rank_test([1, 3, 5, 7], [2, 4, 6, 8]) == pytest.approx(0.564, abs=0.01)
    assert drift.at_most(0, 20, 0.5) == pytest.approx(0.5**20)
    assert drift.at_most(20, 20, 0.9) == pytest.approx(1)
