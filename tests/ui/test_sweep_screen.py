"""The Sweep, as an operator meets it."""

from __future__ import annotations

import math
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import OptionList

from ecotui.cli.sweep_text import counts_line
from ecotui.cli.sweeping_said import begun_line
from ecotui.core.arm import Arm
from ecotui.core.plan import Protocol
from ecotui.core.sweep import Skip, SweepPlan
from ecotui.core.sweep_events import (
    VERSION,
    Driven,
    GroupEnded,
    GroupStarted,
    PointSkipped,
    SweepEnded,
    SweepEvent,
    SweepHeader,
)
from ecotui.log.lock import hold
from ecotui.recorder.left import LeftSweep
from ecotui.recorder.sweep import Sweeping, read_state
from ecotui.recorder.sweep_log import SweepLog, create
from ecotui.ui.app import EcotuiApp
from ecotui.ui.parts import Parts
from ecotui.ui.screens.record import RecordScreen
from ecotui.ui.screens.sweep import COMPLETE, SweepScreen
from ecotui.ui.widgets.sweep_cells import FULL, LEGENDS, MIDDLE, NARROW, Cell, Times, cell_row
from ecotui.ui.widgets.sweep_outlook import weigh
from tests.factory import START, measured_plan, write_log
from tests.ui import paired
from tests.ui.conftest import Asked
from tests.ui.stored_runs import LONG, assert_body, body, keep, press, settle

SWEEP = "20261121-120000-5eed"
BEGAN = 1_795_000_000.0
MODEL = "synthetic:mistral-7b"
WATTS = {"fp16": 172.0, "nf4": 180.0, "int8": 150.0, "int8-pure": 154.0}
STEP_S = {"fp16": 0.025, "nf4": 0.02, "int8": 0.05, "int8-pure": 0.035}


def made_plan(models: tuple[str, ...] = (MODEL,), batches: tuple[int, ...] = (1, 8, 64), **other: object) -> SweepPlan:
    protocol = Protocol(idle_s=2.0, warmups=1, window_s=1.0, gate_s=0.0, examine=True, idle_after=True, blocks=2)
    facts: dict[str, object] = {"quantizations": tuple(WATTS), "new_tokens": (20,), "protocol": protocol}
    facts |= {"sensor": "simulated", "device": "cpu"}
    return SweepPlan("made", models, batch_sizes=batches, **(facts | other))  # type: ignore[arg-type]


class Made:
    """A sweep's log and its sessions, as a driver leaves them."""

    def __init__(self, root: Path, plan: SweepPlan, sweep: str = SWEEP) -> None:
        self.root, self.plan, self.at_s = root, plan, BEGAN
        self.log = root / "sweeps" / sweep / "sweep.jsonl"
        self.log.parent.mkdir(parents=True)
        create(self.log, SweepHeader(VERSION, sweep, BEGAN, plan.to_dict()))
        self.write(Driven(BEGAN, list(plan.gpus)))

    def write(self, *events: SweepEvent) -> None:
        with SweepLog(self.log) as log:
            for event in events:
                log.write(event)

    def started(self, number: int, *words: str, gpu: int = 0) -> GroupStarted:
        group = self.plan.groups()[number]
        chosen = words or tuple(p.word for p in group.points if not p.reason)
        self.at_s += 60
        event = GroupStarted(self.at_s, group.key, f"20261121-12{number:02d}00-abba", gpu, list(chosen))
        self.write(event)
        return event

    def arms(self, event: GroupStarted) -> list[Arm]:
        group = next(g for g in self.plan.groups() if g.key == event.group)
        return [p.arm for word in event.arms if (p := group.point(word)) is not None]

    def done(self, number: int, *words: str, gpu: int = 0) -> None:
        event = self.started(number, *words, gpu=gpu)
        session = self.plan.session(self.arms(event), gpu)
        assert session is not None
        keep(self.root, paired.paired_events(session, session=event.session))
        self.at_s += 180
        self.write(GroupEnded(self.at_s, event.group, event.session, "completed"))

    def running(self, number: int, upto: int) -> Path:
        """A session that goes on, in its window `upto`."""
        event = self.started(number)
        session = self.plan.session(self.arms(event), 0)
        made = paired.paired_events(session, upto=upto, outcome=None, session=event.session)
        return write_log(self.root / "sessions" / event.session / "log.jsonl", made)

    def failed(self, number: int, word: str, reason: str) -> None:
        event = self.started(number)
        self.write(GroupEnded(self.at_s, event.group, event.session, "failed", reason, word))

    def skipped(self, number: int, word: str, reason: str) -> None:
        self.write(PointSkipped(self.at_s, self.plan.groups()[number].key, word, reason))

    def ended(self, outcome: str, reason: str = "") -> None:
        self.write(SweepEnded(self.at_s, outcome, reason))


class Paces(dict[Arm, tuple[float, float]]):
    """Watts and seconds a step of any arm."""

    def __missing__(self, arm: Arm) -> tuple[float, float]:
        return WATTS[arm.quantization], STEP_S[arm.quantization]


@pytest.fixture(autouse=True)
def _pace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paired, "PACE", Paces())


@pytest.fixture
def given(parts: Parts) -> Parts:
    return replace(parts, board_problem="")


@pytest.fixture
def app(given: Parts) -> EcotuiApp:
    return EcotuiApp(given)


@asynccontextmanager
async def shown(app: EcotuiApp) -> AsyncIterator[tuple[SweepScreen, Pilot[int]]]:
    """The Sweep in front, at a clock that stands."""
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await press(app, pilot, "s")
        screen = app.screen
        assert isinstance(screen, SweepScreen)
        screen.looker.clock, screen.looker.session_clock = lambda: BEGAN + 400, lambda: START
        await again(app, pilot)
        yield screen, pilot


async def again(app: EcotuiApp, pilot: Pilot[int]) -> None:
    """One look more, which began after this."""
    screen = app.screen
    assert isinstance(screen, SweepScreen)
    while screen._looking:
        await settle(app, pilot)
    screen._pull()
    await settle(app, pilot)


@contextmanager
def held(*logs: Path) -> Iterator[None]:
    """Logs that their writers hold, as long as they go on."""
    with ExitStack() as stack:
        for log in logs:
            hold(stack.enter_context(log.open("rb")))
        yield


async def look_at_both(app: EcotuiApp, pilot: Pilot[int], name: str) -> None:
    """The body as it is at 80 × 24 and at 200 × 50."""
    for columns, rows in ((80, 24), (200, 50)):
        await pilot.resize_terminal(columns, rows)
        await settle(app, pilot)
        assert_body(app, f"{name}-{columns}")


async def test_a_shipped_plan_fills_the_form_which_says_what_it_comes_to_and_runs_it(
    app: EcotuiApp, asked: Asked
) -> None:
    async with shown(app) as (_, pilot):
        await look_at_both(app, pilot, "sweep-empty")
        await press(app, pilot, "down", "enter")
        await look_at_both(app, pilot, "sweep-form")
        assert "its models replaced by synthetic:tiny: this is a CPU" in body(app)
        assert "8 points in 2 sessions" in body(app)
        await press(app, pilot, *["up"] * 7, "backspace", "backspace")
        assert "▲ The sweep's batch_sizes hold nothing." in body(app)
        await press(app, pilot, "0")
        assert "▲ The batch sizes must be at least 1, not 0." in body(app)
        await press(app, pilot, "backspace", *"1,4,16")
        await press(app, pilot, "up", "right", "space", "up", *["right"] * 5, "space")  # graph, and no int8-pure
        assert "18 points, 3 skipped, in 3 sessions" in body(app)
        assert "⊘ int8+graph (3): a threshold of LLM.int8 cannot be captured" in body(app)
        await press(app, pilot, "up", "up", *"q-x")
        assert app.is_running, "letters of a name are no keys"
        await press(app, pilot, *["down"] * 11, "enter")
    ((plan, resume, retry),) = asked.swept
    assert (plan.name, plan.batch_sizes, plan.engines) == ("q-x", (1, 4, 16), ("eager", "graph"))
    assert plan.quantizations == ("fp16", "nf4", "int8")
    assert (resume, retry) == (None, False)


async def test_a_sweep_that_runs_shows_each_point_as_it_is(app: EcotuiApp, asked: Asked, tmp_path: Path) -> None:
    made = Made(tmp_path, made_plan())
    made.done(0)
    made.skipped(2, "fp16", "It needs about 101.2 GB, over 95 % of the 84.1 GB that are free on the board.")
    log = made.running(1, upto=9)
    with held(made.log, log):
        async with shown(app) as (_, pilot):
            await press(app, pilot, "right", "down")
            await look_at_both(app, pilot, "sweep-running")
            await press(app, pilot, "x", "v")
            assert app.monitor.sources.log == log
    assert asked.halted == [SWEEP]


async def test_an_interrupted_sweep_goes_on_at_the_first_missing_point(
    app: EcotuiApp, asked: Asked, tmp_path: Path
) -> None:
    made = Made(tmp_path, made_plan())
    made.done(0)
    made.running(1, upto=9)
    async with shown(app) as (_, pilot):
        await press(app, pilot, "right")
        assert "interrupted: 8 of 12 points are missing; r goes on at the first" in body(app)
        await look_at_both(app, pilot, "sweep-interrupted")
        await press(app, pilot, "down")
        assert "r measures it again as a whole, complete windows too" in re.sub(r"[│\s]+", " ", body(app))
        await press(app, pilot, "r")
        assert "● starting" in body(app)
        await press(app, pilot, "r")
    assert asked.swept == [(made.plan, SWEEP, False)], "once is enough"


async def test_a_sweep_is_counted_alike_everywhere_and_what_is_skipped_whole_stands_in_the_grid(
    app: EcotuiApp, tmp_path: Path
) -> None:
    why = "too long for tonight"
    other = "synthetic:qwen2-7b"
    made = Made(tmp_path, made_plan((MODEL, other), (1, 8), skips=(Skip(why, batch_sizes=(8,)),)))
    made.done(0)
    for word in WATTS:
        made.skipped(2, word, "It needs about 101.2 GB, over 95 % of the 84.1 GB that are free on the board.")
    made.ended("stopped")
    state = read_state(app.parts.home, SWEEP)
    assert begun_line(Sweeping(SWEEP, made.log, None, True), state).count("4 of 16 points done, 0 failed, 12 skipped")
    assert counts_line(state) == "4 done · 0 running · 0 failed · 12 skipped · 0 to come"
    assert LeftSweep(state, False).brief == "0 of 16 points missing, 12 skipped"
    async with shown(app) as (screen, pilot):
        assert "16 of 16 points are settled" in body(app) and "⊘ 12 skipped" in body(app)
        assert body(app).count("⊘ skipped") == 12
        await press(app, pilot, "down")
        assert screen.table.cell is not None and screen.table.cell.arm == "fp16 b8 · 16 + 20 tokens"
        assert why in body(app)
        await press(app, pilot, "down")
        assert "It needs about 101.2 GB" in body(app)


async def test_a_finished_sweep_keeps_its_failures_and_long_names_in_sight(
    app: EcotuiApp, asked: Asked, tmp_path: Path
) -> None:
    plan = made_plan((MODEL, LONG), (1,), gpus=(0, 1))
    made = Made(tmp_path, plan)
    made.done(0)
    made.failed(1, "int8", "CUDA out of memory: 2.1 GB were asked for. Use a smaller batch.")
    made.done(1, "fp16", "nf4", "int8-pure", gpu=1)
    made.ended("completed")
    async with shown(app) as (_, pilot):
        await press(app, pilot, "down", "right", "right")
        assert "✖ finished: 1 point failed; t tries again" in body(app)
        await look_at_both(app, pilot, "sweep-finished")
        await press(app, pilot, "t")
    assert asked.swept == [(plan, SWEEP, True)]


async def test_a_grid_larger_than_the_screen_scrolls_under_its_headings(app: EcotuiApp, tmp_path: Path) -> None:
    models = tuple(f"synthetic:model-{n}" for n in range(9))
    Made(tmp_path, made_plan(models, (1, 8), engines=("eager", "graph"), quantizations=("fp16", "nf4", "nf4-dq")))
    async with shown(app) as (screen, pilot):
        await press(app, pilot, "end", *["right"] * 5)
        assert_body(app, "sweep-large-80")
        assert screen.table.cell is not None
        assert screen.table.cell.model == "synthetic:model-8"
        assert screen.table.cell.arm == "nf4-dq b8 graph · 16 + 20 tokens"
        await press(app, pilot, "home", *["left"] * 5)
        assert screen.table.cell.model == "synthetic:model-0"
        assert screen.table.cell.arm == "fp16 b1 · 16 + 20 tokens"


async def test_enter_opens_the_run_and_another_sweep_can_be_chosen(app: EcotuiApp, tmp_path: Path) -> None:
    made = Made(tmp_path, made_plan(batches=(1,)), "20261121-110000-01d0")
    made.done(0)
    made.ended("completed")
    Made(tmp_path, made_plan()).ended("failed", "GPU 0 takes no session: its driver does not answer.")
    damaged = tmp_path / "sweeps" / "20261120-110000-bad0" / "sweep.jsonl"
    damaged.parent.mkdir()
    damaged.write_text("[b]no log[/b]\n", encoding="utf-8")
    async with shown(app) as (screen, pilot):
        assert "✖ failed: 12 of 12 points are missing; r goes on at the first" in body(app)
        assert "▲ GPU 0 takes no session: its driver does not answer." in body(app)
        await press(app, pilot, "o")
        assert "[b]" not in body(app)
        await press(app, pilot, "down", "enter")
        await again(app, pilot)
        assert "✔ finished: 4 of 4 points are settled; r or n begins anew" in body(app)
        await press(app, pilot, "right", "enter")
        assert isinstance(app.screen, RecordScreen)
        assert app.screen.run_id == "20261121-120000-abba.1"
        await press(app, pilot, "escape", "o", *"made", "space", *"finished")
        assert app.screen.query_one(OptionList).option_count == 1
        await press(app, pilot, "ctrl+u", "end", "enter")
        await again(app, pilot)
        assert "▲" in body(app)
        assert screen.seen is not None
        assert str(damaged) in screen.seen.problem


async def test_a_sample_is_looked_at_and_never_gone_on_with(given: Parts, asked: Asked, tmp_path: Path) -> None:
    made = Made(tmp_path / "samples", made_plan(batches=(1, 8)), "20261121-110000-5a3b")
    made.done(0)
    made.failed(1, "int8", "CUDA out of memory.")
    async with shown(app := EcotuiApp(replace(given, samples=tmp_path / "samples"))) as (screen, pilot):
        assert "none yet" in body(app)
        await press(app, pilot, "o")
        assert re.search(r"made  sample  SIMULATED", body(app))
        await press(app, pilot, "enter")
        await again(app, pilot)
        assert "made · SIMULATED · a sample · 20261121-110000-5a3b" in body(app)
        assert "◇ sample: came with ecotui, 5 of 8 points are settled; n takes its plan" in body(app)
        assert screen.check_action("resume", ()) is False and screen.check_action("retry", ()) is False
        await press(app, pilot, "r", "t", "x", "enter")
        assert isinstance(app.screen, RecordScreen)
    assert asked.swept == [] and asked.halted == []


async def test_run_on_a_finished_sweep_says_so_and_opens_its_plan_in_the_form(
    app: EcotuiApp, asked: Asked, tmp_path: Path
) -> None:
    made = Made(tmp_path, made_plan(batches=(1,)))
    made.done(0)
    made.ended("completed")
    async with shown(app) as (screen, pilot):
        await press(app, pilot, "r")
        assert screen.face == "form"
        assert any(COMPLETE in notice.message for notice in app._notifications)
        await press(app, pilot, "enter")
    ((plan, resume, retry),) = asked.swept
    assert (plan, resume, retry) == (made.plan, None, False)


async def test_without_a_gpu_the_reason_stands_there_and_nothing_is_started(given: Parts, asked: Asked) -> None:
    why = "NVML did not answer: the driver is not loaded."
    app = EcotuiApp(replace(given, plan=measured_plan(), board_problem=why))
    async with shown(app) as (screen, pilot):
        assert f"▲ {why}" in body(app)
        await press(app, pilot, "enter", "enter")
        assert screen.face == "form"
        assert "8 points in 2 sessions, about 26 min" in body(app)
    assert not asked.swept


@pytest.mark.parametrize(
    ("joules", "ratio", "middle", "full"),
    [
        (4301.0, Times(0.84, 0.82, 0.86, 5), "✔ 4,301 ×0.84", "✔  4,301 ×0.84 [0.82, 0.86]"),
        (4301.0, Times(1.12, 0.0, 402.8, 2), "✔ 4,301 ×1.12?", "✔  4,301 ×1.12 [0.00, 403]"),
        (4301.0, Times(1.12, 0.97, 1.3, 2), "✔ 4,301 ×1.12?", "✔  4,301 ×1.12 [0.97, 1.30]"),
        (12345.0, Times(12.34, 1.5, 80.0, 2), "✔ 12,345×12.3?", "✔ 12,345 ×12.3 [1.50, 80.0]"),
        (4301.0, Times(1.12), "✔ 4,301 ×1.12?", "✔  4,301 ×1.12 no interval"),
        (4301.0, Times(1.12, -math.inf, math.inf, 2), "✔ 4,301 ×1.12?", "✔  4,301 ×1.12 [unbounded]"),
    ],
)
def test_a_ratio_whose_interval_has_no_room_is_marked_where_it_alone_would_mislead(
    joules: float, ratio: Times, middle: str, full: str
) -> None:
    cell = Cell("done", gross_j=joules, ratio=ratio)
    for width, wanted in ((MIDDLE, middle), (FULL, full)):
        assert "".join(ink.text for ink in cell_row(cell, width)) == wanted
        assert len(wanted) <= width
    assert "?" in LEGENDS[MIDDLE] and "×" not in LEGENDS[NARROW]


def test_what_the_memory_forecast_leaves_out_is_counted_by_name_and_takes_no_time() -> None:
    plan = made_plan(("synthetic:mistral-7b", "synthetic:tiny"), (1,), quantizations=("fp16", "nf4"))
    roomy, small = weigh(plan, 80_000_000_000), weigh(plan, 8_000_000_000)
    hosted = weigh(plan, 80_000_000_000, 8_000_000_000)
    assert hosted.too_large == small.too_large and hosted.on_host and not small.on_host
    assert (roomy.total, roomy.points, roomy.too_large) == (4, 4, ())
    assert (small.total, small.points, small.too_large) == (4, 3, ("synthetic:mistral-7b fp16 b1: about 15.2 GB",))
    assert small.length_s < roomy.length_s
