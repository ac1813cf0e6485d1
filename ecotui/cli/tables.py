"""Runs, windows and comparisons as tables for people and as objects for scripts."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ecotui.core.rows import RunRow, WindowRow, row_dict
from ecotui.core.units import clean, difference, number, percent, significant

if TYPE_CHECKING:
    from ecotui.analysis.comparison import Comparison
    from ecotui.store.store import StoredRun


def console() -> Console:
    """stdout; as wide as it needs to be where it is no terminal, so that nothing is cut in a pipe."""
    return Console(highlight=False, markup=False, emoji=False, width=None if sys.stdout.isatty() else 200)


def session_json(log: Path, runs: Sequence[RunRow], windows: Sequence[WindowRow]) -> dict[str, Any]:
    """A session as one object, with the store's column names."""
    return {
        "session_id": runs[0].session_id,
        "log": str(log),
        "simulated": runs[0].simulated,
        "outcome": runs[0].outcome,
        "runs": [row_dict(r) for r in runs],
        "windows": [row_dict(w) for w in windows],
    }


def cell(text: object, style: str = "") -> Text:
    """A cell of text from anywhere: never markup, never escapes."""
    return Text(clean(text), style)


def state(row: RunRow) -> str:
    """Outcome and validity in a word or two."""
    if row.outcome != "completed":
        return row.outcome or "unfinished"
    return "valid" if row.valid else "INVALID" if row.valid is False else "no windows"


def sensor(row: RunRow) -> str:
    """Where the watts come from."""
    return "SIMULATED" if row.simulated else row.sensor or "–"


def print_summary(log: Path, runs: Sequence[RunRow], windows: Sequence[WindowRow]) -> None:
    """A session: its run's figures and its windows."""
    out = console()
    for run in runs:
        mine = [w for w in windows if w.run_id == run.run_id]
        out.print(cell(f"{run.run_id}  {run.model} {run.quantization} b{run.batch_size}  {state(run)}", "bold"))
        if run.simulated:
            out.print(cell("SIMULATED: the watts are a model's, not a board's.", "bold yellow"))
        if run.weights and run.weights != "checkpoint":
            out.print(cell(f"Weights: {run.weights}."))
        if run.cause:
            out.print(cell(f"INVALID: {run.cause}.", "bold yellow"))
        for line in _figures(run):
            out.print(cell(line))
        if mine:
            out.print(_windows_table(mine))
    out.print(cell(f"log: {log}"))


def _figures(run: RunRow) -> list[str]:
    board = f"{run.gpu_name or 'no board'} · {run.device} · torch {run.torch_version or '–'}"
    return [
        f"on {board} · bitsandbytes {run.bitsandbytes_version or '–'}",
        f"throughput {number(run.throughput_tok_s)} tok/s · power {number(run.power_mean_w)} W · "
        f"TTFT {number(run.ttft_ms)} ms · TPOT {number(run.tpot_ms, 2)} ms · ITL p99 {number(run.itl_p99_ms, 2)} ms",
        f"J a 1,000 tokens: gross {significant(run.energy_gross_j_per_1k_tokens)} · "
        f"net of context idle ({number(run.idle_context_w)} W) {significant(run.energy_net_context_j_per_1k_tokens)} · "
        f"net of bare idle ({number(run.idle_bare_w)} W) {significant(run.energy_net_bare_j_per_1k_tokens)} · "
        f"edges ± {percent(run.energy_edge_error_pct, 2)} · source {run.energy_source or '–'}",
        f"CV over {run.windows} windows: throughput {percent(run.throughput_cv_pct, 2)} · "
        f"power {percent(run.power_cv_pct, 2)} · energy {percent(run.energy_cv_pct, 2)}",
    ]


def _windows_table(windows: Sequence[WindowRow]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    heads = (
        "window",
        "s",
        "tok/s",
        "W",
        "J/1k gross",
        "net of context",
        "net of bare",
        "± edges",
        "TTFT ms",
        "ITL p99 ms",
    )
    for head in heads:
        table.add_column(head, justify="right")
    table.add_column("")
    for w in windows:
        table.add_row(
            str(w.window),
            number(w.window_s, 2),
            number(w.throughput_tok_s),
            number(w.power_mean_w),
            significant(w.energy_gross_j_per_1k_tokens),
            significant(w.energy_net_context_j_per_1k_tokens),
            significant(w.energy_net_bare_j_per_1k_tokens),
            percent(w.energy_edge_error_pct, 2),
            number(w.ttft_ms),
            number(w.itl_p99_ms, 2),
            cell("" if w.valid else f"INVALID: {w.cause}"),
        )
    return table


def print_runs(runs: Sequence[StoredRun]) -> None:
    """Stored runs, newest first."""
    out = console()
    if not runs:
        out.print("No runs yet. `ecotui run --sensor simulated` makes one without a GPU; `ecotui demo` shows it live.")
        return
    table = Table(box=None, pad_edge=False, header_style="dim")
    for head in ("run", "started (UTC)", "model", "quant"):
        table.add_column(head, overflow="fold")
    for head in ("batch", "tok/s", "W", "J/1k gross", "net of context"):
        table.add_column(head, justify="right")
    for head in ("sensor", "state", "origin", "label"):
        table.add_column(head)
    for stored in runs:
        r = stored.row
        table.add_row(
            cell(r.run_id),
            cell(f"{r.started_at:%Y-%m-%d %H:%M}" if r.started_at else "–"),
            cell(r.model),
            cell(r.quantization),
            str(r.batch_size),
            number(r.throughput_tok_s),
            number(r.power_mean_w),
            significant(r.energy_gross_j_per_1k_tokens),
            significant(r.energy_net_context_j_per_1k_tokens),
            cell(sensor(r)),
            cell(state(r)),
            cell("this machine" if stored.origin == "here" else stored.origin),
            cell(r.label or ""),
        )
    out.print(table)


def print_comparison(comparison: Comparison) -> None:
    """Runs side by side: each figure, and its difference to the baseline in percent."""
    out = console()
    if comparison.refusal:
        out.print(cell(f"Not comparable: {comparison.refusal}", "bold yellow"))
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("")
    for position, run in enumerate(comparison.runs):
        glyph = "●◆▲■"[position]
        mark = " SIMULATED" if run.simulated else ""
        table.add_column(cell(f"{glyph} {run.model} {run.quantization} b{run.batch_size}{mark}"), justify="right")
        if position:
            table.add_column("", justify="right")
    for figure in comparison.figures:
        row: list[Any] = [cell(f"{figure.label} ({figure.unit})" if figure.unit else figure.label)]
        for position, value in enumerate(figure.values):
            row.append(significant(value))
            if position:
                row.append(difference(figure.differences_pct[position]))
        table.add_row(*row)
    out.print(table)
    for warning in comparison.warnings:
        out.print(cell(f"! {warning}"))
