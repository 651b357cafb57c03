"""An operator's selectors for one outlet."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from extract import Recipe, extract, try_recipe
from model import Page

PARAGRAPH = "The ferry did not sail on Tuesday, and the people on the quay have begun to bring their own chairs."
SOURCE = f"""<html><head><title>The ferry</title></head><body><h1>The ferry</h1>
<div class="who">By <b>Ann Writer</b></div><i class="when">3 March 2026</i>
<div class="story"><p>{PARAGRAPH} It is <b>cold</b> &amp; clear.</p><script>var a = "<p>no</p>"</script>
<div class="shop">Buy a chair</div></div><div class="odd">A stamp is missing.</div></body></html>"""
PAGE = Page("https://quay.example/1", SOURCE.encode())


def test_a_recipe_decides_what_is_the_text_who_wrote_it_and_when() -> None:
    article = extract(PAGE, Recipe(body=".story, .odd", remove=".shop", author=".who", date=".when"))
    assert article.text == f"{PARAGRAPH} It is cold & clear.\n\nA stamp is missing."
    assert article.byline == ("Ann Writer",)
    assert article.published == datetime(2026, 3, 3, tzinfo=UTC)


def test_elements_inside_of_each_other_are_given_once() -> None:
    assert extract(PAGE, Recipe(body="div.story, div.story p", remove=".shop")).text.count("ferry") == 1


def test_a_recipe_that_stopped_matching_says_so_and_the_page_is_read_as_always() -> None:
    old = Recipe(body=".article-2024", remove=".gone", author=".who")
    tried = try_recipe(PAGE, old)
    assert (tried.works, tried.missed) == (False, ("body",))
    assert tried.matched == {"body": 0, "remove": 0, "author": 1}
    assert extract(PAGE, old).text == extract(PAGE).text


def test_nothing_to_remove_is_no_failure() -> None:
    assert try_recipe(PAGE, Recipe(body=".story", remove=".gone")).works


@pytest.mark.parametrize("selector", ["..story", "div[", "p::before(", "12"])
def test_what_is_no_selector_is_refused(selector: str) -> None:
    with pytest.raises(ValueError, match=r" is no CSS selector"):
        try_recipe(PAGE, Recipe(remove=selector))


def test_one_recipe_serves_pages_without_text_too() -> None:
    assert extract(Page("https://quay.example/2", b"<html></html>"), Recipe(body="p")).partial
