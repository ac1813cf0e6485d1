"""What the Monitor's three charts show: from a scene to curves and titles."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from ecotui.core.clock import NS
from ecotui.core.events import Phase
from ecotui.core.reading import reason_words
from ecotui.core.timeline import Timeline
from ecotui.core.units import ABSENT, number
from ecotui.ui.screens.monitor_scene import Scene
from ecotui.ui.screens.monitor_served import rate_title, watched_of
from ecotui.ui.screens.monitor_turns import glyph, paired, turns_between
from ecotui.ui.theme import POWER, TEMPERATURE, THROUGHPUT
from ecotui.ui.widgets.canvas import Ink, Row
from ecotui.ui.widgets.chart import Curve, Level, Mark, empty

if TYPE_CHECKING:
    from ecotui.ui.plot import Values

STEPS_S = (
    30,
    60,
    90,
    120,
    180,
    240,
    300,
    450,
    600,
    900,
    1200,
    1800,
    2700,
    3600,
    5400,
    7200,
    10800,
    14400,
    21600,
    43200,
    64800,
)
"""Lengths that the time axis grows through, so that a chart stands still while a session goes on."""
DAY_S = 86400
"""It grows by this beyond them."""
WATCHED_S = 600.0
LATE_NS = 2 * NS
"""No reading comes so long after the phase that it belongs to."""
COLUMNS = 300
"""More than a chart has."""


def x_range(scene: Scene) -> tuple[float, float]:
    """The time axis, seconds from the session's start."""
    line = scene.line
    elapsed = max((line.last_ns - line.start_ns) / NS, 1.0)
    if scene.mode == "replay":
        return 0.0, max(scene.length_s, 1.0)
    if line.end is not None:
        return 0.0, elapsed
    if scene.mode == "watch" and elapsed > WATCHED_S:
        first = math.ceil((elapsed - WATCHED_S) / 60) * 60.0
        return first, first + WATCHED_S
    return 0.0, float(next((s for s in STEPS_S if s >= elapsed * 1.02), math.ceil(elapsed * 1.02 / DAY_S) * DAY_S))


def marks(line: Timeline, span: tuple[float, float]) -> tuple[Mark, ...]:
    """Where phases begin, windows by their numbers; times where nothing but the board is watched."""
    if not line.spans:
        step = next(s for s in (10, 15, 30, 60, 120, 300, 600, 1e9) if (span[1] - span[0]) / s <= 6)
        at = (i * step for i in range(math.ceil(span[0] / step), math.ceil(span[1] / step)))
        return tuple(Mark(float(s), f"{int(s) // 60}:{int(s) % 60:02d}") for s in at)
    return _phases(line, len(line.spans), line.phase is None, span)


@lru_cache(maxsize=1)  # three charts ask for the same ones
def _phases(line: Timeline, count: int, over: bool, span: tuple[float, float]) -> tuple[Mark, ...]:
    """Of windows that follow one another within less than a column, the first: a day has thousands."""
    out, between, told = list[Mark](), turns_between(line), line.spans.table
    narrow_ns, kept_ns = (span[1] - span[0]) * NS / COLUMNS, 0
    for i, (at_ns, name) in enumerate(zip(told.told("at_ns"), told.told("name"), strict=True)):
        if i in between or (name == "measuring" and at_ns - kept_ns < narrow_ns and i + 1 < count):
            continue
        kept_ns, it = at_ns, line.spans[i]
        last = i == len(line.spans) - 1 and it.end_ns is None
        out.append(Mark((it.phase.at_ns - line.start_ns) / NS, _named(it.phase, paired(line)), last))
    return tuple(out)


def _named(phase: Phase, turns: bool) -> str:
    """Windows by their number, and by whose turn it is; those that split prefill from decode by "s" and theirs."""
    if phase.name == "measuring" and phase.window is not None:
        return f"{glyph(phase.arm) if turns else ''}{phase.window}"
    return f"s{phase.window}" if phase.name == "splitting" and phase.window is not None else phase.name


def power(scene: Scene) -> Curve:
    """Instant power with the idle baselines, and the limit where it is in range."""
    line = scene.line
    y = line.readings.column("power_w")
    levels = [Level(w, f"idle, {s} {w:.0f} W") for s, w in baselines(scene)]
    peak = max([_peak(y), *(level.value for level in levels)], default=0.0) or 100.0
    limit = line.board.power_limit_w if line.board else None
    if limit is not None and limit <= peak * 1.1:
        levels.append(Level(limit, f"limit {limit:.0f} W"))
        peak = max(peak, limit)
    return _curve(scene, POWER, _seconds(line), y, (0.0, peak * 1.04), levels=tuple(levels))


def throughput(scene: Scene) -> Curve:
    """Tokens a second, as the stamps tell."""
    import numpy as np

    series = scene.line.throughput
    y = series.column("tok_s")
    x = (series.at_ns - scene.line.start_ns) / NS if len(series) else empty()
    usual = float(np.median(np.diff(x))) if len(x) > 1 else 0.0
    return replace(
        _curve(scene, THROUGHPUT, x, y, (0.0, (_peak(y) or 100.0) * 1.08)), gap_s=max(_gap_s(scene), 3 * usual)
    )


def temperature(scene: Scene) -> Curve:
    """The board's temperature, in tens of degrees."""
    y = scene.line.readings.column("temperature_c")
    there = _there(y)
    low, high = (float(there.min()), float(there.max())) if len(there) else (30.0, 50.0)
    low, high = math.floor((low - 1) / 10) * 10.0, math.ceil((high + 1) / 10) * 10.0
    return replace(_curve(scene, TEMPERATURE, _seconds(scene.line), y, (low, max(high, low + 20))), exact=True)


def baselines(scene: Scene) -> list[tuple[str, float]]:
    """Idle baselines that are known so far: (name, watts)."""
    line = scene.line
    if not line.spans:
        return []
    over = line.spans[-1].end_ns is not None
    late = line.last_ns - (line.spans[-1].end_ns or line.spans[-1].phase.at_ns) < LATE_NS
    return _baselines(line, scene.arm, (len(line.spans), over, len(line.readings) if late and not line.end else 0))


@lru_cache(maxsize=1)
def _baselines(line: Timeline, arm: int, known: tuple[int, bool, int]) -> list[tuple[str, float]]:
    """What is known changes with the phases alone, and with readings that come shortly after one."""
    from ecotui.core.summary import idle_power

    found = [(state, idle_power(line, arm, state)[0]) for state in ("bare", "context")]
    return [(state, watts) for state, watts in found if watts is not None]


def power_title(scene: Scene) -> Row:
    """Watts of the moment; the limit is told here because it is seldom in range."""
    last, board = scene.line.last, scene.line.board
    now = _wide(last.power_w if last else None, 6)
    mean = _wide(last.power_average_w if last else None, 6)
    limit = f" · limit {board.power_limit_w:.0f}" if board and board.power_limit_w is not None else ""
    return [Ink("Power", POWER, True), Ink(f"  instant {now} W · 1 s mean {mean}{limit}")]


def throughput_title(scene: Scene) -> Row:
    """Tokens a second of the moment, and what a step takes."""
    if watched_of(scene):
        return rate_title(scene)
    series, plan, line = scene.line.throughput, scene.line.plan, scene.line
    head = Ink("Throughput", THROUGHPUT, True)
    if not len(series) or plan is None:
        return [head, Ink("  no tokens yet", "muted")]
    rate = float(series.column("tok_s")[-1])
    step = 1000 * line.arm(scene.arm).batch_size / rate if rate else None
    # Where arms take turns, the newest rate need not be of the arm whose row is at hand.
    p99 = f" · ITL p99 {number(scene.run.itl_p99_ms)}" if scene.run and not plan.protocol.blocks else ""
    return [head, Ink(f"  {_wide(rate, 8)} tok/s · {_wide(step, 6)} ms a step{p99}")]


def temperature_title(scene: Scene) -> Row:
    """Degrees, clock, and what holds the clock down."""
    last = scene.line.last
    head = Ink("Temperature", TEMPERATURE, True)
    if last is None:
        return [head]
    words = [w for w in reason_words(last.clock_event_reasons) if w != "idle"]
    why = ", ".join(words) or ("no throttle" if last.clock_event_reasons is not None else f"throttle {ABSENT}")
    clock = number(last.sm_clock_mhz, 0)
    text = Ink(f"  {number(last.temperature_c, 0):>3} °C · SM {clock:>5} MHz · ")
    return [head, text, Ink(why, "warn" if words else "text")]


def across(scene: Scene) -> Row:
    """The idle baselines, since a curve may leave their lines no room for words, and how much time is shown."""
    first, last = x_range(scene)
    length = f"{(last - first) / 60:.0f} min" if last - first >= 120 else f"{last - first:.0f} s"
    idle = " ".join(f"{state} {watts:.0f} W ·" for state, watts in baselines(scene))
    shown = f"idle, {idle} {length} across" if idle else f"{length} across"
    return [Ink("charts paused · " if scene.paused else "", "warn"), Ink(shown, "muted")]


def _curve(
    scene: Scene,
    role: str,
    x: Values,
    y: Values,
    scale: tuple[float, float],
    *,
    levels: tuple[Level, ...] = (),
) -> Curve:
    span = x_range(scene)
    curve = Curve(role, x, y, span, scale[0], scale[1], marks(scene.line, span), levels)
    return replace(curve, gap_s=max(curve.gap_s, _gap_s(scene)))


def _gap_s(scene: Scene) -> float:
    """What parts a curve; where only its outline is held, neighbours are up to two buckets apart."""
    readings, rates = scene.line.readings, scene.line.throughput
    return 2.5 * max(readings.bucket_ns, rates.bucket_ns) / NS if readings.whole_from else 2.0


def _seconds(line: Timeline) -> Values:
    return (line.readings.at_ns - line.start_ns) / NS


def _there(y: Values) -> Values:
    import numpy as np

    return y[np.isfinite(y)]


def _peak(y: Values) -> float:
    there = _there(y)
    return float(there.max()) if len(there) else 0.0


def _wide(value: float | None, width: int) -> str:
    return f"{number(value):>{width}}"
