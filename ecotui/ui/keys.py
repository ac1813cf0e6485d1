"""The keys of actions as the operator has them: those of the settings, or those that the bindings came with."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from textual._context import active_app
from textual.binding import ActiveBinding, Binding
from textual.keys import format_key

if TYPE_CHECKING:
    from textual.app import App
    from textual.dom import DOMNode

NO_KEY = "unbound"
"""What Textual is told of an action without a key; no terminal sends it."""


def keymap(keys: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """As Textual takes it: lists with commas, by the name of the action."""
    return {name: ",".join(mine) or NO_KEY for name, mine in keys.items()}


def rebind(node: DOMNode, keys: Mapping[str, str]) -> None:
    """A node's bindings with the operator's keys, for good.

    Textual's own way lays a keymap over them anew for every key that is pressed, and behind its look at a field that
    takes letters: an action that came with a letter has no key there, whichever it was given.
    """
    if keys:
        node._bindings.apply_keymap(dict(keys))


def in_order(active: Iterable[ActiveBinding]) -> list[ActiveBinding]:
    """The bindings of each node as they are declared: Textual puts those of the operator behind all others."""
    places: dict[int, tuple[int, dict[str, int]]] = {}
    found = list(active)
    for one in found:
        if id(one.node) not in places:
            declared = enumerate(getattr(type(one.node), "BINDINGS", ()))
            places[id(one.node)] = len(places), {b.id: i for i, b in declared if isinstance(b, Binding) and b.id}

    def place(one: ActiveBinding) -> tuple[int, int]:
        node, declared = places[id(one.node)]
        return node, declared.get(one.binding.id or "", len(declared))

    return sorted(found, key=place)


def display(key: str) -> str:
    """A key as one reads it."""
    *modifiers, last = key.split("+")
    shown = "␣" if last == "space" else format_key(last)
    return "+".join([*(m for m in modifiers if m != "ctrl"), f"{'^' if 'ctrl' in modifiers else ''}{shown}"])


def worded(screen: object, binding: Binding) -> Binding:
    """A binding in the words of this moment, where the screen's `said`, words by action, has others."""
    words: Mapping[str, str] = getattr(screen, "said", {})
    return replace(binding, description=words[binding.action]) if binding.action in words else binding


def key_shown(app: App[Any], name: str, came: str) -> str:
    """The first key of an action, `came` where the settings leave it as it came; empty where it has none."""
    parts = getattr(app, "parts", None)
    mine = parts.keys.get(name) if parts is not None else None
    if mine is None:
        return worded_key(came) if getattr(app, "ascii", False) else came
    return shown(app, mine[0]) if mine else ""


KEYED = re.compile(r"\{([a-z-]+\.[a-z0-9-]+)\|([^{}]+)\}")
ENTER = "⏎"
"""Stands for its key wherever a sentence has it; no letter of ASCII does."""
NO_KEY_SHOWN = "–"
"""Stands for the key of an action that has none."""


def keyed(text: str) -> str:
    """A sentence with the operator's keys: "{sweep.resume|r}" is the key of that action, which came as "r"."""
    app = active_app.get(None)
    told = KEYED.sub(lambda it: (key_shown(app, it[1], it[2]) if app else it[2]) or NO_KEY_SHOWN, text)
    return told.replace(ENTER, worded_key(ENTER)) if getattr(app, "ascii", False) else told


def worded_key(key: str) -> str:
    """A key by its word, as the line of keys has it where there is only ASCII."""
    from ecotui.ui.link.letters import key_name

    return key_name(key)


def shown(app: App[Any], key: str) -> str:
    """A key in letters that the terminal has."""
    return app.get_key_display(Binding(key, ""))
