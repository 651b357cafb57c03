"""What analysts do, in a real browser: by keyboard, on a phone, in the dark, on hostile pages, and for a screen reader."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import browser as finding
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from served import Served, serve

from web import passwords

pytest_plugins = ("site_fixtures",)
PASSWORD = "a long enough password"
PHONE = {"width": 390, "height": 844}
PAGES = (
    "/-/accounts", "/-/accounts?q=karim&country=FR", "/-/accounts/1", "/-/accounts/3", "/-/review", "/-/articles/1",
    "/-/articles/5", "/-/overview", "/-/sources", "/-/audit",
)  # fmt: skip


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=finding.chromium(), args=list(finding.FLAGS))
        yield started
        started.close()


class Watched:
    """A page, and everything on it that should not have happened."""

    def __init__(self, context: BrowserContext, served: Served) -> None:
        self.served, self.wrong = served, list[str]()
        self.page = context.new_page()
        self.page.set_default_timeout(15_000)
        self.page.on("console", lambda message: self._heard(message.type, message.text))
        self.page.on("pageerror", lambda error: self.wrong.append(f"error: {error}"))
        self.page.on("dialog", lambda dialog: self._dialog(dialog))
        self.page.on("request", lambda request: self._asked(request.url))

    def go(self, path: str) -> Page:
        self.page.goto(self.served.url + path)
        return self.page

    def _heard(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.wrong.append(f"{kind}: {text}")

    def _dialog(self, dialog: Any) -> None:
        self.wrong.append("a dialog")
        dialog.dismiss()

    def _asked(self, url: str) -> None:
        if not url.startswith((self.served.url, "data:")):
            self.wrong.append(f"asked {url}")


@pytest.fixture
def watched(chromium: Browser, here: Served) -> Iterator[Watched]:
    context = chromium.new_context(viewport={"width": 1360, "height": 900})
    made = Watched(context, here)
    yield made
    context.close()
    assert made.wrong == []


def verdict(served: Served, key: str) -> str:
    with served.store() as store:
        return store.verdict(served.accounts[key])


def heading(page: Page) -> str:
    return page.locator("#person").inner_text()


def test_the_queue_is_judged_by_keyboard_alone(watched: Watched) -> None:
    page = watched.go("/-/review?queue=all")
    assert heading(page) == "Karim B."
    page.keyboard.press("j")
    expect(page.locator("#person")).to_have_text("كريم")
    page.keyboard.press("k")
    expect(page.locator("#person")).to_have_text("Karim B.")
    page.keyboard.press("c")
    expect(page.get_by_role("status")).to_have_text(re.compile(r"Account \d+ confirmed\."))
    assert heading(page) == "كريم", "the next one is there already"
    assert verdict(watched.served, "twin") == "confirm"


def test_a_judgement_is_taken_back_by_keyboard(watched: Watched) -> None:
    number = watched.served.accounts["karim"]
    page = watched.go(f"/-/review?queue=all&account={number}")
    page.keyboard.press("c")
    expect(page.get_by_role("status")).to_have_text(f"Account {number} confirmed.")
    watched.go(f"/-/review?queue=all&account={number}")
    page.keyboard.press("u")
    expect(page.get_by_role("status")).to_have_text("Taken back.")
    assert verdict(watched.served, "karim") == ""
    assert heading(page) == "Karim"


def test_a_rejection_needs_its_reason(watched: Watched) -> None:
    page = watched.go(f"/-/review?queue=unsure&account={watched.served.accounts['leyla']}")
    page.keyboard.press("r")
    reason = page.get_by_label("Because it is")
    expect(reason).to_be_focused()
    reason.select_option("fiction, or not serious")
    page.keyboard.press("Tab")
    page.keyboard.type("a novel, say c and u")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text(re.compile("rejected"))
    with watched.served.store() as store:
        said = store.verdicts(watched.served.accounts["leyla"])
    assert (said[0]["verdict"], said[0]["note"]) == ("not-account", "fiction, or not serious; a novel, say c and u")


def test_a_field_is_corrected(watched: Watched) -> None:
    page = watched.go(f"/-/review?queue=unsure&account={watched.served.accounts['leyla']}")
    page.keyboard.press("e")
    expect(page.get_by_label("Name", exact=True)).to_be_focused()
    page.get_by_label("Age", exact=True).fill("33")
    page.get_by_label("brutality").check()
    page.get_by_role("button", name="Correct", exact=True).click()
    expect(page.locator(".facts")).to_contain_text("33")
    expect(page.locator(".badges")).to_contain_text("corrected")
    expect(page.locator(".judge .log")).to_contain_text("age 33")


def test_escape_closes_what_is_open(watched: Watched) -> None:
    page = watched.go("/-/review")
    page.keyboard.press("m")
    expect(page.get_by_label("Account number")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_label("Account number")).to_be_hidden()
    page.keyboard.press("j")
    expect(page.locator("#person")).to_have_text("كريم")


def test_two_accounts_are_merged_and_one_article_taken_out_again(watched: Watched) -> None:
    karim, twin = watched.served.accounts["karim"], watched.served.accounts["twin"]
    page = watched.go(f"/-/review?account={twin}")
    expect(page.locator(".near")).to_contain_text("one is 28, the other 29 years old")
    page.keyboard.press("m")
    page.keyboard.type(str(karim))
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text(f"Account {twin} merged into {karim}.")
    page = watched.go(f"/-/accounts/{twin}")
    assert page.url.endswith(f"/-/accounts/{karim}"), "the merged account leads to the one that it is"
    expect(page.locator(".articles > li")).to_have_count(3)
    page.get_by_role("button", name="Somebody else").last.click()
    expect(page.locator(".articles > li")).to_have_count(2)
    page.get_by_role("button", name="Take back").first.click()
    expect(page.locator(".articles > li")).to_have_count(3)


def test_a_person_is_found_and_the_list_narrowed(watched: Watched) -> None:
    page = watched.go("/-/accounts")
    page.keyboard.press("/")
    page.keyboard.type("karim")
    page.keyboard.press("Enter")
    expect(page.locator(".card h2")).to_have_text(["Karim B.", "Karim"])
    page.get_by_label("Reason").select_option("brutality")
    page.get_by_role("button", name="Show").click()
    expect(page.locator(".card h2")).to_have_text(["Karim"])
    page.get_by_text("Where it says so").click()
    expect(page.locator(".facts")).to_contain_text("He is 28 and comes from Lyon.")
    page.get_by_role("link", name="Karim", exact=True).click()
    expect(page.locator("h1")).to_have_text("Karim")


def test_without_the_script_everything_is_still_there(chromium: Browser, here: Served) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = Watched(context, here).go("/-/review?queue=sure")
    page.get_by_role("button", name="Confirm").click()
    assert "confirmed" in page.get_by_role("status").inner_text()
    context.close()


def test_a_reader_sees_and_cannot_judge(
    chromium: Browser, database: Path, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HASH", passwords.hashed(PASSWORD))
    with serve(database, now, passwords={"ben": "env:HASH"}) as served:
        context = chromium.new_context()
        watched = Watched(context, served)
        page = watched.go("/-/review?queue=all")
        assert "/-/login?next=" in page.url
        page.get_by_label("User").fill("ben")
        page.get_by_label("Password").fill("wrong")
        page.get_by_role("button", name="Log in").click()
        expect(page.get_by_role("alert")).to_be_visible()
        page.get_by_label("User").fill("ben")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        expect(page.locator("#person")).to_be_visible()
        assert page.url.endswith("/-/review?queue=all"), "to where he wanted to go"
        expect(page.get_by_role("button", name="Confirm")).to_have_count(0)
        page.keyboard.press("c")
        page.get_by_role("button", name="Log out").click()
        expect(page.get_by_role("heading", name="Log in")).to_be_visible()
        assert [each for each in watched.wrong if "403" not in each] == []
        context.close()
        assert served.store().verdict(1) == ""


@pytest.mark.parametrize("page", ["/-/accounts", "/-/accounts/3", "/-/articles/4", "/-/review?account=3", "/-/audit"])
def test_hostile_texts_do_nothing(watched: Watched, page: str) -> None:
    opened = watched.go(page)
    assert opened.title() not in ("1", "owned")
    assert opened.locator("main script, main img, main i, main b").count() == 0
    assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in opened.content()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(chromium: Browser, here: Served, scheme: Any) -> None:
    context = chromium.new_context(color_scheme=scheme, viewport={"width": 1360, "height": 900})
    watched = Watched(context, here)
    judged = watched.go("/-/review?account=1")
    judged.keyboard.press("c")
    expect(judged.get_by_role("status")).to_be_visible()
    for path in PAGES:
        page = watched.go(path)
        page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
        found = Axe().run(page).response["violations"]
        bad = [
            (each["id"], node["html"][:160], node["failureSummary"][:200])
            for each in found
            if each["impact"] in ("serious", "critical", "moderate")
            for node in each["nodes"]
        ]
        assert not bad, f"{path} ({scheme}): {bad[:3]}"
    context.close()
    assert watched.wrong == []


@pytest.mark.parametrize("path", [*PAGES, "/outspoken"])
def test_a_phone_scrolls_downwards_only(chromium: Browser, here: Served, path: str) -> None:
    context = chromium.new_context(viewport=PHONE, is_mobile=True)  # type: ignore[arg-type]
    page = Watched(context, here).go(path)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    context.close()


def test_datasettes_own_pages_work_in_our_frame(watched: Watched) -> None:
    page = watched.go("/outspoken/account_cards?_facet=nationality")
    watched.wrong = [each for each in watched.wrong if "inline style" not in each]
    expect(page.locator("table.rows-and-columns tbody tr")).to_have_count(5)
    page.get_by_role("link", name="FR", exact=True).first.click()
    expect(page.locator("table.rows-and-columns tbody tr")).to_have_count(2)
    watched.wrong = [each for each in watched.wrong if "inline style" not in each]
