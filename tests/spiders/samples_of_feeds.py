"""Feeds of every kind, with the same two articles."""

from __future__ import annotations

ONE, TWO = "https://outlet.example/2026/one", "https://outlet.example/2026/two"

RSS2 = f"""<?xml version="1.0"?><rss version="2.0"><channel><title>Outlet</title><link>https://outlet.example/</link>
<ttl>30</ttl>
<item><title>First &amp; foremost</title><link>{ONE}?utm_source=rss</link><guid isPermaLink="false">a-1</guid>
<pubDate>Fri, 13 Mar 2026 10:00:00 +0100</pubDate></item>
<item><title>Second</title><link>{TWO}</link><guid isPermaLink="false">a-2</guid></item></channel></rss>""".encode()

RSS091 = f"""<?xml version="1.0"?><rss version="0.91"><channel><title>Outlet</title>
<item><title>First &amp; foremost</title><link>{ONE}</link></item>
<item><title>Second</title><link>{TWO}</link></item></channel></rss>""".encode()

RSS1 = f"""<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="https://outlet.example/">
<title>Outlet</title></channel>
<item rdf:about="{ONE}"><title>First &amp; foremost</title><link>{ONE}</link><dc:date>2026-03-13T09:00:00Z</dc:date></item>
<item rdf:about="{TWO}"><title>Second</title><link>{TWO}</link></item></rdf:RDF>""".encode()

ATOM = f"""<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom"><title>Outlet</title>
<link href="https://outlet.example/"/>
<entry><title type="html">First &amp;amp; foremost</title><id>tag:outlet.example,2026:1</id><link href="{ONE}#top"/>
<published>2026-03-13T09:00:00Z</published></entry>
<entry><title>Second</title><id>tag:outlet.example,2026:2</id><link rel="alternate" href="{TWO}"/></entry></feed>""".encode()

JSON = f"""{{"version": "https://jsonfeed.org/version/1.1", "title": "Outlet", "home_page_url": "https://outlet.example/",
"items": [{{"id": "1", "url": "/2026/one", "title": "First & foremost", "date_published": "2026-03-13T10:00:00+01:00"}},
{{"id": 2, "url": "{TWO}", "title": "Second"}}]}}""".encode()

BROKEN = f"""<?xml version="1.0"?><rss version="2.0"><channel><title>Outlet</title>
<item><title>First & foremost</title><link>{ONE}</link></item>
<item><title>Second&nbsp;</title><link>{TWO}</link></item>""".encode()

KINDS = {"rss 0.91": RSS091, "rss 1.0": RSS1, "rss 2.0": RSS2, "atom": ATOM, "json feed": JSON, "broken xml": BROKEN}

EMPTY = b'<?xml version="1.0"?><rss version="2.0"><channel><title>Outlet</title></channel></rss>'

LAUGHS = (
    "<?xml version='1.0'?><!DOCTYPE lolz [<!ENTITY l0 'lol'>"
    + "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10}'>" for n in range(1, 12))
    + "]><rss version='2.0'><channel><title>&l11;</title><item><title>&l11;</title>"
    + f"<link>{ONE}</link></item></channel></rss>"
)
