"""From a session's events to the rows of the store: the only place where a run's figures are made."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ecotui.core import run_parts
from ecotui.core.accountings import accountings, baselines_w, idle_power, per_1k
from ecotui.core.clock import NS
from ecotui.core.energies import Energies, energies
from ecotui.core.events import Window
from ecotui.core.facts import of_arm, of_board, of_session
from ecotui.core.latency import Latency, latency, paced
from ecotui.core.packed import made
from ecotui.core.rows import RunRow, WindowRow
from ecotui.core.tally import Tally, tally_of
from ecotui.core.timeline import Timeline
from ecotui.core.validity import GAP_LIMIT_MS, causes, conditions
from ecotui.core.watched import run_columns, window_columns

__all__ = [
    "GAP_LIMIT_MS",
    "idle_power",
    "netted",
    "per_1k",
    "run_id",
    "run_row",
    "stamps_of",
    "summarize",
    "window_row",
]

Columns = dict[str, Any]
NEAR_NS = 60 * NS
"""More than anything that weighs a window looks at beside its bracket; a day is not looked through for ten seconds."""
IDLE_BIT = 0x1
"""Clock event bit of a board that has nothing to do."""


def run_id(session: str, arm: int) -> str:
    """The run of an arm inside a session."""
    return f"{session}.{arm}"


def stamps_of(line: Timeline, window: Window) -> list[NDArray[np.int64]]:
    """Token stamps of the window's calls, one array a call, (1 + N,)."""
    numbers = range(window.first_call, window.first_call + window.calls)
    return [np.array(c.stamps, dtype=np.int64) for n in numbers if (c := line.calls.get((window.arm, n)))]


def window_row(line: Timeline, window: Window) -> WindowRow:
    """The figures of one window, from the raw events inside its bracket; of a thinned session as they were made."""
    if (known := line.settled.rows.get((window.arm, window.t0_ns))) is not None:
        return _settled_row(line, known, window.arm)
    if line.header is None or line.header.watched is None:
        return _window_row(line, window)
    row = _window_row(line.around(window.t0_ns, window.t1_ns), window)
    return replace(row, **window_columns(line, row))


def _settled_row(line: Timeline, known: WindowRow, arm: int) -> WindowRow:
    """A row whose raw events are gone, net of the baselines that are known by now."""
    if line.header is not None and line.header.watched is not None:
        return known
    told = 2 * len(line.spans) + (line.phase is None)  # a phase that ends may have been idle
    if line.settled.idle_w.get(arm, (None,))[0] != told:
        line.settled.idle_w[arm] = told, baselines_w(line, arm)
    return netted(known, line.settled.idle_w[arm][1])


def netted(row: WindowRow, idle_w: tuple[float | None, float | None]) -> WindowRow:
    """A window's row net of these baselines, context and bare: idle power that is watched later moves them."""
    return made(row.__dict__ | accountings(row.energy_gross_j, row.tokens or 0, row.window_s or 0.0, idle_w))


def _window_row(line: Timeline, window: Window) -> WindowRow:
    assert line.header is not None and line.plan is not None
    near = line.around(window.t0_ns, window.t1_ns, NEAR_NS)
    arm, weighed = line.arm(window.arm), energies(near, window.t0_ns, window.t1_ns)
    seen = conditions(line, window)
    why = causes(seen, weighed.chosen is not None, weighed.apart)
    seconds = (window.t1_ns - window.t0_ns) / NS
    joules, rows = weighed.chosen.joules if weighed.chosen else None, window.calls * arm.batch_size
    return WindowRow(
        run_id=run_id(line.header.session, window.arm),
        session_id=line.header.session,
        window=window.window,
        simulated=line.plan.simulated,
        started_at=line.tie.wall(window.t0_ns),
        t0_ns=window.t0_ns,
        t1_ns=window.t1_ns,
        window_s=seconds,
        calls=window.calls,
        tokens=window.tokens,
        tokens_expected=window.tokens_expected,
        new_tokens=arm.new_tokens if window.new_tokens is None else window.new_tokens,
        split=window.new_tokens is not None,
        block=window.block,
        throughput_tok_s=window.tokens / seconds,
        power_mean_w=None if joules is None else joules / seconds,
        **_weighed(weighed),
        **accountings(joules, window.tokens, seconds, baselines_w(line, window.arm)),
        energy_gross_j_per_request=None if joules is None or not rows else joules / rows,
        **_times(latency(stamps_of(line, window), arm.batch_size)),
        **_sensors(line, window.t0_ns, window.t1_ns),
        memory_peak_b=window.memory_peak_b,
        clock_event_reasons=seen.clock_event_reasons,
        throttle_ms=seen.throttle_ms,
        power_cap_ms=seen.power_cap_ms,
        reading_gap_max_ms=seen.reading_gap_max_ms,
        valid=not why,
        cause="; ".join(why) or None,
    )


def _weighed(it: Energies) -> Columns:
    """What the board's sources tell of a window's energy."""
    return {
        "energy_gross_j": it.chosen.joules if it.chosen else None,
        "energy_source": it.source,
        "energy_counter_j": it.counter.joules if it.counter else None,
        "energy_counter_doubt": it.doubt,
        "energy_integral_j": it.integral.joules if it.integral else None,
        "energy_integral_source": it.integral.source if it.integral else None,
        "energy_sources_diff_pct": it.diff_pct,
        "energy_edge_error_pct": it.chosen.edge_error_pct if it.chosen else None,
    }


def run_row(line: Timeline, arm: int, windows: Iterable[WindowRow] | Tally) -> RunRow:
    """The row of an arm, from the timeline and its windows; those that split prefill from decode enter no mean."""
    main = tally_of(windows)
    row = _run_row(line, arm, main)
    return replace(row, **run_columns(line, row, main)) if line.header and line.header.watched else row


def _run_row(line: Timeline, arm: int, main: Tally) -> RunRow:
    assert line.header is not None
    times = _paced(line, arm, main)
    return RunRow(
        run_id=run_id(line.header.session, arm),
        **of_session(line),
        **of_arm(line, arm),
        **of_board(line),
        **run_parts.idle(line, arm),
        **run_parts.totals(line, arm, main),
        **run_parts.checked(line, arm, main),
        **_times(times),
        **run_parts.split(main),
        **run_parts.bound(line, arm, main, times.tpot_ms),
        **run_parts.endured(line, main),
        **_quality(line, arm),
    )


def _paced(line: Timeline, arm: int, main: Tally) -> Latency:
    rows, gone = line.arm(arm).batch_size, line.settled.pace.get(arm)
    if main.pace is not None:
        return main.pace.latency(rows, thinned=gone is not None and gone.calls > 0)
    held = [w for w in line.windows[line.settled.windows :] if w.arm == arm and w.new_tokens is None]
    return paced(gone, [s for w in held for s in stamps_of(line, w)], rows)


def _quality(line: Timeline, arm: int) -> Columns:
    """How well the arm predicts, where that was asked for."""
    if line.plan is None or line.plan.quality is None:
        return {}
    from ecotui.core.quality_figures import columns  # which few sessions have any use for

    return columns(line, arm)


def summarize(line: Timeline) -> tuple[list[RunRow], list[WindowRow]]:
    """Every row of a session: its runs, one an arm, and their windows, those that split prefill from decode too."""
    assert line.plan is not None
    windows = [window_row(line, w) for w in line.windows]
    runs = []
    for number in range(len(line.plan.arms)):
        mine = run_id(line.header.session, number) if line.header else ""
        runs.append(run_row(line, number, [w for w in windows if w.run_id == mine]))
    return runs, windows


def _times(times: Latency) -> Columns:
    return {name: getattr(times, name) for name in Latency.__slots__}


def _sensors(line: Timeline, t0_ns: int, t1_ns: int) -> Columns:
    """What the readings inside a bracket say beside power."""
    at = line.readings.at_ns
    inside = (at > t0_ns) & (at <= t1_ns)
    there = {n: _finite(line.readings.column(n)[inside]) for n in ("temperature_c", "memory_used_b")}
    temperature, memory = there["temperature_c"], there["memory_used_b"]
    return {
        "temperature_start_c": float(temperature[0]) if len(temperature) else None,
        "temperature_end_c": float(temperature[-1]) if len(temperature) else None,
        "sm_clock_mean_mhz": _mean(line.readings.column("sm_clock_mhz")[inside]),
        "utilization_mean_pct": _mean(line.readings.column("utilization_pct")[inside]),
        "memory_used_peak_b": int(memory.max()) if len(memory) else None,
        "idle_readings_pct": _idle_pct(line.readings.column("clock_event_reasons")[inside]),
    }


def _idle_pct(reasons: NDArray[np.float64]) -> float | None:
    there = _finite(reasons).astype(np.int64)
    return 100 * float(np.count_nonzero(there & IDLE_BIT)) / len(there) if len(there) else None


def _finite(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return values[np.isfinite(values)]


def _mean(values: NDArray[np.float64]) -> float | None:
    there = _finite(values)
    return float(there.mean()) if len(there) else None
