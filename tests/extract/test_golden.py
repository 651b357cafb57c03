"""Saved pages with the article that a person would take from them: one .html and one .json for each."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import asdict, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from detect.folding import fold
from detect.gate import Gate
from detect.profile import load_profile
from extract import extract, quick, row, visible_text
from model import Article, Page

PAGES = sorted((Path(__file__).parent / "pages").glob("*.html"))
GOLDEN = pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
FLOOR = 0.995
TITLED_OTHERWISE = {"h1-differs"}
"""Pages whose title for machines, which the quick look takes, is another than the one that readers see."""
FETCHED = datetime(2026, 3, 14, 9, 30, tzinfo=UTC)


def expected(path: Path) -> dict[str, Any]:
    wanted: dict[str, Any] = json.loads(path.with_suffix(".json").read_text("utf-8"))
    return wanted


def page(path: Path) -> Page:
    return Page(expected(path)["url"], path.read_bytes(), {"content-type": "text/html"}, 200, FETCHED)


def plain(article: Article) -> dict[str, Any]:
    made = asdict(article) | {"text": article.text.split("\n\n"), "byline": list(article.byline)}
    return made | {name: made[name].isoformat() if made[name] else None for name in ("published", "modified")}


@GOLDEN
def test_the_article_is_what_a_person_would_take(path: Path) -> None:
    assert plain(extract(page(path))) == expected(path)


def test_the_golden_set_does_not_fall() -> None:
    """Where single pages are argued about, the whole must stay: words in common with what a person would take."""
    scores = [_likeness(extract(page(path)).text, "\n".join(expected(path)["text"])) for path in PAGES]
    assert sum(scores) / len(scores) >= FLOOR


def _likeness(made: str, wanted: str) -> float:
    ours, theirs = (Counter(re.findall(r"\w+", text)) for text in (made, wanted))
    return 2 * (ours & theirs).total() / max(ours.total() + theirs.total(), 1) if wanted else float(not made)


@GOLDEN
def test_times_are_aware_and_the_day_is_the_one_that_the_page_shows(path: Path) -> None:
    article = extract(page(path))
    for time in (article.published, article.modified):
        assert time is None or time.utcoffset() is not None
    assert str(article.published)[:10] in str(expected(path)["published"])


@GOLDEN
def test_the_cheap_look_misses_no_name_that_the_thorough_one_shows(path: Path) -> None:
    profile = load_profile("islamic_state")
    article, visible = extract(page(path)), visible_text(page(path))
    named = set(profile.group.findall(fold(article.title + "\n" + article.text)))
    assert named <= {name for name in named if name in fold(visible)}
    assert Gate([profile]).passes(visible) or not named


@GOLDEN
def test_every_word_of_the_article_is_in_the_visible_text(path: Path) -> None:
    article = extract(page(path))
    visible, words = (
        visible_text(page(path)),
        re.findall(r"\w+", " ".join([article.title, article.text, *article.byline])),
    )
    assert set(words) - set(re.findall(r"\w+", visible)) == set()


@GOLDEN
def test_the_quick_look_agrees_on_title_date_and_address(path: Path) -> None:
    fast, wanted = quick(page(path)), expected(path)
    assert wanted["title"] in fast.title or path.stem in TITLED_OTHERWISE
    assert fast.canonical_url == wanted["canonical_url"]
    assert fast.published is None or fast.published == datetime.fromisoformat(wanted["published"])
    assert not fast.text or wanted["text"][0] in fast.text.split("\n\n") or wanted["kind"] == "live"


def test_names_that_mark_up_and_escapes_split_are_whole_in_the_visible_text() -> None:
    hidden = (
        "Is<b>lam</b>ic&nbsp;St&#97;te",
        "Islamic\n\t  State",
        "Islamic <i></i> State",
        'Islamic <a title="x > y">State</a>',
        '<span class="cap">I</span>slamic State',
        "Islamic\u2063 St\u00adate",
        "Islamic<!-- a comment --> State",
        '<script>{"body": "\\u003cem\\u003eIslamic\\u003c/em\\u003e State"}</script>',
        '<script>{"body": "\\u0049slamic&amp;nbsp;State"}</script>',
        '<meta name="description" content="Islamic  State">',
        "<p>&lt;Islamic State&gt;</p>",
        "<script>if (a < b) document.write('<!--')</script><p>Islamic State</p>",
        "<!-- never closed <p>Islamic State</p>",
    )
    for body in hidden:
        assert "Islamic State" in visible_text(Page("https://a.example/1", f"<p>{body}</p>".encode())), body


def test_a_short_name_between_inline_elements_stands_alone_too() -> None:
    assert "IS fighters" in visible_text(Page("", b"<p>the <b>IS</b><i>fighters</i></p>"))


def test_a_row_has_the_documented_keys() -> None:
    made = row(extract(page(PAGES[0])), "a.html")
    assert list(made) == ["file", "url", "title", "byline", "published", "language", "credit", "partial", "text"]
    assert datetime.fromisoformat(made["published"]).tzinfo
    assert json.loads(json.dumps(made)) == made


def test_every_page_has_its_expectation_and_every_field_is_in_it() -> None:
    assert len(PAGES) >= 40
    for path in PAGES:
        assert list(expected(path)) == [field.name for field in fields(Article)]


@pytest.mark.parametrize(
    ("line", "outlet", "author"),
    [
        ("SOURCE: The Washington Sample, Karla Example", "The Washington Sample", "Karla Example"),
        ("Source: Daily Example", "Daily Example", ""),
        ("Via: The Example Times", "The Example Times", ""),
        ("This article first appeared in The Example Review.", "The Example Review", ""),
        ("This story was originally published by The Example Wire on 3 March.", "The Example Wire", ""),
        ("Republished with permission from The Example Talk.", "The Example Talk", ""),
        ("Originally published in Example Quarterly", "Example Quarterly", ""),
        ("Cet article a été publié dans Le Monde d’Exemple.", "Le Monde d’Exemple", ""),
        ("Dieser Artikel erschien zuerst in Beispielzeitung.", "Beispielzeitung", ""),
        ("Quelle: Beispielzeitung", "Beispielzeitung", ""),
        ("Este reportaje se publicó originalmente en La Voz de Ejemplo.", "La Voz de Ejemplo", ""),
        ("Fuente: La Voz de Ejemplo", "La Voz de Ejemplo", ""),
        ("Dit artikel verscheen eerder in De Voorbeeldkrant.", "De Voorbeeldkrant", ""),
        ("Bron: De Voorbeeldkrant", "De Voorbeeldkrant", ""),
        ("Artikel ini pertama kali terbit di Harian Contoh.", "Harian Contoh", ""),
        ("Sumber: Harian Contoh", "Harian Contoh", ""),
        ("Bu yazı ilk olarak Örnek Gazetesi'nde yayımlandı.", "Örnek Gazetesi", ""),
        ("Эта статья впервые опубликована в «Примере».", "Примере", ""),
        ("نُشر هذا المقال لأول مرة في صحيفة المثال.", "صحيفة المثال", ""),
        ("Kaynak: Örnek Gazetesi", "Örnek Gazetesi", ""),
        ("Источник: Пример", "Пример", ""),
        ("المصدر: صحيفة المثال", "صحيفة المثال", ""),
    ],
)
def test_a_repost_says_where_it_is_from(line: str, outlet: str, author: str) -> None:
    credit = article_ending(line).credit
    assert credit is not None
    assert (credit.outlet, credit.author) == (outlet, author)


@pytest.mark.parametrize(
    "line",
    [
        "A source said: the bridge is closed.",
        "He left via the northern gate, and nobody saw him go.",
        "The source of the river lies in the hills above the town.",
        "This article was written in a train.",
    ],
)
def test_an_ordinary_last_line_is_no_credit(line: str) -> None:
    article = article_ending(line)
    assert article.credit is None
    assert article.text.endswith(line)


def article_ending(line: str) -> Article:
    paragraph = "The bridge at the old mill was closed on Monday, and the people of the lower town walked around it. "
    body = f"<article><h1>The bridge at the mill</h1>{f'<p>{paragraph * 2}</p>' * 3}<p>{line}</p></article>"
    return extract(Page("https://blog.example/1", f"<html><body>{body}</body></html>".encode()))


@pytest.mark.parametrize(
    "line",
    [
        "Subscribe now to continue reading this story.",
        "Already a member? Sign in to read on.",
        "This post is for paid subscribers.",
        "Article réservé aux abonnés. Il vous reste 80 % de cet article à lire.",
        "Jetzt weiterlesen mit dem Probeabo.",
        "Contenido exclusivo para suscriptores.",
        "Lees verder met een abonnement.",
        "Haberin devamını okumak için üye olun.",
        "Berita ini khusus pelanggan.",
        "Материал доступен только для подписчиков.",
        "هذا المقال للمشتركين فقط.",
    ],
)
def test_a_teaser_above_a_wall_is_partial(line: str) -> None:
    assert article_ending(line).partial


@pytest.mark.parametrize("line", ["She never subscribed to a paper.", "Er las den Brief weiter.", "He was a member."])
def test_a_short_article_without_a_wall_is_whole(line: str) -> None:
    assert not article_ending(line).partial


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("By Ann Writer and Bob Scribe", ["Ann Writer", "Bob Scribe"]),
        ("By ANN WRITER, Bob Scribe & Cy Penn", ["ANN WRITER", "Bob Scribe", "Cy Penn"]),
        ("Par Claire Exemple et Marc Modèle", ["Claire Exemple", "Marc Modèle"]),
        ("Von Karl Muster und Eva Beispiel", ["Karl Muster", "Eva Beispiel"]),
        ("Por Juan Ejemplo y Ana Prueba", ["Juan Ejemplo", "Ana Prueba"]),
        ("بقلم: سمير المثالي", ["سمير المثالي"]),
        ("Staff reporter", []),
        ("Reuters", []),
        ("https://social.example/ann", []),
        ("Ann Writer (Image: Lens)", ["Ann Writer"]),
    ],
)
def test_a_byline_is_read_as_people(text: str, names: list[str]) -> None:
    body = (
        f'<html><body><h1>The bridge</h1><div class="byline">{text}</div><p>{"It is closed. " * 30}</p></body></html>'
    )
    assert list(extract(Page("https://blog.example/1", body.encode())).byline) == names
