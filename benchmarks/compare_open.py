"""What an operator waits for: from the key that opens Compare to its figures on the terminal, in a fresh process."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from benchmarks.table import spread
from benchmarks.terminal import Terminal
from ecotui.core.clock import NS
from ecotui.core.events import Event, Header, Trace
from ecotui.core.reading import Reading
from ecotui.core.timeline import Timeline
from ecotui.log.writer import LogWriter
from ecotui.store.home import Home
from ecotui.store.store import Store
from tests.ui.paired import EAGER, PURE, paired_events, paired_plan

SIZES = ((80, 24), (200, 50))
WINDOW_S = 30.0
FIGURES = b"MORE"
"""The verdict's word: where it is written, the figures are."""
DOWN = "\x1b[B"
SETTLED_S = 4.0
"""An operator has read the History for so long before the key is pressed."""


def session() -> Iterator[Event]:
    """Two arms in five blocks, ten windows of 30 s each, with the driver's samples: a log of some megabytes."""
    plan = paired_plan(EAGER, PURE)
    for event in paired_events(replace(plan, protocol=replace(plan.protocol, window_s=WINDOW_S))):
        yield replace(event, wall_ns=time.time_ns()) if isinstance(event, Header) else event
        if isinstance(event, Reading):
            watts = event.power_w or 0.0
            yield Trace(event.at_ns, event.at_ns - NS // 10, [NS // 50] * 5, [round(1000 * watts)] * 5)


def keep(root: Path) -> None:
    """The session's log and rows in a home."""
    line, log = Timeline(), None
    for event in session():
        if isinstance(event, Header):
            path = Home(root).session_log(event.session)
            path.parent.mkdir(parents=True)
            log = LogWriter(path)
        assert log is not None
        log.write(event)
        line.apply(event)
    assert log is not None
    log.close()
    Store(Home(root)).append(line)


def opened(home: str, size: tuple[int, int]) -> tuple[float, float]:
    """Milliseconds from the key to the figures: the first time in a process, and the second."""
    with Terminal([sys.executable, "-m", "ecotui", "--fresh"], *size, {"ECOTUI_HOME": home}) as terminal:
        terminal.until(b"Plan")
        terminal.read(SETTLED_S)
        terminal.type("h")
        terminal.read(SETTLED_S)
        terminal.type(f" {DOWN} ")
        terminal.read(1)
        first = _timed(terminal, "c", FIGURES)
        terminal.read(2)
        terminal.type("h")
        terminal.read(2)
        return first, _timed(terminal, "c", FIGURES)


def _timed(terminal: Terminal, key: str, marker: bytes) -> float:
    begin = time.perf_counter()
    terminal.type(key)
    terminal.until(marker)
    return 1000 * (time.perf_counter() - begin)


def rows(times: int) -> Iterator[tuple[str, str, str]]:
    """Rows of the table."""
    with tempfile.TemporaryDirectory() as home:
        keep(Path(home))
        for size in SIZES:
            pairs = [opened(home, size) for _ in range(times)]
            for name, found in zip(("first", "again"), zip(*pairs, strict=True), strict=True):
                what = f"Compare, key to figures at {size[0]}×{size[1]}, {name}"
                yield what, spread(found), "≤ 150 ms"
