"""The CPU work on one page: bytes in, article and findings out, in worker processes.

`read` is pure and keeps no state. `Pool` runs it where a page can hang, exhaust its memory or kill the interpreter
without harm to anything but itself: the worker dies, the page is reported (`ExtractError`), a new worker starts.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import multiprocessing
import os
import resource
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import TimeoutError as OutOfTime
from dataclasses import replace
from tempfile import gettempdir
from types import TracebackType
from typing import Any

from pebble import ProcessExpired, ProcessPool

import detect
import extract
from config import ReadConfig
from errors import ExtractError, MachineError, OutspokenError
from extract import Outcome
from model import Article, Entry, Page, Reading, Recipe, Source

log = logging.getLogger("outspoken.reading")

PAGES_PER_WORKER = 1000
"""A worker is replaced after so many pages: parsers written in C keep memory that nobody can give back."""


def read(
    page: Page,
    source: Source,
    entry: Entry | None,
    profiles: Sequence[detect.Profile],
    gate: detect.Gate,
    known: Mapping[str, int] | None = None,
) -> Reading:
    """Turn a page into an article with what each profile finds in it.

    The gate first looks at everything visible on the page: where no watched group is named nothing can be found, and
    the quick extraction will do. `known` is what recurs on other articles of the outlet (`extract.furniture`): it is
    no part of this one, unless that is a live blog.
    """
    missed = extract.try_recipe(page, source.recipe).missed if source.recipe else ()
    if not gate.passes(extract.visible_text(page)):
        return Reading(_complete(extract.quick(page), source, entry), ruled_out=True, missed=missed)
    article = _complete(extract.extract(page, source.recipe), source, entry)
    prints = extract.furniture.remember(article.text) if article.kind != "live" else ()
    if prints and known:
        article = replace(article, text=extract.furniture.strip(article.text, known))
    findings = tuple(detect.read(article, profile) for profile in profiles)
    return Reading(article, findings, prints=prints, missed=missed)


def _complete(article: Article, source: Source, entry: Entry | None) -> Article:
    """Fill in what the page does not say and the source or its feed does."""
    return replace(
        article,
        title=article.title or (entry.title if entry else ""),
        published=article.published or (entry.published if entry else None),
        language=article.language or source.language,
        outlet=source.outlet or article.outlet or source.name,
    )


class Pool:
    """Worker processes that read pages, each with a time and a memory limit.

    Use as a context manager; `read` may be awaited for many pages at once, more than there are workers wait in line.
    Raises ConfigError where a profile cannot be loaded.
    """

    def __init__(self, settings: ReadConfig, profiles: Sequence[str]) -> None:
        self.workers = settings.workers or os.cpu_count() or 1
        self._seconds = settings.seconds
        # Not fork: the parent has threads and an event loop. A server that has imported everything forks workers
        # in milliseconds and has neither.
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["reading"])
        self._pool = ProcessPool(
            max_workers=self.workers,
            max_tasks=PAGES_PER_WORKER,
            initializer=_begin,
            # loaded here: a file that breaks later must not keep a new worker from beginning
            initargs=(tuple(detect.load_profile(name) for name in profiles), settings.memory_mb),
            context=context,
        )

    async def read(
        self, page: Page, source: Source, entry: Entry | None = None, known: Mapping[str, int] | None = None
    ) -> Reading:
        """Read one page; `known` is what recurs on its outlet's other articles.

        Raises ExtractError with the reason when the page defeats its worker, MachineError where the machine does.
        """
        reading: Reading = await self._run(_read, page, source, entry, known)
        return reading

    async def extract(self, page: Page) -> Article:
        """Extract one page, whatever it is about. Raises ExtractError like `read`."""
        article: Article = await self._run(_extract, page)
        return article

    async def try_recipe(self, page: Page, recipe: Recipe) -> tuple[Article, Outcome]:
        """Extract one page by a recipe, and say what of it matched. Raises ExtractError like `read`."""
        tried: tuple[Article, Outcome] = await self._run(_try_recipe, page, recipe)
        return tried

    async def _run(self, work: Callable[..., Any], page: Page, *args: object) -> Any:
        future = self._pool.schedule(work, args=(page, *args), timeout=self._seconds)
        try:
            return await asyncio.wrap_future(future)
        except OutOfTime:
            reason = f"reading it took more than {self._seconds:g} s"
        except ProcessExpired as error:
            reason = f"its worker died (exit code {error.exitcode})"
        except MemoryError:
            reason = "reading it took too much memory"
        except RecursionError:
            reason = "it is nested too deeply"
        except OutspokenError:
            raise
        except OSError as error:
            place = f"pages cannot be read on this machine now: {error.strerror or error}"
            raise MachineError(f"{place}; check the free space of {gettempdir()}", subject=page.url) from error
        except Exception as error:
            log.debug("%s", page.url, exc_info=error)
            reason = f"reading it failed: {type(error).__name__}: {error}"
        raise ExtractError(f"{page.url or 'the page'}: {reason}", subject=page.url)

    def __enter__(self) -> Pool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.stop()
        self._pool.join(timeout=5)


def _begin(profiles: tuple[detect.Profile, ...], memory_mb: int) -> None:
    """Prepare a worker: what it reads with, then the bound of its memory."""
    _STATE["watch"] = profiles, detect.Gate(profiles)
    limit = memory_mb * 1024 * 1024
    # Ctrl-C reaches the whole group of processes; ending is the parent's to decide
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.setrecursionlimit(5000)
    gc.freeze()


_STATE: dict[str, tuple[tuple[detect.Profile, ...], detect.Gate]] = {}


def _read(page: Page, source: Source, entry: Entry | None, known: Mapping[str, int] | None) -> Reading:
    return read(page, source, entry, *_STATE["watch"], known)


def _try_recipe(page: Page, recipe: Recipe) -> tuple[Article, Outcome]:
    return extract.extract(page, recipe), extract.try_recipe(page, recipe)


def _extract(page: Page) -> Article:
    return extract.extract(page)
