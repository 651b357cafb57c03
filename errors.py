"""The one tree of errors; every error says its subject and whether a retry makes sense.

OutspokenError
├── ConfigError        a mistake in outspoken.toml, sources.toml or a profile (all problems at once)
├── StoreError         the database cannot be opened, read or written
│   ├── MachineError   the machine cannot work on pages for now: a full disk, say
│   ├── StoreTooNew    written by a newer version of the program
│   └── StoreLocked    another daemon, or another writer, holds it
├── FetchError         an address could not be fetched
│   └── ForbiddenAddress   private, loopback, link-local or metadata address, or a scheme but http(s)
├── ExchangeError      a list cannot be read, or a format cannot be written
├── ExtractError       a page could not be turned into an article
├── ArchiveError       a kept page cannot be read back
└── DeliveryError      a channel did not take an alert

Expected outcomes (an unchanged feed, no match, a text that is too short) are values, never errors.
"""

from __future__ import annotations

from dataclasses import dataclass


class OutspokenError(Exception):
    """Root of the tree.

    `subject` names what it is about (a file, key, source, URL or channel), `retry` says whether the same
    call may succeed later. `str()` is one clear sentence for a person.
    """

    retry = False

    def __init__(self, sentence: str, *, subject: str = "") -> None:
        super().__init__(sentence)
        self.subject = subject


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a file that a person wrote: where it is and what to do about it."""

    file: str
    key: str
    line: int | None
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.key}: {self.message}" if self.key else f"{place}: {self.message}"


class ConfigError(OutspokenError):
    """Everything that is wrong with the configuration, together."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(p) for p in problems), subject=problems[0].file if problems else "")
        self.problems = problems


class StoreError(OutspokenError):
    """The database cannot be used."""


class MachineError(StoreError):
    """The machine cannot work on pages for now, as with a full disk; it is no page's fault."""


class StoreTooNew(StoreError):
    """The database was written by a newer version of the program."""


class StoreLocked(StoreError):
    """Somebody else holds the database."""

    retry = True


class FetchError(OutspokenError):
    """An address could not be fetched."""

    retry = True


class ForbiddenAddress(FetchError):
    """An address that this program never fetches."""

    retry = False


class ExchangeError(OutspokenError):
    """A list of accounts cannot be read, or a format cannot be written."""


class ExtractError(OutspokenError):
    """A page could not be turned into an article."""


class ArchiveError(OutspokenError):
    """A page that was kept cannot be read back: its file is gone or damaged."""


class DeliveryError(OutspokenError):
    """A channel did not take an alert.

    `retry_after` (seconds) is what the channel asked for, `unknown` says that it may have taken it all the same,
    `receipt` is what the next attempt must know of this one.
    """

    def __init__(
        self,
        sentence: str,
        *,
        subject: str = "",
        retry: bool = True,
        retry_after: float | None = None,
        unknown: bool = False,
        receipt: str = "",
    ) -> None:
        super().__init__(sentence, subject=subject)
        self.retry = retry
        self.retry_after = retry_after
        self.unknown = unknown
        self.receipt = receipt
