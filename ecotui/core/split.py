"""Energy of prefill and of decoding apart, from windows of several output lengths.

A request's gross energy is E(N) = E_prefill + (N - 1)·E_decode: the prefill yields the first token, every later one
takes a decoding step. Both come from a least-squares line through the windows' joules a request over N - 1, the
arm's own windows among them. What a call costs beside its steps is in E_prefill; a step's growth with the cache is
averaged over the lengths.
"""

from __future__ import annotations

from collections.abc import Sequence

from ecotui.core.rows import WindowRow
from ecotui.core.statistics import StraightLine, straight_line


def prefill_and_decode(windows: Sequence[WindowRow]) -> StraightLine | None:
    """Joules a request: `at_zero` of the prefill, `slope` of a decoded token; None without two output lengths.

    INVALID windows are in it, as they are in every mean.
    """
    points = [
        (w.new_tokens - 1, w.energy_gross_j_per_request)
        for w in windows
        if w.new_tokens is not None and w.energy_gross_j_per_request is not None
    ]
    return straight_line([float(x) for x, _ in points], [y for _, y in points])
