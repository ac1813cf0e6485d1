"""Words of `ecotui sweep`."""

from __future__ import annotations

from typing import Any


def sweep_words(commands: Any) -> None:
    """Add them to the command line."""
