"""Serves the outlets, each on a port of its own, so that each is a host of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from model import Label, Source
from samples import library
from samples.library import Piece
from samples.outlets import OUTLETS, Outlet
from samples.server import Server, running
from samples.site import Published, Site

SETTLING = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Expected:
    """An alert that must come, once: the person's key and name, and every article that tells of the person."""

    person: str
    name: str
    urls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Web:
    """The sample web while it is served."""

    sources: list[Source]
    articles: list[Published]

    def complete_at(self) -> datetime:
        """When whoever polls finds every article (UTC): a second after the last one has appeared."""
        return max(article.appears for article in self.articles) + SETTLING

    def appeared_all(self) -> bool:
        """Whether that time has come."""
        return datetime.now(UTC) >= self.complete_at()

    def expected(self) -> list[Expected]:
        """The alerts that must come: one for each person with a fresh account, in the order of appearance."""
        told: dict[str, list[Published]] = {}
        for article in sorted(self.articles, key=lambda article: article.appears):
            for person in article.piece.people if article.piece.truth is Label.ACCOUNT else ():
                told.setdefault(person, []).append(article)
        return [
            Expected(person, articles[0].piece.people[person], tuple(article.url for article in articles))
            for person, articles in told.items()
            if articles[0].fresh
        ]


@contextmanager
def serve(speed: float = 1.0, port: int = 0) -> Iterator[Web]:
    """Serve the outlets on 127.0.0.1 until the block ends.

    `speed` 2 lets the articles appear in half the time, 0 all at once. The outlets take `port` and those after it, or
    free ones where it is 0. Raises OSError where a port is taken.
    """
    start = datetime.now(UTC).replace(microsecond=0)
    sources, articles = [], []
    with ExitStack() as stack:
        for index, outlet in enumerate(OUTLETS):
            server = stack.enter_context(Server(port + index if port else 0))
            base = f"http://127.0.0.1:{server.server_address[1]}"
            own = [_published(piece, outlet, base, start, speed) for piece in _pieces(outlet)]
            server.site = Site(outlet, base, tuple(own))
            stack.enter_context(running(server))
            sources.append(_source(outlet, base))
            articles += own
        yield Web(sources, articles)


def _pieces(outlet: Outlet) -> list[Piece]:
    return [piece for piece in library.pieces() if piece.outlet == outlet.name]


def _source(outlet: Outlet, base: str) -> Source:
    address = base + outlet.feed
    return Source(outlet.name, address, outlet=outlet.title, language=outlet.language, allow_private=True)


def _published(piece: Piece, outlet: Outlet, base: str, start: datetime, speed: float) -> Published:
    appears = start + timedelta(seconds=piece.appears / speed if speed else 0)
    published = (appears - timedelta(hours=piece.age)).replace(microsecond=0)
    number = 10_000 + library.pieces().index(piece) * 37
    path = outlet.path.format(slug=piece.slug, number=number, section=piece.section, date=published)
    return Published(piece, outlet, number, base + path, appears, published)
