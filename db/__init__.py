"""The store: one SQLite file, one writer. sqlite-utils lives here and nowhere else.

`Store` is put together from small parts that share one connection: `Frontier` (sources, polls, pages to fetch) with
`Gaps` (what polls may have missed) and `Pushes` (what hubs bring), `Articles` (what was read), `Archived` (where its page
is kept), `Furniture` (what recurs on an outlet's pages), `Accounts` (who spoke), `Second` (what a second reader is asked), `Judging` (what
analysts say of it), `Outbox` (what is told to whom), `Replaying` (what came in, to be read
once more), `Exchanging` (what leaves, and comes in from lists), `Forgetting` (what is erased for good), `Retention`
(what has been kept long enough), `Health`,
`Episodes` (what is wrong with sources) and `Canaries` (whether the chain as a whole works).
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from time import monotonic
from types import TracebackType

from db.accounts import Accounts
from db.archived import Archived, Kept
from db.articles import Articles
from db.base import Connection, Trouble, connect
from db.canaries import Canaries
from db.episodes import Episodes
from db.exchanging import Exchanging
from db.forgetting import Forgetting
from db.furniture import Furniture
from db.gaps import Gaps
from db.health import Health
from db.judging import GROUPS, Judging
from db.lock import only_one
from db.outbox import Outbox
from db.pushes import Pushes
from db.reach import Reach
from db.replaying import Mentioned, Replaying, Stored, Told
from db.retention import Retention
from db.reviewing import CHOICES
from db.second import Second
from errors import StoreError

__all__ = ["CHOICES", "GROUPS", "Kept", "Mentioned", "Reach", "Store", "Stored", "Told", "only_one"]


class Store(
    Gaps,
    Pushes,
    Articles,
    Archived,
    Accounts,
    Furniture,
    Second,
    Judging,
    Outbox,
    Replaying,
    Exchanging,
    Forgetting,
    Retention,
    Health,
    Episodes,
    Canaries,
):
    """Everything that outlives the process. Every method may raise StoreError."""

    def __init__(self, connection: Connection) -> None:
        self._c = connection

    @classmethod
    def open(cls, path: str | Path, *, readonly: bool = False) -> Store:
        """Open (and migrate) the database at `path`; ":memory:" makes a new one that is forgotten with the process."""
        return cls(connect(path, readonly=readonly))

    @property
    def troubled(self) -> Trouble | None:
        """The last write that failed, if one did."""
        return self._c.troubled

    def trouble(self, error: StoreError) -> None:
        """Note that nothing can be stored for now, for a reason beside the database."""
        self._c.troubled = Trouble(monotonic(), str(error))

    def transaction(self) -> AbstractContextManager[None]:
        """Everything inside happens or nothing; may be nested."""
        return self._c.transaction()

    def close(self) -> None:
        """Close the file."""
        self._c.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
