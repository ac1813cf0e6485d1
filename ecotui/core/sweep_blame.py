"""Who is to blame for a plan that cannot be meant: an option of the command line, or a key of the file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ecotui.core.errors import UsageError

KEYS = {
    "--model": "models",
    "--batch-size": "batch_sizes",
    "--prompt-tokens": "prompt_tokens",
    "--new-tokens": "new_tokens",
    "--engine": "engines",
    "--sensor": "sensor",
    "--device": "device",
    "--label": "label",
    "--blocks": "protocol.blocks",
    "--until": "protocol.until_pct",
    "--warmups": "protocol.warmups",
    "--window-seconds": "protocol.window_s",
    "--idle-seconds": "protocol.idle_s",
    "--gate-seconds": "protocol.gate_s",
    "--gate-timeout": "protocol.gate_timeout_s",
    "--gpu": "gpus",
    "--text": "quality.text",
    "--quality-window": "quality.window",
    "--quality-stride": "quality.stride",
    "--quality-tokens": "quality.tokens",
    "--task-limit": "quality.task_limit",
}
"""Options as the checks of a single run name them, and the keys of a plan that they are."""
OPTIONS = {
    "models": "--models",
    "quantizations": "--quants",
    "engines": "--engines",
    "batch_sizes": "--batch-sizes",
    "gpus": "--gpus",
}
"""Keys whose option of `ecotui sweep` has another name than that of a single run."""
NO_AGAINST = ", and goes with --against"
"""What a single run is told of its blocks; a sweep always has them."""
NAMED = re.compile("|".join(f"{re.escape(option)}(?![a-z-])" for option in sorted(KEYS, key=len, reverse=True)))
LISTED = re.compile(r"The sweep's (\w+) hold")


def blamed(error: UsageError, path: Path, raw: Mapping[str, Any], typed: Mapping[str, Any]) -> UsageError:
    """The error, saying the option where that was typed, else the file and its key.

    raw: the file's values. typed: those of the command line, the protocol's under "protocol".
    """
    key = _key(error)
    given, asked = _holds(raw, key), _holds(typed, key)
    if asked or (key and not given and typed):
        return told(error, OPTIONS)
    return UsageError(f"{path}: {_named(error.what)}", _named(error.advice))


def told(error: UsageError, names: Mapping[str, str]) -> UsageError:
    """The error with these names, by a plan's keys, in place of options."""
    return UsageError(_named(error.what, names), _named(error.advice, names))


def option_of(key: str) -> str:
    """The option of `ecotui sweep` that stands for a key of the plan."""
    found = (option for option, name in KEYS.items() if name == key)
    return OPTIONS.get(key) or next(found, f"--{key.replace('_', '-')}")


def _key(error: UsageError) -> str:
    """The key that a sentence is about; empty where it names none."""
    if (found := NAMED.search(error.what)) is not None:
        return KEYS[found[0]]
    listed = LISTED.search(error.what)
    return listed[1] if listed else ""


def _holds(values: Mapping[str, Any], key: str) -> bool:
    where, _, name = key.rpartition(".")
    inner = values.get(where, {}) if where else values
    return isinstance(inner, Mapping) and name in inner


def _named(text: str, options: Mapping[str, str] | None = None) -> str:
    """The text with the names of a plan's keys, or of the options that stand for them."""

    def name(found: re.Match[str]) -> str:
        key = KEYS[found[0]]
        return key if options is None else options.get(key, found[0])

    return NAMED.sub(name, text.replace(NO_AGAINST, ""))
