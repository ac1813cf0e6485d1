"""What a model that comes along writes, below the figures of its run."""

from __future__ import annotations

from ecotui.core.units import clean
from ecotui.ui.screens.monitor_scene import Scene
from ecotui.ui.widgets.canvas import Ink, Row

HEAD = "It writes  "


def written_rows(scene: Scene, width: int) -> list[Row]:
    """Its line in one row, written once while it was loaded; nothing of other models, whose prompts are random."""
    resident = scene.line.residents.get(scene.arm)
    text = clean(resident.facts.get("writes", ""), 160) if resident else ""
    if not text:
        return []
    room = width - len(HEAD) - 3
    shown = text if len(text) <= room else f"{text[: max(room, 0)].rstrip()}…"
    return [[Ink(HEAD, "muted"), Ink(f"“{shown}”")]]
