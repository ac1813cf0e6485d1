"""The plan of a sweep as TOML: every key is checked, and nothing in the file is passed over in silence."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from ecotui.core.arm import ENGINES, QUANTIZATIONS
from ecotui.core.errors import UsageError
from ecotui.core.plan import DEVICES, ORDERS, SENSORS, Protocol
from ecotui.core.quality import EMBEDDED, STRIDE, WIKITEXT, WINDOW, Quality
from ecotui.core.sweep import AXES, Skip, SweepPlan, sweep_protocol
from ecotui.core.sweep_blame import blamed, option_of
from ecotui.core.units import clean

SHIPPED = Path(__file__).parent.parent / "plans"
WORDS = {"quantizations": QUANTIZATIONS, "engines": ENGINES}
ONE_OF: Mapping[str, Any] = {"baseline": QUANTIZATIONS, "sensor": SENSORS, "device": DEVICES, "order": ORDERS}
LEFT_OUT = ("windows", "split_prefill")
"""Fields of the protocol that a sweep has no use for: a block holds two windows an arm."""
KEYS = tuple(f.name for f in fields(SweepPlan) if f.name not in ("skips", "protocol", "quality"))
PROTOCOL_KEYS = tuple(f.name for f in fields(Protocol) if f.name not in LEFT_OUT)
SKIP_KEYS = tuple(f.name for f in fields(Skip))
QUALITY_KEYS = tuple(f.name for f in fields(Quality) if f.name != "alone")
BELOW = {"protocol": PROTOCOL_KEYS, "quality": QUALITY_KEYS}
"""Tables of a plan, and the keys that stand in them."""
MOST_BYTES = 1_000_000


def shipped_plans() -> dict[str, Path]:
    """Plans that come with ecotui, by name."""
    return {path.stem: path for path in sorted(SHIPPED.glob("*.toml"))}


def find_plan(text: str) -> Path:
    """The file that an operator means: a path, or the name of a shipped plan.

    Raises:
        UsageError: it is neither.
    """
    known, path = shipped_plans(), Path(text).expanduser()
    if text in known and not path.is_file():
        return known[text]
    if path.is_file():
        return path
    if path.is_dir():
        raise UsageError(f"{clean(text)} is a folder, no plan.", "Name a TOML file, for instance one in it.")
    near = get_close_matches(text, known, n=1, cutoff=0.5)
    hint = f"Did you mean {near[0]}? " if near else ""
    raise UsageError(
        f"There is no plan {clean(text)!r}.", f"{hint}Name a TOML file, or one of the shipped: {', '.join(known)}."
    )


def read_plan(path: Path, overrides: Mapping[str, Any] | None = None) -> SweepPlan:
    """The plan in a file, checked. overrides: values in place of the file's; those of the protocol under "protocol",
    and under "quality" a whole Quality or None.

    Raises:
        UsageError: it cannot be read or cannot be meant; the message names file and key.
    """
    return _Reader(path).plan(_load(path), overrides or {})


def _load(path: Path) -> dict[str, Any]:
    try:
        data = path.read_bytes()
        if len(data) > MOST_BYTES:
            raise UsageError(f"{path} is over 1 MB: that is no plan.", "Name the TOML file of a sweep.")
        return tomllib.loads(data.decode("utf-8-sig"))
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}).") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 text (byte {error.start}).", "Save it as UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path} is not TOML: {error}.", "Text stands in quotes, a list in brackets.") from error


class _Reader:
    """Checks values of one file; every complaint names it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def plan(self, raw: Mapping[str, Any], overrides: Mapping[str, Any]) -> SweepPlan:
        top = {k: v for k, v in raw.items() if k not in ("protocol", "skip", "quality")}
        self._known(top, (*KEYS, "protocol", "skip", "quality"), "")
        typed = {k: v for k, v in overrides.items() if k in KEYS}
        self._spelt(typed)
        values = {"name": self._path.stem} | self._checked(top) | typed
        for needed in ("models", "quantizations"):
            if needed not in values:
                raise self._wrong(needed, "is missing", "A sweep names its models and its quantizations.")
        values |= {k: v for k, v in self._place(values).items() if k not in values}
        values["protocol"] = self._protocol(raw.get("protocol", {}), overrides.get("protocol", {}), values["sensor"])
        values["skips"] = self._skips(raw.get("skip", []))
        values["quality"] = overrides["quality"] if "quality" in overrides else self._quality(raw.get("quality", False))
        try:
            return SweepPlan(**values).checked()
        except UsageError as error:
            raise blamed(error, self._path, raw, overrides) from error

    def _spelt(self, typed: Mapping[str, Any]) -> None:
        """Refuse words of the command line that are none."""
        for key, known in WORDS.items():
            for one in typed.get(key, ()):
                if one not in known:
                    what, advice = _unknown(one, known)
                    raise UsageError(f"{option_of(key)} {what}.", advice)

    def _place(self, values: Mapping[str, Any]) -> dict[str, str]:
        sensor = values.get("sensor", "simulated" if values.get("device") == "cpu" else "nvml")
        return {"sensor": sensor, "device": "cpu" if sensor == "simulated" else "cuda"}

    def _protocol(self, raw: object, typed: Mapping[str, Any], sensor: str) -> Protocol:
        if not isinstance(raw, dict):
            raise self._wrong("protocol", "is no table", "Write [protocol], and its keys below it.")
        for key in LEFT_OUT:
            if key in raw:
                raise self._wrong(f"protocol.{key}", "has no meaning in a sweep", "A block holds two windows an arm.")
        self._known(raw, PROTOCOL_KEYS, "protocol.")
        return replace(sweep_protocol(sensor), **self._checked(raw, "protocol.") | dict(typed))

    def _quality(self, raw: object) -> Quality | None:
        """A text's path is told from the file's own folder."""
        if isinstance(raw, bool):
            return Quality() if raw else None
        if not isinstance(raw, dict):
            raise self._wrong("quality", "is neither true nor a table", "Write [quality], and its keys below it.")
        self._known(raw, QUALITY_KEYS, "quality.")
        it = self._checked(raw, "quality.")
        if it.get("text", EMBEDDED) not in (EMBEDDED, WIKITEXT) and it["text"].strip():
            it["text"] = str((self._path.parent / Path(it["text"]).expanduser()).absolute())
        # A shorter window has a shorter stride, as on the command line.
        return Quality(**{"stride": min(STRIDE, max(it.get("window", WINDOW) // 4, 1))} | it)

    def _skips(self, raw: object) -> tuple[Skip, ...]:
        if not isinstance(raw, list) or not all(isinstance(one, dict) for one in raw):
            raise self._wrong("skip", "is no list of tables", "Write [[skip]], and its keys below it.")
        for one in raw:
            self._known(one, SKIP_KEYS, "skip.")
            if not any(key in one for key in AXES):
                raise self._wrong("skip", "names nothing", f"Give it one of: {', '.join(AXES)}.")
        return tuple(Skip(**self._checked(one, "skip.")) for one in raw)

    def _known(self, values: Mapping[str, Any], known: tuple[str, ...], where: str) -> None:
        for key in values:
            if key not in known:
                below = [name for name, keys in BELOW.items() if not where and key in keys]
                if below:
                    raise self._wrong(key, "stands outside its table", f"Write it below [{below[0]}].")
                near = get_close_matches(key, known, n=2, cutoff=0.5)
                hint = f"Did you mean {' or '.join(near)}? " if near else ""
                raise self._wrong(where + key, "is no key of a plan", f"{hint}Known are: {', '.join(known)}.")

    def _checked(self, values: Mapping[str, Any], where: str = "") -> dict[str, Any]:
        return {key: self._value(where, key, value) for key, value in values.items()}

    def _value(self, where: str, key: str, value: Any) -> Any:
        if key in (*AXES, "gpus", "tasks"):
            return self._list(where + key, key, value)
        kind, check = KINDS[key]
        if not check(value):
            raise self._wrong(where + key, f"must be {kind}, not {clean(repr(value), 60)}")
        if key in ONE_OF and value not in ONE_OF[key]:
            raise self._not_one_of(where + key, value, ONE_OF[key])
        return float(value) if kind == NUMBER else value

    def _list(self, name: str, key: str, value: Any) -> tuple[Any, ...]:
        kind = "text" if key in ("models", "quantizations", "engines", "tasks") else "whole numbers"
        check = _text if kind == "text" else _whole
        if not isinstance(value, list) or not all(check(one) for one in value):
            raise self._wrong(name, f"must be a list of {kind}, not {clean(repr(value), 60)}", _like(kind, value))
        if not value:
            raise self._wrong(name, "is an empty list", "Name at least one.")
        for one in value:
            if key in WORDS and one not in WORDS[key]:
                raise self._not_one_of(name, one, WORDS[key])
        return tuple(value)

    def _not_one_of(self, name: str, value: object, known: Mapping[str, Any] | tuple[str, ...]) -> UsageError:
        what, advice = _unknown(value, known)
        return self._wrong(name, what, advice)

    def _wrong(self, key: str, what: str, advice: str = "") -> UsageError:
        return UsageError(f"{self._path}: {clean(key, 60)} {what}.", advice)


def _unknown(value: object, known: Mapping[str, Any] | tuple[str, ...]) -> tuple[str, str]:
    """What is wrong with a word that is none of those that are known, and what to do."""
    near = get_close_matches(str(value), known, n=1, cutoff=0.5)
    hint = f"Did you mean {near[0]}? " if near else ""
    return f"does not know {clean(value, 60)!r}", f"{hint}Choose of: {', '.join(known)}."


def _like(kind: str, value: object) -> str:
    """How the list is written: with the value itself where that can be meant."""
    if kind == "text":
        return f'Write it like ["{clean(value, 60)}"].' if _text(value) else 'Write it like ["a", "b"].'
    meant = clean(value, 20).strip()
    return f"Write it like [{meant}]." if meant.isdecimal() else "Write it like [1] or [1, 8]."


def _text(value: object) -> bool:
    return isinstance(value, str)


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _flag(value: object) -> bool:
    return isinstance(value, bool)


NUMBER = "a number"
KINDS: dict[str, tuple[str, Callable[[object], bool]]] = {
    **dict.fromkeys(("name", "baseline", "sensor", "device", "label", "order", "reason", "text"), ("text", _text)),
    **dict.fromkeys(
        ("warmups", "blocks", "seed", "window", "stride", "tokens", "task_limit"), ("a whole number", _whole)
    ),
    **dict.fromkeys(("idle_s", "window_s", "gate_s", "gate_timeout_s", "until_pct"), (NUMBER, _number)),
    **dict.fromkeys(
        ("outliers", "trust_remote_code", "examine", "idle_after", "decode_path"), ("true or false", _flag)
    ),
}
