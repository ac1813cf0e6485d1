"""Runs and windows as tables for people and as objects for scripts."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, cast

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ecotui.analysis import quality as told
from ecotui.analysis.kernels import Evidence, Kernel, engine_words, to_dict
from ecotui.analysis.run_words import state
from ecotui.analysis.sources import ACCURACY
from ecotui.cli.narrow import print_narrowed
from ecotui.cli.output import Trimmed
from ecotui.cli.pair_text import pairs_json, print_pairs
from ecotui.cli.quality_text import print_quality, told_of, width_of
from ecotui.cli.run_text import paragraphs
from ecotui.core.labels import long_labels
from ecotui.core.rows import RunRow, WindowRow, row_dict
from ecotui.core.units import clean, difference, number, percent, significant, watts

if TYPE_CHECKING:
    from ecotui.analysis.audit_values import AuditedRow
    from ecotui.core.plan import Plan
    from ecotui.core.published import Perplexity
    from ecotui.store.published import Range
    from ecotui.store.store import StoredRun

SPLIT = "Windows of other output lengths, which tell prefill from decode and enter nothing else:"
PIPED = 200
"""Columns of what is piped, where COLUMNS does not say how many."""
LONGEST = 4000
"""Letters of a kernel's name that are kept: templates of templates are long."""
HEADS = (
    "window",
    "N",
    "s",
    "tok/s",
    "W",
    "J/1k gross",
    "net of context idle",
    "net of bare idle",
    "counter J",
    "integral J",
    "differ",
    "± edges",
    "TTFT ms",
    "ITL p99 ms",
    "",
)
FIRST_TO_GO = (
    *("± edges", "integral J", "differ", "counter J", "TTFT ms", "net of bare idle", "ITL p99 ms", "N", "s"),
    "net of context idle",
)
"""What a narrow terminal goes without, in this order."""


def console() -> Console:
    """stdout; where it is no terminal COLUMNS wide, else so wide that nothing is cut in a pipe, and not padded."""
    if sys.stdout.isatty():
        return Console(highlight=False, markup=False, emoji=False)
    said = os.environ.get("COLUMNS", "")
    width = int(said) if said.isdecimal() and int(said) else PIPED
    return Console(highlight=False, markup=False, emoji=False, width=width, file=cast(TextIO, Trimmed(sys.stdout)))


def session_json(
    log: Path, runs: Sequence[RunRow], windows: Sequence[WindowRow], found: Sequence[Evidence] = ()
) -> dict[str, Any]:
    """A session as one object, with the store's column names; `found` is what the log has of each run beside them."""
    return {
        "session_id": runs[0].session_id,
        "log": str(log),
        "simulated": runs[0].simulated,
        "outcome": runs[0].outcome,
        "runs": [row_dict(r) for r in runs],
        "windows": [row_dict(w) for w in windows],
        **({"pairs": pairs_json(runs, windows)} if runs[0].blocks else {}),
        "profiles": [{"run_id": r.run_id} | it for r, e in zip(runs, found, strict=False) if (it := to_dict(e))],
    }


def cell(text: object, style: str = "", limit: int = 400) -> Text:
    """A cell of text from anywhere: never markup, never escapes."""
    return Text(clean(text, limit), style)


def sensor(row: RunRow) -> str:
    """Where the watts come from; nowhere, where none were measured."""
    if told.is_only(row):
        return "–"
    return "SIMULATED" if row.simulated else row.sensor or "–"


def print_summary(
    log: Path,
    runs: Sequence[RunRow],
    windows: Sequence[WindowRow],
    found: Sequence[Evidence] = (),
    plan: Plan | None = None,
) -> None:
    """A session: its run's figures, its windows, its kernels and what its arms are worth.

    plan: of the session; one without energy windows has nothing of watts to tell.
    """
    out = console()
    if plan is not None and plan.quality is not None and plan.quality.alone:
        _print_scored(out, log, runs)
        return
    if runs[0].blocks:
        print_pairs(out, runs, windows)
        _print_quality(out, runs)
    for run, name, evidence in zip(runs, long_labels(runs), [*found, *[Evidence()] * len(runs)], strict=False):
        _print_run(out, run, name, [w for w in windows if w.run_id == run.run_id])
        _print_engine(out, run, evidence)
    if not runs[0].blocks:
        _print_quality(out, runs)
    if any(run.sensor == "nvml" and run.windows and not run.simulated for run in runs):
        out.print(cell(f"{ACCURACY}."))
    out.print(cell(f"log: {log}"))


def _print_run(out: Console, run: RunRow, name: str, mine: Sequence[WindowRow]) -> None:
    """Figures and windows of one run, which is called `name` among those of its session."""
    out.print(cell(f"{run.run_id}  {name}  {state(run)}", "bold"))
    if run.simulated:
        out.print(cell("SIMULATED: the watts are a model's, not a board's.", "bold yellow"))
    if run.weights and run.weights != "checkpoint":
        out.print(cell(f"Weights: {run.weights}."))
    if run.reason and run.outcome != "completed":
        out.print(cell(f"{run.outcome or 'unfinished'}: {run.reason}", "bold yellow"))
    if run.cause:
        out.print(cell(f"INVALID: {run.cause}.", "bold yellow"))
    for line in paragraphs(run, [w for w in mine if not w.split]):
        style = "bold yellow" if "UNSTABLE" in line or "DISAGREE" in line else ""
        out.print(cell(line, style, LONGEST))
    for title, some in (("", [w for w in mine if not w.split]), (SPLIT, [w for w in mine if w.split])):
        if some:
            if title:
                out.print(cell(title))
            _print_windows(out, some)


def _print_quality(out: Console, runs: Sequence[RunRow]) -> None:
    if told_of(runs):
        out.print(cell("Quality, outside the energy windows:", "bold"))
        print_quality(out, runs)
        out.print()


def _print_scored(out: Console, log: Path, runs: Sequence[RunRow]) -> None:
    first = runs[0]
    models = ", ".join(dict.fromkeys(run.model or "–" for run in runs))
    out.print(cell(f"{first.session_id}  {models}  {told.ONLY}, {first.outcome or 'unfinished'}", "bold"))
    if first.reason and first.outcome != "completed":
        out.print(cell(f"{first.outcome or 'unfinished'}: {first.reason}", "bold yellow"))
    print_quality(out, runs)
    out.print(cell(f"log: {log}"))


def _print_engine(out: Console, run: RunRow, told: Evidence) -> None:
    """What the log has beside the row: how the loop was made, and the largest kernels of a step."""
    if told.facts.get("engine"):
        out.print(cell(f"engine: {engine_words(run.engine, told.facts)}"))
    if told.facts.get("writes"):
        out.print(cell(f"it writes: “{told.facts['writes']}”"))
    if told.kernels:
        out.print(_kernels_table(told.kernels))


def _print_windows(out: Console, windows: Sequence[WindowRow]) -> None:
    print_narrowed(out, HEADS, [_window_cells(w) for w in windows], FIRST_TO_GO, ("",))


def _window_cells(w: WindowRow) -> tuple[str, ...]:
    return (
        str(w.window),
        str(w.new_tokens or "–"),
        number(w.window_s, 2),
        number(w.throughput_tok_s),
        number(w.power_mean_w),
        significant(w.energy_gross_j_per_1k_tokens),
        significant(w.energy_net_context_j_per_1k_tokens),
        significant(w.energy_net_bare_j_per_1k_tokens),
        number(w.energy_counter_j),
        number(w.energy_integral_j),
        difference(w.energy_sources_diff_pct),
        percent(w.energy_edge_error_pct, 2),
        number(w.ttft_ms),
        number(w.itl_p99_ms, 2),
        "" if w.valid else f"INVALID: {w.cause}",
    )


def _kernels_table(kernels: Sequence[Kernel]) -> Table:
    """The largest kernels of a step; a long name goes on in the next row."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    for head in ("ms a step", "calls", "share"):
        table.add_column(head, justify="right", no_wrap=True)
    table.add_column("largest kernels of a step", overflow="fold")
    for kernel in kernels:
        figures = (number(kernel.ms, 3), number(kernel.calls), percent(kernel.share_pct))
        table.add_row(*figures, Text(clean(kernel.name, LONGEST)))
    return table


ORIGINS = {"here": "this machine", "imported": "imported", "sample": "sample"}
"""Groups of stored runs, from the top, and what their rows say."""


def print_runs(runs: Sequence[StoredRun], of: int) -> None:
    """Stored runs by group, newest first, out of all `of` that are stored."""
    out = console()
    if not runs and of:
        out.print(f"None of the {of} stored runs matches. `ecotui runs` lists them all.")
        return
    if not runs:
        out.print("No runs yet. `ecotui run --sensor simulated` makes one without a GPU; `ecotui demo` shows it live.")
        return
    table = _table(
        ("run", "started (UTC)", "model", "quant"), ("batch", "tok/s", "W", "J/1k gross", "net of context idle")
    )
    scored = any(told.measured(stored.row) for stored in runs)
    for head in (*(["quality"] if scored else []), "sensor", "state", "origin", "label"):
        table.add_column(head)
    ordered = [stored for origin in ORIGINS for stored in runs if stored.origin == origin]
    for stored in ordered:
        table.add_row(*_run_cells(stored, scored=scored))
    if not out.is_terminal:  # what reads it wants a line a run
        out.width = max(width_of(out, table), out.width)
    if width_of(out, table) <= out.width:
        out.print(table)
    else:
        for stored in ordered:
            _print_lines(out, stored)


def _print_lines(out: Console, stored: StoredRun) -> None:
    """A run where the table is too wide: who it is, and below it what it came to."""
    r = stored.row
    started = f"{r.started_at:%Y-%m-%d %H:%M}" if r.started_at else "–"
    out.print(cell(f"{r.run_id}  {started}  {r.arm_label}", "bold"))
    energy = (
        f"{number(r.throughput_tok_s)} tok/s · {watts(r.power_mean_w)} · {significant(r.energy_gross_j_per_1k_tokens)} "
        f"J/1k gross, {significant(r.energy_net_context_j_per_1k_tokens)} net of context idle · {sensor(r)}"
    )
    quality = told.short(r) if told.measured(r) else ""
    whence = "sample" if stored.origin == "sample" else stored.whence
    parts = ("" if told.is_only(r) else energy, quality, state(r), whence, r.label or "")
    out.print(Padding(cell(" · ".join(part for part in parts if part)), (0, 0, 0, 2)))


def _table(words: Sequence[str], figures: Sequence[str]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for head in words:
        table.add_column(head, overflow="fold")
    for head in figures:
        table.add_column(head, justify="right")
    return table


def _run_cells(stored: StoredRun, *, scored: bool) -> tuple[Text | str, ...]:
    """scored: whether a column tells of quality."""
    r = stored.row
    return (
        cell(r.run_id),
        cell(f"{r.started_at:%Y-%m-%d %H:%M}" if r.started_at else "–"),
        cell(r.model),
        cell(r.quantization_label),
        number(r.batch_size, 0),
        number(r.throughput_tok_s),
        number(r.power_mean_w),
        significant(r.energy_gross_j_per_1k_tokens),
        significant(r.energy_net_context_j_per_1k_tokens),
        *([cell(told.cell(r))] if scored else []),
        cell(sensor(r)),
        cell(state(r)),
        cell("sample" if stored.origin == "sample" else stored.whence),
        cell(r.label or ""),
    )


def print_published(rows: Sequence[AuditedRow]) -> None:
    """Published rows: gross recomputed, net of the idle power that their source states, and what they said."""
    out = console()
    if not rows:
        out.print("No published row matches.")
        return
    out.print("\nPublished by others, without windows: context for a comparison, never an arm of a verdict.")
    figures = ("batch", "tok/s", "W", "J/1k gross", "net of stated idle", "published J/1k")
    table = _table(("row", "board", "model", "config"), figures)
    table.add_column("which is")
    for one in rows:
        table.add_row(*_published_cells(one))
    out.print(table)
    for one in rows:
        for doubt in one.doubts:
            out.print(cell(f"! {one.row.row_id}: {doubt.text}.", "bold yellow"))
    for source in dict.fromkeys(one.row.source for one in rows):
        out.print(cell(f"source: {source}", "dim"))


def print_ranges(claims: Sequence[Range]) -> None:
    """What others tell as ranges only; nothing where no range matches."""
    if not claims:
        return
    from ecotui.analysis import ranges

    out = console()
    out.print(f"\n{ranges.HEAD[0].upper()}{ranges.HEAD[1:]}. {ranges.NO_VERDICT}")
    table = _table(("range", "board", "config", "which says"), ())
    for one in claims:
        table.add_row(*map(cell, (one.row_id, ranges.board(one), one.config, ranges.claim(one))))
    out.print(table)
    for source in dict.fromkeys(one.source for one in claims):
        out.print(cell(f"source: {source}", "dim"))


def print_perplexities(rated: Sequence[Perplexity]) -> None:
    """Perplexities that others published; nothing where none matches."""
    if not rated:
        return
    out = console()
    out.print("\nPerplexities that others published, without intervals: context, never an arm of a verdict.")
    table = _table(("table", "board", "model", "config"), ("perplexity", "tokens", "window"))
    for it in rated:
        told = (f"{it.perplexity:.4f}", *("–" if n is None else f"{n:,}" for n in (it.tokens, it.max_length)))
        table.add_row(*map(cell, (it.table, it.gpu, it.model, it.config, *told)))
    out.print(table)
    for source in dict.fromkeys(it.source for it in rated):
        out.print(cell(f"source: {source}", "dim"))


def _published_cells(one: AuditedRow) -> tuple[Text | str, ...]:
    row, net = one.row, one.net_j_per_1k_tokens
    return (
        cell(row.row_id),
        cell(row.gpu),
        cell(row.model),
        cell(row.config),
        str(row.batch_size),
        number(row.throughput_tok_s),
        number(row.power_w),
        significant(one.gross_j_per_1k_tokens),
        "–" if net is None else f"{significant(net)} ({watts(one.idle_w)})",
        significant(row.energy_j_per_1k_tokens),
        cell(one.marked, "bold yellow" if one.doubts else ""),
    )
