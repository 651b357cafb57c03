"""What is no article is told from articles."""

from __future__ import annotations

import pytest

from extract import extract
from model import Page

PROSE = (
    "The ferry to the island did not sail on Tuesday, for the third day in a row, and the people on the quay sat down. "
)
STORY = f"<h1>The ferry</h1>{f'<p>{PROSE * 2}</p>' * 4}"
TEASERS = "".join(f'<h3><a href="/{n}">A headline about the ferry</a></h3><p>{PROSE}</p>' for n in range(9))
FEW = "".join(f'<h3><a href="/{n}">A headline about the ferry</a></h3>' for n in range(4))
BOARD = '<meta name="generator" content="phpBB">'
ARTICLE = '<meta property="og:type" content="article">'


@pytest.mark.parametrize(
    ("kind", "url", "head", "body"),
    [
        ("article", "https://a.example/1", "", STORY),
        ("article", "https://a.example/1", "", STORY + FEW),
        ("article", "https://a.example/1", ARTICLE, f"<h1>The ferry</h1><p>{PROSE}</p>{TEASERS}"),
        ("article", "https://a.example/forum/ferry", ARTICLE, STORY),
        ("article", "https://forumnews.example/ferry", "", STORY),
        (
            "article",
            "https://a.example/1",
            "",
            f'<div itemscope itemtype="https://schema.org/ImageGallery"></div>{STORY}',
        ),
        ("forum", "https://board.example/1", BOARD, STORY),
        ("forum", "https://a.example/forum/viewtopic.php?t=3", "", STORY),
        ("forum", "https://forum.a.example/t/ferry/12", "", STORY),
        ("forum", "https://a.example/1", "", f'<div itemscope itemtype="https://schema.org/QAPage">{STORY}</div>'),
        (
            "live",
            "https://a.example/1",
            ARTICLE,
            f'<div itemscope itemtype="http://schema.org/LiveBlogPosting">{STORY}</div>',
        ),
        ("listing", "https://a.example/news", "", TEASERS),
        ("listing", "https://a.example/", '<meta property="og:type" content="website">', FEW),
        ("video", "https://a.example/1", '<meta property="og:type" content="video.other">', STORY),
        ("profile", "https://a.example/1", '<meta property="og:type" content="profile">', STORY),
    ],
)
def test_a_page_is_known_for_what_it_is(kind: str, url: str, head: str, body: str) -> None:
    page = Page(url, f"<html><head><title>The ferry</title>{head}</head><body>{body}</body></html>".encode())
    assert extract(page).kind == kind
