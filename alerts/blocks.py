"""A message as Slack's Block Kit, within Slack's limits (docs.slack.dev/reference/block-kit/blocks).

All text that is not ours is escaped (`&`, `<`, `>`), so that it can neither mention anybody nor hold a link, and its
formatting characters are replaced by their twins, so that it cannot look like our own words. Every text object is
`verbatim`: Slack looks for no names, channels or addresses in it by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from alerts import clean
from alerts.message import Item, Link, Message
from alerts.sections import Section
from delivery import Excerpt

Block = dict[str, Any]

BLOCKS = 50
HEADER = 150
TEXT = 3000
FIELD = 2000
FIELDS = 10
ALL = 12_000
"""Characters of all blocks: Slack refuses from about 13,000 on, without documenting it."""

_EMOJI = re.compile(r":(?=(?:[+-]1|100|1234|[\d+-]*[a-z＿][\w+-]*):)")
"""The colon before an emoji's name; not those of a time."""
_LOOSE = re.compile(r"(?<=\*) (?=[^\w\s*“\"'(—–-])")
"""A blank between a mark's end and what closes a clause: Slack sees the end there too."""
_TWINS = str.maketrans({"*": "∗", "_": "＿", "~": "∼", "`": "ˋ"})


def plain(text: str) -> str:
    """Foreign text with Slack's three control characters escaped."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def escape(text: str) -> str:
    """Foreign text for `mrkdwn`: neither control characters, formatting nor emoji codes."""
    return _EMOJI.sub("∶", plain(text).translate(_TWINS))


def link(to: Link) -> str:
    """A link, or its bare text where there is no address."""
    if not to.url:
        return escape(to.text)
    return f"<{plain(to.url)}|{escape(to.text).replace('|', '¦')}>"


def render(message: Message, *, buttons: bool = False) -> list[Block]:
    """The blocks of a message; the first one's `block_id` is the alert's key, so that a repeat can be known.

    `buttons`: verdicts are buttons instead of links.
    """
    asking = _buttons(message) if buttons else _context(" · ".join(link(each) for each in message.verdicts))
    tail = [block for block in (asking if message.verdicts else None, _context(escape(message.footer))) if block]
    rows = [block for block in _rows(message) if block]
    rows[0]["block_id"] = message.key
    return _within(rows, tail)


def _buttons(message: Message) -> Block:
    """One button for each verdict. `duplicate` is of the nearest known account, so it needs one; `wrong` leads to the
    page that asks for the right fields.
    """
    near = message.near[0] if message.near else None
    texts = {
        "confirm": "Right",
        "wrong": "Wrong field",
        "duplicate": f"Same as {near}",
        "not-account": "Not an account",
    }
    values = dict.fromkeys(texts, f"{message.account}") | {"duplicate": f"{message.account}={near}"}
    elements: list[dict[str, Any]] = [
        {
            "type": "button",
            "action_id": f"verdict:{verdict}",
            "text": {"type": "plain_text", "text": text, "emoji": False},
            "value": values[verdict],
        }
        for verdict, text in texts.items()
        if verdict != "duplicate" or near is not None
    ]
    for each in elements:
        page = next((to.url for to in message.verdicts if ".wrong." in to.url), "")
        if each["action_id"] == "verdict:wrong" and page:
            each["url"] = page
    return {"type": "actions", "elements": elements}


def _rows(message: Message) -> Iterable[Block | None]:
    yield {
        "type": "header",
        "text": {"type": "plain_text", "text": _cut(plain(message.subject), HEADER), "emoji": False},
    }
    yield _section(_about(message))
    yield _fields(message)
    for quote in message.quotes:
        yield _section(_passage(quote))
    for each in message.sections:
        yield _section(_points(each))
    yield from _items(message.items)
    yield _section(escape(message.more))
    yield _context(_carriers(message))
    yield _context(escape(message.credit))
    yield _context(escape(message.archived))
    yield _context(" · ".join(link(each) for each in message.links))


def _about(message: Message) -> str:
    article = f"*{link(message.article)}*" if message.article else ""
    parts = [article, escape(message.source), "\n".join(escape(row) for row in message.body.splitlines())]
    return "\n".join(part for part in parts if part)


def _fields(message: Message) -> Block | None:
    texts = [f"*{fact.label}*\n{escape(fact.value)}" for fact in message.facts[:FIELDS]]
    return {"type": "section", "fields": [_mrkdwn(text, FIELD) for text in texts]} if texts else None


def _passage(excerpt: Excerpt) -> str:
    """The person's own words in bold. Slack wants blanks outside its marks."""
    text = "".join(f" *{escape(part.words.strip())}* " if part.spoken else escape(part.words) for part in excerpt.parts)
    return f"> {_LOOSE.sub('', ' '.join(text.split()))}"


def _points(section: Section) -> str:
    return "\n".join([f"*{section.title}*", *(f"• {escape(point)}" for point in section.points)])


def _items(items: tuple[Item, ...]) -> Iterable[Block | None]:
    for item in items:
        yield _section(f"• *{link(Link(item.heading, item.link))}*\n{escape(item.detail)}".rstrip())


def _carriers(message: Message) -> str:
    if not message.carriers:
        return ""
    return f"Also carried by {len(message.carriers)}: " + " · ".join(link(each) for each in message.carriers)


def _section(text: str) -> Block | None:
    return {"type": "section", "text": _mrkdwn(text, TEXT)} if text else None


def _context(text: str) -> Block | None:
    return {"type": "context", "elements": [_mrkdwn(text, TEXT)]} if text else None


def _mrkdwn(text: str, limit: int) -> Block:
    return {"type": "mrkdwn", "text": _cut(text, limit), "verbatim": True}


def _cut(text: str, limit: int) -> str:
    """Cut so that neither an escape nor a link is left half."""
    if len(text) <= limit:
        return text
    cut = clean.shorten(text, limit).rstrip("…")
    cut = re.sub(r"&[a-z]{0,3}$", "", cut)
    return (cut[: cut.rindex("<")] if cut.rfind("<") > cut.rfind(">") else cut).rstrip("*•> \n") + "…"


def _within(rows: list[Block], tail: list[Block]) -> list[Block]:
    """What fits into one message; the header, which has the key, and the tail always stay."""
    kept, used = list[Block](), sum(map(_size, tail))
    for row in rows:
        used += _size(row)
        if len(kept) == BLOCKS - len(tail) - 1 or used > ALL:
            kept.append({"type": "context", "elements": [_mrkdwn("… too long for Slack; the rest is left out", TEXT)]})
            break
        kept.append(row)
    return [*kept, *tail]


def _size(block: Block) -> int:
    if block["type"] == "actions":
        return sum(len(each["text"]["text"]) for each in block["elements"])
    if "fields" in block:
        return sum(len(each["text"]) for each in block["fields"])
    return len(block["text"]["text"]) if "text" in block else sum(len(e["text"]) for e in block["elements"])
