"""Article in, finding out: the label with its reasons, and the accounts with their evidence."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from detect import features
from detect.choice import choose
from detect.document import Document
from detect.features import Feature
from detect.fields import Reader
from detect.people import Frame, frames
from detect.profile import Profile
from detect.weights import Head, Weights, report_odds, weights
from detect.words import Heard, hear
from model import Account, Article, Finding, Label, Why

LEAST = -0.5
"""Log-odds of the features, bias included, below which ordinary words cannot make an account."""
_STORY = re.compile(r"leave|break|former|belong|joins|goes|core|story|_all$")
"""Features of belonging and leaving."""
_SHOWN = 220
"""Characters of a sentence that a reason quotes."""


def read(article: Article, profile: Profile, fitted: Weights | None = None) -> Finding:
    """What a profile makes of an article. Where the group is not named nothing is found, whatever else it tells.

    `fitted` are other weights than the shipped ones, as a measurement on articles held out needs them.
    """
    document = Document.of(article, profile)
    if not document.names_group or not document.sentences:
        return Finding(profile.name, Label.NONE, 0.0)
    fitted = fitted or weights()
    people = frames(document)
    found = features.of(document, people, fitted.person)
    values = {name: feature.value for name, feature in found.items()}
    heard, of_leaving = hear(article, fitted.words)
    features_say = fitted.account.total(values)
    if not _supported(values, features_say):
        heard = replace(heard, weight_for=0.0, words_for="")
    log_odds = features_say + heard.total
    without = report_odds(log_odds, fitted.leaving.total(values) + of_leaving.total)
    score = fitted.score("account", log_odds)
    tier = _tier(document, score, fitted)
    label = Label.ACCOUNT if tier == "alert" else Label.NONE
    if tier != "alert" and document.lexicon.known and without >= fitted.thresholds["report"]:
        label = Label.REPORT
    sure = label is Label.ACCOUNT
    # what is worth a review is read too, the likeliest person alone: a later article may make it sure
    accounts = _accounts(document, people, fitted, score) if tier != "none" else ()
    accounts = accounts if sure else accounts[:1]
    why = (
        _why(found, fitted.leaving, values, of_leaving)
        if label is Label.REPORT
        else _why(found, fitted.account, values, heard)
    )
    return Finding(
        profile.name,
        label,
        round(score, 4),
        round(fitted.score("report", without), 4),
        accounts,
        why,
        tier,
    )


def _supported(values: Mapping[str, float], features_say: float) -> bool:
    """Whether ordinary words may speak for an account: not where nobody leaves or belongs, or the features are against it."""
    return features_say >= LEAST and any(value > 0 for name, value in values.items() if _STORY.search(name))


def _tier(document: Document, score: float, fitted: Weights) -> str:
    """Where a score stands: the fitted thresholds, unless the profile has its own."""
    if not document.lexicon.known:
        return _unread(document)
    own = {"account": document.profile.alert, "review": document.profile.review}
    alert, review = (
        fitted.score("account", fitted.thresholds[name]) if (least := own[name]) is None else least for name in own
    )
    return "alert" if score >= alert else "review" if score >= review else "none"


def _unread(document: Document) -> str:
    """The tier in a language without a file: unsure, where the article is about the group and does not just name it."""
    named = sum("group" in sentence.cues for sentence in document.sentences)
    about = "group" in document.title.cues or named > 1 or named * 4 >= len(document.sentences)
    return "review" if about else "none"


def _accounts(document: Document, people: Sequence[Frame], fitted: Weights, score: float) -> tuple[Account, ...]:
    """What the persons who tell are said to be."""
    chosen = choose(document, people, fitted.person, fitted.also)
    return tuple(Reader(document, frame, people, fitted).account(score) for frame in chosen)


def _why(found: Mapping[str, Feature], head: Head, values: Mapping[str, float], heard: Heard) -> tuple[Why, ...]:
    named = [Why(name, round(part, 3), found[name].text[:_SHOWN]) for name, part in head.parts(values).items()]
    spoken = [
        Why("words_for", round(heard.weight_for, 3), heard.words_for),
        Why("words_against", round(heard.weight_against, 3), heard.words_against),
    ]
    parts = sorted((why for why in (*named, *spoken) if why.weight), key=lambda why: -abs(why.weight))
    return (*parts, Why("bias", head.bias))
