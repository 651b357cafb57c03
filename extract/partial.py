"""Whether only a teaser of an article could be read."""

from __future__ import annotations

import re

SHORT = 600
"""Characters; a shorter text below a paywall's words is only a teaser."""
END = 400
"""Characters at a text's end in which a paywall's words stand."""
_WALL = re.compile(
    r"\b(?:subscribe (?:now )?to (?:continue|read|keep|unlock)|(?:sign|log) ?in to (?:continue|read)|to (?:continue|keep) reading"
    r"|already a (?:subscriber|member)|subscribers[- ]only|for (?:paid |paying )?subscribers|this (?:post|article) is for (?:paid|paying)"
    r"|réservé (?:à nos|aux) abonnés|il vous reste \d+ ?% de cet article|pour lire la suite|déjà abonné"
    r"|weiterlesen mit|jetzt weiterlesen|nur für abonnenten|bereits abonnent|diesen artikel weiterlesen"
    r"|contenido exclusivo para suscriptores|suscríbete para|para seguir leyendo|ya eres suscriptor"
    r"|lees verder|alleen voor abonnees|al abonnee"
    r"|abone ol(?:arak|up) (?:devam|oku)|devamını okumak için|sadece abonelere"
    r"|khusus pelanggan|berlangganan untuk (?:membaca|melanjutkan)|untuk melanjutkan membaca"
    r"|только для подписчиков"
    r"|чтобы продолжить чтение"
    r"|оформите подписку"
    r"|للمشتركين فقط|اشترك لمتابعة"
    r"|لمتابعة القراءة)",
    re.IGNORECASE,
)
"""A paywall's words in nine languages."""


def is_partial(body: str, end: str, free: bool | None) -> bool:
    """Whether `body` is only a teaser: it is short, and the page calls itself not free, or its text ends with a wall.

    `end` is how the text ended before it was cleaned; `free` what the page says of itself, None where it does not.
    """
    if not body:
        return True
    walled = bool(_WALL.search(end[-END:])) or free is False
    return (walled and len(body) < 3 * SHORT) or (free is False and len(body) < 5 * SHORT)
