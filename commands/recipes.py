"""`outspoken extract --try`: what a source's recipe makes of pages."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

import click

from commands import rendering
from commands.base import App, err, out, plain, print_json
from config import ReadConfig
from errors import OutspokenError
from extract import Outcome
from extract import row as extract_row
from model import Article, Page, Recipe
from reading import Pool


def recipe_of(app: App, name: str) -> Recipe:
    """The recipe of a source. Raises UsageError where there is no such source, or it has none."""
    source = next((source for source in app.sources if source.name == name), None)
    if source is None or source.recipe is None:
        what = "there is no source of this name" if source is None else "it has no recipe"
        raise click.UsageError(f"--try {name}: {what} in {app.config.sources}")
    return source.recipe


def try_all(pages: Iterable[tuple[str, Page | OutspokenError]], recipe: Recipe, as_json: bool) -> bool:
    """Extract pages by a recipe and print what matched; whether all that the recipe reads was on each of them."""
    with Pool(ReadConfig(workers=1), ()) as pool:
        works = [asyncio.run(_try(pool, name, page, recipe, as_json)) for name, page in pages]
    return all(works)


async def _try(pool: Pool, name: str, page: Page | OutspokenError, recipe: Recipe, as_json: bool) -> bool:
    try:
        if isinstance(page, OutspokenError):
            raise page
        article, outcome = await pool.try_recipe(page, recipe)
    except OutspokenError as error:
        err.print(plain(error if str(error).startswith(name) else f"{name}: {error}"), soft_wrap=True)
        return False
    if as_json:
        print_json(_row(article, name, outcome))
    else:
        _show(article, name, recipe, outcome)
    return outcome.works


def _row(article: Article, name: str, outcome: Outcome) -> dict[str, Any]:
    return extract_row(article, name) | {"recipe": outcome.matched}


def _show(article: Article, name: str, recipe: Recipe, outcome: Outcome) -> None:
    out.print(plain(name), soft_wrap=True)
    for key, selector in asdict(recipe).items():
        if selector:
            count = outcome.matched[key]
            said = "nothing" if not count else "1 element" if count == 1 else f"{count} elements"
            out.print(plain(f"  {key:<6}  {said:<11}  {selector}"), soft_wrap=True)
    out.print()
    out.print(rendering.article(article))
    out.print()
