"""The arms of a paired session beside each other, as far as their windows tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ecotui.analysis.ladder import JOULES, ladder
from ecotui.analysis.paired import Ratio, paired_ratio
from ecotui.analysis.running import Running, running
from ecotui.core.rows import RunRow, WindowRow
from ecotui.core.tally import Tally, tally_of
from ecotui.core.timeline import Timeline
from ecotui.ui.screens.monitor_turns import glyph

Windows = Mapping[int, Sequence[WindowRow]]
"""Each arm's windows at its own output length."""
SAID_FROM = 2
"""Blocks that every arm has before a sentence is said of a session that goes on."""


@dataclass(frozen=True, slots=True)
class Side:
    """One arm."""

    number: int
    run: RunRow | None
    """None before its first window."""
    ratio: Ratio | None
    """Its gross energy a token over the first arm's; None of the first arm, and before a block in common."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """All of them, in the plan's order."""

    sides: tuple[Side, ...]
    sentences: tuple[str, ...]
    """What the ladder says of them; none while that is too early."""
    whole: RunRow | None
    """Checks over all arms: sums, and the worst of what cannot be summed; None before the first window."""
    windows: Tally
    """Of all arms."""
    standing: Running | None = None
    """How well the primary ratio is known, while the session goes on."""
    declared: int | None = None
    """Blocks that the plan has, or its most; None where there is no plan."""


def pairs_of(line: Timeline, runs: Mapping[int, RunRow], windows: Windows) -> Pairs:
    """The arms beside each other; `runs` are those that have a window."""
    ratios = {n: paired_ratio(windows[0], windows[n], JOULES) for n in windows if n}
    sides = tuple(Side(n, runs.get(n), ratios.get(n)) for n in sorted(windows))
    early = any(ratio is None or ratio.blocks < SAID_FROM for ratio in ratios.values())
    said = () if early and line.end is None else _sentences(list(runs.values()), windows)
    every = tally_of(sorted((w for those in windows.values() for w in those), key=lambda w: w.t0_ns or 0))
    protocol = line.plan.protocol if line.plan else None
    until = protocol.until_pct if protocol else None
    standing = running(windows[0], windows[1], JOULES, until) if line.end is None and 1 in windows else None
    whole = _whole({n: runs[n] for n in sorted(runs)})
    return Pairs(sides, said, whole, every, standing, protocol.blocks if protocol else None)


def _sentences(runs: Sequence[RunRow], windows: Windows) -> tuple[str, ...]:
    found = ladder(runs, {those[0].run_id: those for those in windows.values() if those})
    return tuple(found.sentences()) if found else ()


def _whole(by_arm: Mapping[int, RunRow]) -> RunRow | None:
    """One row for the checks of all arms: the one whose sources are furthest apart carries the rest."""
    runs = list(by_arm.values())
    if not runs:
        return None
    bits = [run.clock_event_reasons for run in runs if run.clock_event_reasons is not None]
    seen = 0
    for bit in bits:
        seen |= bit
    return replace(
        max(runs, key=lambda run: abs(run.energy_sources_diff_pct or 0.0)),
        windows=sum(run.windows or 0 for run in runs),
        windows_invalid=sum(run.windows_invalid or 0 for run in runs),
        clock_event_reasons=seen if bits else None,
        throttle_ms=_most([run.throttle_ms for run in runs]),
        throughput_cv_pct=_most([run.throughput_cv_pct for run in runs]),
        power_cv_pct=_most([run.power_cv_pct for run in runs]),
        cause=_joined(by_arm, "cause"),
        remarks=_joined(by_arm, "remarks"),
    )


def _most(values: Sequence[float | None]) -> float | None:
    return max((v for v in values if v is not None), default=None)


def _joined(runs: Mapping[int, RunRow], column: str) -> str | None:
    """What is said of each arm, by its glyph."""
    return "; ".join(f"{glyph(n)} {text}" for n, run in runs.items() if (text := getattr(run, column))) or None
