"""Findings and advice as text for people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ecotui.analysis.advice import EXACT, Advice, Line
from ecotui.analysis.finding import KEYS, Finding, counted, left_out_words
from ecotui.analysis.points import Gathered, LeftOut
from ecotui.cli.tables import cell, console
from ecotui.core.document import BOARD_ENERGY, Cell, Sheet, perplexity_ratio
from ecotui.core.units import ABSENT, clean, figure

NEEDS = {
    "batch-law": "one configuration at two batch sizes on one board",
    "crossover": "a quantization and fp16 of two models, at one batch size on one board",
    "decomposition": "int8 and int8-pure of one model at one batch size on one board",
    "dequantization": "nf4 and fp16 of one model at one batch size on one board",
    "quality": "a configuration of a model whose quality is known, and fp16, on one board",
    "pareto": "two configurations of one model on one board",
    "waiting": "an arm under both engines, by turns in one session",
}
"""The fewest points that a finding is made of."""
LONGEST = 4000
"""Letters of a sentence."""
MOST_ROWS = 40
HIDDEN = frozenset({"other_pairs", "rest_pct"})
"""Columns for scripts alone."""
FIRST_TO_GO = (
    *("baseline_run_id", "power_ratio", "ln_energy", "ln_time", "ln_power", "gpu_hours_a_day", "boards", "runs"),
    *("perplexity_ratio", "throughput_ratio_low", "throughput_ratio_high", "parameters", "power_mean_w", "run_id"),
    *("bound", "kwh_a_day", "step_doubling", "evidence", "layers", "throughput_tok_s", "local_exponent"),
)
"""Columns that a narrow terminal goes without, in this order."""
JOULES = tuple(f"energy_{name}_j_per_1k_tokens" for name in ("gross", "net_context", "net_bare"))
AXES = {
    "batch-law": ("batch_size", "energy_j_per_request", "energy_j_per_1k_tokens"),
    "crossover": ("parameters", "energy_ratio"),
    "decomposition": ("outlier_columns_decode", "energy_ratio"),
    "dequantization": ("parameters", "batch_size", "energy_ratio"),
    "quality": ("perplexity_ratio", "perplexity_ratio_low", "perplexity_ratio_high", "kl_nats", *JOULES),
    "pareto": ("step_ms", *JOULES),
    "waiting": ("batch_size", "waiting_pct"),
}
"""A finding's x and y, which its table never goes without."""
NAMES = ("run_id", "model", "quantization", "engine", "batch_size")
"""Nor without the run, and what tells rows apart."""
MARKS = {True: "yes", False: "no"}


@dataclass(frozen=True, slots=True)
class Asked:
    """What was typed; empty for all."""

    finding: str = ""
    gpu: str = ""
    model: str = ""


def print_findings(found: Sequence[Finding], points: int, gathered: Gathered, asked: Asked) -> None:
    """Each law with its findings: the sentence, the points, what limits it."""
    out = console()
    if not found:
        out.print(_said(_nothing(points, gathered, asked)))
        return
    for key, some in groupby(found, lambda it: it.key):
        out.print(cell(KEYS[key], "bold underline"))
        out.print()
        for it in some:
            _finding(out, it)
    if gathered.left_out:
        out.print(_said(_standing_in_none(gathered.left_out), "dim"))
    out.print(cell(BOARD_ENERGY, "dim"))


def _standing_in_none(left_out: Sequence[LeftOut]) -> str:
    """How many runs are no points, and why, counted by reason."""
    stand = "run stands" if len(left_out) == 1 else "runs stand"
    reasons = counted(it.reason for it in left_out)
    why = ", ".join(f"{runs:,} ({reason})" for reason, runs in reasons) if reasons[1:] else reasons[0][0]
    return (
        f"{len(left_out):,} stored {stand} in no finding: {why}; --json names {'it' if len(left_out) == 1 else 'them'}."
    )


def _nothing(points: int, gathered: Gathered, asked: Asked) -> str:
    """Why there is no finding, and what there would have to be."""
    if points:
        needs = "; ".join(f"{name} needs {need}" for name, need in NEEDS.items() if asked.finding in ("", name))
        mine = "one point chosen has" if points == 1 else f"{points} points chosen have"
        return f"No finding: {needs}. The {mine} none."
    if not gathered.points:
        return "No points: no run is stored that fits, and no published row. `ecotui run` records one."
    boards, models = ({getattr(p, name) for p in gathered.points} for name in ("gpu", "model"))
    if not any(asked.gpu.lower() in board.lower() for board in boards):
        return f"No board's name holds {asked.gpu!r}. There are: {_listed(boards)}."
    if not any(asked.model.lower() in model.lower() for model in models):
        return f"No model's name holds {asked.model!r}. There are: {_listed(models)}."
    there = _listed({p.model for p in gathered.points if asked.gpu.lower() in p.gpu.lower()})
    return f"No point is of {asked.model!r} on {asked.gpu!r}. The models there: {there}."


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names))


def _finding(out: Console, it: Finding) -> None:
    out.print(cell(it.subject, "bold"))
    if it.kind == "simulated":
        out.print(cell("SIMULATED: the watts are a model's, not a board's.", "bold yellow"))
    out.print(_said(it.sentence, "" if it.determined else "yellow"))
    out.print(_table(it.sheet, out.width, (*AXES[it.key], *NAMES)))
    for told in (*it.caveats, left_out_words(it)):
        if told:
            out.print(Padding(_said(told, "dim"), (0, 0, 0, 2)))
    out.print()


def _said(text: str, style: str = "") -> Text:
    return Text(clean(text, LONGEST), style)


def _table(sheet: Sheet, width: int, kept: Sequence[str]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    shown = _fitting(sheet, width, kept)
    for i in shown:
        words = any(isinstance(row[i], str) for row in sheet.rows)
        table.add_column(cell(sheet.titles[i]), justify="left" if words else "right", overflow="fold")
    for row in sheet.rows[:MOST_ROWS]:
        table.add_row(*(cell(_figure(sheet, row, i)) for i in shown))
    if len(sheet.rows) > MOST_ROWS:
        table.add_row(cell(f"and {len(sheet.rows) - MOST_ROWS} more: --json"))
    return table


def _fitting(sheet: Sheet, width: int, kept: Sequence[str]) -> list[int]:
    """The columns that have a value and that a line has room for, and those to be kept; `--json` has them all."""
    shown = [i for i, name in enumerate(sheet.columns) if name not in HIDDEN and _known(sheet, i)]
    wide = {i: _wide(sheet, i) for i in shown}
    alike = [sheet.columns[i] for i in shown if len(sheet.rows) > 1 and len({row[i] for row in sheet.rows}) == 1]
    weak = [name for name in (*FIRST_TO_GO, *alike, *reversed(sheet.columns)) if name not in kept]
    for name in (*weak, *alike):
        if sum(wide[i] + 2 for i in shown) - 2 <= width:
            break
        shown = [i for i in shown if sheet.columns[i] != name]
    return shown


def _wide(sheet: Sheet, place: int) -> int:
    return max(len(text) for text in (sheet.titles[place], *(_figure(sheet, r, place) for r in sheet.rows)))


def _known(sheet: Sheet, place: int) -> bool:
    return any(row[place] is not None for row in sheet.rows)


def _figure(sheet: Sheet, row: tuple[Cell, ...], place: int) -> str:
    value, column = row[place], sheet.columns[place]
    if value is None:
        return ABSENT
    if isinstance(value, bool):
        return MARKS[value]
    if isinstance(value, str):
        return value
    if column == "parameters":
        return f"{value / 1e9:.2f}·10⁹"
    return perplexity_ratio(sheet, row, place) or figure(value)


def print_advice(it: Advice) -> None:
    """What there is for the very question first, then the nearest, by topic."""
    out = console()
    batch = "" if it.batch_size is None else f", batch {it.batch_size}"
    out.print(cell(f"{it.model} on {it.gpu}{batch}", "bold"))
    if not it.evidence:
        out.print(cell("No evidence for this model on this board: nothing below is of it.", "yellow"))
    for topic, lines in groupby(it.lines, lambda line: line.topic):
        out.print()
        out.print(cell(topic, "bold underline"))
        for line in lines:
            _line(out, line)
    out.print()
    out.print(cell(BOARD_ENERGY, "dim"))


def _line(out: Console, line: Line) -> None:
    weaker = line.pair is None or line.near != EXACT
    out.print(Padding(_said(line.says, "dim" if weaker else ""), (0, 0, 0, 2)))
    for text, style in ((line.rests, "dim"), (line.notes, "yellow"), (line.risk, "yellow")):
        if text:
            out.print(Padding(_said(text, style), (0, 0, 0, 4)))
