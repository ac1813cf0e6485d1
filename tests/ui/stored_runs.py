"""Stores with made-up sessions, for the screens that list, compare and open runs."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from textual.pilot import Pilot
from textual.worker import WorkerCancelled

from ecotui.core.arm import Arm
from ecotui.core.clock import NS
from ecotui.core.events import End, Event, Header, Phase, Resident
from ecotui.core.plan import Plan, Protocol
from ecotui.core.reading import BoardInfo, Reading, Tick
from ecotui.core.rows import RunRow
from ecotui.core.timeline import Timeline
from ecotui.store.home import Home
from ecotui.store.store import Store
from ecotui.ui.app import EcotuiApp
from tests.factory import WALL, events, plan, write_log
from tests.ui.screen_text import SNAPSHOTS, screen_text

MEASURED = BoardInfo("NVIDIA H100 80GB HBM3", "GPU-5a3f", 0, "nvml", 700.0, 85_000_000_000, "580.159", "13.0")
_STORED: dict[bytes, tuple[TemporaryDirectory[str], list[RunRow]]] = {}
"""Sessions that this process has stored, by their events, in folders that are gone with it."""
LONG = "organisation/" + "a-very-long-model-name-" * 8 + "ending"


def session(number: int) -> str:
    """The id of the made-up session of that number; a later number is a later day."""
    return f"202611{number // 24 + 1:02d}-{number % 24:02d}0000-{number:04x}"


def made_plan(measured: bool = False, windows: int = 5, label: str = "", **arm: object) -> Plan:
    """A plan of one arm; `measured` is one that the factory's events can play as a board's."""
    facts: dict[str, object] = {"model": "synthetic:tiny", "quantization": "fp16", "batch_size": 4, "new_tokens": 20}
    return Plan(
        (Arm(**(facts | arm)),),  # type: ignore[arg-type]
        Protocol(idle_s=2.0, warmups=1, windows=windows, window_s=1.0),
        sensor="nvml" if measured else "simulated",
        device="cuda" if measured else "cpu",
        label=label,
    )


def made_events(
    number: int, the_plan: Plan | None = None, sway: Sequence[float] = (), **how: object
) -> Iterator[Event]:
    """The factory's session of that number, with another board where it is measured, and swaying power.

    Window i draws `sway[i]` times the load's power.
    """
    it = the_plan or plan()
    factor, told, made = 1.0, 0.0, 0.0
    for event in events(session(number), the_plan=it, **how):  # type: ignore[arg-type]
        match event:
            case Header():
                wall = WALL + number * 3600 * NS
                board = event.board if it.simulated else MEASURED
                yield replace(event, board=board, wall_ns=wall)
            case Phase():
                factor = sway[(event.window - 1) % len(sway)] if sway and event.window else 1.0
                yield event
            case Reading():
                yield replace(event, power_w=(event.power_w or 0) * factor)
            case Tick():
                made += (event.energy_j - told) * factor
                told = event.energy_j
                yield replace(event, energy_j=made)
            case Resident():
                yield replace(event, weights="random" if it.arms[0].synthetic else "checkpoint", device=it.device)
            case _:
                yield event


def failed(made: Iterable[Event], what: str) -> Iterator[Event]:
    """The same session, ended by a failure before its first window."""
    for event in made:
        if isinstance(event, Phase) and event.name == "measuring":
            yield End(event.at_ns, "failed", what)
            return
        yield event


def keep(root: Path, made: Iterable[Event]) -> list[RunRow]:
    """Log and rows of a session under `root`; what was stored once is copied for every other test of the process."""
    every = list(made)
    known = hashlib.sha256(repr(every).encode()).digest()
    if known not in _STORED:
        folder = TemporaryDirectory(prefix="ecotui-stored-")
        _STORED[known] = folder, _store(Path(folder.name), every)
    folder, rows = _STORED[known]
    shutil.copytree(folder.name, root, dirs_exist_ok=True)
    return list(rows)


def _store(root: Path, every: Sequence[Event]) -> list[RunRow]:
    assert isinstance(every[0], Header)
    write_log(root / "sessions" / every[0].session / "log.jsonl", iter(every))
    line = Timeline()
    for event in every:
        line.apply(event)
    return Store(Home(root)).append(line)


def compared(root: Path) -> list[str]:
    """Three simulated runs of one model at three quantizations; their ids, the baseline first."""
    arms = (("fp16", 172.0, 0.01), ("int8", 154.0, 0.02), ("int8-pure", 140.0, 0.014))
    made = []
    for number, (quantization, watts, step_s) in enumerate(arms, start=1):
        it = made_plan(model="synthetic:mistral-7b", batch_size=8, quantization=quantization)
        made += keep(root, made_events(number, it, sway=(1.0, 1.01, 0.99), load_w=watts, step_s=step_s))
    return [row.run_id for row in made]


async def settle(app: EcotuiApp, pilot: Pilot[int]) -> None:
    """Until the screen in front has read what it reads beside itself, and drawn it."""
    for _ in range(3):
        await pilot.pause()
        for worker in list(app.workers):
            with contextlib.suppress(WorkerCancelled):  # a newer one of its group took its place
                await worker.wait()
    await pilot.pause()


async def press(app: EcotuiApp, pilot: Pilot[int], *keys: str) -> None:
    """Keys, and then `settle`."""
    await pilot.press(*keys)
    await settle(app, pilot)


def body(app: EcotuiApp) -> str:
    """What a screen says between the line of tabs and the line of keys."""
    return "\n".join(screen_text(app).splitlines()[1:-1]) + "\n"


def assert_body(app: EcotuiApp, name: str) -> None:
    """The body reads as `snapshots/NAME.txt`; ECOTUI_SNAPSHOTS=write writes that file instead."""
    path, shown = SNAPSHOTS / f"{name}.txt", body(app)
    if os.environ.get("ECOTUI_SNAPSHOTS") == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text(shown, encoding="utf-8")
    assert path.exists(), f"{path.name} is missing: run the test once with ECOTUI_SNAPSHOTS=write"
    assert shown == path.read_text(encoding="utf-8")
