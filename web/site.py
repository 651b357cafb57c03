"""The site: Datasette over one database, with our pages, our look, and nothing that writes."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar

# what else is installed beside the program is no part of it
os.environ.setdefault("DATASETTE_LOAD_PLUGINS", "")

from datasette.app import Datasette
from datasette.database import Database
from datasette.plugins import pm

from config import ArchiveConfig
from db import Store
from web import plugin, questions
from web.access import Access
from web.gate import App, Gate

HERE = Path(__file__).parent
NAME = "outspoken"
"""What the database is called in addresses, whatever its file is called."""
COUNTED = 60.0
"""Seconds that the counts of tables are kept."""
SETTINGS = {
    "allow_download": False,
    "default_cache_ttl": 0,
    "default_page_size": 50,
    "facet_time_limit_ms": 150,
    "num_sql_threads": 4,
    "sql_time_limit_ms": 2000,
    "suggest_facets": False,
}
T = TypeVar("T")


class Counted(Database):  # type: ignore[misc]
    """Counts of the tables are up to a minute old, and the machine's own are not counted.

    SQLite cannot be interrupted while it counts, so that a million rows would make every look at the data wait.
    """

    async def table_counts(self, limit: int = 10) -> dict[str, int | None]:
        """Rows of each table; None for those that are not counted."""
        at, counts = getattr(self, "_counted", (0.0, {}))
        if not counts or monotonic() - at > COUNTED:
            hidden = set(await self.hidden_table_names())
            tables = await self.table_names()
            counts = dict.fromkeys(tables) | {each: await self._count(each) for each in tables if each not in hidden}
            self._counted = (monotonic(), counts)
        found: dict[str, int | None] = counts
        return found

    async def _count(self, table: str) -> int:
        rows = (await self.execute(f"SELECT count(*) FROM [{table}]")).rows  # noqa: S608 - a name out of the schema
        return int(rows[0][0])


class Site(Datasette):  # type: ignore[misc]
    """Datasette with what our pages need: the rules of access, the database's path and a clock."""

    def __init__(
        self, database: Path, access: Access, clock: Callable[[], datetime], archive: ArchiveConfig | None = None
    ) -> None:
        super().__init__(
            metadata=questions.metadata(NAME),
            settings=SETTINGS,
            template_dir=str(HERE / "templates"),
            static_mounts=[("-/look", str(HERE / "static"))],
        )
        self.remove_database("_memory")
        self.path, self.access, self.clock = database, access, clock
        self.archive = archive or ArchiveConfig(folder=database.parent / "archive")
        self.add_database(Counted(self, str(database), is_mutable=True), name=NAME)

    async def rows(self, sql: str, values: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """The rows of a query on the database, which is only read."""
        found = await self.get_database(NAME).execute(sql, dict(values or {}))
        return [dict(row) for row in found.rows]

    async def row(self, sql: str, values: Mapping[str, Any] | None = None) -> dict[str, Any] | None:
        """The first row of a query, or None."""
        found = await self.rows(sql, values)
        return found[0] if found else None

    async def write(self, change: Callable[[Store], T]) -> T:
        """Do one thing with a store that is opened for it, in a thread. Raises what it raises."""
        return await asyncio.to_thread(self._with_store, change, False)

    async def look(self, question: Callable[[Store], T]) -> T:
        """Like `write`, with a store that is only read."""
        return await asyncio.to_thread(self._with_store, question, True)

    def _with_store(self, work: Callable[[Store], T], readonly: bool) -> T:
        with Store.open(self.path, readonly=readonly) as store:
            return work(store)

    def close(self) -> None:
        """Close the connections and end the threads."""
        for database in self.databases.values():
            database.close()
        self.executor.shutdown()

    def gated(self) -> App:
        """The whole application, behind its gate."""
        return Gate(self.app(), self.access, lambda scope: plugin.actor_of(self, scope))


def _take_over() -> None:
    """Our hooks instead of Datasette's for errors, which print every variable, and for log-ins."""
    if not pm.is_registered(plugin):
        pm.register(plugin, name="outspoken")
        for theirs in ("handle_exception", "forbidden", "actor_auth_cookie"):
            pm.unregister(name=f"datasette.{theirs}")


_take_over()
