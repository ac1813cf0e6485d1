"""The figures in which runs are compared: what each is called, and which way is better."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields

from ecotui.core.rows import RunRow

UNITS = {f.name: f.metadata["unit"] for f in fields(RunRow)}


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of every run that is compared."""

    name: str
    """The column in `ecotui.core.rows`."""
    label: str
    """For people; a net figure's label names its baseline."""
    unit: str
    better: str | None
    """ "lower" or "higher"; None where neither is."""
    values: tuple[float | None, ...]
    """One a run, in the unit; None where it is missing."""
    differences_pct: tuple[float | None, ...]
    """100 · (value / baseline's − 1); None for the baseline and wherever that says nothing."""


@dataclass(frozen=True, slots=True)
class Word:
    """A fact of every run that is compared, in words."""

    name: str
    """The column in `ecotui.core.rows`."""
    label: str
    values: tuple[str | None, ...]
    """One a run; None where it is missing."""


WORDS = (("energy_source", "energy source"), ("bound", "bound"))
LABELS: tuple[tuple[str, str, str | None], ...] = (
    ("throughput_tok_s", "throughput", "higher"),
    ("power_mean_w", "power", None),
    ("energy_gross_j_per_1k_tokens", "gross, per 1k tokens", "lower"),
    ("energy_net_context_j_per_1k_tokens", "net of context idle, per 1k tokens", "lower"),
    ("energy_net_bare_j_per_1k_tokens", "net of bare idle, per 1k tokens", "lower"),
    ("energy_gross_j_per_request", "gross, per request", "lower"),
    ("prefill_energy_j", "gross, a request's prefill", "lower"),
    ("decode_energy_j_per_token", "gross, a decoded token", "lower"),
    ("energy_sources_diff_pct", "counter against integral", None),
    ("idle_context_w", "idle, context", None),
    ("idle_bare_w", "idle, bare", None),
    ("decode_tok_s", "throughput of decoding", "higher"),
    ("ttft_ms", "time to first token", "lower"),
    ("tpot_ms", "time per output token", "lower"),
    ("itl_p99_ms", "inter-token latency, p99", "lower"),
    ("gpu_busy_pct", "share of a step in which the GPU worked", None),
    ("bandwidth_share_pct", "share of peak memory bandwidth", None),
    ("launches_per_step", "launches a step", None),
    ("launch_share_pct", "share of a step that launching takes", None),
    ("throughput_cv_pct", "variation of throughput", "lower"),
    ("power_cv_pct", "variation of power", "lower"),
    ("energy_edge_error_pct", "energy at the edges, ±", "lower"),
    ("temperature_max_c", "temperature, highest", None),
    ("sm_clock_mean_mhz", "SM clock", None),
    ("utilization_mean_pct", "utilization", None),
    ("memory_used_peak_b", "memory, most in use", "lower"),
    ("windows", "windows", None),
)
SIGNED = "energy_sources_diff_pct"
NO_RATIO = frozenset({"temperature_max_c", SIGNED, "throughput_cv_pct", "power_cv_pct", "energy_edge_error_pct"})
"""The zero of degrees Celsius is no zero, a difference has a sign, and a small error may well be twenty times another:
"10 % more" of them means nothing.
"""


def figures(runs: Sequence[RunRow], comparable: bool) -> tuple[Figure, ...]:
    """Every figure of the runs; without differences where they are not comparable."""
    out = []
    for name, label, better in LABELS:
        values = tuple(getattr(run, name) for run in runs)
        say = comparable and name not in NO_RATIO
        differences = tuple(difference_pct(v, values[0]) if say and i else None for i, v in enumerate(values))
        out.append(Figure(name, label, UNITS[name], better, values, differences))
    return tuple(out)


def words(runs: Sequence[RunRow]) -> tuple[Word, ...]:
    """Where the joules come from, and what the speed is bound by."""
    return tuple(Word(name, label, tuple(getattr(run, name) for run in runs)) for name, label in WORDS)


def difference_pct(value: float | None, baseline: float | None) -> float | None:
    """100 · (value / baseline − 1); None where either is missing, or the baseline is not above 0."""
    if value is None or baseline is None or baseline <= 0:
        return None
    return 100 * (value / baseline - 1)


def break_even_idle_w(baseline: Sequence[RunRow], candidate: Sequence[RunRow]) -> float | None:
    """The idle power (W) at which both take the same net energy a token, each the mean of one run or of several.

    (E_B − E_A) / (τ_B − τ_A), with E the gross energy (J) and τ the time (s) of a token: subtracting more idle
    power than this turns the sign of the difference. None where a part is missing or both take the same time.
    """
    a, b = _token(baseline), _token(candidate)
    return None if a is None or b is None or a[1] == b[1] else (b[0] - a[0]) / (b[1] - a[1])


def _token(runs: Sequence[RunRow]) -> tuple[float, float] | None:
    """Gross energy (J) and time (s) of a token; None where a run lacks a part."""
    joules = [run.energy_gross_j_per_1k_tokens for run in runs]
    rates = [run.throughput_tok_s for run in runs]
    if not runs or None in joules or not all(rates):
        return None
    each = [j / 1000 for j in joules if j is not None], [1 / r for r in rates if r]
    return math.fsum(each[0]) / len(runs), math.fsum(each[1]) / len(runs)
