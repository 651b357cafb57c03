"""One address for one article."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiders.urls import LONGEST, canonical, entry_key

SCHEMES = st.sampled_from(["http", "https", "HTTP", "Https", "ftp", "file", "javascript", "data", ""])
HOSTS = st.one_of(
    st.sampled_from(
        ["outlet.example", "OUTLET.example.", "xn--e1afmkfd.example", "пример.example", "[::1]", "1.2.3.4", ""]
    ),
    st.text(max_size=12),
)
PARTS = st.one_of(st.text(max_size=20), st.sampled_from(["/a/../b", "/%7Ex", "/a b", "/%zz", "/ü", "//", "/?", "/#"]))
QUERIES = st.one_of(
    st.text(max_size=20),
    st.sampled_from(["utm_source=x", "a=1&utm_medium=y&b=%20+", "id=5&fbclid=1", "q=ü&gclid=2", "&&="]),
)
ADDRESSES = st.one_of(
    st.text(max_size=60),
    st.builds("{}://{}{}?{}#{}".format, SCHEMES, HOSTS, PARTS, QUERIES, st.text(max_size=5)),
    st.builds("{}://{}:{}{}".format, SCHEMES, HOSTS, st.integers(-1, 70_000), PARTS),
)


@given(ADDRESSES, st.sampled_from(["", "https://outlet.example/feed", "nonsense"]))
def test_canonical_is_idempotent_and_never_raises(url: str, base: str) -> None:
    once = canonical(url, base)
    assert once == "" or once.startswith(("http://", "https://"))
    assert canonical(once) == once


@pytest.mark.parametrize(
    ("url", "same"),
    [
        ("https://outlet.example/a?utm_source=rss&utm_medium=feed", "https://outlet.example/a"),
        ("https://outlet.example/a?id=5&fbclid=xyz", "https://outlet.example/a?id=5"),
        ("https://outlet.example/a?at_medium=RSS&at_campaign=KARANGA", "https://outlet.example/a"),
        ("HTTPS://Outlet.Example:443/a#comments", "https://outlet.example/a"),
        ("http://outlet.example.:80", "http://outlet.example/"),
        ("http://outlet.example:8080/a", "http://outlet.example:8080/a"),
        ("  https://outlet.example/a \n", "https://outlet.example/a"),
        ("/2026/a", "https://base.example/2026/a"),
        ("//outlet.example/a", "https://outlet.example/a"),
        ("https://reader:secret@outlet.example/a", "https://outlet.example/a"),
        ("https://outlet.example/слово", "https://outlet.example/%D1%81%D0%BB%D0%BE%D0%B2%D0%BE"),
    ],
)
def test_what_does_not_change_the_page_is_left_out(url: str, same: str) -> None:
    assert canonical(url, "https://base.example/feed") == same


@pytest.mark.parametrize(
    "url",
    [
        "https://outlet.example/a?p=1",
        "https://outlet.example/a?b=2&a=1",
        "https://outlet.example/A",
        "http://o.example/?;x",
    ],
)
def test_what_may_name_another_page_is_kept(url: str) -> None:
    assert canonical(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "", "javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "ftp://outlet.example/a", "mailto:a@b.example",
        "http://", "http://[::1", "http://outlet.example:99999/", "https://outlet.example/" + "a" * LONGEST,
    ],
)  # fmt: skip
def test_what_cannot_be_fetched_is_no_address(url: str) -> None:
    assert canonical(url) == ""


def test_a_guid_identifies_an_entry_whatever_its_address() -> None:
    assert entry_key("tag:1", "https://a.example/x") == entry_key(" tag:1 ", "https://a.example/renamed")
    assert entry_key("", "https://a.example/x") != entry_key("", "https://a.example/y")
    assert entry_key("\ud800", "https://a.example/x") != entry_key("", "https://a.example/x")
