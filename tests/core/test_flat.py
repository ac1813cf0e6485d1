"""A session takes as much memory after a day as after hours: what is kept of a window is a few numbers."""

from __future__ import annotations

import gc
import math
import sys
from collections.abc import Iterator
from dataclasses import replace
from types import FunctionType, ModuleType

import numpy as np
import pytest

from ecotui.core import thinning
from ecotui.core.columns import NOTHING, Column
from ecotui.core.events import Event, Phase, Window
from ecotui.core.latency import Running, latency, paced
from ecotui.core.spans import Spans
from ecotui.core.summary import summarize
from ecotui.core.sums import Sum
from ecotui.core.thinning import Pace
from ecotui.core.timeline import Timeline
from ecotui.ui.screens.monitor_scene import Figures
from tests import factory
from tests.core.test_thinning import close, made, short

__all__ = ["short"]

WINDOW_B = 330
"""Bytes that the fold and the screen together may keep of a window that is over for long."""


def size_b(*roots: object) -> int:
    """Bytes of all objects that these hold, classes and code left out."""
    seen, waiting, total = set[int](), list(roots), 0
    while waiting:
        it = waiting.pop()
        if id(it) in seen or isinstance(it, type | ModuleType | FunctionType):
            continue
        seen.add(id(it))
        total += sys.getsizeof(it)
        waiting += gc.get_referents(it)
    return total


def hundreds(windows: int) -> Iterator[Event]:
    """Windows of two seconds, and none of what a long session has for every one of its seconds."""
    it = factory.measured_plan()
    it = replace(it, protocol=replace(it.protocol, windows=windows))
    return (event for event in factory.everything(the_plan=it) if type(event).__name__ != "Trace")


def test_what_is_kept_of_a_window_is_a_few_numbers(short: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thinning, "OUTLINE_ROWS", 60)
    line, figures, sizes = Timeline(), Figures(), dict[int, int]()
    for event in hundreds(200):
        line.apply(event)
        if isinstance(event, Phase):
            figures.update(line, event.arm)
        if isinstance(event, Window) and event.window in (80, 180):
            sizes[event.window] = size_b(line, figures)
    assert line.settled.windows > 150 and len(line.readings) < 60 + 2 * 350
    assert (sizes[180] - sizes[80]) / 100 < WINDOW_B, sizes


def test_an_outline_stays_short_and_keeps_the_highest(short: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thinning, "OUTLINE_ROWS", 3)
    line = factory.fold(made())
    power = line.readings.column("power_w")[: line.readings.whole_from]
    assert line.readings.bucket_ns > thinning.BUCKET_NS and power.max() == 300.0
    assert np.all(np.diff(line.readings.at_ns) > 0)


def test_the_screens_run_is_the_stores_run_of_a_long_session(short: None) -> None:
    line, figures = Timeline(), Figures()
    for event in made():
        line.apply(event)
        if isinstance(event, Window):
            figures.update(line, event.arm)
    figures.update(line, 0)
    (run,), _ = summarize(line)
    assert line.settled.windows > 10 and figures.run is not None
    close(figures.run, run)
    again, late, held = Figures(), Timeline(), made()
    for count, event in enumerate(held):
        late.apply(event)
        if count == len(held) // 4:
            again.update(late, 0)  # and not again for longer than readings are held
    again.update(late, 0)
    assert again.run is not None
    close(again.run, run)


def test_a_sum_made_one_by_one_is_that_made_at_once() -> None:
    rng = np.random.default_rng(7)
    values = [rng.uniform(-1, 1) * 10 ** float(rng.integers(-12, 12)) for _ in range(500)] + [1e100, 1.0, -1e100]
    it = Sum()
    for value in (None, *values):
        it.add(value)
    assert it.total == math.fsum(values) and it.there == len(values)


@pytest.mark.parametrize("gone", [0, 20])
def test_latencies_taken_in_window_by_window_are_those_of_all_calls(gone: int) -> None:
    rng = np.random.default_rng(1)
    calls = [np.cumsum([k * 10**9, *rng.integers(10_000_000, 20_000_000, 60)]) for k in range(40)]
    before = Pace()
    thinning._count(before, calls[:gone])
    it = Running(before)
    for call in calls[gone:]:
        it.add([call])
    found, truth = it.latency(4, thinned=gone > 0), paced(before, calls[gone:], 4) if gone else latency(calls, 4)
    assert [getattr(found, n) for n in truth.__slots__] == pytest.approx([getattr(truth, n) for n in truth.__slots__])


def test_a_column_gives_back_what_was_put_in_and_holds_what_comes_again_once() -> None:
    told = [5, 5, 5, NOTHING, NOTHING, 7, 7, 7, 7]
    column = Column("q")
    for value in told:
        column.append(value)
    assert column.tolist() == told == [column[i] for i in range(len(told))]
    assert len(column.values) == 6 and column.tolist(3, 7) == told[3:7] and column.until(5).tolist() == told[:5]
    column.change(8)
    column.append(8)
    assert column.tolist() == [*told[:-1], 8, 8]


def test_spans_are_found_by_name_as_by_looking_through_all() -> None:
    line = factory.fold(made())
    every = list(line.spans)
    names = {s.phase.name for s in every}
    for name in names:
        these = [s for s in every if s.phase.name == name]
        assert line.spans.named(name) == these and line.spans.counted(name, arm=0) == len(these)
        assert line.spans.newest(name) == max(i for i, s in enumerate(every) if s.phase.name == name)
    assert line.spans.outside("measuring") == sum(s.phase.name != "measuring" for s in every)
    half_ns = (line.start_ns + line.last_ns) // 2
    cut = line.spans.until(half_ns)
    assert cut[:-1] == [s for s in every if s.phase.at_ns <= half_ns][:-1] and cut[-1].end_ns is None
    again = Spans()
    for part, other in zip(again.table.parts, line.spans.table.parts, strict=True):
        part.extend(other)
    again.take_up(line.spans.table.words, len(line.spans))
    assert again == line.spans and again.places(*names) == list(range(len(every)))
