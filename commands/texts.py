"""`outspoken explain`, `extract`, `detect` and `evaluate`: single pages and whole collections, by hand."""

from __future__ import annotations

import asyncio
import gzip
import json
import zlib
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import click

import evaluation
import predicting
from commands import recipes, rendering, second
from commands.base import FAILED, App, as_json, err, out, pass_app, plain, print_json, progress
from config import Config, ReadConfig
from errors import ExtractError, FetchError, OutspokenError
from extract import row as extract_row
from model import Article, Entry, Fetch, Fetched, Page, Poll, Polled, Source
from reading import Pool
from spiders.run import Crawls
from spiders.run import main as react

LARGEST = 50_000_000
"""Bytes of one file, after decompression, that are read at all; extraction has a lower limit of its own."""

profile_option = click.option(
    "-p",
    "--profile",
    "profiles",
    multiple=True,
    default=("islamic_state",),
    show_default=True,
    help="What to look for: a shipped profile or a TOML file; may be given several times.",
)


class FileOrUrl(click.Path):
    """A file that is there, as a Path; or an address, as text."""

    name = "file or url"

    def __init__(self) -> None:
        super().__init__(path_type=Path, exists=True, dir_okay=False)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Tell them apart."""
        return value if str(value).startswith(("http://", "https://")) else super().convert(value, param, ctx)


@click.command()
@click.argument("file_or_url")
@click.option("--url", default="", help="The address that the file was fetched from.")
@profile_option
@click.option(
    "--second", "asked", is_flag=True, help="Where it scores unsure, ask the configured second reader as well."
)
@as_json
@pass_app
def explain(app: App, file_or_url: str, url: str, profiles: tuple[str, ...], asked: bool, as_json: bool) -> None:
    """Read one page and say what is found in it, and why.

    FILE_OR_URL is a saved page (.html, .html.gz) or an address, which is fetched now.

    Example: outspoken explain page.html --url https://outlet.example/2026/a-page
    """
    away = file_or_url.startswith(("http://", "https://"))
    page = fetch(file_or_url) if away else load(Path(file_or_url), url)
    with Pool(ReadConfig(workers=1), profiles) as pool:
        reading = asyncio.run(pool.read(page, Source("by-hand", page.url)))
    said = second.opinion(app.config.second_reader, reading) if asked else None
    if as_json:
        print_json(rendering.explanation(reading, asdict(said) if said else None))
        return
    out.print(rendering.explained(reading))
    if said:
        out.print(plain(f"Second reader {said.model}: {said.state} ({said.reason})"))


@click.command()
@click.argument("files_or_urls", nargs=-1, required=True, type=FileOrUrl())
@click.option(
    "--manifest",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help='The URL of each file, one {"file" or "id", "url"} a line.',
)
@click.option(
    "--try", "name", metavar="NAME", help="Extract by the recipe of this source, and show what of it matches."
)
@as_json
@pass_app
def extract(
    app: App, files_or_urls: tuple[Path | str, ...], manifest: Path | None, name: str | None, as_json: bool
) -> None:
    """Extract the article of each page (.html, .html.gz, or an address, which is fetched now), one line each.

    Example: outspoken extract pages/*.html.gz --manifest urls.jsonl --json > articles.jsonl
    """
    urls = _manifest(manifest) if manifest else {}
    recipe = recipes.recipe_of(app, name) if name else None
    away = fetch_all([each for each in files_or_urls if isinstance(each, str)])
    if recipe is None:
        failed = asyncio.run(_extract_all(files_or_urls, urls, away, as_json)) > 0
    else:
        failed = not recipes.try_all(_pages(files_or_urls, urls, away), recipe, as_json)
    raise SystemExit(FAILED if failed else 0)


def _pages(
    files: Sequence[Path | str], urls: dict[str, str], away: dict[str, Page | OutspokenError]
) -> Iterator[tuple[str, Page | OutspokenError]]:
    for each in files:
        try:
            yield str(each), _page(each, urls, away)
        except OutspokenError as error:
            yield str(each), error


def _page(file: Path | str, urls: dict[str, str], away: dict[str, Page | OutspokenError]) -> Page:
    """A saved page or one that was fetched. Raises what kept it from being had."""
    page = away[file] if isinstance(file, str) else load(file, urls.get(_stem(file.name), ""))
    if isinstance(page, OutspokenError):
        raise page
    return page


@click.command()
@click.argument("corpus", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@profile_option
@as_json
def detect(corpus: Path, profiles: tuple[str, ...], as_json: bool) -> None:
    """Read articles (JSON lines, as in docs/definition.md), oldest first, from an empty store.

    With --json prints a prediction a line: id, label, score, accounts, each with `new`.

    Example: outspoken detect articles.jsonl --json > predictions.jsonl
    """
    predictions = list(_predict(corpus, profiles))
    if as_json:
        for prediction in predictions:
            print_json(prediction)
    else:
        out.print(rendering.predictions(predictions))


@click.command()
@click.argument("corpus", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@profile_option
@as_json
def evaluate(corpus: Path, profiles: tuple[str, ...], as_json: bool) -> None:
    """Measure detection on labelled articles (JSON lines): figures with intervals, and every error.

    Example: outspoken evaluate our-cases.jsonl
    """
    rows = read_corpus(corpus)
    if not rows:
        raise ExtractError(f"{corpus}: holds no article", subject=str(corpus))
    result = measured(rows, list(_predict(corpus, profiles)))
    if as_json:
        print_json(result.as_dict())
    else:
        out.print(rendering.evaluation(result))


def measured(rows: list[dict[str, Any]], predictions: list[dict[str, Any]]) -> evaluation.Result:
    """Compare predictions with labels. Raises ExtractError with the id of an article that has no prediction."""
    try:
        return evaluation.evaluate(rows, predictions)
    except KeyError as error:
        raise ExtractError(f"there is no prediction for the article {error}", subject=str(error)) from None


def _predict(corpus: Path, profiles: Sequence[str]) -> Iterator[dict[str, Any]]:
    rows = read_corpus(corpus)
    with progress() as bar:
        task = bar.add_task("Reading articles", total=len(rows))
        for prediction in predicting.predict(rows, profiles):
            bar.advance(task)
            yield prediction


@dataclass
class _Catch:
    """A hub for one page that is fetched by hand."""

    found: list[Fetched] = field(default_factory=list)

    def polls(self, names: Sequence[str] | None = None) -> list[Poll]:
        """Nothing is polled."""
        return []

    def pages(self, limit: int = 200) -> list[Fetch]:
        """The page is given to the crawl itself."""
        return []

    async def polled(self, polled: Polled) -> None:
        """Nothing is polled."""

    async def fetched(self, fetched: Fetched) -> None:
        """Keep what became of the page."""
        self.found.append(fetched)


def fetch(url: str) -> Page:
    """Fetch one page as the daemon would: robots.txt, limits, public addresses only. Raises FetchError."""
    found = fetch_all([url])[url]
    if isinstance(found, OutspokenError):
        raise found
    return found


def fetch_all(urls: Sequence[str]) -> dict[str, Page | OutspokenError]:
    """Fetch pages in one crawl, like `fetch`; a page or a FetchError for each address."""
    if not urls:
        return {}
    hub = _Catch()
    asked = [Fetch(number, Source("by-hand", url), Entry(url, url)) for number, url in enumerate(dict.fromkeys(urls))]
    react(Crawls(hub, Config()).fetch(asked))
    found = {fetched.fetch.url: fetched.page or _not_had(fetched.fetch.url, fetched.error) for fetched in hub.found}
    return {url: found.get(url) or _not_had(url, "no answer") for url in urls}


def _not_had(url: str, reason: str) -> FetchError:
    return FetchError(f"{url}: {reason}", subject=url)


def load(path: Path, url: str = "") -> Page:
    """A saved page, unpacked where it is gzip. Raises ExtractError where it cannot be read."""
    try:
        body = path.read_bytes() if path.suffix != ".gz" else _unpack(path)
    except (OSError, EOFError, zlib.error) as error:
        raise _unreadable(path, error) from None
    return Page(url, body)


def _unpack(path: Path) -> bytes:
    with gzip.open(path) as packed:
        body = packed.read(LARGEST + 1)
    if len(body) > LARGEST:
        raise ExtractError(f"{path}: holds more than {LARGEST:,} bytes", subject=str(path))
    return body


def read_jsonl(path: Path) -> list[dict[str, Any]]:
    """The JSON objects of a file, one a line. Raises ExtractError with the line that is wrong."""
    return [row for _, row in _numbered(path)]


def read_corpus(path: Path) -> list[dict[str, Any]]:
    """The articles of a corpus. Raises ExtractError with the line of one that is none."""
    rows, seen = [], set[str]()
    for number, row in _numbered(path):
        if wrong := _wrong(row, seen):
            raise ExtractError(f"{path}:{number}: {wrong}", subject=str(path))
        seen.add(str(row["id"]))
        rows.append(row)
    return rows


def _wrong(row: dict[str, Any], seen: set[str]) -> str:
    """What keeps a row from being an article; empty where nothing does."""
    if not isinstance(row.get("id"), str | int):
        return 'has no "id"'
    if str(row["id"]) in seen:
        return f'the id "{row["id"]}" stands twice'
    accounts = row.get("accounts") or []
    if not isinstance(accounts, list) or not all(isinstance(account, dict) for account in accounts):
        return '"accounts" is not a list of objects'
    return ""


def _numbered(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        with path.open(encoding="utf-8", errors="replace") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield number, _object(line, path, number)
    except OSError as error:
        raise _unreadable(path, error) from None


def _unreadable(path: Path, error: Exception) -> ExtractError:
    reason = error.strerror if isinstance(error, OSError) else None
    return ExtractError(f"{path}: cannot be read: {reason or error}", subject=str(path))


def _object(line: str, path: Path, number: int) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ExtractError(f"{path}:{number}: is not JSON: {error}", subject=str(path)) from None
    if not isinstance(value, dict):
        raise ExtractError(f"{path}:{number}: is not a JSON object", subject=str(path))
    return value


def _manifest(path: Path) -> dict[str, str]:
    """URL of each file, by the file's name without its endings."""
    return {_stem(str(row.get("file") or row.get("id") or "")): str(row.get("url") or "") for row in read_jsonl(path)}


def _stem(name: str) -> str:
    return Path(name).name.removesuffix(".gz").removesuffix(".html").removesuffix(".htm")


async def _extract_all(
    files: Sequence[Path | str], urls: dict[str, str], away: dict[str, Page | OutspokenError], as_json: bool
) -> int:
    """Extract with all processors, print in the order of the files; returns how many failed."""
    failed = 0
    with Pool(ReadConfig(), ()) as pool, progress() as bar:
        task = bar.add_task("Extracting", total=len(files))
        async for path, result in _extracted(pool, files, urls, away):
            bar.advance(task)
            failed += isinstance(result, OutspokenError)
            _print_extracted(path, result, as_json)
    return failed


async def _extracted(
    pool: Pool, files: Sequence[Path | str], urls: dict[str, str], away: dict[str, Page | OutspokenError]
) -> AsyncIterator[tuple[Path | str, Article | OutspokenError]]:
    # a window of a few pages a worker keeps all of them busy and memory flat, however many files there are
    width = pool.workers * 4
    tasks: list[tuple[Path | str, asyncio.Task[Article]]] = []
    for path in files:
        tasks.append((path, asyncio.create_task(_extract_one(pool, path, urls, away))))
        if len(tasks) >= width:
            yield await _outcome(*tasks.pop(0))
    for path, task in tasks:
        yield await _outcome(path, task)


async def _extract_one(
    pool: Pool, path: Path | str, urls: dict[str, str], away: dict[str, Page | OutspokenError]
) -> Article:
    return await pool.extract(_page(path, urls, away))


async def _outcome(path: Path | str, task: asyncio.Task[Article]) -> tuple[Path | str, Article | OutspokenError]:
    try:
        return path, await task
    except OutspokenError as error:
        return path, error


def _print_extracted(path: Path | str, result: Article | OutspokenError, as_json: bool) -> None:
    if isinstance(result, OutspokenError):
        named = str(result).startswith(f"{path}: ")
        err.print(plain(result if named else f"{path}: {result}"), soft_wrap=True)
    elif as_json:
        print_json(extract_row(result, str(path)))
    else:
        out.print(rendering.article(result))
        out.print()
