"""The memory of a site: what recurs on an outlet's other articles goes, and nothing that an article has of its own."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from extract import furniture

BOX = "Support our work: every gift helps the paper to stay on the island."
FOLLOW = "Follow us for 24 more stories"


def story(number: int, *more: str) -> str:
    own = [f"{word} is what happened on the quay that day, and nobody had seen it come." for word in WORDS[number]]
    return "\n\n".join([*own, *more])


WORDS = [[f"{first}{second}" for second in ("ng", "rk", "st", "lm")] for first in "abcdefgh"]


def known(*texts: str) -> dict[str, int]:
    return furniture.recurring(furniture.remember(text) for text in texts)


def test_what_recurs_on_other_articles_is_taken_out() -> None:
    others = known(*(story(number, BOX, FOLLOW.replace("24", str(number))) for number in range(4)))
    assert furniture.strip(story(5, BOX, FOLLOW), others) == story(5)


def test_two_other_articles_are_not_enough() -> None:
    others = known(story(1, BOX), story(2, BOX))
    assert furniture.strip(story(5, BOX), others) == story(5, BOX)


def test_an_article_that_was_fetched_again_and_again_loses_nothing() -> None:
    others = known(*(story(5, BOX) for _ in range(6)))
    assert furniture.strip(story(5, BOX), others) == story(5, BOX)


def test_an_update_of_an_article_counts_as_the_same_article() -> None:
    updates = [
        story(5) + f"\n\nUpdate: word number {word} came in the night." for word in ("one", "two", "three", "four")
    ]
    assert furniture.strip(updates[-1], known(*updates[:-1])) == updates[-1]


def test_a_live_blog_that_repeats_what_it_said_is_not_eaten() -> None:
    posts = [
        f"The water stands at {word} and has not risen since the last report."
        for word in ("low", "mid", "high", "full")
    ]
    days = ["\n\n".join([*posts, f"Of {day} there is this to add.", f"More of {day} comes soon."]) for day in WORDS[0]]
    assert furniture.strip(days[-1], known(*days[:-1])) == days[-1]


def test_a_serial_column_keeps_its_greeting_when_it_is_much_of_it() -> None:
    greeting = "Dear neighbours, it is Monday again and the kettle is on, so sit down with me for a while."
    columns = [f"{greeting}\n\n{word} today." for word in ("Rain", "Snow", "Wind", "Sun", "Fog")]
    assert furniture.strip(columns[-1], known(*columns[:-1])) == columns[-1]


def test_a_long_paragraph_must_recur_twice_as_often() -> None:
    law = "By order of the council " + "nobody may sail without a stamp and " * 8 + "so it stays."
    few, many = known(*(story(n, law) for n in range(4))), known(*(story(n, law) for n in range(7)))
    long = story(
        7,
        *(
            f"Then {word} came, and the quay was full of people who had waited for hours on chairs."
            for word in "ABCDEFGH"
        ),
    )
    assert furniture.strip(f"{long}\n\n{law}", few).endswith(law)
    assert furniture.strip(f"{long}\n\n{law}", many) == long


def test_what_is_remembered_of_an_article_is_bounded() -> None:
    endless = "\n\n".join("paragraph " + "a" * number for number in range(5_000))
    assert len(furniture.remember(endless)) == furniture.KEPT
    assert {len(each) for each in furniture.remember(endless)} == {16}


@given(st.text(max_size=400), st.lists(st.text(max_size=60), max_size=8))
def test_whatever_is_known_only_whole_paragraphs_go_and_most_of_a_text_stays(text: str, others: list[str]) -> None:
    left = furniture.strip(text, known(*others))
    assert set(left.split("\n\n")) <= set(text.split("\n\n"))
    assert len(left.split()) >= (1 - furniture.MOST) * len(text.split()) - 1
