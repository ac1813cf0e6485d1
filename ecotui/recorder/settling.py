"""Windows that are over, but not yet known in full: readings, ring and vitals come a while after what they tell of."""

from __future__ import annotations

from dataclasses import replace

from ecotui.core.clock import NS
from ecotui.core.events import Over, Window
from ecotui.core.overs import window_of
from ecotui.core.reading import Reading, Ring, Slow
from ecotui.core.rows import row_dict
from ecotui.core.summary import window_row
from ecotui.core.timeline import Timeline
from ecotui.recorder.exchange import Accept

LATE_NS = 5 * NS // 2
"""A window waits at most this long for what is drained once a second."""


class Settling:
    """The windows that wait until everything that the board tells has passed their end."""

    def __init__(self) -> None:
        self._windows: list[Window] = []
        self._seen_ns: dict[type, int] = {}

    @property
    def waiting(self) -> bool:
        """Whether a window still waits."""
        return bool(self._windows)

    def add(self, accepted: Accept, at_ns: int) -> Over:
        """A window is over: what the log has to hold of it at once, whatever becomes of its recorder."""
        it = accepted.measured
        over = Over(
            at_ns,
            accepted.arm,
            it.window,
            it.t0_ns,
            it.t1_ns,
            it.first_call,
            it.calls,
            it.tokens,
            it.tokens_expected,
            it.memory_peak_b,
            accepted.new_tokens,
            accepted.block,
        )
        self._windows.append(window_of(over))
        return over

    def saw(self, item: Reading | Ring | Slow) -> None:
        """The board has told of the time up to here. What it never tells, no window waits for."""
        self._seen_ns[type(item)] = item.sample_ns[-1] if isinstance(item, Ring) else item.at_ns

    def ripe(self, line: Timeline, now_ns: int) -> list[Window]:
        """Windows that wait no longer, with their figures, in order."""
        found = []
        while self._windows and self._is_ripe(self._windows[0].t1_ns, now_ns):
            window = self._windows.pop(0)
            found.append(replace(window, figures=row_dict(window_row(line, window))))
        return found

    def _is_ripe(self, end_ns: int, now_ns: int) -> bool:
        seen_ns = min(self._seen_ns.values(), default=0)
        return seen_ns > end_ns or now_ns > end_ns + LATE_NS
