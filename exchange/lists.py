"""Lists of known accounts from elsewhere: CSV with whatever headings a team uses, JSON, or this program's own export."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import Any

from errors import ExchangeError
from exchange.records import Telling, Verdict, clean, http_url
from exchange.tabular import HEAD, parted, unguarded

LARGEST = 100_000_000
"""Bytes of a list that are read."""
MOST = 200_000
"""Lines of a list that are read."""
HEADINGS: Mapping[str, tuple[str, ...]] = {
    "account": ("id", "person", "person_id", "case", "case_id", "no", "nr", "number"),
    "name": ("full_name", "person_name", "defector", "names"),
    "aliases": ("alias", "aka", "a_k_a", "also_known_as", "other_names", "pseudonym", "pseudonyms", "kunya"),
    "name_type": (),
    "nationality": ("origin", "country", "country_of_origin", "citizenship", "nation"),
    "gender": ("sex",),
    "age": ("age_at_report", "years"),
    "role": ("position", "job", "function", "occupation", "rank"),
    "exit": ("way_out", "how_left"),
    "reasons": ("reason", "motives", "motive", "narratives", "narrative"),
    "evidence": ("sentence", "excerpt"),
    "quotes": ("quote", "quotation", "quotations"),
    "url": ("link", "address", "source_url", "article_url", "web"),
    "outlet": ("source", "media", "publication", "publisher", "newspaper", "site"),
    "title": ("headline", "article", "article_title"),
    "published": ("date", "publication_date", "date_published", "published_at", "reported"),
    "language": ("lang",),
    "byline": ("author", "authors", "reporter", "journalist"),
    "group": ("organisation", "organization"),
    "profile": (),
    "notes": ("note", "comment", "comments", "remark", "remarks", "summary", "description"),
    "score": (), "tier": (), "told": (), "told_at": (), "created": (), "verdict": (), "verdict_note": (),
    "verdict_by": (), "verdict_at": (), "corrected": (),
}  # fmt: skip
"""What a column may be called, besides its own name; case, blanks and hyphens do not count."""
_KNOWN = {other: name for name, others in HEADINGS.items() for other in (name, *others)}
_LISTS = ("aliases", "reasons", "quotes", "byline")
_TELLING = tuple(each.name for each in fields(Telling))
REASONS = ("infighting", "brutality", "un_islamic", "conditions", "other")
EXITS = ("defected", "surrendered", "caught_leaving", "returned")
_GENDERS = {
    **dict.fromkeys(("m", "male", "man", "boy"), "male"),
    **dict.fromkeys(("f", "female", "woman", "girl", "w"), "female"),
}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


@dataclass(frozen=True, slots=True)
class Line:
    """One telling of a list. `person` is what the list calls the person by; empty where it says nothing.

    `doubts` say what of the line was not understood and is left empty; `wrong` why it cannot be taken at all.
    """

    number: int
    telling: Telling = field(default=Telling())
    person: str = ""
    head: Mapping[str, str] = field(default_factory=dict)
    verdicts: tuple[Verdict, ...] = ()
    doubts: tuple[str, ...] = ()
    wrong: str = ""


def read(body: bytes, name: str) -> tuple[list[Line], list[str]]:
    """The lines of a file, and the headings that nobody knows. Raises ExchangeError where it is no list."""
    if len(body) > LARGEST:
        raise ExchangeError(f"{name}: is larger than {LARGEST:,} bytes", subject=name)
    text = body.decode("utf-8-sig", "replace")
    if text.lstrip()[:1] in ("[", "{"):
        return _json(text, name)
    return _csv(text, name)


def _csv(text: str, name: str) -> tuple[list[Line], list[str]]:
    head = text.lstrip("\r\n").partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=head.count), strict=False)
    lines, columns, unknown = list[Line](), list[str](), list[str]()
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if not columns:
                columns, unknown = _columns(cells, name)
                continue
            values = {column: unguarded(cell) for column, cell in zip(columns, cells, strict=False) if column}
            lines.append(_line(reader.line_num, values))
            if len(lines) >= MOST:
                break
    except csv.Error as error:
        raise ExchangeError(f"{name}:{reader.line_num}: is no CSV: {error}", subject=name) from None
    return lines, unknown


def _columns(cells: Sequence[str], name: str) -> tuple[list[str], list[str]]:
    keys = [_KNOWN.get(_key(cell), "") for cell in cells]
    if not {"name", "url"} & set(keys):
        sentence = "has no column for a name or an address; docs/commands.md has the headings that are understood"
        raise ExchangeError(f"{name}: {sentence}", subject=name)
    first = {key: place for place, key in reversed(list(enumerate(keys)))}
    kept = [key if key and first[key] == place else "" for place, key in enumerate(keys)]
    return kept, [cell.strip() for cell, key in zip(cells, kept, strict=True) if not key and cell.strip()]


def _key(heading: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", heading.strip().lower()).strip("_")


def _json(text: str, name: str) -> tuple[list[Line], list[str]]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ExchangeError(f"{name}: is not JSON: {error}", subject=name) from None
    rows = data.get("accounts", data.get("rows")) if isinstance(data, dict) else data
    if not isinstance(rows, list):
        raise ExchangeError(f"{name}: holds no list of accounts", subject=name)
    lines, unknown = list[Line](), set[str]()
    for number, row in enumerate(rows[:MOST], 1):
        if not isinstance(row, dict):
            lines.append(Line(number, wrong="is no object"))
            continue
        for values in _flat(row):
            known = {column: value for key, value in values.items() if (column := _KNOWN.get(_key(str(key)), ""))}
            unknown |= {str(key) for key in values if not _KNOWN.get(_key(str(key))) and key != "verdicts"}
            lines.append(_line(number, known, _verdicts(row.get("verdicts"))))
    return lines, sorted(unknown)


def _flat(row: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """An account with its tellings as rows; any other object is a row of its own."""
    tellings = row.get("tellings")
    if not isinstance(tellings, list):
        yield dict(row)
        return
    head = {key: value for key, value in row.items() if key != "tellings"}
    for telling in tellings:
        if isinstance(telling, dict):
            yield head | telling


def _verdicts(value: Any) -> tuple[Verdict, ...]:
    rows = [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
    return tuple(Verdict(*(clean(each.get(f.name)) for f in fields(Verdict))) for each in rows)


def _line(number: int, values: Mapping[str, Any], verdicts: tuple[Verdict, ...] = ()) -> Line:
    doubts: list[str] = []
    told = _told(values, doubts)
    telling = Telling(**{name: value for name, value in told.items() if name in _TELLING})
    head = {name: clean(values.get(name)) for name in HEAD if name not in ("account", "corrected")}
    head["corrected"] = _object(values.get("corrected"))
    if not verdicts and head["verdict"]:
        verdicts = (Verdict(head["verdict"], head["verdict_note"], head["verdict_by"], head["verdict_at"]),)
    wrong = "" if telling.name or telling.url else "names nobody and no address"
    return Line(number, telling, clean(values.get("account")).strip(), head, verdicts, tuple(doubts), wrong)


def _object(value: Any) -> str:
    """Corrected fields as JSON; an empty object where they are none."""
    try:
        found = json.loads(value) if isinstance(value, str) and value else value
    except (ValueError, RecursionError):
        found = None
    return json.dumps(found, ensure_ascii=False) if isinstance(found, dict) else "{}"


def _told(values: Mapping[str, Any], doubts: list[str]) -> dict[str, Any]:
    """The fields of a telling; what is not understood is left empty and noted."""
    texts = {name: clean(values.get(name)).strip() for name in _TELLING if name not in _LISTS}
    found: dict[str, Any] = dict(texts)
    found |= {name: _list(values.get(name)) for name in _LISTS}
    found["reasons"] = tuple(_reason(each) for each in found["reasons"])
    for name, understood in (
        ("url", http_url), ("age", _age), ("published", day), ("gender", lambda text: _GENDERS.get(text.lower(), "")),
        ("exit", lambda text: text.lower() if text.lower() in EXITS else ""), ("score", _score),
    ):  # fmt: skip
        found[name] = understood(texts[name])
        if texts[name] and found[name] in ("", None):
            doubts.append(f"{name}: {texts[name][:80]!r} is not understood")
    found["exit"] = found["exit"] or "defected"
    found["name_type"] = texts["name_type"] or ("real" if texts["name"] else "anonymous")
    return found


def _list(value: Any) -> tuple[str, ...]:
    if isinstance(value, list | tuple):
        return tuple(bare for each in value if (bare := clean(each).strip()))
    return parted(clean(value))


def _reason(text: str) -> str:
    key = _key(text)
    return key if key in REASONS else "other"


def _age(text: str) -> int | None:
    found = re.fullmatch(r"(\d{1,3})(?:\.0)?(?:\s*(?:y|yrs?|years?)(?:\s+old)?)?", text)
    return int(found[1]) if found and 5 <= int(found[1]) <= 110 else None


def _score(text: str) -> float | None:
    try:
        return min(max(float(text), 0.0), 1.0) if text else None
    except ValueError:
        return None


def day(text: str) -> str:
    """A date or time in our form; also `14 March 2015`, `March 2015`, `2015`. Empty where it is none.

    `03/04/2015` is two days, so it is none.
    """
    bare = " ".join(text.split())
    try:
        time = datetime.fromisoformat(bare)
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    except (ValueError, OverflowError):
        pass
    found = re.fullmatch(r"(?:(\d{1,2})\.? )?(?:([A-Za-z]{3,9})\.?,? )?(\d{4})(?:-(\d{1,2}))?", bare)
    found = found or re.fullmatch(r"()([A-Za-z]{3,9})\.? (?P<d>\d{1,2}),? (\d{4})()", bare)
    if found is None:
        return ""
    return _from_words(found)


def _from_words(found: re.Match[str]) -> str:
    named = found.groupdict().get("d")
    number = named or found[1] or "1"
    year = found[4] if named else found[3]
    word = (found[2] or "").lower()[:3]
    month = _MONTHS.index(word) + 1 if word in _MONTHS else (0 if word else int((not named and found[4]) or 1))
    try:
        return datetime(int(year), month, int(number), tzinfo=UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    except ValueError:
        return ""
