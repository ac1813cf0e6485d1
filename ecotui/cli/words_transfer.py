"""Words of `ecotui export` and `ecotui import`."""

from __future__ import annotations

from typing import Any


def transfer_words(commands: Any) -> None:
    """Add them to the command line."""
