"""Two polls of a feed share no entry: what was between them is found elsewhere at the outlet, or ops hear that it is not."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import alert_servers
import outlet
import pytest
from daemons import ENVIRONMENT, QUICK, ask, count, daemon, hook, keys, until, write
from loopback import Answer, Web, serve

from db import Store
from filling import AGAIN, Filler, best, why_not
from model import Entry, FeedState, Gap, Polled, PollOutcome, Source
from spiders.ways import Way

BEGAN = datetime(2026, 3, 14, 6, tzinfo=UTC)
ENDED = BEGAN + timedelta(hours=5)
SITEMAP, WORDPRESS, LISTING = (Way(kind, "https://a.example/way", "") for kind in ("sitemap", "wordpress", "listing"))
GAP = Gap(1, Source("a", "https://feeds.example/a"), BEGAN, ENDED)
KNOWN = ["https://a.example/old"]


# --- the decision ----------------------------------------------------------------------------------------------
def entry(name: str, hours: float | None, title: str = "Headline", host: str = "a.example") -> Entry:
    when = None if hours is None else BEGAN + timedelta(hours=hours)
    return Entry(name, f"https://{host}/{name}", title=title, published=when)


def polled(*entries: Entry, error: str = "") -> Polled:
    outcome = PollOutcome.FAILED if error else PollOutcome.CHANGED
    return Polled("a#0", outcome, ENDED, FeedState(""), entries, error=error)


def filled(way: Way, *entries: Entry) -> list[str] | None:
    found = best([(way, polled(*entries))], GAP, KNOWN)
    return [each.key for each in found.entries] if found else None


def test_only_articles_of_the_gaps_own_time_fill_it() -> None:
    listed = [entry(str(hours), hours) for hours in (-9, -2, -0.5, 0, 4, 4.9, 5.5)]
    assert filled(WORDPRESS, *listed) == ["-0.5", "0", "4", "4.9"]
    assert filled(SITEMAP, *listed) == ["-0.5", "0", "4", "4.9"]


def test_what_does_not_reach_back_behind_the_gap_fills_nothing() -> None:
    assert filled(WORDPRESS, entry("a", 1), entry("b", 4)) is None
    assert filled(WORDPRESS, entry("a", 1), entry("old", None)) == ["a"]
    assert filled(WORDPRESS, entry("a", 1), entry("z", -8, host="other.example")) is None, "not of this outlet"
    assert filled(WORDPRESS, entry("old", -1)) == [], "nothing was missed: that is proven too"


def test_a_date_that_says_when_an_article_was_changed_is_not_taken_for_its_publication() -> None:
    found = best([(SITEMAP, polled(entry("old", -9, ""), entry("a", 1, ""), entry("late", 6, "")))], GAP, KNOWN)
    assert found is not None
    assert [(each.key, each.published) for each in found.entries] == [("a", None), ("late", None)]


def test_a_listing_fills_with_what_was_not_known() -> None:
    assert filled(LISTING, entry("new", None), entry("old", None)) == ["new"]
    assert filled(LISTING, entry("new", None)) is None
    assert filled(SITEMAP, entry("new", None), entry("old", None)) == []


def test_the_surest_way_that_reaches_far_enough_is_taken() -> None:
    short, far = polled(entry("a", 1)), polled(entry("a", 1), entry("old", None))
    found = best([(WORDPRESS, short), (SITEMAP, far), (LISTING, far)], GAP, KNOWN)
    assert found is not None
    assert found.way is SITEMAP


def test_why_a_gap_was_not_filled() -> None:
    bad = polled(error="the server answered 404: not found")
    assert why_not("https://a.example/", [(SITEMAP, bad)]).endswith(
        "no WordPress API, sitemap or list of articles that works"
    )
    assert why_not("https://a.example/", [(SITEMAP, bad), (LISTING, polled(entry("a", 1)))]).endswith(
        "its listing does not reach back to the time before"
    )


class Nobody:
    """Crawls that find nothing, as of a site that is down."""

    def beside(self, hub: object) -> Nobody:
        return self

    async def poll(self, polls: object) -> None:
        """No answer."""

    async def fetch(self, pages: object) -> None:
        """No answer."""


def test_a_gap_is_tried_again_and_then_told_as_unfillable(tmp_path: Path, now: datetime) -> None:
    with Store.open(tmp_path / "outspoken.db") as store:
        store.sync_sources([Source("a", "https://a.example/feed")], now)
        row = {"source": "a", "began": "2026-03-14T06:00:00.000000Z", "ended": "2026-03-14T09:00:00.000000Z"}
        store._c.insert("gaps", row | {"entries": 10})
        clock, tries = [now], 0
        filler = Filler(store, Nobody(), lambda: clock[0], ["ops"])  # type: ignore[arg-type]
        while gaps := store.due_gaps(clock[0], 5):
            asyncio.run(filler.fill(gaps))
            tries += 1
            assert store.due_gaps(clock[0], 5) == []
            clock[0] += AGAIN[-1]
        assert tries == len(AGAIN) + 1
        (gap,) = store.unfilled_gaps(now - timedelta(days=1))
        assert (gap["state"], gap["hours"]) == ("unfillable", pytest.approx(3))
        (due,) = store.due_deliveries(clock[0], "ops")
        assert due.alert.title == "a: a gap cannot be filled"
        assert "no WordPress API, sitemap or list of articles that works" in due.alert.body


# --- the whole chain -------------------------------------------------------------------------------------------
XML, JSON = {"Content-Type": "application/xml"}, {"Content-Type": "application/json"}
NEWS = (
    '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:n="http://www.google.com/schemas/sitemap-news/0.9">'
    "{}</urlset>"
)
URL = "<url><loc>{}</loc><n:news><n:publication_date>{}</n:publication_date><n:title>About {}</n:title></n:news></url>"
SLUGS = [f"what-the-{word}-of-the-harbour-saw-20260{n}" for n, word in enumerate(("baker", "pilot", "smith"))]
MISSED = "how-a-medic-of-the-caliphate-came-home-40417"
LATER = [f"what-the-{word}-of-the-mountain-saw-20261{n}" for n, word in enumerate(("cook", "nurse", "guide"))]


@pytest.fixture
def sites() -> Iterator[dict[str, Web]]:
    """Four outlets that differ in what they list beside their feed."""
    with ExitStack() as stack:
        yield {name: stack.enter_context(serve({})) for name in ("news", "press", "page", "none")}


def show(web: Web, slugs: list[str], now: datetime) -> None:
    """Let an outlet's feed show these articles, and nothing else."""
    for slug in [*SLUGS, *LATER]:
        web.answers[f"/{slug}"] = Answer(200, outlet.of("beirut-tram", now, title=f"What {slug} says"), outlet.HTML)
    urls = {f"{web.url}/{slug}": f"Title of {slug}" for slug in slugs}
    web.answers["/feed"] = Answer(200, outlet.feed(urls), outlet.RSS)


def list_elsewhere(name: str, web: Web, now: datetime) -> None:
    """Where an outlet lists all that it published, the article that the feed never showed to us included."""
    everything = [*SLUGS, MISSED, *LATER]
    who = {"news": "medic", "press": "driver", "page": "cook", "none": "guard"}[name]
    web.answers[f"/{MISSED}"] = Answer(200, outlet.account(who, now), outlet.HTML)
    if name == "news":
        rows = "".join(URL.format(f"{web.url}/{slug}", now.isoformat(), slug) for slug in everything)
        web.answers["/robots.txt"] = Answer(
            200, f"Sitemap: {web.url}/news.xml".encode(), {"Content-Type": "text/plain"}
        )
        web.answers["/news.xml"] = Answer(200, NEWS.format(rows).encode(), XML)
    if name == "press":
        home = f'<html><head><link rel="https://api.w.org/" href="{web.url}/wp-json/"></head><body>Press</body></html>'
        web.answers["/"] = Answer(200, home.encode(), outlet.HTML)
        web.answers["/wp-json/wp/v2/posts"] = Answer(200, json.dumps(_posts(web, everything, now)).encode(), JSON)
    if name == "page":
        links = "".join(f'<h2><a href="/{slug}">A headline of many words about {slug}</a></h2>' for slug in everything)
        web.answers["/"] = Answer(200, f"<html><body><main>{links}</main></body></html>".encode(), outlet.HTML)


def _posts(web: Web, slugs: list[str], now: datetime) -> list[dict[str, Any]]:
    at = now.strftime("%Y-%m-%dT%H:%M:%S")
    return [
        {"id": n, "date_gmt": at, "modified_gmt": at, "link": f"{web.url}/{slug}", "title": {"rendered": slug}}
        for n, slug in enumerate(slugs)
    ]


def status(folder: Path) -> Any:
    line = [sys.executable, "-m", "cli", "-c", str(folder / "outspoken.toml"), "status", "--json"]
    return json.loads(subprocess.run(line, capture_output=True, check=False, env=ENVIRONMENT).stdout)


def test_what_scrolled_out_of_a_feed_is_found_elsewhere_read_and_told(tmp_path: Path, sites: dict[str, Web]) -> None:
    now = datetime.now(UTC)
    for web in sites.values():
        show(web, SLUGS, now)
    database = tmp_path / "outspoken.db"
    with alert_servers.web() as hooked:
        write(tmp_path, {name: f"{web.url}/feed" for name, web in sites.items()}, QUICK + hook("desk", hooked.url))
        with daemon(tmp_path):
            until(lambda: count(database, "articles") >= 12, what="the articles of the first poll")
            for name, web in sites.items():
                list_elsewhere(name, web, datetime.now(UTC))
                show(web, LATER, now)
            until(lambda: count(database, "gaps WHERE state = 'filled'") == 3, 60, what="three gaps to be filled")
            until(lambda: len(hooked.got) == 3, what="three alerts")
            until(lambda: count(database, "gaps WHERE attempts = 1") == 4, what="a try at the fourth gap")
    found = {row[0]: row[1:] for row in ask(database, "SELECT source, state, kind, articles FROM gaps")}
    assert found == {
        "news": ("filled", "sitemap", 1),
        "press": ("filled", "wordpress", 1),
        "page": ("filled", "listing", 1),
        "none": ("open", "", 0),
    }
    assert all(key.startswith("account-") for key in keys(hooked))
    told = status(tmp_path)
    (open_,) = told["unfilled_gaps"]
    assert (open_["source"], open_["state"]) == ("none", "open")
    assert "no WordPress API, sitemap or list of articles that works" in open_["why"]
    health = {row["name"]: (row["gaps"], row["gaps_unfilled"]) for row in told["sources"]}
    assert health == {"news": (1, 0), "press": (1, 0), "page": (1, 0), "none": (1, 1)}
