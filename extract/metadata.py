"""Title, byline, dates, outlet and the rest: from what the page says for machines first, from its looks after that."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from urllib.parse import urlsplit

import htmldate
from lxml.html import HtmlElement

from extract import addresses, authors, dates, structured, titles
from extract.structured import Structured
from model import Page

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class About:
    """What a page says of its article."""

    title: str
    byline: tuple[str, ...]
    published: datetime | None
    modified: datetime | None
    canonical_url: str
    outlet: str
    section: str
    image: str
    language: str
    description: str
    free: bool | None
    """schema.org's isAccessibleForFree, where given."""


def read(tree: HtmlElement, said: Structured, page: Page) -> About:
    """Collect the metadata of a page."""
    outlet = _outlet(said)
    canonical = _canonical(tree, said, page.url)
    return About(
        title=titles.read(tree, said, outlet),
        byline=authors.read(tree, said, outlet, page.url),
        published=_published(tree, said, page),
        modified=_date(
            said,
            "dateModified",
            ("article:modified_time", "og:updated_time", "datemodified", "last-modified"),
            page.fetched,
        ),
        canonical_url=canonical,
        outlet=outlet,
        section=_section(said),
        image=_image(said, canonical),
        language=_language(tree, said),
        description=said.first("og:description", "description", "twitter:description"),
        free=_free(said),
    )


def _published(tree: HtmlElement, said: Structured, page: Page) -> datetime | None:
    names = ("article:published_time", "og:published_time", "datepublished", "date", "dc.date", "dc.date.issued",
             "parsely-pub-date", "sailthru.date", "pubdate", "publish-date", "article:published", "publication_date")  # fmt: skip
    stated = _date(said, "datePublished", names, page.fetched)
    stamps = (
        element.get("datetime") or element.get("content") or ""
        for element in tree.xpath('//time[@datetime]|//*[@itemprop="datePublished"]')
    )
    shown = [date for stamp in list(stamps)[:5] if (date := dates.parse(stamp, page.fetched))]
    if stated:
        return next((date for date in shown if abs(date - stated) < MINUTE and date.utcoffset()), stated)
    found = shown[0] if shown else dates.of_url(page.url, page.fetched)
    return found or _near_heading(tree, page) or _searched(tree, page)


def _near_heading(tree: HtmlElement, page: Page) -> datetime | None:
    """A day in a short text around the headline."""
    heading = next(tree.iter("h1"), None)
    if heading is None:
        return None
    american = (tree.get("lang") or "en-us").casefold() in ("en", "en-us")
    near = [*islice(heading.itersiblings(preceding=True), 5), *islice(heading.xpath("following::*"), 60)]
    for element in near:
        text = " ".join(element.itertext())[:1000] if element.tag not in ("script", "style") else ""
        if text and len(text) < 150 and (date := dates.of_text(text, page.fetched, month_first=american)):
            return date
    return None


def _searched(tree: HtmlElement, page: Page) -> datetime | None:
    """What htmldate finds in the text, which is slow and a guess."""
    found = htmldate.find_date(tree, original_date=True, url=page.url or None, deferred_url_extractor=False)
    return dates.parse(found or "", page.fetched)


def _date(said: Structured, key: str, names: tuple[str, ...], now: datetime | None) -> datetime | None:
    values = [
        *structured.texts(said.article.get(key)),
        *(value for name in names for value in said.meta.get(name, ())[:1]),
    ]
    return next((date for value in values if (date := dates.parse(value, now))), None)


def _canonical(tree: HtmlElement, said: Structured, url: str) -> str:
    links = tree.xpath('//link[@rel="canonical"]/@href')
    for address in (*links[:1], said.first("og:url"), url):
        absolute = addresses.absolute(url, address)
        if urlsplit(absolute).path not in ("", "/"):
            return absolute
    return url


def _outlet(said: Structured) -> str:
    publisher = next(structured.texts(said.article.get("publisher")), "")
    name = said.first("og:site_name", "application-name") or (publisher if not publisher.startswith("http") else "")
    return name[:120]


def _section(said: Structured) -> str:
    return (said.first("article:section", "section") or next(structured.texts(said.article.get("articleSection")), ""))[
        :120
    ]


def _image(said: Structured, base: str) -> str:
    named = said.first("og:image:secure_url", "og:image", "twitter:image", "twitter:image:src")
    found = (addresses.absolute(base, each) for each in (named, *structured.urls(said.article.get("image"))))
    return next((image for image in found if image), "")


def _language(tree: HtmlElement, said: Structured) -> str:
    named = (
        tree.get("lang")
        or tree.get("{http://www.w3.org/XML/1998/namespace}lang")
        or said.first("og:locale", "content-language")
    )
    code = re.split(r"[-_,;\s]", (named or "").strip().lower())[0]
    return code if re.fullmatch(r"[a-z]{2}", code) else ""


def _free(said: Structured) -> bool | None:
    value = said.article.get("isAccessibleForFree")
    return {"true": True, "false": False}.get(str(value).lower()) if isinstance(value, str | bool) else None
