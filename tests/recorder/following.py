"""Plans that are over soon, and how to follow their sessions: the log is the event that is waited for."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from ecotui.core.arm import Arm
from ecotui.core.plan import Plan, Protocol
from ecotui.core.timeline import Timeline
from ecotui.log import Follower
from ecotui.recorder.launch import Recording

QUICK = Protocol(idle_s=0.4, warmups=1, windows=3, window_s=0.3)
PLAN = Plan((Arm("synthetic:tiny", new_tokens=10, batch_size=2),), QUICK, "simulated", 0, "cpu", "of a test")
LONG = replace(PLAN, protocol=replace(QUICK, windows=200))


def until(recording: Recording, true: Callable[[Timeline], bool], timeout_s: float = 60.0) -> Timeline:
    """Follow a log until it says so; the log is the event that is waited for."""
    follower, deadline = Follower(recording.log), time.monotonic() + timeout_s
    while not true(follower.timeline):
        assert time.monotonic() < deadline, recording.log.with_name("recorder.log").read_text()
        follower.poll()
        time.sleep(0.01)
    return follower.timeline


def ended(line: Timeline) -> bool:
    return line.end is not None
