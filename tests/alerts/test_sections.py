"""The reasons that an alert gives are few, in words, and each sentence stands there once."""

from __future__ import annotations

from dataclasses import replace

from alert_examples import ALERT, due

from alerts.base import Channel
from alerts.channels import build_all
from alerts.message import Message, message
from alerts.redaction import Redaction
from delivery import Alert
from model import Account, Evidence, NearMiss, Why

LEDE = "KARACHI: A man sat down on Monday and told how he had never been paid."


def point(alert: Alert, title: str) -> tuple[str, ...]:
    return next((each.points for each in message(alert, Redaction()).sections if each.title == title), ())


def told(*reasons: str, proofs: tuple[Evidence, ...] = (), evidence: str = "") -> Alert:
    return replace(ALERT, account=Account("Karim", reasons=reasons, proofs=proofs, evidence=evidence), excerpts=())


def test_a_reason_for_leaving_has_the_words_that_show_it() -> None:
    alert = told("conditions", proofs=(Evidence("reason:conditions", LEDE, 0, 1),))
    (reason,) = point(alert, "Why they left")
    assert reason == f"conditions: hardship, boredom, broken promises, fear of being spent: “{LEDE}”"


def test_no_sentence_stands_in_an_alert_twice() -> None:
    proofs = (
        Evidence("reason:conditions", LEDE, 0, 1),
        Evidence("nationality", LEDE, 0, 1),
        Evidence("exit", "He fled.", 0, 1),
    )
    alert = told("conditions", "other", proofs=proofs, evidence="He fled.")
    shown = " ".join(p for each in message(alert, Redaction()).sections for p in each.points)
    assert shown.count(LEDE) == 1
    assert shown.count("He fled.") == 1
    assert point(alert, "The article says") == ("belonging, way out: “He fled.”",)


def test_other_reasons_are_told_only_where_there_is_none_with_a_name() -> None:
    assert point(told("other"), "Why they left") == ("other reasons",)
    assert len(point(told("brutality", "other"), "Why they left")) == 1
    assert point(told(), "Why they left") == ("no reason was found in the text",)


def test_what_shows_most_facts_comes_first() -> None:
    proofs = (Evidence("role", "He cooked.", 0, 1), Evidence("age", "At 24 he fled.", 0, 1))
    says = point(told(proofs=proofs, evidence="At 24 he fled."), "The article says")
    assert says == ("belonging, age: “At 24 he fled.”", "role: “He cooked.”")


def reasons(*why: Why) -> tuple[str, ...]:
    return point(replace(ALERT, why=why), "Why we think so")


def test_three_reasons_at_most_and_what_the_headline_says_is_one_of_them() -> None:
    found = reasons(
        Why("title_former", 0.8, "A headline of four words"),
        Why("title_says", 0.6, "A headline of four words"),
        Why("own_leaving", 0.5, "I left them in May."),
        Why("own_belonging", 0.4, "I left them in May."),
        Why("leaves", 0.3),
    )
    assert found == (
        "the headline names a former member and lets somebody speak",
        "somebody tells in the first person of leaving: “I left them in May.”",
        "somebody tells in the first person of belonging",
    )


def test_what_speaks_against_it_is_told_where_it_weighs_much() -> None:
    assert len(reasons(Why("leaves", 1.0), Why("many", -0.4))) == 1
    assert reasons(Why("leaves", 1.0), Why("many", -0.6))[1].endswith("(speaks against it)")


def test_a_name_alone_is_no_passage() -> None:
    assert reasons(Why("person_aged", 1.0, "Karim Sample")) == ("one person's age is given",)


def new(reason: str, name: str = "") -> str:
    return point(replace(ALERT, why_new=(), near=(NearMiss(4, 0.9, reason, name),)), "Why it is new")[0]


def test_a_known_account_that_is_close_says_what_differs() -> None:
    said = new("both come from GB (+0.5); their ages do not agree (-1.6); one full name (+2.4)", "Karim Other")
    assert said == (
        "account 4, Karim Other, is close, but another person: their ages do not agree "
        "(though both come from United Kingdom; one full name)"
    )
    assert new("one short name (+1.3)") == (
        "account 4 is close, but another person: too little agrees (though one short name)"
    )
    assert new("an older entry says so") == "account 4 is close, but another person: an older entry says so"


def shown(web: str, **redaction: bool) -> Message:
    made: Channel = build_all({"desk": {"type": "terminal"} | redaction}, None, buttons=False, web=web)["desk"]
    return made.message(due())


def test_the_case_and_what_is_close_have_links_where_there_is_a_web_interface() -> None:
    links = [(each.text, each.url) for each in shown("https://team.example/outspoken/").links]
    assert links == [
        ("Review page", "https://team.example/outspoken/-/accounts/17"),
        ("Account 4", "https://team.example/outspoken/-/accounts/4"),
    ]
    assert shown("").links == ()


def test_a_channel_that_leaves_the_team_has_no_link_into_its_web() -> None:
    assert shown("https://team.example", names=False).links == ()
