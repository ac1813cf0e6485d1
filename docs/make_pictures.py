"""Draws the pictures of the README from the shipped samples: python docs/make_pictures.py [FOLDER]"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

from textual.pilot import Pilot

from ecotui.core.plan import Plan
from ecotui.log import read_timeline
from ecotui.store.home import Home
from ecotui.store.store import Store, default_samples
from ecotui.ui.app import EcotuiApp
from ecotui.ui.parts import Parts

SIZE = (150, 44)
MODEL = "synthetic:mistral-7b"
ORDER = ("fp16", "nf4", "int8", "int8-pure")


def no_board(plan: Plan) -> None:
    """A picture needs no board."""
    raise AssertionError(plan)


async def draw(parts: Parts, target: Path, prepare: Callable[[Pilot[int]], Awaitable[None]]) -> None:
    """Open the application without a terminal, prepare the screen, export it."""
    app = EcotuiApp(parts)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        await prepare(pilot)
        await settle(pilot)
        target.write_text(app.export_screenshot(title="ecotui"), encoding="utf-8")
    print(target)


async def settle(pilot: Pilot[int]) -> None:
    """Wait until workers are over and what they found is drawn."""
    for _ in range(5):
        await pilot.app.workers.wait_for_complete()
        await pilot.pause(0.3)


async def main(folder: Path) -> None:
    """The ladder, Monitor, Compare and History."""
    samples = default_samples()
    assert samples is not None
    with tempfile.TemporaryDirectory() as temporary:
        home = Home(Path(temporary))
        stored = [s for s in Store(home, samples).runs() if s.origin == "sample"]
        runs = [s for s in stored if s.row.batch_size == 8 and s.row.model == MODEL and not s.row.blocks]
        runs.sort(key=lambda s: ORDER.index(s.row.quantization or ""))
        log, ladder = runs[0].log, next(s.log for s in stored if s.row.blocks and s.row.batch_size == 1)
        assert log is not None
        assert ladder is not None
        line = read_timeline(log)
        assert line.plan is not None
        parts = Parts(
            home=home,
            samples=samples,
            plan=line.plan,
            open_board=no_board,  # type: ignore[arg-type]
            start=lambda _: log,
            stop=lambda _: None,
            models=lambda: (),
        )

        async def to_the_end(pilot: Pilot[int]) -> None:
            await settle(pilot)
            await pilot.press("end")

        async def compare(pilot: Pilot[int]) -> None:
            await to_the_end(pilot)
            await pilot.press("c")

        async def history(pilot: Pilot[int]) -> None:
            await to_the_end(pilot)
            await pilot.press("h")

        ids = [s.row.run_id for s in runs]
        await draw(replace(parts, replay=ladder), folder / "ladder.svg", to_the_end)
        await draw(replace(parts, replay=log), folder / "monitor.svg", to_the_end)
        await draw(replace(parts, replay=log, marked=ids), folder / "compare.svg", compare)
        await draw(replace(parts, replay=log, marked=ids[:2]), folder / "history.svg", history)


if __name__ == "__main__":
    made = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "pictures"
    made.mkdir(parents=True, exist_ok=True)
    asyncio.run(main(made))
