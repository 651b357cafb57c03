"""Words by which furniture is known, in nine languages, and words that templates name their parts with."""

from __future__ import annotations

import re


def _words(*words: str) -> re.Pattern[str]:
    return re.compile(r"(?<!\w)(?:" + "|".join(words) + ")", re.IGNORECASE)


SAID = (
    # newsletters, subscriptions, registration
    _words(
        r"subscri|newsletter|sign up|inbox|abonn|inscri|suscr|bolet[ií]n|anmeld|aanmeld|nieuwsbrief|berlangganan|abone|bülten",
        r"подпи[сш]|рассылк|اشترك|النشرة|log ?in|register|premium",
    ),
    # other articles
    _words(
        r"read (?:more|also|next|full)|also read|related|more (?:from|on|about|stories)|see also|recommended|watch:|click here",
        r"most (?:read|popular|viewed)|trending|don't miss|you may|latest|up next|next article|lire aussi|à lire|lees ook|lees meer",
        r"mehr zum thema|lesen sie|auch interessant|weiterlesen|le[ae] (?:también|más)|más noticias|te puede|baca juga|terkait",
        r"ilgili|haberler|читайте|также|по теме|اقرأ|المزيد",
    ),
    # sharing and following
    _words(
        r"share|tweet|facebook|twitter|whats ?app|linkedin|pinterest|telegram|instagram|follow|copy link|print|e-?mail|teilen",
        r"folgen|partag|compart|síguenos|suiv|delen|volg|bagikan|ikuti|paylaş|takip|поделит|شارك|تابع",
    ),
    # pictures and their makers
    _words(
        r"photo|image|picture|credit|getty|reuters|afp|foto|bild|copyright|illustration|screenshot|courtesy|via|quelle|source",
        r"صورة|фото|©",
    ),
    # cookies, rights, advertisements
    _words(
        r"cookie|consent|privacy|terms of|datenschutz|einwillig|confidentialit|privacidad|gizlilik|javascript|browser|ad ?block",
        r"all rights|alle rechte|tous droits|все права|advertis|anzeige|publicité|publicidad|iklan|reklam|werbung|sponsor|إعلان|реклама",
    ),
    # comments
    _words(
        r"comment|repl(?:y|ies)|kommentar|comentario|reactie|reageer|komentar|yorum|коммент|تعليق|leave a|log in to",
    ),
    # donations
    _words(
        r"donat|support (?:us|our|independent)|contribut|spende|unterstütz|soutenez|apoy|steun|donasi|bağış|пожертв|تبرع|patreon",
    ),
    # notes on the author
    _words(
        r"is an? (?:\w+ ){0,4}(?:writer|reporter|journalist|editor|author|correspondent|contributor|professor|fellow)",
        r"can be reached|contact|about the author|(?:additional )?reporting by|editing by|contributed to this|est journaliste",
        r"ist (?:redakteur|journalist|autor)|es periodista|this (?:article|story|piece) (?:was|is|first|originally)",
    ),
    # tags and dates
    _words(
        r"tags?\b|topics?|filed under|categor|schlagw|thema|étiquettes?|etiquetas?|temas|etiket|метки|теги|updated?|published",
        r"posted|stand:|min(?:ute)?s? read|aktualisiert|publié|publicado",
    ),
)
"""What furniture says of itself. A hint among others: articles use such words too."""
NAMED = (
    re.compile(r"comment|disqus|reply|respond|discussion"),
    re.compile(r"newsletter|sign-?up|subscri|paywall|piano|regist|login"),
    re.compile(
        r"relat|recirc|recommend|more-|most-|popular|trending|teaser|outbrain|taboola|also|read-?next|promo|card|carousel|latest"
    ),
    re.compile(r"share|social|follow|toolbar|button|btn|tools"),
    re.compile(r"author|byline|bio|contributor|writer|profile"),
    re.compile(r"cookie|consent|gdpr|modal|popup|overlay|banner|alert|notice"),
    re.compile(r"caption|credit|figure|photo|image|gallery|media|slide|video|player"),
    re.compile(r"meta|date|time|tag|categor|breadcrumb|label|kicker|topic|rubri|eyebrow|section-name"),
    re.compile(r"nav|menu|footer|header|sidebar|side-|aside|widget|rail|masthead|copyright|skip"),
    re.compile(r"(?:^|[\s_-])ads?(?:$|[\s_-])|advert|sponsor|dfp|donat|support|affiliate"),
    re.compile(r"quote|pull|highlight|fact|infobox|box|summary-|toc|embed|tweet|twitter|instagram"),
    re.compile(r"lead|dek|standfirst|summary|excerpt|intro|subtitle|sub-?head|descr|teaser|deck|abstract"),
    re.compile(
        r"article-?_*body|story-?body|post-?body|body-?text|(?:entry|post|article|story|main|body)-?_*content|content-?_*body"
        r"|article-?text|rich-?text|prose|storytext|paragraph"
    ),
    re.compile(r"article|story|post|entry|content|body|text|main"),
)
"""General words in the class, id or role of an element; the last two name what holds an article."""
