"""Models that can be picked without typing: the local hub cache first, then the synthetic shapes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ecotui.core.shapes import SHAPES
from ecotui.core.units import gigabytes


@dataclass(frozen=True, slots=True)
class Choice:
    """A model with where it comes from and its size, for people."""

    name: str
    origin: str
    """ "cache" or "synthetic"."""
    text: str


def cached() -> list[Choice]:
    """Models whose config lies in the local Hugging Face cache, by name; empty where there is no cache."""
    try:
        from huggingface_hub import scan_cache_dir
        from huggingface_hub.errors import CacheNotFound
    except ImportError:
        return []
    try:
        repositories = scan_cache_dir().repos
    except (CacheNotFound, ValueError, OSError):
        return []
    return sorted(
        (
            Choice(repo.repo_id, "cache", f"{gigabytes(repo.size_on_disk)} in the local cache")
            for repo in repositories
            if repo.repo_type == "model" and _is_model(repo.repo_path)
        ),
        key=lambda choice: choice.name.lower(),
    )


def _is_model(folder: Path) -> bool:
    return any(folder.glob("snapshots/*/config.json"))


def synthetic() -> list[Choice]:
    """Random-weight models of published shapes, smallest first."""
    ordered = sorted(SHAPES.items(), key=lambda item: item[1].parameters())
    return [Choice(f"synthetic:{key}", "synthetic", _size(shape.parameters())) for key, shape in ordered]


def _size(parameters: int) -> str:
    return (
        f"{parameters / 1e9:.2f} B random weights" if parameters >= 1e8 else f"{parameters / 1e6:.1f} M random weights"
    )


def catalogue() -> list[Choice]:
    """Every model that can be picked."""
    return [*cached(), *synthetic()]
