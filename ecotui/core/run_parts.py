"""The parts of a run's row that come from its windows and from what was watched around them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ecotui.core.accountings import accountings, bare_idle, baselines_w, context_idle, net_error
from ecotui.core.causes import by_cause
from ecotui.core.energies import sources_diff_pct
from ecotui.core.remarks import checks, gate_s, remarks, stability
from ecotui.core.roofline import Step, achieved, peak_of, step_bytes, step_flops, verdict
from ecotui.core.split import prefill_and_decode
from ecotui.core.tally import Tally
from ecotui.core.timeline import Timeline
from ecotui.core.validity import gained_ms, vitals_around

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
        "idle_context_before_s": context.before.seconds,
        "idle_context_before_sd_w": context.before.sd_w,
        "idle_context_after_w": context.after.power_w,
        "idle_context_after_s": context.after.seconds,
        "idle_context_after_sd_w": context.after.sd_w,
    }


def totals(line: Timeline, arm: int, windows: Tally) -> Columns:
    """Tokens, time and energy of all windows."""
    seconds, tokens, count = windows.seconds.total, windows.tokens, windows.count
    joules = windows.joules.total if windows.joules.there == count > 0 else None
    edge_pct = windows.most["energy_edge_error_pct"].value
    bare, context = (state.error_w for state in (bare_idle(line), context_idle(line, arm)))
    return {
        "windows": count,
        "windows_invalid": windows.invalid,
        "window_s": seconds / count if count else None,
        "tokens": tokens if count else None,
        "throughput_tok_s": tokens / seconds if seconds else None,
        "power_mean_w": joules / seconds if joules is not None and seconds else None,
        "energy_gross_j": joules,
        "energy_source": None if not count else "mixed" if len(windows.sources) > 1 else next(iter(windows.sources)),
        "energy_sources_diff_pct": sources_diff_pct(windows.counter.total, windows.integral.total),
        **accountings(joules, tokens, seconds, baselines_w(line, arm)),
        "energy_net_context_error_j_per_1k_tokens": net_error(joules, tokens, seconds, edge_pct, context),
        "energy_net_bare_error_j_per_1k_tokens": net_error(joules, tokens, seconds, edge_pct, bare),
        "energy_gross_j_per_request": windows.means["energy_gross_j_per_request"].mean,
    }


def checked(line: Timeline, arm: int, windows: Tally) -> Columns:
    """Whether the board had settled, and the checks afterwards."""
    gate, done = line.gate(arm), checks(windows)
    return {
        "stability": stability(line, arm, windows.count),
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


def split(windows: Tally) -> Columns:
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


def bound(line: Timeline, arm: int, windows: Tally, tpot_ms: float | None) -> Columns:
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
    idle_pct, utilization = (windows.means[n].mean for n in ("idle_readings_pct", "utilization_mean_pct"))
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


def endured(line: Timeline, windows: Tally) -> Columns:
    """What the board went through while measuring, and what that makes of the run."""
    first, last, at = windows.first, windows.last, windows.brackets
    around = vitals_around(line, int(at[0, 0]), int(at[-1, 1])) if first else []
    return {
        "temperature_start_c": first.temperature_start_c if first else None,
        "temperature_end_c": last.temperature_end_c if last else None,
        "temperature_max_c": _max_temperature(line, at) if first else None,
        "sm_clock_mean_mhz": windows.means["sm_clock_mean_mhz"].mean,
        "utilization_mean_pct": windows.means["utilization_mean_pct"].mean,
        "memory_used_peak_b": windows.most["memory_used_peak_b"].value,
        "memory_peak_b": windows.most["memory_peak_b"].value,
        "clock_event_reasons": windows.bits,
        "throttle_ms": gained_ms(around, "throttle_ns", at),
        "power_cap_ms": gained_ms(around, "power_cap_ns", at),
        "valid": not windows.invalid if first else None,
        "cause": by_cause(windows.causes),
    }


def _max_temperature(line: Timeline, brackets: NDArray[np.int64]) -> float | None:
    """Of an arm's own windows, brackets of shape (windows, 2): between them other arms may have run."""
    at, values = line.readings.at_ns, line.readings.column("temperature_c")
    place = np.searchsorted(brackets[:, 0], at) - 1
    inside = (place >= 0) & (at <= brackets[place, 1])
    return float(np.nanmax(values[inside])) if np.isfinite(values[inside]).any() else None
