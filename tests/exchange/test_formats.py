"""Every form in which accounts leave is read back by a program of somebody else's, hostile texts included."""

from __future__ import annotations

import csv
import io
import json
import re
import sys
from dataclasses import replace
from xml.etree.ElementTree import fromstring

import bibtexparser
import feedparser
import lxml.html
import pyarrow.parquet
import pytest
import stix2

from errors import ExchangeError
from exchange import FORMATS, render
from exchange.records import Case, Telling, Verdict, cases, clean, http_url
from exchange.tabular import joined, parted, unguarded

KARIM = Telling(
    "https://herald.example/1", "The Herald", "He walked at night", "2026-03-14T09:30:00.000000Z", "en", ("Ann Writer",),
    "Karim Mansour", "pseudonym", ("Abu Karim",), "islamic_state", "guard", "TN", "male", 28, "defected",
    ("brutality", "conditions"), "Karim Mansour left.", ("I left, Mansour said.",), 0.97, "seen by the team",
)  # fmt: skip
CASE = Case(
    17, "islamic_state", "2026-03-14T10:00:00.123456Z", "alert", "alert", "2026-03-14T10:00:00.000000Z", "confirm",
    (KARIM, replace(KARIM, url="https://courier.example/2", outlet="The Courier", name="Abu Karim", age=None, score=0.5)),
    (Verdict("confirm", "a good one", "Ann", "2026-03-15T08:00:00.000000Z"),),
    {"role": "gate guard", "age": 29},
)  # fmt: skip
UNNAMED = Case(
    18, "islamic_state", "2026-03-15T10:00:00.000000Z", tellings=(replace(KARIM, name="", name_type="anonymous"),)
)
ATTACKS = (
    "=cmd|'/C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\t=1+1", "\uff1d1+1", "'=1+1", " =1+1", '=HYPERLINK("http://evil.example")',
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "</style><script>x</script>", "{{ 7*7 }}{% for x in y %}",
    "[a](javascript:alert(1))", "# Head", "| a | b |", "![x](http://evil.example/x.png)", "`code`", "<!-- -->", "---",
    r"\input{/etc/passwd} \write18{ls} } @article{x, {", "100% & $5 #1 a_b ^ ~", "]]>", "&amp; &#x41;", 'say "it"',
    "a; b", "c\\;d\\", "line\nbreak", "أبو خالد", "🏳",
)  # fmt: skip
HIDDEN = "\x00\x0b\x1b[2J\u202eevil\u2066\ufffe\udc00"


def hostile(text: str) -> Case:
    """A case in which every text is an attack."""
    telling = replace(
        KARIM, outlet=text, title=text, byline=(text, text), name=text, aliases=(text, "x"), group=text, role=text,
        evidence=text, quotes=(text, "and more"), notes=text, language=text,
    )  # fmt: skip
    verdict = Verdict("confirm", text, text, "2026-03-15T08:00:00.000000Z")
    return replace(CASE, tellings=(telling,), verdicts=(verdict,), corrected={"role": text, "reasons": [text]})


def row_of(text: str) -> dict[str, object]:
    about = {
        "account": 1,
        **{f"account_{n}": text for n in ("profile", "created", "tier", "told", "told_at", "verdict")},
        "account_corrected": json.dumps({"role": text}),
    }
    telling = {
        "url": text,
        "outlet": text,
        "title": text,
        "byline": json.dumps([text]),
        "published": None,
        "language": "",
    }
    told = dict.fromkeys(("name", "name_type", "role", "nationality", "gender", "exit", "evidence", "notes"), text)
    return (
        about | telling | told | {"age": None, "reasons": "[]", "score": 0.0, "detail": json.dumps({"quotes": [text]})}
    )


# --- tables ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("attack", ATTACKS)
def test_no_cell_of_the_csv_is_a_formula_and_each_comes_back(attack: str) -> None:
    body = render([hostile(attack)], "csv")
    rows = list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline="")))
    assert len(rows) == 2
    assert not [cell for cell in rows[1] if re.match(r"\s*[=+\-@\uff1d]", cell)]
    told = dict(zip(rows[0], rows[1], strict=True))
    assert unguarded(told["name"]) == attack
    assert parted(unguarded(told["quotes"])) == (attack.strip(), "and more")


@pytest.mark.parametrize("attack", ATTACKS)
def test_lists_in_one_cell_come_back(attack: str) -> None:
    assert parted(joined((attack, "b;", "\\"))) == (attack.strip(), "b;", "\\")


def test_json_and_parquet_hold_everything() -> None:
    (told, other) = json.loads(render([CASE, UNNAMED], "json"))
    assert (told["account"], len(told["tellings"]), told["verdicts"][0]["by"]) == (17, 2, "Ann")
    assert other["tellings"][0]["reasons"] == ["brutality", "conditions"]
    table = pyarrow.parquet.read_table(io.BytesIO(render([CASE, UNNAMED], "parquet")))
    assert table.num_rows == 3
    first = table.to_pylist()[0]
    assert (first["age"], first["reasons"], first["score"]) == (28, ["brutality", "conditions"], 0.97)
    assert table.to_pylist()[1]["age"] is None


def test_parquet_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ExchangeError, match=r"pip install 'outspoken\[parquet\]'"):
        render([CASE], "parquet")


# --- for people ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("attack", ATTACKS)
def test_the_page_shows_hostile_text_and_runs_none(attack: str) -> None:
    body = render([hostile(attack)], "html").decode()
    page = lxml.html.fromstring(body)
    assert not page.xpath("//script | //img | //iframe | //*[@onerror]")
    assert " ".join(page.xpath("//h1")[0].text_content().split()) == " ".join(attack.split())
    assert list(page.xpath("//a/@href")) == ["https://herald.example/1"]
    assert "default-src 'none'" in page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")[0]


@pytest.mark.parametrize("attack", ATTACKS)
def test_markdown_is_text(attack: str) -> None:
    body = render([hostile(attack)], "markdown").decode()
    headings = [line for line in body.splitlines() if line.startswith("# ")]
    assert len(headings) == 1
    assert re.sub(r"\\(.)", r"\1", headings[0][2:]) == " ".join(attack.split())
    assert not re.search(r"(?<!\\)<(?!https://herald)|(?<!\\)!\[|(?<!\\)`", body)
    assert re.findall(r"\]\(<(.*?)>\)", body) == ["https://herald.example/1"]


def test_a_dossier_says_what_each_outlet_tells() -> None:
    body = render([CASE], "markdown").decode()
    for part in (
        "Karim Mansour",
        "The Courier",
        "- Age: 28",
        "> I left, Mansour said\\.",
        "Also called: Abu Karim",
        "a good one",
        "- Role, corrected: gate guard",
    ):
        assert part in body


# --- for other systems -----------------------------------------------------------------------------------------
@pytest.mark.parametrize("attack", ["Karim", *ATTACKS])
def test_the_bundle_is_stix_and_nobody_is_a_threat(attack: str) -> None:
    body = render([hostile(attack), UNNAMED], "stix").decode()
    bundle = stix2.parse(body, version="2.1")
    kinds = [each.type for each in bundle.objects]
    assert set(kinds) == {"identity", "marking-definition", "note", "report"}
    assert "threat-actor" not in body
    people = [each for each in bundle.objects if each.type == "identity" and each.identity_class == "individual"]
    assert [each.name for each in people] == [attack, "Unnamed person (account 18)"]
    assert len({each.id for each in bundle.objects}) == len(bundle.objects)


def test_the_ids_of_a_bundle_stay_and_say_nothing_of_names() -> None:
    bodies = [json.loads(render([CASE], "stix", names=names)) for names in (True, False)]
    assert bodies[0] == json.loads(render([CASE], "stix"))
    ids = [[each["id"] for each in body["objects"]] for body in bodies]
    assert ids[0] == ids[1]
    later = replace(CASE, verdicts=(*CASE.verdicts, Verdict("wrong", at="2026-04-01T00:00:00.000000Z")))
    person = next(e for e in json.loads(render([later], "stix"))["objects"] if e.get("identity_class") == "individual")
    assert (person["created"], person["modified"]) == ("2026-03-14T10:00:00.123Z", "2026-04-01T00:00:00.000Z")


@pytest.mark.parametrize("attack", ATTACKS)
def test_the_feed_is_read_by_a_reader(attack: str) -> None:
    body = render([hostile(attack), UNNAMED], "rss")
    root = fromstring(body)
    assert len(root.findall("channel/item")) == 2
    feed = feedparser.parse(body)
    assert not feed.bozo
    assert {entry.link for entry in feed.entries} == {"https://herald.example/1"}
    assert "<script" not in feed.entries[1].summary
    assert len({entry.id for entry in feed.entries}) == 2


@pytest.mark.parametrize("attack", ATTACKS)
def test_citations_are_read_and_hold_no_command(attack: str) -> None:
    body = render([hostile(attack), UNNAMED], "bibtex").decode()
    library = bibtexparser.parse_string(body)
    assert not library.failed_blocks
    (entry,) = library.entries
    assert entry["url"] == "https://herald.example/1"
    assert "\\input" not in body
    assert "\\write" not in body
    (item,) = json.loads(render([hostile(attack), UNNAMED], "csl"))
    assert (item["title"], item["issued"]) == (attack, {"date-parts": [[2026, 3, 14]]})
    assert item["note"] == "account 17, account 18"


# --- what is left out ------------------------------------------------------------------------------------------
@pytest.mark.parametrize("form", FORMATS)
def test_nothing_hidden_leaves(form: str) -> None:
    (case,) = cases([row_of(f"Karim{HIDDEN}")])
    body = render([replace(case, tier="alert", created="2026-03-14T10:00:00.000000Z")], form)
    assert not re.search(
        "[\x00\x0b\x1b\u202e\u2066\ufffe]", body.decode("utf-8", "replace") if form != "parquet" else ""
    )
    assert http_url("javascript:alert(1)") == http_url(f"https://x.example/{HIDDEN} y") == ""
    assert clean(HIDDEN) == "[2Jevil"


@pytest.mark.parametrize("form", FORMATS)
def test_names_and_words_can_be_withheld(form: str) -> None:
    named = replace(KARIM, url="https://herald.example/karim-mansour-speaks", role="guard of Mansour")
    case = replace(CASE, tellings=(named, *CASE.tellings))
    if form == "parquet":
        rows = pyarrow.parquet.read_table(io.BytesIO(render([case], form, names=False, quotes=False))).to_pylist()
        body = json.dumps(rows)
    else:
        body = render([case], form, names=False, quotes=False).decode()
    assert not re.search("karim|mansour|I left", body, re.IGNORECASE)
    assert "Herald" in body
    if form in ("json", "csv", "markdown", "html"):
        assert "said" in render([case], form, names=False).decode()
        assert "Mansour" not in render([case], form, names=False).decode()


def test_what_is_no_account_is_not_published() -> None:
    gone = replace(CASE, account=19, tier="none", verdict="not-account")
    for form, made in FORMATS.items():
        assert (render([gone], form) == render([], form)) is made.published
