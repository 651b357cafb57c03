"""Page -> Article: bytes in, article out; no I/O. trafilatura lives here and nowhere else.

`visible_text` and `quick` are the cheap look at a page, `extract` the thorough one.
"""

from __future__ import annotations

from extract.article import extract, row
from extract.quick import quick
from extract.visible import visible_text

__all__ = ["extract", "quick", "row", "visible_text"]
