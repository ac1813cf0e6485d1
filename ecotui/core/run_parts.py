"""The parts of a run's row that come from its windows and from what was watched around them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np

from ecotui.core.accountings import accountings, bare_idle, baselines_w, context_idle, net_error
from ecotui.core.energies import sources_diff_pct
from ecotui.core.remarks import checks, gate_s, remarks, stability
from ecotui.core.roofline import Step, achieved, peak_of, step_bytes, step_flops, verdict
from ecotui.core.rows import WindowRow
from ecotui.core.split import prefill_and_decode
from ecotui.core.statistics import mean
from ecotui.core.timeline import Timeline
from ecotui.core.validity import gained_ms, vitals_around

N = TypeVar("N", int, float)
Columns = dict[str, Any]


def idle(line: Timeline, arm: int) -> Columns:
    """Both baselines."""
    bare, context = bare_idle(line), context_idle(line, arm)
    return {
        "idle_bare_w": bare.power_w,
        "idle_bare_s": bare.seconds,
        "idle_bare_sd_w": bare.sd_w,
        "idle_context_w": context.both.power_w,
        "idle_context_s": context.both.seconds,
        "idle_context_sd_w": context.both.sd_w,
        "idle_context_before_w": context.before.power_w,
        "idle_context_after_w": context.after.power_w,
    }


def totals(line: Timeline, arm: int, windows: Sequence[WindowRow]) -> Columns:
    """Tokens, time and energy of all windows."""
    seconds, tokens = math.fsum(w.window_s or 0 for w in windows), sum(w.tokens or 0 for w in windows)
    joules = _whole([w.energy_gross_j for w in windows])
    sources = {w.energy_source for w in windows}
    edge_pct = checks(windows).edge_error_pct
    bare, context = (state.error_w for state in (bare_idle(line), context_idle(line, arm)))
    return {
        "windows": len(windows),
        "windows_invalid": sum(not w.valid for w in windows),
        "window_s": seconds / len(windows) if windows else None,
        "tokens": tokens if windows else None,
        "throughput_tok_s": tokens / seconds if seconds else None,
        "power_mean_w": joules / seconds if joules is not None and seconds else None,
        "energy_gross_j": joules,
        "energy_source": None if not windows else sources.pop() if len(sources) == 1 else "mixed",
        "energy_sources_diff_pct": _sources_diff_pct(windows),
        **accountings(joules, tokens, seconds, baselines_w(line, arm)),
        "energy_net_context_error_j_per_1k_tokens": net_error(joules, tokens, seconds, edge_pct, context),
        "energy_net_bare_error_j_per_1k_tokens": net_error(joules, tokens, seconds, edge_pct, bare),
        "energy_gross_j_per_request": mean([w.energy_gross_j_per_request for w in windows]),
    }


def checked(line: Timeline, arm: int, windows: Sequence[WindowRow]) -> Columns:
    """Whether the board had settled, and the checks afterwards."""
    gate, done = line.gate(arm), checks(windows)
    return {
        "stability": stability(line, arm, len(windows)),
        "stability_s": gate_s(line, arm),
        "stability_drift_pct": gate.drift_pct if gate else None,
        "stability_tau_s": gate.tau_s if gate else None,
        "energy_edge_error_pct": done.edge_error_pct,
        "throughput_cv_pct": done.throughput_cv_pct,
        "power_cv_pct": done.power_cv_pct,
        "energy_cv_pct": done.energy_cv_pct,
        "power_halves_pct": done.power_halves_pct,
        "trend_p": done.trend_p,
        "remarks": remarks(line, arm, windows, done, context_idle(line, arm)),
    }


def split(windows: Sequence[WindowRow]) -> Columns:
    """Prefill and decode apart, where there were windows of other output lengths."""
    fitted = prefill_and_decode(windows)
    if fitted is None:
        return {}
    return {
        "prefill_energy_j": fitted.at_zero,
        "prefill_energy_ci_j": fitted.at_zero_ci,
        "decode_energy_j_per_token": fitted.slope,
        "decode_energy_ci_j_per_token": fitted.slope_ci,
    }


def bound(line: Timeline, arm: int, windows: Sequence[WindowRow], tpot_ms: float | None) -> Columns:
    """Where the time of a decoding step went."""
    assert line.plan is not None
    plan, it, resident, profile = line.plan, line.arm(arm), line.residents.get(arm), line.examined.get(arm)
    # A simulated board has no peak but the one that the operator gives it.
    peak = None if plan.simulated or not line.board else peak_of(line.board.name)
    bandwidth = plan.peak_bandwidth_gb_s or (peak.bandwidth_gb_s if peak else None)
    kernel_ms = profile.kernel_ms if profile else None
    busy = min(100 * kernel_ms / tpot_ms, 100.0) if kernel_ms is not None and tpot_ms else None
    step = Step(tpot_ms, profile.launches, profile.launch_us, profile.waits) if profile else Step(tpot_ms)
    read_b, flops = (step_bytes(it, resident), step_flops(it, resident)) if resident else (None, None)
    shares = achieved(read_b, flops, tpot_ms, bandwidth, peak.fp16_tflops if peak else None)
    idle_pct = mean([w.idle_readings_pct for w in windows])
    utilization = mean([w.utilization_mean_pct for w in windows])
    found = verdict(shares, busy_pct=busy, utilization_pct=utilization, idle_readings_pct=idle_pct, step=step)
    return {
        "kernel_ms": kernel_ms,
        "kernels_per_step": profile.kernels if profile else None,
        "waits_per_step": step.waits,
        "launches_per_step": step.launches,
        "launch_us": step.launch_us,
        "launch_share_pct": step.launch_share_pct,
        "gap_ms": profile.gap_ms if profile else None,
        "gap_max_ms": profile.gap_max_ms if profile else None,
        "gpu_busy_pct": busy,
        "idle_readings_pct": idle_pct,
        "bandwidth_gb_s": shares.bandwidth_gb_s,
        "bandwidth_share_pct": shares.bandwidth_share_pct,
        "compute_share_pct": shares.compute_share_pct,
        "peak_bandwidth_gb_s": bandwidth,
        "bound": found.bound if tpot_ms else None,
        "bound_reason": found.reason if tpot_ms else None,
    }


def endured(line: Timeline, windows: Sequence[WindowRow]) -> Columns:
    """What the board went through while measuring, and what that makes of the run."""
    bits = [w.clock_event_reasons for w in windows if w.clock_event_reasons is not None]
    spans = [(w.t0_ns or 0, w.t1_ns or 0) for w in windows]
    around = vitals_around(line, spans[0][0], spans[-1][1]) if spans else []
    why = dict.fromkeys(w.cause for w in windows if w.cause)
    return {
        "temperature_start_c": windows[0].temperature_start_c if windows else None,
        "temperature_end_c": windows[-1].temperature_end_c if windows else None,
        "temperature_max_c": _max_temperature(line, spans),
        "sm_clock_mean_mhz": mean([w.sm_clock_mean_mhz for w in windows]),
        "utilization_mean_pct": mean([w.utilization_mean_pct for w in windows]),
        "memory_used_peak_b": _most([w.memory_used_peak_b for w in windows]),
        "memory_peak_b": _most([w.memory_peak_b for w in windows]),
        "clock_event_reasons": int(np.bitwise_or.reduce(bits)) if bits else None,
        "throttle_ms": gained_ms(around, "throttle_ns", *spans),
        "power_cap_ms": gained_ms(around, "power_cap_ns", *spans),
        "valid": all(w.valid for w in windows) if windows else None,
        "cause": "; ".join(why) or None,
    }


def _max_temperature(line: Timeline, spans: Sequence[tuple[int, int]]) -> float | None:
    """Of its own windows: between them other arms may have run."""
    at, values = line.readings.at_ns, line.readings.column("temperature_c")
    inside = (values[(at > t0) & (at <= t1)] for t0, t1 in spans)
    return max((float(np.nanmax(some)) for some in inside if np.isfinite(some).any()), default=None)


def _whole(values: Sequence[float | None]) -> float | None:
    """The sum; None where a part of it is missing."""
    there = [v for v in values if v is not None]
    return math.fsum(there) if there and len(there) == len(values) else None


def _sources_diff_pct(windows: Sequence[WindowRow]) -> float | None:
    """Counter against integral, over the windows that have both."""
    both = [(w.energy_counter_j, w.energy_integral_j) for w in windows]
    pairs = [(c, i) for c, i in both if c is not None and i is not None]
    return sources_diff_pct(math.fsum(c for c, _ in pairs), math.fsum(i for _, i in pairs))


def _most(values: Sequence[N | None]) -> N | None:
    return max((v for v in values if v is not None), default=None)
