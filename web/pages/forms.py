"""What every page that writes does first: who may, and was it sent from a page of ours."""

from __future__ import annotations

import secrets
from typing import Any
from urllib.parse import parse_qs

from datasette.utils.asgi import Forbidden


async def fields(request: Any) -> dict[str, list[str]]:
    """What was posted, with its token checked. Raises Forbidden.

    Datasette's own check lets pass what comes without cookies or with a bearer token; where no cookie is needed to be
    somebody, as on loopback, any page on the web could send that.
    """
    body = await request.post_body()
    posted = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=60)
    given, expected = posted.pop("csrftoken", [""])[0], request.scope["csrftoken"]()
    if not secrets.compare_digest(given.encode(), expected.encode()):
        raise Forbidden("This form is too old, or was not sent from here. Load the page again.")
    return posted


def reviewer(request: Any) -> str:
    """Who judges. Raises Forbidden for a reader, who may only look."""
    actor = request.actor
    if not actor or actor.get("role") != "reviewer":
        raise Forbidden("You may read, but not judge. Reviewers are named in [web] reviewers.")
    return str(actor["id"])


def posting(request: Any) -> None:
    """Only a form may do this. Raises Forbidden."""
    if request.method != "POST":
        raise Forbidden("This address takes forms only.")


def here(path: str, otherwise: str) -> str:
    """A path on this site to go on to; anything else becomes `otherwise`."""
    safe = path.startswith("/") and not path.startswith("//") and "\\" not in path and path.isprintable()
    return path if safe and len(path) < 2000 else otherwise
