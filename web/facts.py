"""What is known of a person, field by field, with the sentence that says so."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from web import shown


@dataclass(frozen=True, slots=True)
class Fact:
    """One field in words. `proof`: the article's sentence; `corrected`: an analyst said so."""

    label: str
    value: str
    proof: str = ""
    corrected: bool = False


def facts(card: Mapping[str, Any], detail: Mapping[str, Any], corrected: Mapping[str, Any]) -> list[Fact]:
    """The fields that are told, in the order in which people ask for them."""
    proofs = {proof["field"]: proof["sentence"] for proof in detail.get("proofs", ())}
    rows = [
        ("name", "Name", shown.line(card["name"], 120)),
        ("age", "Age", str(card["age"] or "")),
        ("gender", "Gender", shown.GENDERS.get(card["gender"], "")),
        ("nationality", "Origin", shown.country(card["nationality"]) if card["nationality"] else ""),
        ("group", "Group", shown.FILTERS["group"](card["group_name"]) if card["group_name"] else ""),
        ("role", "Role", shown.line(card["role"], 200)),
        ("exit", "Way out", shown.way_out(card["exit"]) if card["exit"] else ""),
    ]
    found = [Fact(label, value, proofs.get(key, ""), key in corrected) for key, label, value in rows if value]
    for code in reasons(card):
        proof = proofs.get(f"reason:{code}", "")
        found.append(Fact("Reason", shown.FILTERS["reason"](code), proof, "reasons" in corrected))
    return found


def reasons(card: Mapping[str, Any]) -> list[str]:
    """The reasons for leaving; nothing where the column holds something else."""
    held = json.loads(card["reasons"] or "[]")
    return [str(each) for each in held] if isinstance(held, list) else []


def summary(card: Mapping[str, Any]) -> str:
    """`pseudonym · 24 · from Indonesia · guard`."""
    kind = shown.NAMES.get(card["name_type"], "") if card["name"] and card["name_type"] != "real" else ""
    home = f"from {shown.country(card['nationality'])}" if card["nationality"] else ""
    parts = (kind, str(card["age"] or ""), shown.GENDERS.get(card["gender"], "") if card["name"] else "", home)
    return " · ".join(part for part in (*parts, shown.line(card["role"], 80)) if part)
