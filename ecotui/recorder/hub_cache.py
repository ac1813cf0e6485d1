"""The local Hugging Face cache, read as files: nothing is imported of the hub's library and nobody is asked.

A repository is `models--ORG--NAME` with `blobs` (the bytes), `snapshots/COMMIT` (links to them by their names) and
`refs/main` (the commit that is loaded). A download that broke off leaves a blob that ends in `.incomplete`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISREG

from ecotui.core.models import CACHE, GATED, INCOMPLETE, UNREADABLE, ModelChoice
from ecotui.core.units import clean, gigabytes
from ecotui.recorder.model_files import Files, card_of, choice_of

PREFIX = "models--"
HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*(/[\w.-]+)?")
"""What a repository can be called; anything else in the cache is none of the hub's."""


def cache_folder() -> Path:
    """Where the hub's library keeps what it downloads: HF_HUB_CACHE, HF_HOME/hub, or ~/.cache/huggingface/hub."""
    home = os.getenv("HF_HOME") or f"{os.getenv('XDG_CACHE_HOME', '~/.cache')}/huggingface"
    text = os.getenv("HF_HUB_CACHE") or os.getenv("HUGGINGFACE_HUB_CACHE") or f"{home}/hub"
    folder = Path(os.path.expandvars(text))
    try:
        return folder.expanduser()
    except RuntimeError:  # nobody's home
        return folder


def offline() -> bool:
    """Whether the environment forbids the hub's library to ask the network."""
    return any(
        os.getenv(name, "").upper() in ("1", "ON", "YES", "TRUE") for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")
    )


def read_cache(folder: Path) -> tuple[list[ModelChoice], list[str]]:
    """The models of a cache by name, and a sentence for whatever is amiss with it."""
    try:
        names = sorted(entry.name for entry in os.scandir(folder) if entry.name.startswith(PREFIX))
    except FileNotFoundError:
        return [], [f"There is no hub cache at {clean(folder)} yet: the first download makes it."]
    except OSError as error:
        return [], [f"The hub cache {clean(folder)} cannot be read: {error.strerror}."]
    ids = {name: name.removeprefix(PREFIX).replace("--", "/") for name in names}
    meant = [(name, hub) for name, hub in ids.items() if HUB_ID.fullmatch(hub)]
    found = [made for name, hub in meant if (made := read_repository(folder / name, hub))]
    notes = [] if found else [f"The hub cache {clean(folder)} holds no model."]
    if strange := len(ids) - len(meant):
        word = "folder has a name" if strange == 1 else "folders have names"
        notes.append(f"{strange} {word} that no model on the hub can have; passed over.")
    return sorted(found, key=lambda choice: choice.name.lower()), notes


def read_repository(folder: Path, name: str) -> ModelChoice | None:
    """A repository of the cache; None where it holds no model's configuration, nor a part of a download."""
    try:
        blobs = _blobs(folder)
        snapshots = [Path(e.path) for e in os.scandir(folder / "snapshots") if e.is_dir()]
    except FileNotFoundError:
        snapshots, blobs = [], _some_blobs(folder)
    except OSError as error:
        note = f"Its folder cannot be read: {error.strerror}. Look at the rights of {clean(folder)}."
        return ModelChoice(name, CACHE, state=UNREADABLE, note=note)
    return _told(name, blobs, *_loaded(folder, snapshots), len(snapshots))


@dataclass(frozen=True, slots=True)
class Blobs:
    """Bytes of a repository."""

    whole_b: int = 0
    partial_b: int = 0
    partial: int = 0
    """Downloads that broke off, or still go on."""


def _told(name: str, blobs: Blobs, snapshot: Path | None, revision: str, revisions: int) -> ModelChoice | None:
    files = Files(snapshot, blobs.partial)
    licence, gated = card_of(snapshot) if snapshot else ("", False)
    size = blobs.whole_b + blobs.partial_b
    told = {"size_b": size, "licence": licence, "gated": gated, "revisions": revisions, "revision": revision}
    text = f"{gigabytes(size)} in the local cache"
    if files.has_config:
        return choice_of(files, ModelChoice(name, CACHE, text, **told))  # type: ignore[arg-type]
    if blobs.partial:
        note = "Its download broke off before the config came, or still goes on: download it again."
        return ModelChoice(name, CACHE, text, state=INCOMPLETE, note=note, **told)  # type: ignore[arg-type]
    if gated:
        note = "Only its card is here: consent on its page on the hub, log in with `hf auth login`, and download it."
        return ModelChoice(name, CACHE, text, state=GATED, note=note, **told)  # type: ignore[arg-type]
    return None


def _loaded(folder: Path, snapshots: list[Path]) -> tuple[Path | None, str]:
    """The snapshot that is loaded: that of refs/main, else the newest."""
    try:
        main = (folder / "refs" / "main").read_text(encoding="utf-8", errors="replace")[:100].strip()
    except OSError:
        main = ""
    chosen = next((s for s in snapshots if s.name == main), None)
    if chosen is None and snapshots:
        chosen = max(snapshots, key=_changed)
    return chosen, clean(chosen.name, 40) if chosen else ""


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _some_blobs(folder: Path) -> Blobs:
    try:
        return _blobs(folder)
    except OSError:
        return Blobs()


def _blobs(folder: Path) -> Blobs:
    whole = partial = count = 0
    for name, size in _sizes(folder):
        if name.endswith(".incomplete"):
            partial, count = partial + size, count + 1
        else:
            whole += size
    return Blobs(whole, partial, count)


def _sizes(folder: Path) -> Iterator[tuple[str, int]]:
    """Names and bytes of the blobs, and of files that lie in a snapshot itself, where the disk knows no links."""
    for path in (folder / "blobs", *_folders(folder / "snapshots")):
        try:
            entries = list(os.scandir(path))
        except FileNotFoundError:
            continue
        for entry in entries:
            try:
                found = entry.stat(follow_symlinks=False)
            except OSError:
                continue
            if S_ISREG(found.st_mode):
                yield entry.name, found.st_size


def _folders(path: Path) -> list[Path]:
    try:
        return [Path(entry.path) for entry in os.scandir(path) if entry.is_dir(follow_symlinks=False)]
    except FileNotFoundError:
        return []
