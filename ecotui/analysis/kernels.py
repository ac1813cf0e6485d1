"""What a profiled decoding step was made of: launches, waits, gaps, and the kernels that took the device's time.

A row of the store holds the numbers; the kernels' names are in the session's log alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ecotui.core.events import Examined, Resident
from ecotui.core.timeline import Timeline


@dataclass(frozen=True, slots=True)
class Kernel:
    """One of the largest kernels of a step."""

    name: str
    """As the profiler has it: text from outside."""
    ms: float
    """Its time a step, all calls."""
    calls: float
    """How often it ran a step."""
    share_pct: float | None
    """Of the time in which any kernel ran."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the log has of an arm beside its row."""

    examined: Examined | None = None
    facts: dict[str, str] = field(default_factory=dict)
    """The loader's own words about the arm."""

    @property
    def kernels(self) -> tuple[Kernel, ...]:
        """The largest kernels, the largest first; none where the device has no profiler, or an older log none."""
        it = self.examined
        if it is None:
            return ()
        told = zip(it.kernel_names, it.kernel_top_ms, it.kernel_top_calls, strict=False)
        return tuple(Kernel(name, ms, calls, _share(ms, it.kernel_ms)) for name, ms, calls in told)


def evidence(line: Timeline, arm: int) -> Evidence:
    """The evidence of an arm from its session."""
    return evidence_of(line.residents.get(arm), line.examined.get(arm))


def evidence_of(resident: Resident | None, examined: Examined | None) -> Evidence:
    """The evidence that these two events make."""
    return Evidence(examined, dict(resident.facts) if resident else {})


def to_dict(found: Evidence) -> dict[str, Any] | None:
    """The evidence as JSON values, a step each; None where nothing was profiled."""
    it = found.examined
    if it is None:
        return None
    return {
        "steps": it.steps,
        "step_ms": it.step_ms,
        "kernel_ms": it.kernel_ms,
        "kernels_per_step": it.kernels,
        "launches_per_step": it.launches,
        "launch_us": it.launch_us,
        "waits_per_step": it.waits,
        "gap_ms": it.gap_ms,
        "gap_max_ms": it.gap_max_ms,
        "kernels": [
            {"name": k.name, "ms_per_step": k.ms, "calls_per_step": k.calls, "share_pct": k.share_pct}
            for k in found.kernels
        ],
    }


def engine_words(engine: str | None, facts: Mapping[str, str]) -> str:
    """How the engine ran, by the loader's own word: "graph, captured, static cache of 80 slots"; "" without one."""
    if engine is None:
        return ""
    captured = facts.get("captured", "")
    how = "captured" if captured == "yes" else captured.replace("no:", "not captured:", 1)
    slots = facts.get("cache_length")
    cache = f"{facts['cache']} cache{f' of {slots} slots' if slots else ''}" if "cache" in facts else ""
    told = ", ".join(part for part in (how, cache) if part)
    return f"{engine}, {told}" if told else engine


def _share(ms: float, kernel_ms: float | None) -> float | None:
    return 100 * ms / kernel_ms if kernel_ms else None
