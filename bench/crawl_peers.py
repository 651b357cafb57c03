"""One of the peers on the pages of `bench.crawl`; run by a Python that has it: crawl_peers.py NAME BASE PAGES.

Prints a JSON object: CPU milliseconds a page, and how many articles with a text came out.
"""

# mypy: ignore-errors
from __future__ import annotations

import json
import sys
import time


def trafilatura(urls: list[str]) -> int:
    from trafilatura import bare_extraction, fetch_url

    return sum(bool(bare_extraction(fetch_url(url), with_metadata=True)) for url in urls)


def newspaper4k(urls: list[str]) -> int:
    from newspaper import Article

    found = 0
    for url in urls:
        article = Article(url)
        article.download()
        article.parse()
        found += bool(article.text)
    return found


def fundus(urls: list[str]) -> int:
    """Fundus's own crawler on a publisher made for these pages: its parser has a selector for each template."""
    from fundus import Crawler
    from fundus.parser import BaseParser, ParserProxy, attribute
    from fundus.parser.utility import (
        extract_article_body_with_selector,
        generic_author_parsing,
        generic_date_parsing,
    )
    from fundus.publishers.base_objects import Publisher, PublisherGroup
    from fundus.scraping.url import Sitemap
    from lxml.cssselect import CSSSelector

    class HeraldParser(ParserProxy):
        class V1(BaseParser):
            _paragraphs = CSSSelector(".story-body > p, div[data-component=text-block] > p, .entry-content > p")

            @attribute
            def body(self):
                return extract_article_body_with_selector(self.precomputed.doc, paragraph_selector=self._paragraphs)

            @attribute
            def title(self):
                return self.precomputed.meta.get("og:title")

            @attribute
            def authors(self):
                return generic_author_parsing(self.precomputed.ld.bf_search("author"))

            @attribute
            def publishing_date(self):
                return generic_date_parsing(self.precomputed.ld.bf_search("datePublished"))

    base = urls[0].rpartition("/")[0]

    class Loopback(metaclass=PublisherGroup):
        Herald = Publisher(
            name="Herald",
            domain=base + "/",
            parser=HeraldParser,
            sources=[Sitemap(base + "/map.xml")],
            suppress_robots=True,
        )

    crawler = Crawler(Loopback.Herald, delay=0.0, threading=False, ignore_robots=True)
    return sum(1 for _ in crawler.crawl(max_articles=len(urls), only_complete=False, error_handling="raise"))


def main() -> None:
    name, base, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    work = {"trafilatura": trafilatura, "newspaper4k": newspaper4k, "fundus": fundus}[name]
    urls = [f"{base}/{number}" for number in range(count)]
    if name != "fundus":
        work(urls[:2])
    began = time.process_time()
    found = work(urls)
    print(json.dumps({"ms": round((time.process_time() - began) * 1000 / count, 2), "articles": found}))


if __name__ == "__main__":
    main()
