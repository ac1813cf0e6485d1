"""Energy of prefill and of decoding apart, from windows of several output lengths.

A request's gross energy is E(N) = E_prefill + (N - 1)·E_decode: the prefill yields the first token, every later one
takes a decoding step. Both come from a least-squares line through the windows' joules a request over N - 1, the
arm's own windows among them. What a call costs beside its steps is in E_prefill; a step's growth with the cache is
averaged over the lengths.
"""

from __future__ import annotations

from ecotui.core.statistics import StraightLine, straight_line
from ecotui.core.tally import Tally


def prefill_and_decode(windows: Tally) -> StraightLine | None:
    """Joules a request: `at_zero` of the prefill, `slope` of a decoded token; None without two output lengths.

    INVALID windows are in it, as they are in every mean.
    """
    if len(windows.lengths.values) < 2:
        return None  # all are of one length
    return straight_line(windows.lengths.tolist(), windows.of_request)
