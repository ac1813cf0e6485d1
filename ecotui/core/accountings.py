"""Idle power by name, and joules a thousand tokens, gross and net of it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ecotui.core.clock import NS
from ecotui.core.statistics import deviation, mean
from ecotui.core.timeline import Span, Timeline

AGREE_PCT = 2.0
AGREE_W = 3.0
"""Idle power before and after should agree to within one of the two."""
REST_S = 1.0
"""Left out of the bare phase: a process that has just ended keeps an H100 at the power of a context for half of it."""
SHORT_S = 3.0
"""A bare phase that is shorter counts in full."""


@dataclass(frozen=True, slots=True)
class Idle:
    """Idle power that was watched in one or several phases; None where it was not."""

    power_w: float | None = None
    seconds: float | None = None
    sd_w: float | None = None
    """Of the readings, all phases together."""

    @property
    def error_w(self) -> float | None:
        """How far its power may be off: by as much as its readings spread, since a board at rest wanders slowly."""
        return self.sd_w


@dataclass(frozen=True, slots=True)
class ContextIdle:
    """Idle with the arm's weights resident, before the load and after the last window."""

    before: Idle
    after: Idle
    both: Idle
    """Its power is the mean of before and after, or the one that there is."""

    @property
    def error_w(self) -> float | None:
        """How far its power may be off while measuring: half of what it moved by, or the spread of one idle phase."""
        a, b = self.before.power_w, self.after.power_w
        return self.both.sd_w if a is None or b is None else abs(b - a) / 2

    @property
    def apart(self) -> bool:
        """Whether before and after differ by more than 2 % and 3 W."""
        a, b = self.before.power_w, self.after.power_w
        return a is not None and b is not None and abs(a - b) > max(AGREE_W, AGREE_PCT / 100 * min(a, b))


def bare_idle(line: Timeline) -> Idle:
    """Idle before the worker began: watched once a session, it holds for all arms."""
    return _watched(line, [_rested(s) for s in line.spans.named("bare")])


def context_idle(line: Timeline, arm: int) -> ContextIdle:
    """Idle of an arm with its weights resident."""
    first, last = _spans(line, arm, "context"), _spans(line, arm, "context-after")
    before, after, all_of_it = _watched(line, first), _watched(line, last), _watched(line, first + last)
    return ContextIdle(before, after, Idle(mean([before.power_w, after.power_w]), all_of_it.seconds, all_of_it.sd_w))


def idle_power(line: Timeline, arm: int, state: str) -> tuple[float | None, float | None]:
    """Mean instant power and length (W, s) of an arm's idle `state`: "bare" or "context", before and after."""
    idle = bare_idle(line) if state == "bare" else context_idle(line, arm).both
    return idle.power_w, idle.seconds


def per_1k(joules: float | None, tokens: int, seconds: float, idle_w: float | None) -> float | None:
    """Joules a thousand tokens, less `idle_w` over the time; None where either is unknown."""
    if joules is None or idle_w is None or tokens == 0:
        return None
    return 1000 * (joules - idle_w * seconds) / tokens


def baselines_w(line: Timeline, arm: int) -> tuple[float | None, float | None]:
    """Watts of both baselines: context, bare."""
    return context_idle(line, arm).both.power_w, bare_idle(line).power_w


def accountings(
    joules: float | None, tokens: int, seconds: float, idle_w: tuple[float | None, float | None]
) -> dict[str, Any]:
    """Joules a thousand tokens in the three accountings."""
    context, bare = idle_w
    return {
        "energy_gross_j_per_1k_tokens": per_1k(joules, tokens, seconds, 0.0),
        "energy_net_context_j_per_1k_tokens": per_1k(joules, tokens, seconds, context),
        "energy_net_bare_j_per_1k_tokens": per_1k(joules, tokens, seconds, bare),
    }


def net_error(
    joules: float | None, tokens: int, seconds: float, edge_error_pct: float | None, idle_error_w: float | None
) -> float | None:
    """How far joules a thousand tokens net of idle power may be off, 1000·√((E·u)² + (P·T)²)/tokens.

    u the edges' error, P that of the idle power, T the time; None where a part is unknown.
    """
    if joules is None or edge_error_pct is None or idle_error_w is None or tokens == 0:
        return None
    return 1000 * math.hypot(joules * edge_error_pct / 100, idle_error_w * seconds) / tokens


def _spans(line: Timeline, arm: int, name: str) -> list[Span]:
    """An arm's phases of a name; arms that are resident together share their idle phases."""
    return line.spans.named(name, arm=None if line.together else arm)


def _rested(span: Span) -> Span:
    """The phase without its first second, unless it is short."""
    begin, end = span.phase.at_ns, span.end_ns
    if end is None or end - begin < SHORT_S * NS:
        return span
    return Span(replace(span.phase, at_ns=begin + round(REST_S * NS)), end)


def _watched(line: Timeline, spans: list[Span]) -> Idle:
    """What the readings of the phases that are over say, or the ring's samples where no reading tells power.

    0 W is no answer. With MIG on nothing is told: the sensors weigh the whole card.
    """
    spans = sorted((s for s in spans if s.end_ns is not None), key=lambda s: s.phase.at_ns)
    if not spans:
        return Idle()
    told = line.readings if line.readings.any_above("power_w", 0.0) else line.samples
    power = np.concatenate([told.within("power_w", s.phase.at_ns, s.end_ns or 0) for s in spans])
    values = power[power > 0] if not (line.board and line.board.mig) else power[:0]
    seconds = sum((s.end_ns or 0) - s.phase.at_ns for s in spans) / NS
    return Idle(float(values.mean()) if len(values) else None, seconds, deviation(values.tolist()))
