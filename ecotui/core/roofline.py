"""Where a decoding step's time goes: waiting for the host, reading memory, or computing.

A step reads all weights but the input embedding, and the keys and values of B rows: at least
(weights + B·context·cache)/peak bandwidth long it must take (Williams, Waterman, Patterson 2009).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ecotui.core.arm import Arm
from ecotui.core.events import Resident

HOST_BANDWIDTH_PCT = 35.0
HOST_BUSY_PCT = 80.0
"""Below both, the host is what a step waits for."""
HOST_IDLE_PCT = 5.0
"""So is it where the board calls itself idle in more of its readings."""
BITS16_B = 2
"""Bytes of a weight of the input embedding, which stays in 16 bits."""
PLAIN = frozenset({"nvidia", "tesla", "geforce", "quadro", "gpu", "graphics", "generation"})
"""Words of a board's name that tell nothing about its speed."""


@dataclass(frozen=True, slots=True)
class Peak:
    """Published peaks of a board."""

    board: str
    bandwidth_gb_s: float
    fp16_tflops: float | None
    """Dense 16-bit tensor operations with 32-bit sums."""
    source: str


@dataclass(frozen=True, slots=True)
class Achieved:
    """What a decoding step achieved; None where a part of it is unknown."""

    bandwidth_gb_s: float | None = None
    bandwidth_share_pct: float | None = None
    compute_share_pct: float | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What bounds a run; None, with what is missing as the reason."""

    bound: str | None
    """ "host-bound", "memory-bound" or "compute-bound"."""
    reason: str | None


def peak_of(gpu_name: str | None) -> Peak | None:
    """The peaks of the board of NVML's name; None where the table does not have it.

    An entry fits where the name holds all of its words and no other that could tell another board (Ti, Laptop, MIG);
    of several the one with most words counts.
    """
    name = _words(gpu_name or "")
    fitting = [(len(words), peak) for words, peak in _table() if words <= name and name - words <= PLAIN]
    return max(fitting, key=lambda it: it[0])[1] if fitting else None


def step_bytes(arm: Arm, resident: Resident) -> float | None:
    """Bytes that a mean decoding step reads: step_weights_b + B·(P + N/2)·step_cache_b."""
    if resident.step_weights_b is None or resident.step_cache_b is None:
        return None
    context = arm.prompt_tokens + arm.new_tokens / 2
    return resident.step_weights_b + arm.batch_size * context * resident.step_cache_b


def step_flops(arm: Arm, resident: Resident) -> float | None:
    """Operations of a decoding step, 2·B·weights; the weights are all but the input embedding, where that is apart."""
    if resident.step_weights_b is None:
        return None
    embedding = (resident.weights_b - resident.step_weights_b) / BITS16_B
    return 2 * arm.batch_size * (resident.parameters - max(embedding, 0.0))


def achieved(
    read_b: float | None,
    flops: float | None,
    tpot_ms: float | None,
    peak_gb_s: float | None,
    peak_tflops: float | None,
) -> Achieved:
    """Bandwidth and shares of both peaks of a step that reads `read_b` bytes and takes `tpot_ms`."""
    if not tpot_ms:
        return Achieved()
    bandwidth = None if read_b is None else read_b / tpot_ms / 1e6
    return Achieved(
        bandwidth,
        None if bandwidth is None or not peak_gb_s else 100 * bandwidth / peak_gb_s,
        None if flops is None or not peak_tflops else 100 * flops / tpot_ms / 1e9 / peak_tflops,
    )


def verdict(
    shares: Achieved,
    *,
    busy_pct: float | None,
    utilization_pct: float | None = None,
    idle_readings_pct: float | None = None,
    waits: float | None = None,
) -> Verdict:
    """What bounds a decoding step, and why.

    Host-bound: under 35 % of the peak bandwidth and busy for under 80 %, or idle in over 5 % of the readings; else the
    higher share decides. busy_pct is the profiler's; without one NVML's utilization stands in and is called that.
    """
    busy = utilization_pct if busy_pct is None else busy_pct
    working = None if busy is None else _working(busy, busy_pct is None)
    share, compute = shares.bandwidth_share_pct, shares.compute_share_pct
    if idle_readings_pct is not None and idle_readings_pct > HOST_IDLE_PCT:
        return Verdict("host-bound", f"the board called itself idle in {idle_readings_pct:.0f} % of the readings")
    if share is None:
        return Verdict(None, _unknown(shares, working))
    reads = f"memory is read at {_pct(share)} of its peak"
    if share < HOST_BANDWIDTH_PCT and working is None:
        return Verdict(None, f"{reads}; without a profile it cannot be told what the rest of a step waits for")
    if share < HOST_BANDWIDTH_PCT and busy is not None and busy < HOST_BUSY_PCT:
        waiting = f", and the host waits for it {waits:.0f} times a step" if waits else ""
        return Verdict("host-bound", f"{working} and {reads}{waiting}")
    if compute is None and share < HOST_BANDWIDTH_PCT:
        return Verdict(None, f"{working} and {reads}; the board's peak of computing is not known")
    computes = None if compute is None else f"computing runs at {_pct(compute)} of its peak"
    told = [part for part in (working, reads, computes) if part]
    return Verdict("compute-bound" if compute is not None and compute > share else "memory-bound", ", ".join(told))


def _working(busy: float, stands_in: bool) -> str:
    return f"NVML's utilization is {_pct(busy)}" if stands_in else f"the GPU works for {_pct(busy)} of a step"


def _pct(value: float) -> str:
    return f"{value:.0f} %" if value >= 1 else "under 1 %"


def _unknown(shares: Achieved, working: str | None) -> str:
    if shares.bandwidth_gb_s is None:
        what = "how many bytes a step reads is not known"
    else:
        what = "the board's peak memory bandwidth is not known (--peak-bandwidth tells it)"
    return f"{what}; {working}" if working else what


def _words(name: str) -> frozenset[str]:
    return frozenset(re.findall(r"[a-z0-9]+", name.lower()))


@cache
def _table() -> tuple[tuple[frozenset[str], Peak], ...]:
    raw = json.loads(Path(__file__).with_name("boards.json").read_text(encoding="utf-8"))
    return tuple((_words(it["board"]), Peak(**(it | {"bandwidth_gb_s": float(it["bandwidth_gb_s"])}))) for it in raw)
