"""Feeds that carry whole articles: which of their texts are complete, and the page that is made of one.

A text that is taken for whole and is not would hide what it lacks, so in doubt the page is fetched: a text must be long
and in paragraphs, must not end as an excerpt ends, and those of one feed must not all be cut at one length.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from html import escape, unescape

from model import Entry

SHORTEST = 1_500
"""Visible characters that a whole article has at least."""
PARAGRAPHS = 4
_BLOCK = re.compile(r"</p\s*>|<br\s*/?>\s*<br\s*/?>|</(?:div|li|blockquote|h[1-6])\s*>", re.IGNORECASE)
_TAG = re.compile(r"<[^>]{0,5000}>")
_HIDDEN = re.compile(r"<(script|style|template)\b.{0,200000}?</\1\s*>|<!--.{0,20000}?-->", re.IGNORECASE | re.DOTALL)
_SIGNED = re.compile(r"\b(?:The post|Der Beitrag)\b.{0,400}\b(?:appeared first on|erschien zuerst auf)\b.{0,300}$")
"""What WordPress puts below a text, whole or not."""
_CUT = re.compile(
    r"(?:\.\.\.|…|\[\s*…\s*\]|\[\s*\.\.\.\s*\])[\s\])»”\"']*$"
    r"|(?:read|see|view|continue|find out|learn)\b[^.!?]{0,40}\b(?:more|reading|full|rest|story|article|on)\b[^.!?]{0,80}[\s»›→>.…]*$"
    r"|(?:weiterlesen|mehr lesen|zum artikel|lire la suite|lire plus|leer m[áa]s|seguir leyendo|continua a leggere|leia mais"
    r"|читать (?:далее|дальше|полностью)|подробнее|devam[ıi]n[ıi] oku|baca selengkapnya|selengkapnya|(?:ا?قرأ|لقراءة) المزيد)"
    r"[^.!?]{0,80}[\s»›→>.…]*$",
    re.IGNORECASE,
)
"""How an excerpt ends, in the languages that are watched."""
_NEAR = 0.03
_PAGE = """<!DOCTYPE html>
<html><head><meta charset="utf-8"><title>{title}</title><link rel="canonical" href="{url}">
<meta property="og:type" content="article"><meta property="og:title" content="{title}">{head}</head>
<body><article><h1>{title}</h1>
{text}
</article></body></html>"""


def page(text: str, url: str, title: str, author: str, published: datetime | None) -> str:
    """The HTML document of an article whose text (HTML) a feed carries."""
    head = f'<meta name="author" content="{escape(author)}">' if author else ""
    head += f'<meta property="article:published_time" content="{published.isoformat()}">' if published else ""
    made = _PAGE.format(title=escape(title), url=escape(url), head=head, text=text)
    return made.encode("utf-8", "replace").decode()  # JSON may carry halves of characters


def kept(entries: Sequence[Entry], full_content: bool | None) -> tuple[Entry, ...]:
    """The entries with their texts where those are to be used: all, none, or (None) those that are whole."""
    if full_content is True:
        return tuple(entries)
    if full_content is False:
        return tuple(replace(entry, content="") if entry.content else entry for entry in entries)
    sizes = {entry.key: _size(entry.content) for entry in entries if entry.content}
    if _cut_at_one_length([size for size in sizes.values() if size]):
        sizes = {}
    return tuple(
        replace(entry, content="") if entry.content and not sizes.get(entry.key) else entry for entry in entries
    )


def _size(document: str) -> int:
    """Visible characters of a text; 0 where it may be no more than a part of the article."""
    text = _HIDDEN.sub(" ", document.partition("</h1>")[2])
    paragraphs = len(_BLOCK.findall(text))
    plain = _SIGNED.sub("", " ".join(unescape(_TAG.sub(" ", text)).split())).strip()
    whole = len(plain) >= SHORTEST and paragraphs >= PARAGRAPHS and not _CUT.search(plain[-160:])
    return len(plain) if whole else 0


def _cut_at_one_length(sizes: Sequence[int]) -> bool:
    """Whether a feed's texts stop where a limit says and not where they end: many are about as long as the longest."""
    longest = max(sizes, default=0)
    near = sum(size >= longest * (1 - _NEAR) for size in sizes)
    return near >= 3 and near * 2 >= len(sizes)
