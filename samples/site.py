"""What one outlet answers at a given time: feed, front page, articles, robots.txt, and what else its kind offers."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from functools import cache
from html import escape
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined

from samples.library import Piece
from samples.outlets import Outlet

FRESH = timedelta(days=7)
"""Older articles are the silent baseline: they never alert."""
HTML = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Published:
    """An article with its address and times. `piece` has what is true of it."""

    piece: Piece
    outlet: Outlet
    number: int
    url: str
    appears: datetime
    published: datetime

    @property
    def fresh(self) -> bool:
        """Whether it is young enough for an alert when it appears."""
        return self.appears - self.published < FRESH

    @property
    def link(self) -> str:
        """Its address as the outlet's feed has it."""
        return f"{self.url}?{self.outlet.tracking}" if self.outlet.tracking else self.url


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent back."""

    body: bytes
    content_type: str
    modified: datetime
    status: int = 200


@dataclass(frozen=True, slots=True)
class Site:
    """An outlet at its address."""

    outlet: Outlet
    base: str
    articles: tuple[Published, ...]

    def answer(self, target: str, now: datetime) -> Answer:
        """What a request for `target` (path and query) gets at the time `now`: 404 for what has not appeared yet."""
        shown = sorted((a for a in self.articles if a.appears <= now), key=lambda a: a.published, reverse=True)
        modified = max((article.appears for article in shown), default=now.replace(microsecond=0))
        path = urlsplit(target).path
        special = self._specials().get(path)
        if special:
            kind, make = special
            return Answer(make(shown), kind, modified)
        for article in shown:
            if article.url in (self.base + target, self.base + path):
                return Answer(self._page(article, shown), HTML, article.appears)
        return Answer(self._html("missing.html", articles=shown), HTML, modified, 404)

    def _specials(self) -> dict[str, tuple[str, Callable[[list[Published]], bytes]]]:
        """What lies at fixed paths, by path: content type, and what makes the body."""
        found: dict[str, tuple[str, Callable[[list[Published]], bytes]]] = {
            "/": (HTML, lambda shown: self._html("front.html", articles=shown)),
            "/robots.txt": ("text/plain", self._robots),
            self.outlet.feed: (self.outlet.content_type, self._feed),
        }
        if self.outlet.sitemap:
            found["/sitemap.xml"] = ("application/xml", lambda shown: self._xml("sitemap.xml", shown))
        if self.outlet.form == "wordpress":
            found["/wp-json/"] = ("application/json", self._wp_root)
            found["/wp-json/wp/v2/posts"] = ("application/json", self._wp_posts)
        return found

    def _feed(self, shown: list[Published]) -> bytes:
        return self._json_feed(shown) if self.outlet.form == "json" else self._xml(f"{self.outlet.form}.xml", shown)

    def _page(self, article: Published, shown: list[Published]) -> bytes:
        others = [each for each in shown if each is not article][:4]
        return self._html(f"{self.outlet.page}.html", article=article, piece=article.piece, others=others)

    def _html(self, template: str, **values: Any) -> bytes:
        text = _environment().get_template(template).render(outlet=self.outlet, base=self.base, **values)
        return text.encode(self.outlet.encoding, "xmlcharrefreplace")

    def _xml(self, template: str, shown: list[Published]) -> bytes:
        return self._html(template, articles=shown)

    def _robots(self, _: list[Published]) -> bytes:
        lines = ["User-agent: *", "Disallow: /search", "Disallow: /admin/"]
        lines += [f"Sitemap: {self.base}/sitemap.xml"] if self.outlet.sitemap else []
        return "\n".join([*lines, ""]).encode()

    def _json_feed(self, shown: list[Published]) -> bytes:
        items = [
            {
                "id": f"{self.outlet.name}:{article.piece.slug}",
                "url": article.link,
                "title": article.piece.title,
                "summary": article.piece.paragraphs[0],
                "date_published": article.published.isoformat(),
                "authors": [{"name": article.piece.author}],
            }
            for article in shown
        ]
        head = {"version": "https://jsonfeed.org/version/1.1", "title": self.outlet.title, "home_page_url": self.base}
        return json.dumps({**head, "language": self.outlet.language, "items": items}, ensure_ascii=False).encode()

    def _wp_root(self, _: list[Published]) -> bytes:
        head = {"name": self.outlet.title, "description": self.outlet.motto, "url": self.base, "home": self.base}
        return json.dumps({**head, "namespaces": ["oembed/1.0", "wp/v2"], "routes": {"/wp/v2/posts": {}}}).encode()

    def _wp_posts(self, shown: list[Published]) -> bytes:
        posts = [
            {
                "id": article.number,
                "date_gmt": article.published.strftime("%Y-%m-%dT%H:%M:%S"),
                "slug": article.piece.slug,
                "link": article.url,
                "title": {"rendered": article.piece.title},
                "content": {"rendered": "".join(f"<p>{escape(each)}</p>\n" for each in article.piece.paragraphs)},
            }
            for article in shown
        ]
        return json.dumps(posts).encode()


@cache
def _environment() -> Environment:
    found = Environment(
        loader=PackageLoader("samples"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters["rfc822"] = lambda time: format_datetime(time, usegmt=True)
    found.filters["iso"] = datetime.isoformat
    found.filters["day"] = lambda time, form="%d.%m.%Y": time.strftime(form)
    found.globals["len"] = len
    return found
