"""What sort of page it is: schema.org types, Open Graph's type, then what its program, address and structure show."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from extract.structured import ARTICLES, Structured

_TYPES = (
    ("live", ("LiveBlogPosting",)),
    ("gallery", ("ImageGallery", "MediaGallery")),
    ("forum", ("DiscussionForumPosting", "QAPage")),
)
"""These hold text that is told in another way than an article's."""
_OTHERS = (
    ("listing", ("CollectionPage", "SearchResultsPage")),
    ("profile", ("ProfilePage",)),
    ("video", ("VideoObject",)),
)
"""These count only where the page has no article: an article may carry a video, a list or its author's profile."""
_WHOLE = frozenset({"LiveBlogPosting", "DiscussionForumPosting", "QAPage"})
"""Of the types in mark-up those that count: an article may hold any other."""
_BOARDS = re.compile(
    r"phpbb|vbulletin|discourse|xenforo|simple machines|mybb|invision|flarum|nodebb|bbpress|fluxbb|punbb|vanilla forums",
    re.IGNORECASE,
)
"""Programs that make forums."""
_THREAD = re.compile(
    r"/(?:forums?|threads?|showthread|viewtopic|questions|discussions?)(?:[/.?]|$)|/t/[\w-]+/\d+|/r/\w+/comments/"
    r"|^https?://(?:forums?|community|discuss)\."
)
TEASERS = 8
"""Headlines that are links, from which on a page with little prose is a list of articles."""
PROSE = 150
"""Characters; a longer paragraph is prose and no teaser. There is less than one for three headlines on a list."""


def read(said: Structured, tree: HtmlElement, url: str) -> str:
    """`article`, or what the page is instead."""
    kinds = said.kinds | _microdata(tree)
    found = _among(_TYPES, kinds)
    stated = any(ARTICLES.search(kind) and not kind.endswith("WebPage") for kind in said.kinds)
    if found or stated:
        return found or "article"
    return _among(_OTHERS, said.kinds) or _open_graph(said.first("og:type")) or _shown(said, tree, url)


def _among(types: tuple[tuple[str, tuple[str, ...]], ...], kinds: frozenset[str]) -> str:
    return next((name for name, members in types if kinds & set(members)), "")


def _microdata(tree: HtmlElement) -> frozenset[str]:
    types = tree.xpath("(//@itemtype)[position() <= 200]")
    return _WHOLE & {str(each).rstrip("/").rpartition("/")[2] for each in types}


def _open_graph(kind: str) -> str:
    if kind.startswith("video"):
        return "video"
    return "profile" if kind == "profile" else ""


def _shown(said: Structured, tree: HtmlElement, url: str) -> str:
    """What a page that does not say so itself looks like."""
    if _BOARDS.search(said.first("generator")):
        return "forum"
    if said.first("og:type") == "article" or said.first("article:published_time"):
        return "article"
    if _THREAD.search(url):
        return "forum"
    teasers = sum(1 for each in tree.iter("h2", "h3", "h4") if _is_link(each))
    prose = sum(1 for each in tree.iter("p") if len("".join(each.itertext())) > PROSE)
    home = teasers and urlsplit(url).path in ("", "/") and not urlsplit(url).query
    return "listing" if (teasers >= TEASERS or home) and prose < teasers / 3 else "article"


def _is_link(headline: HtmlElement) -> bool:
    parent = headline.getparent()
    return next(headline.iter("a"), None) is not None or (parent is not None and parent.tag == "a")
