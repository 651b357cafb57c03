"""WordPress: new and edited posts by the REST API; a server that answers as WordPress does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from crawling import poll
from loopback import Answer, Web, serve
from misbehaving import redirect

from model import Polled, PollOutcome
from spiders.wordpress import posts_url

API = "/wp-json/wp/v2/posts"
START = datetime(2026, 3, 14, 9)  # noqa: DTZ001 - as WordPress writes its times


class Blog:
    """Posts with their last changes, given out as WordPress gives them."""

    def __init__(self) -> None:
        self.posts: dict[int, tuple[datetime, datetime]] = {}

    def publish(self, *numbers: int, at: datetime = START) -> None:
        self.posts |= dict.fromkeys(numbers, (at, at))

    def edit(self, number: int, at: datetime) -> None:
        self.posts[number] = (self.posts[number][0], at)

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        query = dict(parse_qsl(urlsplit(handler.path).query))
        place = 1 if query["orderby"] == "modified" else 0
        since = datetime.fromisoformat(query.get("modified_after", "0001-01-01"))
        rows = sorted(self.posts.items(), key=lambda row: row[1][place], reverse=True)
        rows = [row for row in rows if row[1][1] > since]
        size, page = int(query["per_page"]), int(query.get("page", 1))
        body = json.dumps([self._post(*row) for row in rows[size * (page - 1) : size * page]]).encode()
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def _post(self, number: int, dates: tuple[datetime, datetime]) -> dict[str, Any]:
        title = {"rendered": f"Post &#8220;{number}&#8221;"}
        link = f"https://blog.example/{number}/?utm_source=api"
        return {
            "id": number,
            "date_gmt": dates[0].isoformat(),
            "modified_gmt": dates[1].isoformat(),
            "link": link,
            "title": title,
        }


@pytest.fixture
def blog() -> Blog:
    return Blog()


@pytest.fixture
def web(blog: Blog) -> Iterator[Web]:
    with serve({API: Answer(work=blog.answer)}) as running:
        yield running


def ask(web: Web, before: Polled | None = None, path: str = "/") -> Polled:
    return poll(web.url + path, kind="wordpress", state=before.state if before else None)


def numbers(polled: Polled) -> list[str]:
    return [entry.url.split("/")[3] for entry in polled.entries]


def test_new_posts_are_found_and_found_once(web: Web, blog: Blog) -> None:
    blog.publish(1, 2)
    first = ask(web)
    assert (first.outcome, sorted(numbers(first))) == (PollOutcome.CHANGED, ["1", "2"])
    assert (first.entries[0].url, first.entries[0].title) == ("https://blog.example/1/", "Post “1”")
    assert ask(web, first).outcome is PollOutcome.UNCHANGED
    blog.publish(3, at=START + timedelta(minutes=5))
    assert numbers(ask(web, first)) == ["3"]


def test_an_edited_post_is_seen_again_under_its_own_key(web: Web, blog: Blog) -> None:
    blog.publish(1, 2)
    first = ask(web)
    blog.edit(1, START + timedelta(hours=3))
    (again,) = ask(web, first).entries
    assert (again.edited, again.key) == (True, next(e.key for e in first.entries if e.url == again.url))


def test_a_long_pause_loses_nothing(web: Web, blog: Blog) -> None:
    blog.publish(1)
    first = ask(web)
    blog.publish(*range(2, 352), at=START + timedelta(days=3))
    assert len(ask(web, first).entries) == 350
    assert sum("page=" in path.replace("per_page=", "") for path in web.paths()) == 3


def test_the_first_poll_takes_one_page(web: Web, blog: Blog) -> None:
    blog.publish(*range(500))
    assert (len(ask(web).entries), len(web.asked)) == (100, 1)


def test_a_post_that_is_backdated_is_found(web: Web, blog: Blog) -> None:
    blog.publish(1)
    first = ask(web)
    blog.posts[2] = (START - timedelta(days=9), START - timedelta(hours=2))
    assert numbers(ask(web, first)) == ["2"]


def test_a_site_that_moved_for_good_is_asked_at_its_new_place(web: Web, blog: Blog) -> None:
    blog.publish(1)
    web.answers["/old" + API] = Answer(
        work=lambda handler: redirect_to(handler, f"{API}?{urlsplit(handler.path).query}")
    )
    first = ask(web, path="/old/")
    assert numbers(first) == ["1"]
    assert first.state.url == f"{web.url}{API}"
    blog.publish(2, at=START + timedelta(minutes=1))
    assert numbers(ask(web, first)) == ["2"]


def redirect_to(handler: BaseHTTPRequestHandler, place: str) -> None:
    handler.send_response(301)
    handler.send_header("Location", place)
    handler.send_header("Content-Length", "0")
    handler.end_headers()


@pytest.mark.parametrize(
    ("answer", "outcome", "sentence"),
    [
        (Answer(200, b"<!DOCTYPE html><html>Hi"), PollOutcome.NOT_A_FEED, "what came is not a list of WordPress posts but a web page"),
        (Answer(200, b'{"code": "rest_disabled"}'), PollOutcome.NOT_A_FEED, "what came is not a list of WordPress posts"),
        (Answer(200, b""), PollOutcome.NOT_A_FEED, "the answer is empty"),
        (Answer(401, b"{}"), PollOutcome.FAILED, "the server answered 401: asks for a password"),
        (Answer(404), PollOutcome.FAILED, "the server answered 404: not found"),
        (Answer(200, b"[]"), PollOutcome.EMPTY, ""),
        (Answer(200, b'[1, null, {}, {"id": "x"}, {"id": 1}]'), PollOutcome.UNCHANGED, ""),
        (redirect("/" + "x", 302), PollOutcome.FAILED, "the server answered 404: not found"),
    ],
)  # fmt: skip
def test_what_is_no_list_of_posts(web: Web, answer: Answer, outcome: PollOutcome, sentence: str) -> None:
    web.answers[API] = answer
    polled = ask(web)
    assert (polled.outcome, polled.error, polled.entries) == (outcome, sentence, ())


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("https://a.example", "https://a.example/wp-json/wp/v2/posts"),
        ("https://a.example/blog", "https://a.example/blog/wp-json/wp/v2/posts"),
        ("https://a.example/wp-json/wp/v2/news", "https://a.example/wp-json/wp/v2/news"),
        ("https://a.example/?rest_route=/wp/v2/posts", "https://a.example/"),
    ],
)
def test_the_address_of_the_posts(url: str, place: str) -> None:
    asked = posts_url(url, START)
    assert asked.partition("?")[0] == place
    query = dict(parse_qsl(urlsplit(asked).query))
    assert (query["modified_after"], query["orderby"]) == ("2026-03-14T09:00:00", "modified")
    assert query.get("rest_route", "") == ("/wp/v2/posts" if "rest_route" in url else "")
