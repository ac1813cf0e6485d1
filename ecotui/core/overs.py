"""Windows that are over, and of which the log has not told yet what they came to: none is lost with its recorder."""

from __future__ import annotations

from ecotui.core.events import Over, Window


class Overs:
    """What waits for its `Window`."""

    def __init__(self) -> None:
        self._waiting: dict[tuple[int, int], Over] = {}
        """By arm and beginning."""
        self._made: set[tuple[int, int]] = set()

    @property
    def waiting(self) -> list[Over]:
        """In the order in which they came."""
        return list(self._waiting.values())

    def add(self, over: Over) -> None:
        """A window is over."""
        self._waiting[over.arm, over.t0_ns] = over

    def settle(self, window: Window) -> bool:
        """A window has come; False of one that was made here already."""
        key = window.arm, window.t0_ns
        self._waiting.pop(key, None)
        if window.over_ns is not None:
            self._made.add(key)
            return True
        return key not in self._made

    def made(self) -> list[Window]:
        """What still waits, as windows: nobody writes the log any more."""
        return [window_of(over, over.at_ns) for over in self.waiting]


def window_of(over: Over, over_ns: int | None = None) -> Window:
    """The same window without its figures; `over_ns` where its recorder did not come to weigh it."""
    return Window(
        over.arm,
        over.window,
        over.t0_ns,
        over.t1_ns,
        over.first_call,
        over.calls,
        over.tokens,
        over.tokens_expected,
        over.memory_peak_b,
        over.new_tokens,
        over.block,
        over_ns,
    )
