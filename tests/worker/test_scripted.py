"""The scripted worker: the protocol itself, and every fault that a recorder must survive."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ecotui.core.events import Examined, Resident, Steps
from ecotui.core.messages import Began, Examine, Failed, Load, Measure, Measured, Quit, WarmedUp, WarmUp
from tests.worker.checks import check, run_arm
from tests.worker.talk import Worker, arm

Start = Callable[..., Worker]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts scripted workers; ends them with the test."""
    started: list[Worker] = []

    def _start(**script: Any) -> Worker:
        quick = {"step_s": 0.001, "load_s": 0.0} | script
        worker = Worker(tmp_path, "ecotui.worker.scripted", {"ECOTUI_SCRIPT": json.dumps(quick)})
        started.append(worker.__enter__())
        return worker

    yield _start
    for worker in started:
        worker.__exit__(None, None, None)


def test_an_arm_goes_through_load_warm_up_and_window_like_a_real_one(start: Start) -> None:
    worker = start()
    assert worker.ready().versions == {"scripted": "1"}
    heard = run_arm(worker, arm(), number=3)
    check(heard)
    assert heard.resident.weights == "scripted"
    assert heard.resident.arm == 3
    assert heard.resident.parameters == 5_048_576
    worker.send(Quit())
    assert worker.exit_code() == 0
    assert worker.stderr.read_text() == ""


def test_long_calls_are_sent_in_batches_while_they_run(start: Start) -> None:
    worker = start(step_s=0.01)
    worker.load(arm(new_tokens=40))
    worker.send(WarmUp())
    before, _ = worker.until(WarmedUp)
    batches = [b for b in before if isinstance(b, Steps)]
    assert len(batches) >= 3
    assert sum(1 + len(b.delta_ns) for b in batches) == 41


def test_calls_are_numbered_over_windows_and_anew_for_the_next_arm(start: Start) -> None:
    worker = start()
    for number in range(2):
        worker.load(arm(), number)
        worker.until(Resident)
        worker.send(Measure(1, 0.0))
        worker.send(Measure(2, 0.0))
        one, two = worker.until(Measured)[1], worker.until(Measured)[1]
        assert (one.first_call, one.calls, two.first_call, two.calls) == (0, 1, 1, 1)


def test_a_window_of_another_length_has_its_own_tokens(start: Start) -> None:
    worker = start()
    worker.load(arm())
    worker.send(Measure(1, 0.0, 5))
    before, measured = worker.until(Measured)
    assert measured.tokens == measured.tokens_expected == 2 * 5
    assert sum(1 + len(b.delta_ns) for b in before if isinstance(b, Steps)) == 6


def test_it_tells_outliers_bytes_and_a_profile(start: Start) -> None:
    worker = start(step_s=0.004)
    worker.load(arm(), number=2)
    resident = worker.until(Resident)[1]
    assert resident.outliers and resident.outliers.layers == 28
    assert (resident.step_weights_b, resident.step_cache_b) == (resident.weights_b - 2 * 4096 * 256, 2048)
    worker.send(Examine())
    examined = worker.until(Examined)[1]
    assert (examined.arm, examined.steps, examined.kernel_ms, examined.kernels) == (2, 6, 2.0, 200.0)


def test_a_closed_stdin_ends_the_process_in_the_middle_of_a_call(start: Start) -> None:
    worker = start(step_s=0.5)
    worker.load(arm(new_tokens=1000))
    worker.send(WarmUp())
    worker.until(Began)
    worker.hang_up()
    assert worker.exit_code() == 0


def test_ctrl_c_is_the_recorders_business(start: Start) -> None:
    worker = start()
    worker.ready()
    worker.process.send_signal(signal.SIGINT)
    check(run_arm(worker, arm()))


def test_hanging_in_a_window_says_nothing_more_but_hears_the_hang_up(start: Start) -> None:
    worker = start(fault="hang", at_window=2)
    worker.load(arm())
    worker.send(Measure(1, 0.0))
    worker.until(Measured)
    worker.send(Measure(2, 0.0))
    worker.until(Began)
    worker.hang_up()
    assert worker.reply() is None
    assert worker.exit_code() == 0


def test_dying_closes_the_pipe_without_a_word(start: Start) -> None:
    worker = start(fault="die")
    worker.load(arm())
    worker.send(Measure(1, 1.0))
    worker.until(Began)
    assert worker.reply() is None
    assert worker.exit_code() == 9


def test_short_reports_one_token_too_few_in_its_window_alone(start: Start) -> None:
    worker = start(fault="short", at_window=2)
    worker.load(arm())
    for window in (1, 2):
        worker.send(Measure(window, 0.1))
    one, two = worker.until(Measured)[1], worker.until(Measured)[1]
    assert one.tokens == one.tokens_expected
    assert two.tokens == two.tokens_expected - 1


@pytest.mark.parametrize("at_window", [0, 1])
def test_out_of_memory_is_one_plain_sentence_and_exit_code_1(start: Start, at_window: int) -> None:
    worker = start(fault="oom", at_window=at_window)
    worker.ready()
    worker.load(arm())
    if at_window:
        worker.send(Measure(1, 1.0))
    doing = "measuring window 1" if at_window else "loading synthetic:tiny as fp16"
    while not isinstance(said := worker.reply(), Failed):
        assert said is not None
    assert said.what == f"The GPU ran out of memory while {doing}."
    assert "nf4" in said.advice
    assert worker.reply() is None
    assert worker.exit_code() == 1
    assert "Traceback" in worker.stderr.read_text()


def test_garbage_is_a_line_that_is_no_message(start: Start) -> None:
    worker = start(fault="garbage")
    worker.load(arm())
    worker.until(Resident)
    worker.send(Measure(1, 0.0))
    worker.until(Began)
    assert worker.line() == "this is no JSON\n"
    worker.until(Measured)


def test_generating_before_loading_is_refused(start: Start) -> None:
    worker = start()
    worker.ready()
    worker.send(WarmUp())
    said = worker.reply()
    assert isinstance(said, Failed) and "before a model was loaded" in said.what


def test_control_characters_in_a_models_name_reach_nobody(start: Start) -> None:
    worker = start()
    worker.ready()
    worker.send(Load(arm(model="bad\x1b[31mname\r"), 0, "cpu", 0, 1))
    said = worker.reply()
    assert isinstance(said, Failed)
    assert (said.what + said.advice).isprintable()


def test_a_command_that_is_no_json_is_named(start: Start) -> None:
    worker = start()
    worker.ready()
    assert worker.process.stdin
    worker.process.stdin.write(b"\xff{nonsense\n")
    worker.process.stdin.flush()
    said = worker.reply()
    assert isinstance(said, Failed) and said.what == "A command from the recorder could not be read: not JSON."


def test_arms_that_are_kept_are_each_generated_with_and_counted_apart(start: Start) -> None:
    worker = start()
    for number, keep in ((3, False), (5, True)):
        worker.send(Load(arm(batch_size=number), number, "cpu", 0, 1, keep))
        assert worker.until(Resident)[1].arm == number
    seen: list[tuple[int, int, int]] = []
    for wanted in (3, 5, None, 3):
        worker.send(Measure(1, 0.0, arm=wanted))
        before, measured = worker.until(Measured)
        steps = next(b for b in before if isinstance(b, Steps))
        assert measured.tokens == measured.tokens_expected == steps.arm * 16
        seen.append((steps.arm, steps.call, measured.first_call))
    assert seen == [(3, 0, 0), (5, 0, 0), (5, 1, 1), (3, 1, 1)]


def test_an_arm_loaded_without_keep_drops_the_others(start: Start) -> None:
    worker = start()
    worker.load(arm(), 0)
    worker.load(arm(), 1)
    worker.send(WarmUp(arm=1))
    worker.until(WarmedUp)
    worker.send(WarmUp(arm=0))
    said = worker.reply()
    assert isinstance(said, Failed)
    assert said.what == "The worker was asked to generate with arm 0, which is not loaded."


def test_a_kept_arm_can_be_examined(start: Start) -> None:
    worker = start(step_s=0.004)
    for number, engine in enumerate(("eager", "graph")):
        worker.send(Load(arm(engine=engine), number, "cpu", 0, 1, keep=True))
        worker.until(Resident)
    figures = {}
    for number in (0, 1):
        worker.send(Examine(arm=number))
        examined = worker.until(Examined)[1]
        assert examined.arm == number
        figures[number] = (examined.launches, examined.step_ms, examined.waits)
    assert figures == {0: (200.0, 4.0, 2.0), 1: (1.0, 1.0, 0.0)}
