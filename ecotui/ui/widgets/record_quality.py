"""How well a run's arm predicts: perplexity by both conventions, divergence, agreement, tasks, and what was scored."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ecotui.analysis import quality
from ecotui.analysis.quality_runs import Known
from ecotui.analysis.quality_tasks import tasks
from ecotui.core import units
from ecotui.core.quality import REFERENCE
from ecotui.core.rows import RunRow
from ecotui.ui.widgets.record_facts import KEPT, Fact, said

WHOLE = re.compile(r"(×\S+ )?\[[^\]]*\]")
"""A ratio and its interval, which no line's end parts."""


def quality_facts(row: RunRow, known: Known | None = None) -> list[Fact]:
    """The section; `known` is what another run of the same arm came to, where this one has no figures of its own."""
    if not quality.measured(row):
        return [*_elsewhere(known), *_remark(row)]
    whole = [(label, WHOLE.sub(_kept, value)) for label, value in _figures(row)]
    return [*whole, *_text(row), *_tasks(row), *_remark(row)]


def _kept(found: re.Match[str]) -> str:
    return found.group().replace(" ", KEPT)


def _elsewhere(known: Known | None) -> Iterator[Fact]:
    if known is None:
        yield "measured", "no"
        return
    yield "measured", f"not in this session, but of the same arm in run {known.run.run_id}:"
    yield "", quality.line(known.run)
    yield "", quality.scored_on(known.run)


def _figures(row: RunRow) -> Iterator[Fact]:
    if quality.is_random(row):
        yield "perplexity", "refused: random weights"
    else:
        window, stride = (units.number(value, 0) for value in (row.quality_window, row.quality_stride))
        if row.perplexity_sliding is not None:
            told = row.perplexity_sliding, quality.sliding_ratio(row)
            yield "perplexity", _perplexity(*told, f"sliding {window}/{stride}")
        yield "perplexity", _perplexity(row.perplexity_blocks, quality.blocks_ratio(row), f"blocks of {window}")
    if (kl := quality.divergence(row)) is not None:
        yield f"KL from {REFERENCE}", f"{quality.nats(kl.value)} nats a token{quality.ends(kl, quality.nats)}"
    if (top := quality.agreement(row)) is not None:
        yield "top-1", f"{units.number(top.value)} % the same as {REFERENCE}{quality.ends(top, units.number)}"
    yield "against", said(row.quality_reference) if row.quality_reference else _alone(row)


def _perplexity(value: float | None, over: quality.Interval | None, convention: str) -> str:
    held = "" if over is None else f" · {quality.times(over, REFERENCE)}"
    return f"{quality.perplexity(value)}, {convention}{held}"


def _alone(row: RunRow) -> str:
    return quality.OWN if row.quantization == REFERENCE else f"no {REFERENCE} arm was scored with it"


def _text(row: RunRow) -> Iterator[Fact]:
    bos = "" if row.quality_bos is None else ", with its beginning token" if row.quality_bos else ", no beginning token"
    blocks = _of(row.quality_windows, row.quality_windows_planned)
    sliding = _of(row.quality_windows_sliding, row.quality_windows_sliding_planned)
    counts = f"{blocks} that follow one another, {sliding} sliding," if row.quality_windows_sliding else blocks
    yield "text", f"{said(row.quality_text)}, {units.number(row.quality_tokens, 0)} tokens{bos}"
    yield "sha256", said((row.quality_text_sha256 or "")[:16])
    yield "windows", f"{counts} of {units.number(row.quality_window, 0)} tokens"
    yield "path", quality.path_words(row).replace(" path", "")


def _of(done: int | None, planned: int | None) -> str:
    """ "12", or "12 of 34"."""
    return units.number(done, 0) + ("" if planned in (None, done) else f" of {units.number(planned, 0)}")


def _tasks(row: RunRow) -> Iterator[Fact]:
    for place, task in enumerate(tasks(row)):
        yield "" if place else "tasks", task.words


def _remark(row: RunRow) -> Iterator[Fact]:
    if row.quality_remark:
        yield "remark", units.clean(row.quality_remark, 1000)
