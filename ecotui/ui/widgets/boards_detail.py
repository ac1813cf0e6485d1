"""Everything that is known of one board, as sentences and a graph of its power."""

from __future__ import annotations

from collections.abc import Sequence

from ecotui.core.reading import reason_words
from ecotui.core.units import clean, number, percent, watts
from ecotui.recorder.holders import hidden
from ecotui.recorder.host import BoardView
from ecotui.sensors.details import COMPUTE_MODES
from ecotui.ui.keys import keyed
from ecotui.ui.widgets.boards_rows import limit_of, memory_words, title_of, trouble_of, uuid_of
from ecotui.ui.widgets.boards_spark import blocks, scale
from ecotui.ui.widgets.canvas import Ink, Row, cells, wrap

TALLEST = 24
"""Rows of the graph at most."""


def flow(bits: Sequence[Row], width: int) -> list[Row]:
    """Pieces one after another, a dot between two; a piece that has no room begins a row."""
    rows: list[list[Ink]] = []
    for bit in bits:
        if rows and cells(rows[-1]) + 3 + cells(bit) <= width:
            rows[-1] += [Ink(" · ", "muted"), *bit]
        else:
            rows.append(list(bit))
    return list(rows)


def detail_title(view: BoardView) -> Row:
    """Number and name."""
    return [Ink(f"GPU {view.number} ", bold=True), Ink(title_of(view))]


def detail_note(view: BoardView) -> Row:
    """Where the figures come from, and what asking for them costs."""
    if view.source == "log":
        return [Ink(f"sensors from the session's log · details {view.cost_ms:.1f} ms, once a second", "muted")]
    return [Ink(f"a look takes {view.cost_ms:.1f} ms, once a second", "muted")] if view.cost_ms else []


def detail_rows(view: BoardView, width: int, height: int) -> list[Row]:
    """Sensors, state and who records on it; what rows are left hold the graph."""
    sensors, state, session = _sensors(view, width), _state(view, width), _session(view, width)
    rows = [*sensors, *state, *session]
    if len(rows) > height:  # the list above has the sensors, too
        return [*session, *state, *sensors][:height]
    left = min(height - len(rows), TALLEST)
    if left < 1 or not view.powers:
        return rows
    top = scale(view.powers, limit_of(view))
    graph = [[Ink(line, "power")] for line in blocks(view.powers, width - 7, left, top)]
    labels = [f" {top:,.0f} W"] + [""] * (left - 2) + [" 0"] if left > 1 else [f" of {top:.0f}"]
    return [*([*row, Ink(label, "muted")] for row, label in zip(graph, labels, strict=True)), *rows]


def _sensors(view: BoardView, width: int) -> list[Row]:
    it = view.reading
    if it is None:
        return wrap(trouble_of(view), width, "muted" if view.asked else "bad")
    trouble = wrap(trouble_of(view), width, "bad")
    bits: list[Row] = [
        [Ink(watts(it.power_w), "power", True), Ink(f" instant, {number(it.power_average_w)} mean", "muted")],
        [Ink("limit ", "muted"), Ink(watts(limit_of(view)))],
        [Ink(f"{number(it.temperature_c, 0)} °C", "temperature")],
        [Ink("SM ", "muted"), Ink(f"{number(it.sm_clock_mhz, 0)} MHz")],
        [Ink("busy ", "muted"), Ink(percent(it.utilization_pct, 0), "throughput")],
        [Ink("memory ", "muted"), Ink(memory_words(view))],
    ]
    return [*trouble, *flow(bits, width)]


def _state(view: BoardView, width: int) -> list[Row]:
    if view.info is None:
        return []
    bits = view.reading.clock_event_reasons if view.reading else None
    events = ", ".join(reason_words(bits)) or ("not told" if bits is None else "none")
    it, info = view.details, view.info
    ecc = "not told" if it.ecc is None else "off" if not it.ecc else _errors(it.ecc_errors)
    pieces: list[Row] = [
        _told("clock events", events),
        _told("ECC", ecc, "bad" if it.ecc_errors else "text"),
        _told("MIG", "not told" if it.mig is None else "on" if it.mig else "off", "warn" if it.mig else "text"),
        _told("fan", "none" if it.fan_pct is None else percent(it.fan_pct, 0)),
        *_states(view),
        _told("UUID", uuid_of(view)),
    ]
    if info.driver:
        pieces.append(_told("driver", f"{clean(info.driver, 20)}, CUDA {clean(info.cuda or '–', 10)}"))
    return flow(pieces, width)


def _states(view: BoardView) -> list[Row]:
    """What the driver says of itself and the board; nothing of what it does not."""
    it = view.details
    mode = it.compute_mode
    return [
        *([] if it.pstate is None else [_told("state", f"P{it.pstate}")]),
        *([] if it.persistence is None else [_told("persistence", "on" if it.persistence else "off")]),
        *([] if mode in (None, COMPUTE_MODES[0]) else [_told("compute mode", mode, "warn")]),
    ]


def _errors(count: int | None) -> str:
    if not count:
        return "on" if count is None else "on, no error"
    return f"on, {count:,} uncorrected error{'s' if count > 1 else ''}"


def _told(name: str, text: str, role: str = "text") -> Row:
    return [Ink(f"{name} ", "muted"), Ink(text, role)]


def _session(view: BoardView, width: int) -> list[Row]:
    """Who records on the board, and how to watch it; that it is free where nobody does."""
    if view.holder is None and not view.label:
        return [] if trouble_of(view) else [[Ink("free: nothing is recorded on it", "muted")]]
    who = f"recorded by {view.holder.words}" if view.holder else "recorded"
    what = f"{who}: {view.label}" if view.label and not (view.holder and view.holder.what) else who
    phase = f" · {view.label.rpartition(' · ')[2]}" if view.holder and view.holder.what and view.label else ""
    how = keyed("{boards.watch|⏎} watches it") if view.log else hidden(view.holder) if view.holder else ""
    rows = wrap(f"● {clean(what + phase, 300)}", width, "good")
    return [*rows, *wrap(how, width, "muted")] if how else rows
