"""What a decoding step asks of device and host: a few of them under torch's profiler, after the windows."""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from ecotui.core.events import Examined
from ecotui.worker.engine import profiled
from ecotui.worker.trace import summarize

STEPS = 6
"""Decoding steps that are profiled, where the arm has as many."""


class Span:
    """A streamer that profiles the last steps of one generate() call: from one stamp to another, nothing else.

    A step goes from the moment its predecessor's tokens are on the host to the moment its own are.
    """

    def __init__(self, new_tokens: int, steps: int, profiler: Any) -> None:
        self.steps = steps
        self._first, self._last = new_tokens - steps, new_tokens
        self._profiler = profiler
        self._stamp = 0
        self._running = False

    def put(self, _value: Any) -> None:
        """Stamp 0 is the prompt, stamp i the i-th token."""
        if self._stamp == self._first:
            self._start()
        elif self._stamp == self._last:
            self.end()
        self._stamp += 1

    def _start(self) -> None:
        if self._profiler is not None:
            self._profiler.start()
            self._running = True

    def end(self) -> None:
        """Stop, if that has not been done; also after a failure in the middle of a step."""
        if self._running:
            self._running = False
            self._profiler.stop()

    @property
    def complete(self) -> bool:
        """Whether every step went by."""
        return self._stamp > self._last


def steps_of(new_tokens: int) -> tuple[int, int]:
    """Tokens to generate and steps to profile for an arm of N tokens: one step runs before, where there are enough."""
    tokens = min(new_tokens, STEPS + 2)
    return tokens, max(1, tokens - 2)


def examine(generate: Callable[[Any, int], Any], new_tokens: int, device: torch.device) -> Examined:
    """Profile `generate(streamer, new_tokens)`. Figures are None where the profiler fails: it must not end a session
    whose windows are measured."""
    tokens, steps = steps_of(new_tokens)
    span = Span(tokens, steps, None)
    try:
        profiler = _profiler(device)
        span = Span(tokens, steps, profiler)
        try:
            generate(span, tokens)
        finally:
            span.end()
        return profiled(steps) if profiler is None else summarize(_trace(profiler), steps)
    except Exception as error:
        sys.stderr.write(f"The decoding steps were not profiled: {error!r}\n")
        return profiled(steps if span.complete else 0)


def _profiler(device: torch.device) -> Any:
    """A profiler of kernels and runtime calls; None where the device has none."""
    if device.type != "cuda":
        return None
    from torch.profiler import ProfilerActivity, profile

    # The first start of a process sets CUPTI up, which takes seconds: it must not happen between two steps.
    with profile(activities=[ProfilerActivity.CUDA]):
        torch.zeros(1, device=device).item()
    return profile(activities=[ProfilerActivity.CUDA])


def _trace(profiler: Any) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="ecotui-") as folder:
        path = Path(folder) / "trace.json"
        profiler.export_chrome_trace(str(path))
        events: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8", errors="replace"))["traceEvents"]
    return events


def typical_us(launch: Callable[[], Any], calls: int, repeats: int) -> float:
    """Median over repeats of what one call of `launch` takes on the host; microseconds.

    The device is idle when a repeat begins, and has room in its queue for all of it.
    """
    found = []
    for _ in range(repeats):
        torch.cuda.synchronize()
        began = time.perf_counter_ns()
        for _ in range(calls):
            launch()
        found.append((time.perf_counter_ns() - began) / 1000 / calls)
    torch.cuda.synchronize()
    return statistics.median(found)
