"""How far a session's scoring is: which arms, how many windows, how fast."""

from __future__ import annotations

from dataclasses import dataclass

from ecotui.core.clock import NS
from ecotui.core.quality import BLOCKS
from ecotui.core.scores import Sums
from ecotui.core.timeline import Timeline
from ecotui.core.units import clean, number

PHASE = "scoring"


@dataclass(frozen=True, slots=True)
class Scored:
    """Where the scoring under way is."""

    what: str
    """The arms by quantization, and the convention."""
    done: int
    windows: int
    """Of each arm."""
    tokens_s: float | None
    """Through the model, of all arms; sliding windows are mostly context. None of tasks: lm-eval does not tell."""
    unit: str = "windows"
    """What is counted."""
    under_way: float = 0.0
    """Windows of each arm that are done, or half done, beyond `done`; a mean."""

    @property
    def fraction(self) -> float:
        """Share that is done, 0 to 1."""
        return min((self.done + self.under_way) / max(self.windows, 1), 1.0)

    @property
    def title(self) -> str:
        """What, and which window of how many."""
        return f"scoring {self.what} {self.done}/{self.windows}"


def scored(line: Timeline) -> Scored | None:
    """The convention under way, of the arms that are scored side by side; None while none is."""
    plan, phase = line.plan, line.phase
    if plan is None or phase is None or phase.name != PHASE:
        return None
    begun = [it for it in line.scorings.sums.values() if it.head.at_ns >= phase.at_ns]
    if not begun:
        return None
    if (task := _task(line, begun)) is not None:
        return task
    now = _convention(begun)
    some = [it for it in begun if it.head.convention == now]
    names = dict.fromkeys(plan.arms[it.head.arm].quantization for it in some if it.head.arm < len(plan.arms))
    what = f"{', '.join(names) if len(names) <= 2 else f'{len(some)} arms'}, {clean(now, 20)}"
    done = min(len(it.nll) for it in some)
    under_way = sum(it.done for it in some) / len(some) - done
    return Scored(what, done, some[0].head.windows, _pace(some), under_way=under_way)


def _task(line: Timeline, begun: list[Sums]) -> Scored | None:
    """The task of lm-eval that is not told of every arm yet; None before the windows are done."""
    arms = {it.head.arm for it in begun}
    over = {it.head.arm for it in begun if it.head.convention == BLOCKS and it.whole}
    if line.plan is None or line.plan.quality is None or over != arms:
        return None
    for task in line.plan.quality.tasks:
        done = sum(any(it.task == task for it in line.scorings.tasks.get(arm, ())) for arm in arms)
        if done < len(arms):
            return Scored(f"{clean(task, 40)} of lm-eval", done, len(arms), None, "arms")
    return None


def _convention(begun: list[Sums]) -> str:
    """Of the first that has some windows and not all, else the first that has not all, else the last."""
    left = [it for it in begun if not it.whole]
    return next((it for it in left if it.done), left[0] if left else begun[-1]).head.convention


def _pace(some: list[Sums]) -> float | None:
    begin, end = min(it.head.at_ns for it in some), max(it.last_ns for it in some)
    fed = sum(it.done * it.head.window for it in some)
    return fed * NS / (end - begin) if end > begin and fed else None


def pace_words(it: Scored) -> str:
    """ "12,345 tok/s, "; nothing of tasks."""
    return f"{number(it.tokens_s, 0):>8} tok/s, " if it.unit == "windows" else ""
