"""What the sums of scored windows come to: perplexity, its ratio to the reference's, divergence and agreement."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ecotui.core.quality import BLOCKS, SLIDING, reference, stands_for
from ecotui.core.quality_remarks import quality_remark
from ecotui.core.resampling import Interval, ratio_of_sums
from ecotui.core.score_events import Scoring, Task
from ecotui.core.scores import Scorings, Sums
from ecotui.core.timeline import Timeline

Columns = dict[str, Any]


def perplexity(sums: Sums) -> float | None:
    """exp(Σ NLL / Σ tokens); None of no window, and where it is beyond any number or none."""
    tokens = sum(sums.tokens)
    return _exp(math.fsum(sums.nll) / tokens) if tokens else None


def perplexity_ratio(sums: Sums, other: Sums) -> Interval | None:
    """exp(Σ ΔNLL / Σ tokens) over the windows that both have, with its paired interval; None where they are not of
    the same tokens."""
    both = min(len(sums.nll), len(other.nll))
    if not both or not same_tokens(sums.head, other.head) or sums.tokens[:both] != other.tokens[:both]:
        return None
    more = [a - b for a, b in zip(sums.nll[:both], other.nll[:both], strict=True)]
    found = ratio_of_sums(more, sums.tokens[:both])
    value = _exp(found.value) if found else None
    if found is None or value is None:
        return None
    if found.low is None or found.high is None:
        return Interval(value)
    return Interval(value, _exp(found.low), _exp(found.high))


def same_tokens(one: Scoring, other: Scoring) -> bool:
    """Whether two scorings are of the same tokens in the same windows by the same path: others are never compared."""
    apart = {"at_ns": 0, "arm": 0, "windows": 0, "rows": 0, "against": None, "compared_windows": None}
    return replace(one, **apart) == replace(other, **apart)  # type: ignore[arg-type]


def divergence(sums: Sums) -> Interval | None:
    """Mean Kullback-Leibler divergence of the compared tokens, nats; None where none were."""
    found = ratio_of_sums(sums.kl, sums.compared[: len(sums.kl)])
    return _within(found, 0.0, math.inf)


def agreement(sums: Sums) -> Interval | None:
    """Share of the compared tokens of which both find the same one likeliest, percent; None where none were."""
    found = ratio_of_sums([100.0 * n for n in sums.agreed], sums.compared[: len(sums.agreed)])
    return _within(found, 0.0, 100.0)


def columns(line: Timeline, arm: int) -> Columns:
    """The columns of a run's row that tell of its quality; of an arm that computes the same as another, that one's."""
    assert line.plan is not None and line.header is not None
    plan, scorings = line.plan, line.scorings
    if plan.quality is None:
        return {}
    number = stands_for(plan.arms, arm, plan.quality)
    heads = {convention: it for convention in (SLIDING, BLOCKS) if (it := scorings.of(number, convention))}
    sums = {convention: it for convention, it in heads.items() if it.nll}
    against = reference(plan.arms, number, plan.quality)
    held = {c: scorings.of(against, c) for c in sums} if against is not None else {}
    found = {
        **(_of_text(sums) if sums else {}),
        **({} if line.arm(arm).synthetic else _perplexities(sums, held)),
        **_divergence(sums),
        "quality_tasks": tasks(scorings, number),
    }
    if any(found.get(name) is not None for name in OF_REFERENCE):
        found["quality_reference"] = f"{line.header.session}.{against}"
    return found | {"quality_remark": quality_remark(line, arm, number, heads)}


OF_REFERENCE = ("perplexity_sliding_ratio", "perplexity_blocks_ratio", "kl_nats")


def _of_text(sums: dict[str, Sums]) -> Columns:
    """What was scored, and in which windows."""
    head = next(iter(sums.values())).head
    sliding, blocks = sums.get(SLIDING), sums.get(BLOCKS)
    return {
        "quality_path": head.path,
        "quality_text": head.text,
        "quality_text_sha256": head.text_sha256,
        "quality_tokens": head.tokens,
        "quality_bos": head.bos,
        "quality_window": head.window,
        "quality_stride": sliding.head.stride if sliding else None,
        "quality_windows": len(blocks.nll) if blocks else 0,
        "quality_windows_planned": blocks.head.windows if blocks else None,
        "quality_windows_sliding": len(sliding.nll) if sliding else None,
        "quality_windows_sliding_planned": sliding.head.windows if sliding else None,
    }


def _perplexities(sums: dict[str, Sums], held: dict[str, Sums | None]) -> Columns:
    found: Columns = {}
    for convention, it in sums.items():
        name, other = f"perplexity_{convention}", held.get(convention)
        found[name] = perplexity(it)
        against = perplexity_ratio(it, other) if other else None
        found |= _told(f"{name}_ratio", f"{name}_ratio_{{}}", against)
    return found


def _divergence(sums: dict[str, Sums]) -> Columns:
    it = sums.get(BLOCKS)
    if it is None:
        return {}
    return _told("kl_nats", "kl_{}_nats", divergence(it)) | _told("agreement_pct", "agreement_{}_pct", agreement(it))


def _told(name: str, end: str, it: Interval | None) -> Columns:
    """An interval's three columns."""
    if it is None:
        return {}
    return {name: it.value, end.format("low"): it.low, end.format("high"): it.high}


def tasks(scorings: Scorings, arm: int) -> str | None:
    """What lm-eval told, as JSON; None where it told nothing."""
    told: Sequence[Task] = scorings.tasks.get(arm, [])
    names = ("task", "metric", "value", "stderr", "samples", "version")
    return json.dumps([{n: getattr(it, n) for n in names} for it in told]) if told else None


def _within(it: Interval | None, least: float, most: float) -> Interval | None:
    if it is None or it.low is None or it.high is None:
        return it
    return Interval(it.value, max(it.low, least), min(it.high, most))


def _exp(value: float) -> float | None:
    try:
        found = math.exp(value)
    except OverflowError:
        return None
    return found if math.isfinite(found) else None
