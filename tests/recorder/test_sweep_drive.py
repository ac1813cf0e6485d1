"""The driver of a sweep, with recorders that end at once and as they are told to."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from ecotui.core.against import eager_advice
from ecotui.core.clock import Tie
from ecotui.core.errors import BoardError
from ecotui.core.events import End, Fault, Header, Phase
from ecotui.core.plan import Plan
from ecotui.core.quality import UNFIT, Quality
from ecotui.core.sweep import SweepPlan, sweep_protocol
from ecotui.core.sweep_events import VERSION, SweepHeader
from ecotui.core.sweep_state import DONE, FAILED, SKIPPED, TO_COME
from ecotui.core.wire import encode
from ecotui.log.writer import LogWriter
from ecotui.recorder import sweep_drive
from ecotui.recorder.launch import Recording
from ecotui.recorder.sweep import LOG, STOP, find_sweep, read_state, session_end, sweep_folder, sweeps, unfinished
from ecotui.recorder.sweep_drive import Driver
from ecotui.recorder.sweep_log import SweepBusyError, SweepLog, create
from ecotui.sensors.board import open_board
from ecotui.store.home import Home
from tests import factory
from tests.factory import VERSION as LOG_VERSION

PLAN = SweepPlan(
    "made",
    ("synthetic:tiny",),
    ("fp16", "nf4", "int8"),
    batch_sizes=(1, 8, 64),
    protocol=sweep_protocol("simulated"),
    sensor="simulated",
    device="cpu",
)
OVER = cast("subprocess.Popen[bytes]", SimpleNamespace(poll=lambda: 0))
ID = "20261121-120000-beef"
End_ = Callable[[Plan], tuple[str, int | None] | None]
"""How a session of a plan ends, and the arm that fails; None is a recorder that is killed."""


def completed(_plan: Plan) -> tuple[str, int | None]:
    return "completed", None


def read_log(home: Home) -> str:
    return (sweep_folder(home, ID) / LOG).read_text()


class Recorders:
    """In place of `launch`: a session's log is whole, as it is told to be, before the driver looks."""

    def __init__(self) -> None:
        self.plans: list[Plan] = []
        self.ends: End_ = completed
        self.fault = Fault(0, "Out of memory.", "Use a smaller batch.")

    def launch(self, home: Home, plan: Plan, worker: str, session: str) -> Recording:
        assert worker == "scripted"
        assert session in read_log(home)
        self.plans.append(plan)
        home.session(session).mkdir(parents=True)
        log = home.session_log(session)
        self._write(log, session, plan)
        return Recording(log, OVER)

    def _write(self, log: Path, session: str, plan: Plan) -> None:
        tie, end = Tie.now(), self.ends(plan)
        at = tie.monotonic_ns
        with LogWriter(log) as writer:
            writer.write(Header(LOG_VERSION, session, at, tie.wall_ns, plan.to_dict(), None, {}))
            if end is None:
                return
            outcome, arm = end
            if arm is not None:
                writer.write(Phase(at, "loading", arm))
            if outcome == "failed":
                writer.write(replace(self.fault, at_ns=at))
            writer.write(End(at, outcome))


@pytest.fixture
def recorders(monkeypatch: pytest.MonkeyPatch) -> Recorders:
    found = Recorders()
    monkeypatch.setattr(sweep_drive, "launch", found.launch)
    monkeypatch.setattr(sweep_drive, "open_board", lambda sensor, _gpu: open_board(sensor, 0))
    monkeypatch.setattr(sweep_drive, "PULL_S", 0.0)
    return found


@pytest.fixture
def log(home: Home) -> Iterator[SweepLog]:
    folder = sweep_folder(home, ID)
    folder.mkdir(parents=True)
    create(folder / LOG, SweepHeader(VERSION, ID, 0.0, PLAN.to_dict()))
    with SweepLog(folder / LOG) as made:
        yield made


def states(home: Home) -> list[list[str]]:
    return [[p.state for p in g.points] for g in read_state(home, ID).groups]


def labels(plans: list[Plan]) -> list[tuple[int, list[str], int]]:
    return [(p.arms[0].batch_size, [a.quantization for a in p.arms], p.gpu) for p in plans]


def test_groups_are_spread_over_the_boards_and_none_crosses_them(
    home: Home, log: SweepLog, recorders: Recorders
) -> None:
    assert Driver(home, log, (0, 1), "scripted").run() == "completed"
    every = ["fp16", "nf4", "int8"]
    assert labels(recorders.plans) == [(1, every, 0), (8, every, 1), (64, every, 0)]
    assert states(home) == [[DONE] * 3] * 3
    log.close()
    assert unfinished(home, PLAN) is None


def test_a_failed_arm_is_left_out_and_the_rest_of_its_group_goes_on(
    home: Home, log: SweepLog, recorders: Recorders
) -> None:
    def int8_of_64(plan: Plan) -> tuple[str, int | None]:
        fails = plan.arms[0].batch_size == 64 and len(plan.arms) == 3
        return ("failed", 2) if fails else ("completed", None)

    recorders.ends = int8_of_64
    assert Driver(home, log, worker="scripted").run() == "completed"
    assert states(home)[2] == [DONE, DONE, FAILED]
    assert "Out of memory" in read_state(home, ID).groups[2].points[2].reason
    log.close()
    assert unfinished(home, PLAN) is None
    assert unfinished(home, PLAN, ended=True) == ID
    recorders.ends = completed
    with SweepLog(log.path) as again:
        assert Driver(home, again, worker="scripted").run(retry_failed=True) == "completed"
    assert labels(recorders.plans)[-1] == (64, ["fp16", "int8"], 0)
    assert states(home) == [[DONE] * 3] * 3


def test_a_tokenizer_that_does_not_fit_fails_its_models_points_and_the_sweep_goes_on(
    home: Home, log: SweepLog, recorders: Recorders
) -> None:
    create_again(log, replace(PLAN, models=("a/model", "synthetic:tiny"), batch_sizes=(1, 8), quality=Quality()))
    recorders.fault = Fault(0, f"{UNFIT}: The tokenizer does not fit.", "Take its own.")
    recorders.ends = lambda plan: ("failed", 0) if plan.arms[0].model == "a/model" else ("completed", None)
    assert Driver(home, log, worker="scripted").run() == "completed"
    assert states(home) == [[FAILED] * 3, [SKIPPED] * 3, [DONE] * 3, [DONE] * 3]
    points = [p for g in read_state(home, ID).groups[:2] for p in g.points]
    assert {p.reason for p in points} == {f"{UNFIT}: The tokenizer does not fit. Take its own."}
    assert [p.arms[0].model for p in recorders.plans] == ["a/model", "synthetic:tiny", "synthetic:tiny"]
    log.close()
    recorders.ends = completed
    with SweepLog(log.path) as again:
        assert Driver(home, again, worker="scripted").run(retry_failed=True) == "completed"
    assert states(home) == [[DONE] * 3] * 4


def create_again(log: SweepLog, plan: SweepPlan) -> None:
    """The sweep's log with another plan."""
    log.path.write_text(encode(SweepHeader(VERSION, ID, 0.0, plan.to_dict())) + "\n")


def test_a_baseline_that_failed_is_retried_by_turns_with_its_whole_group(
    home: Home, log: SweepLog, recorders: Recorders
) -> None:
    def fp16_of_8(plan: Plan) -> tuple[str, int | None]:
        fails = plan.arms[0].batch_size == 8 and len(plan.arms) == 3
        return ("failed", 0) if fails else ("completed", None)

    recorders.ends = fp16_of_8
    assert Driver(home, log, worker="scripted").run() == "completed"
    assert states(home)[1] == [FAILED, DONE, DONE]
    recorders.ends, before = completed, len(recorders.plans)
    assert Driver(home, log, worker="scripted").run(retry_failed=True) == "completed"
    assert labels(recorders.plans[before:]) == [(8, ["fp16", "nf4", "int8"], 0)]
    first, *others = read_state(home, ID).groups[1].points
    assert [p.baseline_run_id for p in others] == [first.run_id] * 2


def test_a_board_whose_sessions_end_before_they_touch_an_arm_takes_no_more_and_the_sweep_is_unfinished(
    home: Home, log: SweepLog, recorders: Recorders
) -> None:
    recorders.ends = lambda plan: None if plan.gpu == 1 else ("failed", None)
    assert Driver(home, log, (0, 1), "scripted").run() == "failed"
    assert sorted(plan.gpu for plan in recorders.plans) == [0, 0, 1, 1]
    state = read_state(home, ID)
    assert (state.outcome, state.missing) == ("failed", True)
    assert "takes no session" in state.reason
    assert unfinished(home, PLAN) == ID


def test_a_group_whose_session_was_killed_is_measured_again_by_the_next_driver(
    home: Home, log: SweepLog, recorders: Recorders
) -> None:
    recorders.ends = lambda plan: None if plan.arms[0].batch_size == 8 else completed(plan)
    assert Driver(home, log, worker="scripted").run() == "failed"
    assert [row[0] for row in states(home)] == [DONE, TO_COME, TO_COME]
    recorders.ends = completed
    before = len(recorders.plans)
    assert Driver(home, log, worker="scripted").run() == "completed"
    assert [p.arms[0].batch_size for p in recorders.plans[before:]] == [8, 64]


def test_what_cannot_fit_is_skipped_before_anything_is_loaded(
    home: Home, log: SweepLog, recorders: Recorders, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = sweep_drive.foresee

    def tight(arm: Any, number: int, board: Any, reading: Any, at_ns: int, **more: Any) -> Any:
        small = replace(board, memory_total_b=1) if arm.quantization == "fp16" and arm.batch_size == 64 else board
        return real(arm, number, small, reading, at_ns, **more)

    monkeypatch.setattr(sweep_drive, "foresee", tight)
    assert Driver(home, log, worker="scripted").run() == "completed"
    assert states(home)[2] == [SKIPPED, DONE, DONE]
    assert "was not loaded: it needs about" in read_state(home, ID).groups[2].points[0].reason
    assert labels(recorders.plans)[-1] == (64, ["nf4", "int8"], 0)


def test_a_board_that_does_not_answer_ends_the_sweep_with_its_reason(
    home: Home, log: SweepLog, recorders: Recorders, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dead(_sensor: str, _gpu: int) -> None:
        raise BoardError("The driver does not answer.")

    monkeypatch.setattr(sweep_drive, "open_board", dead)
    assert Driver(home, log, worker="scripted").run() == "failed"
    assert "The driver does not answer." in read_state(home, ID).reason
    assert recorders.plans == []


def test_a_stop_file_ends_it_with_the_rest_to_come(home: Home, log: SweepLog, recorders: Recorders) -> None:
    def stop(_plan: Plan) -> tuple[str, int | None]:
        (log.path.parent / STOP).touch()
        return "stopped", None

    recorders.ends = stop
    assert Driver(home, log, worker="scripted").run() == "stopped"
    assert states(home) == [[TO_COME] * 3] * 3


def test_no_session_begins_for_which_there_is_no_time(home: Home, log: SweepLog, recorders: Recorders) -> None:
    assert Driver(home, log, (0,), "scripted", until_s=time.time() + 5).run() == "stopped"
    assert recorders.plans == []
    assert "in the time that was given" in read_state(home, ID).reason


def test_a_sweep_has_one_driver_and_a_torn_last_line_is_cut_off_before_the_next(home: Home, log: SweepLog) -> None:
    with pytest.raises(SweepBusyError):
        SweepLog(log.path)
    log.close()
    whole = log.path.read_bytes()
    log.path.write_bytes(whole + b'{"kind":"dri')
    SweepLog(log.path).close()
    assert log.path.read_bytes() == whole
    assert sweeps(home) == [ID] == [find_sweep(home, "beef")]


def test_a_model_that_cannot_be_captured_is_told_in_the_words_of_a_sweeps_options(home: Home) -> None:
    first = factory.plan().arms[0]
    plan = replace(factory.plan(), arms=(first, replace(first, engine="graph")))
    fault = Fault(0, "It cannot be captured.", eager_advice(plan.arms))
    header = Header(LOG_VERSION, "beef", 0, 0, plan.to_dict(), None, {})
    factory.write_log(home.session_log("20261121-120000-beef"), iter((header, fault, End(1, "failed", fault.what))))
    ended = session_end(home, "20261121-120000-beef")
    assert ended.reason == "It cannot be captured. Measure it with --engines eager."
