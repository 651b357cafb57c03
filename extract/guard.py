"""Pages made to exhaust a parser: found by counting in the text, before any parser sees it.

200,000 nested elements hang lexbor, 100,000 attributes on one element hang every parser, 500,000 `<br>` or 300,000
spans hang trafilatura (docs/extraction.md has the figures).
"""

from __future__ import annotations

import re

MOST_TAGS = 30_000
MOST_ATTRIBUTES = 2_000
LONGEST_TAG = 200_000
MOST_DEPTH = 2_000
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:-]{0,40})([^<>]*)>")
_VOID = frozenset(
    [
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "param",
        "source",
        "track",
        "wbr",
        "p",
        "li",
        "td",
        "tr",
        "th",
        "dt",
        "dd",
        "option",
    ]
)


def tamed(html: str) -> str:
    """The page, cut off where it has more tags, deeper nesting or longer tags than any article has."""
    if html.count("<") < 3_000 and html.count("=") < MOST_ATTRIBUTES:
        return html
    depth = 0
    for number, tag in enumerate(_TAG.finditer(html)):
        if tag[2].lower() not in _VOID:
            depth = max(depth - 1, 0) if tag[1] else depth + (not tag[3].endswith("/"))
        attributes = tag[3]
        if (
            number > MOST_TAGS
            or depth > MOST_DEPTH
            or len(attributes) > LONGEST_TAG
            or attributes.count("=") > MOST_ATTRIBUTES
        ):
            return html[: tag.start()]
    return html
