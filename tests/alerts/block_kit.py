"""A validator of Slack's Block Kit, as far as alerts use it: schema and documented limits.

After docs.slack.dev/reference/block-kit: blocks and composition objects.
"""

from __future__ import annotations

import re
from typing import Any

LIMITS = {"header": 150, "section": 3000, "field": 2000, "context": 3000}
KEYS = {
    "header": ({"type", "text"}, {"block_id"}),
    "section": ({"type"}, {"block_id", "text", "fields"}),
    "context": ({"type", "elements"}, {"block_id"}),
    "actions": ({"type", "elements"}, {"block_id"}),
}
CONTROL = re.compile(r"&(?!(?:amp|lt|gt);)|<(?!https?://[^<>|\s]+\|[^<>|]+>)")
"""An ampersand that starts no entity, or a `<` that starts no link of ours."""


def mistakes(blocks: Any) -> list[str]:
    """Everything that Slack would refuse, and everything in a text that it would read as a command."""
    if not isinstance(blocks, list) or not 1 <= len(blocks) <= 50:
        return ["there must be 1 to 50 blocks"]
    found = [f"{n}: {mistake}" for n, block in enumerate(blocks) for mistake in _block(block)]
    ids = [block["block_id"] for block in blocks if "block_id" in block]
    total = sum(len(text["text"]) for block in blocks for text in texts(block))
    found += ["a block_id stands twice"] if len(set(ids)) < len(ids) else []
    return found + (["more than 13,000 characters"] if total > 13_000 else [])


def texts(block: dict[str, Any]) -> list[dict[str, Any]]:
    if block["type"] == "actions":
        return [each["text"] for each in block["elements"]]
    return [*([block["text"]] if "text" in block else []), *block.get("fields", []), *block.get("elements", [])]


def _block(block: dict[str, Any]) -> list[str]:
    kind = block.get("type", "")
    if kind not in KEYS:
        return [f"unknown type {kind!r}"]
    needed, allowed = KEYS[kind]
    found = [] if needed <= block.keys() <= needed | allowed else ["keys"]
    if not 1 <= len(block.get("block_id", "x")) <= 255:
        found.append("block_id")
    if kind == "section" and not block.keys() & {"text", "fields"}:
        found.append("a section needs text or fields")
    if len(block.get("fields", [])) > 10 or len(block.get("elements", [])) > 10:
        found.append("too many parts")
    if kind == "actions":
        return found + [mistake for each in block["elements"] for mistake in _button(each)]
    limit = LIMITS["field"] if "fields" in block else LIMITS[kind]
    return found + [mistake for text in texts(block) for mistake in _text(text, limit, plain=kind == "header")]


def _button(button: dict[str, Any]) -> list[str]:
    keys = {"type", "action_id", "text", "value"}
    found = [] if keys <= button.keys() <= keys | {"url"} and button["type"] == "button" else ["button"]
    if not button.get("url", "https://").startswith("https://") or len(button.get("url", "")) > 3000:
        found.append("a button's url")
    if len(button.get("value", "")) > 2000 or len(button.get("action_id", "")) > 255:
        found.append("length of a button's value")
    return found + _text(button["text"], 75, plain=True)


def _text(text: dict[str, Any], limit: int, *, plain: bool) -> list[str]:
    kind = "plain_text" if plain else "mrkdwn"
    extra = {"emoji"} if plain else {"verbatim"}
    found = [] if text.get("type") == kind and text.keys() <= {"type", "text"} | extra else ["text object"]
    if not 1 <= len(text.get("text", "")) <= limit:
        found.append("length of text")
    if CONTROL.search(text.get("text", "")):
        found.append(f"control characters in {text['text'][:80]!r}")
    return found
