"""What a reader of an arm's quality has to know beside its figures, in words."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from ecotui.core.arm import quantization
from ecotui.core.quality import BLOCKS, PARTLY, PREFILL, UNSCORED, conventions, reference
from ecotui.core.resampling import LEAST_WINDOWS
from ecotui.core.scores import Sums
from ecotui.core.scoring_time import counted
from ecotui.core.timeline import Timeline

RANDOM = "random weights: perplexity refused, since no training made any text likely to them"
SAYING = ("loading", "scoring")
"""Phases in which scoring may fail."""


def quality_remark(line: Timeline, arm: int, number: int, sums: Mapping[str, Sums]) -> str | None:
    """Everything of note, the weightiest first; None where there is nothing.

    number: the scored arm whose figures are those of `arm`. sums: its sums by convention, of no window too.
    """
    said = [*_failed(line, number, sums), *_stopped(line, sums), *_undone(line, number)]
    sums = {convention: it for convention, it in sums.items() if it.nll}
    if sums:
        said += [*_refused(line, arm), *_shortened(line, sums), *_compared(line, number, sums)]
        said += [*_few(sums), *_path(line, arm, sums), *_shared(line, arm, number)]
    return "; ".join(said) or None


def _whole(line: Timeline, number: int, sums: Mapping[str, Sums]) -> bool:
    assert line.plan is not None and line.plan.quality is not None
    wanted = conventions(line.arm(number), line.plan.quality)
    return all(c in sums and sums[c].whole for c in wanted)


def _failed(line: Timeline, number: int, sums: Mapping[str, Sums]) -> Iterator[str]:
    """Why the arm could not be scored, where that is so."""
    assert line.plan is not None and line.plan.quality is not None
    tasks = {task.task for task in line.scorings.tasks.get(number, [])}
    if _whole(line, number, sums) and (tasks or not line.plan.quality.tasks):
        return
    told = [note for note in line.notices if note.text.startswith((UNSCORED, PARTLY))]
    spans = line.spans.named(*SAYING, arm=number)
    own = [n for n in told if any(s.phase.at_ns <= n.at_ns <= (s.end_ns or n.at_ns) for s in spans)]
    if note := next(iter(own[-1:] or told[-1:]), None):
        yield f"failed because {_reason(note.text).rstrip('.')}"
    elif line.end is not None and line.end.outcome == "failed":
        yield f"failed because {line.end.reason.rstrip('.')}"


def unscored_words(line: Timeline, arms: Sequence[int], reason: str) -> str:
    """What the operator is told when scoring fails: how far these arms came, and why no further."""
    assert line.plan is not None
    far = {arm: counted(line, line.plan, (arm,)) for arm in arms}
    if not any(done for done, _ in far.values()):
        return f"{UNSCORED}: {reason}"
    told = [f"{line.arm(arm).quantization} {done:,} of {of:,} windows" for arm, (done, of) in far.items()]
    return f"{PARTLY} ({', '.join(told)}): {reason}"


def _reason(notice: str) -> str:
    """Of such words, why."""
    return (
        notice.removeprefix(UNSCORED).removeprefix(": ") if notice.startswith(UNSCORED) else notice.partition("): ")[2]
    )


def _stopped(line: Timeline, sums: Mapping[str, Sums]) -> Iterator[str]:
    """How far each convention came; a log without an end goes on or was cut off, and the words hold for both."""
    if not any(it.nll for it in sums.values()):
        if line.end is not None:
            yield "no window was scored"
        return
    for convention, it in sums.items():
        done = f"{len(it.nll):,} of {it.head.windows:,} {convention} windows"
        if not it.whole:
            yield f"{done} so far" if line.end is None else f"stopped after {done}"


def _undone(line: Timeline, number: int) -> Iterator[str]:
    """Tasks that were asked for, once none comes any more; a task that is a group is told by its parts, too."""
    assert line.plan is not None and line.plan.quality is not None
    told = [task.task for task in line.scorings.tasks.get(number, [])]
    left = [name for name in line.plan.quality.tasks if not any(it.startswith(name) for it in told)]
    if left and line.end is not None:
        yield f"not done: {', '.join(left)}"


def _refused(line: Timeline, arm: int) -> Iterator[str]:
    if line.arm(arm).synthetic:
        yield RANDOM


def _shortened(line: Timeline, sums: Mapping[str, Sums]) -> Iterator[str]:
    assert line.plan is not None and line.plan.quality is not None
    window = min(it.head.window for it in sums.values())
    if window < line.plan.quality.window:
        yield f"windows shortened from {line.plan.quality.window:,} to the model's {window:,} positions"


def _compared(line: Timeline, number: int, sums: Mapping[str, Sums]) -> Iterator[str]:
    """How much of it the comparison with the reference is of."""
    assert line.plan is not None and line.plan.quality is not None
    against, blocks = reference(line.plan.arms, number, line.plan.quality), sums.get(BLOCKS)
    if against is None:
        return
    others = {c: line.scorings.of(against, c) for c in sums}
    for convention, it in sums.items():
        other = others[convention]
        both = min(len(it.nll), len(other.nll)) if other else 0
        if not both:
            yield f"not compared with fp16 by {convention} windows, of which fp16 has none"
        elif both < len(it.nll):
            yield f"compared with fp16 only over the first {both:,} {convention} windows, which both have"
    kept = blocks.head.compared_windows if blocks else None
    if kept is not None and blocks is not None and kept < blocks.head.windows:
        yield f"divergence and agreement only over the first {kept:,} windows, whose logits had room"


def _few(sums: Mapping[str, Sums]) -> Iterator[str]:
    for convention, it in sums.items():
        if (few := len(it.nll)) < LEAST_WINDOWS:
            beside = ", of divergence and agreement too" if convention == BLOCKS else ""
            some = f"{few} {convention} window{'s' * (few > 1)}"
            yield f"{some}: too few for an interval{beside}, which takes {LEAST_WINDOWS}"
    if broken := sum(not math.isfinite(value) for it in sums.values() for value in it.nll):
        yield f"in {broken:,} windows the loss is no finite number"


def _path(line: Timeline, arm: int, sums: Mapping[str, Sums]) -> Iterator[str]:
    """With a threshold the path decides which columns LLM.int8 takes out of its product."""
    head, it = next(iter(sums.values())).head, line.arm(arm)
    if not quantization(it.quantization).threshold:
        return
    rows = f"{head.window:,} rows of a window" if head.path == PREFILL else f"{head.rows:,} rows of a decoding step"
    other = f": decoding takes those of {it.batch_size:,}" if head.path == PREFILL else ""
    yield f"LLM.int8 took out the columns with an outlier in any of the {rows}{other}"


def _shared(line: Timeline, arm: int, number: int) -> Iterator[str]:
    if arm != number and line.header is not None:
        yield f"scored as {line.header.session}.{number}, which computes the same"
