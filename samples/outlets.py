"""The invented outlets: what each is called, which feed it offers, and how its pages are made."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Outlet:
    """One outlet or blog. `form` and `page` name templates; `path` is the pattern of its articles' addresses."""

    name: str
    title: str
    form: str
    feed: str
    page: str
    path: str
    language: str = "en"
    motto: str = ""
    tracking: str = ""
    """What the feed's links carry besides the address."""
    encoding: str = "utf-8"
    """What the bytes are in. The feed and the header say UTF-8 whatever it is; the pages' meta element is right."""
    sitemap: bool = False

    @property
    def content_type(self) -> str:
        """What the feed's header says."""
        return {
            "json": "application/feed+json",
            "atom": "application/atom+xml; charset=utf-8",
            "rdf": "application/rdf+xml; charset=utf-8",
        }.get(self.form, "application/rss+xml; charset=utf-8")


OUTLETS = (
    Outlet("meridian-post", "The Meridian Post", "rss2", "/rss/world.xml", "jsonld", "/world/{date:%Y/%m/%d}/{slug}",
           motto="World news, read slowly", tracking="utm_source=rss&utm_medium=feed&utm_campaign=world"),
    Outlet("harbour-news", "Harbour News", "atom", "/news/atom", "opengraph", "/news/articles/{slug}-{number}",
           motto="Public broadcasting from the coast", tracking="at_medium=RSS&at_campaign=KARANGA"),
    Outlet("cedar-dispatch", "Cedar Dispatch", "json", "/feed.json", "microdata", "/en/story/{number}/{slug}",
           motto="Reporting from Beirut, Amman and Erbil"),
    Outlet("northgate", "Northgate Chronicle", "rss092", "/backend.rss", "table", "/story.php?id={number}",
           motto="Serving the valley since 1888"),
    Outlet("field-notes", "Field Notes from the Euphrates", "wordpress", "/feed/", "wordpress", "/{date:%Y/%m/%d}/{slug}/",
           motto="A reader's blog on Syria and Iraq"),
    Outlet("gulf-ledger", "Gulf Ledger", "rdf", "/index.rdf", "amp", "/amp/{slug}.{number}",
           motto="Business and politics of the Gulf", sitemap=True),
    Outlet("armed-groups-review", "Armed Groups Review", "wordpress", "/feed/", "wordpress", "/{slug}/",
           motto="Notes and studies on violent movements"),
    Outlet("pitchside", "Pitchside", "json", "/feeds/all.json", "opengraph", "/{section}/{slug}",
           motto="Football, and some other games"),
    Outlet("old-quarter", "The Old Quarter", "atom", "/atom.xml", "microdata", "/culture/{slug}.html",
           motto="Books, film and the city"),
    Outlet("phare-du-ponant", "Le Phare du Ponant", "rss2", "/rss.xml", "jsonld", "/actualites/{slug}_{number}.html", language="fr",
           motto="L'actualité du jour et du large", tracking="xtor=RSS-31", encoding="windows-1252"),
    Outlet("deichbote", "Deichbote", "atom", "/feed/atom.xml", "opengraph", "/politik/{slug}-a-{number}.html",
           language="de", motto="Nachrichten aus Norddeutschland und der Welt"),
    Outlet("el-muelle", "El Muelle", "rss2", "/rss/portada.xml", "amp", "/{section}/{slug}", language="es",
           motto="Diario del puerto"),
    Outlet("al-mirsad", "المرساة", "atom", "/feed", "jsonld", "/node/{number}", language="ar", motto="أخبار المنطقة"),
)  # fmt: skip
"""All outlets."""
