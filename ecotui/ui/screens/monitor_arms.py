"""The result of a paired session: a row for each arm, what each costs against the first, and what that comes to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len

from ecotui.core.rows import RunRow
from ecotui.core.units import ABSENT, number, percent, sentence, significant
from ecotui.ui.screens import monitor_quality as rated
from ecotui.ui.screens.monitor_scene import Scene
from ecotui.ui.screens.monitor_turns import arm_words, glyph, role
from ecotui.ui.widgets.canvas import Ink, Row, fit, wrap

if TYPE_CHECKING:  # with numpy, which no first frame needs
    from ecotui.ui.screens.monitor_pairs import Pairs, Side

NEEDS = "needs 2 blocks"
"""For an interval."""
TOO_FEW = "too few blocks"
"""In place of an interval."""
RATIO = "ratio"
RATIO_CELLS = len("0.712 [0.707, 0.716]")


@dataclass(frozen=True, slots=True)
class Column:
    """One figure of every arm."""

    head: str
    width: int
    text: Callable[[RunRow], str]


COLUMNS = {
    "rate": Column("tok/s", 8, lambda run: significant(run.throughput_tok_s)),
    "step": Column("ms/step", 8, lambda run: number(run.tpot_ms, 2)),
    "power": Column("W", 7, lambda run: number(run.power_mean_w)),
    "gross": Column("J/1k gross", 11, lambda run: significant(run.energy_gross_j_per_1k_tokens)),
    "net": Column("net ctx", 8, lambda run: significant(run.energy_net_context_j_per_1k_tokens)),
    "busy": Column("busy", 6, lambda run: percent(run.gpu_busy_pct, 0)),
    "peak": Column("of peak", 8, lambda run: percent(run.bandwidth_share_pct, 0)),
    RATIO: Column("gross × ●, 95 %", 22, lambda run: ""),
}
ROOMY = {
    "step": Column("ms a step", 11, COLUMNS["step"].text),
    "busy": Column("GPU busy", 10, COLUMNS["busy"].text),
    "peak": Column("of peak GB/s", 14, COLUMNS["peak"].text),
    "gross": Column("gross J/1k", 12, COLUMNS["gross"].text),
    "net": Column("net of context J/1k", 21, COLUMNS["net"].text),
    RATIO: Column("gross over ●, 95 % interval", 30, COLUMNS[RATIO].text),
}
"""The same with their full names."""
FACTS = {"busy": "gpu_busy_pct", "peak": "bandwidth_share_pct"}
"""Columns of a run that are not known of every one."""
STEP = ("step", "busy", "peak")
"""What tells work from waiting: one table has all of them, the first where there is room, else one of its own."""
LEAVE = ("net", "power", "rate")
"""Columns that leave the first table where there is still no room, in this order."""
LEAST, MOST = 6, 30
"""Cells of an arm's words."""
ON_CPU = "GPU busy and the share of the memory's peak: no figure, the arms ran on the CPU."
NOT_PROFILED = "GPU busy: no figure, no step was profiled."
NO_PEAK = "Share of the memory's peak: no figure, the board's peak bandwidth is not known (--peak-bandwidth tells it)."


def arm_rows(scene: Scene, width: int, height: int = 0) -> list[Row]:
    """The table with what each arm costs in quality directly below it, the ladder's sentences and, once the session is
    over, the columns that the table had no room for. How well the ratio is known takes a second row where `height`
    has one left."""
    plan, pairs = scene.line.plan, scene.pairs
    if plan is None or pairs is None:
        return []
    words = [arm_words(plan, side.number) for side in pairs.sides]
    longest = min(max(map(cell_len, words)), MOST)
    columns = _columns(pairs, width, longest, scene.over)
    said = [row for told in pairs.sentences for row in wrap(sentence(told), width)]
    rows = [*_table(pairs, words, columns, width), *rated.cost_rows(scene, width)]
    sentences: list[Row] = [(), *said] if said else []
    rows += [*standing_rows(pairs, width, height - len(rows) - len(sentences)), *sentences]
    if not scene.over:
        return rows
    left = {key: ROOMY.get(key, COLUMNS[key]) for key in (*STEP, *reversed(LEAVE)) if key not in columns}
    for some in _tables(left, width, longest):
        rows += [(), *_table(pairs, words, some, width)]
    rows += [row for sentence in absent(pairs) for row in wrap(sentence, width, "muted")]
    return [*rows, *rated.remark_rows(scene, width)]


def absent(pairs: Pairs) -> list[str]:
    """Which figures of a step there are none of, and why."""
    runs = [side.run for side in pairs.sides if side.run is not None]
    if any(run.device == "cpu" for run in runs):
        return [ON_CPU]
    busy = [NOT_PROFILED] if any(run.gpu_busy_pct is None for run in runs) else []
    return [*busy, *([NO_PEAK] if any(run.bandwidth_share_pct is None for run in runs) else [])]


def _table(pairs: Pairs, words: Sequence[str], columns: Mapping[str, Column], width: int) -> list[Row]:
    longest = min(max(map(cell_len, words)), MOST)
    name = min(longest, max(width - 2 - sum(c.width for c in columns.values()), LEAST))
    head: Row = [Ink(" " * (name + 2) + "".join(f"{c.head:>{c.width}}" for c in columns.values()), "muted")]
    return [head, *(_row(side, words[i], name, columns) for i, side in enumerate(pairs.sides))]


def _tables(columns: Mapping[str, Column], width: int, longest: int) -> list[dict[str, Column]]:
    """Columns in as many tables as they need."""
    found: list[dict[str, Column]] = []
    for key, column in columns.items():
        if not found or _needed({**found[-1], key: column}, longest) > width:
            found.append({})
        found[-1][key] = column
    return found


def standing_rows(pairs: Pairs, width: int, height: int = 1) -> list[Row]:
    """How well the primary ratio is known so far, and how far it is to its target; none before two blocks.

    Of several candidates it is the first one's, which its glyph names; the longest words that fit. What all of it in
    one row has no room for is said in two before anything is left out, where there is `height` for them.
    """
    it = pairs.standing
    if it is None or it.now is None or it.now.half_pct is None:
        return []
    lead = f"{glyph(1)} " if len(pairs.sides) > 2 else ""
    if it.now.too_few:
        return [[Ink(f"{lead}{it.way}", "muted")]]
    short = it.blocks_needed is not None and pairs.declared is not None and it.blocks_needed > pairs.declared
    more = f", more than the {pairs.declared} declared" if short and it.way.startswith("about") else ""
    now, found = f"{lead}±{percent(it.now.half_pct)} now", f"could find {percent(it.detectable_pct)}"
    way = f"{it.way}{more}"
    finds, ways = (f"{found} and more", found), (way, it.way)
    halves = [((now, some), (" " * len(lead) + one,)) for one in ways for some in finds] if height > 1 else []
    shown = (*(((now, some, way),) for some in finds), *halves, *(((now, one),) for one in ways))
    each = [[" · ".join(row) for row in rows] for rows in shown]
    told = next((rows for rows in each if max(map(cell_len, rows)) <= width), each[-1])
    return [[Ink(words, "muted")] for words in told]


def _columns(pairs: Pairs, width: int, longest: int, over: bool) -> dict[str, Column]:
    """Those of the first table, with their full names where there is room, and fewer where there is not.

    GPU busy is known by the profile, which comes last, and of some boards there is no peak: before the session is over
    the table goes without what no arm has.
    """
    runs = [side.run for side in pairs.sides if side.run is not None]
    none = {key for key, name in FACTS.items() if not over and all(getattr(run, name) is None for run in runs)}
    found = {key: column for key, column in COLUMNS.items() if key not in none}
    roomy = {key: ROOMY.get(key, column) for key, column in found.items()}
    if _needed(roomy, longest) <= width:
        return roomy
    if _needed(found, longest) > width:
        found = {key: column for key, column in found.items() if key not in STEP}
    for key in LEAVE:
        if _needed(found, longest) <= width:
            break
        found.pop(key, None)
    return found


def _needed(columns: Mapping[str, Column], longest: int) -> int:
    return 2 + longest + sum(column.width for column in columns.values())


def _row(side: Side, words: str, name: int, columns: Mapping[str, Column]) -> Row:
    tone = role(side.number)
    out = [Ink(glyph(side.number), tone, bold=True), Ink(" "), *fit([Ink(words)], name)]
    for key, column in columns.items():
        text = f"{ratio_words(side):<{RATIO_CELLS}}" if key == RATIO else column.text(side.run) if side.run else ABSENT
        out.append(Ink(f"{text:>{column.width}}", "text", bold=key in ("gross", RATIO)))
    return out


def ratio_words(side: Side) -> str:
    """How much of the first arm's energy, and its interval where there are blocks enough."""
    if side.number == 0:
        return "1.000" if side.run else ABSENT
    it = side.ratio
    if it is None:
        return ABSENT
    if it.low is None or it.high is None:
        return f"{it.value:.3f} {NEEDS}"
    if it.too_few:
        return f"{it.value:.3f} {TOO_FEW}"
    return f"{it.value:.3f} [{it.low:.3f}, {it.high:.3f}]"


def gross_row(scene: Scene, gap: str) -> Row:
    """Gross energy of every arm in one row, for the narrow screen."""
    out: list[Ink] = [Ink("J/1k gross", "muted")]
    for side in scene.pairs.sides if scene.pairs else ():
        value = significant(side.run.energy_gross_j_per_1k_tokens if side.run else None)
        out += [Ink(f"{gap}{glyph(side.number)} ", role(side.number), bold=True), Ink(f"{value:>5}", bold=True)]
    return out
