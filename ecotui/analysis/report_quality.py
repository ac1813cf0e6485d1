"""What a report says of quality: each arm's line, the table, and of which arms nobody measured it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ecotui.analysis import quality
from ecotui.analysis.quality import Interval
from ecotui.analysis.quality_runs import Known
from ecotui.analysis.quality_tasks import tasks
from ecotui.core.document import Cell, Section, Sheet
from ecotui.core.rows import RunRow

NONE = "Quality was not measured: what a saving costs in it is not known here."
PERPLEXITY = (
    ("perplexity_sliding", "perplexity, sliding"),
    ("perplexity_sliding_ratio", "× of fp16"),
    ("perplexity_sliding_ratio_low", "95 % from"),
    ("perplexity_sliding_ratio_high", "to"),
    ("perplexity_blocks", "perplexity, blocks"),
    ("perplexity_blocks_ratio", "× of fp16"),
    ("perplexity_blocks_ratio_low", "95 % from"),
    ("perplexity_blocks_ratio_high", "to"),
)
NO_ACCURACY = "Accuracy was not measured: what is known of random weights tells none, and no saving's cost in it."
DIVERGENCE = (
    ("kl_nats", "KL (nats)"),
    ("kl_low_nats", "95 % from"),
    ("kl_high_nats", "to"),
    ("agreement_pct", "top-1 (%)"),
    ("agreement_low_pct", "95 % from"),
    ("agreement_high_pct", "to"),
)
SCORED = (
    ("quality_path", "path"),
    ("quality_text", "text"),
    ("quality_window", "window"),
    ("quality_stride", "stride"),
    ("quality_windows", "windows"),
    ("quality_windows_sliding", "sliding windows"),
)
SHEETS = {
    "quality-perplexity": (PERPLEXITY, "Perplexity and its ratio to fp16; intervals by paired block bootstrap."),
    "quality-divergence": (DIVERGENCE, "Divergence from fp16 and agreement with it, with block bootstrap intervals."),
    "quality-scored": (SCORED, "What was scored: figures of different texts, windows or paths are never compared."),
}


def quality_section(runs: Sequence[RunRow], found: Sequence[Known | None], called: Mapping[str, str]) -> list[Section]:
    """The section; none where nothing was measured and no arm could be praised without it.

    found: what stands beside each run. called: names of runs, by id.
    """
    known = [(run, it) for run, it in zip(runs, found, strict=True) if it is not None]
    unlike = len({(run.model, run.quantization) for run in runs}) > 1
    if not known and not unlike:
        return []
    told = tuple(_told(known, [run for run, it in zip(runs, found, strict=True) if it is None], called))
    return [Section("Quality", told, tuple(quality_sheets(runs, found, called)))]


def _told(known: Sequence[tuple[RunRow, Known]], lacking: Sequence[RunRow], called: Mapping[str, str]) -> Iterator[str]:
    if not known:
        yield NONE
        return
    for run, it in known:
        name, blocks = called.get(run.run_id, run.run_id), quality.blocks_line(it.run)
        yield f"{name}: {it.line}.{f' By the other convention {blocks}.' if blocks else ''}"
        if results := tasks(it.run):
            yield f"{name}: {'; '.join(task.words for task in results)}."
    if all(quality.is_random(it.run) for _, it in known):
        yield NO_ACCURACY
    if lacking:
        yield f"Quality not measured: {', '.join(called.get(run.run_id, run.run_id) for run in lacking)}."
    yield f"Scored: {quality.scored_on(known[0][1].run)}."
    remarks = dict.fromkeys(it.run.quality_remark for _, it in known if it.run.quality_remark)
    yield from (f"{remark[:1].upper()}{remark[1:]}." for remark in remarks)


def quality_sheets(runs: Sequence[RunRow], found: Sequence[Known | None], called: Mapping[str, str]) -> Iterator[Sheet]:
    """A row a run; columns in which none has anything are left out, and so are tables."""
    names = [called.get(run.run_id, run.arm_label) for run in runs]
    for sheet, (columns, said) in SHEETS.items():
        used = [it for it in columns if any(k is not None and getattr(k.run, it[0]) is not None for k in found)]
        if used:
            heads, titles = zip(("arm", "arm"), *used, ("scored_in", "of run"), strict=True)
            rows = tuple(_cells(name, it, used) for name, it in zip(names, found, strict=True))
            yield Sheet(sheet, heads, titles, rows, said, tuple(False for _ in rows))


def _cells(name: str, it: Known | None, used: Sequence[tuple[str, str]]) -> tuple[Cell, ...]:
    if it is None:
        return (name, *[None] * len(used), "not measured")
    return (name, *(getattr(it.run, column) for column, _ in used), it.run.run_id)


def ratio_cells(name: str, a: RunRow, b: RunRow, found: tuple[Known | None, Known | None]) -> tuple[Cell, ...]:
    """A row beneath ratios of energy: perplexity and its ratio to fp16, or that it was not measured."""
    if found[1] is None:
        return (name, "quality", None, None, None, None, None, "not measured")
    theirs, ours = (None if it is None else it.run for it in found)
    assert ours is not None
    over = quality.ratio(ours)
    if over is None and quality.is_random(ours):
        kl = quality.divergence(ours) or Interval(0.0)
        return (name, "KL from its own fp16 (nats, random weights)", 0.0, kl.value, None, kl.low, kl.high, "windows")
    label = f"perplexity ({quality.convention(ours)}; ratio to fp16)"
    values = (None if theirs is None else quality.headline(theirs), quality.headline(ours))
    ends = (None, None, None) if over is None else (over.value, over.low, over.high)
    return (name, label, *values, *ends, "paired windows of the text")
