"""What was forgotten does not come back: pages by their address or text, persons by their full name.

A person is known again by a keyed hash of profile and folded name, and only where the name has two telling words or
more: a first name or a kunya is borne by many, and barring it would hide people of whom nobody has heard. So somebody
unnamed, or with a short name, is known again by the pages and their texts alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from db import Store
from detect import names, stories
from model import Account, Fetch, Finding, Label, Reading

FEWEST = 2
"""Telling words of a name by which a person is known again."""


def full_names(account: Account) -> list[str]:
    """The names of an account that are one person's alone, as far as names can be."""
    return [name for name in (account.name, *account.aliases) if len(_words(name)) >= FEWEST]


def name_key(profile: str, name: str) -> str:
    """What is hashed of a name: its words in Latin letters, in whatever order and spelling they were given."""
    return f"{profile} {' '.join(sorted(names.skeleton(word) or word for word in _words(name)))}"


def admitted(store: Store, fetch: Fetch, reading: Reading) -> Reading | None:
    """A reading without forgotten persons; None where the page is a forgotten one, or tells of nobody else."""
    article = reading.article
    if store.forgets("url", fetch.url, article.url, article.canonical_url):
        return None
    if not any(finding.label is not Label.NONE or finding.accounts for finding in reading.findings):
        return reading
    if store.forgets_text(stories.bands(article.text)):
        return None
    findings = tuple(_without_forgotten(store, finding) for finding in reading.findings)
    before, after = (sum(len(each.accounts) for each in found) for found in (reading.findings, findings))
    if after < before and not after:
        return None
    return replace(reading, findings=findings)


def _without_forgotten(store: Store, finding: Finding) -> Finding:
    kept = tuple(each for each in finding.accounts if not store.forgets("name", *_keys(finding.profile, each)))
    return finding if len(kept) == len(finding.accounts) else replace(finding, accounts=kept)


def _keys(profile: str, account: Account) -> Iterator[str]:
    return (name_key(profile, name) for name in full_names(account))


def _words(name: str) -> list[str]:
    return [word for word in names.tokens(name) if word not in ("abu", "umm") and len(word) > 1]
