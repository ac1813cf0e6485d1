"""Draws the pictures of README and docs from the shipped samples: python docs/make_pictures.py [FOLDER]

Screens are the application's own screenshots; figures of findings are what `ecotui export --report findings --format
svg` makes.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import cast

from textual.pilot import Pilot
from textual.worker import WorkerCancelled

from ecotui.cli import main as ecotui
from ecotui.core.arm import Arm
from ecotui.core.models import Listing
from ecotui.core.plan import Plan, Protocol
from ecotui.log import read_timeline
from ecotui.recorder.catalogue import synthetic
from ecotui.sensors.board import Board
from ecotui.sensors.simulated import BOARDS, SimulatedBoard
from ecotui.store.home import Home
from ecotui.store.store import Store, default_samples
from ecotui.ui.app import EcotuiApp
from ecotui.ui.parts import Parts

SIZE, FEWER, BROAD = (150, 44), (150, 30), (170, 36)
MODEL = "synthetic:mistral-7b"
BY_TURNS = "20261122-080938-b6bc"
"""Four quantizations by turns, on a board that had settled."""
LADDER = "20261122-075721-4063"
"""Four quantizations, two of them as graphs too, at batch 1."""
SWEEP = "20261122-051414-2802"
"""Three quantizations at four batch sizes; interrupted, and gone on with on another machine."""
SCORED = "20261122-050449-37df"
"""The packaged model in six quantizations by turns, and what they score."""
RECORDED = ("i", "n", "t", "8", "minus", "p", "u", "r", "e", "space", "b", "8")
"""What is typed to find the run whose record is shown."""
H100 = "nvidia-h100-80gb-hbm3-synthetic-mistral-7b"
FIGURES = {
    "batch-law-h100": f"batch-law-{H100}-int8-pure-eager-16-64-tokens",
    "batch-law-graph-h100": f"batch-law-{H100}-int8-pure-graph-16-64-tokens",
    "batch-law-a800": "batch-law-a800-mistral-7b-int8-pure-256-new-tokens-published-a800-batch",
    "decomposition-h100": f"decomposition-{H100}-int8-against-int8-pure-eager-16-64-tokens",
    "dequantization-h100": "dequantization-nvidia-h100-80gb-hbm3-4-models-nf4-against-fp16-eager-16-64-tokens",
    "crossover-h100": "crossover-nvidia-h100-80gb-hbm3-nf4-against-fp16-eager-batch-1-16-64-tokens",
    "waiting-h100": f"waiting-{H100}-int8-pure-eager-against-graph-16-64-tokens",
    "crossover-4090d": "crossover-rtx-4090d-nf4-against-fp16-batch-1-published-ecocompute",
}
"""Pictures of the findings page, and the exporter's names of them."""


def no_board(plan: Plan) -> None:
    """A picture needs no board."""
    raise AssertionError(plan)


async def draw(
    parts: Parts,
    target: Path,
    prepare: Callable[[Pilot[int]], Awaitable[None]],
    size: tuple[int, int] = SIZE,
) -> None:
    """Open the application without a terminal, prepare the screen, export it."""
    app = EcotuiApp(parts)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        await prepare(pilot)
        await settle(pilot)
        target.write_text(app.export_screenshot(title="ecotui"), encoding="utf-8")
    print(target)


async def settle(pilot: Pilot[int]) -> None:
    """Wait until workers are over and what they found is drawn."""
    for _ in range(5):
        for worker in list(pilot.app.workers):
            with suppress(WorkerCancelled):
                await worker.wait()
        await pilot.pause(0.3)


def after(*keys: str) -> Callable[[Pilot[int]], Awaitable[None]]:
    """A replay at its end, and these keys."""

    async def prepare(pilot: Pilot[int]) -> None:
        await settle(pilot)
        for key in ("end", *keys):
            await pilot.press(key)
            await settle(pilot)

    return prepare


def parts_of(home: Home, samples: Path, log: Path) -> Parts:
    """The application on a recorded session; it starts nothing."""
    plan = read_timeline(log).plan
    assert plan is not None
    return Parts(
        home=home,
        samples=samples,
        plan=plan,
        open_board=no_board,  # type: ignore[arg-type]
        start=lambda _: log,
        stop=lambda _: None,
        start_sweep=lambda *_: log,
        stop_sweep=lambda _: None,
        models=Listing,
        replay=log,
    )


def without_a_card(parts: Parts) -> Parts:
    """The application on a simulated board, which is told on every screen."""
    plan = Plan((Arm(MODEL, "nf4", batch_size=1024),), Protocol.for_sensor("simulated"), sensor="simulated")
    return replace(parts, plan=plan, replay=None, open_board=lambda _: SimulatedBoard(), models=shapes)


def simulated_board(number: int) -> Callable[[], Board]:
    """What opens one of two."""
    return lambda: SimulatedBoard(number)


def shapes() -> Listing:
    """What can be picked with an empty cache."""
    return Listing(synthetic())


async def picking(pilot: Pilot[int]) -> None:
    """The model picker over the plan."""
    await settle(pilot)
    cast("EcotuiApp", pilot.app).monitor.action_model()
    await settle(pilot)


def figures(folder: Path) -> None:
    """What the exporter makes of the samples and the published rows."""
    with tempfile.TemporaryDirectory() as temporary:
        os.environ["ECOTUI_HOME"] = temporary
        made = Path(temporary) / "figures"
        assert ecotui(["export", "--report", "findings", "--format", "svg", "-o", str(made)]) == 0
        for name, exported in FIGURES.items():
            shutil.copy(made / f"{exported}.svg", folder / f"{name}.svg")


async def main(folder: Path) -> None:
    """Every screen of the tour."""
    samples = default_samples()
    assert samples is not None
    os.environ[BOARDS] = "2"
    with tempfile.TemporaryDirectory() as temporary:
        home = Home(Path(temporary))
        stored = [s for s in Store(home, samples).runs() if s.origin == "sample" and s.row.model == MODEL]
        ids = sorted(s.row.run_id for s in stored if s.row.session_id == BY_TURNS and s.row.engine == "eager")
        alone = next(
            s.log
            for s in stored
            if (s.row.quantization, s.row.batch_size, s.row.prompt_tokens, s.row.blocks) == ("fp16", 8, 16, None)
        )
        ladder = next(s.log for s in stored if s.row.session_id == LADDER)
        assert alone is not None
        assert ladder is not None
        parts = parts_of(home, samples, alone)
        await draw(parts_of(home, samples, ladder), folder / "ladder.svg", after())
        await draw(parts, folder / "monitor.svg", after())
        await draw(replace(parts, marked=ids), folder / "compare.svg", after("c"))
        scored = [f"{SCORED}.{arm}" for arm in (0, 2, 4, 5)]
        await draw(replace(parts, marked=scored), folder / "quality.svg", after("c"))
        await draw(parts, folder / "help.svg", after("question_mark", *"copy"), FEWER)
        await draw(replace(parts, marked=ids[:2]), folder / "history.svg", after("h"))
        beside = after("f", "home", *["down"] * 2)  # a law with a published one beside it
        await draw(parts, folder / "findings.svg", beside)
        await draw(parts, folder / "record.svg", after("h", "/", *RECORDED, "enter", "enter"))
        shutil.copytree(samples / "sweeps" / SWEEP, home.sweeps / SWEEP)
        await draw(parts, folder / "sweep.svg", after("s", "down", "right", "right"), FEWER)
        simulated = replace(without_a_card(parts), boards=lambda _: [simulated_board(0), simulated_board(1)])
        await draw(simulated, folder / "gpus.svg", after("g"), FEWER)
        await draw(simulated, folder / "picker.svg", picking, BROAD)


if __name__ == "__main__":
    made = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "pictures"
    made.mkdir(parents=True, exist_ok=True)
    figures(made)
    asyncio.run(main(made))
