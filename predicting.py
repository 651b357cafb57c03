"""The chain on labelled or unlabelled articles, from an empty store: what `outspoken detect` and `evaluate` print."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import detect
from db import Store
from detect import corpus
from detect.weights import Weights
from joining import Joined, join
from model import Entry, Fetch, Finding, Label, Reading, Source

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def predict(
    rows: Iterable[dict[str, Any]], profiles: Sequence[str], fitted: Weights | None = None
) -> Iterator[dict[str, Any]]:
    """Read labelled or unlabelled articles, oldest first, from an empty store; a prediction each (docs/commands.md).

    The same detection and the same joins as the daemon's, with a database that is forgotten afterwards. `fitted` are other
    weights than the shipped ones (`bench/held_out.py`).
    """
    loaded = [detect.load_profile(name) for name in profiles]
    source = Source("corpus", "https://corpus.invalid/")
    with Store.open(":memory:") as store:
        store.sync_sources([source], datetime.now(UTC))
        for row in sorted(rows, key=lambda row: corpus.time_of(row.get("published")) or _LONG_AGO):
            article = corpus.article_of_row(row)
            findings = tuple(detect.read(article, profile, fitted) for profile in loaded)
            yield _predict(store, source, row, findings)


def _predict(store: Store, source: Source, row: dict[str, Any], findings: tuple[Finding, ...]) -> dict[str, Any]:
    article = corpus.article_of_row(row)
    best = max(findings, key=lambda finding: (finding.label != Label.NONE, finding.score))
    with store.transaction():
        fetch = Fetch(0, source, Entry(str(row["id"]), article.url))
        article_id = store.store_article(fetch, Reading(article, findings), datetime.now(UTC))
        joined = join(store, article_id, article, findings, datetime.now(UTC))
        told = [each for each in joined if each.finding is best and best.label is Label.ACCOUNT]
        accounts = [_predicted(each, new=not store.told(each.account_id)) for each in told]
        for each in told:
            store.mark_told(each.account_id, "alert", datetime.now(UTC))
    return {"id": row["id"], "label": best.label.value, "score": round(best.score, 4), "accounts": accounts}


def _predicted(joined: Joined, *, new: bool) -> dict[str, Any]:
    account = joined.account
    names = ("name", "name_type", "group", "role", "nationality", "gender", "age", "exit", "evidence")
    return {name: getattr(account, name) for name in names} | {"reasons": list(account.reasons), "new": new}
