"""What sort of page it is, as far as it says so itself: schema.org types, then Open Graph's type."""

from __future__ import annotations

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


def read(said: Structured) -> str:
    """`article`, or what the page is instead."""
    found = _among(_TYPES, said.kinds)
    if found or any(ARTICLES.search(kind) and not kind.endswith("WebPage") for kind in said.kinds):
        return found or "article"
    return _among(_OTHERS, said.kinds) or _open_graph(said.first("og:type"))


def _among(types: tuple[tuple[str, tuple[str, ...]], ...], kinds: frozenset[str]) -> str:
    return next((name for name, members in types if kinds & set(members)), "")


def _open_graph(kind: str) -> str:
    if kind.startswith("video"):
        return "video"
    return "profile" if kind == "profile" else "article"
