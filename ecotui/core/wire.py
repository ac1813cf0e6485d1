"""Frozen dataclasses to JSON lines and back: the log's lines and the worker's pipe are written alike.

A line is `{"kind": "window", ...fields}`; a field left at its default may be missing, unknown fields are passed over.
"""

from __future__ import annotations

import json
import math
import types
import typing
from collections.abc import Hashable
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from typing import Any, TypeVar, Union, cast, get_args, get_origin

T = TypeVar("T")


class WireError(ValueError):
    """A line that is not what its kind promises."""


def encode(value: Any) -> str:
    """One line of JSON, without its newline. Numbers that are not finite are refused: JSON has none."""
    return json.dumps({"kind": kind_of(cast(Any, type(value)))} | _plain(value), separators=(",", ":"), allow_nan=False)


def decode(line: str, kinds: dict[str, type[T]]) -> T | None:
    """The message on a line; None where its kind is not among `kinds`.

    Raises:
        WireError: the line is not JSON, has no kind, or a field is missing or of the wrong type.
    """
    try:
        raw = json.loads(line)
    except ValueError as error:
        raise WireError("not JSON") from error
    if not isinstance(raw, dict) or not isinstance(raw.get("kind"), str):
        raise WireError("no kind")
    known = kinds.get(raw["kind"])
    return None if known is None else _build(known, raw)


@cache
def kind_of(cls: Hashable) -> str:
    """The word for a class on the wire: its name in kebab case."""
    name = str(getattr(cls, "__name__", ""))
    return "".join(f"-{c.lower()}" if c.isupper() and i else c.lower() for i, c in enumerate(name))


def kinds(*classes: Any) -> dict[str, Any]:
    """Words and classes of a union or of single classes, as `decode` wants them."""
    flat = [c for one in classes for c in (get_args(one) or (one,))]
    return {kind_of(c): c for c in flat}


def _word(cls: Any) -> str:
    return kind_of(cls)


def _plain(value: Any) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for f in fields(value):
        item = getattr(value, f.name)
        if f.default is not MISSING and item == f.default and item is None:
            continue
        out[f.name] = _plain(item) if is_dataclass(item) else item
    return out


@cache
def _hints(cls: Hashable) -> dict[str, Any]:
    return typing.get_type_hints(cls)


def _build(cls: type[T], raw: dict[str, Any]) -> T:
    values: dict[str, Any] = {}
    hints = _hints(cast(Any, cls))
    for f in fields(cls):  # type: ignore[arg-type]
        if f.name not in raw:
            if f.default is MISSING and f.default_factory is MISSING:
                raise WireError(f"{_word(cls)} without {f.name}")
            continue
        values[f.name] = _typed(hints[f.name], raw[f.name], f"{_word(cls)}.{f.name}")
    return cls(**values)


def _typed(hint: Any, value: Any, where: str) -> Any:
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        if value is None and type(None) in get_args(hint):
            return None
        return _typed(next(a for a in get_args(hint) if a is not type(None)), value, where)
    if is_dataclass(hint) and isinstance(value, dict):
        return _build(cast(type[Any], hint), value)
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    expected = origin or hint
    if expected is Any:
        return value
    if not isinstance(value, expected) or (isinstance(value, bool) and expected is not bool):
        raise WireError(f"{where} is {type(value).__name__}")
    if expected is float and not math.isfinite(value):
        raise WireError(f"{where} is not finite")
    items = get_args(hint) if expected is list else ()
    if items and not all(isinstance(v, items[0]) and not isinstance(v, bool) for v in value):
        raise WireError(f"{where} holds something else than {items[0].__name__}")
    return value
