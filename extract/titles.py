"""The headline: what readers see, where the page's other titles agree, without the site's name."""

from __future__ import annotations

import re

from lxml.html import HtmlElement
from rapidfuzz import fuzz

from extract import structured
from extract.structured import Structured

_SEPARATOR = re.compile(r"\s+[|\u2013\u2014\u00b7\u2022\u00bb:/-]\s+|\s*\|\s*|\s+::\s+")


def read(tree: HtmlElement, said: Structured, outlet: str) -> str:
    """The headline that most places agree on, without the site's name."""
    headline = next(structured.texts(said.article.get("headline")), "")
    shown = [structured.clean(h1.text_content())[:500] for h1 in tree.iter("h1")][:5]
    shared = without_site(said.first("og:title", "twitter:title", "dc.title", "title"), outlet)
    window = without_site(structured.clean(tree.findtext(".//title") or ""), outlet)
    candidates = [text for text in (*shown, headline, shared, window) if len(text) > 3]
    if not candidates:
        return ""
    others = [text for text in (headline, shared, window) if text]
    for text in shown:
        # what readers see, where it is the article's and not the site's heading
        if len(text) > 3 and any(_same(text.casefold(), other.casefold()) for other in others):
            return _without_section(text, others)
    own = next((text for text in shown if _about_the_same(text, others)), "")
    return own or headline or shared or window or candidates[0]


def _without_section(title: str, others: list[str]) -> str:
    """A title without the section before it, where another title has only the rest."""
    parts = re.split(r"\s*\|\s*", title, maxsplit=1)
    rest = parts[-1].casefold()
    return parts[-1] if len(parts) == 2 and any(rest == other.casefold() for other in others) else title


def _about_the_same(shown: str, others: list[str]) -> bool:
    """Whether a heading of several words shares some with a title that is put in another way for machines."""
    words = _words(shown)
    return len(words) >= 3 and any(
        len(words & _words(other)) >= 2 and not other.casefold().endswith(shown.casefold()) for other in others
    )


def _words(text: str) -> set[str]:
    return {word for word in re.findall(r"\w+", text.casefold()) if len(word) > 3}


def without_site(title: str, outlet: str) -> str:
    """A window's title without the site's name at its end or beginning."""
    parts = _SEPARATOR.split(title)
    if len(parts) < 2:
        return title
    name = outlet.casefold()
    while len(parts) > 1 and _is_site(parts[-1], name):
        title = title[: title.rindex(parts[-1])]
        parts.pop()
        title = re.sub(r"\s*[|\u2013\u2014\u00b7\u2022\u00bb:/-]+\s*$", "", title)
    if len(parts) > 1 and name and _is_site(parts[0], name) and fuzz.ratio(parts[0].casefold(), name) > 80:
        title = re.sub(r"^\s*[|\u2013\u2014\u00b7\u2022\u00bb:/-]+\s*", "", title[len(parts[0]) :])
    return title.strip()


def _is_site(part: str, outlet: str) -> bool:
    part = part.strip().casefold()
    if outlet and (fuzz.ratio(part, outlet) > 80 or part.startswith(outlet) or outlet.startswith(part)):
        return True
    return len(part.split()) <= 4 and bool(
        re.search(r"\.\w{2,4}$|\b(news|times|post|blog|online|magazine|tv|radio)\b", part)
    )


def _same(shown: str, other: str) -> bool:
    """Alike, or the one is the other with something (the site's name) added."""
    return fuzz.ratio(shown, other) > 85 or (len(shown) > 20 and other.startswith(shown))
