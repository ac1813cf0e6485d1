"""From a session's events to the rows of the store: the only place where a run's figures are made."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ecotui.core.arm import quantization
from ecotui.core.clock import NS
from ecotui.core.events import Window
from ecotui.core.latency import latency
from ecotui.core.reading import INVALIDATING, reason_words
from ecotui.core.rows import RunRow, WindowRow
from ecotui.core.statistics import cv_pct, mean
from ecotui.core.timeline import Timeline
from ecotui.core.window import counter_energy, integral_energy

N = TypeVar("N", int, float)
GAP_LIMIT_MS = 300.0
"""A longer gap between readings spoils a window."""


def run_id(session: str, arm: int) -> str:
    """The run of an arm inside a session."""
    return f"{session}.{arm}"


def idle_power(line: Timeline, arm: int, state: str) -> tuple[float | None, float | None]:
    """Mean instant power and length (W, s) of an arm's idle phase `state` ("bare" or "context").

    `bare` is watched once a session, before the first worker, and holds for all of its arms.
    """
    spans = [
        s
        for s in line.spans
        if s.phase.name == state and s.end_ns is not None and (state == "bare" or s.phase.arm == arm)
    ]
    if not spans:
        return None, None
    at, power = line.readings.at_ns, line.readings.column("power_w")
    inside = np.zeros(len(at), dtype=bool)
    for span in spans:
        inside |= (at > span.phase.at_ns) & (at < (span.end_ns or 0))
    inside &= np.isfinite(power)
    seconds = sum((s.end_ns or 0) - s.phase.at_ns for s in spans) / NS
    return (float(power[inside].mean()), seconds) if inside.any() else (None, seconds)


def stamps_of(line: Timeline, window: Window) -> list[NDArray[np.int64]]:
    """Token stamps of the window's calls, one array a call, (1 + N,)."""
    numbers = range(window.first_call, window.first_call + window.calls)
    return [np.array(c.stamps, dtype=np.int64) for n in numbers if (c := line.calls.get((window.arm, n)))]


def window_row(line: Timeline, window: Window) -> WindowRow:
    """The figures of one window, from the raw events inside its bracket."""
    assert line.header is not None and line.plan is not None
    t0, t1 = window.t0_ns, window.t1_ns
    seconds = (t1 - t0) / NS
    at = line.readings.at_ns
    inside = (at > t0) & (at <= t1)
    ticks = line.ticks
    counter = counter_energy(
        ticks.at_ns, ticks.column("energy_j"), ticks.column("half_width_ns").astype(np.int64), t0, t1
    )
    integral = integral_energy(at, line.readings.column("power_w"), t0, t1)
    energy = counter or integral
    joules = energy.joules if energy else None
    bare, _ = idle_power(line, window.arm, "bare")
    context, _ = idle_power(line, window.arm, "context")
    times = latency(stamps_of(line, window))
    temperature = _finite(line.readings.column("temperature_c")[inside])
    reasons = _finite(line.readings.column("clock_event_reasons")[inside])
    bits = int(np.bitwise_or.reduce(reasons.astype(np.int64))) if len(reasons) else None
    gap = _longest_gap_ms(at, t0, t1)
    memory = _finite(line.readings.column("memory_used_b")[inside])
    rows = window.calls * line.arm(window.arm).batch_size
    row = WindowRow(
        run_id=run_id(line.header.session, window.arm),
        session_id=line.header.session,
        window=window.window,
        simulated=line.plan.simulated,
        started_at=line.tie.wall(t0),
        t0_ns=t0,
        t1_ns=t1,
        window_s=seconds,
        calls=window.calls,
        tokens=window.tokens,
        tokens_expected=window.tokens_expected,
        throughput_tok_s=window.tokens / seconds,
        power_mean_w=None if joules is None else joules / seconds,
        energy_gross_j=joules,
        energy_source=energy.source if energy else None,
        energy_counter_j=counter.joules if counter else None,
        energy_integral_j=integral.joules if integral else None,
        energy_edge_error_pct=100 * energy.edge_error_j / energy.joules if energy and energy.joules > 0 else None,
        energy_gross_j_per_1k_tokens=per_1k(joules, window.tokens, seconds, 0.0),
        energy_net_context_j_per_1k_tokens=per_1k(joules, window.tokens, seconds, context),
        energy_net_bare_j_per_1k_tokens=per_1k(joules, window.tokens, seconds, bare),
        energy_gross_j_per_request=None if joules is None or not rows else joules / rows,
        ttft_ms=times.ttft_ms,
        tpot_ms=times.tpot_ms,
        itl_p50_ms=times.itl_p50_ms,
        itl_p99_ms=times.itl_p99_ms,
        temperature_start_c=float(temperature[0]) if len(temperature) else None,
        temperature_end_c=float(temperature[-1]) if len(temperature) else None,
        sm_clock_mean_mhz=_mean(line.readings.column("sm_clock_mhz")[inside]),
        utilization_mean_pct=_mean(line.readings.column("utilization_pct")[inside]),
        memory_used_peak_b=int(memory.max()) if len(memory) else None,
        memory_peak_b=window.memory_peak_b,
        clock_event_reasons=bits,
        reading_gap_max_ms=gap,
    )
    causes = _causes(row, line.board.mig if line.board else False)
    return replace(row, valid=not causes, cause="; ".join(causes) or None)


def per_1k(joules: float | None, tokens: int, seconds: float, idle_w: float | None) -> float | None:
    """Joules a thousand tokens, less `idle_w` over the window; None where either is unknown."""
    if joules is None or idle_w is None or tokens == 0:
        return None
    return 1000 * (joules - idle_w * seconds) / tokens


def _causes(row: WindowRow, mig: bool) -> list[str]:
    causes = []
    if row.tokens != row.tokens_expected:
        causes.append(f"{row.tokens} tokens where {row.tokens_expected} were due")
    if row.reading_gap_max_ms is not None and row.reading_gap_max_ms > GAP_LIMIT_MS:
        causes.append(f"no reading for {row.reading_gap_max_ms:.0f} ms")
    if (bits := (row.clock_event_reasons or 0) & INVALIDATING) != 0:
        causes.append(", ".join(reason_words(bits)))
    if mig:
        causes.append("MIG is on: the counter is the whole card's")
    if row.energy_gross_j is None:
        causes.append("no power reading in the window")
    return causes


def _finite(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return values[np.isfinite(values)]


def _mean(values: NDArray[np.float64]) -> float | None:
    there = _finite(values)
    return float(there.mean()) if len(there) else None


def _longest_gap_ms(at: NDArray[np.int64], t0: int, t1: int) -> float | None:
    """Longest stretch without a reading that touches [t0, t1]; None without any reading."""
    if not len(at):
        return None
    first, last = int(np.searchsorted(at, t0)), int(np.searchsorted(at, t1, side="right"))
    around = [int(at[first - 1]) if first else t0, *at[first:last].tolist(), int(at[last]) if last < len(at) else t1]
    return max(int(b) - int(a) for a, b in pairwise(around)) / 1e6


def run_row(line: Timeline, arm: int, windows: Sequence[WindowRow]) -> RunRow:
    """The row of an arm, from the timeline and its windows' rows."""
    assert line.header is not None and line.plan is not None
    plan, header, board = line.plan, line.header, line.board
    it, resident, environment = plan.arms[arm], line.residents.get(arm), line.header.environment
    quant = quantization(it.quantization)
    bare, bare_s = idle_power(line, arm, "bare")
    context, context_s = idle_power(line, arm, "context")
    seconds = math.fsum(w.window_s or 0 for w in windows)
    tokens = sum(w.tokens or 0 for w in windows)
    joules = None if not windows or any(w.energy_gross_j is None for w in windows) else _sum(windows, "energy_gross_j")
    times = latency([s for w in line.windows_of(arm) for s in stamps_of(line, w)])
    sources = {w.energy_source for w in windows}
    causes = dict.fromkeys(w.cause for w in windows if w.cause)
    bits = [w.clock_event_reasons for w in windows if w.clock_event_reasons is not None]
    return RunRow(
        run_id=run_id(header.session, arm),
        session_id=header.session,
        simulated=plan.simulated,
        started_at=line.tie.wall(header.at_ns),
        outcome=line.end.outcome if line.end else "unfinished",
        reason=(line.end.reason if line.end else "the log has no end") or None,
        label=plan.label or None,
        model=it.model,
        weights=resident.weights if resident else None,
        quantization=it.quantization,
        llm_int8_threshold=quant.threshold,
        dtype=quant.dtype,
        engine=it.engine,
        batch_size=it.batch_size,
        prompt_tokens=it.prompt_tokens,
        new_tokens=it.new_tokens,
        parameters=resident.parameters if resident else None,
        weights_b=resident.weights_b if resident else None,
        load_s=resident.load_s if resident else None,
        device=plan.device,
        sensor=plan.sensor,
        gpu_name=board.name if board else None,
        gpu_uuid=board.uuid if board else None,
        gpu_index=board.index if board else None,
        power_limit_w=board.power_limit_w if board else None,
        driver_version=board.driver if board else None,
        host=environment.get("host"),
        python_version=environment.get("python"),
        ecotui_version=environment.get("ecotui"),
        torch_version=environment.get("torch"),
        transformers_version=environment.get("transformers"),
        bitsandbytes_version=environment.get("bitsandbytes"),
        idle_bare_w=bare,
        idle_bare_s=bare_s,
        idle_context_w=context,
        idle_context_s=context_s,
        warmups=plan.protocol.warmups,
        windows_planned=plan.protocol.windows,
        windows=len(windows),
        windows_invalid=sum(not w.valid for w in windows),
        window_s=seconds / len(windows) if windows else None,
        tokens=tokens if windows else None,
        throughput_tok_s=tokens / seconds if seconds else None,
        power_mean_w=joules / seconds if joules is not None and seconds else None,
        energy_gross_j=joules,
        energy_source=None if not windows else sources.pop() if len(sources) == 1 else "mixed",
        energy_edge_error_pct=_most([w.energy_edge_error_pct for w in windows]),
        energy_gross_j_per_1k_tokens=per_1k(joules, tokens, seconds, 0.0),
        energy_net_context_j_per_1k_tokens=per_1k(joules, tokens, seconds, context),
        energy_net_bare_j_per_1k_tokens=per_1k(joules, tokens, seconds, bare),
        energy_gross_j_per_request=mean([w.energy_gross_j_per_request for w in windows]),
        throughput_cv_pct=cv_pct([w.throughput_tok_s for w in windows]),
        power_cv_pct=cv_pct([w.power_mean_w for w in windows]),
        energy_cv_pct=cv_pct([w.energy_gross_j_per_1k_tokens for w in windows]),
        ttft_ms=times.ttft_ms,
        tpot_ms=times.tpot_ms,
        itl_p50_ms=times.itl_p50_ms,
        itl_p99_ms=times.itl_p99_ms,
        temperature_start_c=windows[0].temperature_start_c if windows else None,
        temperature_end_c=windows[-1].temperature_end_c if windows else None,
        temperature_max_c=_max_temperature(line, windows),
        sm_clock_mean_mhz=mean([w.sm_clock_mean_mhz for w in windows]),
        utilization_mean_pct=mean([w.utilization_mean_pct for w in windows]),
        memory_used_peak_b=max(
            (w.memory_used_peak_b for w in windows if w.memory_used_peak_b is not None), default=None
        ),
        memory_peak_b=max((w.memory_peak_b for w in windows if w.memory_peak_b is not None), default=None),
        clock_event_reasons=int(np.bitwise_or.reduce(bits)) if bits else None,
        valid=all(w.valid for w in windows) if windows else None,
        cause="; ".join(c for c in causes if c) or None,
    )


def _sum(windows: Sequence[WindowRow], name: str) -> float:
    return math.fsum(getattr(w, name) for w in windows)


def _most(values: Sequence[N | None]) -> N | None:
    return max((v for v in values if v is not None), default=None)


def _max_temperature(line: Timeline, windows: Sequence[WindowRow]) -> float | None:
    if not windows:
        return None
    at, values = line.readings.at_ns, line.readings.column("temperature_c")
    inside = (at > (windows[0].t0_ns or 0)) & (at <= (windows[-1].t1_ns or 0))
    there = _finite(values[inside])
    return float(there.max()) if len(there) else None


def summarize(line: Timeline) -> tuple[list[RunRow], list[WindowRow]]:
    """Every row of a session: its runs, one an arm, and their windows."""
    assert line.plan is not None
    windows = [window_row(line, w) for w in line.windows]
    runs = []
    for number in range(len(line.plan.arms)):
        mine = run_id(line.header.session, number) if line.header else ""
        runs.append(run_row(line, number, [w for w in windows if w.run_id == mine]))
    return runs, windows
