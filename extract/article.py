"""The thorough look at a page: text, metadata, credit, in one article."""

from __future__ import annotations

from dataclasses import asdict, replace
from functools import cache
from typing import Any

import lxml.html
from lxml.html import HtmlElement

from errors import ExtractError
from extract import credit, dates, kinds, metadata, recipes, structured, text
from extract.bylines import people
from extract.decode import text_of
from extract.guard import tamed
from extract.partial import is_partial
from extract.recipes import Outcome
from model import Article, Page, Recipe


def extract(page: Page, recipe: Recipe | None = None) -> Article:
    """Turn a page into an article; what the page does not say is empty or None.

    A `recipe` has the operator's selectors for this outlet; where one of them matches nothing, the page is read as if
    it were not there (`try_recipe` tells). Raises ExtractError where the page is empty, no text, or made so that it
    cannot be read.
    """
    try:
        return _extract(page, recipe)
    except (ExtractError, MemoryError, OSError):
        raise  # what the machine cannot do is not the page's fault
    except Exception as error:
        what = "it is nested too deeply" if isinstance(error, RecursionError) else f"{type(error).__name__}: {error}"
        raise ExtractError(f"{page.url or 'the page'}: cannot be read: {what}", subject=page.url) from error


def try_recipe(page: Page, recipe: Recipe) -> Outcome:
    """Which of a recipe's selectors match on a page, and how often. Raises ExtractError like `extract`."""
    tree = parsed(page)
    return recipes.outcome(tree if tree is not None else lxml.html.Element("html"), recipe)


def _extract(page: Page, recipe: Recipe | None) -> Article:
    tree = parsed(page)
    if tree is None:
        return Article(page.url, canonical_url=page.url)
    said = structured.read(tree)
    for element in recipes.found(tree, recipe.remove) if recipe else ():
        if element.getparent() is not None:
            element.drop_tree()
    about = metadata.read(tree, said, page)
    about = _by_recipe(about, tree, recipe, page) if recipe else about
    chosen = text.of_elements(recipes.bodies(tree, recipe.body), about.title) if recipe else []
    made = text.Body(chosen, chosen) if chosen else text.read(tree, said, about.title)
    found = chosen or text.without_byline(made.lines, about.byline)
    origin, found = credit.read(found, made.whole, page.url, about.canonical_url)
    body = "\n\n".join(found)
    return Article(
        url=page.url or about.canonical_url,
        title=about.title,
        text=body,
        canonical_url=about.canonical_url,
        byline=about.byline,
        published=about.published,
        modified=about.modified,
        language=language(body, about.language),
        outlet=about.outlet,
        image=about.image,
        section=about.section,
        credit=origin,
        partial=is_partial(body, "\n".join(made.whole[-10:]), about.free),
        kind=kinds.read(said, tree, page.url or about.canonical_url),
    )


def _by_recipe(about: metadata.About, tree: HtmlElement, recipe: Recipe, page: Page) -> metadata.About:
    names = people(recipes.texts(tree, recipe.author), about.outlet)
    stamps = recipes.stamps(tree, recipe.date)
    times = [time for each in stamps if (time := dates.parse(each, page.fetched) or dates.of_text(each, page.fetched))]
    return replace(about, byline=names or about.byline, published=times[0] if times else about.published)


def row(article: Article, file: str) -> dict[str, Any]:
    """An article in the documented form of `outspoken extract --json`."""
    return {
        "file": file,
        "url": article.url,
        "title": article.title,
        "byline": list(article.byline),
        "published": article.published.isoformat() if article.published else None,
        "language": article.language,
        "credit": asdict(article.credit) if article.credit else None,
        "partial": article.partial,
        "text": article.text,
    }


def language(body: str, stated: str) -> str:
    """ISO 639-1 from the text's first 1,000 characters; what the page states where there is too little text."""
    if len(body) < 100:
        return stated
    found, certainty = _identifier().classify(body[:1000])
    return str(found) if certainty > 0.5 or not stated else stated


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def parsed(page: Page) -> HtmlElement | None:
    """The page's tree; None where there is none to be had. Raises ExtractError like `extract`."""
    parser = lxml.html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        return lxml.html.document_fromstring(tamed(text_of(page)).encode("utf-8", "replace"), parser=parser)
    except (lxml.etree.ParserError, lxml.etree.XMLSyntaxError, ValueError):
        return None
