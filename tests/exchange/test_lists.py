"""Lists of known accounts as teams keep them: any headings, any separator, every doubt said."""

from __future__ import annotations

import pytest

from errors import ExchangeError
from exchange import lists
from exchange.lists import day


def read(text: str) -> list[lists.Line]:
    return lists.read(text.encode(), "known.csv")[0]


def test_headings_may_be_a_teams_own() -> None:
    text = "No.;Full Name;a.k.a.;Country of origin;AGE;Sex;Media;Link;Date;Remarks;Shoe size\n"
    text += "1;Karim Mansour;Abu Karim; Al-Tunisi;Tunisia;28;M;The Herald;https://h.example/1;14 March 2015;left in May;43\n"
    lines, unknown = lists.read(
        text.replace("Abu Karim; Al-Tunisi", '"Abu Karim; Al-Tunisi"').encode("utf-8-sig"), "known.csv"
    )
    (line,) = lines
    told = line.telling
    assert (line.person, told.name, told.aliases) == ("1", "Karim Mansour", ("Abu Karim", "Al-Tunisi"))
    assert (told.nationality, told.age, told.gender, told.outlet) == ("Tunisia", 28, "male", "The Herald")
    assert (told.url, told.published) == ("https://h.example/1", "2015-03-14T00:00:00.000000Z")
    assert (told.notes, line.doubts, unknown) == ("left in May", (), ["Shoe size"])


def test_what_is_not_understood_is_said_and_left_empty() -> None:
    (line,) = read("name,age,date,url,gender\nKarim,about thirty,03/04/2015,see folder,?\n")
    assert [doubt.partition(":")[0] for doubt in line.doubts] == ["url", "age", "published", "gender"]
    assert (line.telling.age, line.telling.published, line.telling.url, line.wrong) == (None, "", "", "")


def test_a_line_without_name_and_address_is_wrong() -> None:
    assert [line.wrong for line in read("name,url,age\n,,28\nKarim,,\n")] == ["names nobody and no address", ""]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2015-03-14", "2015-03-14"), ("2015", "2015-01-01"), ("March 2015", "2015-03-01"), ("14 Mar 2015", "2015-03-14"),
        ("March 14, 2015", "2015-03-14"), ("2015-03", "2015-03-01"), ("2015-03-14T23:30:00-05:00", "2015-03-15"),
        ("31 February 2015", ""), ("03/04/2015", ""), ("soon", ""), ("", ""), ("99999", ""), ("14 Foo 2015", ""),
    ],
)  # fmt: skip
def test_dates(text: str, expected: str) -> None:
    assert day(text)[:10] == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("colour,size\nred,3\n", "has no column for a name or an address"),
        ("[1, 2", "is not JSON"),
        ('{"a": 1}', "holds no list of accounts"),
        ("[" * 100_000, "is not JSON"),
    ],
)
def test_what_is_no_list_is_refused_in_a_sentence(text: str, said: str) -> None:
    with pytest.raises(ExchangeError, match=said):
        read(text)


def test_json_may_be_flat_or_our_own() -> None:
    flat, own = read(
        '[{"Name": "Karim", "age": 28, "aka": ["A", "B"], "score": 0}, {"account": 3, "tellings": [{"name": "X"}]}, 4]'
    )[:2]
    assert (flat.telling.aliases, flat.telling.age, flat.telling.score) == (("A", "B"), 28, 0.0)
    assert (own.person, own.telling.name) == ("3", "X")
