"""The quality of a session's arms: a table where it fits, else a few lines an arm, and below it what was scored."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from ecotui.analysis import quality as told
from ecotui.analysis.quality_tasks import tasks
from ecotui.core.arm import QUANTIZATIONS
from ecotui.core.labels import long_labels, short_labels
from ecotui.core.quality import DECODE, REFERENCE
from ecotui.core.rows import RunRow
from ecotui.core.units import ABSENT, clean, number

PERPLEXITY, WINDOWS = "perplexity", "windows"
HEADS = (
    *((PERPLEXITY, "sliding"), (PERPLEXITY, f"× {REFERENCE}"), (PERPLEXITY, "blocks"), (PERPLEXITY, f"× {REFERENCE}")),
    *(("", "KL, nats"), ("", "top-1, %"), (WINDOWS, "sliding"), (WINDOWS, "blocks")),
)
"""Columns: what several have in common, and the name. A ratio is of the perplexity before it."""
LAYOUTS = ((range(8),), ((0, 1, 2, 3), (4, 5, 6, 7)), ((0, 1, 6), (2, 3, 7), (4, 5)))
"""Columns of HEADS in one table, or in several below one another."""
ANY_WIDTH = 1000
INTERVALS = "[low, high]: 95 %, by block bootstrap over windows."
PATH_REMARK = "LLM.int8 took out"
"""How the remark of an arm begins that the line about the path says for all of them."""
HINT = f"No ratio, divergence or agreement: no {REFERENCE} arm was scored beside them; --against {REFERENCE} adds it."


def told_of(runs: Sequence[RunRow]) -> bool:
    """Whether there is anything to tell: figures, or why there are none."""
    return any(told.measured(run) or run.quality_remark for run in runs)


def print_quality(out: Console, runs: Sequence[RunRow]) -> None:
    """What every arm came to, on what, and what speaks against it; one line where nothing was scored."""
    scored = [run for run in runs if told.measured(run)]
    if not scored:
        out.print(_text(_capital(f"{told.NOT_MEASURED}.")))
    else:
        names = arm_names(runs)
        _print_figures(out, names, runs)
        _print_tasks(out, names, runs)
        for line in captions(scored):
            out.print(_text(line))
    for line in remarks(runs):
        out.print(_text(line, "yellow"))


def _print_figures(out: Console, names: Sequence[str], runs: Sequence[RunRow]) -> None:
    """One table where it fits, else two, else lines."""
    known = _known(runs)
    for layout in LAYOUTS:
        kept = [[column for column in columns if column in known] for columns in layout]
        tables = [_table(names, runs, columns) for columns in kept if columns]
        if all(width_of(out, table) <= out.width for table in tables):
            for table in tables:
                out.print(table)
            return
    for name, run in zip(names, runs, strict=True):
        _print_lines(out, name, run)


def _known(runs: Sequence[RunRow]) -> set[int]:
    """Columns that hold something of any run."""
    rows = [_cells(run) for run in runs if told.measured(run)]
    return {column for column in range(len(HEADS)) if any(row[column] != ABSENT for row in rows)}


def width_of(out: Console, table: Table) -> int:
    """Columns in which nothing of a table has to be folded or cut."""
    return Measurement.get(out, out.options.update(width=ANY_WIDTH), table).maximum


def _text(text: str, style: str = "") -> Text:
    return Text(clean(text, 2000), style)


def _capital(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"


def arm_names(runs: Sequence[RunRow]) -> tuple[str, ...]:
    """What tells the arms of a session from one another: quantizations where these do."""
    short = short_labels(runs)
    one_model = len({run.model for run in runs}) == 1
    return short if one_model and len(set(short)) == len(short) else long_labels(runs)


def _table(names: Sequence[str], runs: Sequence[RunRow], columns: Sequence[int]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("\narm", no_wrap=True)
    for place, column in enumerate(columns):
        group, name = HEADS[column]
        told_before = place > 0 and HEADS[columns[place - 1]][0] == group
        table.add_column(f"{'' if told_before else group}\n{name}", justify="right", no_wrap=True)
    for name, run in zip(names, runs, strict=True):
        cells = _cells(run)
        none = ("not measured", *[ABSENT] * (len(columns) - 1))
        shown = [cells[column] for column in columns] if told.measured(run) else none
        table.add_row(_text(name), *map(_text, shown))
    return table


def _cells(run: RunRow) -> tuple[str, ...]:
    return (
        _perplexity(run.perplexity_sliding),
        _times(run, run.perplexity_sliding, told.sliding_ratio(run)),
        _perplexity(run.perplexity_blocks),
        _times(run, run.perplexity_blocks, told.blocks_ratio(run)),
        _ends(told.divergence(run), 4),
        _ends(told.agreement(run), 1),
        _windows(run.quality_windows_sliding, run.quality_windows_sliding_planned),
        _windows(run.quality_windows or None, run.quality_windows_planned),
    )


def _perplexity(value: float | None) -> str:
    return ABSENT if value is None else told.perplexity(value)


def _times(run: RunRow, perplexity: float | None, it: told.Interval | None) -> str:
    if it is not None:
        return told.times(it).removeprefix("×")
    return "reference" if run.quantization == REFERENCE and perplexity is not None else ABSENT


def _ends(it: told.Interval | None, digits: int) -> str:
    if it is None:
        return ABSENT
    said = told.nats if digits > 1 else number
    if it.low is None or it.high is None:
        return f"{said(it.value)}, {told.NO_INTERVAL}"
    return f"{said(it.value)} [{said(it.low)}, {said(it.high)}]"


def _windows(done: int | None, of: int | None) -> str:
    return number(done, 0) if of in (None, done) else f"{number(done or 0, 0)} of {number(of, 0)}"


def _print_lines(out: Console, name: str, run: RunRow) -> None:
    """An arm where the table is too wide."""
    out.print(_text(name, "bold"))
    for part in told.parts(run):
        out.print(_text(f"  {part}"))
    if blocks := told.blocks_line(run):
        out.print(_text(f"  {blocks}"))
    if told.measured(run):
        out.print(_text(f"  {_counted(run)}"))


def _counted(run: RunRow) -> str:
    """ "85 sliding windows, 34 blocks"; of each as many as were scored."""
    sliding, blocks = _cells(run)[-2:]
    both = ((sliding, "sliding windows"), (blocks, "blocks" if sliding != ABSENT else "windows"))
    return ", ".join(f"{count} {name}" for count, name in both if count != ABSENT)


def _print_tasks(out: Console, names: Sequence[str], runs: Sequence[RunRow]) -> None:
    for name, run in zip(names, runs, strict=True):
        for result in tasks(run):
            out.print(_text(f"{name}: {result.words}"))


def captions(runs: Sequence[RunRow]) -> Iterator[str]:
    """What was scored and how, once for all arms that have it in common, and what the figures are against."""
    yield from dict.fromkeys(_scored_on(run) for run in runs)
    yield _path(runs)
    against = f"KL and top-1: against {REFERENCE}, over the second half of each block. {INTERVALS}"
    if any(told.ratio(run) for run in runs):
        yield f"× {REFERENCE}: the perplexity before it over that of {REFERENCE} on the same tokens. {against}"
    elif any(told.divergence(run) for run in runs):
        yield against
    elif not all(run.quantization == REFERENCE for run in runs):
        yield HINT


def _scored_on(run: RunRow) -> str:
    bos = {True: "begun with the tokenizer's BOS", False: "without BOS", None: "BOS not known"}[run.quality_bos]
    sliding = "" if run.quality_stride is None else f", stride {number(run.quality_stride, 0)} (sliding)"
    return (
        f"Text: {clean(run.quality_text or ABSENT, 80)} (sha256 {clean(run.quality_text_sha256 or ABSENT, 64)[:12]}), "
        f"{number(run.quality_tokens, 0)} tokens, {bos} · windows of {number(run.quality_window, 0)} tokens{sliding}."
    )


def _path(runs: Sequence[RunRow]) -> str:
    decomposed = any(_threshold(run) for run in runs)
    if runs[0].quality_path == DECODE:
        rows = runs[0].batch_size or 1
        flagged = "one row's" if rows == 1 else f"the union of those of {rows} rows"
        into = f"; of the outlier columns LLM.int8's threshold flags {flagged}, as decoding does" * decomposed
        return f"Path: decode, token by token through a cache, {rows} window{'s' * (rows > 1)} side by side{into}."
    into = (
        ": LLM.int8's threshold flags the union of the outlier columns of all rows; decoding flags one row's; "
        "--decode-path scores that"
    )
    return f"Path: whole windows at once{into * decomposed}."


def _threshold(run: RunRow) -> float | None:
    """LLM.int8's, of the arm as it was loaded, else as its name says; None or 0 where nothing is decomposed."""
    known = QUANTIZATIONS.get(run.quantization or "")
    return run.llm_int8_threshold if run.llm_int8_threshold is not None else known.threshold if known else None


def remarks(runs: Sequence[RunRow]) -> Iterator[str]:
    """What a reader of the figures has to know, once for all arms that have it in common."""
    said: dict[str, list[str]] = {}
    for name, run in zip(arm_names(runs), runs, strict=True):
        for part in (run.quality_remark or "").split("; "):
            if part and not part.startswith(PATH_REMARK):
                said.setdefault(part, []).append(name)
    for remark, names in said.items():
        yield _capital(remark) if len(names) == len(runs) else f"{', '.join(names)}: {remark}"
