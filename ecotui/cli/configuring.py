"""`ecotui config`: where the settings are, what is in force, and a file to begin with."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ecotui.cli.arguments import parser
from ecotui.cli.settings import sound
from ecotui.core.errors import StoreError
from ecotui.core.key_names import shown
from ecotui.core.keymap import actions
from ecotui.core.setting_table import BY_SECTION, PLAN, UI, WORKLOAD, Setting
from ecotui.core.settings import Settings
from ecotui.store.settings import read_settings, settings_path, write_new

HEAD = """\
# Settings of ecotui. Every line that begins with # is a comment: take the # away to change what it says.
# `ecotui config` checks this file and says what is in force; an option of the command line wins over it.
"""
KEYS = """
# A key or a list of keys for each action: "r", ["r", "f5"], "ctrl+r", "escape"; [] for none.
[keys]
"""
GROUPS: Sequence[tuple[str, Sequence[Setting]]] = (
    (
        "\n# What a plan begins with: `ecotui`, `ecotui run`, `ecotui forecast`, `ecotui models`.\n[defaults]\n",
        PLAN,
    ),
    ("\n# What a workload begins with, in the Findings and `ecotui findings`.\n", WORKLOAD),
    ("\n# How the application looks and behaves.\n[ui]\n", UI),
)


def config(chosen: argparse.Namespace) -> int:
    """Print the settings; 2 where something in the file cannot be meant."""
    if chosen.init:
        return _init(chosen.json)
    settings = sound(read_settings(), parser())
    if chosen.json:
        sys.stdout.write(json.dumps(_as_json(settings)) + "\n")
    else:
        sys.stdout.writelines(f"{line}\n" for line in _lines(settings))
    for problem in settings.by_line:
        sys.stderr.write(f"ecotui: {problem.error}\n")
    return 2 if settings.problems else 0


def _init(as_json: bool) -> int:
    path = settings_path()
    try:
        write_new(path, template())
    except StoreError as error:
        raise StoreError(error.what, "Set ECOTUI_CONFIG to a file that can be written.") from error
    sys.stdout.write(json.dumps({"path": str(path)}) + "\n" if as_json else f"{path}\n")
    return 0


def template() -> str:
    """A file that says what is in force without it, every line of it a comment."""
    lines = [HEAD, KEYS]
    page = ""
    for action in actions().values():
        if action.page != page:
            page = action.page
            lines.append(f"\n# {page}\n")
        entry = f"# {action.name} = {_keys(action.keys)}"
        lines.append(f"{entry:<44} # {action.tooltip or action.text}\n")
    for head, settings in GROUPS:
        lines.append(head)
        lines += [f"{f'# {one.name} = {one.example}':<44} # {one.text}\n" for one in settings]
    return "".join(lines)


def _keys(keys: Sequence[str]) -> str:
    names = [json.dumps(shown(key), ensure_ascii=False) for key in keys]
    return names[0] if len(names) == 1 else f"[{', '.join(names)}]"


def _lines(settings: Settings) -> Iterator[str]:
    there = "" if settings.path.is_file() else " (not there; `ecotui config --init` writes it)"
    yield f"{settings.path}{there}"
    yield ""
    if not settings.keys:
        yield "keys: as they came"
    for name, keys in settings.keys.items():
        yield _line("keys", name, _keys(keys) if keys else "[]", f"came as {_keys(actions()[name].keys)}", settings)
    for section, known in BY_SECTION.items():
        for name in known:
            if name in (mine := settings.values.get(section, {})):
                yield _line(section, name, json.dumps(mine[name], ensure_ascii=False), "", settings)
        if not settings.values.get(section):
            yield f"{section}: as they came"


def _line(section: str, name: str, value: str, more: str, settings: Settings) -> str:
    line = settings.lines.get(f"{section}.{name}")
    notes = ", ".join(filter(None, (more, f"line {line}" if line else "")))
    return f"{section}.{name} = {value}   ({notes})" if notes else f"{section}.{name} = {value}"


def _as_json(settings: Settings) -> Mapping[str, Any]:
    keys = {name: list(settings.keys.get(name, action.keys)) for name, action in actions().items()}
    values = {
        section: {n: settings.values.get(section, {}).get(n) for n in known} for section, known in BY_SECTION.items()
    }
    return {
        "path": str(settings.path),
        "exists": settings.path.is_file(),
        "keys": keys,
        **values,
        "problems": [{"what": problem.what, "advice": problem.advice} for problem in settings.by_line],
    }
