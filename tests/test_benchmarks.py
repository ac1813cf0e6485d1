"""Benchmarks that take long say which part they are at, and keep stdout for their table."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks import accuracy, latency, redraw, store
from benchmarks.ending import TERMINATED
from benchmarks.lockstep import PREFILL, Turns, in_turns
from ecotui.core.clock import NS
from ecotui.log import read_timeline
from ecotui.recorder.launch import is_recorded
from ecotui.store.home import Home
from tests.core.simulate import inference_w, observe


def test_redraw_tells_each_part_on_stderr_before_it_is_measured(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    said: list[str] = []

    def part(size: tuple[int, int], seconds: float) -> redraw.Figures:
        said.append(capsys.readouterr().err)
        return 1.0, 2.0

    monkeypatch.setattr(redraw, "PARTS", dict.fromkeys(redraw.PARTS, part))
    monkeypatch.setattr(redraw, "missing", dict)
    redraw.main(5.0)
    assert said[:2] == ["80×24 · ticking clock · 5 s of it\n", "80×24 · btop · 5 s of it\n"]
    assert len(said) == len(redraw.SIZES) * len(redraw.PARTS) and all(said)
    assert "Cost of the screen over 5 s" in capsys.readouterr().out


class Line:
    """A terminal on which every answer comes at once."""

    bytes = 0

    def shown(self, seen: object, patience_s: float = 0.0) -> float:
        return 0.01

    until_seen = shown

    def settle(self, quiet_s: float) -> float:
        return 0.01

    def run(self, seconds: float) -> None: ...

    def type(self, keys: str) -> None: ...


@contextmanager
def line(*about: object, **more: object) -> Iterator[Line]:
    yield Line()


def test_latency_tells_each_part_and_each_row_on_stderr(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(latency, "Line", line)
    latency.main(3, "free")
    told = capsys.readouterr()
    assert told.err.splitlines()[:4] == [
        "80×24 · bare Textual",
        "80×24 · free · bare Textual: a word · 10 · 10 · – · – · –",
        "80×24 · free · a run begins",
        "80×24 · free · pause: a word · 10 · 10 · – · – · –",
    ]
    assert len(told.err.splitlines()) == 2 + len(latency.SIZES) * (1 + len(latency.KEYS))
    assert "80×24 · free · History: a screen · 10 · 10 · 20 · 20 · 20" in told.err
    assert "presses each" in told.out and "a run begins" not in told.out


def test_two_calls_in_turns_take_one_step_each_by_turns() -> None:
    import torch

    told: list[str] = []

    def call(name: str, steps: int) -> Callable[[Turns], object]:
        def run(turns: Turns) -> None:
            for _ in range(steps):
                told.append(name)
                turns(torch.zeros(2, 1), None)

        return run

    ours, bare = in_turns(call("ours", 5), call("bare", 5), lambda: None, min(os.sched_getaffinity(0)))
    assert told == ["ours", "bare"] * 5
    for spent in (ours, bare):
        assert len(spent.wall_ns) == len(spent.cpu_ns) == 5 - PREFILL
        assert all(0 <= cpu <= wall for wall, cpu in zip(*spent, strict=True))


def test_a_call_that_fails_in_turns_does_not_leave_the_other_waiting() -> None:
    import torch

    def broken(turns: Turns) -> None:
        raise ValueError("out of memory")

    def whole(turns: Turns) -> None:
        for _ in range(3):
            turns(torch.zeros(1, 1), None)

    with pytest.raises(RuntimeError, match="in turns"):
        in_turns(whole, broken, lambda: None, min(os.sched_getaffinity(0)))


def test_a_counter_of_which_a_log_has_one_tick_in_five_is_not_blamed_for_the_others() -> None:
    rng = np.random.default_rng(3)
    whole = observe(rng, inference_w(rng, 34.0, 2.0, 32.0, isolated=False))
    kept = slice(0, None, 5)
    thinned = replace(whole, tick_ns=whole.tick_ns[kept], tick_j=whole.tick_j[kept], half_ns=whole.half_ns[kept])
    assert accuracy.has_every_tick(whole) and not accuracy.has_every_tick(thinned)

    errors = accuracy.Errors()
    bracket = 5 * NS, 15 * NS
    accuracy.take(errors, 10, thinned, bracket, whole.true_j(*bracket), accuracy.BY_EVERY_TICK)
    assert set(accuracy.METHODS) - {name for name, _ in errors} == set(accuracy.BY_EVERY_TICK)


def test_the_store_tells_findings_with_the_time_to_gather_their_points(tmp_path: Path) -> None:
    home = Home(tmp_path)
    store.filled(home, store.LOOSE + 16)
    said = [row[0] for row in store._fits(home, 1)]
    assert said[:2] == ["points of all runs", "all findings of these points"]
    assert said[2].startswith("both, one after the other")


CUT = """
import sys
from benchmarks.line import Line

words = [sys.executable, "-m", "ecotui", "demo", "--windows", "1000", "--no-gate"]
with Line(words, 80, 24, {"ECOTUI_HOME": sys.argv[1]}) as line:
    line.shown(lambda text: "Plan" in text)
    line.run(1)
    line.type("r")
    line.shown(lambda text: "left about" in text)
    print("recording", flush=True)
    line.run(600)
"""


def test_a_benchmark_that_is_terminated_leaves_no_recorder(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", CUT, str(tmp_path)], stdout=subprocess.PIPE, text=True) as cut:
        try:
            assert cut.stdout is not None
            assert cut.stdout.readline() == "recording\n"
            (log,) = tmp_path.glob("sessions/*/log.jsonl")
            assert is_recorded(log)
            cut.terminate()
            assert cut.wait(60) == TERMINATED
        finally:
            cut.kill()
    assert not is_recorded(log)
    end = read_timeline(log).end
    assert end is not None and end.outcome == "stopped"
