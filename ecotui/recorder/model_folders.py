"""Models in folders, named by a path: the folder itself, and what a path may be completed to."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from ecotui.core.models import ABSENT, FOLDER, NO_MODEL, TYPED, UNREADABLE, ModelChoice
from ecotui.core.units import gigabytes
from ecotui.recorder.model_files import Files, card_of, choice_of

BEGINNINGS = ("/", "./", "../", "~")
"""What begins so is a path, and never asked of the hub."""
EMPTY = "It holds no config.json, and no folder that could hold a model."
MOST = 200
"""Folders that are looked into below one path."""


def is_path(name: str) -> bool:
    """Whether a name means a folder."""
    return name.startswith(BEGINNINGS) or name in (".", "..")


def folder_choice(name: str) -> ModelChoice:
    """The model in a folder; reads its config.json and the names of its files."""
    folder = Path(name).expanduser()
    try:
        if not folder.is_dir():
            return ModelChoice(name, FOLDER, state=ABSENT, note="There is no such folder.")
        os.scandir(folder).close()
    except (OSError, RuntimeError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        return ModelChoice(name, FOLDER, state=UNREADABLE, note=f"The folder cannot be read: {why}.")
    files = Files(folder)
    if not files.has_config:
        return ModelChoice(name, FOLDER, state=NO_MODEL, note="It holds no config.json; enter looks into it.")
    size = _size(files, folder)
    licence, gated = card_of(folder)
    text = f"{gigabytes(size)} in a folder"
    return choice_of(files, ModelChoice(name, FOLDER, text, size, licence=licence, gated=gated))


def typed_folder(name: str) -> ModelChoice:
    """A typed path that no folder with a model has, and why it cannot be taken."""
    found = replace(folder_choice(name), origin=TYPED)
    return replace(found, note=EMPTY) if found.state == NO_MODEL else found


def folders(typed: str) -> list[ModelChoice]:
    """Folders that a typed path may mean, it itself first where it holds a model; named as they would be typed."""
    head, _, tail = typed.rpartition("/")
    base = f"{head}/" if "/" in typed else ""
    if typed in ("~", ".", ".."):
        base, tail = f"{typed}/", ""
    try:
        entries = [e.name for e in os.scandir(Path(base or ".").expanduser()) if _is_folder(e)]
    except (OSError, RuntimeError, ValueError):
        entries = []
    shown = sorted(n for n in entries if n.startswith(tail) and (tail.startswith(".") or not n.startswith(".")))
    below = [folder_choice(f"{base}{name}") for name in shown[:MOST]]
    itself = folder_choice(typed.rstrip("/") or "/")
    return [itself, *below] if itself.facts is not None and itself.name not in {c.name for c in below} else below


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _size(files: Files, folder: Path) -> int:
    total = 0
    for name in files.names:
        try:
            total += (folder / name).stat().st_size
        except OSError:
            continue
    return total
