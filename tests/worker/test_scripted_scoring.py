"""The scripted worker scores: the same messages as the real one's, figures made up, and its faults."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ecotui.core.messages import Failed, Load, Score, Scored
from ecotui.core.score_events import Decoded, Scores, Scoring, Task
from ecotui.core.scores import Scorings
from tests.worker.talk import Worker, arm

Start = Callable[..., Worker]
ASKED = Score([0, 1], 0, 64, 16, ["sliding", "blocks"], "prefill", "embedded")


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts scripted workers with two arms of a checkpoint loaded; ends them with the test."""
    started: list[Worker] = []

    def _start(model: str = "a/model", **script: Any) -> Worker:
        quick = {"load_s": 0.0, "score_s": 0.0} | script
        worker = Worker(tmp_path, "ecotui.worker.scripted", {"ECOTUI_SCRIPT": json.dumps(quick)})
        started.append(worker.__enter__())
        for number, label in enumerate(("fp16", "nf4")):
            worker.send(Load(arm(model, label), number, "cpu", 0, 1, keep=True))
        return worker

    yield _start
    for worker in started:
        worker.__exit__(None, None, None)


def told(worker: Worker, asked: Score) -> tuple[Scorings, list[Any], Scored]:
    """What a `Score` comes to, and the messages."""
    worker.send(asked)
    before, end = worker.until(Scored)
    sums, said = Scorings(), [m for m in before if isinstance(m, Scoring | Scores | Task)]
    for message in said:
        sums.add(message)
    return sums, said, end


def test_both_conventions_come_window_by_window_with_all_arms_in_each(start: Start) -> None:
    sums, said, end = told(start(), ASKED)
    assert list(sums.sums) == [(0, "sliding"), (1, "sliding"), (0, "blocks"), (1, "blocks")]
    assert all(s.whole and len(s.nll) == len(s.tokens) == 12 for s in sums.sums.values())
    assert [(m.arm, m.first) for m in said if isinstance(m, Scores)][:4] == [(0, 0), (1, 0), (0, 4), (1, 4)]
    nf4 = sums.sums[1, "blocks"]
    assert (nf4.head.against, nf4.head.compared_windows, sum(nf4.compared)) == (0, 12, 12 * 31)
    assert sum(nf4.nll) > sum(sums.sums[0, "blocks"].nll)
    assert not sums.sums[0, "blocks"].kl and not sums.sums[1, "sliding"].kl
    assert end.shelf_windows is None


def test_the_figures_are_the_same_every_time(start: Start) -> None:
    one, other = (told(start(), ASKED)[0].sums[1, "blocks"] for _ in range(2))
    assert (one.nll, one.kl, one.agreed) == (other.nll, other.kl, other.agreed)


def test_random_weights_are_scored_where_they_are_compared_alone(start: Start) -> None:
    sums = told(start("synthetic:tiny"), ASKED)[0].sums
    assert list(sums) == [(0, "blocks"), (1, "blocks")]
    assert sums[1, "blocks"].head.text == "random ids"


def test_an_arm_that_comes_later_is_compared_with_what_lies_on_the_shelf(start: Start, tmp_path: Path) -> None:
    worker, shelf = start(), tmp_path / "logits"
    assert not told(worker, replace(ASKED, arms=[1], shelf=str(shelf)))[0].sums[1, "blocks"].kl
    assert told(worker, replace(ASKED, arms=[0], shelf=str(shelf)))[2].shelf_windows == 12
    assert len(told(worker, replace(ASKED, arms=[1], shelf=str(shelf)))[0].sums[1, "blocks"].kl) == 12


def test_tasks_follow_the_text(start: Start) -> None:
    sums = told(start(), replace(ASKED, conventions=["blocks"], tasks=["mmlu", "arc"], task_limit=50))[0]
    assert [t.task for t in sums.tasks[1]] == ["mmlu", "arc"]
    assert all(0 < t.value < 1 and t.stderr and t.samples == 50 for t in sums.tasks[0])


def test_by_the_decoding_path_half_of_a_batchs_steps_are_told_of_too(start: Start) -> None:
    asked = replace(ASKED, conventions=["blocks"], path="decode")
    worker = start()
    worker.send(asked)
    said = [m for m in worker.until(Scored)[0] if isinstance(m, Decoded)]
    assert [(m.arm, m.first, m.windows, m.step) for m in said][:3] == [(0, 0, 4, 31), (1, 0, 4, 31), (0, 4, 4, 31)]


def test_a_fault_leaves_what_was_told_before_it(start: Start) -> None:
    worker = start(score_fault="oom", score_fault_at=4)
    worker.send(ASKED)
    said = []
    while not isinstance(reply := worker.reply(), Failed):
        said.append(reply)
    assert reply.what == "The GPU ran out of memory while scoring fp16, nf4."
    assert sum(isinstance(m, Scores) for m in said) == 3
    assert worker.exit_code() == 1


def test_an_arm_that_is_not_loaded_is_refused(start: Start) -> None:
    worker = start()
    worker.send(replace(ASKED, arms=[0, 7]))
    while not isinstance(reply := worker.reply(), Failed):
        pass
    assert "arm 7, which is not loaded" in reply.what
