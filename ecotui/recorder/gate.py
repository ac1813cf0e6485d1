"""The stability gate of a session under way: what its timeline says now, and when it is to be asked again."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ecotui.core.clock import NS
from ecotui.core.events import Gate
from ecotui.core.schedule import gated_arm
from ecotui.core.stability import GATE_PCT, Look, look
from ecotui.core.timeline import Timeline

LOADED = ("warm-up", "stabilizing")
"""Phases in which the arm generates and nothing of it counts."""
LOOKS = 30
"""Looks a gate_s."""


def look_if_due(line: Timeline, now_ns: int) -> Gate | None:
    """The gate's look at the arm that is warming up; None where none is due.

    What has been said is in the timeline: nothing else is remembered.
    """
    phase, plan = line.phase, line.plan
    if plan is None or phase is None or phase.name not in LOADED or not plan.protocol.gate_s:
        return None
    if not _asked(line, phase.arm):
        return None
    last = _last(line, phase.arm)
    if last is not None and (_final(last, phase.name) or now_ns - last.at_ns < plan.protocol.gate_s * NS / LOOKS):
        return None
    return look_now(line, phase.arm, now_ns)


def look_now(line: Timeline, arm: int, now_ns: int) -> Gate:
    """A look at the readings since the arm's load began; it times out from there, too."""
    assert line.plan is not None, "a log begins with its header"
    protocol, begun_ns = line.plan.protocol, load_began_ns(line, arm, now_ns)
    seen = _look(line, arm, begun_ns, protocol.gate_s)
    over = now_ns - begun_ns >= protocol.gate_timeout_s * NS
    state = "stable" if seen.state_ok else "unstable" if over else "watching"
    return Gate(
        now_ns,
        arm,
        state,
        seen.span_s,
        GATE_PCT,
        seen.drift_pct,
        seen.slope_pct_per_min,
        seen.slope_error_pct_per_min,
        seen.tau_s,
        seen.temperature_range_c,
        seen.clock_range_pct,
        seen.eta_s,
        seen.waiting_for,
    )


def load_began_ns(line: Timeline, arm: int, otherwise_ns: int) -> int:
    """When the arm generated first after it was loaded last."""
    loaded_ns = line.loaded_ns(arm)
    begun = (s.phase.at_ns for s in line.spans.named(*LOADED, arm=arm))
    return min((at_ns for at_ns in begun if at_ns >= loaded_ns), default=otherwise_ns)


def _asked(line: Timeline, arm: int) -> bool:
    """Whether the arm's warm-up is gated: before the first window since it was loaded; of arms that are resident
    together, the steadiest's."""
    newest = line.spans.newest("measuring")
    if newest is not None and line.spans[newest].phase.at_ns >= line.loaded_ns(arm):
        return False
    return not line.together or (line.plan is not None and arm == gated_arm(line.plan))


def _last(line: Timeline, arm: int) -> Gate | None:
    """The newest look at the arm since it was loaded last."""
    looks = line.gates.get(arm, [])
    return looks[-1] if looks and looks[-1].at_ns >= line.loaded_ns(arm) else None


def _final(last: Gate, phase: str) -> bool:
    """A pass during the warm-ups is looked at again: it is the last warm-up's end that must find the board stable."""
    return last.state == "unstable" or (last.state == "stable" and phase == "stabilizing")


def _look(line: Timeline, arm: int, begun_ns: int, gate_s: float) -> Look:
    at_ns, power = line.readings.since("power_w", begun_ns)
    if not np.any(power > 0):  # without instant power, the board's own mean of a second tells a drift as well
        power = _column(line, "power_average_w", begun_ns)
    temperature, clock = (_column(line, name, begun_ns) for name in ("temperature_c", "sm_clock_mhz"))
    reasons = _column(line, "clock_event_reasons", begun_ns)
    fine_ns, fine_w = line.samples.since("power_w", begun_ns)
    fine, pace = ((fine_ns - begun_ns) / NS, fine_w), pace_since(line, arm, begun_ns)
    return look((at_ns - begun_ns) / NS, power, temperature, clock, reasons, gate_s, fine, pace)


def pace_since(line: Timeline, arm: int, begun_ns: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Seconds since `begun_ns` and how many steps of the arm were done by then; the prefill counts as one."""
    stamps: list[int] = []
    done: list[int] = []
    for call in line.calls.values():
        if call.arm == arm and call.stamps and call.stamps[0] >= begun_ns:
            stamps.extend(call.stamps)
            done.extend(range(done[-1] if done else 0, (done[-1] if done else 0) + len(call.stamps)))
    return (np.array(stamps, dtype=np.float64) - begun_ns) / NS, np.array(done, dtype=np.float64)


def _column(line: Timeline, name: str, begun_ns: int) -> NDArray[np.float64]:
    return line.readings.since(name, begun_ns)[1]
