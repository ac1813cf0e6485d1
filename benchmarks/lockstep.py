"""Two generate() calls that take turns, a decoding step each: what a streamer costs where the host's pace wanders.

A host whose pace wanders by a tenth from one call to the next says nothing about a hundredth, however often the calls
are repeated. Steps that follow one another directly are alike: each of ours is held against the bare one beside it.
"""

from __future__ import annotations

import math
import statistics
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from transformers import StoppingCriteria

PREFILL = 2
"""Turns at a call's begin that are no plain decoding step: the prefill, and the step that its stop check runs into."""


@dataclass
class Turns(StoppingCriteria):  # type: ignore[misc]  # transformers has no types
    """Stops nothing: at every step's end it hands over to the other call, and waits until that comes back."""

    synchronize: Callable[[], None]
    mine: threading.Semaphore
    other: threading.Semaphore
    alone: threading.Event
    """Set once either call is over: nobody hands back any more."""
    steps_ns: list[int] = field(default_factory=list)
    """How long each turn took, the card's part included."""
    began_ns: int = 0

    def begin(self) -> None:
        """Wait for a turn."""
        if not self.alone.is_set():
            self.mine.acquire()
        self.began_ns = time.perf_counter_ns()

    def __call__(self, input_ids: torch.Tensor, scores: Any, **more: Any) -> torch.Tensor:
        """A step is over."""
        self.synchronize()
        self.steps_ns.append(time.perf_counter_ns() - self.began_ns)
        self.other.release()
        self.begin()
        return torch.zeros(input_ids.shape[0], dtype=torch.bool, device=input_ids.device)


def in_turns(
    first: Callable[[Turns], object], second: Callable[[Turns], object], synchronize: Callable[[], None]
) -> tuple[list[int], list[int]]:
    """Both calls side by side in this process, never at the same time; the decoding steps of each, nanoseconds.

    Raises:
        RuntimeError: a call failed.
    """
    one, two, alone = threading.Semaphore(1), threading.Semaphore(0), threading.Event()
    turns = Turns(synchronize, one, two, alone), Turns(synchronize, two, one, alone)
    failed: list[BaseException] = []

    def run(call: Callable[[Turns], object], its: Turns) -> None:
        try:
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
    return turns[0].steps_ns[PREFILL:], turns[1].steps_ns[PREFILL:]


def typical_log_ratio(ours_ns: list[int], bare_ns: list[int]) -> float:
    """The median of one step of ours against the bare one of the same round, as a logarithm; of time."""
    return statistics.median(math.log(a / b) for a, b in zip(ours_ns, bare_ns, strict=True))
