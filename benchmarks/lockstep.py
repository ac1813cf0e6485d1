"""Two generate() calls that take turns, a decoding step each: what a streamer costs where the host's pace wanders.

A host whose pace wanders by a tenth from one call to the next says nothing about a hundredth, however often the calls
are repeated. Steps that follow one another directly on one core are alike: each of ours is held against the bare one
beside it. On a core each they are not, where one of the two is shared with somebody: the medians of calls then ranged
over 70 % instead of 5.
"""

from __future__ import annotations

import math
import os
import statistics
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import torch
from transformers import StoppingCriteria

PREFILL = 2
"""Turns at a call's begin that are no plain decoding step: the prefill, and the step that its stop check runs into."""


class Spent(NamedTuple):
    """What the decoding steps of a call took, nanoseconds, one each."""

    wall_ns: list[int]
    """The card's part included, and whatever else the host did meanwhile."""
    cpu_ns: list[int]
    """Of the thread that launches the kernels and waits for them: a crowded host takes none of it away."""


@dataclass
class Turns(StoppingCriteria):  # type: ignore[misc]  # transformers has no types
    """Stops nothing: at every step's end it hands over to the other call, and waits until that comes back."""

    synchronize: Callable[[], None]
    mine: threading.Semaphore
    other: threading.Semaphore
    alone: threading.Event
    """Set once either call is over: nobody hands back any more."""
    wall_ns: list[int] = field(default_factory=list)
    """How long each turn took."""
    cpu_ns: list[int] = field(default_factory=list)
    """What of it this call's thread worked."""
    began_ns: tuple[int, int] = (0, 0)

    def begin(self) -> None:
        """Wait for a turn."""
        if not self.alone.is_set():
            self.mine.acquire()
        self.began_ns = time.perf_counter_ns(), time.thread_time_ns()

    @property
    def spent(self) -> Spent:
        """The plain decoding steps."""
        return Spent(self.wall_ns[PREFILL:], self.cpu_ns[PREFILL:])

    def __call__(self, input_ids: torch.Tensor, scores: Any, **more: Any) -> torch.Tensor:
        """A step is over."""
        self.synchronize()
        wall_ns, cpu_ns = self.began_ns
        self.cpu_ns.append(time.thread_time_ns() - cpu_ns)
        self.wall_ns.append(time.perf_counter_ns() - wall_ns)
        self.other.release()
        self.begin()
        return torch.zeros(input_ids.shape[0], dtype=torch.bool, device=input_ids.device)


def in_turns(
    first: Callable[[Turns], object], second: Callable[[Turns], object], synchronize: Callable[[], None], core: int
) -> tuple[Spent, Spent]:
    """Both calls side by side on one core, never at the same time; the decoding steps of each.

    Raises:
        RuntimeError: a call failed.
    """
    one, two, alone = threading.Semaphore(1), threading.Semaphore(0), threading.Event()
    turns = Turns(synchronize, one, two, alone), Turns(synchronize, two, one, alone)
    failed: list[BaseException] = []

    def run(call: Callable[[Turns], object], its: Turns) -> None:
        try:
            os.sched_setaffinity(0, {core})
            with torch.inference_mode():
                its.begin()
                call(its)
        except BaseException as error:
            failed.append(error)
        finally:
            alone.set()
            its.other.release()

    threads = [threading.Thread(target=run, args=(call, its)) for call, its in zip((first, second), turns, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise RuntimeError("a call in turns failed") from failed[0]
    return turns[0].spent, turns[1].spent


def typical_log_ratio(ours_ns: list[int], bare_ns: list[int]) -> float:
    """The median of one step of ours against the bare one of the same round, as a logarithm; of time."""
    return statistics.median(math.log(a / b) for a, b in zip(ours_ns, bare_ns, strict=True))
