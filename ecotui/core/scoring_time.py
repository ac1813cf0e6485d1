"""How far the scoring of some arms is, and how long it will go on, from the windows that are done."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ecotui.core.clock import NS
from ecotui.core.plan import Plan
from ecotui.core.quality import BLOCKS, conventions
from ecotui.core.score_events import Scoring
from ecotui.core.scores import Sums
from ecotui.core.timeline import Timeline

GUESS_S = 30.0
"""An arm's windows of which nothing is known yet."""
TASK_S = 120.0
"""A task of an arm, about."""


def left_s(line: Timeline, plan: Plan, arms: Sequence[int]) -> float:
    """Seconds until these arms are scored, about, from where they stand."""
    assert plan.quality is not None, "only what was asked for is scored"
    pace, done = pace_s(line), line.scorings
    told = sum(len({task.task for task in done.tasks.get(arm, [])}) for arm in arms)
    rest = TASK_S * max(len(plan.quality.tasks) * len(arms) - told, 0)
    windows, of = counted(line, plan, arms)
    if pace is None or not of:
        return rest + GUESS_S * sum(not _whole(line, plan, arm) for arm in arms)
    return rest + pace * max(of - windows, 0)


def counted(line: Timeline, plan: Plan, arms: Sequence[int]) -> tuple[int, int]:
    """Windows that are scored of these arms, and how many they will be; 0 where nothing tells yet."""
    assert plan.quality is not None, "only what was asked for is scored"
    windows = of = 0
    for arm in arms:
        for convention in conventions(plan.arms[arm], plan.quality):
            held = line.scorings.of(arm, convention)
            windows += len(held.nll) if held else 0
            of += held.head.windows if held else _planned(line, convention)
    return windows, of


def _planned(line: Timeline, convention: str) -> int:
    """Windows of an arm that was not begun: as many as another has, or as the text's tokens make."""
    heads = [it.head for it in line.scorings.sums.values()]
    same = next((head.windows for head in heads if head.convention == convention), None)
    return same if same is not None else max((_of_text(head, convention) for head in heads), default=0)


def _of_text(head: Scoring, convention: str) -> int:
    if convention == BLOCKS:
        return head.tokens // head.window
    return 1 + max(-(-(head.tokens - head.window) // head.stride), 0)


def _whole(line: Timeline, plan: Plan, arm: int) -> bool:
    assert plan.quality is not None
    held = [line.scorings.of(arm, c) for c in conventions(plan.arms[arm], plan.quality)]
    return all(it is not None and it.whole for it in held)


def pace_s(line: Timeline) -> float | None:
    """Seconds that a window of one arm takes, over all that are done; None before the first."""
    windows, seconds = 0, 0.0
    for span in line.spans:
        if span.phase.name == "scoring":
            done = list(_begun(line, span.phase.at_ns, span.end_ns))
            windows += sum(len(it.nll) for it in done)
            first, last = (f(done) if done else 0 for f in (_first_ns, _last_ns))
            seconds += (last - first) / NS
    return seconds / windows if windows and seconds > 0 else None


def _begun(line: Timeline, begin_ns: int, end_ns: int | None) -> Iterator[Sums]:
    for it in line.scorings.sums.values():
        if begin_ns <= it.head.at_ns and (end_ns is None or it.head.at_ns <= end_ns):
            yield it


def _first_ns(done: Sequence[Sums]) -> int:
    return min(it.head.at_ns for it in done)


def _last_ns(done: Sequence[Sums]) -> int:
    return max(it.last_ns for it in done)
