"""docs/detection.md says what the shipped weights and languages are."""

from __future__ import annotations

import importlib.util
import json
import re
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

from detect import choice, features, load_profile, origin, reasons, roles
from detect.document import Document
from detect.people import frames
from detect.told import Told
from detect.weights import weights
from model import Article

ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "docs" / "detection.md"
HINT = "the weights are others now: run `python docs/pictures/weights.py`"


def tables() -> ModuleType:
    path = ROOT / "docs" / "pictures" / "weights.py"
    spec = importlib.util.spec_from_file_location("weight_tables", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_tables_are_those_of_the_shipped_weights() -> None:
    made, told = tables(), PAGE.read_text("utf-8")
    assert made.page(told) == told, HINT
    assert all(f"<!-- {mark} -->\n\n|" in told for mark in made.blocks())


def test_the_picture_is_that_of_the_measured_scores() -> None:
    assert tables().svg() == (ROOT / "docs" / "pictures" / "reliability.svg").read_text("utf-8"), HINT


def test_every_feature_has_its_words() -> None:
    made, fitted = tables(), weights()
    article = Article("https://a.example/1", "He left", "Abu Omar said he left the Islamic State.", language="en")
    document = Document.of(article, load_profile("islamic_state"))
    people = frames(document)
    assert set(features.of(document, people, fitted.person)) <= set(made.WORDS)
    assert {*people[0].features, *choice.nobody(document)} == set(made.PERSON)
    assert set(choice.second(document, people[0], 0.0, 0.0)) <= set(made.PERSON | made.ALSO)


def test_every_sign_of_a_field_has_its_words() -> None:
    made = tables()
    text = "Abu Omar, a Syrian fighter, left the Islamic State because of the killing."
    document = Document.of(
        Article("https://a.example/1", "He left", text, language="en"), load_profile("islamic_state")
    )
    told = Told(document, frames(document)[0])
    signs = {name for each in reasons.signs(told).values() for name in each.features}
    assert set(origin.signs(told)["SY"]) == set(made.NATION)
    assert set(roles.signs(told, "male")["fighter"]) == set(made.ROLE)
    assert signs == set(made.REASON)


@pytest.mark.parametrize("file", sorted((ROOT / "detect" / "languages").glob("*.toml")), ids=lambda path: path.stem)
def test_every_key_of_a_language_is_described(file: Path) -> None:
    data = tomllib.loads(file.read_text("utf-8"))
    section = PAGE.read_text("utf-8").partition("## Another language")[2].partition("\n## ")[0]
    told = set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE))
    assert set(data) - {"before_words"} == {"abbreviations", "stopwords", "patterns"}
    assert {"abbreviations", "stopwords", "before_words", *data["patterns"]} == told


def test_every_language_is_named() -> None:
    names = {
        "ar": "Arabic", "de": "German", "en": "English", "es": "Spanish", "fr": "French", "id": "Indonesian",
        "nl": "Dutch", "ru": "Russian", "tr": "Turkish",
    }  # fmt: skip
    shipped = {path.stem for path in (ROOT / "detect" / "languages").glob("*.toml")}
    assert shipped == set(names), "name the new language in docs/detection.md, and here"
    assert all(name in PAGE.read_text("utf-8") for name in names.values())


def test_the_measured_scores_are_all_counted() -> None:
    measured = json.loads((ROOT / "docs" / "pictures" / "reliability.json").read_text("utf-8"))
    assert sum(row["articles"] for row in measured["bins"]) == measured["articles"] > 100
    assert all(0 <= row["mean"] <= 1 and 0 <= row["share"] <= 1 for row in measured["bins"])
