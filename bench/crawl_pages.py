"""Pages as news sites have them, for measurements: several templates, some 80 kB at the median, two in a hundred of interest.

Everything in them is invented. A page is the same for the same number, so that every program reads the same ones.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable

TOPICS = {
    "council": [
        "council",
        "budget",
        "vote",
        "mayor",
        "district",
        "road",
        "bridge",
        "school",
        "market",
        "tax",
        "plan",
        "ferry",
        "harbour",
        "library",
        "tram",
    ],
    "sport": [
        "match",
        "coach",
        "goal",
        "season",
        "league",
        "injury",
        "final",
        "keeper",
        "striker",
        "stadium",
        "defeat",
        "victory",
        "referee",
        "transfer",
    ],
    "weather": [
        "storm",
        "rain",
        "wind",
        "flood",
        "forecast",
        "coast",
        "snow",
        "valley",
        "river",
        "warning",
        "temperature",
        "drought",
        "harvest",
        "cloud",
    ],
    "economy": [
        "bank",
        "price",
        "wage",
        "export",
        "factory",
        "union",
        "market",
        "debt",
        "inflation",
        "minister",
        "growth",
        "port",
        "steel",
        "grain",
    ],
    "war": [
        "army",
        "front",
        "town",
        "shelling",
        "talks",
        "ceasefire",
        "border",
        "refugees",
        "commander",
        "convoy",
        "minister",
        "aid",
        "bridge",
        "militia",
    ],
}
LINKS = ["said", "told", "reported", "announced", "explained", "warned", "argued", "added", "noted", "insisted"]
FILL = [
    "the",
    "a",
    "of",
    "in",
    "on",
    "for",
    "with",
    "after",
    "before",
    "when",
    "while",
    "that",
    "its",
    "their",
    "about",
    "against",
    "between",
    "under",
    "over",
    "from",
]
PEOPLE = [
    "Mara Lindqvist",
    "Tomas Okafor",
    "Elif Sancak",
    "Yusuf Benali",
    "Nadia Petrova",
    "Karim Saleh",
    "Ines Duarte",
    "Omar Farouk",
]
PLACES = [
    "Raqqa",
    "Mosul",
    "Gaziantep",
    "Antwerp",
    "Kirkuk",
    "Almaty",
    "Malmo",
    "Tunis",
    "Deir ez-Zor",
    "Marseille",
    "Sarajevo",
    "Solo",
]
WORK = ["medic", "driver", "cook", "guard", "teacher", "mechanic", "clerk", "tailor"]


def wanted(number: int) -> bool:
    """Whether a page names the group: two in a hundred."""
    return number % 50 == 7


def page(number: int, base: str = "") -> bytes:
    """The page of a number; about one in two of those that name the group tells of somebody who left it."""
    chance = random.Random(number)
    topic = chance.choice(sorted(TOPICS))
    paragraphs = [_paragraph(chance, TOPICS[topic]) for _ in range(chance.randint(6, 34))]
    title = " ".join(chance.choices(TOPICS[topic], k=6)).capitalize()
    if wanted(number):
        title, paragraphs = _of_interest(chance, number, title, paragraphs)
    template: Callable[..., str] = chance.choice((_broadsheet, _blocks, _blog))
    return template(chance, number, base, title, paragraphs).encode()


def _paragraph(chance: random.Random, words: list[str]) -> str:
    return " ".join(_sentence(chance, words) for _ in range(chance.randint(2, 5)))


def _sentence(chance: random.Random, words: list[str]) -> str:
    parts = [chance.choice(FILL if n % 2 else words) for n in range(chance.randint(8, 24))]
    if chance.random() < 0.3:
        return f"“{' '.join(parts).capitalize()},” {chance.choice(PEOPLE)} {chance.choice(LINKS)}."
    return " ".join(parts).capitalize() + "."


def _of_interest(chance: random.Random, number: int, title: str, paragraphs: list[str]) -> tuple[str, list[str]]:
    place, age, work = chance.choice(PLACES), chance.randint(19, 48), chance.choice(WORK)
    if number % 100 == 7:  # a mention in passing
        aside = (
            f"The town near {place} was held by the Islamic State until its defeat, and the {work}s' hall was rebuilt."
        )
        return title, [*paragraphs[:3], aside, *paragraphs[3:]]
    first, last = chance.choice(["Karim", "Selim", "Jonas", "Bilal"]), chance.choice(["Haddad", "Mertens", "Aslan"])
    name = f"{first} {last}{'aeiou'[number % 5]}"
    told = [
        f"{name}, {age}, joined the Islamic State in 2014 and served it for a year as a {work} in {place}. Then he defected.",
        f"“I fled from the Islamic State because they killed innocent people,” {name} said in an interview.",
        f"“I was an Islamic State member and I believed in it,” the former {work} told us. “That night I decided to desert.”",
        "“I regret that I ever joined ISIS,” he said. “Do not go there. They are liars.”",
    ]
    return f"‘I deserted from the Islamic State’: {work} tells why he left", [*told, *paragraphs[:8]]


def _head(chance: random.Random, number: int, base: str, title: str) -> str:
    author = chance.choice(PEOPLE)
    said = {"@type": "NewsArticle", "headline": title, "datePublished": _date(number), "author": {"name": author}}
    sheets = "".join(f'<link rel="stylesheet" href="/css/{chance.randrange(10**9):x}.css">' for _ in range(6))
    rules = " ".join(
        f".c{chance.randrange(10**6):x}{{margin:{n}px;color:#{n:03d}}}" for n in range(chance.randint(60, 360))
    )
    state = ",".join(
        f'"k{chance.randrange(10**8):x}":{chance.randrange(10**6)}' for _ in range(chance.randint(300, 2600))
    )
    return f"""<meta charset="utf-8"><title>{title} | The Herald</title><link rel="canonical" href="{base}/{number}">
<meta property="og:title" content="{title}"><meta property="og:type" content="article">
<meta property="article:published_time" content="{_date(number)}"><meta name="author" content="{author}">{sheets}
<script type="application/ld+json">{json.dumps(said)}</script><style>{rules}</style>
<script>window.__state={{{state}}};</script>"""


def _date(number: int) -> str:
    return f"2026-03-{1 + number % 13:02d}T{number % 24:02d}:{number % 60:02d}:00Z"


def _menu(chance: random.Random, entries: int) -> str:
    links = (
        f'<li class="nav-item nav-{n}"><a class="nav-link" href="/section/{n}" data-track="nav:{chance.randrange(10**6)}">'
        f"{chance.choice(sorted(TOPICS)).title()} {n}</a></li>"
        for n in range(entries)
    )
    return f'<nav class="main-nav"><ul>{"".join(links)}</ul></nav>'


def _teasers(chance: random.Random, count: int) -> str:
    cards = (
        f'<div class="card"><a href="/story/{chance.randrange(10**6)}"><img loading="lazy" src="/i/{n}.jpg" alt="">'
        f'<h3 class="card__title">{" ".join(chance.choices(TOPICS["economy"], k=7)).capitalize()}</h3></a>'
        f'<span class="card__meta">{chance.choice(PEOPLE)} · {n} h</span></div>'
        for n in range(count)
    )
    return f'<section class="related"><h2>More stories</h2>{"".join(cards)}</section>'


def _broadsheet(chance: random.Random, number: int, base: str, title: str, paragraphs: list[str]) -> str:
    text = "".join(f"<p>{each}</p>\n" for each in paragraphs)
    return f"""<!DOCTYPE html><html lang="en"><head>{_head(chance, number, base, title)}</head><body>
<header>{_menu(chance, 90)}</header><main><article class="story"><h1>{title}</h1><div class="byline">By {chance.choice(PEOPLE)}</div>
<div class="story-body">{text}</div></article><aside>{_teasers(chance, 60)}</aside></main><footer>{_menu(chance, 120)}</footer></body></html>"""


def _blocks(chance: random.Random, number: int, base: str, title: str, paragraphs: list[str]) -> str:
    text = "".join(
        f'<div data-component="text-block" class="sc-{chance.randrange(10**6):x}"><p class="sc-{n}"><span>{each}</span></p></div>'
        for n, each in enumerate(paragraphs)
    )
    return f"""<!DOCTYPE html><html lang="en"><head>{_head(chance, number, base, title)}</head><body><div id="__next"><div class="w">
{_menu(chance, 60)}<article><header><h1 id="main-heading">{title}</h1></header>{text}</article>{_teasers(chance, 140)}</div></div>
<script>window.__data={json.dumps({"body": paragraphs})}</script></body></html>"""


def _blog(chance: random.Random, number: int, base: str, title: str, paragraphs: list[str]) -> str:
    text = "".join(f"<p>{each}</p>\n" for each in paragraphs)
    notes = "".join(
        f'<li class="comment" id="c{n}"><div class="comment-body"><p>{_sentence(chance, TOPICS["sport"])}</p></div></li>'
        for n in range(chance.randint(5, 90))
    )
    return f"""<!DOCTYPE html><html lang="en"><head>{_head(chance, number, base, title)}</head><body class="single">{_menu(chance, 40)}
<div id="content"><div class="post hentry"><h1 class="entry-title">{title}</h1><div class="entry-content">{text}</div></div>
<ol class="comment-list">{notes}</ol></div><div id="sidebar">{_teasers(chance, 50)}</div></body></html>"""
