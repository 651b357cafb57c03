"""Why we think so, in words."""

from __future__ import annotations

from dataclasses import replace

import pytest
from alert_examples import ALERT

from alerts import because
from alerts.message import compose, message
from alerts.redaction import Redaction
from detect.weights import weights
from model import Why


def reasons(*why: Why) -> tuple[str, ...]:
    shown = compose(replace(ALERT, why=why))
    return next(section.points for section in shown.sections if section.title == "Why we think so")


def test_the_base_rate_is_no_reason() -> None:
    assert reasons(Why("bias", -9.0), Why("leaves", 1.0)) == ("leaving is told",)


def test_reasons_are_sentences_and_what_speaks_against_it_comes_last_and_says_so() -> None:
    assert reasons(Why("own_leaving", 0.5), Why("experts", -2.0, "A researcher said so.")) == (
        "somebody tells in the first person of leaving",
        "researchers or officials are quoted (speaks against it): “A researcher said so.”",
    )


def test_a_second_reader_is_named_first_though_it_weighs_nothing() -> None:
    passage = "He walked away from it at night."
    first, second = reasons(Why("leaves", 1.0), Why("second_reader", 0.0, passage))
    assert first == f"a second reader, a language model, takes it for an account: “{passage}”"
    assert second == "leaving is told"


def test_a_name_without_a_sentence_is_shown_with_blanks() -> None:
    assert reasons(Why("brand_new_feature", 1.0)) == ("brand new feature",)


@pytest.mark.parametrize("head", ["account", "leaving"])
def test_what_decides_has_words(head: str) -> None:
    """New features may come before their words; the strong ones must not stay without."""
    used = sorted(getattr(weights(), head).weights.items(), key=lambda each: -abs(each[1]))
    known = [name in because.SENTENCES for name, weight in used if weight]
    assert sum(known) / len(known) > 0.8


def test_a_message_of_a_real_alert_never_shows_a_code() -> None:
    shown = message(replace(ALERT, why=tuple(Why(name, 1.0) for name in because.SENTENCES)), Redaction())
    assert "_" not in " ".join(point for section in shown.sections for point in section.points)
