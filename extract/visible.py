"""All that `extract` could ever put into an article, as plain text, without a parser.

A name that is not in it cannot be in the article, so that a search in it can rule a page out: text, title, meta
elements, JSON in scripts, with entities and escapes resolved and white space as the article has it. It may hold more
than the article, never less.
"""

from __future__ import annotations

import html as entities
import re

from extract.decode import text_of
from model import Page

_INLINE = re.compile(
    r"</?(?:abbr|acronym|a|bdi|bdo|big|b|cite|code|del|dfn|em|font|img|ins|i|kbd|mark|q|small|span|strike|strong|sub|sup|s"
    r"""|time|tt|u|wbr)(?=[\s/>])(?:(?:[^<>"']++|"[^"<]*+"|'[^'<]*+')*+>|[^<>]*>)""",
    re.IGNORECASE,
)
"""Elements that may stand inside a word. A `>` in quotes does not end a tag; no `<` is passed, so time is linear."""
_TAG = re.compile(r"""<(?!meta\b)(?=[a-z/!?])(?:(?:[^<>"']++|"[^"<]*+"|'[^'<]*+')*+>|[^<>]*>)""", re.IGNORECASE)
_OPAQUE = re.compile(r"<!--|<script\b|<style\b", re.IGNORECASE)
_END = {"<!--": re.compile("-->"), "<script": re.compile("</script", re.I), "<style": re.compile("</style", re.I)}
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
_HIDDEN = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)
"""Characters that nobody sees hide a name from the eye of a program alone; trafilatura takes them out too."""
_JOINT = "\ue000"
"""Stands for an inline element (a private character): nothing inside a word, a blank between two."""
_JOINTS = re.compile(f"{_JOINT}+")
_NEAR = 80
"""Characters on each side of an inline element that are given a second time."""


def visible_text(page: Page) -> str:
    """All text of a page, also what stands in meta elements and scripts. Raises ExtractError like `extract`."""
    text, comments = _without_comments(text_of(page).replace(_JOINT, " "))
    text = _resolved(_without_tags(text))
    # HTML inside of JSON has its tags escaped; what only looks like a tag stays readable at the end
    tags = _TAG.findall(text) if "<" in text else []
    text = _without_tags(text) if tags else text
    return _both_ways(" ".join(" ".join([text, *tags, _resolved(" ".join(comments))]).split()))


def _without_comments(text: str) -> tuple[str, list[str]]:
    """The text without comments and style sheets, and the comments, which may be none where mark-up is broken."""
    kept, comments, at = [], [], 0
    while found := _OPAQUE.search(text, at):
        opening = found[0].lower()
        end = _END[opening].search(text, found.end())
        if end is None:
            break
        kept.append(text[at : end.end() if opening == "<script" else found.start()])
        comments += [text[found.end() : end.start()]] if opening == "<!--" else []
        at = end.end()
    return "".join([*kept, text[at:]]), comments


def _without_tags(text: str) -> str:
    return _TAG.sub(" ", _INLINE.sub(_JOINT, text))


def _resolved(text: str) -> str:
    if "\\u" in text:
        text = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
        # two escapes make one character beyond U+FFFF; a half alone is no text, and no automaton takes it
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    for _ in range(2):  # entities inside of meta elements and JSON are resolved once more than the page's own
        text = entities.unescape(text) if "&" in text else text
    return text if text.isascii() else _HIDDEN.sub("", text)


def _both_ways(text: str) -> str:
    """The text with inline elements as nothing, and once more as blanks where they stand between letters."""
    apart = [
        f"{text[max(found.start() - _NEAR, 0) : found.start()]} {text[found.end() : found.end() + _NEAR]}"
        for found in _JOINTS.finditer(text)
        # asked here: a pattern that looks behind first is tried at every letter
        if text[found.end() : found.end() + 1].isalnum() and text[found.start() - 1 : found.start()].isalnum()
    ]
    both = "\n".join([" ".join(text.replace(_JOINT, "").split()), *apart])
    return both.replace(_JOINT, "") if apart else both
