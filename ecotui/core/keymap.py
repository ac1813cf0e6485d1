"""The operator's keys: every action of the application, and which keys were given to it, checked.

`actions.json` is made from the bindings of all screens by `python docs/make_keys.py`, so that no screen is imported to
know what may stand in a file.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from itertools import combinations
from pathlib import Path

from ecotui.core.errors import UsageError
from ecotui.core.key_names import key_of, shown, types
from ecotui.core.units import clean

TABLE = Path(__file__).with_name("actions.json")
EVERYWHERE = "Everywhere"
NEEDED = ("app.quit", "app.help")
"""Without a key for these nobody would find out of the application."""
Keys = Mapping[str, tuple[str, ...]]
"""Keys by action; an action without a key has none."""


@dataclass(frozen=True, slots=True)
class Action:
    """Something that a key does."""

    name: str
    """As it is called in a file: "monitor.run"."""
    page: str
    """The screen, "Monitor"; EVERYWHERE for those of the application."""
    modal: bool
    """Whether the page lies over a screen, whose keys then do nothing."""
    keys: tuple[str, ...]
    """As they come."""
    text: str
    tooltip: str


@cache
def actions() -> Mapping[str, Action]:
    """Every action by name, those of a page side by side."""
    raw = json.loads(TABLE.read_text(encoding="utf-8"))
    return {one["name"]: Action(**{**one, "keys": tuple(one["keys"])}) for one in raw}


@dataclass(frozen=True, slots=True)
class Wrong:
    """An entry that cannot be meant."""

    name: str
    """The action as it was written."""
    what: str
    advice: str


def checked(raw: Mapping[str, object]) -> tuple[Keys, list[Wrong]]:
    """Keys of the entries that can be meant, and what is wrong with the others; those leave an action as it came."""
    keys: dict[str, tuple[str, ...]] = {}
    wrong: list[Wrong] = []
    for name, value in raw.items():
        try:
            keys[name] = _entry(name, value)
        except UsageError as error:
            wrong.append(Wrong(name, error.what, error.advice))
    keys = {name: them for name, them in keys.items() if them != actions()[name].keys}
    while clashes := {clash.name: clash for clash in _clashes(keys)}:
        wrong += clashes.values()
        keys = {name: them for name, them in keys.items() if name not in clashes}
    return keys, wrong


def _entry(name: str, value: object) -> tuple[str, ...]:
    if name not in actions():
        near = get_close_matches(name, actions(), n=2, cutoff=0.6)
        hint = f"Did you mean {' or '.join(near)}? " if near else ""
        raise UsageError(f"{clean(name, 60)} is no action.", f"{hint}`ecotui config --init` writes all of them.")
    written = [value] if isinstance(value, str) else value
    if not isinstance(written, list) or not all(isinstance(one, str) for one in written):
        raise UsageError(f"{name} must be a key or a list of keys.", 'Write it like "r" or ["r", "f5"].')
    keys = tuple(dict.fromkeys(_key(name, one) for one in written))
    _reachable(actions()[name], keys)
    return keys


def _key(name: str, text: str) -> str:
    try:
        return key_of(text)
    except UsageError as error:
        raise UsageError(f"{name}: {error.what}.", error.advice) from error


def _reachable(action: Action, keys: Sequence[str]) -> None:
    if not keys and action.name in NEEDED:
        raise UsageError(f"{action.name} cannot be left without a key.", "Give it one.")
    if "escape" in action.keys and not any(not types(key) for key in keys):
        raise UsageError(
            f"{action.name} needs a key that writes no letter, since letters go into text fields.",
            "Give it escape, or a key such as f10.",
        )


def _clashes(keys: Keys) -> Iterator[Wrong]:
    """Two actions of one screen with one key, at least one of them given by the operator."""
    for page in dict.fromkeys(action.page for action in actions().values()):
        at: dict[str, list[str]] = defaultdict(list)
        for action in on_page(page):
            for key in keys.get(action.name, action.keys):
                at[key].append(action.name)
        for key, names in at.items():
            for one, other in combinations(names, 2):
                if changed := next((name for name in (other, one) if name in keys), None):
                    yield Wrong(
                        changed,
                        f"{shown(key)} would be the key of both {one} and {other}.",
                        f"Give {changed} another key, or [] for none.",
                    )


def on_page(page: str) -> list[Action]:
    """The actions whose keys mean something while the page is in front."""
    mine = [action for action in actions().values() if action.page == page]
    over = bool(mine) and mine[0].modal
    everywhere = [] if over or page == EVERYWHERE else [a for a in actions().values() if a.page == EVERYWHERE]
    return [*mine, *everywhere]
