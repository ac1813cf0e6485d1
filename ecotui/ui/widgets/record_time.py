"""Where a run's time went, what its memory came to, and the proof of its 8-bit path."""

from __future__ import annotations

from ecotui.core import units
from ecotui.core.forecast import OVERHEAD_B
from ecotui.core.rows import RunRow
from ecotui.ui.widgets.record_facts import Fact, number, said

NOT_EXERCISED = "not exercised"


def time(row: RunRow) -> list[Fact]:
    """Latencies and rates, what a decoding step asked for, and what bounds it."""
    return [
        ("bound", bound(row)),
        ("throughput", number(row.throughput_tok_s, "tok/s, prefill included")),
        ("decode", number(row.decode_tok_s, "tok/s")),
        ("end to end", number(row.e2e_tok_s, "tok/s")),
        ("TTFT · TPOT", f"{number(row.ttft_ms, 'ms')} · {number(row.tpot_ms, 'ms')}"),
        ("ITL p50 · p99", f"{number(row.itl_p50_ms, 'ms')} · {number(row.itl_p99_ms, 'ms')}"),
        ("GPU busy", f"{units.percent(row.gpu_busy_pct, 0)} of a step, {number(row.kernel_ms, 'ms of kernels')}"),
        ("a step", f"{units.number(row.kernels_per_step, 0)} kernels, {units.number(row.waits_per_step, 0)} waits"),
        ("bandwidth", _bandwidth(row)),
        ("compute", f"{units.percent(row.compute_share_pct)} of the board's peak"),
        ("utilization", f"{units.percent(row.utilization_mean_pct)} by the board's own word"),
        ("idle readings", units.percent(row.idle_readings_pct)),
        ("temperature", _temperature(row)),
        ("SM clock", number(row.sm_clock_mean_mhz, "MHz", 0)),
    ]


def bound(row: RunRow) -> str:
    """The verdict in capitals, with its reason."""
    reason = units.clean(row.bound_reason or "")
    if not row.bound:
        return f"{units.ABSENT} {reason}".strip()
    return f"{units.clean(row.bound).upper()}{f': {reason}' if reason else ''}"


def _bandwidth(row: RunRow) -> str:
    peak = f"{units.percent(row.bandwidth_share_pct)} of {number(row.peak_bandwidth_gb_s, 'GB/s', 0)}"
    return f"{number(row.bandwidth_gb_s, 'GB/s', 0)}, {peak}"


def _temperature(row: RunRow) -> str:
    ends = (row.temperature_start_c, row.temperature_end_c, row.temperature_max_c)
    start, end, most = (units.number(value, 0) for value in ends)
    return f"{start} to {end} °C, at most {most}"


def memory(row: RunRow) -> list[Fact]:
    """The forecast beside the peaks, and which layers hold 8-bit weights."""
    free = f" of {units.gigabytes(row.memory_free_b)} free" if row.memory_free_b is not None else ""
    return [
        ("forecast", f"{units.gigabytes(row.memory_forecast_b)}{free}"),
        ("peak, torch", f"{units.gigabytes(row.memory_peak_b)}{_missed(row)}"),
        ("peak, board", units.gigabytes(row.memory_used_peak_b)),
        ("Linear8bitLt", number(row.int8_layers, "layers", 0)),
        ("threshold", number(row.llm_int8_threshold, "(LLM.int8 outliers)", 1)),
        ("outliers", said(row.outlier_recipe)),
        ("columns >= 6", _columns(row)),
        ("decomposition", decomposition(row)),
    ]


def _missed(row: RunRow) -> str:
    """How far the forecast, without what lies outside the allocator, was off the peak that torch counted."""
    if row.blocks:  # the allocator does not tell whose bytes they are
        return ", of all arms that were resident"
    if not row.memory_forecast_b or not row.memory_peak_b:
        return ""
    off = 100 * ((row.memory_forecast_b - OVERHEAD_B) / row.memory_peak_b - 1)
    return f", the forecast of it {units.difference(off)} off"


def _columns(row: RunRow) -> str:
    decode, prefill = units.number(row.outlier_columns_decode), units.number(row.outlier_columns_prefill)
    return f"{decode} a layer decoding, {prefill} in the prefill"


def decomposition(row: RunRow) -> str:
    """Whether LLM.int8 kept any column apart."""
    if row.decomposition == NOT_EXERCISED:
        return "▲ decomposition not exercised"
    return f"✔ {row.decomposition}" if row.decomposition == "exercised" else said(row.decomposition)
