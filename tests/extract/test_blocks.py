"""A page's blocks, and which of them are kept."""

from __future__ import annotations

import json
import math
from importlib.resources import files

import lxml.html
import pytest

from extract import extract, keep
from extract.blocks import blocks_of
from extract.measures import NAMES, Found, measure
from model import Page

PROSE = (
    "The ferry to the island did not sail on Tuesday, for the third day in a row, and the people on the quay sat down.",
    "The captain says that the engine is sound, and that what is missing is a paper with a stamp of an office that moved.",
    "Until the council meets, a fishing boat takes the children to school, two at a time, and the lesson begins at ten.",
    "Nobody on the quay is angry, or nobody says so, since the winter was long and the stove in the waiting room works.",
)


def texts(body: str) -> list[str]:
    return [block.text for block in blocks_of(lxml.html.document_fromstring(f"<html><body>{body}</body></html>"))[0]]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<p>one <b>bold</b> word</p><p>two</p>", ["one bold word", "two"]),
        ("one<br>two<div>three</div>four", ["one", "two", "three", "four"]),
        ("<ul><li>one<li>two <a href=x>link</a></ul>", ["one", "two link"]),
        ("<table><tr><th>Year<th>Boats<tr><td>2025<td>3</table>", ["| Year | Boats |", "| 2025 | 3 |"]),
        (
            "<p>seen</p><script>var a</script><noscript>no</noscript><svg><text>x</text></svg><p>too</p>",
            ["seen", "too"],
        ),
        ("<p>soft\u00adhyphen \u00a0 and\n blanks</p>", ["softhyphen and blanks"]),
        ("<p> </p><div><table><tr><td> </td></tr></table></div>", []),
    ],
)
def test_blocks_are_parted_where_a_reader_sees_a_new_line(body: str, expected: list[str]) -> None:
    assert texts(body) == expected


def test_a_page_nested_beyond_recursion_has_its_blocks() -> None:
    tree = lxml.html.Element("html")
    inner = lxml.html.etree.SubElement(tree, "body")
    for _ in range(5_000):
        inner = lxml.html.etree.SubElement(inner, "div")
    inner.text = "deep down"
    assert [block.text for block in blocks_of(tree)[0]] == ["deep down"]


def test_each_measure_has_its_name_and_a_finite_number() -> None:
    body = f"<article><h1>The ferry</h1>{''.join(f'<p>{each}</p>' for each in PROSE)}</article><footer>The imprint of all these papers</footer>"
    tree = lxml.html.document_fromstring(f"<html><body>{body}</body></html>")
    measured = measure(tree, Found("\n".join(PROSE)), "The ferry", "")
    assert [len(each.values) for each in measured] == [len(NAMES)] * 5 + [0], "what a footer has is not weighed"
    assert len(set(NAMES)) == len(NAMES)
    assert all(math.isfinite(value) for each in measured for value in each.values)
    assert [each.found for each in measured] == [0, 1, 1, 1, 1, 0]


def test_the_trees_say_where_they_are_from_and_use_known_measures() -> None:
    data = json.loads((files("extract") / "keep.json").read_text("utf-8"))
    assert data["sites"] > 100
    assert data["pages"].keys() == data["gain_on_unseen_sites"].keys() != set()
    assert {node[0] for tree in data["trees"] for node in tree["nodes"]} <= set(NAMES)
    for nodes, leaves in keep.trees():
        assert sorted(~branch for node in nodes for branch in node[2:] if branch < 0) == list(range(len(leaves)))
        assert all(branch > at for at, node in enumerate(nodes) for branch in node[2:] if branch >= 0), "no tree loops"


def test_a_text_that_is_not_the_pages_own_is_left_alone() -> None:
    tree = lxml.html.document_fromstring(
        "<html><body><div id=app><p>Loading the reader, please wait.</p></div></body></html>"
    )
    assert keep.kept(tree, "\n".join(PROSE), "The ferry", "") is None
    assert keep.kept(tree, "", "The ferry", "") is None


def page(body: str) -> Page:
    head = "<title>The ferry waits</title><meta property='og:type' content='article'>"
    return Page("https://a.example/1", f"<html><head>{head}</head><body>{body}</body></html>".encode())


def paragraphs(*texts: str) -> str:
    return "".join(f"<p>{each}</p>" for each in texts)


def test_a_teaser_of_the_article_itself_is_not_kept_beside_it() -> None:
    words = [text.casefold().split() for text in (*PROSE, PROSE[1])]
    assert keep.once(words, [1.0, 2.0, 1.0, 1.0, 0.5]) == [0, 1, 2, 3]
    assert keep.once(words, [1.0, 0.5, 1.0, -1.0, 2.0]) == [0, 2, 4]


def test_short_lines_may_stand_twice() -> None:
    assert keep.once([["he", "nodded"], ["it", "rained"], ["he", "nodded"]], [1.0, 1.0, 1.0]) == [0, 1, 2]


@pytest.mark.parametrize(
    "box",
    [
        '<p class="promo-line"><strong>READ MORE: <a href="/2">The stove in the waiting room has gone out again</a></strong></p>',
        '<div class="inline-links"><h3>Related</h3><ul><li><a href="/2">The stove has gone out</a><li><a href="/3">Chairs</a></ul></div>',
        '<div class="signup-slot"><p>Sign up for our newsletter and get the tides in your inbox each morning.</p></div>',
        '<div class="support-us"><p>Support our independent journalism: donate today.</p><a href="/give">Donate</a></div>',
    ],
)
def test_boxes_inside_of_the_text_go_and_the_text_stays(box: str) -> None:
    body = f"<article><h1>The ferry waits</h1>{paragraphs(*PROSE[:2])}{box}{paragraphs(*PROSE[2:])}</article>"
    assert extract(page(body)).text.split("\n\n") == list(PROSE)


def test_what_the_blocks_leave_out_still_says_where_a_text_is_from() -> None:
    body = f"<article><h1>The ferry waits</h1>{paragraphs(*PROSE)}<p>Source: Daily Example</p></article>"
    article = extract(page(body))
    assert article.text.split("\n\n") == list(PROSE)
    assert article.credit is not None
    assert article.credit.outlet == "Daily Example"
