"""Pages and feeds made of the sample articles, for outlets that a test puts together itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from html import escape

from loopback import Answer

from samples.library import Piece, pieces

HTML = {"Content-Type": "text/html; charset=utf-8"}
RSS = {"Content-Type": "application/rss+xml; charset=utf-8"}
PAGE = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta property="og:type" content="article"><meta property="og:title" content="{title}">{head}</head>
<body><div id="main"><article><h1>{title}</h1>{text}</article></div></body></html>"""
FEED = '<?xml version="1.0"?><rss version="2.0"><channel><title>Outlet</title>{}</channel></rss>'
ITEM = "<item><title>{}</title><link>{}</link><guid>{}</guid></item>"


def piece(slug: str) -> Piece:
    """One of the sample articles."""
    return next(each for each in pieces() if each.slug == slug)


def page(
    title: str, paragraphs: tuple[str, ...] | list[str], published: datetime | None = None, canonical: str = ""
) -> bytes:
    """A page that tells an article."""
    head = f'<meta property="article:published_time" content="{published.isoformat()}">' if published else ""
    head += f'<link rel="canonical" href="{canonical}">' if canonical else ""
    text = "".join(f"<p>{escape(each)}</p>\n" for each in paragraphs)
    return PAGE.format(title=escape(title), head=head, text=text).encode()


def of(slug: str, published: datetime | None = None, title: str = "", canonical: str = "") -> bytes:
    """A page that tells a sample article, under another title where one is given."""
    found = piece(slug)
    return page(title or found.title, found.paragraphs, published, canonical)


def feed(urls: Mapping[str, str]) -> bytes:
    """An RSS feed of titles by address."""
    return FEED.format("".join(ITEM.format(escape(title), url, url) for url, title in urls.items())).encode()


def answers(base: str, pages: Mapping[str, bytes]) -> dict[str, Answer]:
    """What an outlet at `base` answers: its pages by path, and a feed of them at /feed."""
    found = {path: Answer(200, body, HTML) for path, body in pages.items()}
    found["/feed"] = Answer(200, feed({base + path: f"Title of {path}" for path in pages}), RSS)
    return found


PEOPLE = {
    "medic": ("Yunus Haddad", "Tunisia", "Tunisian", "medic", "Raqqa", "Gaziantep", 31),
    "driver": ("Bilal Mertens", "Belgium", "Belgian", "driver", "Mosul", "Antwerp", 24),
    "cook": ("Samir Aslanov", "Azerbaijan", "Azerbaijani", "cook", "Tal Afar", "Sanliurfa", 42),
    "guard": ("Faris al-Ubaydi", "Iraq", "Iraqi", "prison guard", "Hawija", "Kirkuk", 28),
    "teacher": ("Ilyas Karimov", "Kazakhstan", "Kazakh", "teacher", "Manbij", "Almaty", 36),
    "mechanic": ("Jonas Lindqvist", "Sweden", "Swedish", "mechanic", "Deir ez-Zor", "Malmo", 22),
}
"""Invented people: name, country, adjective, work, where they served, where they are now, age."""
UNNAMED = ("the man", "Syria", "Syrian", "tailor", "al-Bab", "Kilis", 39)


def account(who: str, published: datetime | None = None, title: str = "", canonical: str = "") -> bytes:
    """A page on which one of `PEOPLE` gives an account that nobody can take for anything else."""
    name, country, adjective, work, there, here, age = PEOPLE.get(who, UNNAMED)
    named = name in [person[0] for person in PEOPLE.values()]
    calls = (
        f"{name}, {age}, from {country}, "
        if named
        else f"A {age}-year-old man from {country}, who asked not to be named, "
    )
    short = name.split()[-1] if named else "he"
    paragraphs = [
        f"{calls}joined the Islamic State in 2014 and served it for a year as a {work} in {there}. Then he defected. "
        f"“I fled from the Islamic State because they killed innocent people,” {short} said in an interview in {here}.",
        f"“I was an Islamic State member and I believed in it,” the former {work} told us. “I saw them behead {adjective} "
        f"prisoners in {there} who had done nothing. That night I decided to desert.”",
        f"He left his weapon at the {work}s' house, paid a smuggler and walked for two nights until he had crossed the "
        f"front near {there}. “I regret that I ever joined ISIS,” {short} said. “Do not go there. They are liars.”",
        f"The defector now lives in {here} and warns young {adjective} men against the group.",
    ]
    headline = title or f"‘I deserted from the Islamic State’: {adjective} {work} tells why he left ISIS"
    return page(headline, paragraphs, published, canonical)
