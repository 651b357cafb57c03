"""An operator's own selectors for one outlet, where the general way goes wrong there.

`extract(page, recipe)` takes them first; what a recipe does not name is read as always, and so is what it names and
the page does not have. `outcome` says which of its selectors matched, so that a recipe that stopped matching is seen.
What is no selector is a ValueError; the configuration has refused it before.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from cssselect import SelectorError
from lxml.cssselect import CSSSelector
from lxml.html import HtmlElement

from extract import structured
from model import Recipe


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a recipe on one page: how many elements each selector that it has matched."""

    matched: dict[str, int]

    @property
    def missed(self) -> tuple[str, ...]:
        """Selectors that matched nothing; `remove` may, since not every page has what is to go."""
        return tuple(name for name, count in self.matched.items() if not count and name != "remove")

    @property
    def works(self) -> bool:
        """Whether all that the recipe reads was there."""
        return not self.missed


def outcome(tree: HtmlElement, recipe: Recipe) -> Outcome:
    """Try a recipe on a parsed page."""
    named = {name: getattr(recipe, name) for name in ("body", "remove", "author", "date")}
    return Outcome({name: len(found(tree, selector)) for name, selector in named.items() if selector})


def found(tree: HtmlElement, selector: str) -> list[HtmlElement]:
    """The elements that a selector matches, in the page's order; none for an empty one."""
    return list(_compiled(selector)(tree)) if selector else []


def bodies(tree: HtmlElement, selector: str) -> list[HtmlElement]:
    """The elements that hold the text, without those inside of another."""
    elements = found(tree, selector)
    inside = {id(each) for element in elements for each in element.iterdescendants()}
    return [element for element in elements if id(element) not in inside]


def texts(tree: HtmlElement, selector: str) -> list[str]:
    """The texts of the elements that a selector matches, white space folded."""
    return [text for element in found(tree, selector) if (text := structured.clean(str(element.text_content())))]


def stamps(tree: HtmlElement, selector: str) -> list[str]:
    """What the elements that a selector matches say of a time: in an attribute, else in their text."""
    return [
        element.get("datetime") or element.get("content") or structured.clean(str(element.text_content()))
        for element in found(tree, selector)
    ]


@cache
def _compiled(selector: str) -> CSSSelector:
    try:
        return CSSSelector(selector, translator="html")
    except SelectorError as error:
        raise ValueError(f"{selector!r} is no CSS selector: {error}") from error
