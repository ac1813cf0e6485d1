"""A folder with a model's files, of the hub cache or anywhere else: what is there, and what is missing."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from ecotui.core.model_facts import facts_of_config
from ecotui.core.models import BROKEN, INCOMPLETE, NO_WEIGHTS, ModelChoice
from ecotui.core.units import clean

CONFIG_MOST_B = 4_000_000
CARD_MOST = 65_536
"""Letters of a card that are read: what it says of licence and gate stands at its top."""
SHARD = re.compile(r"(.*)-(\d{5})-of-(\d{5})(\.safetensors|\.bin)")
INDICES = ("model.safetensors.index.json", "pytorch_model.bin.index.json")
WEIGHTS = (".safetensors", ".bin", ".pt", ".pth")
NO_WEIGHT = ("training_args.bin", "optimizer.bin", "scheduler.bin")


@dataclass(frozen=True)
class Files:
    """What lies in a model's folder; links that lead nowhere do not count."""

    folder: Path | None
    partial: int = 0
    """Downloads beside it that broke off, or still go on."""

    @cached_property
    def names(self) -> frozenset[str]:
        """Files that can be opened."""
        return frozenset(name for name, there in self._entries.items() if there)

    @cached_property
    def _entries(self) -> Mapping[str, bool]:
        if self.folder is None:
            return {}
        try:
            return {entry.name: _is_file(entry) for entry in os.scandir(self.folder)}
        except OSError:
            return {}

    @property
    def has_config(self) -> bool:
        """Whether a config.json is named here, whether or not it can be read."""
        return "config.json" in self._entries

    @cached_property
    def weights(self) -> frozenset[str]:
        """Files that hold weights."""
        return frozenset(n for n in self.names if n.endswith(WEIGHTS) and n not in NO_WEIGHT)

    @cached_property
    def wanted(self) -> frozenset[str]:
        """Files that must be there for the weights to be whole, as an index or the files' own names tell."""
        for index in INDICES:
            if index in self.names and (told := _read_json(self._at(index))) is not None:
                mapped = told.get("weight_map")
                if isinstance(mapped, Mapping):
                    return frozenset(str(name) for name in mapped.values())
        shards = [m for n in self._entries if (m := SHARD.fullmatch(n))]
        return frozenset(f"{m[1]}-{i:05d}-of-{m[3]}{m[4]}" for m in shards[:1] for i in range(1, int(m[3]) + 1))

    @property
    def lost(self) -> list[str]:
        """Links to bytes that are not there."""
        return sorted(name for name, there in self._entries.items() if not there and name.endswith(WEIGHTS))

    def config(self) -> Mapping[str, Any] | None:
        """The config.json; None where it cannot be read."""
        return _read_json(self._at("config.json"))

    def _at(self, name: str) -> Path:
        return (self.folder or Path()) / name


def choice_of(files: Files, choice: ModelChoice) -> ModelChoice:
    """The choice with what its files tell."""
    config = files.config()
    if config is None:
        note = "Its config.json cannot be read, so neither memory nor anything else is known: download it again."
        return replace(choice, state=BROKEN, note=note)
    state, note = _completeness(files)
    facts = facts_of_config(config)
    if facts.quantized and not state:
        note = f"The checkpoint is quantized already ({facts.quantized}): name the original 16-bit one."
    return replace(choice, state=state, note=note, facts=facts)


def _completeness(files: Files) -> tuple[str, str]:
    """A word and a sentence for weights that are not all there; empty where they are."""
    missing = len(files.wanted - files.names) or len(files.lost)
    if missing:
        of = f" of {len(files.wanted)}" if files.wanted else ""
        return INCOMPLETE, f"{missing}{of} weight files are not here: loading it downloads them first."
    if files.weights:
        beside = "A download beside it broke off; what is loaded is whole." if files.partial else ""
        return "", beside
    if files.partial:
        return INCOMPLETE, "Its download broke off, or still goes on: loading it downloads the weights first."
    return NO_WEIGHTS, "Only its configuration is here: loading it downloads the weights first."


def card_of(folder: Path) -> tuple[str, bool]:
    """Licence and gate, as the card's head says; ("", False) where there is none."""
    try:
        with (folder / "README.md").open(encoding="utf-8", errors="replace") as file:
            text = file.read(CARD_MOST)
    except OSError:
        return "", False
    if not text.startswith("---"):
        return "", False
    head = text[3:].split("\n---", 1)[0].splitlines()
    told = dict(line.split(":", 1) for line in head if re.match(r"[a-z_]+:", line))
    licence = next((v for k in ("license_name", "license") if (v := told.get(k, "").strip(" \"'"))), "")
    return clean(licence, 40), any(key.startswith("extra_gated") for key in told)


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file()
    except OSError:
        return False


def _read_json(path: Path) -> Mapping[str, Any] | None:
    try:
        if path.stat().st_size > CONFIG_MOST_B * (8 if path.name in INDICES else 1):
            return None
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
