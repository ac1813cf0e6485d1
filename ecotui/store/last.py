"""The plan in the form, the screen and the marked runs as the application was left, for its next start."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ecotui.core.errors import EcotuiError, StoreError
from ecotui.core.plan import Plan
from ecotui.store.files import write_whole
from ecotui.store.home import Home

NAME = "last.json"
FORMAT = 1
MOST_BYTES = 1_000_000
WORD = re.compile(r"[0-9A-Za-z:._/-]{1,200}")
"""What a screen or a run may be called."""


@dataclass(frozen=True)
class Last:
    """What is remembered."""

    plan: Plan
    screen: str
    """A mode of the application: "monitor", "history", …"""
    marked: tuple[str, ...] = ()
    """Run ids chosen for Compare, the baseline first."""


def read_last(home: Home) -> Last | None:
    """What was remembered; None where nothing was.

    Raises:
        StoreError: the file cannot be understood.
    """
    path = home.root / NAME
    try:
        with path.open("rb") as stream:
            data = stream.read(MOST_BYTES + 1)
        return _last(json.loads(data))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, EcotuiError) as error:
        raise StoreError(
            f"{path}, the plan and screen of last time, cannot be understood and is ignored.",
            "It is written anew with the next change.",
        ) from error


def _last(raw: Mapping[str, Any]) -> Last:
    if raw["format"] != FORMAT:
        raise ValueError("another format")
    marked = tuple(str(one) for one in raw["marked"])
    if not all(WORD.fullmatch(one) for one in (*marked, raw["screen"])):
        raise ValueError("not what is written here")
    return Last(Plan.from_dict(raw["plan"]).checked(), raw["screen"], marked)


def write_last(home: Home, last: Last) -> None:
    """Remember it.

    Raises:
        StoreError: it cannot be written.
    """
    values = {"format": FORMAT, "plan": last.plan.to_dict(), "screen": last.screen, "marked": list(last.marked)}
    write_whole(home.root / NAME, (json.dumps(values) + "\n").encode())
