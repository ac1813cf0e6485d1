"""Every figure of the arm so far, in columns that do not move, and what its speed is bound by."""

from __future__ import annotations

from collections.abc import Sequence

from ecotui.core.rows import RunRow
from ecotui.core.units import ABSENT, clean, number, signed, significant
from ecotui.ui.screens.monitor_scene import Scene
from ecotui.ui.widgets.canvas import Ink, Row, wrap


def figures(scene: Scene) -> list[tuple[str, str, str]]:
    """Every figure of the arm so far: name, value, unit. Net energies say net of what."""
    run = scene.run or RunRow(run_id="", session_id="", simulated=False)
    hot = f"{number(run.temperature_start_c, 0)}–{number(run.temperature_max_c, 0)}" if scene.run else ABSENT
    edges = ABSENT if run.energy_edge_error_pct is None else f"± {run.energy_edge_error_pct:.2f}"
    diff = signed(run.energy_sources_diff_pct, 2)
    return [
        ("gross J/1k", significant(run.energy_gross_j_per_1k_tokens), ""),
        ("net of context", significant(run.energy_net_context_j_per_1k_tokens), ""),
        ("net of bare", significant(run.energy_net_bare_j_per_1k_tokens), ""),
        ("power", number(run.power_mean_w), "W"),
        ("edges", edges, "%"),
        ("throughput", significant(run.throughput_tok_s), "tok/s"),
        ("decode", significant(run.decode_tok_s), "tok/s"),
        ("sources", diff, "%"),
        ("request", significant(run.energy_gross_j_per_request), "J"),
        ("TTFT", number(run.ttft_ms), "ms"),
        ("TPOT", number(run.tpot_ms), "ms"),
        ("ITL p50", number(run.itl_p50_ms), "ms"),
        ("ITL p99", number(run.itl_p99_ms), "ms"),
        ("temperature", hot, "°C"),
        ("SM clock", number(run.sm_clock_mean_mhz, 0), "MHz"),
        ("GPU busy", number(run.gpu_busy_pct, 0), "%"),
        ("bandwidth", number(run.bandwidth_share_pct, 0), "%"),
        ("memory", number(None if run.memory_used_peak_b is None else run.memory_used_peak_b / 1e9), "GB"),
    ]


FIGURE_WIDTH = 26
GUTTER = 3
"""Cells of a figure with the gap after it (name, longest value, unit), and that gap."""


def figure_rows(scene: Scene, width: int) -> list[Row]:
    """The run's figures, in columns."""
    return in_columns(figures(scene), width, 5)


def in_columns(cells: Sequence[tuple[str, str, str]], width: int, most: int) -> list[Row]:
    """Names, values and units in at most `most` columns of one width, so that no number moves when another grows."""
    columns = min((width + GUTTER) // FIGURE_WIDTH, most)
    if columns < 1:
        return []
    room = (width + GUTTER) // columns - GUTTER
    rows: list[Row] = []
    for i in range(0, len(cells), columns):
        row: list[Ink] = []
        for k, (name, value, unit) in enumerate(cells[i : i + columns], i):
            shown = f" {unit}" if unit else ""
            blank = " " * max(room - len(name) - len(value) - len(shown), 1)
            gap = " " * GUTTER if k % columns < columns - 1 else ""
            row += [Ink(name + blank, "muted"), Ink(value, bold=k < 3), Ink(shown + gap, "muted")]
        rows.append(row)
    return rows


def bound_rows(scene: Scene, width: int) -> list[Row]:
    """What the arm waits for, in capitals, with the reason."""
    run = scene.run
    if run is None or not run.bound or width < 2:  # a pane that is away has no width
        return []
    word = clean(run.bound, 20).upper()
    rows = wrap(f"{word}: {clean(run.bound_reason or '', 200)}", width)
    return [
        [Ink(word, "warn" if word == "HOST-BOUND" else "good", bold=True), Ink(rows[0][0].text[len(word) :])],
        *rows[1:],
    ]
