"""What `ecotui sweep` says of a sweep on stderr: that it begins, goes on, is complete, was let go of, or stopped."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from ecotui.core.sweep_state import FAILED, SweepState
from ecotui.recorder.sweep import Sweeping


def begun_line(begun: Sweeping, state: SweepState, broken_off: Sequence[str] = ()) -> str:
    """Whether it begins or goes on, how far it is, and what is measured again.

    broken_off: the groups that were when it went on.
    """
    total, counts = state.total, state.counts
    done = f"{counts['done']} of {total} points done, {counts['failed']} failed, {counts['skipped']} skipped"
    if begun.resumed:
        how = "goes on already" if begun.process is None else "goes on"
        again = (
            "" if begun.process is None else repeated(broken_off, "was broken off and is", "were broken off and are")
        )
        return f"Sweep {begun.sweep} {how} ({done}); --new begins afresh.{again}"
    return f"Sweep {begun.sweep} begins: {total} points, {counts['skipped']} of them skipped."


def complete_line(state: SweepState, ended_s: float) -> str:
    """That nothing of the plan is missing. ended_s: wall time, seconds since 1970."""
    counts, when = state.counts, f"{datetime.fromtimestamp(ended_s, UTC):%Y-%m-%d %H:%M} UTC"
    done = f"{counts['done']} of {state.total} points done, {counts['skipped']} skipped"
    failed = f", {counts[FAILED]} failed" if counts[FAILED] else ""
    retry = "; --retry-failed tries again what failed or did not fit" if state.retryable else ""
    return (
        f"Sweep {state.sweep} of this plan is complete since {when} ({done}{failed}): nothing is measured. "
        f"--new measures it all again{retry}."
    )


def left_line(sweep: str) -> str:
    """That the watching is over, and the sweep is not."""
    return f"The sweep {sweep} goes on by itself; `ecotui sweep --stop {sweep}` stops it."


def stopped_line(state: SweepState) -> str:
    """How to go on with what was stopped."""
    left = state.counts["to come"]
    what = "1 point is" if left == 1 else f"{left} points are"
    return (
        f"Stopped; {what} to come: `ecotui sweep --resume {state.sweep}` goes on with {'it' if left == 1 else 'them'}."
        f"{repeated(state.broken_off, 'was broken off and is then', 'were broken off and are then')}"
    )


def stops_line(state: SweepState) -> str:
    """That it stops, and what that costs."""
    again = repeated(state.running, "is broken off and then", "are broken off and then")
    return f"Sweep {state.sweep} stops; the same plan goes on with it later.{again}"


def repeated(groups: Sequence[str], one: str, more: str) -> str:
    """That groups are measured again as a whole; empty where there are none."""
    if not groups:
        return ""
    return f" {', '.join(groups)} {one if len(groups) == 1 else more} measured again as a whole, complete windows too."
