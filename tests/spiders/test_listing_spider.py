"""Section pages: articles are told from navigation, and only what the page did not show before is new."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from crawling import poll
from hypothesis import given
from hypothesis import strategies as st
from loopback import Answer, Web, serve

from model import Polled, PollOutcome
from spiders import links

HTML = {"Content-Type": "text/html; charset=utf-8"}
NAVIGATION = """<nav><a href="/">Home</a> <a href="/world">World</a> <a href="/politics/">Politics</a>
<a href="/author/ann-writer-of-the-world">By Ann Writer of The Outlet</a> <a href="/tag/islamic-state-group">Islamic State group news</a>
<a href="/login?next=/world">Sign in to your account here</a> <a href="/about-us">About us and our team of reporters</a>
<a href="https://other.example/2026/03/14/a-story-of-somebody-else">A story of somebody else elsewhere</a>
<a href="#top">Up</a> <a href="javascript:void(0)">Menu</a> <a href="mailto:a@b.example">Write</a>
<a href="/report-2026.pdf">Our yearly report on everything</a></nav>"""
ARTICLES = {
    "/2026/03/14/former-fighter-speaks": "“I was lied to”: a former fighter speaks",
    "/world/he-left-the-group-and-tells-why-1234567": "He left",
    "/news/story-about-those-who-came-back.html": "A story about those who came back home",
    "/world/82736451": "Why they came home: three accounts from the camp",
}


def page(articles: dict[str, str], more: str = "") -> Answer:
    items = "".join(f'<article><h2><a href="{url}">{text}</a></h2></article>' for url, text in articles.items())
    return Answer(
        200, f"<!DOCTYPE html><html><body>{NAVIGATION}<main>{items}</main>{more}</body></html>".encode(), HTML
    )


@pytest.fixture
def web() -> Iterator[Web]:
    with serve({"/world": page(ARTICLES)}) as running:
        yield running


def ask(web: Web, before: Polled | None = None, **about: Any) -> Polled:
    return poll(f"{web.url}/world", kind="listing", state=before.state if before else None, **about)


def paths(web: Web, polled: Polled) -> set[str]:
    return {entry.url.removeprefix(web.url) for entry in polled.entries}


def test_articles_are_told_from_navigation(web: Web) -> None:
    first = ask(web)
    assert (first.outcome, paths(web, first)) == (PollOutcome.CHANGED, set(ARTICLES))
    assert "a former fighter speaks" in first.entries[0].title


def test_only_what_was_not_there_before_is_new(web: Web) -> None:
    first = ask(web)
    assert ask(web, first).outcome is PollOutcome.UNCHANGED
    new = {"/2026/03/15/a-woman-who-returned": "A woman who returned tells her story"}
    web.answers["/world"] = page(new | ARTICLES)
    second = ask(web, first)
    assert paths(web, second) == set(new)
    web.answers["/world"] = page(ARTICLES)
    assert ask(web, second).entries == ()


def test_articles_of_weak_shape_are_learned_by_their_coming(web: Web) -> None:
    before = ask(web)
    for number in range(5):
        web.answers["/world"] = page(ARTICLES | {f"/x/brief{number}{letter}": "Three words here" for letter in "ab"})
        before = ask(web, before)
    assert paths(web, before) == {"/x/brief4a", "/x/brief4b"}


def test_navigation_that_is_added_is_no_article(web: Web) -> None:
    before = ask(web)
    for number in range(6):
        menu = "".join(f'<a href="/section{n}">Section</a>' for n in range(number + 1))
        web.answers["/world"] = page(ARTICLES, menu)
        before = ask(web, before)
        assert before.entries == ()


def test_a_selector_of_the_operator_is_obeyed(web: Web) -> None:
    web.answers["/world"] = page({"/x": "X", "/y": "Y"}, '<p class="teaser"><a href="/z">Z</a></p>')
    assert paths(web, ask(web, selector="article h2")) == {"/x", "/y"}
    assert paths(web, ask(web, selector=".teaser > a")) == {"/z"}


@pytest.mark.parametrize(
    ("selector", "sentence"),
    [
        ("h2 >", "the selector 'h2 >' is no CSS selector: "),
        ("h7 a", "the selector matches no link on the page; its layout may have changed"),
    ],
)
def test_a_selector_that_does_not_work_is_said(web: Web, selector: str, sentence: str) -> None:
    polled = ask(web, selector=selector)
    assert polled.outcome is PollOutcome.NOT_A_FEED
    assert polled.error.startswith(sentence)


def test_a_page_whose_layout_changed_says_so_and_makes_nothing_new(web: Web) -> None:
    first = ask(web)
    web.answers["/world"] = page({})
    second = ask(web, first)
    assert second.outcome is PollOutcome.NOT_A_FEED
    assert second.error.startswith("no link on the page looks like an article")
    moved = "".join(f'<li><a href="{url}"><b>{text}</b></a></li>' for url, text in ARTICLES.items())
    web.answers["/world"] = page({}, f"<ul>{moved}</ul>")
    assert ask(web, second).outcome is PollOutcome.UNCHANGED


def test_further_pages_are_read_where_they_are_wanted(web: Web) -> None:
    web.answers["/world"] = page(ARTICLES, '<a rel="next" href="/world/2">2</a>')
    web.answers["/world/2"] = page(
        {"/2026/03/01/an-older-story-of-flight": "An older story of flight"}, '<a href="/world">Next</a>'
    )
    assert paths(web, ask(web)) == set(ARTICLES)
    assert paths(web, ask(web, pages=5)) == {*ARTICLES, "/2026/03/01/an-older-story-of-flight"}
    assert web.paths() == ["/world", "/world", "/world/2"]


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (Answer(200, b"", HTML), "the answer is empty"),
        (Answer(200, b"\x89PNG", {"Content-Type": "image/png"}), "what came is not a web page"),
    ],
)
def test_what_is_no_page(web: Web, answer: Answer, sentence: str) -> None:
    web.answers["/world"] = answer
    polled = ask(web)
    assert (polled.outcome, polled.error) == (PollOutcome.NOT_A_FEED, sentence)


def test_a_page_in_another_charset_and_with_a_base(web: Web) -> None:
    body = '<base href="/fr/"><a href="14-03-2026-un-ancien-combattant-raconte-sa-fuite-12345">Déçu, il raconte sa fuite à pied</a>'
    web.answers["/world"] = Answer(200, body.encode("latin-1"), {"Content-Type": "text/html; charset=iso-8859-1"})
    (entry,) = ask(web).entries
    assert (entry.url, entry.title) == (
        f"{web.url}/fr/14-03-2026-un-ancien-combattant-raconte-sa-fuite-12345",
        "Déçu, il raconte sa fuite à pied",
    )


@pytest.mark.parametrize(
    ("path", "shape"),
    [("/news/a-man-speaks-1234", "/news/*#"), ("/2026/03/14/story-of-it", "/#/#/#/*"), ("/s?id=5&b=1", "/s?b&id")],
)
def test_a_pattern_leaves_out_what_differs(path: str, shape: str) -> None:
    assert links.pattern(f"https://a.example{path}") == shape


@given(st.binary(max_size=400) | st.text(max_size=200).map(lambda text: f"<a href='{text}'>{text}</a>".encode()))
def test_nothing_breaks_it(body: bytes) -> None:
    links.read(body, "", "https://a.example/")
