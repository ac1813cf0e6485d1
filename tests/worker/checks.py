"""One arm through load, warm-up and a window, with everything that was said on the way."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from ecotui.core.arm import Arm
from ecotui.core.events import Resident, Steps
from ecotui.core.messages import Began, Measure, Measured, WarmedUp, WarmUp
from tests.worker.talk import Worker


@dataclass(frozen=True, slots=True)
class Heard:
    """What a worker said about one arm."""

    arm: Arm
    resident: Resident
    warmed: WarmedUp
    began: Began
    measured: Measured
    stamps: dict[int, list[int]]
    """Stamps of each call, in nanoseconds."""


def put_together(steps: list[Steps]) -> dict[int, list[int]]:
    """Stamps of each call, batches joined; a gap or an overlap between batches fails."""
    calls: dict[int, list[int]] = {}
    for batch in steps:
        stamps = calls.setdefault(batch.call, [])
        assert batch.first == len(stamps)
        stamps.append(batch.base_ns)
        for delta in batch.delta_ns:
            stamps.append(stamps[-1] + delta)
    return calls


def run_arm(worker: Worker, arm: Arm, number: int = 0, device: str = "cpu", seconds: float = 0.2) -> Heard:
    """Load, warm up, measure window 1."""
    worker.load(arm, number, device)
    _, resident = worker.until(Resident)
    worker.send(WarmUp())
    warming, warmed = worker.until(WarmedUp)
    assert isinstance(warming[0], Began) and warming[0].window is None
    worker.send(Measure(1, seconds))
    _, began = worker.until(Began)
    during, measured = worker.until(Measured)
    steps = [r for r in [*warming, *during] if isinstance(r, Steps)]
    assert {s.arm for s in steps} == {number}
    return Heard(arm, resident, warmed, began, measured, put_together(steps))


def check(heard: Heard) -> None:
    """What holds for every arm on every device."""
    arm, measured = heard.arm, heard.measured
    assert heard.began.window == measured.window == 1
    assert heard.began.at_ns == measured.t0_ns < measured.t1_ns
    assert measured.first_call == 1 and measured.calls >= 1
    assert measured.tokens == measured.tokens_expected == measured.calls * arm.batch_size * arm.new_tokens
    assert sorted(heard.stamps) == list(range(1 + measured.calls))
    for stamps in heard.stamps.values():
        assert len(stamps) == arm.new_tokens + 1
        assert all(a < b for a, b in pairwise(stamps))
    assert heard.warmed.seconds > 0
    assert measured.t0_ns <= heard.stamps[1][0] and heard.stamps[measured.calls][-1] <= measured.t1_ns
