"""The WordPress spider: new and edited posts by the REST API, which forgets nothing.

A feed shows the last ten posts; `/wp-json/wp/v2/posts` gives all that was changed since a time (`modified_after`,
WordPress 5.7 and later; older ones ignore it and give the latest, which are then told by what is remembered). So a
pause of a week loses nothing, and an edited article is read again.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from model import Entry, FeedState, Poll, Polled
from spiders import troubles
from spiders.feeds import LONGEST_TITLE, is_html, plain
from spiders.polls import PollSpider, Visit
from spiders.sitemaps import parse_date
from spiders.troubles import Trouble
from spiders.urls import canonical, entry_key

PATH = "wp-json/wp/v2/posts"
FIELDS = "id,date_gmt,modified_gmt,link,guid,title"
PER_PAGE = 100
"""The most that WordPress gives at once."""
MOST_PAGES = 20
OVERLAP = timedelta(hours=15)
"""Time before the latest change that is asked for again: WordPress compares in the site's own time zone."""
KEPT = 2_000
"""Posts whose last change is remembered, the latest ones: more than an overlap ever holds."""


@dataclass
class Seen:
    """What is remembered of a site's posts: the latest change, and each post's own."""

    latest: str = ""
    changes: dict[str, str] = field(default_factory=dict)


class WordPressSpider(PollSpider):
    """Polls the WordPress sites that are due, or those named by `source` (comma-separated)."""

    name = "wordpress"
    accept = "application/json"

    def address(self, poll: Poll) -> str:
        """Posts changed since the last poll; at the first one the latest."""
        latest = _seen(poll.state.memory).latest
        return posts_url(poll.state.url, datetime.fromisoformat(latest) - OVERLAP if latest else None)

    def conditions(self, state: FeedState) -> dict[str, str]:
        """Each poll asks about another time."""
        return {}

    async def read(self, visit: Visit) -> Polled:
        """Posts that are new or were edited."""
        seen = _seen(visit.poll.state.memory)
        first = _posts(visit.response)
        if first is None:
            return visit.nothing(_no_posts(visit.response))
        posts = first
        if seen.latest:
            posts = posts + await self._rest(visit.response, visit.poll, len(first))
        entries = tuple(entry for post in posts if (entry := _entry(post, seen, visit)))
        seen.changes = dict(sorted(seen.changes.items(), key=lambda pair: pair[1])[-KEPT:])
        memory = json.dumps({"latest": seen.latest, "changes": seen.changes})
        answer = visit.found(entries, len(posts), memory)
        moved = visit.state.url != visit.poll.state.url
        home = _site(visit.state.url) if moved else visit.state.url
        return replace(answer, state=replace(answer.state, url=home, etag="", last_modified="", body_hash=""))

    async def _rest(self, response: Any, poll: Poll, count: int) -> list[Any]:
        """Further pages, while they are full."""
        posts: list[Any] = []
        for page in range(2, MOST_PAGES + 1):
            if count < PER_PAGE:
                break
            answer = await self.also(f"{response.url}&page={page}", poll)
            more = None if isinstance(answer, Trouble) else _posts(answer)
            if not more:
                break
            posts += more
            count = len(more)
            await asyncio.sleep(0)
        return posts


def memory_since(time: datetime) -> str:
    """The memory of a source that has seen everything up to a time and no post by name."""
    return json.dumps({"latest": time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S"), "changes": {}})


def posts_url(url: str, since: datetime | None) -> str:
    """The address of a site's posts, by its homepage or by the API's own address."""
    parts = urlsplit(url)
    if "/wp-json" not in parts.path and "rest_route=" not in parts.query:
        parts = urlsplit(urljoin(url if parts.path.endswith("/") else f"{url}/", PATH))
    query = dict(parse_qsl(parts.query)) | {"per_page": str(PER_PAGE), "_fields": FIELDS}
    query |= {"orderby": "modified", "order": "desc"} if since else {"orderby": "date", "order": "desc"}
    if since:
        query["modified_after"] = since.strftime("%Y-%m-%dT%H:%M:%S")
    return urlunsplit(parts._replace(query=urlencode(query)))


def _site(url: str) -> str:
    """The API's address without our question, where a redirect has led to it."""
    parts = urlsplit(url)
    own = {"per_page", "_fields", "orderby", "order", "modified_after"}
    query = [(key, value) for key, value in parse_qsl(parts.query) if key not in own]
    return urlunsplit(parts._replace(query=urlencode(query)))


def _posts(response: Any) -> list[Any] | None:
    try:
        posts = json.loads(response.body)
    except (ValueError, RecursionError):
        return None
    return posts if isinstance(posts, list) else None


def _entry(post: Any, seen: Seen, visit: Visit) -> Entry | None:
    """A post that is new or was changed since it was seen; None for others, and for what is no post."""
    if not isinstance(post, dict) or not isinstance(post.get("id"), int):
        return None
    link, number = canonical(str(post.get("link") or ""), visit.response.url), str(post["id"])
    change = str(post.get("modified_gmt") or post.get("date_gmt") or "")[:25]
    if not link or seen.changes.get(number) == change:
        return None
    edited = number in seen.changes
    seen.changes[number] = change
    moment = parse_date(change, visit.now)
    if moment is not None:
        seen.latest = max(seen.latest, moment.strftime("%Y-%m-%dT%H:%M:%S"))
    guid = f"wp-post-{urlsplit(link).netloc}-{number}"
    published = parse_date(str(post.get("date_gmt") or ""), visit.now)
    return Entry(entry_key(guid, link), link, guid, _title(post), published, edited=edited)


def _title(post: dict[str, Any]) -> str:
    title = post.get("title")
    return plain(title.get("rendered") if isinstance(title, dict) else title)[:LONGEST_TITLE]


def _no_posts(response: Any) -> str:
    if not response.body.strip():
        return troubles.EMPTY
    page = is_html(response.body)
    return "what came is not a list of WordPress posts" + (" but a web page" if page else "")


def _seen(memory: str) -> Seen:
    told = json.loads(memory or "{}")
    return Seen(told.get("latest", ""), dict(told.get("changes", {})))
