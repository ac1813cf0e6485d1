"""How long a sweep will take: by its protocol before anything is known, then by the groups that are done."""

from __future__ import annotations

from collections.abc import Mapping

from ecotui.core.plan import Plan
from ecotui.core.program import Rate, program
from ecotui.core.progress import CALL_GUESS_S, EXAMINE_S, GATE_SPANS, IMPORT_S, progress
from ecotui.core.scoring_time import GUESS_S
from ecotui.core.sweep import SweepPlan
from ecotui.core.sweep_state import DONE, GroupState, SweepState
from ecotui.core.timeline import Timeline
from ecotui.core.turns import Pace, length_s


def session_s(plan: Plan) -> float:
    """About how long a session takes, seconds, of which nothing is known but its plan."""
    it = plan.protocol
    gate = min(GATE_SPANS * it.gate_s, it.gate_timeout_s)
    pace = Pace(min(CALL_GUESS_S, it.window_s), IMPORT_S, max(gate, 0.0), EXAMINE_S if plan.device == "cuda" else 1.0)
    steps = program(plan)
    scoring = GUESS_S * sum(len(step.arms) for step in steps if isinstance(step, Rate))
    return scoring + sum(length_s(step, plan, pace) for step in steps)


def group_s(plan: SweepPlan, group: GroupState) -> float:
    """About how long what is missing of a group takes, or the session that it has under way."""
    words = group.arms if group.running else tuple(p.word for p in group.to_do())
    arms = [p.point.arm for p in group.points if p.point.word in words]
    session = plan.session(arms, plan.gpus[0])
    return session_s(session) if session else 0.0


def pace_of(state: SweepState) -> float:
    """How long groups took against what was expected of them; 1 where none is done."""
    done = [g for g in state.groups if g.took_s is not None]
    expected = sum(_expected_of_done(state.plan, g) for g in done)
    return sum(g.took_s or 0.0 for g in done) / expected if expected > 0 else 1.0


def _expected_of_done(plan: SweepPlan, group: GroupState) -> float:
    arms = [p.point.arm for p in group.points if p.point.word in group.arms and p.state == DONE]
    session = plan.session(arms, plan.gpus[0])
    return session_s(session) if session else 0.0


def sessions_left_s(lines: Mapping[str, Timeline], now_ns: int) -> dict[str, float]:
    """Seconds until each session ends by its own log, by its id; those that have not begun a phase are missing.

    now_ns: an instant of the sessions' own clock.
    """
    known = {session: progress(line, now_ns) for session, line in lines.items()}
    return {session: it.remaining_s for session, it in known.items() if it.phase != "starting"}


def remaining_s(state: SweepState, now_s: float, sessions: Mapping[str, float] | None = None) -> float:
    """Seconds until nothing is missing, spread over the sweep's boards; never less than a session's that runs.

    now_s: wall time, seconds since 1970. sessions: of `sessions_left_s`; a session that runs and is not among them
    is reckoned by its plan, as those to come are.
    """
    pace, known = pace_of(state), sessions or {}
    left = []
    for group in state.groups:
        told = known.get(group.session or "") if group.running else None
        if told is not None:
            left.append(told)
            continue
        whole = pace * group_s(state.plan, group)
        spent = now_s - group.started_s if group.running and group.started_s is not None else 0.0
        left.append(max(whole - spent, 0.0))
    boards = max(min(len(state.gpus), sum(one > 0 for one in left)), 1)
    return max(sum(left) / boards, max(left, default=0.0))
