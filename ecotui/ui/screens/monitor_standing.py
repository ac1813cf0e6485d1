"""How far a session is, as the Monitor tells it of arms that take turns."""

from __future__ import annotations

from dataclasses import replace

from ecotui.core.progress import Progress
from ecotui.core.units import duration
from ecotui.ui.screens import monitor_gate as gates
from ecotui.ui.screens import monitor_quality as rated
from ecotui.ui.screens.monitor_scene import Scene
from ecotui.ui.screens.monitor_turns import counted, whose
from ecotui.ui.widgets.canvas import Ink, Row, cells


def bar(share: float, width: int) -> Row:
    """A progress bar; full only where it is over."""
    full = int(min(max(share, 0.0), 1.0) * width)
    return [Ink("▇" * full, "bar"), Ink("▁" * (width - full), "grid")]


def paired_row(scene: Scene, phase: tuple[str, str], it: Progress, width: int) -> Row:
    """Where a paired session stands: whose turn it is, which window of which block; `phase` in words and its role."""
    words, role = phase
    tight, roomy = width < 76, width >= 100
    arm = whose(scene)[: 2 if roomy else 1]
    head: list[Ink] = [Ink(f"{words} ", role, bold=True), *arm, Ink("  ")]
    said = counted(scene, brief=tight)
    scored = rated.counted(it)
    window = f"{scored}  " if scored else f"window {said}  " if said else ""
    left = f"left {'about ' if roomy else ''}{duration(round(it.remaining_s))}"
    head += [Ink(" " * max(len("measuring ●  ") - cells(head), 0))]
    flags = [bit for bit in gates.flags(scene) if roomy or bit.role == "bad"]
    room = width - cells(head) - cells(flags) - len(window) - len("left 10 min 10 s") - 2
    filled = bar(it.fraction, min(room, 24)) if room >= 4 else []
    return [*head, *flags, Ink(window), *filled, Ink(f"{'  ' if filled else ''}{left}", "muted")]


def whole(scene: Scene) -> Scene:
    """Of a paired session all of its arms, where what is told holds for the session."""
    if scene.pairs is None:
        return scene
    return replace(scene, run=scene.pairs.whole, windows=scene.pairs.windows)


def turn_rows(scene: Scene) -> list[Row]:
    """Which window of which block, and whose turn it is; both rows stand from the first window on."""
    said, turn = counted(scene), whose(scene)
    rows: list[Row] = [[Ink("window    ", "muted"), Ink(said, bold=True)]] if said else []
    return [*rows, [Ink(f"{'turn' if said else 'arm':<10}", "muted"), *turn]] if said or turn else rows
