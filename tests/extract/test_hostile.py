"""Pages made to break a reader: each ends as an article or as one clear error, within seconds."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from errors import ExtractError
from extract import extract, quick, visible_text
from model import Article, Page

SECONDS = 15.0
"""Of CPU time, more than any of these takes on a slow machine; without its guard each takes minutes, or kills the interpreter."""
STORY = (
    "The bridge at the old mill was closed on Monday, and people of the Islamic State’s victims walked around it. " * 3
)
ARTICLE = f"<h1>The bridge at the mill</h1><p>{STORY}</p><p>{STORY}</p>"


def page(body: bytes | str, kind: str = "text/html", url: str = "https://a.example/1") -> Page:
    return Page(url, body.encode() if isinstance(body, str) else body, {"content-type": kind})


def html(head: str = "", before: str = "", after: str = "") -> str:
    return f"<html><head><title>The bridge at the mill</title>{head}</head><body>{before}{ARTICLE}{after}</body></html>"


def nested_json(depth: int) -> str:
    return '{"name":' * depth + '"x"' + "}" * depth


def ld(text: str) -> str:
    return f'<script type="application/ld+json">{text}</script>'


READABLE = {
    "200,000 nested divs after the text": lambda: html(after="<div>" * 200_000),
    "100,000 unclosed inline elements": lambda: html(after="<b><i>" * 50_000),
    "500,000 line breaks": lambda: html(after="<br>" * 500_000),
    "20 MB page": lambda: html(after="<p>More of the same.</p>" * 900_000),
    "huge attribute": lambda: html(after=f'<p data-x="{"y" * 4_000_000}">End</p>'),
    "100,000 attributes": lambda: html(after=f"<p {' '.join(f'a{n}=1' for n in range(100_000))}>End</p>"),
    "null bytes": lambda: html().replace("bridge", "bri\0dge"),
    "broken entities": lambda: html(after="<p>&#xFFFFFFFF; &#0; &bogus; &amp &#x110000;</p>"),
    "a million entities": lambda: html(after="&amp;" * 900_000),
    "furniture in furniture": lambda: html(after='<div class="comments author">' * 1_900 + "<p>More.</p>" * 20_000),
    "deep JSON-LD": lambda: html(ld('{"@graph":' * 100_000 + "1" + "}" * 100_000)),
    "deep author in JSON-LD": lambda: html(ld(f'{{"@type":"NewsArticle","author":{nested_json(900)}}}')),
    "deep body in JSON-LD": lambda: html(ld(f'{{"@type":"NewsArticle","articleBody":{nested_json(900)}}}')),
    "gigantic JSON-LD": lambda: html(ld(json.dumps([{"@type": "NewsArticle", "author": ["x" * 50] * 50}] * 1300))),
    "broken JSON-LD": lambda: html(ld('{"@type": "NewsArticle", "headline": "a')),
    "JSON-LD with wrong types": lambda: html(
        ld('{"@type":["NewsArticle",1,null],"author":7,"datePublished":{"a":[]},"image":[[]],"publisher":[false]}')
    ),
    "a million unclosed comments": lambda: html(after="<!--" * 1_000_000),
    "a million unclosed styles": lambda: html(after="<style " * 600_000),
    "a million quotes in one tag": lambda: html(after="<a " + "\"'" * 1_000_000),
    "dates that are none": lambda: html(
        '<meta property="article:published_time" content="9999-99-99T99:99:99+99:99">'
        '<meta name="date" content="Mon, 99 Xxx -5 25:61:61 +9999">'
    ),
    "an address that is none": lambda: html('<link rel="canonical" href="http://[::1"><base href="http://[">'),
}
HOSTILE = pytest.mark.parametrize("make", READABLE.values(), ids=READABLE.keys())


def timed(work: Callable[[Page], Article | str], given_page: Page) -> Article | str:
    began = time.process_time()
    made = work(given_page)
    assert time.process_time() - began < SECONDS
    return made


@HOSTILE
def test_the_text_survives_what_stands_around_it(make: Callable[[], str]) -> None:
    article = timed(extract, page(make()))
    assert isinstance(article, Article)
    assert article.title == "The bridge at the mill"
    assert "people of the Islamic State’s victims" in article.text


@HOSTILE
def test_the_cheap_look_is_cheap_and_sees_the_text_too(make: Callable[[], str]) -> None:
    assert "Islamic State" in str(timed(visible_text, page(make())))
    assert timed(quick, page(make()))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "is empty"),
        (b" \r\n\t ", "is empty"),
        (b"%PDF-1.7\n" + bytes(range(256)) * 50, "a PDF"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 50, "a picture"),
        (b"\x1f\x8b\x08" + bytes(range(256)), "gzip"),
        (b"PK\x03\x04" + bytes(range(256)), "a ZIP archive"),
        (bytes(range(256)) * 4000, "binary data"),
        (b"\0" * 100_000, "binary data"),
    ],
)
@pytest.mark.parametrize("look", [extract, quick, visible_text])
def test_what_is_no_page_is_refused_with_the_reason(look: Callable[[Page], object], body: bytes, reason: str) -> None:
    with pytest.raises(ExtractError, match=reason) as caught:
        look(page(body))
    assert caught.value.subject == "https://a.example/1"


@pytest.mark.parametrize("before", ["<div>" * 200_000, "<p " + "a" * 3_000_000 + ">", "<table>" * 50_000])
def test_a_page_that_hides_its_text_behind_a_wall_ends_soon(before: str) -> None:
    article = timed(extract, page(html(before=before)))
    assert isinstance(article, Article)
    assert article.title == "The bridge at the mill"


def test_a_page_without_text_is_partial() -> None:
    article = extract(page("<html><head><title>Loading the app</title></head><body><div id=root></div></body></html>"))
    assert (article.title, article.text, article.partial) == ("Loading the app", "", True)


TEXT = "Café Ölçü in Århus, где «Исламское государство» было названо, and the mill was closed. "
LATIN = "Le café à côté du moulin était fermé, et les habitués s’étonnaient : où aller désormais ? "
RUSSIAN = "Паром на остров во вторник не вышел, и люди на причале стали приносить стулья с собой. "
ARABIC = "لم تبحر العبارة إلى الجزيرة يوم الثلاثاء، وبدأ الناس على الرصيف بإحضار كراسيهم معهم من البيت. "
CHINESE = "开往小岛的渡船星期二又没有开航，在码头上等待的人们开始自己带椅子来，有人还带了热茶和棋盘。"
JAPANESE = "島へ行く連絡船は火曜日も出航せず、埠頭で待つ人々は自分の椅子を持ってくるようになった。"
TURKISH = "Köprü pazartesi günü kapatıldı ve kasabalılar İslam Devleti hakkında hiç konuşmadı, dedi Işık. "


@pytest.mark.parametrize(
    ("text", "encoding", "kind", "head"),
    [
        (TEXT, "utf-8", "text/html; charset=iso-8859-1", ""),
        (TEXT, "utf-8", "text/html; charset=bogus", ""),
        (TEXT, "utf-8-sig", "text/html; charset=windows-1251", ""),
        (TEXT, "utf-16", "text/html", ""),
        (TEXT, "utf-16-le", "text/html; charset=utf-16", ""),
        (TEXT, "utf-16-be", "text/html", ""),
        (LATIN, "windows-1252", "text/html; charset=windows-1252", ""),
        (LATIN, "windows-1252", "text/html; charset=utf-8", ""),
        (LATIN, "windows-1252", "text/html", '<meta charset="iso-8859-1">'),
        (RUSSIAN, "windows-1251", "text/html; charset=windows-1251", ""),
        (RUSSIAN, "windows-1251", "text/html", ""),
        (ARABIC, "windows-1256", "text/html", '<meta charset="windows-1256">'),
        (CHINESE, "gb18030", "text/html; charset=gb2312", ""),
        (CHINESE, "gb18030", "text/html", '<meta charset="gbk">'),
        (JAPANESE, "shift_jis", "text/html; charset=Shift_JIS", ""),
        (JAPANESE, "shift_jis", "text/html", '<meta http-equiv="Content-Type" content="text/html; charset=x-sjis">'),
        (TURKISH, "windows-1254", "text/html", '<meta http-equiv="Content-Type" content="text/html; charset=windows-1254">'),
    ],
)  # fmt: skip
def test_whatever_the_charset_is_said_to_be_the_text_is_readable(
    text: str, encoding: str, kind: str, head: str
) -> None:
    source = f"<html><head>{head}<title>A title</title></head><body>{f'<p>{text * 3}</p>' * 3}</body></html>"
    made = page(source.encode(encoding), kind)
    assert text.strip() in extract(made).text
    assert text.split(",", 1)[0] in visible_text(made)


def test_some_foreign_bytes_spoil_no_page() -> None:
    body = html().encode().replace(b"closed", b"clo\xffsed", 1)
    assert "clo\ufffdsed" in extract(page(body, "text/html; charset=utf-8")).text


@pytest.mark.parametrize(
    "image", ["javascript:alert(1)", "data:image/png;base64,AAAA", "file:///etc/passwd", "  ", "http://[::1"]
)
def test_an_image_is_an_address_on_the_web_or_nothing(image: str) -> None:
    head = f'<meta property="og:image" content="{image}">'
    assert extract(page(html(head))).image == ""
    stated = ld(json.dumps({"@type": "NewsArticle", "image": [{"url": image}, "https://a.example/b.png"]}))
    assert extract(page(html(head + stated))).image == "https://a.example/b.png"


@pytest.mark.parametrize("address", ["javascript:alert(1)", "//", "ftp://a.example/1", "/"])
def test_a_canonical_address_that_leads_nowhere_is_not_taken(address: str) -> None:
    article = extract(page(html(f'<link rel="canonical" href="{address}">')))
    assert article.canonical_url == "https://a.example/1"


def test_escaped_halves_of_characters_are_kept_out_and_whole_ones_kept() -> None:
    stated = r'{"@type": "NewsArticle", "headline": "The bridge \ud83d\ude00 \ud800", "author": "Jo\udc00 Roe"}'
    made = page(f"<html><body>{ld(stated)}<p>{STORY}</p></body></html>")
    article = extract(made)
    assert (article.title, article.byline) == ("The bridge 😀", ("Jo Roe",))
    assert "The bridge 😀" in visible_text(made)
    assert visible_text(made).encode()


def test_a_date_in_the_future_is_no_date() -> None:
    from datetime import UTC, datetime

    head = '<meta property="article:published_time" content="2031-01-01T00:00:00Z">'
    made = Page("https://a.example/1", html(head).encode(), fetched=datetime(2026, 3, 14, tzinfo=UTC))
    assert extract(made).published is None


PIECES = st.sampled_from(
    ["<", ">", "</", "<p>", "</p>", "<div", "<!--", "-->", "<script>", "</script>", '<script type="application/ld+json">',
     '{"@type":"NewsArticle","author":', "[{", "}]", '"', "'", "&#", "&amp;", ";", "=", "<meta property=og:title content=",
     "<title>", "<h1>", "By Ann Writer", "SOURCE: ", "2026-13-45T", "\0", "\u202e", "<svg>", "<table><tr>", "<![CDATA[",
     "<html lang=", "\\u0627", "\\ud800", "<time datetime=", "<link rel=canonical href=", "http://[", "<base href=", "é", "\ud7ff"]
)  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.one_of(st.binary(max_size=400), st.lists(PIECES, max_size=40).map(lambda each: "".join(each).encode())))
def test_any_bytes_become_an_article_or_one_kind_of_error(body: bytes) -> None:
    for look in (extract, quick, visible_text):
        try:
            made = look(page(body))
        except ExtractError as error:
            assert "https://a.example/1" in str(error)  # noqa: PT017
        else:
            assert str(made).encode() is not None, "it can be stored"
