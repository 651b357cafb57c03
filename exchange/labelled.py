"""Judged articles as labelled ones: what `outspoken evaluate` measures with, in the form of docs/definition.md."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

FIELDS = ("name", "name_type", "group", "role", "nationality", "gender", "age", "exit", "reasons", "evidence")


def as_labelled(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """JSON lines, an article each, out of rows of mentions whose accounts were all judged, by article."""
    articles: dict[int, list[Mapping[str, Any]]] = {}
    for row in rows:
        articles.setdefault(row["article"], []).append(row)
    lines = (json.dumps(_article(found), ensure_ascii=False) for found in articles.values())
    return "".join(f"{line}\n" for line in lines).encode()


def _article(rows: list[Mapping[str, Any]]) -> dict[str, Any]:
    first = rows[0]
    confirmed = [row for row in rows if row["verdict"] != "not-account"]
    article = {"id": f"article-{first['article']}", "byline": json.loads(first["byline"])}
    article |= {name: first[name] for name in ("url", "outlet", "title", "published", "language", "text")}
    if first["credit_outlet"]:
        article["credit"] = {"outlet": first["credit_outlet"], "author": first["credit_author"]}
    if first["story"]:
        article["story"] = f"story-{first['story']}"
    label = "account" if confirmed else "none"
    return article | {"label": label, "accounts": [_account(row) for row in confirmed]}


def _account(row: Mapping[str, Any]) -> dict[str, Any]:
    detail = json.loads(row["detail"]) | json.loads(row["corrected"])
    empty: dict[str, Any] = {"age": None, "reasons": [], "name_type": "anonymous", "exit": "defected"}
    told = {name: detail.get(name, empty.get(name, "")) for name in FIELDS}
    return {"person": f"account-{row['account']}"} | told
