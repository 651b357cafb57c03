"""Values to JSON and back without loss: the frozen dataclasses of `model.py`, built from their annotations."""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from datetime import datetime, timedelta
from enum import Enum
from functools import cache
from typing import Any, TypeVar

T = TypeVar("T")


def dumps(value: object) -> str:
    """A value as compact JSON, readable as UTF-8."""
    return json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":"))


def loads(kind: type[T], text: str) -> T:
    """The value of type `kind` that `dumps` wrote."""
    value: T = _value(kind, json.loads(text))
    return value


def _plain(value: Any) -> Any:
    if isinstance(value, str | bool) or value is None:
        return value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        given = ((name, getattr(value, name), default) for name, default in _defaults(type(value)))
        return {name: _plain(each) for name, each, default in given if each != default}
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    return value.value if isinstance(value, Enum) else value


def _value(kind: Any, plain: Any) -> Any:
    origin = typing.get_origin(kind)
    if origin in (typing.Union, types.UnionType):
        inner = next(each for each in typing.get_args(kind) if each is not type(None))
        return None if plain is None else _value(inner, plain)
    if origin is tuple:
        return tuple(_value(typing.get_args(kind)[0], each) for each in plain)
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        hints = _hints(kind)
        return kind(**{key: _value(hints[key], each) for key, each in plain.items() if key in hints})
    if kind is datetime:
        return datetime.fromisoformat(plain)
    if kind is timedelta:
        return timedelta(seconds=plain)
    return kind(plain) if isinstance(kind, type) and issubclass(kind, Enum) else plain


@cache
def _defaults(kind: Any) -> tuple[tuple[str, Any], ...]:
    return tuple((field.name, field.default) for field in dataclasses.fields(kind))


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return typing.get_type_hints(kind)
