"""How far a session is and how long it will take, from its timeline alone."""

from __future__ import annotations

from dataclasses import dataclass

from ecotui.core import scoring_time, turns
from ecotui.core.clock import NS
from ecotui.core.events import Phase
from ecotui.core.plan import Plan
from ecotui.core.program import Rate, Step
from ecotui.core.quality import scored
from ecotui.core.schedule import cool_s, split_lengths
from ecotui.core.timeline import Timeline

IMPORT_S = 8.0
"""Importing torch and transformers, about."""
CALL_GUESS_S = 5.0
"""A generate() call of which nothing is known yet."""
EXAMINE_S = 10.0
"""Profiling a few steps, about."""
GATE_SPANS = 2.0
"""A board that has not been looked at yet is taken to settle within this many gate_s of load."""
ORDER = (
    "bare",
    "loading",
    "context",
    "warm-up",
    "stabilizing",
    "measuring",
    "splitting",
    "cooling",
    "context-after",
    "scoring",
    "examining",
)


LEFT = ("stabilizing", "scoring")


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a session stands."""

    phase: str
    """The phase's name; "ended" after the end, "starting" before the first; "watching" of a server's all along."""
    window: int | None
    """The window under way, from 1; those that split prefill from decode are counted by themselves. While quality is
    scored, how many of the text's are done, over the arms of the phase."""
    windows: int
    """How many of its kind there will be."""
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
    plan, phase = line.plan, line.phase
    if plan is None:
        return Progress("starting", None, 0, 0.0, 1.0, 0.0)
    if line.end is None and line.header is not None and line.header.watched is not None:
        return Progress("watching", None, 0, (now_ns - line.start_ns) / NS, 1.0, 0.0)
    if line.end is not None or phase is None:
        return Progress("ended" if line.end else "starting", None, plan.windows, 0.0, 1.0, 0.0)
    elapsed = max(now_ns - phase.at_ns, 0) / NS
    if plan.protocol.blocks or (plan.quality is not None and (plan.quality.alone or len(plan.arms) > 1)):
        return _paired(line, plan, phase, elapsed, now_ns)
    lengths = phase_lengths(line, plan, phase.arm, now_ns)
    expected, rest = lengths.get(phase.name, 0.0), 0.0
    if phase.name in LEFT:
        expected += elapsed  # which tell what is left, not what was
    window, windows = _counted(plan, phase.name, phase.window, phase.arm)
    if phase.name == "scoring" and plan.quality is not None:
        window, windows = scoring_time.counted(line, plan, (phase.arm,))
    elif window is not None:  # a phase of these is one window
        expected /= windows
        rest = expected * (windows - window)
    expected = max(expected, phase.expected_s or 0.0)
    rest += _after(plan, lengths, phase.name, phase.arm)
    return Progress(phase.name, window, windows, elapsed, expected, max(expected - elapsed, 0.0) + rest)


def _paired(line: Timeline, plan: Plan, phase: Phase, elapsed: float, now_ns: int) -> Progress:
    """Of a session of several arms: its windows are those of all arms together."""
    steps = turns.steps_of(line, plan)
    at = turns.here(line, steps)
    examine_s = EXAMINE_S if plan.device == "cuda" else 1.0
    calls = [call_s(line, n) or min(CALL_GUESS_S, plan.protocol.window_s) for n in range(len(plan.arms))]

    def length(step: Step) -> float:
        gate_s = _until_stable_s(line, plan, step.arm, now_ns, 0.0) if plan.protocol.gate_s else 0.0
        score_s = scoring_time.left_s(line, plan, step.arms) if isinstance(step, Rate) else 0.0
        return turns.length_s(step, plan, turns.Pace(calls[step.arm], IMPORT_S, gate_s, examine_s, score_s))

    expected = length(steps[at]) + (elapsed if phase.name in LEFT else 0.0)
    rest = sum(length(step) for step in steps[at + 1 :])
    taken = line.spans.counted("measuring")
    window = taken if phase.name == "measuring" else None
    every = plan.windows * len(plan.arms)
    if isinstance(here := steps[at], Rate):
        window, every = scoring_time.counted(line, plan, here.arms)
    return Progress(phase.name, window, every, elapsed, expected, max(expected - elapsed, 0.0) + rest)


def call_s(line: Timeline, arm: int) -> float | None:
    """Length of the arm's newest generate() call that is over, seconds."""
    stamps = line.arm(arm).new_tokens + 1
    newest = (c.stamps for c in reversed(line.calls.values()) if c.arm == arm and len(c.stamps) == stamps)
    found = next(newest, None)
    return (found[-1] - found[0]) / NS if found else None


def phase_lengths(line: Timeline, plan: Plan, arm: int, now_ns: int) -> dict[str, float]:
    """Seconds of every phase of an arm, about, all of its windows in one; those that it goes without are missing."""
    protocol, known = plan.protocol, call_s(line, arm)
    call = known or min(CALL_GUESS_S, protocol.window_s)
    window = max(protocol.window_s, call) + (call / 2 if known else 0.0)
    found = {"bare": protocol.idle_s, "loading": IMPORT_S, "context": protocol.idle_s}
    found |= {"warm-up": call * protocol.warmups, "measuring": window * protocol.windows}
    if protocol.gate_s:
        found["stabilizing"] = _until_stable_s(line, plan, arm, now_ns, found["warm-up"])
    if lengths := split_lengths(plan.arms[arm], protocol):
        found["splitting"] = window * len(lengths)
    if protocol.idle_after:
        found |= {"cooling": cool_s(protocol), "context-after": protocol.idle_s}
    if plan.quality is not None and arm in scored(plan.arms, plan.quality):
        found["scoring"] = scoring_time.left_s(line, plan, (arm,))
    if protocol.examine:
        found["examining"] = EXAMINE_S if plan.device == "cuda" else 1.0
    return found


def _until_stable_s(line: Timeline, plan: Plan, arm: int, now_ns: int, warm_up_s: float) -> float:
    """Seconds of load that the gate will want beyond the warm-ups; from now on, once it has looked."""
    gate, protocol = line.gate(arm), plan.protocol
    most = min(GATE_SPANS * protocol.gate_s, protocol.gate_timeout_s)
    if gate is None:
        return max(most - warm_up_s, 0.0)
    if gate.state != "watching":
        return 0.0
    begun = [s.phase.at_ns for s in line.spans.named("warm-up", "stabilizing", arm=arm)]
    left = max(protocol.gate_timeout_s - (now_ns - min(begun, default=now_ns)) / NS, 0.0)
    eta = most if gate.eta_s is None else max(gate.eta_s - (now_ns - gate.at_ns) / NS, 0.0)
    return min(eta, left)


def _counted(plan: Plan, name: str, window: int | None, arm: int) -> tuple[int | None, int]:
    """The window's number among those of its kind, and how many these are."""
    if name != "splitting" or window is None:
        return window, plan.protocol.windows
    splits = len(split_lengths(plan.arms[arm], plan.protocol))
    # A log may hold split windows that its plan does not speak of: there is nothing to count them against.
    return (window - plan.protocol.windows, splits) if splits else (None, 0)


def _after(plan: Plan, lengths: dict[str, float], name: str, arm: int) -> float:
    """Seconds of all phases after this one; the bare board is watched once a session."""
    at = ORDER.index(name) if name in ORDER else len(ORDER)
    rest = sum(lengths.get(later, 0.0) for later in ORDER[at + 1 :])
    whole = sum(lengths.values()) - lengths["bare"]
    return rest + whole * (len(plan.arms) - 1 - arm)
