"""Words of `ecotui audit`."""

from __future__ import annotations

from typing import Any


def published_words(commands: Any) -> None:
    """Add them to the command line."""
