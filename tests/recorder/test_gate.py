"""When the gate looks, and what it makes of the readings since the load began."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from ecotui.core.clock import NS
from ecotui.core.drift import blocks
from ecotui.core.events import Gate, Header, Phase, Steps
from ecotui.core.plan import Plan, Protocol
from ecotui.core.reading import Reading
from ecotui.core.timeline import Timeline
from ecotui.log.format import VERSION
from ecotui.log.reader import fold, read_events
from ecotui.recorder.gate import look_if_due, look_now, pace_since
from ecotui.store.store import default_samples
from tests.factory import board, plan

GATED = Protocol(idle_s=1, warmups=1, windows=1, window_s=1, gate_s=3.0, gate_timeout_s=10.0)


def loaded(seconds: float, watts: float | None = 300.0, ramp: float = 0.0, phase: str = "warm-up") -> Timeline:
    """A session that idled 1 s at 100 W and has been under load for `seconds`."""
    line, planned = Timeline(), replace(plan(), protocol=GATED)
    line.apply(Header(VERSION, "s", 0, 0, planned.to_dict(), board()))
    line.apply(Phase(0, "bare", 0))
    for i in range(1, 10):
        line.apply(Reading(i * NS // 10, 100.0, 100.0, None, 40.0))
    line.apply(Phase(NS, "warm-up", 0))
    for i in range(1, round(seconds * 10) + 1):
        power = None if watts is None else watts + ramp * i / 10
        line.apply(Reading(NS + i * NS // 10, power, 250.0, None, 50.0, 1980.0, 97.0, 0, 0))
    if phase != "warm-up":
        line.apply(Phase(NS + round(seconds * NS), phase, 0))
    return line


def test_a_steady_load_passes_whatever_was_before_it() -> None:
    seen = look_now(loaded(3.2), 0, round(4.2 * NS))
    assert seen.state == "stable"
    assert seen.at_ns == round(4.2 * NS)
    assert seen.drift_pct is not None
    assert seen.drift_pct < seen.gate_pct


def test_a_young_load_is_watched_with_the_time_it_still_needs() -> None:
    seen = look_now(loaded(1.0), 0, 2 * NS)
    assert seen.state == "watching"
    assert seen.eta_s is not None
    assert 1.9 < seen.eta_s < 2.2
    assert seen.waiting_for


def test_a_ramp_is_watched_until_its_time_is_up() -> None:
    assert look_now(loaded(5.0, ramp=5.0), 0, 6 * NS).state == "watching"
    late = look_now(loaded(10.0, ramp=5.0), 0, 11 * NS)
    assert late.state == "unstable"
    assert "drift" in late.waiting_for


def test_without_instant_power_the_boards_own_mean_is_looked_at() -> None:
    assert look_now(loaded(3.2, watts=None), 0, round(4.2 * NS)).state == "stable"


def test_looks_are_a_thirtieth_of_the_gate_apart() -> None:
    line = loaded(1.0)
    first = look_if_due(line, 2 * NS)
    assert first is not None
    line.apply(first)
    assert look_if_due(line, 2 * NS + NS // 20) is None
    assert look_if_due(line, 2 * NS + NS // 10) is not None


def test_a_pass_during_the_warm_ups_is_looked_at_again() -> None:
    line = loaded(1.0)
    line.apply(Gate(NS, 0, "stable", 3.0, 0.5))
    assert look_if_due(line, 3 * NS) is not None


def test_what_is_final_is_not_looked_at_again() -> None:
    for phase, state in (("stabilizing", "stable"), ("stabilizing", "unstable"), ("warm-up", "unstable")):
        line = loaded(1.0, phase=phase)
        line.apply(Gate(NS, 0, state, 3.0, 0.5))
        assert look_if_due(line, 5 * NS) is None


def test_outside_the_warm_ups_nobody_looks() -> None:
    assert look_if_due(loaded(4.0, phase="measuring"), 9 * NS) is None
    assert look_if_due(Timeline(), 9 * NS) is None


def test_a_plan_without_a_gate_is_never_looked_at() -> None:
    line = loaded(4.0)
    assert line.plan is not None
    line.plan = Plan(line.plan.arms, replace(GATED, gate_s=0.0), "simulated", 0, "cpu")
    assert look_if_due(line, 9 * NS) is None


def test_prefills_at_the_power_cap_are_no_clock_that_moves() -> None:
    line = Timeline()
    log = next((default_samples() or Path()).glob("sessions/*-b1db/log.jsonl.gz"))  # batch 64 as a graph on an H100
    for event in read_events(log):
        if isinstance(event, Gate) and event.state == "stable":
            break
        fold(line, event, log)
    at_ns, clock = line.readings.since("sm_clock_mhz", event.at_ns - 60 * NS)
    means = blocks(at_ns / NS, clock, 1.0)[1]
    assert clock.min() < 0.95 * clock.max()
    assert np.ptp(means) > 0.008 * means.mean()
    seen = look_now(line, event.arm, event.at_ns)
    assert seen.state == "stable"
    assert seen.clock_range_pct is not None
    assert seen.clock_range_pct < 0.6


def test_the_pace_counts_steps_of_the_arm_since_its_load_began() -> None:
    line = loaded(1.0)
    line.apply(Steps(0, 0, 0, NS // 2, [NS // 10]))  # before it was asked for
    line.apply(Steps(0, 1, 0, NS, [NS // 10, NS // 10]))
    line.apply(Steps(0, 2, 0, 2 * NS, [NS // 10]))
    seconds, done = pace_since(line, 0, NS)
    assert list(seconds) == [0.0, 0.1, 0.2, 1.0, 1.1]
    assert list(done) == [0, 1, 2, 2, 3]
    assert not len(pace_since(line, 1, NS)[0])
