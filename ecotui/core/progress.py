"""How far a session is and how long it will take, from its timeline alone."""

from __future__ import annotations

from dataclasses import dataclass

from ecotui.core.clock import NS
from ecotui.core.plan import Plan
from ecotui.core.timeline import Timeline

IMPORT_S = 8.0
"""Importing torch and transformers, about."""
CALL_GUESS_S = 5.0
"""A generate() call of which nothing is known yet."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a session stands."""

    phase: str
    """The phase's name; "ended" after the end, "starting" before the first."""
    window: int | None
    windows: int
    elapsed_s: float
    """Since the phase began."""
    expected_s: float
    """How long the phase should last in all; an estimate."""
    remaining_s: float
    """Until the session ends; an estimate."""

    @property
    def fraction(self) -> float:
        """Share of the phase that is over, 0 to 1; an overdue phase stays just below 1."""
        if self.phase == "ended":
            return 1.0
        return min(self.elapsed_s / self.expected_s, 0.99) if self.expected_s > 0 else 0.0


def progress(line: Timeline, now_ns: int) -> Progress:
    """Progress of a session at an instant of its own clock."""
    plan = line.plan
    if plan is None:
        return Progress("starting", None, 0, 0.0, 1.0, 0.0)
    windows = plan.protocol.windows
    if line.end is not None or line.phase is None:
        return Progress("ended" if line.end else "starting", None, windows, 0.0, 1.0, 0.0)
    phase = line.phase
    elapsed = max(now_ns - phase.at_ns, 0) / NS
    expected = max(_expected(line, plan, phase.name), phase.expected_s or 0.0)
    if phase.name == "warm-up":
        expected *= plan.protocol.warmups
    after = _after(line, plan, phase.name, phase.window, phase.arm)
    return Progress(phase.name, phase.window, windows, elapsed, expected, max(expected - elapsed, 0.0) + after)


def call_s(line: Timeline, arm: int) -> float | None:
    """Length of the arm's newest generate() call that is over, seconds."""
    tokens = line.arm(arm).new_tokens
    whole = [c for (a, _), c in line.calls.items() if a == arm and len(c.stamps) == tokens + 1]
    return (whole[-1].stamps[-1] - whole[-1].stamps[0]) / NS if whole else None


def _expected(line: Timeline, plan: Plan, name: str) -> float:
    arm = line.phase.arm if line.phase else 0
    call = call_s(line, arm) or min(CALL_GUESS_S, plan.protocol.window_s)
    protocol = plan.protocol
    lengths = {"bare": protocol.idle_s, "context": protocol.idle_s, "warm-up": call, "cooling": protocol.idle_s}
    if name == "loading":
        return IMPORT_S
    if name == "measuring":
        return max(protocol.window_s, call) + (call / 2 if call_s(line, arm) else 0.0)
    return lengths.get(name, 0.0)


def _after(line: Timeline, plan: Plan, name: str, window: int | None, arm: int) -> float:
    """Seconds of all phases after this one."""
    order = ["bare", "loading", "context", "warm-up", "measuring"]
    at = order.index(name) if name in order else len(order)
    protocol = plan.protocol
    one = _expected(line, plan, "measuring")
    costs = [
        0.0,
        IMPORT_S,
        protocol.idle_s,
        _expected(line, plan, "warm-up") * protocol.warmups,
        one * protocol.windows,
    ]
    rest = sum(costs[at + 1 :]) if at < len(order) else 0.0
    if name == "measuring":
        rest = one * (protocol.windows - (window or 1))
    return rest + sum(costs) * (len(plan.arms) - 1 - arm)
