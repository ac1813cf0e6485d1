"""What the Monitor says of the stability gate: may power still drift under the arm's own load, and until when?"""

from __future__ import annotations

from ecotui.core.events import Gate
from ecotui.core.gate_words import CLOCK_RANGE_PCT, NOISY, TEMPERATURE_RANGE_C, unpassed
from ecotui.core.units import ABSENT, clean, duration, number, percent
from ecotui.ui.screens.monitor_scene import Scene
from ecotui.ui.screens.monitor_turns import turning
from ecotui.ui.widgets.canvas import Ink, Row, cells, wrap

STATES = {
    "watching": ("◌", "watching", "warn"),
    "stable": ("✔", "STABLE", "good"),
    "unstable": ("≈", "UNSTABLE", "bad"),
}
"""A gate's state to glyph, word and role."""
WATCHED = ("warm-up", "stabilizing")
"""Phases in which the gate looks."""


def gate_of(scene: Scene) -> Gate | None:
    """The newest look at the arm of the moment."""
    return scene.line.gate(scene.arm)


def watching(scene: Scene) -> bool:
    """Whether the gate is what the session waits for."""
    phase = scene.line.phase
    if turning(scene.line):
        return False
    return phase is not None and phase.name in WATCHED and scene.line.plan is not None and gated(scene)


def gated(scene: Scene) -> bool:
    """Whether the plan has a gate at all."""
    return scene.line.plan is not None and scene.line.plan.protocol.gate_s > 0


def state(gate: Gate | None) -> tuple[str, str, str]:
    """Glyph, word and role."""
    return STATES.get(gate.state if gate else "watching", ("◌", clean(gate.state if gate else "", 12), "warn"))


def drift_words(gate: Gate | None) -> str:
    """Slope times τ, and two standard errors of it: "0.42 ± 0.31 %". The gate is on their sum."""
    if gate is None or gate.drift_pct is None:
        return f"{ABSENT} %"
    if gate.slope_pct_per_min is None or gate.slope_error_pct_per_min is None or gate.tau_s is None:
        return f"{gate.drift_pct:.2f} %"
    minutes = gate.tau_s / 60
    now, error = abs(gate.slope_pct_per_min) * minutes, gate.slope_error_pct_per_min * minutes
    return f"{now:.2f} ± {error:.2f} %"


def bound_words(gate: Gate | None) -> str:
    """The bound that the gate compares, "up to 0.73 %"."""
    return f"up to {ABSENT} %" if gate is None or gate.drift_pct is None else f"up to {gate.drift_pct:.2f} %"


def until_words(gate: Gate | None) -> str:
    """The operator's question: how long still?"""
    if gate is None:
        return "the gate has not looked yet"
    if gate.state == "stable":
        return f"passed, looked {duration(gate.span_s)} back"
    if gate.state == "unstable":
        return "time is up: measured all the same"
    if gate.eta_s is None:
        return "stable when: not known yet"
    return f"stable in {about_words(gate)}"


def about_words(gate: Gate) -> str:
    """The same in few letters."""
    return "not known yet" if gate.eta_s is None else f"about {duration(max(round(gate.eta_s), 1))}"


def gate_rows(scene: Scene, width: int) -> list[Row]:
    """Every figure of the newest look, each against what the gate allows."""
    gate = gate_of(scene)
    glyph, word, role = state(gate)
    limit = gate.gate_pct if gate else 0.5
    rows: list[Row] = [_named("gate", [Ink(f"{glyph} {word}", role, bold=True)])]
    if gate is None:
        return [*rows, *_folded("", until_words(gate), width, "muted")]
    rows.append(_named("drift", [Ink(f"{drift_words(gate):<15}", bold=True), Ink(f" gate {limit:g} %", "muted")]))
    if width >= 24:
        rows.append(_named("", meter(gate, width - 10)))
    if gate.drift_pct is not None:
        rows += _folded("", f"{bound_words(gate)} of power drift may still come", width, "text")
    rows.append(_named("temp.", _ranged(gate.temperature_range_c, " °C", TEMPERATURE_RANGE_C, 0)))
    rows.append(_named("clock", _ranged(gate.clock_range_pct, " %", CLOCK_RANGE_PCT, 2)))
    rows.append(_named("τ", [Ink(f"{number(gate.tau_s, 0)} s    time constant")]))
    rows += _folded("", until_words(gate), width, role)
    if gate.state == "unstable":
        rows += _folded("missed", clean(", ".join(unpassed(gate)), 160), width, "text")
    elif gate.waiting_for and gate.state != "stable":
        rows += _folded("waits for", clean(gate.waiting_for, 120), width, "text")
    return rows


def meter(gate: Gate, width: int) -> Row:
    """Drift with its error as a bar, the gate a mark at its middle; beyond twice the gate it is full."""
    middle = width // 2
    share = (gate.drift_pct or 0.0) / gate.gate_pct if gate.gate_pct > 0 else 0.0
    full = 0 if gate.drift_pct is None else min(max(round(share * middle), 1), width)
    role = "good" if share <= 1 and gate.drift_pct is not None else "warn"
    blocks = ["▇" if i < full else "─" for i in range(width)]
    mark = Ink("┃", "text", bold=True)
    left, right = blocks[:middle], blocks[middle + 1 :]
    return [*_filled(left, role), mark, *_filled(right, role)]


def gate_line(scene: Scene, width: int) -> Row:
    """The same in one row, for the narrow screen; what has no room is left out whole."""
    gate = gate_of(scene)
    if gate is None or gate.drift_pct is None:
        return [Ink("drift not known yet", bold=True), Ink(f"  gate {gate.gate_pct if gate else 0.5:g} %", "muted")]
    gap = "  " if width >= 76 else " "
    drift = f"{bound_words(gate)} drift may come" if width >= 76 else f"drift {bound_words(gate)}"
    out: Row = [Ink(drift, bold=True), Ink(f"{gap}gate {gate.gate_pct:g} %", "muted")]
    ranges = f"range {number(gate.temperature_range_c, 0)} °C, clock {percent(gate.clock_range_pct, 2)}"
    for told in (ranges, f"τ {number(gate.tau_s, 0)} s"):
        out = [*out, Ink(f"{gap}{told}")] if cells(out) + len(gap + told) <= width else out
    return out


def waits_words(gate: Gate | None) -> list[str]:
    """What keeps it from passing, in fewer words from one to the next, at last the first of it and how many more."""
    if gate is None or not gate.waiting_for or gate.state == "stable":
        return [""]
    lead = "  missed: " if gate.state == "unstable" else "  waits: "
    whole = clean(gate.waiting_for, 160)
    short = whole.replace(NOISY, "noisy power").replace("temperature", "temp.").split(", ")
    fewer = [f"{', '.join(short[:count])} +{len(short) - count}" for count in range(len(short) - 1, 0, -1)]
    return [f"{lead}{words}" for words in (whole, ", ".join(short), *fewer)]


def watching_row(scene: Scene, lead: str, width: int) -> Row:
    """How long still, and what it waits for; in fewer words where they would be cut off."""
    gate = gate_of(scene)
    glyph, word, tone = state(gate)
    until, (waits, *fewer) = until_words(gate), waits_words(gate)
    brief = until if gate is None else about_words(gate) if gate.state == "watching" else until.partition(":")[0]
    told = [(f"{glyph} {word} ", until, waits), (f"{glyph} {word} ", brief, waits), (glyph, brief, waits)]
    for mark, when, why in (*told, *((glyph, brief, words) for words in fewer)):
        row: Row = [Ink(f"{lead}  ", bold=True), Ink(f"{mark} ", tone, bold=True), Ink(f"{when}{why}")]
        if cells(row) <= width:
            break
    return row


def flags(scene: Scene) -> Row:
    """UNSTABLE and INVALID, by glyph and word; STABLE where neither is."""
    gate, run, out = gate_of(scene), scene.run, list[Ink]()
    if gate is not None and gated(scene) and gate.state != "watching":
        glyph, word, role = state(gate)
        out.append(Ink(f"{glyph} {word}  ", role, bold=True))
    if run is not None and run.windows_invalid:
        out.append(Ink("▲ INVALID  ", "bad", bold=True))
    return out


def verdict_row(scene: Scene) -> Row:
    """What the gate came to, as a check of the session."""
    gate = gate_of(scene)
    if not gated(scene):
        return [Ink("·", "muted"), Ink(" gate     "), Ink("not gated", "muted")]
    glyph, word, role = state(gate)
    if gate is None:
        return [Ink("·", "muted"), Ink(" gate     "), Ink(ABSENT, "muted")]
    return [Ink(glyph, role), Ink(" gate     "), Ink(word, role, bold=True), Ink(_decisive(gate))]


def _decisive(gate: Gate) -> str:
    """The figure that the gate ended by: a range where that kept it shut and the drift did not."""
    if gate.state == "unstable" and gate.drift_pct is not None and gate.drift_pct <= gate.gate_pct:
        if (clock := gate.clock_range_pct or 0.0) > CLOCK_RANGE_PCT:
            return f" clock {number(clock, 2 if clock < 10 else 1)} > {CLOCK_RANGE_PCT:g} %"
        if (gate.temperature_range_c or 0.0) > TEMPERATURE_RANGE_C:
            return f" range {number(gate.temperature_range_c, 0)} > {TEMPERATURE_RANGE_C:g} °C"
    return "" if gate.drift_pct is None else f" {bound_words(gate)}"


def _named(name: str, value: Row) -> Row:
    return [Ink(f"{name:<10}", "muted"), *value]


def _folded(name: str, text: str, width: int, role: str) -> list[Row]:
    rows = wrap(text, width - 10, role)
    return [_named(name if i == 0 else "", row) for i, row in enumerate(rows)]


def _ranged(value: float | None, unit: str, most: float, digits: int) -> Row:
    over = value is not None and value > most
    text = f"{number(value, digits)}{unit}"
    return [Ink(f"{text:<8}", "warn" if over else "text", bold=over), Ink(f"range, gate {most:g}{unit}", "muted")]


def _filled(blocks: list[str], role: str) -> list[Ink]:
    full = "".join(c for c in blocks if c == "▇")
    return [Ink(full, role), Ink("─" * (len(blocks) - len(full)), "grid")]
