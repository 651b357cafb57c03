"""One address for one article: what identifies an entry whatever its tracking parameters."""

from __future__ import annotations

import hashlib
import re
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from w3lib.url import safe_url_string

LONGEST = 2000
TRACKING = re.compile(
    r"^(utm_\w+|fbclid|gclid|dclid|gbraid|wbraid|msclkid|yclid|igshid|mc_[ce]id|mkt_tok|_hs(enc|mi)|xtor|ns_\w+"
    r"|at_(medium|campaign|custom\d|link_\w+|bbc_team|format|ptr_name)|cmpid?|ocid|icid|smid|smtyp|ref_src|ref_url"
    r"|guccounter|guce_\w+|s_cid|CMP|traffic_source|ftag|feedname|feedtype)$",
    re.IGNORECASE,
)
_SIMPLE = re.compile(r"https?://[a-z][a-z0-9-]*(?:\.[a-z0-9-]+)*\.[a-z]{2,}/[A-Za-z0-9/._~-]*")
"""Addresses that are canonical as they are: most are, and a sitemap has many."""
_PORTS = {"http": 80, "https": 443}


def canonical(url: str, base: str = "") -> str:
    """The address without what does not change the page: fragment, tracking parameters, default port, case of host.

    Relative addresses are joined to `base`. Empty where there is no usable http(s) address. Idempotent.
    """
    if _SIMPLE.fullmatch(url) and "/." not in url and len(url) <= LONGEST:
        return url
    if not url.strip():
        return ""
    try:
        parts = urlsplit(urljoin(base, url.strip()))
        port = parts.port
    except ValueError:
        return ""
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme not in _PORTS or not host or len(url) > LONGEST:
        return ""
    netloc = f"[{host}]" if ":" in host else host
    if port and port != _PORTS[parts.scheme]:
        netloc = f"{netloc}:{port}"
    return _safe(urlunsplit((parts.scheme, netloc, parts.path or "/", _query(parts.query), "")))


def entry_key(guid: str, url: str) -> str:
    """What identifies an entry of a feed: its GUID where it has one, else its canonical address; 32 hex digits.

    A GUID that is an address is no more than that: it may carry tracking parameters.
    """
    identity = canonical(guid) or guid.strip() or url
    return hashlib.blake2b(identity.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _query(query: str) -> str:
    pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=200) if query.count("&") < 200 else []
    kept = [(key, value) for key, value in pairs if not TRACKING.match(key)]
    # an unusual query is left as it is: rewriting it could name another page
    return query if len(kept) == len(pairs) else urlencode(kept)


def _safe(url: str) -> str:
    try:
        return str(safe_url_string(url))
    except (ValueError, UnicodeError):
        return ""
