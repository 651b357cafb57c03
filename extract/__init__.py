"""Page -> Article: bytes in, article out; no I/O. trafilatura lives here and nowhere else.

`visible_text` and `quick` are the cheap look at a page, `extract` the thorough one. A `Recipe` has an operator's
selectors for one outlet, `try_recipe` says whether they match; `furniture` is the memory of a site.
"""

from __future__ import annotations

from extract import furniture
from extract.article import extract, row, try_recipe
from extract.quick import quick
from extract.recipes import Outcome
from extract.visible import visible_text
from model import Recipe

__all__ = ["Outcome", "Recipe", "extract", "furniture", "quick", "row", "try_recipe", "visible_text"]
