"""Figures of decoding steps out of a trace of theirs, in Chrome's format as torch.profiler exports it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from ecotui.core.events import Examined
from ecotui.worker.engine import profiled
from ecotui.worker.failures import clean

TOP = 10
"""Kernels that are named."""
NAME = 120
"""Letters of a kernel's name: templates make them longer than a line."""
_WAITS = ("cudaStreamSynchronize", "cudaDeviceSynchronize", "cudaEventSynchronize", "cudaMemcpy", "cudaMemcpy2D")
"""Calls that return when the device has caught up; a copy without "Async" in its name is one."""
_LAUNCHES = ("cudaLaunchKernel", "cuLaunchKernel", "cudaLaunchCooperativeKernel", "cudaGraphLaunch", "cuGraphLaunch")
"""What the names of launching calls begin with."""
_CALLS = ("cuda_runtime", "cuda_driver")
_DEVICE = ("kernel", "gpu_memcpy", "gpu_memset")

Interval = tuple[float, float]
"""Start and duration, microseconds."""


def summarize(events: Iterable[dict[str, Any]], steps: int) -> Examined:
    """Figures a step; times in a trace are microseconds.

    The span goes from the first launch to the end of the last kernel, copy or wait. The profiler's own wait at its end
    is none, and neither is a look at an event, for which nothing waits.
    """
    known = [e for e in events if e.get("ph") == "X"]
    kernels = [e for e in known if e.get("cat") == "kernel"]
    if not kernels:
        return profiled(steps)
    calls = sorted((e for e in known if e.get("cat") in _CALLS), key=_start)
    waits = [e for e in calls if str(e["name"]).split("_v")[0] in _WAITS]
    if waits and waits[-1]["name"] == "cudaDeviceSynchronize":
        waits.pop()
    launches = [e for e in calls if str(e["name"]).startswith(_LAUNCHES)]
    busy = [_interval(e) for e in kernels]
    worked = [e for e in known if e.get("cat") in _DEVICE]
    spanned = [_interval(e) for e in (*launches, *waits, *worked)]
    begin, end = min(start for start, _ in spanned), max(start + length for start, length in spanned)
    gaps = gaps_us(busy, begin, end)
    names, top_ms, top_calls = _largest(kernels, steps)
    return profiled(
        steps,
        kernel_ms=union_us(busy) / 1000 / steps,
        kernels=len(kernels) / steps,
        waits=len(waits) / steps,
        launches=len(launches) / steps,
        step_ms=(end - begin) / 1000 / steps,
        gap_ms=sum(gaps) / 1000 / steps,
        gap_max_ms=max(gaps, default=0.0) / 1000,
        kernel_names=names,
        kernel_top_ms=top_ms,
        kernel_top_calls=top_calls,
    )


def union_us(intervals: Iterable[Interval]) -> float:
    """Time covered by (start, duration) intervals, what overlaps once."""
    total, until = 0.0, float("-inf")
    for start, duration in sorted(intervals):
        total += max(0.0, start + duration - max(start, until))
        until = max(until, start + duration)
    return total


def gaps_us(intervals: Iterable[Interval], begin: float, end: float) -> list[float]:
    """Lengths of what the intervals leave free between begin and end."""
    found, until = [], begin
    for start, duration in sorted(intervals):
        if start > until:
            found.append(start - until)
        until = max(until, start + duration)
    if end > until:
        found.append(end - until)
    return found


def _largest(kernels: Sequence[dict[str, Any]], steps: int) -> tuple[list[str], list[float], list[float]]:
    """Names, milliseconds a step and calls a step of those that took most time."""
    by_name: dict[str, list[float]] = defaultdict(list)
    for event in kernels:
        by_name[str(event["name"])].append(float(event["dur"]))
    largest = sorted(by_name.items(), key=lambda it: -sum(it[1]))[:TOP]
    return (
        [clean(name, NAME) for name, _ in largest],
        [sum(durations) / 1000 / steps for _, durations in largest],
        [len(durations) / steps for _, durations in largest],
    )


def _start(event: dict[str, Any]) -> float:
    return float(event["ts"])


def _interval(event: dict[str, Any]) -> Interval:
    return float(event["ts"]), float(event["dur"])
