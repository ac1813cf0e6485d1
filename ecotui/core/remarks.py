"""Whether a run had settled, and which gates it did not pass afterwards, in words; a remark leaves it valid."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ecotui.core.accountings import ContextIdle, bare_idle
from ecotui.core.causes import windows_words
from ecotui.core.clock import NS
from ecotui.core.events import Gate
from ecotui.core.gate_words import UNSTABLE, unpassed_words
from ecotui.core.stability import halves_pct
from ecotui.core.statistics import cv_pct
from ecotui.core.tally import Tally
from ecotui.core.timeline import Timeline
from ecotui.core.units import signed
from ecotui.core.validity import foreigners, vitals_around

LOADED = ("warm-up", "stabilizing")
"""Phases in which an arm generates and nothing of it counts."""
STABLE, NOT_GATED = "stable", "not gated"
HALVES_PCT = 0.5
"""How far the halves' mean power may differ."""
TREND_P = 0.01
"""A less likely trend is one."""
TREND_WINDOWS = 6
"""Of fewer windows no order is unlikely enough to be a trend: p is at least 2/5!, which is above the gate."""
THROUGHPUT_CV_PCT = 2.0
POWER_CV_PCT = 5.0
SILENT_MS = 1000.0
"""So long without a reading is no gap of the sampler's: ten of them are missing."""
EDGE_PCT = 1.0
"""How far a window's edges may put its energy off."""
BY_FIGURES = (
    UNSTABLE,
    HALVES_OFF := "power of the second half is ",
    TREND_SEEN := "energy per token follows a trend ",
    THROUGHPUT_VARIES := "throughput varies by ",
    POWER_VARIES := "power varies by ",
)
"""How remarks begin whose figures have columns of their own in a run's row."""
REST_PCT = 5.0
"""A board at rest varies by less, and moves what is net of its idle power by less."""


@dataclass(frozen=True, slots=True)
class Checks:
    """What the windows say of a run afterwards; None below the windows that a check needs."""

    throughput_cv_pct: float | None
    power_cv_pct: float | None
    energy_cv_pct: float | None
    power_halves_pct: float | None
    trend_p: float | None
    edge_error_pct: float | None
    """The largest."""


def stability(line: Timeline, arm: int, windows: int) -> str | None:
    """How the gate ended; None where the session did not come so far."""
    gate, looks = line.gate(arm), line.gates.get(arm, [])
    if line.plan is not None and not line.plan.protocol.gate_s:
        return NOT_GATED
    # An arm that was loaded several times was gated as often, and each time counts.
    if gate is not None and gate.state == "stable" and not any(look.state == "unstable" for look in looks):
        return STABLE
    # A board that was measured though the gate never let it pass had not settled.
    return UNSTABLE if windows or (gate is not None and gate.state == "unstable") else None


def gate_s(line: Timeline, arm: int) -> float | None:
    """How long the gate watched: from the beginning of the arm's load to the last look."""
    gate = line.gate(arm)
    if gate is None:
        return None
    loaded, since = line.spans.named(*LOADED, arm=gate.arm), line.loaded_ns(gate.arm, gate.at_ns)
    # Of an arm that was loaded several times, the last.
    begun = [s.phase.at_ns for s in loaded if since <= s.phase.at_ns <= gate.at_ns]
    return (gate.at_ns - min(begun, default=line.gates[gate.arm][0].at_ns)) / NS


def checks(windows: Tally) -> Checks:
    """The checks of some windows, in order."""
    return Checks(
        cv_pct(windows.throughput),
        cv_pct(windows.power),
        cv_pct(windows.energy),
        halves_pct(windows.power),
        windows.rises.p if len(windows.energy) >= TREND_WINDOWS else None,
        windows.most["energy_edge_error_pct"].value,
    )


def remarks(line: Timeline, arm: int, windows: Tally, done: Checks, idle: ContextIdle) -> str | None:
    """Everything that a run did not pass, the weightiest first; None where it passed all."""
    gate = line.gate(arm)
    said = [
        *(_unsettled(_shut(line, gate)) if stability(line, arm, windows.count) == UNSTABLE else ()),
        *_drifts(done),
        *_scatters(done),
        *_silence(line, windows),
        *_weighing(line, windows, done),
        *_idling(line, windows, idle),
        *_neighbours(line, arm),
    ]
    return "; ".join(said) or None


def _shut(line: Timeline, gate: Gate | None) -> Gate | None:
    """The look at which the gate was shut: of an arm that was loaded several times it need not be the newest."""
    if gate is None or gate.state != "stable":
        return gate
    return next((look for look in reversed(line.gates[gate.arm]) if look.state == "unstable"), gate)


def _unsettled(gate: Gate | None) -> Iterator[str]:
    told = unpassed_words(gate) if gate is not None and gate.drift_pct is not None else ""
    yield f"{UNSTABLE}: {told or 'the board had not settled before the windows'}"


def _drifts(done: Checks) -> Iterator[str]:
    if done.power_halves_pct is not None and abs(done.power_halves_pct) > HALVES_PCT:
        yield f"{HALVES_OFF}{signed(done.power_halves_pct, 2)} % off the first (gate {HALVES_PCT:g} %)"
    if done.trend_p is not None and done.trend_p < TREND_P:
        yield f"{TREND_SEEN}(Mann-Kendall p = {done.trend_p:.1g})"


def _scatters(done: Checks) -> Iterator[str]:
    if done.throughput_cv_pct is not None and done.throughput_cv_pct > THROUGHPUT_CV_PCT:
        yield f"{THROUGHPUT_VARIES}{done.throughput_cv_pct:.1f} % over windows (gate {THROUGHPUT_CV_PCT:g} %)"
    if done.power_cv_pct is not None and done.power_cv_pct > POWER_CV_PCT:
        yield f"{POWER_VARIES}{done.power_cv_pct:.1f} % over windows (gate {POWER_CV_PCT:g} %)"


def _silence(line: Timeline, windows: Tally) -> Iterator[str]:
    """A board whose sensors answered no more in a window, to the session's end or for a while."""
    if windows.gap_ms < SILENT_MS or not len(line.readings):
        return
    unheard_s = (line.last_ns - line.readings.stamp(-1)) / NS
    if line.end is not None and unheard_s * 1000 >= SILENT_MS:
        yield f"the board's sensors stopped answering: nothing of them in the session's last {unheard_s:.1f} s"
    else:
        yield f"nothing was heard of the board's sensors for {windows.gap_ms / 1000:.1f} s"


def _weighing(line: Timeline, windows: Tally, done: Checks) -> Iterator[str]:
    if done.edge_error_pct is not None and done.edge_error_pct > EDGE_PCT:
        yield f"a window's edges may put its energy {done.edge_error_pct:.1f} % off (gate {EDGE_PCT:g} %)"
    if windows.count and not windows.weighed and not (line.board and line.board.mig):
        yield "no power was told in any window: the counter has no second source beside it"
    for why, numbers in windows.doubted.items():
        which = windows_words(numbers)
        yield f"the counter was not believed in {which}, where it {why}: the integral of power counts there"


def _idling(line: Timeline, windows: Tally, idle: ContextIdle) -> Iterator[str]:
    bare, before, after = bare_idle(line), idle.before.power_w, idle.after.power_w
    if line.board is not None and line.board.mig:
        return
    if windows.count and (bare.power_w is None or idle.both.power_w is None):
        yield "no power was told while the board idled: nothing can be net of it"
    if bare.power_w and bare.sd_w and bare.sd_w > REST_PCT / 100 * bare.power_w:
        yield f"the bare board was not at rest: {bare.power_w:.1f} ± {bare.sd_w:.1f} W"
    if before is not None and after is not None:
        off_pct = of_net_pct(windows, before, after)
        if idle.apart or (off_pct is not None and off_pct > REST_PCT):
            share = f", ± {off_pct:.0f} % of the energy net of it" if off_pct is not None else ""
            yield f"idle power moved from {before:.1f} W before to {after:.1f} W after the windows{share}"
    elif windows.count and line.end is not None and line.plan is not None and line.plan.protocol.idle_after:
        yield "idle power after the windows is missing"


def of_net_pct(windows: Tally, before_w: float, after_w: float) -> float | None:
    """Half of what idle power moved by, of the mean power that is net of it; None where nothing is net."""
    power = windows.means["power_mean_w"].mean
    net = None if power is None else power - (before_w + after_w) / 2
    return 50 * abs(after_w - before_w) / net if net is not None and net > 0 else None


def _neighbours(line: Timeline, arm: int) -> Iterator[str]:
    spans = [*line.spans.named("bare"), *line.spans.named("context", "context-after", arm=arm)]
    others = foreigners([v for s in spans if s.end_ns for v in vitals_around(line, s.phase.at_ns, s.end_ns)])
    if others:
        yield f"another process was on the board while idle power was watched: {', '.join(others)}"
