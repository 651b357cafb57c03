"""`outspoken explain`, `extract`, `detect` and `evaluate`: their contracts, and input that is not what it should be."""

from __future__ import annotations

import gzip
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import outlet
import pytest
from terminal import HOSTILE, assert_plain, outspoken, process, rows, sentence

WHEN = datetime(2026, 3, 13, 8, 0, tzinfo=UTC)
URL = "https://herald.example/2026/medic"
FIELDS = {"name", "name_type", "group", "role", "nationality", "gender", "age", "exit", "reasons", "evidence"}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def page(folder: Path) -> Path:
    path = folder / "medic.html"
    path.write_bytes(outlet.account("medic", WHEN))
    return path


def jsonl(path: Path, *values: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(value) + "\n" for value in values), "utf-8")
    return path


# --- explain ---------------------------------------------------------------------------------------------------
def test_explain_asks_no_second_reader_that_is_not_configured(page: Path, folder: Path) -> None:
    (folder / "outspoken.toml").write_text('contact = "https://desk.example/contact"\n', "utf-8")
    result = outspoken("explain", page, "--url", URL, "--second")
    assert result.exit_code == 2
    assert "no second reader is configured" in sentence(result.stderr)


def test_explain_asks_no_second_reader_about_what_is_sure(page: Path, folder: Path) -> None:
    table = '[second_reader]\nurl = "http://127.0.0.1:9/v1"\nmodel = "small"\n'
    (folder / "outspoken.toml").write_text(table, "utf-8")
    (found,) = rows(outspoken("explain", page, "--url", URL, "--second", "--json").stdout)
    assert found["second_reader"] == {"state": "not asked", "reason": "the page is not unsure", "model": ""}


def test_explain_for_programs_keeps_its_contract(page: Path) -> None:
    result = outspoken("explain", page, "--url", URL, "--json")
    assert result.exit_code == 0, result.output
    (found,) = rows(result.stdout)
    assert {"article", "label", "score", "accounts", "why"} <= set(found)
    article = found["article"]
    assert set(article) == {
        "url",
        "canonical_url",
        "title",
        "byline",
        "published",
        "language",
        "outlet",
        "credit",
        "partial",
        "text",
    }
    assert (article["url"], article["published"], article["language"]) == (URL, WHEN.isoformat(), "en")
    assert article["credit"] is None
    assert (article["byline"], article["partial"]) == ([], False)
    assert found["label"] == "account"
    assert 0.5 < found["score"] <= 1
    (account,) = found["accounts"]
    assert set(account) >= FIELDS
    assert account["name"] == "Yunus Haddad"
    assert account["evidence"] in article["text"]
    for proof in account["proofs"]:
        assert article["text"][proof["start"] : proof["end"]] == proof["sentence"]
    assert all({"name", "weight", "text"} <= set(why) for why in found["why"])
    assert found["why"]


def test_explain_for_people_shows_the_decision_the_person_and_the_reasons(page: Path) -> None:
    said = outspoken("explain", page).stdout
    for word in ("account", "Yunus Haddad", "because", "I regret"):
        assert word in said
    assert_plain(said)


def test_explain_a_page_that_names_no_group(folder: Path) -> None:
    (folder / "tram.html").write_bytes(outlet.of("beirut-tram", WHEN))
    (found,) = rows(outspoken("explain", "tram.html", "--json").stdout)
    assert (found["label"], found["score"], found["accounts"], found["why"]) == ("none", 0.0, [], [])
    assert found["article"]["title"] == outlet.piece("beirut-tram").title
    assert "no watched group" in outspoken("explain", "tram.html").stdout


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://127.0.0.1:9/x", "is never fetched: 127.0.0.1 is a private, loopback or otherwise reserved address"),
        ("http://[::1]/", "is never fetched"),
        ("http://169.254.169.254/latest/meta-data/", "is never fetched"),
        ("http://nowhere.invalid/", "http://nowhere.invalid/: "),
    ],
)
def test_explain_an_address_that_is_not_fetched(folder: Path, url: str, said: str) -> None:
    done = process("explain", url, "--json", at=folder)
    assert (done.returncode, done.stdout) == (1, "")
    assert said in sentence(done.stderr)
    assert len(done.stderr.splitlines()) == 1


def test_explain_a_file_that_is_not_there_or_no_page(folder: Path) -> None:
    result = outspoken("explain", "none.html")
    assert result.exit_code == 1
    assert sentence(result.stderr) == "none.html: cannot be read: No such file or directory"
    (folder / "empty.html").write_bytes(b"")
    (folder / "noise.html").write_bytes(bytes(range(256)) * 50)
    for name in ("empty.html", "noise.html"):
        result = outspoken("explain", name, "--json")
        assert result.exit_code in (0, 1)
        assert "Traceback" not in result.output
    assert outspoken("explain", folder).exit_code == 1


def test_explain_with_a_profile_that_does_not_exist(page: Path) -> None:
    result = outspoken("explain", page, "-p", "none.toml")
    assert result.exit_code == 2
    assert sentence(result.stderr).startswith("none.toml: there is no profile")


def test_a_hostile_page_is_shown_as_text(folder: Path) -> None:
    paragraphs = [
        HOSTILE,
        f"{HOSTILE} said he had defected from the Islamic State.",
        *outlet.piece("beirut-tram").paragraphs,
    ]
    (folder / "bad.html").write_bytes(outlet.page(HOSTILE, paragraphs, WHEN))
    for args in (("explain",), ("explain", "--json"), ("extract",), ("extract", "--json")):
        result = outspoken(args[0], "bad.html", *args[1:])
        assert result.exit_code == 0, result.output
        assert_plain(result.output)
    assert "[red]ISIS[/red]" in outspoken("explain", "bad.html").stdout.replace("\n", "")


# --- extract ---------------------------------------------------------------------------------------------------
def test_extract_for_programs_keeps_its_contract(folder: Path, page: Path) -> None:
    (folder / "tram.html.gz").write_bytes(gzip.compress(outlet.of("beirut-tram", WHEN)))
    (folder / "cook.htm").write_bytes(outlet.account("cook", WHEN, canonical="https://c.example/cook"))
    manifest = jsonl(
        folder / "urls.jsonl", {"file": "pages/medic.html", "url": URL}, {"id": "tram", "url": "https://t.example/1"}
    )
    files = ("tram.html.gz", "medic.html", "cook.htm")
    result = outspoken("extract", *files, "--manifest", manifest, "--json")
    assert result.exit_code == 0, result.output
    found = rows(result.stdout)
    keys = ["file", "url", "title", "byline", "published", "language", "credit", "partial", "text"]
    assert [list(row) for row in found] == [keys] * 3
    assert [row["file"] for row in found] == list(files), "in the order of the files"
    assert [row["url"] for row in found] == ["https://t.example/1", URL, "https://c.example/cook"]
    assert found[0]["title"] == outlet.piece("beirut-tram").title
    assert all(row["published"] == WHEN.isoformat() and row["language"] == "en" for row in found)
    assert "Yunus Haddad" in found[1]["text"]


def test_extract_names_each_file_that_cannot_be_read_and_goes_on(folder: Path, page: Path) -> None:
    (folder / "broken.html.gz").write_bytes(b"hello")
    (folder / "cut.html.gz").write_bytes(gzip.compress(page.read_bytes())[:200])
    (folder / "empty.html").write_bytes(b"")
    result = outspoken("extract", "broken.html.gz", "cut.html.gz", "empty.html", "medic.html", "--json")
    assert result.exit_code == 1
    assert [row["file"] for row in rows(result.stdout)] == ["medic.html"]
    lines = result.stderr.splitlines()
    assert lines[0] == "broken.html.gz: cannot be read: Not a gzipped file (b'he')"
    assert lines[1].startswith("cut.html.gz: cannot be read: ")
    assert lines[2].startswith("empty.html: ")
    assert len(lines) == 3


def test_extract_refuses_a_gzip_bomb(folder: Path) -> None:
    (folder / "bomb.html.gz").write_bytes(gzip.compress(b"\x00" * 60_000_000))
    result = outspoken("extract", "bomb.html.gz")
    assert result.exit_code == 1
    assert sentence(result.stderr) == "bomb.html.gz: holds more than 50,000,000 bytes"


def test_extract_a_file_or_manifest_that_is_not_there(page: Path) -> None:
    result = outspoken("extract", "none.html")
    assert result.exit_code == 2
    assert "none.html" in result.stderr
    assert outspoken("extract", page, "--manifest", "none.jsonl").exit_code == 2
    assert outspoken("extract").exit_code == 2


def test_extract_with_a_broken_manifest(folder: Path, page: Path) -> None:
    (folder / "urls.jsonl").write_text('{"id": "medic", "url": "https://x.example/"}\nnot json\n')
    result = outspoken("extract", page, "--manifest", "urls.jsonl")
    assert result.exit_code == 1
    assert sentence(result.stderr).startswith("urls.jsonl:2: is not JSON: ")


def test_extract_for_people(page: Path) -> None:
    said = outspoken("extract", page).stdout
    assert "Yunus Haddad" in said
    assert "2026-03-13 08:00" in said


RECIPE = """[[source]]
name = "herald"
url = "https://herald.example/feed"
recipe = { body = "article p", remove = [".shop"], author = ".who" }
[[source]]
name = "bare"
url = "https://bare.example/feed"
"""


@pytest.fixture
def herald(folder: Path, page: Path) -> Path:
    (folder / "outspoken.toml").write_text("")
    (folder / "sources.toml").write_text(RECIPE)
    (folder / "signed.html").write_bytes(
        page.read_bytes().replace(b"<article>", b'<article><i class="who">Ann Ode</i>')
    )
    return page


def test_extract_by_a_recipe_shows_what_matched(herald: Path) -> None:
    assert outspoken("extract", "--try", "herald", "signed.html").exit_code == 0
    result = outspoken("extract", "--try", "herald", herald)
    assert result.exit_code == 1, "the recipe names an author, and the page has none"
    assert re.search(r"body +4 elements +article p\n +remove +nothing +\.shop\n +author +nothing +\.who", result.stdout)
    assert "Yunus Haddad" in result.stdout


def test_extract_by_a_recipe_for_programs(herald: Path) -> None:
    result = outspoken("extract", "signed.html", herald, "--try", "herald", "--json")
    found = rows(result.stdout)
    assert [row["recipe"] for row in found] == [
        {"body": 4, "remove": 0, "author": 1},
        {"body": 4, "remove": 0, "author": 0},
    ]
    assert found[0]["byline"] == ["Ann Ode"]


@pytest.mark.parametrize(("name", "said"), [("none", "there is no source of this name"), ("bare", "it has no recipe")])
def test_extract_by_a_recipe_that_is_not_there(herald: Path, name: str, said: str) -> None:
    result = outspoken("extract", "--try", name, herald)
    assert result.exit_code == 2
    assert said in result.stderr


def test_extract_by_a_recipe_goes_on_after_a_page_that_cannot_be_read(folder: Path, herald: Path) -> None:
    (folder / "empty.html").write_bytes(b"")
    result = outspoken("extract", "--try", "herald", "empty.html", "signed.html", "--json")
    assert (result.exit_code, [row["file"] for row in rows(result.stdout)]) == (1, ["signed.html"])
    assert sentence(result.stderr).startswith("empty.html: ")


def test_extract_reports_an_address_that_is_not_fetched_and_goes_on(folder: Path, herald: Path) -> None:
    for more in ((), ("--try", "herald")):
        done = process("extract", "http://127.0.0.1:9/x", "http://[::1]/", "signed.html", "--json", *more, at=folder)
        assert (done.returncode, [row["file"] for row in rows(done.stdout)]) == (1, ["signed.html"])
        assert sentence(done.stderr)
        lines = done.stderr.splitlines()
        assert [line.split(": ")[0] for line in lines] == ["http://127.0.0.1:9/x", "http://[::1]/"]
        assert all("is never fetched" in line for line in lines)


# --- detect ----------------------------------------------------------------------------------------------------
def article(number: int, published: str, who: str = "medic", **fields: Any) -> dict[str, Any]:
    """A row of a corpus, its text that of one of the invented people's pages."""
    body = outlet.account(who).decode()
    text = "\n\n".join(part.partition("</p>")[0] for part in body.split("<p>")[1:])
    title = body.partition("<title>")[2].partition("</title>")[0]
    row = {"id": f"a{number}", "url": f"https://x.example/{number}", "title": title, "text": text, "language": "en"}
    return row | {"published": published} | fields


def test_detect_reads_the_oldest_first_and_says_who_is_new(folder: Path) -> None:
    corpus = jsonl(
        folder / "in.jsonl",
        article(1, "2026-03-03T12:00:00+00:00", title="An ISIS medic tells why he fled"),
        article(2, "2026-03-02T01:00:00+05:00"),
        article(3, "2026-03-01T22:00:00Z", "cook"),
        {"id": "a4", "published": "2026-03-01T23:00:00Z", "title": "Rain", "text": "It rained.", "label": "none"},
    )
    result = outspoken("detect", corpus, "--json")
    assert result.exit_code == 0, result.output
    found = rows(result.stdout)
    assert [row["id"] for row in found] == ["a2", "a3", "a4", "a1"], "a2 is the oldest: 20:00 in UTC on the day before"
    assert all(list(row) == ["id", "label", "score", "accounts"] for row in found)
    assert [row["label"] for row in found] == ["account", "account", "none", "account"]
    assert [[(a["name"], a["new"]) for a in row["accounts"]] for row in found] == [
        [("Yunus Haddad", True)],
        [("Samir Aslanov", True)],
        [],
        [("Yunus Haddad", False)],
    ]
    assert set(found[0]["accounts"][0]) == FIELDS | {"new"}
    table = outspoken("detect", corpus).stdout
    assert "Yunus Haddad*" in table.replace("\n", "")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"id": "b"', "in.jsonl:3: is not JSON: "),
        ("[1, 2]", "in.jsonl:3: is not a JSON object"),
        ('{"title": "x"}', 'in.jsonl:3: has no "id"'),
        ('{"id": "a1"}', 'in.jsonl:3: the id "a1" stands twice'),
        ('{"id": "b", "accounts": [3]}', 'in.jsonl:3: "accounts" is not a list of objects'),
        ("[" * 100_000, "in.jsonl:3: is not JSON: "),
    ],
)
@pytest.mark.parametrize("command", ["detect", "evaluate"])
def test_a_line_that_is_no_article_is_named_with_its_number(folder: Path, command: str, line: str, said: str) -> None:
    corpus = jsonl(folder / "in.jsonl", article(1, "2026-03-01T00:00:00Z"))
    corpus.write_text(f"{corpus.read_text()}\n{line}\n")
    result = outspoken(command, "in.jsonl", "--json")
    assert (result.exit_code, result.stdout) == (1, "")
    assert sentence(result.stderr).startswith(said)
    assert len(result.stderr) < 300


def test_detect_takes_odd_values_as_they_come(folder: Path) -> None:
    odd = {"published": "0001-01-01T00:00:00+14:00", "byline": 5, "credit": "x", "title": HOSTILE, "accounts": None}
    rows_in = [{"id": f"\ud800{n}", "text": f"half \udc00 {HOSTILE}", **odd} for n in range(2)]
    corpus = jsonl(folder / "in.jsonl", *rows_in, {"id": 7}, {"id": "never", "published": "yesterday"})
    result = outspoken("detect", corpus, "--json")
    assert result.exit_code == 0, result.output
    assert_plain(result.output)
    assert {row["id"] for row in rows(result.stdout)} == {"\ud8000", "\ud8001", 7, "never"}
    assert_plain(outspoken("detect", corpus).output)


def test_detect_an_empty_file_a_folder_and_one_that_cannot_be_read(folder: Path) -> None:
    (folder / "empty.jsonl").write_text("\n\n")
    assert (outspoken("detect", "empty.jsonl", "--json").stdout) == ""
    assert outspoken("detect", folder).exit_code == 2
    assert outspoken("detect", "none.jsonl").exit_code == 2
    result = outspoken("detect", "/proc/self/mem")
    assert result.exit_code == 1
    assert sentence(result.stderr) == "/proc/self/mem: cannot be read: Input/output error"


# --- evaluate --------------------------------------------------------------------------------------------------
@pytest.fixture
def labelled(folder: Path) -> Path:
    told = {"name": "Yunus Haddad", "name_type": "full", "gender": "male", "exit": "defected", "person": "p1"}
    missed = {"name": "Somebody Else [bold]", "person": "p2"}
    return jsonl(
        folder / "cases.jsonl",
        article(1, "2026-03-01T00:00:00Z", label="account", accounts=[told]),
        article(2, "2026-03-02T00:00:00Z", "cook", label="report", accounts=[], title=HOSTILE),
        {"id": "a3", "title": "Rain", "text": "It rained.", "label": "none"},
        {"id": "a4", "title": "Sun", "text": "It shone.", "label": "account", "accounts": [missed]},
    )


def test_evaluate_for_programs(labelled: Path) -> None:
    (found,) = rows(outspoken("evaluate", labelled, "--json").stdout)
    assert set(found) == {"articles", "figures", "intervals", "errors"}
    assert found["articles"] == 4
    assert found["figures"]["label.account.precision"] == 0.5
    assert found["figures"]["alerts.recall"] == 0.5
    for name, figure in found["figures"].items():
        low, high = found["intervals"][name]
        assert low <= figure <= high
    assert "a4: not found: Somebody Else [bold]" in found["errors"]


def test_evaluate_for_people(labelled: Path) -> None:
    result = outspoken("evaluate", labelled)
    assert result.exit_code == 0
    assert "label.account.precision" in result.stdout
    assert "0.500" in result.stdout
    assert "a4: not found: Somebody Else [bold]" in result.stdout
    assert "a2: report was read as account" in result.stdout
    assert_plain(result.stdout)


def test_evaluate_nothing(folder: Path) -> None:
    (folder / "empty.jsonl").write_text("")
    result = outspoken("evaluate", "empty.jsonl")
    assert result.exit_code == 1
    assert sentence(result.stderr) == "empty.jsonl: holds no article"
