"""The estimators on pieces of real recordings (tests/fixtures)."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from ecotui.core.clock import NS
from ecotui.core.timeline import Timeline
from ecotui.core.window import Energy, counter_energy, integral_energy, ring_energy, sources_bar_pct
from tests.fixtures import recording, recordings

PIECES = pytest.mark.parametrize("path", recordings(), ids=lambda p: p.name.partition(".")[0])


def sources(line: Timeline, t0_ns: int, t1_ns: int) -> tuple[Energy | None, Energy | None]:
    """Counter and integral of a bracket, as a window has them."""
    ticks, samples, readings = line.ticks, line.samples, line.readings
    assert line.board is not None
    ring = (samples.at_ns, samples.column("power_w"))
    counter = counter_energy(
        ticks.at_ns,
        ticks.column("energy_j"),
        ticks.column("half_width_ns").astype(np.int64),
        t0_ns,
        t1_ns,
        sample_ns=ring[0],
        watts=ring[1],
        limit_w=line.board.power_limit_w,
    )
    integral = ring_energy(*ring, t0_ns, t1_ns)
    return counter, integral or integral_energy(readings.at_ns, readings.column("power_w"), t0_ns, t1_ns)


def difference_pct(counter: Energy, integral: Energy) -> float:
    return 100 * abs(counter.joules / integral.joules - 1)


def test_there_is_a_recording() -> None:
    assert recordings()


@PIECES
def test_counter_and_integral_of_every_recorded_window_agree(path: Path) -> None:
    line = recording(path)
    assert line.windows
    for window in line.windows:
        counter, integral = sources(line, window.t0_ns, window.t1_ns)
        assert counter is not None
        assert integral is not None
        assert difference_pct(counter, integral) <= sources_bar_pct(counter, integral)


@PIECES
def test_the_edges_of_every_recorded_window_are_known_to_one_percent(path: Path) -> None:
    line = recording(path)
    for window in line.windows:
        counter, _ = sources(line, window.t0_ns, window.t1_ns)
        assert counter is not None
        assert counter.source == "counter"
        assert counter.edge_error_pct is not None
        assert 0 < counter.edge_error_pct <= 1


@PIECES
def test_counter_and_integral_agree_wherever_ten_seconds_begin(path: Path) -> None:
    """In 95 of 100 brackets: readings see 25 ms of every 100, so that a few fall behind a load that is never steady."""
    line = recording(path)
    at = line.ticks.at_ns
    over = []
    for t0_ns in range(int(at[4]), int(at[-4]) - 10 * NS, 370_000_000):
        counter, integral = sources(line, t0_ns, t0_ns + 10 * NS)
        assert counter is not None
        assert integral is not None
        over.append(difference_pct(counter, integral) > sources_bar_pct(counter, integral))
    assert len(over) > 100
    assert np.mean(over) <= 0.05


@PIECES
def test_the_parts_of_a_recorded_stretch_add_up_to_the_whole(path: Path) -> None:
    line = recording(path)
    at = line.ticks.at_ns
    cuts = np.linspace(int(at[4]), int(at[-4]), 6).astype(np.int64)
    whole, _ = sources(line, int(cuts[0]), int(cuts[-1]))
    parts = [sources(line, int(a), int(b))[0] for a, b in pairwise(cuts)]
    assert whole is not None
    assert sum(p.joules for p in parts if p) == pytest.approx(whole.joules, rel=2e-3)
