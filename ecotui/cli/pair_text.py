"""A paired session as a table of its arms, and what its ladder says in sentences."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from ecotui.analysis import quality
from ecotui.analysis.ladder import JOULES, TOKENS, ladder, to_dict
from ecotui.analysis.paired import Ratio, level_of, paired_ratio
from ecotui.analysis.settling import to_go
from ecotui.cli.narrow import print_stacked
from ecotui.core.labels import arm_labels, common_label
from ecotui.core.pairs import whole_blocks
from ecotui.core.rows import RunRow, WindowRow
from ecotui.core.units import clean, number, percent, significant, with_error

HEADS = (
    "arm",
    "tok/s",
    "tok/s × first",
    "ms a step",
    "GPU busy",
    "of peak GB/s",
    "W",
    "J/1k gross",
    "J × first",
    "net of context idle",
)


def print_pairs(out: Console, runs: Sequence[RunRow], windows: Sequence[WindowRow]) -> None:
    """The arms side by side, the first as the baseline, and the ladder's sentences."""
    mine = by_run(windows)
    first, *_ = runs
    rows = [(clean(name, 120), *_figures(run, mine, runs)) for name, run in zip(arm_labels(runs), runs, strict=True)]
    whole = [whole_blocks(mine[run.run_id]) for run in runs]
    done = set.intersection(*(set(blocks) for blocks in whole))
    bad = sorted({n for blocks in whole for n, those in blocks.items() if not all(w.valid for w in those)})
    ended = f" (stopped by {first.stopped_by})" if first.stopped_by else ""
    model = f" · {clean(common, 120)}" if (common := common_label(runs)) else ""
    lead = f"Paired session, {len(done)} of {first.blocks} blocks{ended}{model}"
    out.print(Text(f"{lead}; ratios with their 95 % intervals:", "bold"))
    if bad:
        which = f"block{'s' * (len(bad) > 1)} {', '.join(map(str, bad))}"
        out.print(Text(f"No ratio is made of {which}: an INVALID window is in it.", "bold yellow"))
    print_stacked(out, HEADS, rows)
    if not any(quality.measured(run) for run in runs):
        out.print(Text("Quality not measured: what a saving costs in it is not known; --quality scores it.", "yellow"))
    for words in _standing(runs, mine):
        out.print(Text(words))
    found = ladder(runs, mine)
    for sentence in found.sentences() if found else ():
        out.print(Text(sentence, "bold"))
    out.print()


def _standing(runs: Sequence[RunRow], mine: Mapping[str, Sequence[WindowRow]]) -> Iterator[str]:
    """How well the primary ratio is known; nothing of a session that its precision or its most blocks ended."""
    first, *others = runs
    ratio = paired_ratio(mine[first.run_id], mine[others[0].run_id], JOULES) if others else None
    if ratio is None or ratio.spread is None or first.stopped_by:
        return
    lead = f"{arm_labels(runs)[1]}: gross "
    yield lead + (to_go(ratio) if ratio.too_few else f"±{percent(ratio.half_pct)} · {to_go(ratio)}")


def _figures(run: RunRow, mine: Mapping[str, Sequence[WindowRow]], runs: Sequence[RunRow]) -> tuple[str, ...]:
    first = runs[0]
    of = mine[first.run_id], mine[run.run_id]
    speed, energy = (paired_ratio(*of, name, level_of(runs)) for name in (TOKENS, JOULES))
    return (
        number(run.throughput_tok_s),
        _times(speed) if run is not first else "",
        number(run.tpot_ms, 2),
        percent(run.gpu_busy_pct, 0),
        percent(run.bandwidth_share_pct, 0),
        number(run.power_mean_w),
        significant(run.energy_gross_j_per_1k_tokens),
        _times(energy) if run is not first else "",
        with_error(run.energy_net_context_j_per_1k_tokens, run.energy_net_context_error_j_per_1k_tokens),
    )


def pairs_json(runs: Sequence[RunRow], windows: Sequence[WindowRow]) -> dict[str, Any]:
    """Ratios of each arm to the first, and the ladder where there is one."""
    mine = by_run(windows)
    first, *others = runs
    ratios = [
        {"run_id": run.run_id, "against": first.run_id}
        | {
            name: _json(paired_ratio(mine[first.run_id], mine[run.run_id], name, level_of(runs)))
            for name in (JOULES, TOKENS)
        }
        for run in others
    ]
    found = ladder(runs, mine)
    return {"ratios": ratios, "ladder": to_dict(found) if found else None}


def by_run(windows: Sequence[WindowRow]) -> Mapping[str, list[WindowRow]]:
    """Windows by the run that they belong to; a run without any has none."""
    found: defaultdict[str, list[WindowRow]] = defaultdict(list)
    for window in windows:
        if not window.split:
            found[window.run_id].append(window)
    return found


def _times(ratio: Ratio | None) -> str:
    if ratio is None:
        return "–"
    if ratio.too_few:
        return f"{ratio.value:.3f}, too few blocks"
    ends = ", no interval" if ratio.low is None or ratio.high is None else f" [{ratio.low:.3f}, {ratio.high:.3f}]"
    return f"{ratio.value:.3f}{ends}"


def _json(ratio: Ratio | None) -> dict[str, Any] | None:
    if ratio is None:
        return None
    return {"ratio": ratio.value, "low": ratio.low, "high": ratio.high, "blocks": ratio.blocks}
