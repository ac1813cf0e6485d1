"""Windows of a watched server: from one of its answers to another, a fixed time apart."""

from __future__ import annotations

from ecotui.core.clock import NS
from ecotui.core.messages import Measured
from ecotui.core.scrapes import Scrapes


class Brackets:
    """Cuts time into windows as answers come.

    A window begins and ends with an answer, so that its tokens are exactly those between two counts and its energy is
    that of exactly this time. One in which the server began anew, or did not answer for a window's length, is left out.
    """

    def __init__(self, window_s: float, every_s: float) -> None:
        self._window_ns, self._tolerance_ns = round(window_s * NS), round(every_s * NS / 2)
        self._begin_ns: int | None = None
        self.count = 0

    def saw(self, scrapes: Scrapes) -> Measured | None:
        """The window that ends with the newest answer, if one does."""
        at_ns = scrapes.at_ns[-1]
        if self._begin_ns is None or self._broken(scrapes):
            self._begin_ns = at_ns
            return None
        if at_ns - self._begin_ns < self._window_ns - self._tolerance_ns:
            return None
        begin_ns, self._begin_ns = self._begin_ns, at_ns
        self.count += 1
        tokens = round(scrapes.tokens("generated", begin_ns, at_ns) or 0)
        return Measured(self.count, begin_ns, at_ns, 0, 0, tokens, tokens, None)

    def _broken(self, scrapes: Scrapes) -> bool:
        at = scrapes.at_ns
        anew = bool(scrapes.begun_ns) and scrapes.begun_ns[-1] == at[-1]
        return anew or (len(at) > 1 and at[-1] - at[-2] > self._window_ns)
