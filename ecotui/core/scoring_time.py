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
    told = sum(len({task.task for task in line.scorings.tasks.get(arm, [])}) for arm in arms)
    rest = TASK_S * max(len(plan.quality.tasks) * len(arms) - told, 0)
    if pace_s(line) is None or not counted(line, plan, arms)[1]:
        return rest + GUESS_S * sum(not _whole(line, plan, arm) for arm in arms)
    return rest + sum(_arm_left_s(line, plan, arm) for arm in arms)


def _arm_left_s(line: Timeline, plan: Plan, arm: int) -> float:
    """Of one arm, by its own pace where that is known: LLM.int8's decomposition takes several times as long as fp16."""
    assert plan.quality is not None
    wanted, left = conventions(plan.arms[arm], plan.quality), 0.0
    held = {convention: line.scorings.of(arm, convention) for convention in wanted}
    own = [pace for it in held.values() if it is not None and (pace := it.pace_s) is not None]
    for convention, it in held.items():
        windows = _planned(line, convention) if it is None else it.head.windows - it.done
        pace = it.pace_s if it is not None else None
        if pace is None or line.scorings.merged:
            pace = own[0] if own and not line.scorings.merged else pace_s(line)
        left += max(windows, 0.0) * (pace or 0.0)
    return left


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
    """Seconds that a window of one arm takes: the mean of the arms that have begun; None before the first window."""
    scorings = line.scorings
    if not scorings.merged:
        paces = [pace for it in scorings.sums.values() if (pace := it.pace_s) is not None]
        return sum(paces) / len(paces) if paces else None
    windows, seconds = 0.0, 0.0
    for span in line.spans.named("scoring"):
        done = list(_begun(line, span.phase.at_ns, span.end_ns))
        windows += sum(it.done for it in done)
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
