"""What is never an article's text is taken out of the page before the text is looked for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml.html import HtmlElement

_FURNITURE = re.compile(
    r"(?:^|[\s_-])(?:{})".format(  # general words of templates; none names a site
        "|".join(
            (
                r"comments?(?:$|[\s_-](?:list|section|content|body|area|wrap\w*|form|thread|text|header|container|box|item))|disqus|xenforo",
                r"news-?letters?(?:$|[\s_-])|sign-?up(?:$|[\s_-])|subscri(?:be|ption)[\s_-](?:form|box|banner|cta|widget|block|promo)",
                r"recirc\w*|read-?(?:next|more|also)(?:$|[\s_-](?:box|list|links?|block|module))|related(?:$|[\s_-]?(?:articles?|posts?|stor\w+|links?|content|news|list|items?|topics?))"
                r"|recommend(?:ed|ations?)(?:$|[\s_-])|most-?(?:read|viewed|popular)|more-?(?:from|about|stories|news|on)(?:$|[\s_-])|outbrain|taboola|you-?may|also-?like",
                r"share(?:$|[\s_-](?:bar|buttons?|links?|list|tools?|menu|icons?|widget))|social-?(?:share|links|bar|buttons|icons|media)",
                r"author-?(?:bio|box|info|card|about|desc\w*)|about-?(?:the-?)?author|bio-?box",
                r"cookie-?\w*|consent-?\w*|gdpr",
                r"sr-only|screen-?reader[\w-]*|visually-?hidden",
                r"lightbox|modal(?:$|[\s_-])|pop-?up(?:$|[\s_-])|overlay(?:$|[\s_-])|no-?display",
                r"(?:promo|cta|banner)(?:$|[\s_-])|fact-?box|info-?box|(?:fig)?caption(?:$|[\s_-])|credits?(?:$|[\s_-])",
                r"tags?-?(?:list|cloud|links|container|wrapper)|post-?tags|article-?tags|breadcrumbs?",
            )
        )
    ),
    re.IGNORECASE,
)
MOST = 0.35
"""Share of the page's prose from which on an element is no furniture, whatever it is called."""
MOST_WEIGHED = 400
"""Elements that are looked at more closely, against pages made to exhaust us."""
_TAGS = ("div", "section", "aside", "ul", "ol", "form", "p", "span", "nav", "footer", "li", "blockquote", "table")
LONGEST_CELL = 600
"""Characters; a cell with more is a column of the page and no figure."""


def pruned(tree: HtmlElement) -> HtmlElement:
    """The same tree without its furniture. An element that holds the headline or much of the prose stays."""
    for article in _following(tree):
        article.drop_tree()
    for table in list(tree.iter("table")):
        if any(
            len("".join(cell.itertext())) > LONGEST_CELL and next(cell.iter("table"), None) is None
            for cell in table.iter("td")
        ):
            for part in list(table.iter("table", "tbody", "tr", "td", "th")):
                part.tag = "div"  # a table that only lays out the page
    limit = MOST * sum(len(text) for text in _prose(tree))
    weighed = 0
    for element in list(tree.iter(*_TAGS)):
        mark = f"{element.get('class') or ''} {element.get('id') or ''}"
        if len(mark) < 2 or not _FURNITURE.search(mark) or element.getroottree().getroot() is not tree:
            continue
        weighed += 1
        if weighed > MOST_WEIGHED:
            break
        if _loose(element, limit):
            element.drop_tree()
    return tree


def _following(tree: HtmlElement) -> list[HtmlElement]:
    """Articles after the first that a page goes on with, each with a headline of its own, as where one scrolls on."""
    first = next((each for each in tree.iter("article") if next(each.iter("h1"), None) is not None), None)
    if first is None:
        return []
    inner = next((each for each in first.iterdescendants("article") if next(each.iter("h1"), None) is not None), first)
    make = inner.get("class")
    return [
        each
        for each in inner.itersiblings("article")
        if each.get("class") == make and next(each.iter("h1"), None) is not None
    ]


def _loose(element: HtmlElement, limit: float) -> bool:
    if (
        element.getparent() is None
        or element.tag in ("body", "main", "article")
        or next(element.iter("h1"), None) is not None
    ):
        return False
    return sum(len(text) for text in _prose(element)) <= limit


def _prose(element: HtmlElement) -> Iterator[str]:
    return ("".join(each.itertext()) for each in element.iter("p"))
