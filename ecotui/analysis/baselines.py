"""How far the idle baseline itself may put a net ratio off, beside the scatter of the windows.

Arms that were measured against one and the same baseline are put off together: what it is off by moves both nets, and
most of it leaves the ratio. Arms with a baseline each are put off independently.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from ecotui.analysis.distributions import t_p, t_quantile
from ecotui.analysis.paired import Ratio

CONTEXT, BARE = "energy_net_context_j_per_1k_tokens", "energy_net_bare_j_per_1k_tokens"
"""The columns that are net of an idle baseline."""


class Idled(Protocol):
    """What a run, or a point that is made of it, tells of its idle baselines."""

    @property
    def session_id(self) -> str | None: ...
    @property
    def throughput_tok_s(self) -> float | None: ...
    @property
    def idle_bare_sd_w(self) -> float | None: ...
    @property
    def idle_context_s(self) -> float | None: ...
    @property
    def idle_context_sd_w(self) -> float | None: ...
    @property
    def idle_context_before_w(self) -> float | None: ...
    @property
    def idle_context_after_w(self) -> float | None: ...


@dataclass(frozen=True, slots=True)
class Baseline:
    """An arm's net figure and the idle power that it is net of."""

    net_j: float
    """Joules a 1,000 tokens."""
    seconds: float
    """Of 1,000 tokens: the joules that a watt of error makes."""
    error_w: float
    """How far the idle power may be off; 0 where nothing tells."""
    watched: Hashable
    """Which look at the idle board it is: equal of arms that share one."""

    @property
    def off(self) -> float:
        """The error's share of the net figure."""
        return self.error_w * self.seconds / self.net_j


def error_w(run: Idled, column: str) -> float | None:
    """How far the idle power of a net column may be off: `ecotui.core.accountings` tells why; None where nobody knows.

    Of context idle half of what it moved by between before and after, or the spread of one idle phase; of bare idle
    the spread of its readings.
    """
    if column == BARE:
        return run.idle_bare_sd_w
    before, after = run.idle_context_before_w, run.idle_context_after_w
    return run.idle_context_sd_w if before is None or after is None else abs(after - before) / 2


def baseline(run: Idled, column: str, net_j: float | None) -> Baseline | None:
    """The baseline of a net figure; None of a column that has none, and where the figure is missing.

    Bare idle is watched once a session. Context idle is one for arms that were resident together, which tell the same
    look at it to the last digit and nanosecond; arms that were loaded one after the other have each their own.
    """
    if column not in (CONTEXT, BARE) or net_j is None or not run.throughput_tok_s:
        return None
    look = (run.idle_context_before_w, run.idle_context_after_w, run.idle_context_s, run.idle_context_sd_w)
    watched = (run.session_id, *(look if column == CONTEXT else ()))
    return Baseline(net_j, 1000 / run.throughput_tok_s, error_w(run, column) or 0.0, watched)


def shift(a: Sequence[Baseline], b: Sequence[Baseline]) -> float | None:
    """How far the baselines may put ln(B / A) off; None where their error reaches a net figure, which may then be 0.

    With s the seconds of 1,000 tokens and ΔP how far the idle power may be off, |s_B/net_B - s_A/net_A|·ΔP where they
    share one baseline, and √((s_A·ΔP_A/net_A)² + (s_B·ΔP_B/net_B)²) where each has its own. Of the mean logarithms of
    several, each is off by s·ΔP/net over their number; what shares a baseline adds up, the rest in quadrature.
    """
    if any(it.error_w and it.error_w * it.seconds >= it.net_j for it in (*a, *b)):
        return None
    looks: dict[Hashable, float] = {}
    for side, sign in ((a, -1), (b, 1)):
        for it in side:
            looks[it.watched] = looks.get(it.watched, 0.0) + sign * it.off / len(side)
    return math.hypot(*looks.values())


def widened(ratio: Ratio | None, a: Baseline | None, b: Baseline | None, level: float = 0.95) -> Ratio | None:
    """The ratio of two runs with what their baselines may put it off in its interval; without them as it is."""
    return ratio if a is None or b is None else _wider(ratio, shift((a,), (b,)), level)


def _wider(ratio: Ratio | None, off: float | None, level: float) -> Ratio | None:
    """The ratio with what the baselines may put it off in its interval, in quadrature on the logarithmic axis.

    Unbounded where a net figure may be 0. A ratio without an interval stays as it is, and p follows the interval.
    level: of Student's interval that the ratio came with.
    """
    if ratio is None:
        return None
    if off is None:
        return replace(ratio, low=-math.inf, high=math.inf, p=None)
    if not off or ratio.low is None or ratio.high is None or ratio.df is None:
        return ratio
    centre, half = math.log(ratio.value), math.hypot(math.log(ratio.high / ratio.low) / 2, off)
    p = t_p(centre / half * t_quantile((1 + level) / 2, ratio.df), ratio.df)
    return replace(ratio, low=math.exp(centre - half), high=math.exp(centre + half), p=p)


def of_runs(ratio: Ratio | None, a: Idled, b: Idled, column: str, level: float = 0.95) -> Ratio | None:
    """The ratio of a column of two stored runs; of a net one widened by what their baselines may put it off."""
    return of_sessions(ratio, (a,), (b,), column, level)


def of_sessions(
    ratio: Ratio | None, a: Sequence[Idled], b: Sequence[Idled], column: str, level: float = 0.95
) -> Ratio | None:
    """The same of the runs of several sessions, each net of its own baselines; as it is where one is not known."""
    if column not in (CONTEXT, BARE):
        return ratio
    known = [[it for run in some if (it := baseline(run, column, getattr(run, column, None)))] for some in (a, b)]
    return _wider(ratio, shift(*known), level) if [*map(len, known)] == [len(a), len(b)] else ratio
