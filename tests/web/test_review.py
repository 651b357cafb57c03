"""What analysts change: verdicts, corrections, merges, and how all of it is taken back."""

from __future__ import annotations

import json
import re
from typing import Any

import httpx
import pytest
from served import ARABIC, EVIL_NAME, KARIM, TEXT, Served, token

from db import Store
from web import highlights, searching
from web.filters import Filters

pytest_plugins = ("site_fixtures",)


def post(client: httpx.Client, address: str, **fields: Any) -> httpx.Response:
    return client.post(address, data={"csrftoken": token(client), **fields})


def card(served: Served, account: int) -> dict[str, Any]:
    with served.store() as store:
        found = store._c.one("SELECT * FROM account_cards WHERE account = ?", account)
    assert found is not None
    return found


def log(served: Served) -> list[dict[str, Any]]:
    with served.store() as store:
        return store._c.rows("SELECT * FROM audit ORDER BY id DESC")


def undo(client: httpx.Client, served: Served) -> httpx.Response:
    last = next(row for row in log(served) if row["action"] != "undo" and not row["undone_at"])
    return post(client, f"/-/review/undo/{last['id']}")


def test_a_rejection_leaves_the_list_with_its_reason_and_comes_back(here: Served) -> None:
    leyla = here.accounts["leyla"]
    with here.client() as client:
        post(client, f"/-/review/{leyla}/reject", reason="a report or study, no account", note="nobody speaks")
        assert "Leyla Demir" not in client.get("/-/accounts").text
        assert "Leyla Demir" in client.get("/-/accounts?verdict=not-account").text
        page = client.get("/-/audit").text
        assert "a report or study, no account; nobody speaks" in page
        assert undo(client, here).status_code == 303
        assert "Leyla Demir" in client.get("/-/accounts").text
    assert card(here, leyla)["verdict"] == ""
    with here.store() as store:
        assert store.verdicts(leyla)[0]["undone_at"], "what was said stays, as taken back"


def test_a_correction_shows_everywhere_and_the_articles_words_stay(here: Served) -> None:
    leyla = here.accounts["leyla"]
    with here.client() as client:
        fields = {"name": "Leyla Demir", "age": "33", "nationality": "de", "role": "ward nurse", "gender": "female"}
        post(
            client, f"/-/review/{leyla}/correct", **fields, exit="surrendered", with_reasons="1", reasons=["conditions"]
        )
        page = client.get(f"/-/accounts/{leyla}").text
        for words in ("33", "Germany", "ward nurse", "surrendered to get out", "conditions", "corrected"):
            assert words in page
    with here.store() as store:
        row = next(row for row in store.accounts() if row["account"] == leyla)
        assert (row["age"], row["nationality"], row["role"], row["reasons"]) == (33, "DE", "ward nurse", ["conditions"])
        assert store._c.one("SELECT age, role FROM mentions WHERE account = ?", leyla) == {"age": 31, "role": "nurse"}
        assert store.verdict(leyla) == "wrong"
    with here.client() as client:
        undo(client, here)
    assert (card(here, leyla)["age"], card(here, leyla)["role"], card(here, leyla)["verdict"]) == (31, "nurse", "")


def test_a_field_is_cleared_and_an_untouched_form_changes_nothing(here: Served) -> None:
    karim = here.accounts["karim"]
    with here.client() as client:
        post(client, f"/-/review/{karim}/correct", name="Karim", role="guard", with_reasons="1", reasons=KARIM.reasons)
        assert log(here) == []
        post(client, f"/-/review/{karim}/correct", age="", role="")
    assert (card(here, karim)["age"], card(here, karim)["role"]) == (None, "")


@pytest.mark.parametrize(
    "fields",
    [{"age": "200"}, {"age": "-3"}, {"nationality": "France"}, {"exit": "flew"}, {"role": "x" * 300, "gender": "cat"}],
)
def test_a_value_that_makes_no_sense_is_refused_in_a_sentence(here: Served, fields: dict[str, str]) -> None:
    with here.client() as client:
        answer = post(client, f"/-/review/{here.accounts['leyla']}/correct", **fields)
    assert answer.status_code == 400
    assert "Traceback" not in answer.text
    assert log(here) == []


def test_a_merge_gives_the_articles_over_and_is_taken_back(here: Served) -> None:
    karim, twin = here.accounts["karim"], here.accounts["twin"]
    with here.client() as client:
        assert post(client, f"/-/review/{twin}/merge", into=str(karim), note="the same bridge").status_code == 303
        assert card(here, karim)["mentions"] == 3
        assert client.get(f"/-/accounts/{twin}").headers["location"] == f"/-/accounts/{karim}"
        assert "said to be one person by" in client.get(f"/-/accounts/{karim}").text
        undo(client, here)
    assert (card(here, karim)["mentions"], card(here, twin)["mentions"]) == (2, 1)
    assert card(here, twin)["tier"] == "alert"


def test_an_unmerge_makes_an_account_and_is_taken_back(here: Served) -> None:
    karim = here.accounts["karim"]
    with here.store() as store:
        second = store._c.rows("SELECT id FROM mentions WHERE account = ? ORDER BY id", karim)[1]["id"]
    with here.client() as client:
        assert post(client, f"/-/review/unmerge/{second}").status_code == 303
        assert card(here, karim)["mentions"] == 1
        with here.store() as store:
            new = store._c.rows("SELECT account FROM mentions WHERE id = ?", second)[0]["account"]
        assert new != karim
        assert "kept apart by" in client.get(f"/-/accounts/{new}").text
        undo(client, here)
        assert card(here, karim)["mentions"] == 2
        assert "same name" in client.get(f"/-/accounts/{karim}").text, "the join has its reasons again"


def test_what_was_taken_back_cannot_be_taken_back_twice(here: Served) -> None:
    with here.client() as client:
        post(client, "/-/review/1/confirm")
        number = log(here)[0]["id"]
        assert post(client, f"/-/review/undo/{number}").status_code == 303
        assert post(client, f"/-/review/undo/{number}").status_code == 400
        assert post(client, "/-/review/undo/999").status_code == 400
        assert post(client, "/-/review/999/confirm").status_code == 400
        assert post(client, "/-/review/1/merge", into="1").status_code == 400
        assert post(client, "/-/review/1/merge", into="one").status_code == 400


def test_a_word_by_another_way_stands_in_the_log_and_counts_no_more_when_taken_back(here: Served) -> None:
    from datetime import UTC, datetime, timedelta

    now = datetime(2026, 3, 14, 10, tzinfo=UTC)
    with Store.open(here.path) as store:
        store.save_verdict(1, "confirm", "ada (Slack)", now)
        store.save_verdict(1, "not-account", "ben (desk)", now + timedelta(minutes=1))
    with here.client() as client:
        assert "ben (desk)" in client.get("/-/audit").text
        undo(client, here)
    assert card(here, 1)["verdict"] == "confirm", "the word before holds again"


def test_the_review_writes_beside_a_writer(here: Served) -> None:
    """As beside the daemon: a reader's connection holds nobody up, and each waits for the other's transaction."""
    with Store.open(here.path) as daemon, here.client() as client:
        with daemon.transaction():
            daemon._c.run("UPDATE sources SET last_error = 'x'")
            assert client.get("/-/accounts").status_code == 200
        assert post(client, "/-/review/1/confirm").status_code == 303
        daemon._c.run("UPDATE sources SET last_error = 'y'")


def test_the_queue_goes_on_with_the_next(here: Served) -> None:
    with here.client() as client:
        first = client.get("/-/review?queue=all").text
        order = list(dict.fromkeys(re.findall(r"account=(\d+)\"", first)))
        following = re.search(r'rel="next"', first)
        assert following
        form = re.search(r'action="/-/review/(\d+)/confirm">.*?name="back" value="([^"]+)"', first, re.DOTALL)
        assert form
        answer = post(client, f"/-/review/{form[1]}/confirm", back=form[2].replace("&amp;", "&"))
        page = client.get(answer.headers["location"]).text
        assert f'action="/-/review/{order[1]}/confirm"' in page
        assert f"Account {form[1]} confirmed." in page


def found(client: httpx.Client, text: str) -> list[str]:
    page = client.get("/-/accounts", params={"q": text}).text
    return re.findall(r'<h2 id="account-\d+"><a [^>]*><bdi>(.*?)</bdi>', page)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("karim", ["Karim B.", "Karim"]),
        ("kar", ["Karim B.", "Karim"]),
        ("yusuf", ["Karim"]),
        ("Zurich neighbour", ["Karim"]),
        ('"guarded a bridge"', ["Karim B.", "Karim"]),
        ('"bridge guarded"', []),
        ("كريم", ["كريم"]),
        ("كَرِيم", ["كريم"]),
        ("تنظيم", ["كريم"]),
        ("nobody-like-this", []),
        ('"', []),
        ("NEAR( OR * ^ -", []),
        ("names:karim", []),
    ],
)
def test_the_search_finds_by_name_evidence_and_text(here: Served, text: str, names: list[str]) -> None:
    with here.client() as client:
        assert found(client, text) == names


def test_filters_narrow_and_say_how_many(here: Served) -> None:
    with here.client() as client:
        page = client.get("/-/accounts?country=FR&reason=brutality&exit=defected&language=en&group=islamic_state").text
        assert re.findall(r'<span class="total">(\d+)', page) == ["1"]
        assert re.search(r'<option value="TR">Turkey \(1\)', client.get("/-/accounts?country=FR").text)
        assert "Nobody fits" in client.get("/-/accounts?country=ZZ").text
        assert client.get("/-/accounts?before=nonsense&country=%00").status_code == 200


def test_every_account_is_met_once_over_all_pages(here: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.pages.accounts.PAGE", 2)
    seen, address = list[str](), "/-/accounts"
    with here.client() as client:
        while address:
            page = client.get(address).text
            seen += re.findall(r'<h2 id="account-(\d+)"', page)
            more = re.search(r'rel="next" href="([^"]+)"', page)
            address = more[1].replace("&amp;", "&") if more else ""
    assert len(seen) == len(set(seen)) == 5


def test_an_article_shows_its_evidence_its_decision_and_its_reprints(here: Served) -> None:
    with here.client() as client:
        page = client.get("/-/articles/1").text
    assert "<mark" in page
    assert "the headline lets somebody speak" in page
    assert "+0.60" in page
    assert "Every decision starts from -0.50." in page
    assert "own words" in page


def test_marks_say_what_they_prove_and_change_no_letter() -> None:
    detail = json.loads(json.dumps({"evidence": KARIM.evidence, "quotes": KARIM.quotes}))
    detail["proofs"] = [{"field": each.field, "sentence": each.sentence, "start": each.start} for each in KARIM.proofs]
    pieces = highlights.paragraphs(TEXT, highlights.spans(TEXT, [detail]))
    assert "\n\n".join("".join(piece.text for piece in paragraph) for paragraph in pieces) == TEXT
    marked = {piece.text: piece.ends for paragraph in pieces for piece in paragraph if piece.labels}
    assert marked["He is 28 and comes from Lyon."] == ("age", "origin")
    assert marked[KARIM.evidence] == ("account", "role")


def test_marks_survive_a_text_that_changed_since() -> None:
    detail = {"proofs": [{"field": "age", "sentence": "He is 28.", "start": 999}], "evidence": "gone", "quotes": [""]}
    (paragraph,) = highlights.paragraphs("Then. He is 28. So", highlights.spans("Then. He is 28. So", [detail]))
    assert [piece.text for piece in paragraph if piece.labels] == ["He is 28."]


def test_hostile_text_is_shown_as_text(here: Served) -> None:
    number = here.accounts["evil"]
    with here.client() as client:
        for page in (
            "/-/accounts",
            f"/-/accounts/{number}",
            f"/-/review?account={number}",
            "/-/articles/4",
            "/-/overview",
        ):
            text = client.get(page).text
            assert "<script>alert" not in text, page
            assert "<img src=x" not in text, page
            assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in text, page
            assert "<b>I left" not in text, page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;mirak" in client.get(f"/-/accounts/{number}").text
        post(client, f"/-/review/{number}/reject", note="<script>alert(2)</script>")
        assert "<script>alert" not in client.get("/-/audit").text
        assert "<script>alert" not in client.get("/-/accounts", params={"q": EVIL_NAME}).text


def test_arabic_is_isolated_from_its_line(here: Served) -> None:
    with here.client() as client:
        page = client.get("/-/accounts").text
    assert f'<blockquote dir="auto">{ARABIC}</blockquote>' in page
    assert "<bdi>كريم</bdi>" in page


def test_the_overview_counts_what_the_lists_hold(here: Served) -> None:
    with here.client() as client:
        page = client.get("/-/overview").text
        rows = client.get("/outspoken/accounts_by_reason.json?_shape=array").json()
        assert {row["reason"]: row["people"] for row in rows} == {"brutality": 1, "conditions": 1}
        text = client.get("/outspoken/accounts_by_month.csv").text
    assert text.splitlines()[0] == "month,sure,unsure"
    assert "<title>February 2026: 3 sure enough, 2 unsure</title>" in page
    assert "sum(tier = &#39;alert&#39;) AS sure" in page, "each chart shows its query"


def test_sources_say_how_they_are(here: Served) -> None:
    with here.client() as client:
        post(client, "/-/review/1/confirm")
        page = client.get("/-/sources").text
        assert "The Herald" in page
        assert "100 %" in page, "precision from verdicts"
        assert "The Courier" not in client.get("/-/sources?q=herald").text


@pytest.mark.parametrize("page", ["/-/accounts/999", "/-/articles/999", "/nothing", "/-/nothing", "/outspoken/nothing"])
def test_what_is_not_there_is_said_in_a_sentence(here: Served, page: str) -> None:
    with here.client() as client:
        answer = client.get(page)
    assert answer.status_code == 404
    assert "There is no such page" in answer.text
    assert "Traceback" not in answer.text


def test_an_error_of_ours_shows_nothing_of_the_inside(here: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.pages.overview._TOTALS", "SELECT no_such_column")
    with here.client() as client:
        answer = client.get("/-/overview")
    assert answer.status_code == 500
    assert "no_such_column" not in answer.text


def test_queries_are_made_of_words_alone() -> None:
    assert searching.match('karim "left in 2014" x:y') == '"karim"* AND "left in 2014" AND "x y"*'
    assert Filters.of({"q": " a ", "country": "FR", "nonsense": "1"}).query() == "q=a&country=FR"


@pytest.mark.parametrize("form", ["csv", "json", "html", "markdown", "stix", "rss", "bibtex", "csl"])
def test_a_list_and_an_account_are_taken_along(here: Served, form: str) -> None:
    with here.client() as client:
        listed = client.get(f"/-/export/{form}?country=FR")
        one = client.get(f"/-/export/{form}?account={here.accounts['evil']}")
    assert listed.status_code == one.status_code == 200
    assert "courier.example/6" in listed.text
    assert "herald.example/3" not in listed.text
    assert one.headers["content-disposition"].startswith('attachment; filename="account-')
    if form == "html":
        assert "<script>alert" not in one.text


def test_only_what_can_be_taken_along_is(here: Served) -> None:
    with here.client() as client:
        assert client.get("/-/export/exe?country=FR").status_code == 404
        assert client.get("/-/export/csv?account=x").status_code == 400


def test_a_kept_copy_comes_as_a_file_and_never_as_a_page(here: Served) -> None:
    from datetime import UTC, datetime

    from archive import Archive
    from config import ArchiveConfig
    from model import Article, Page, Reading

    page = Page("https://herald.example/1", b"<script>document.title='owned'</script>")
    settings = ArchiveConfig(keep="all", folder=here.path.parent / "archive")
    with Store.open(here.path) as store:
        kept_in = Archive(store, settings, lambda: datetime(2026, 3, 1, tzinfo=UTC))
        with kept_in.keeping(page, Reading(Article(page.url))) as note:
            assert note is not None
            note(1)
    with here.client() as client:
        assert "A copy of the page was kept on 1 March 2026" in client.get("/-/articles/1").text
        copy = client.get("/-/articles/1/copy")
        assert copy.content == page.body
        assert copy.headers["content-type"] == "application/octet-stream"
        assert copy.headers["content-disposition"].startswith("attachment")
        assert client.get("/-/articles/2/copy").status_code == 404
        next(settings.folder.glob("*.gz")).write_bytes(b"damaged")
        assert client.get("/-/articles/1/copy").status_code == 400


def test_the_last_canary_is_told(here: Served) -> None:
    with Store.open(here.path) as store:
        row = {"day": "2026-03-14", "channel": "desk", "started": "2026-03-14T07:00:00.000000Z"}
        store._c.insert("canaries", row)
    with here.client() as client:
        assert "The last canary, of 14 March 2026, has not arrived" in client.get("/-/sources").text
    with Store.open(here.path) as store:
        store._c.run("UPDATE canaries SET arrived = '2026-03-14T07:02:00.000000Z'")
    with here.client() as client:
        assert "arrived in <bdi>desk</bdi> at 14 March 2026, 07:02 UTC" in client.get("/-/sources").text


def test_the_log_of_one_person(here: Served) -> None:
    with Store.open(here.path) as store:
        from datetime import UTC, datetime

        store.save_verdict(1, "confirm", "ada & co", datetime(2026, 3, 14, tzinfo=UTC))
        store.save_verdict(2, "confirm", "ben", datetime(2026, 3, 14, tzinfo=UTC))
    with here.client() as client:
        link = re.search(r'href="(/-/audit\?by=ada[^"]+)"', client.get("/-/audit").text)
        assert link
        page = client.get(link[1].replace("&amp;", "&")).text
    assert "ada &amp; co" in page
    assert ">ben<" not in page
