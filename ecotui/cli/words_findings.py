"""Words of `ecotui findings` and `ecotui advise`."""

from __future__ import annotations

from typing import Any


def finding_words(commands: Any) -> None:
    """Add them to the command line."""
