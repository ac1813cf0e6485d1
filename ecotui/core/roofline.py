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
HOST_LAUNCH_PCT = 50.0
"""And where launching alone takes this share of a step on a board that is not busy, whatever it reads meanwhile."""
FEW = 16
"""Launches and waits a step up to which the host cannot be what a step waits for: a replayed graph is one launch."""
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
class Step:
    """What a decoding step asks of the host; None where nobody has counted."""

    tpot_ms: float | None = None
    launches: float | None = None
    """Calls in which the host launched a kernel or a graph."""
    launch_us: float | None = None
    """What one of them costs it, without a profiler."""
    waits: float | None = None
    """Calls in which it waited for the device."""

    @property
    def launch_ms(self) -> float | None:
        """Time that the host spends on launching, launches · launch_us / 1000."""
        return None if self.launches is None or self.launch_us is None else self.launches * self.launch_us / 1000

    @property
    def launch_share_pct(self) -> float | None:
        """That time, of a step."""
        return None if self.launch_ms is None or not self.tpot_ms else 100 * self.launch_ms / self.tpot_ms

    @property
    def left_alone(self) -> bool:
        """Whether the host is known to ask so little of a step that nothing can wait for it."""
        return self.launch_ms is not None and max(self.launches or 0, self.waits or 0) <= FEW


@dataclass(frozen=True, slots=True)
class Verdict:
    """What bounds a run; None, with what is missing as the reason."""

    bound: str | None
    """ "host-bound", "memory-bound", "compute-bound", or "kernel-bound": the device works and is near neither peak."""
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
    step: Step | None = None,
) -> Verdict:
    """What bounds a decoding step, and why.

    Host-bound: idle in over 5 % of the readings; or busy for under 80 % and either under 35 % of the peak bandwidth or
    launching for half of the step. Launches that are known need no peak, and so few as a graph's never bound a step.
    Else the higher share decides, and where both are under 35 % it is the kernels themselves: dequantizing, waiting for
    one another. busy_pct is the profiler's; without one NVML's utilization stands in and is called
    that.
    """
    step, busy = step or Step(), utilization_pct if busy_pct is None else busy_pct
    working = None if busy is None else _working(busy, busy_pct is None)
    if idle_readings_pct is not None and idle_readings_pct > HOST_IDLE_PCT:
        return Verdict("host-bound", f"the board called itself idle in {idle_readings_pct:.0f} % of the readings")
    if (launching := _launching(step, shares.bandwidth_share_pct, busy, working)) is not None:
        return Verdict("host-bound", launching)
    if (share := shares.bandwidth_share_pct) is None:
        return Verdict(None, _unknown(shares, working))
    if share < HOST_BANDWIDTH_PCT and (busy is None or busy < HOST_BUSY_PCT):
        return _slow(step, _reads(share), working)
    return _roof(share, shares.compute_share_pct, working)


def _slow(step: Step, reads: str, working: str | None) -> Verdict:
    """What bounds a step that reads little while the device is not known to be busy."""
    if working is None:
        return Verdict(None, f"{reads}; without a profile it cannot be told what the rest of a step waits for")
    if step.left_alone:
        return Verdict(None, f"{working} and {reads}; {_few(step)}, so it does not wait for launches")
    return Verdict("host-bound", f"{working} and {reads}{_waiting(step)}")


def _roof(share: float, compute: float | None, working: str | None) -> Verdict:
    """Memory or computing, whichever share is the higher; the kernels themselves where both are low."""
    if compute is None and share < HOST_BANDWIDTH_PCT:
        return Verdict(None, f"{working} and {_reads(share)}; the board's peak of computing is not known")
    computes = None if compute is None else f"computing runs at {_pct(compute)} of its peak"
    told = [part for part in (working, _reads(share), computes) if part]
    if max(share, compute or 0.0) < HOST_BANDWIDTH_PCT:
        return Verdict("kernel-bound", f"{', '.join(told)}: the kernels come near neither")
    return Verdict("compute-bound" if compute is not None and compute > share else "memory-bound", ", ".join(told))


def _launching(step: Step, share: float | None, busy: float | None, working: str | None) -> str | None:
    """Why a step waits for the host's launches; None where it does not, or where they are not known."""
    launch_ms, launch_share = step.launch_ms, step.launch_share_pct
    if launch_ms is None or launch_share is None or step.left_alone or busy is None or busy >= HOST_BUSY_PCT:
        return None
    if share is not None and share >= HOST_BANDWIDTH_PCT and launch_share < HOST_LAUNCH_PCT:
        return None
    read = "" if share is None else f", {_reads(share)}"
    take = f"{step.launches:,.0f} launches a step at {step.launch_us:.1f} µs take {_ms(launch_ms)}"
    return f"{take} of {_ms(step.tpot_ms or 0.0)} ms, {working}{read}{_waiting(step)}"


def _ms(value: float) -> str:
    return f"{value:.1f}" if value >= 1 else f"{value:.2f}"


def _few(step: Step) -> str:
    return f"a step is {step.launches:,.0f} {'launch' if step.launches == 1 else 'launches'}"


def _waiting(step: Step) -> str:
    return f", and the host waits for it {step.waits:.0f} times a step" if step.waits else ""


def _reads(share: float) -> str:
    return f"memory is read at {_pct(share)} of its peak"


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
