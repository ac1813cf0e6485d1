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
    for name, hint, plain, needed in _fields(cast(Any, cls)):
        if name not in raw:
            if needed:
                raise WireError(f"{_word(cls)} without {name}")
            continue
        value = raw[name]
        if type(value) is plain and (plain is not float or math.isfinite(cast(float, value))):
            values[name] = value  # a day's log has two million lines: what is right at once goes no further
        else:
            values[name] = _typed(hint, value, f"{_word(cls)}.{name}")
    return cls(**values)


@cache
def _fields(cls: Hashable) -> tuple[tuple[str, Any, type | None, bool], ...]:
    """Name, type, the plain type that a value mostly has, and whether it must be there, of every field."""
    hints, out = _hints(cls), []
    for f in fields(cast(Any, cls)):
        hint = hints[f.name]
        args = [a for a in get_args(hint) if a is not type(None)]
        plain = args[0] if get_origin(hint) in (Union, types.UnionType) and len(args) == 1 else hint
        needed = f.default is MISSING and f.default_factory is MISSING
        out.append((f.name, hint, plain if plain in (int, float, str, bool) else None, needed))
    return tuple(out)


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
    if (
        items
        and set(map(type, value)) != {items[0]}
        and not all(isinstance(v, items[0]) and not isinstance(v, bool) for v in value)
    ):
        raise WireError(f"{where} holds something else than {items[0].__name__}")
    return value
