"""Our pages, by their addresses."""

from __future__ import annotations

from typing import Any

from web.pages import accounts, articles, audit, copies, exports, login, overview, review, sources

ROUTES: list[tuple[str, Any]] = [
    (r"^/-/accounts$", accounts.listing),
    (r"^/-/accounts/(?P<id>\d{1,15})$", accounts.one),
    (r"^/-/articles/(?P<id>\d{1,15})$", articles.one),
    (r"^/-/articles/(?P<id>\d{1,15})/copy$", copies.copy),
    (r"^/-/export/(?P<form>[a-z]{1,12})$", exports.file),
    (r"^/-/review$", review.page),
    (r"^/-/review/undo/(?P<id>\d{1,15})$", review.undo),
    (r"^/-/review/unmerge/(?P<id>\d{1,15})$", review.unmerge),
    (r"^/-/review/(?P<id>\d{1,15})/(?P<what>confirm|reject|correct|merge)$", review.judge),
    (r"^/-/audit$", audit.page),
    (r"^/-/overview$", overview.page),
    (r"^/-/sources$", sources.page),
    (r"^/-/login$", login.page),
    (r"^/-/leave$", login.leave),
]
