"""A run's joules: gross and net of each baseline by its name, and both sources side by side."""

from __future__ import annotations

from collections.abc import Sequence

from ecotui.analysis.sources import ACCURACY, agree, sums
from ecotui.core import units
from ecotui.core.rows import RunRow, WindowRow
from ecotui.ui.widgets.record_facts import Fact, number, said


def energy(row: RunRow, windows: Sequence[WindowRow] = ()) -> list[Fact]:
    """Energy of the whole board; nets name what they are net of."""
    return [
        ("gross", units.joules_per_1k(row.energy_gross_j_per_1k_tokens)),
        (
            "net of context",
            units.joules_per_1k(row.energy_net_context_j_per_1k_tokens, row.energy_net_context_error_j_per_1k_tokens),
        ),
        (
            "net of bare",
            units.joules_per_1k(row.energy_net_bare_j_per_1k_tokens, row.energy_net_bare_error_j_per_1k_tokens),
        ),
        ("power", f"{units.watts(row.power_mean_w)}, gross"),
        ("gross, request", number(row.energy_gross_j_per_request, "J")),
        *_split(row),
        *_sources(row, windows),
        ("edges", f"± {units.percent(row.energy_edge_error_pct, 2)} at most"),
        *([("accuracy", ACCURACY)] if row.sensor == "nvml" and not row.simulated else []),
    ]


def _split(row: RunRow) -> list[Fact]:
    if row.prefill_energy_j is None and row.decode_energy_j_per_token is None:
        return [("prefill · decode", "not split")]
    prefill = _interval(row.prefill_energy_j, row.prefill_energy_ci_j, "J a request, gross")
    return [
        ("prefill", prefill),
        ("decode", _interval(row.decode_energy_j_per_token, row.decode_energy_ci_j_per_token, "J a token, gross")),
    ]


def _interval(value: float | None, half: float | None, unit: str) -> str:
    wide = "" if half is None else f" ± {_small(half)}"
    return f"{_small(value)}{wide} {unit}"


def _small(value: float | None) -> str:
    """Four places of what may be a thousandth."""
    return f"{value:z.4f}" if value is not None and abs(value) < 1 else units.significant(value)


def _sources(row: RunRow, windows: Sequence[WindowRow]) -> list[Fact]:
    """Counter and integral over the windows that have both, and what they differ by."""
    it = sums(windows)
    kinds = {"ring": "20 ms samples", "readings": "10 Hz readings"}
    told = [w for w in windows if w.energy_integral_j is not None]
    used = dict.fromkeys(kinds.get(w.energy_integral_source or "", units.ABSENT) for w in told)
    over = [it.over] if it.over else []
    return [
        ("by counter", ", ".join([f"{_joules(it.counter_j)} J", *over])),
        ("by integral", ", ".join([f"{_joules(it.integral_j)} J", *over, *used])),
        ("difference", _difference(row, it.apart, it.of)),
        ("counted", f"{said(row.energy_source)}: {_joules(row.energy_gross_j)} J in all windows"),
    ]


def _difference(row: RunRow, apart: int, of: int) -> str:
    same = agree(row)
    if same is None:
        return f"{units.ABSENT} one source only"
    diff = f"{units.signed(row.energy_sources_diff_pct, 2)} %"
    if apart:
        return f"✘ {diff}, the sources DISAGREE in {apart} of {of} windows"
    return f"✔ {diff}, they agree" if same else f"✘ {diff}, the sources DISAGREE"


def _joules(value: float | None) -> str:
    return units.number(value, 1)


def idle(row: RunRow) -> list[Fact]:
    """Idle states by name, each with its duration and spread."""
    if row.is_watched:
        bare = f"{units.watts(row.idle_bare_w)}, measured in run {said(row.watched_bare_run)}"
        known = bare if row.idle_bare_w is not None else "no run of this board is stored that measured it"
        return [("bare", known), ("context", "cannot be told apart while the server runs")]
    return [
        ("bare", f"{units.spread(row.idle_bare_w, row.idle_bare_sd_w, row.idle_bare_s)}, before the worker"),
        ("context", f"{units.watts(row.idle_context_w)}, weights resident"),
        ("· before", _part(row.idle_context_before_w, row.idle_context_before_sd_w, row.idle_context_before_s)),
        ("· after", _part(row.idle_context_after_w, row.idle_context_after_sd_w, row.idle_context_after_s)),
    ]


def _part(power_w: float | None, sd_w: float | None, seconds: float | None) -> str:
    return "not watched" if power_w is None else units.spread(power_w, sd_w, seconds)
