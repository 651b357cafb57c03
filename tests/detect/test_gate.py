"""The gate is lossless: what it refuses, thorough reading would have called nothing."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import reading
from detect import Gate, Profile, load_profile, read
from detect.corpus import article_of_row
from detect.folding import fold
from model import Article, Label, Page, Source
from samples.library import pieces

PROFILES = ("islamic_state", "al_shabaab")
SOURCE = Source("own", "https://own.example/feed")
FILLER = "<p>Ordinary words that make a text long enough to be one, about a bridge and its repair.</p>" * 8


class Open(Gate):
    """A gate that lets everything through."""

    def passes(self, text: str) -> bool:
        return True


@cache
def profiles() -> tuple[Profile, ...]:
    return tuple(load_profile(name) for name in PROFILES)


@cache
def gate() -> Gate:
    return Gate(profiles())


def articles() -> Iterator[Article]:
    """Everything of our own writing."""
    for piece in pieces():
        text = "\n\n".join(piece.paragraphs)
        yield Article(f"https://own.example/{piece.slug}", title=piece.title, text=text, language="en")
    for line in (Path(__file__).parent / "al_shabaab.jsonl").read_text("utf-8").splitlines():
        yield article_of_row(json.loads(line))


def page(article: Article) -> Page:
    paragraphs = "".join(f"<p>{html.escape(block)}</p>" for block in article.text.split("\n\n"))
    return of_body(f"<h1>{html.escape(article.title)}</h1>{paragraphs}", article.title)


def of_body(body: str, title: str = "News") -> Page:
    head = f'<head><meta charset="utf-8"><title>{html.escape(title)}</title></head>'
    text = f"<html>{head}<body><article>{body}</article></body></html>"
    return Page("https://own.example/1", text.encode(), {"content-type": "text/html; charset=utf-8"})


def labels(own: Page, gate: Gate) -> dict[str, Label]:
    """A page's label for each profile; none for those that the gate ruled out."""
    found = {finding.profile: finding.label for finding in reading.read(own, SOURCE, None, profiles(), gate).findings}
    return {name: found.get(name, Label.NONE) for name in PROFILES}


@pytest.mark.parametrize("article", list(articles()), ids=lambda article: str(article.url.rpartition("/")[2]))
def test_article_that_is_something_passes(article: Article) -> None:
    named = gate().passes(f"{article.title}\n\n{article.text}")
    for profile in profiles():
        finding = read(article, profile)
        assert named or (finding.label is Label.NONE and finding.score == 0.0)


@pytest.mark.parametrize("article", list(articles()), ids=lambda article: str(article.url.rpartition("/")[2]))
def test_label_of_a_page_is_the_same_with_and_without_gate(article: Article) -> None:
    own = page(article)
    assert labels(own, gate()) == labels(own, Open(profiles()))


@pytest.mark.parametrize(
    "body",
    [
        "<p>He fled the <b>Islamic</b> State in May.</p>",
        "<p>He fled the Islamic <a href='/tag'>State</a> in May.</p>",
        "<p>He fled the Isl<b>amic</b> State in May.</p>",
        "<p>He fled the Islamic&nbsp;State in May.</p>",
        "<p>He fled the Islamic\n      State in May.</p>",
        "<p>He fled IS<span>IS</span> in May.</p>",
        "<p>He fled I&#83;IS in May.</p>",
        "<p>He fled IS<!-- no ad here -->IS in May.</p>",
        "<p>He fled al-<em>Shabaab</em> in May.</p>",
        "<p>هرب من <b>تنظيم</b> الدولة في أيار.</p>",
    ],
)
def test_name_split_by_markup_passes(body: str) -> None:
    assert not reading.read(of_body(body + FILLER), SOURCE, None, profiles(), gate()).ruled_out


def test_page_without_a_name_is_ruled_out() -> None:
    assert reading.read(of_body(FILLER), SOURCE, None, profiles(), gate()).ruled_out


@pytest.mark.parametrize("profile", profiles(), ids=PROFILES)
def test_every_name_alone_passes(profile: Profile) -> None:
    for name in (*profile.names, *profile.initials):
        assert gate().passes(name), name
        assert gate().passes(f"({name})"), name
    for name in profile.names:
        assert gate().passes(name.upper()), name


around = st.text(max_size=12) | st.sampled_from(["", " ", "the ", "\n\n", "“", "و", "ال", "ل", "'s", "-", ".", " said"])


@given(st.sampled_from(profiles()), st.data(), around, around)
def test_whatever_the_profile_matches_passes(profile: Profile, data: st.DataObject, before: str, after: str) -> None:
    name = data.draw(st.sampled_from(profile.names))
    text = before + data.draw(st.sampled_from([name, name.upper(), name.title()])) + after
    if profile.group.search(fold(text)) or profile.capitals.search(text):
        assert gate().passes(text)


@given(st.text())
def test_any_text_that_matches_passes(text: str) -> None:
    matched = any(profile.group.search(fold(text)) or profile.capitals.search(text) for profile in profiles())
    assert matched <= gate().passes(text)


WORDS = ["He", "fled", "IS", "ISIS", "the", "Islamic", "State", "BBC", "said", "al-Shabaab", "EI", "it", "is", "News"]


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from([" ", ". ", ", "])), max_size=14))
def test_what_the_gate_refuses_reads_as_nothing(parts: list[tuple[str, str]]) -> None:
    nothing_where_refused("".join(word + end for word, end in parts))


@given(st.text(max_size=60))
@example("İ")
@example("ﬁ ŉ ß ẞ Ǆ")
def test_folding_keeps_every_offset(text: str) -> None:
    assert len(fold(text)) == len(text)


def test_capitals_fold_as_small_letters_do() -> None:
    assert fold("ØŁĐ") == fold("øłđ")


OPEN = pytest.mark.xfail(raises=AssertionError, strict=True, reason="open: this spelling is not known")


def nothing_where_refused(text: str) -> None:
    for profile in profiles():
        finding = read(Article("https://own.example/1", text=text, language="en"), profile)
        assert gate().passes(text) or (finding.label is Label.NONE and finding.score == 0.0)


def test_initials_before_a_paragraph_in_capitals() -> None:
    nothing_where_refused("A former fighter fled from IS\n\nBBC reporters met him. He said: “I left them.”")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("He was a member of IS. He fled.", id="initials end the sentence"),
        pytest.param("He fled the Islamic\u00a0State.", id="no-break space"),
        pytest.param("He fled the Islamic  State.", id="two spaces"),
        pytest.param("He fled the Islamic\nState.", id="line break"),
        pytest.param("Il a fui l'E\u0301tat islamique.", id="decomposed accent"),
        pytest.param("هرب من داعِش", id="vowel points", marks=OPEN),
        pytest.param("هرب من داعـــش", id="lengthened", marks=OPEN),
        pytest.param("Der Islamische Staat hat ihn gesucht.", id="German, with its article"),
    ],
)
def test_spelling_of_the_name(text: str) -> None:
    assert gate().passes(text)
