"""A run in words: what was found, by which source, against which idle power, and what speaks against it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from ecotui.analysis import drift, gates, quality
from ecotui.analysis.alias import alias_words
from ecotui.analysis.sources import sums
from ecotui.core.forecast import OVERHEAD_B
from ecotui.core.remarks import TREND_WINDOWS
from ecotui.core.rows import RunRow, WindowRow
from ecotui.core.units import (
    ABSENT,
    chance,
    difference,
    duration,
    gigabytes,
    number,
    percent,
    significant,
    spread,
    watts,
    with_error,
)


def paragraphs(run: RunRow, windows: Sequence[WindowRow]) -> Iterator[str]:
    """The lines of a run, those left out that have nothing to tell."""
    parts: list[Callable[[], str]] = [
        lambda: _place(run),
        lambda: _pace(run),
        lambda: _tokens(run),
        lambda: _sources(run, windows),
        lambda: _capped(run),
        lambda: _idle(run),
        lambda: _stability(run),
        lambda: _spread(run),
        lambda: _quality(run),
        lambda: _remarks(run),
        lambda: alias_words(run),
        lambda: _bound(run),
        lambda: _split(run),
        lambda: _int8(run),
        lambda: _memory(run),
    ]
    return (line for part in parts if (line := part()))


def _place(run: RunRow) -> str:
    board = run.gpu_name or "no board"
    if run.is_watched:
        return f"on {board} · {run.watched_address or ABSENT}"
    board = f"{board} · {run.device} · torch {run.torch_version or ABSENT}"
    return f"on {board} · bitsandbytes {run.bitsandbytes_version or ABSENT}"


def _pace(run: RunRow) -> str:
    if not run.windows:
        return "" if run.quality_windows else "no window was measured"
    return (
        f"throughput {number(run.throughput_tok_s)} tok/s (decode {number(run.decode_tok_s)}) · "
        f"power {watts(run.power_mean_w)} · TTFT {number(run.ttft_ms)} ms · TPOT {number(run.tpot_ms, 2)} ms · "
        f"ITL p50 {number(run.itl_p50_ms, 2)}, p99 {number(run.itl_p99_ms, 2)} ms"
    )


def _tokens(run: RunRow) -> str:
    if not run.windows:
        return ""
    return (
        f"J a 1,000 tokens: gross {significant(run.energy_gross_j_per_1k_tokens)} · "
        f"net of context idle ({watts(run.idle_context_w)}) "
        f"{with_error(run.energy_net_context_j_per_1k_tokens, run.energy_net_context_error_j_per_1k_tokens)} · "
        f"net of bare idle ({watts(run.idle_bare_w)}) "
        f"{with_error(run.energy_net_bare_j_per_1k_tokens, run.energy_net_bare_error_j_per_1k_tokens)} · "
        f"edges ± {percent(run.energy_edge_error_pct, 2)} · source {run.energy_source or ABSENT}"
    )


def _sources(run: RunRow, windows: Sequence[WindowRow]) -> str:
    """Counter and integral over the windows that have both, and whether they agree."""
    it = sums(windows)
    kinds = sorted({w.energy_integral_source for w in windows if w.energy_integral_source})
    name = f"integral of power ({', '.join(kinds)})" if kinds else "integral of power"
    if it.counter_j is None and it.integral_j is None:
        return ""
    told = f"energy: counter {number(it.counter_j)} J · {name} {number(it.integral_j)} J"
    if not it.both:
        lacking = ("counter", it.counter_j), ("integral", it.integral_j)
        missing = [which for which, joules in lacking if joules is None]
        return f"{told} · no second source: {missing[0]} missing" if missing else f"{told} · no window has both"
    words = f"they DISAGREE in {it.apart} of {it.of} windows" if it.apart else "they agree"
    over = f" {it.over}" if it.over else ""
    return f"{told}{over} · {difference(run.energy_sources_diff_pct)}: {words}"


FAR_BELOW = 0.8
"""Of the power limit: a mean below it does not show why the board was held back."""


def _capped(run: RunRow) -> str:
    if not run.power_cap_ms:
        return ""
    held = f"at the power limit for at most {number(run.power_cap_ms, 0)} ms while measuring"
    mean, limit = run.power_mean_w, run.power_limit_w
    bursts = "; its mean is far below: bursts reach the limit" if mean and limit and mean < FAR_BELOW * limit else ""
    return f"{held}, by the board's own counter (limit {watts(limit)}{bursts})"


def _idle(run: RunRow) -> str:
    if run.idle_bare_w is None and run.idle_context_w is None:
        return ""
    bare = _state("bare", run.idle_bare_w, run.idle_bare_sd_w, run.idle_bare_s)
    return f"idle: {bare} · {_context(run)}"


def _context(run: RunRow) -> str:
    if run.idle_context_w is None or run.idle_context_before_w is None or run.idle_context_after_w is None:
        return _state("context", run.idle_context_w, run.idle_context_sd_w, run.idle_context_s)
    if run.idle_context_after_s is None:
        whole = _state("context", run.idle_context_w, run.idle_context_sd_w, run.idle_context_s)
        return f"{whole}, before {watts(run.idle_context_before_w)}, after {watts(run.idle_context_after_w)}"
    before = spread(run.idle_context_before_w, run.idle_context_before_sd_w, run.idle_context_before_s)
    after = spread(run.idle_context_after_w, run.idle_context_after_sd_w, run.idle_context_after_s)
    return f"context {watts(run.idle_context_w)}: before {before}, after {after}"


def _state(name: str, power_w: float | None, sd_w: float | None, seconds: float | None) -> str:
    if power_w is None:
        return f"{name} not measured"
    return f"{name} {watts(power_w)} (± {watts(sd_w)} over {duration(seconds)})"


def _stability(run: RunRow) -> str:
    if run.stability is None:
        return ""
    if run.stability_s is None:
        return f"stability: {run.stability}"
    words = "UNSTABLE, the gate had not passed" if run.stability == "UNSTABLE" else run.stability
    tau = "" if run.stability_tau_s is None else f"time constant {duration(run.stability_tau_s)} ({drift.HELD})"
    parts = (f"stability: {words} after {duration(run.stability_s)} of load", drift.still_to_come(run, 2), tau)
    return " · ".join(part for part in parts if part)


def _spread(run: RunRow) -> str:
    if not run.windows:
        return ""
    trend = "" if run.trend_p is None else f" · trend {chance(run.trend_p)}"
    if gates.too_few(run):
        trend = f" · trend – needs {TREND_WINDOWS} windows"
    return (
        f"over {run.windows} window{'s' * (run.windows > 1)}: CV of throughput {percent(run.throughput_cv_pct, 2)}, "
        f"power {percent(run.power_cv_pct, 2)}, energy {percent(run.energy_cv_pct, 2)} · "
        f"second half's power against the first {difference(run.power_halves_pct)}{trend}"
    )


def _quality(run: RunRow) -> str:
    """What the arm is worth; a server's is nobody's to score."""
    if run.is_watched or not run.windows:
        return ""
    return f"quality: {quality.line(run)}" if quality.measured(run) else quality.NOT_MEASURED


def _remarks(run: RunRow) -> str:
    return f"not passed: {run.remarks}" if run.remarks else ""


def _bound(run: RunRow) -> str:
    """Where the time of a step went."""
    shares = [
        ("GPU busy", run.gpu_busy_pct, ""),
        ("memory", run.bandwidth_share_pct, f" of {number(run.peak_bandwidth_gb_s, 0)} GB/s"),
        ("compute", run.compute_share_pct, " of the peak"),
    ]
    told = " · ".join(f"{name} {percent(value)}{of}" for name, value, of in shares if value is not None)
    verdict = run.bound or ("not told" if run.bound_reason else "")
    if not verdict and not told:
        return ""
    reason = f" ({run.bound_reason})" if run.bound_reason else ""
    return "where the time went: " + " · ".join(p for p in (f"{verdict}{reason}", told, _asked(run)) if p)


def _asked(run: RunRow) -> str:
    """What a step asks of device and host, as far as it was profiled."""
    parts = [
        (run.kernels_per_step, f"{number(run.kernels_per_step, 0)} kernels a step"),
        (
            run.launches_per_step,
            f"{number(run.launches_per_step, 0)} {'launch' if run.launches_per_step == 1 else 'launches'}",
        ),
        (run.launch_us, f"{number(run.launch_us)} µs each"),
        (run.launch_share_pct, f"{percent(run.launch_share_pct)} of a step"),
        (run.waits_per_step, f"{number(run.waits_per_step, 0)} waits"),
        (run.gap_ms, _gaps(run)),
    ]
    return ", ".join(text for value, text in parts if value is not None)


def _gaps(run: RunRow) -> str:
    """Their sum, a mean over the profiled steps, and the longest one of all steps, which may be more than that."""
    mean, longest = number(run.gap_ms, 2), number(run.gap_max_ms, 3)
    whole = f" of {number(run.gap_ms + run.kernel_ms, 2)}" if run.gap_ms is not None and run.kernel_ms else ""
    return f"gaps of {mean}{whole} ms a step under the profiler on the mean, the longest of any step {longest} ms"


def _split(run: RunRow) -> str:
    if run.prefill_energy_j is None and run.decode_energy_j_per_token is None:
        return ""
    return (
        f"gross energy apart: prefill {significant(run.prefill_energy_j)} ± {significant(run.prefill_energy_ci_j)} J "
        f"a request · decode {significant(run.decode_energy_j_per_token)} ± "
        f"{significant(run.decode_energy_ci_j_per_token)} J a token"
    )


def _int8(run: RunRow) -> str:
    """What shows that the 8-bit path ran as its name says."""
    columns = ""
    if run.outlier_columns_decode is not None:
        columns = (
            f"outlier columns a layer {number(run.outlier_columns_decode)} in a decoding step, "
            f"{number(run.outlier_columns_prefill)} in the prefill"
        )
    recipe = f"outlier channels: {run.outlier_recipe}" if run.outlier_recipe else ""
    if run.llm_int8_threshold is None:
        return ""
    layers = "" if run.int8_layers is None else f"{run.int8_layers} Linear8bitLt"
    done = f"decomposition {run.decomposition}" if run.decomposition else ""
    threshold = f"threshold {run.llm_int8_threshold:.1f}"
    return "INT8: " + " · ".join(part for part in (threshold, layers, columns, recipe, done) if part)


def _memory(run: RunRow) -> str:
    """What was forecast, and what it came to."""
    if run.memory_forecast_b is None:
        return ""
    free = f" of {gigabytes(run.memory_free_b)} free" if run.memory_free_b is not None else ""
    told = f"memory: forecast {gigabytes(run.memory_forecast_b)}{free}"
    if run.memory_peak_b is None:
        return f"{told} · peak not counted on this device"
    if run.blocks:  # the allocator does not tell whose bytes they are
        return f"{told} · allocator's peak {gigabytes(run.memory_peak_b)}, of all arms that were resident"
    allocated = run.memory_forecast_b - OVERHEAD_B
    off = difference(100 * (allocated / run.memory_peak_b - 1) if run.memory_peak_b else None)
    inside = f"{gigabytes(allocated)} of it in the allocator"
    return f"{told}, {inside} · allocator's peak {gigabytes(run.memory_peak_b)} (forecast {off} off)"
