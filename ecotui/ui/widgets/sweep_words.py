"""A sweep and its points in words: how far it is, what can be done, and all that is known of one cell."""

from __future__ import annotations

from rich.cells import cell_len

from ecotui.core.sweep_state import DONE, FAILED, SweepState
from ecotui.core.units import clean, significant
from ecotui.ui.keys import keyed
from ecotui.ui.widgets.canvas import Ink, Row, wrap
from ecotui.ui.widgets.history_cells import fitted
from ecotui.ui.widgets.sweep_cells import STATES, Cell, look_of
from ecotui.ui.widgets.sweep_look import Seen
from ecotui.ui.widgets.sweep_outlook import rough

BAR = 12
NARROW = 66
"""Cells that all states fit in."""
WAITS = {
    "to come": "To come. {sweep.resume|r} runs the sweep on at the first point that is missing.",
    "broken off": "Its session was broken off. {sweep.resume|r} measures it again as a whole, complete windows too.",
    "skipped": "Not measured.",
    "running": "{sweep.watch|v} watches it in the Monitor.",
}


def title_row(seen: Seen) -> Row:
    """The sweep's name, where its watts come from, and its id."""
    if seen.state is None:
        return [Ink("Sweep")]
    plan = seen.state.plan
    simulated = [Ink(" · "), Ink("SIMULATED", "warn", bold=True)] if plan.simulated else []
    sample = [Ink(" · a sample")] if seen.sample else []
    return [Ink(clean(plan.name, 40)), *simulated, *sample, Ink(f" · {seen.state.sweep}", "muted")]


def summary_rows(seen: Seen, starting: bool, width: int) -> list[Row]:
    """How it stands, and its points by state; states that no point is in where there is room for them."""
    state = seen.state
    if state is None:
        return [[Ink(f"▲ {clean(seen.problem)}", "warn")], []]
    counts = {word: state.counts[word] for word in STATES if word}
    return [
        _as_sample(state) if seen.sample else _standing(seen, state, starting),
        _counts(counts if width > NARROW else {s: n for s, n in counts.items() if n}),
    ]


def _as_sample(state: SweepState) -> Row:
    over = f"{state.total - state.left} of {state.total} points are settled"
    words = keyed(f": came with ecotui, {over}; {{sweep.new|n}} takes its plan")
    return [Ink("◇ sample", "muted", bold=True), Ink(words, "muted")]


def _standing(seen: Seen, state: SweepState, starting: bool) -> Row:
    total, over = state.total, state.total - state.left
    missing = f"{total - over} of {total} points {'is' if total - over == 1 else 'are'} missing"
    if seen.stopping:
        return [
            Ink("● stopping", "warn", bold=True),
            Ink(": rows that are done are kept, the one under way comes again", "muted"),
        ]
    if seen.driven:
        left = "" if seen.left_s is None else f", about {rough(seen.left_s)} left"
        return [Ink("● running  ", "good", bold=True), *_bar(over, total), Ink(f" {over} of {total} points{left}")]
    if starting:
        return [Ink("● starting", "warn", bold=True)]
    if total > over:
        return _broken_off(seen, state, missing)
    if (failed := state.counts[FAILED]) > 0:
        what = "1 point" if failed == 1 else f"{failed} points"
        again = keyed("{sweep.retry|t} tries again")
        return [Ink("✖ finished", "bad", bold=True), Ink(f": {what} failed; {again}", "bad")]
    anew = keyed("{sweep.resume|r} or {sweep.new|n} begins anew")
    return [Ink("✔ finished", "good", bold=True), Ink(f": {over} of {total} points are settled; {anew}", "muted")]


def _broken_off(seen: Seen, state: SweepState, missing: str) -> Row:
    goes_on = keyed(f": {missing}; {{sweep.resume|r}} goes on at the first")
    if state.outcome == "failed":
        return [Ink("✖ failed", "bad", bold=True), Ink(goes_on, "bad")]
    if state.outcome == "stopped":
        return [Ink("■ stopped", "warn", bold=True), Ink(goes_on, "warn")]
    return [Ink("■ interrupted", "warn", bold=True), Ink(goes_on, "warn")]


def why_row(seen: Seen) -> str:
    """Why the driver let go, where it said so; empty where it did not."""
    state = seen.state
    if state is None or seen.driven or state.outcome == "completed":
        return ""
    return clean(state.reason or seen.complaint, 400)


def _bar(over: int, total: int) -> Row:
    full = BAR * over // max(total, 1)
    return [Ink("▇" * full, "bar"), Ink("▁" * (BAR - full), "grid")]


def _counts(counts: dict[str, int]) -> Row:
    out: list[Ink] = []
    for state, number in counts.items():
        glyph, word, role = STATES[state]
        tone = role if number else "faint"
        out += [Ink(f"{glyph} ", tone), Ink(f"{number} {word}   ", "text" if number else "faint")]
    return out


def detail_rows(cell: Cell | None, seen: Seen, width: int) -> list[Row]:
    """All that is known of the chosen point, and why the sweep does not go on."""
    why: list[Row] = wrap(f"▲ {text}", width, "bad") if (text := why_row(seen)) else []
    if cell is None or not cell.state:
        return (
            [*why, [Ink("No point here: it stands in another part of this row.", "faint")]] if seen.grid.lines else why
        )
    glyph, word, role = look_of(cell)
    doing = f", {'window ' if ' of ' in cell.doing else ''}{cell.doing}" if cell.doing else ""
    state, arm = f"{glyph} {word}{doing}  ", f" {cell.arm}"
    model = fitted(clean(cell.model, 300), max(width - cell_len(state) - cell_len(arm), 8), tail=True).strip()
    rows: list[Row] = [[Ink(state, role, bold=True), Ink(model + arm, bold=True)], *_figures(cell, width)]
    if cell.reason:
        rows += wrap(clean(cell.reason), width, role if role in ("bad", "warn") else "muted")
    elif cell.state in WAITS:
        rows += wrap(keyed(WAITS["broken off" if cell.broken_off else cell.state]), width, "muted")
    if cell.run_id:
        rows.append([Ink(f"run {clean(cell.run_id, 60)}", "faint")])
    return [*why, *rows]


def _figures(cell: Cell, width: int) -> list[Row]:
    if cell.state != DONE:
        return []
    facts = wrap(f"{significant(cell.gross_j)} J/1k gross · {' · '.join(cell.facts)}", width)
    return [*_against(cell, width), *facts]


def _against(cell: Cell, width: int) -> list[Row]:
    """Its ratios to the baseline that took turns with it, with their intervals."""
    if cell.baseline:
        return [[Ink("The baseline: the others of this row are held against it.", "muted")]]
    if cell.ratio is None:
        return [[Ink("No ratio: no baseline took turns with it.", "muted")]]
    blocks = "1 block" if cell.ratio.blocks == 1 else f"{cell.ratio.blocks} blocks"
    net = "" if cell.net_ratio is None else f" · net of context {cell.net_ratio.whole}"
    return wrap(f"gross {cell.ratio.whole}{net} of this row's baseline, {blocks}, paired", width)
