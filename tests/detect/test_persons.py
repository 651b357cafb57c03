"""Who tells in an article and what it says of the person: the choice of the person and each field, each by itself.

What detection gets wrong as yet is listed under `open` in `persons.toml` and must fail, so that the list stays true.
`python tests/detect/test_persons.py` marks the table anew after a change to detection.
"""

from __future__ import annotations

import tomllib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import tomlkit

from detect import load_profile, read
from detect.lexicon import languages
from model import Account, Article

TABLE = Path(__file__).parent / "persons.toml"
PROFILE = load_profile("islamic_state").model_copy(update={"alert": 0.0})
"""Every article is sure for it: who tells is tried here, not whether anybody does."""
FIELDS = ("name_type", "gender", "age", "nationality", "role", "exit", "reasons")
PROVED = ("age", "nationality", "role", "exit")
PERSON = 0.85
"""Share of the cases, open ones included, in which the right person must be chosen."""
RIGHT = 0.75
"""The same of each field."""

Case = dict[str, Any]
Check = Callable[[Case], None]


def cases() -> list[Case]:
    return list(tomllib.loads(TABLE.read_text("utf-8"))["case"])


@cache
def accounts_of(key: str, language: str, title: str, text: str, byline: tuple[str, ...]) -> tuple[Account, ...]:
    article = Article(f"https://persons.example/{key}", title=title, text=text, byline=byline, language=language)
    return read(article, PROFILE).accounts


def accounts(case: Case) -> tuple[Account, ...]:
    """Those whom detection takes for tellers, the likeliest first."""
    return accounts_of(case["key"], case["language"], case["title"], case["text"], tuple(case.get("byline", ())))


def teller(case: Case) -> Account:
    """The account whose fields are tried: the likeliest, or of two tellers the one whom the table describes."""
    found = accounts(case)
    described = (account for account in found if account.name == case["name"])
    return next(described, found[0]) if "others" in case else found[0]


def person_is_right(case: Case) -> None:
    """Of two tellers either may be the likeliest."""
    assert accounts(case)[0].name in {case["name"], *case.get("others", ())}


def everybody_is_right(case: Case) -> None:
    """Nobody else is taken for a teller, and no second one is missed."""
    assert sorted(account.name for account in accounts(case)) == sorted([case["name"], *case.get("others", ())])


def field_is_right(case: Case, field: str) -> None:
    """Untold is 0 in the table and None of an account; the order of reasons does not count."""
    found = getattr(teller(case), field)
    assert (sorted(found) if field == "reasons" else found or type(case[field])()) == case[field]


def shown(account: Account) -> set[str]:
    """What an account says that must have its sentence."""
    return {field for field in PROVED if getattr(account, field)} | {f"reason:{reason}" for reason in account.reasons}


def proofs_stand(case: Case) -> None:
    account, text = teller(case), case["text"]
    for proof in account.proofs:
        assert text[proof.start : proof.end] == proof.sentence != ""
        if proof.field == "age":
            assert str(account.age) in proof.sentence
    assert shown(account) <= {proof.field for proof in account.proofs}


def checks(case: Case) -> Iterator[tuple[str, Check]]:
    """What is tried of a case: the person, all who tell, each field that it gives, and the proofs."""
    yield "person", person_is_right
    yield "everybody", everybody_is_right
    for field in FIELDS:
        if field in case:
            yield field, lambda case, field=field: field_is_right(case, field)  # type: ignore[misc]
    yield "proofs", proofs_stand


def holds(case: Case, check: Check) -> bool:
    try:
        check(case)
    except AssertionError:
        return False
    return True


def parameters() -> Iterator[Any]:
    for case in cases():
        for name, check in checks(case):
            still = name in case.get("open", ())
            marks = [pytest.mark.xfail(raises=AssertionError, strict=True, reason="open")] if still else []
            yield pytest.param(case, check, id=f"{case['key']}-{name}", marks=marks)


@pytest.mark.parametrize(("case", "check"), list(parameters()))
def test_article_is_told_right(case: Case, check: Check) -> None:
    check(case)


def test_share_that_is_right() -> None:
    results: dict[str, list[bool]] = defaultdict(list)
    for case in cases():
        for name, check in checks(case):
            results[name].append(holds(case, check))
    for name, each in results.items():
        print(f"{name}: {sum(each)} of {len(each)}")
    shares = {name: sum(each) / len(each) for name, each in results.items()}
    assert shares["person"] >= PERSON
    assert {name for name in FIELDS if shares[name] < RIGHT} == set()


def test_table_is_what_it_says() -> None:
    found = cases()
    number = Counter(case["language"] for case in found)
    assert number.total() >= 45
    assert len({case["key"] for case in found}) == len(found)
    assert set(number) <= set(languages())
    assert len(number) == 9
    assert min(number.values()) >= 3
    assert {case["exit"] for case in found if "exit" in case} == {
        "defected", "surrendered", "caught_leaving", "returned",
    }  # fmt: skip
    reasons = {reason for case in found for reason in case.get("reasons", ())}
    assert reasons == {"infighting", "brutality", "un_islamic", "conditions", "other"}
    assert any(case.get("reasons") == [] for case in found), "some give no reason"


@pytest.mark.parametrize("case", cases(), ids=lambda case: str(case["key"]))
def test_expectations_stand_in_their_text(case: Case) -> None:
    assert all(name in case["text"] for name in (case["name"], *case.get("others", ())))
    assert bool(case["name"]) == (case.get("name_type") != "anonymous")
    assert not case.get("age") or str(case["age"]) in case["text"]
    assert set(case.get("open", ())) <= {name for name, _ in checks(case)}


def mark_anew() -> None:
    """Write into the table which checks are open now."""
    table: Any = tomlkit.parse(TABLE.read_text("utf-8"))
    for entry, case in zip(table["case"], cases(), strict=True):
        wrong = [name for name, check in checks(case) if not holds(case, check)]
        if wrong != case.get("open", []):
            print(f"{case['key']}: open {' '.join(wrong) or 'no more'}")
        entry.pop("open", None)
        if wrong:
            entry["open"] = wrong
    TABLE.write_text(tomlkit.dumps(table), "utf-8")


if __name__ == "__main__":
    mark_anew()
