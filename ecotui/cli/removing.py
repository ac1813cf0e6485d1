"""`rm`, `undo` and `trash`: sessions out of the store, back again, or gone for good."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from ecotui.cli.stored import open_store
from ecotui.core.errors import UsageError
from ecotui.core.units import clean, gigabytes
from ecotui.store import trash as bin_
from ecotui.store.home import SESSION, Home
from ecotui.store.removing import carry_out, counted, doomed, warnings
from ecotui.store.store import Store


def rm(chosen: argparse.Namespace) -> int:
    """Move the sessions of these runs to the trash, whole; nothing goes where one of them cannot."""
    store = open_store()
    named = list(dict.fromkeys(run for text in chosen.run for run in _meant(store, text)))
    it = doomed(store, named)
    said = list(warnings(it))
    made = carry_out(store, it)
    if chosen.json:
        _print({"removed": as_dict(made), "warnings": said})
        return 0
    _list(f"Removed {counted(made.count)}:", made)
    sys.stdout.write("".join(f"{clean(line)}\n" for line in said))
    sys.stdout.write("`ecotui undo` brings it back; `ecotui trash --empty` deletes it for good.\n")
    return 0


def undo(chosen: argparse.Namespace) -> int:
    """Bring back the last removal."""
    made = bin_.undo(Home.open())
    if chosen.json:
        _print({"restored": as_dict(made)})
    else:
        _list(f"Restored {counted(made.count)}, removed at {_when(made)}:", made)
    return 0


def trash(chosen: argparse.Namespace) -> int:
    """List the trash, the last removal at the end, or empty it."""
    home = Home.open()
    if chosen.empty:
        gone, size = bin_.empty(home)
        if chosen.json:
            _print({"deleted": [as_dict(one) for one in gone], "bytes": size})
        else:
            sys.stdout.write(f"Deleted {counted(sum(one.count for one in gone))} for good, {gigabytes(size)}.\n")
        return 0
    found = bin_.removals(home)
    if chosen.json:
        _print({"removals": [as_dict(one) for one in found]})
        return 0
    for one in found:
        _list(f"{_when(one)}, {counted(one.count)}:", one)
    sys.stdout.write("`ecotui undo` brings the last one back.\n" if found else "The trash is empty.\n")
    return 0


def as_dict(one: bin_.Removal) -> dict[str, Any]:
    """A removal as JSON has it."""
    runs = [
        {"run_id": run, "session_id": session, "name": one.names.get(run, "")}
        for session, ids in one.runs.items()
        for run in ids
    ]
    return {"key": one.key, "removed_at": one.at, "sessions": list(one.sessions), "runs": runs}


def _meant(store: Store, text: str) -> list[str]:
    """The runs that were named: one, or a session's where its id was."""
    if text.startswith("imported:"):
        told = f"{clean(text, 80)} is of an imported table, which the trash does not take."
        raise UsageError(told, f"Take the whole table out: ecotui import --remove {clean(text, 80)}")
    if SESSION.fullmatch(text) and (runs := store.session(text)):
        return [run.row.run_id for run in runs]
    try:
        return [store.find(text).row.run_id]
    except UsageError:
        if SESSION.fullmatch(text):
            bin_.refuse_running(store.home, text)
        raise


def _list(head: str, one: bin_.Removal) -> None:
    sys.stdout.write(f"{head}\n")
    for ids in one.runs.values():
        for run in ids:
            sys.stdout.write(f"  {clean(run)}  {clean(one.names.get(run, ''))}".rstrip() + "\n")


def _when(one: bin_.Removal) -> str:
    return f"{clean(one.at[:16].replace('T', ' '))} UTC"


def _print(value: object) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
