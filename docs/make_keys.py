"""Writes keys.md, and ecotui/core/actions.json, from the bindings of all screens: python docs/make_keys.py."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from itertools import groupby
from pathlib import Path

from textual.keys import format_key

from ecotui.core.keymap import TABLE, Action
from ecotui.ui.actions import collected

HEAD = """# Keys

Every action has a name, and its keys can be changed in the [settings](settings.md).
On every screen `?` shows the keys of that moment, and `ctrl+p` finds what can be done by its name.
`ctrl+q` always closes the screen; a recording goes on.

This page is made by `python docs/make_keys.py` from the bindings of all screens; change it there.
"""


def shown(key: str) -> str:
    """A key as one reads it."""
    *modifiers, last = key.split("+")
    return "+".join([*modifiers, "space" if last == "space" else format_key(last)])


def table(actions: Sequence[Action]) -> str:
    """The actions of a page as a Markdown table."""
    lines = ["| keys | action | what it does |", "|---|---|---|"]
    for one in actions:
        keys = " ".join(f"`{shown(key)}`" for key in one.keys).replace("|", "\\|")
        lines.append(f"| {keys} | `{one.name}` | {(one.tooltip or one.text).replace('|', chr(92) + '|')} |")
    return "\n".join(lines) + "\n"


def render(actions: Sequence[Action]) -> str:
    """The whole page."""
    parts = [HEAD]
    for page, mine in groupby(actions, key=lambda action: action.page):
        parts += [f"## {page}\n", table(list(mine))]
    return "\n".join(parts)


def as_json(actions: Sequence[Action]) -> str:
    """The table that settings are checked against, a line for each action."""
    return "[\n" + ",\n".join(json.dumps(asdict(one), ensure_ascii=False) for one in actions) + "\n]\n"


if __name__ == "__main__":
    found = collected()
    Path(__file__).with_name("keys.md").write_text(render(found), encoding="utf-8")
    TABLE.write_text(as_json(found), encoding="utf-8")
