"""A screen as rows of text, so that a test can compare what an operator would read."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from textual.app import App

SNAPSHOTS = Path(__file__).parent / "snapshots"


def screen_text(app: App[Any]) -> str:
    """The characters on the screen in front, row by row, without blanks at the end of a row."""
    strips = app.screen._compositor.render_strips(app.size)
    return "\n".join(strip.text.rstrip() for strip in strips) + "\n"


def assert_snapshot(app: App[Any], name: str) -> None:
    """The screen reads as `snapshots/NAME.txt`; ECOTUI_SNAPSHOTS=write writes that file instead."""
    path, shown = SNAPSHOTS / f"{name}.txt", screen_text(app)
    if os.environ.get("ECOTUI_SNAPSHOTS") == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text(shown, encoding="utf-8")
    assert path.exists(), f"{path.name} is missing: run the test once with ECOTUI_SNAPSHOTS=write"
    assert shown == path.read_text(encoding="utf-8")
