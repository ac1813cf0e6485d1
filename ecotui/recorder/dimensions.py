"""Where an arm's dimensions can be read without loading it, and without asking the network."""

from __future__ import annotations

import json
from pathlib import Path

from ecotui.core.arm import Arm
from ecotui.core.errors import UsageError
from ecotui.core.forecast import Dimensions, dimensions_of_config, dimensions_of_shape
from ecotui.core.sample_models import place
from ecotui.core.shapes import shape


def dimensions_of(arm: Arm) -> Dimensions | None:
    """From the shape, the local folder's config.json, or that of the hub's local cache; None where none tells."""
    if arm.synthetic:
        try:
            return dimensions_of_shape(shape(arm.model))
        except UsageError:
            return None
    path = config_path(arm.model)
    return None if path is None else _read(path)


def config_path(model: str) -> Path | None:
    """The config.json of a folder, or of a hub id whose files are in the local cache."""
    try:
        folder = Path(place(model)).expanduser()
        if folder.is_dir():
            return folder / "config.json"
    except (OSError, RuntimeError, ValueError, UsageError):
        return None
    return _cached(model)


def _cached(model: str) -> Path | None:
    try:
        from huggingface_hub import try_to_load_from_cache
    except ImportError:
        return None
    try:
        found = try_to_load_from_cache(model, "config.json")
    except (ValueError, OSError):  # no id that the hub could have
        return None
    return Path(found) if isinstance(found, str) else None


def _read(path: Path) -> Dimensions | None:
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return dimensions_of_config(config) if isinstance(config, dict) else None
