"""Who wrote an article: what the page states for machines, then its byline, then links to its authors' pages.

Agencies and desks are no people. Only where a page names nobody is the agency, desk or outlet given that it states.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from lxml.html import HtmlElement
from trafilatura.metadata import extract_metadata

from extract import addresses, structured
from extract.bylines import cleaned, is_person, people
from extract.structured import Structured

_META = ("author", "article:author", "dc.creator", "parsely-author", "sailthru.author", "byl", "dcsext.author")
_CLASS = re.compile(
    r"(?:^|[\s_-])(?:byline|by-line|authors?|writer|reporter|journalist|autor(?:en|es)?|auteur|autore|yazar|penulis)"
    r"(?:name|s)?(?:$|[\s_-])|byline|author-?name",
    re.IGNORECASE,
)
_NOT = re.compile(
    r"comment|related|teaser|promo|card|sidebar|footer|recommend|newsletter|reply|photo|caption", re.IGNORECASE
)
_ASIDE = re.compile(
    r"\b(?:aside|footer|nav|figure|figcaption)\b|comment|related|teaser|recommend|caption|shortcode", re.IGNORECASE
)
_PATH = re.compile(
    r"/(?:authors?|autor(?:en|es)?|auteurs?|autore|writers?|staff|people|profiles?|contributors?|columnists?|reporters?"
    r"|journalists?|yazar(?:lar)?|penulis|by|bio)/[^/]",
    re.IGNORECASE,
)
_BY = re.compile(
    r"^(?:by|par|von|por|door|oleh|\u0628\u0642\u0644\u0645|yazan)\b[:\s]*(.{0,120})$", re.IGNORECASE | re.DOTALL
)
_TAGS = (
    "a",
    "span",
    "div",
    "p",
    "address",
    "li",
    "ul",
    "strong",
    "h2",
    "h3",
    "h4",
    "h5",
    "section",
    "em",
    "cite",
    "b",
    "small",
)
MOST_MARKED = 200
NEAR = 250
"""Elements after the headline among which a byline without any mark is looked for."""


def read(tree: HtmlElement, said: Structured, outlet: str, url: str) -> tuple[str, ...]:
    """The authors in the page's order; empty where it names none."""
    sites = tuple(name for name in (outlet, *_publishers(said), _label(url)) if name)
    stated = list(_stated(said.article.get("author")))
    named = people((name for name, person in stated if person), *sites)
    first = people(said.meta.get("author", ())[:20], *sites)
    if named:
        return first if set(named) < set(first) else named  # JSON-LD may name the first of several only
    desks = _desks(stated, said)
    named = _in_meta(said, sites) or _shown(tree, sites, {desk.casefold() for desk in desks})
    return named or (() if desks else _linked(tree, sites) or people([_fallback(tree)], *sites)) or desks


def _in_meta(said: Structured, sites: tuple[str, ...]) -> tuple[str, ...]:
    for key in _META:
        if named := people(said.meta.get(key, ())[:20], *sites):
            return named
    return people((value for value in said.meta.get("twitter:creator", ())[:1] if " " in value), *sites)


def _stated(value: Any) -> Iterator[tuple[str, bool]]:
    """Each author of JSON-LD, and whether it may be a person."""
    for each in value[:20] if isinstance(value, list) else [value]:
        kind = str(each.get("@type")) if isinstance(each, dict) else ""
        for name in structured.texts(each):
            yield name, "Organization" not in kind


def _desks(stated: list[tuple[str, bool]], said: Structured) -> tuple[str, ...]:
    """The agency or outlet that is stated as author where nobody is."""
    names = [name for name, _ in stated] or list(said.meta.get("author", ()))[:1]
    names = [name.strip(" ,") for name in names if "//" not in name and not name.startswith((",", "@"))]
    return tuple(dict.fromkeys(name for name in names if 2 <= len(name) <= 60))[:5]


def _shown(tree: HtmlElement, sites: tuple[str, ...], desks: set[str]) -> tuple[str, ...]:
    """People in the first byline of the page, and in those beside it that are made alike; none where it is a desk's."""
    first: HtmlElement | None = None
    found: list[str] = []
    for element in islice(_marked(tree), 40):
        if first is not None and (_make(element) != _make(first) or not _beside(element, first)):
            continue
        if first is None and cleaned(_text(element)).casefold() in desks:
            return ()
        if named := _of_element(element, sites):
            first = element if first is None else first
            found += named
    return tuple(dict.fromkeys(found))


def _of_element(element: HtmlElement, sites: tuple[str, ...]) -> tuple[str, ...]:
    """Links inside a byline are its authors; else its pieces, each on its own; else all of it together."""
    links = [_text(link) for link in element.iter("a") if link is not element]
    named = people((link for link in links if " " in link), *sites)
    pieces = (piece.strip() for piece in element.itertext())
    named = named or tuple(name for name in people((each for each in pieces if each), *sites) if _full(name))
    return named or people([_text(element)], *sites)


def _marked(tree: HtmlElement) -> Iterator[HtmlElement]:
    for element in islice(filter(_is_marked, tree.iter(*_TAGS)), MOST_MARKED):
        if len(_text(element)) < 300 and not _aside(element):
            yield element


def _is_marked(element: HtmlElement) -> bool:
    name = f"{element.get('class') or ''} {element.get('id') or ''}"
    marked = element.get("rel") == "author" or "author" in (element.get("itemprop") or "") or _CLASS.search(name)
    return bool(marked) and not _NOT.search(name)


def _aside(element: HtmlElement) -> bool:
    """Whether it stands in comments, teasers, or below the page."""
    names = (f"{up.tag} {up.get('class') or ''} {up.get('id') or ''}" for up in islice(element.iterancestors(), 5))
    return any(_ASIDE.search(name) for name in names)


def _linked(tree: HtmlElement, sites: tuple[str, ...]) -> tuple[str, ...]:
    """Links to an author's page near the headline, or a line "By Ann Writer" there."""
    heading = next(tree.iter("h1"), None)
    for element in islice(_following(tree, heading), NEAR):
        if _aside(element):
            continue
        link = element.tag == "a" and _PATH.search(element.get("href") or "") is not None
        text = _text(element) if link or (element.text or "").strip() else ""
        by = _BY.match(text) if 0 < len(text) < 150 else None
        named = tuple(name for name in people([text if link else by[1] if by else ""], *sites) if _full(name))
        if link and named:
            beside = [a for a in element.getparent().iter("a") if _PATH.search(a.get("href") or "")]
            return tuple(dict.fromkeys(name for a in beside for name in people([_text(a)], *sites) if _full(name)))
        if named:
            return named
    return ()


def _following(tree: HtmlElement, heading: HtmlElement | None) -> Iterator[HtmlElement]:
    elements = (
        each for each in tree.iter() if isinstance(each.tag, str) and each.tag not in ("script", "style", "meta")
    )
    if heading is not None:
        for element in elements:
            if element is heading:
                break
    return elements


def _full(name: str) -> bool:
    """Strict: a name in at least two words, each with a capital letter, or in a script that has none."""
    return is_person(name) and 2 <= len(name.split()) <= 4 and not any(word.islower() for word in name.split()[-1:])


def _make(element: HtmlElement) -> tuple[str, str]:
    return str(element.tag), element.get("class") or ""


def _beside(element: HtmlElement, other: HtmlElement) -> bool:
    if next(element.iterancestors("article"), None) is not next(other.iterancestors("article"), None):
        return False
    near = {id(up) for up in islice(other.iterancestors(), 2)}
    return any(id(up) in near for up in islice(element.iterancestors(), 2))


def _text(element: HtmlElement) -> str:
    return structured.clean(str(element.text_content())[:2000])


def _fallback(tree: HtmlElement) -> str:
    # without the search for a date, which takes most of the time and is not needed here
    return (extract_metadata(tree, extensive=False).author or "").replace("; ", " and ")


def _publishers(said: Structured) -> list[str]:
    return list(structured.texts(said.article.get("publisher")))[:2]


def _label(url: str) -> str:
    """The part of the host that names the site."""
    parts = addresses.host(url).split(".") if urlsplit(url).scheme else []
    named = [part for part in parts[:-1] if part not in ("www", "m", "co", "com", "org")]
    return named[-1] if named else ""
