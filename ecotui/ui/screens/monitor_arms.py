"""The result of a paired session: a row for each arm, what each costs against the first, and what that comes to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len

from ecotui.core.rows import RunRow
from ecotui.core.units import ABSENT, clean, number, percent, significant
from ecotui.ui.screens.monitor_scene import Scene
from ecotui.ui.screens.monitor_turns import arm_words, glyph, role
from ecotui.ui.widgets.canvas import Ink, Row, fit, wrap

if TYPE_CHECKING:  # with numpy, which no first frame needs
    from ecotui.ui.screens.monitor_pairs import Pairs, Side

NEEDS = "needs 2 blocks"
"""For an interval."""
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
    "power": Column("W", 7, lambda run: number(run.power_mean_w)),
    "gross": Column("J/1k gross", 11, lambda run: significant(run.energy_gross_j_per_1k_tokens)),
    "net": Column("net ctx", 8, lambda run: significant(run.energy_net_context_j_per_1k_tokens)),
    "busy": Column("busy", 6, lambda run: percent(run.gpu_busy_pct, 0)),
    RATIO: Column("gross × ●, 95 %", 22, lambda run: ""),
}
ROOMY = {
    "gross": Column("gross J/1k", 12, COLUMNS["gross"].text),
    "net": Column("net of context J/1k", 21, COLUMNS["net"].text),
    "busy": Column("GPU busy", 10, COLUMNS["busy"].text),
    RATIO: Column("gross over ●, 95 % interval", 30, COLUMNS[RATIO].text),
}
"""The same with their full names."""
LEAVE = ("busy", "net", "power", "rate")
"""Columns that go first where there is no room."""
LEAST, MOST = 6, 30
"""Cells of an arm's words."""


def arm_rows(scene: Scene, width: int) -> list[Row]:
    """The table and, below it, the ladder's sentences."""
    plan, pairs = scene.line.plan, scene.pairs
    if plan is None or pairs is None:
        return []
    words = [arm_words(plan, side.number) for side in pairs.sides]
    longest = min(max(map(cell_len, words)), MOST)
    columns = _columns(pairs, width, longest)
    name = min(longest, max(width - 2 - sum(c.width for c in columns.values()), LEAST))
    head: Row = [Ink(" " * (name + 2) + "".join(f"{c.head:>{c.width}}" for c in columns.values()), "muted")]
    rows = [_row(side, words[i], name, columns) for i, side in enumerate(pairs.sides)]
    said = [row for sentence in pairs.sentences for row in wrap(clean(sentence, 600), width)]
    return [head, *rows, *standing_rows(pairs, width), *([(), *said] if said else [])]


def standing_rows(pairs: Pairs, width: int) -> list[Row]:
    """How well the primary ratio is known so far, and how far it is to its target; none before two blocks.

    Of several candidates it is the first one's, which its glyph names; the longest words that fit.
    """
    it = pairs.standing
    if it is None or it.now is None or it.now.half_pct is None:
        return []
    target, left = f"±{pairs.until_pct:g} %", it.blocks_left
    blocks = f"about {left} block{'' if left == 1 else 's'}"
    short = it.blocks_needed is not None and pairs.declared is not None and it.blocks_needed > pairs.declared
    more = f", more than the {pairs.declared} declared" if left and short else ""
    settled = "" if left is None else f"settled ({target})"
    way, brief = (f"{blocks} until it is {settled}{more}", f"{blocks} to {target}{more}") if left else (settled,) * 2
    now = f"{f'{glyph(1)} ' if len(pairs.sides) > 2 else ''}±{percent(it.now.half_pct)} now"
    found = f"could find {percent(it.detectable_pct)}"
    each = ((now, f"{found} and more", way), (now, found, brief), (now, brief), (now, brief.removesuffix(more)))
    told = [" · ".join(filter(None, parts)) for parts in each]
    return [[Ink(next((words for words in told if cell_len(words) <= width), told[-1]), "muted")]]


def _columns(pairs: Pairs, width: int, longest: int) -> dict[str, Column]:
    """Those that have something to say, with their full names where there is room, and fewer where there is not."""
    known = any(side.run is not None and side.run.gpu_busy_pct is not None for side in pairs.sides)
    found = {key: column for key, column in COLUMNS.items() if key != "busy" or known}
    roomy = {key: ROOMY.get(key, column) for key, column in found.items()}
    if _needed(roomy, longest) <= width:
        return roomy
    for key in LEAVE:
        if _needed(found, longest) <= width:
            break
        found.pop(key, None)
    return found


def _needed(columns: dict[str, Column], longest: int) -> int:
    return 2 + longest + sum(column.width for column in columns.values())


def _row(side: Side, words: str, name: int, columns: dict[str, Column]) -> Row:
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
    return f"{it.value:.3f} [{it.low:.3f}, {it.high:.3f}]"


def gross_row(scene: Scene, gap: str) -> Row:
    """Gross energy of every arm in one row, for the narrow screen."""
    out: list[Ink] = [Ink("J/1k gross", "muted")]
    for side in scene.pairs.sides if scene.pairs else ():
        value = significant(side.run.energy_gross_j_per_1k_tokens if side.run else None)
        out += [Ink(f"{gap}{glyph(side.number)} ", role(side.number), bold=True), Ink(f"{value:>5}", bold=True)]
    return out
