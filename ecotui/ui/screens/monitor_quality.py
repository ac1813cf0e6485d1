"""What the Monitor tells of quality: how far its scoring is, and what the arms came to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.cells import cell_len

from ecotui.analysis import quality
from ecotui.analysis.quality_tasks import tasks
from ecotui.core import scoring_time
from ecotui.core.progress import Progress
from ecotui.core.quality import REFERENCE, scored
from ecotui.core.rows import RunRow
from ecotui.core.units import clean, number
from ecotui.ui.screens.monitor_scene import Scene
from ecotui.ui.screens.monitor_turns import arm_words, glyph, role
from ecotui.ui.widgets.canvas import Ink, Row, cells, wrap

SCORING = "scoring"
LEAD = 9
"""Cells before what is told of quality."""
FEW = 3
"""Arms that have a row of quality each; of more their ratios share rows."""
UNKNOWN = quality.NOT_MEASURED.removeprefix("quality ")
"""Behind the word "quality"; a divergence of random weights is no accuracy."""
NO_ACCURACY = f"{UNKNOWN}, random weights"
TO_COME = "quality is scored after the windows"
GOES_ON = "quality is being scored"


def alone(scene: Scene) -> bool:
    """Whether the session has no energy windows."""
    plan = scene.line.plan
    return plan is not None and plan.quality is not None and plan.quality.alone


def counted(it: Progress) -> str:
    """How far the scoring is: "12 of 84 windows"; empty before anything tells how many there are."""
    return f"{number(it.window, 0)} of {number(it.windows, 0)} windows" if it.phase == SCORING and it.windows else ""


def standing_rows(it: Progress) -> list[Row]:
    """The same below the bar of the session's pane."""
    said = counted(it)
    return [[Ink("scored    ", "muted"), Ink(said, bold=True)]] if said else []


def over_row(scene: Scene) -> Row:
    """Of a session without energy windows that is over: what was scored of what was planned."""
    return [Ink("scored    ", "muted"), Ink(over_words(scene))]


def over_words(scene: Scene) -> str:
    """How many of the text's windows were scored, over all arms."""
    plan, line = scene.line.plan, scene.line
    assert plan is not None and plan.quality is not None
    done, of = scoring_time.counted(line, plan, scored(plan.arms, plan.quality))
    return f"{number(done, 0)} of {number(of, 0)} windows"


def quality_rows(scene: Scene, width: int) -> list[Row]:
    """What each arm's quality came to, and what a reader of it has to know."""
    return [*cost_rows(scene, width), *remark_rows(scene, width)]


def cost_rows(scene: Scene, width: int) -> list[Row]:
    """What each arm's quality came to; that it was not measured, where arms of other weights stand side by side."""
    plan = scene.line.plan
    if plan is None or scene.line.header is None:
        return []
    if told := _told(scene):
        return _led(_packed(told, width - LEAD) if len(told) > FEW else _each(scene, told, width))
    rows = [run for _, run in sorted(scene.rated.items())] if plan.quality is not None else []
    return _led(wrap(_none(scene, rows), width - LEAD, "warn"))


def remark_rows(scene: Scene, width: int) -> list[Row]:
    """What a reader of the figures has to know, once the session is over; of many arms all their figures too."""
    told = _told(scene)
    if not scene.over or not told:
        return []
    each = _led(_each(scene, told, width)) if len(told) > FEW else []
    rows = _remarks([run for _, run in told], width - LEAD)
    return [*each, *([Ink(" " * LEAD), *row] for row in rows)]


def _each(scene: Scene, told: Sequence[tuple[int, RunRow]], width: int) -> list[Row]:
    """All that is told of each arm."""
    plan = scene.line.plan
    several = plan is not None and len(plan.arms) > 1
    return [row for n, run in told for row in _arm(scene, n, run, width - LEAD, several)]


def _packed(told: Sequence[tuple[int, RunRow]], width: int) -> list[Row]:
    """The ratios of many arms in as few rows as they need, so that the last one's has its place too."""
    random = any(quality.is_random(run) for _, run in told)
    rows: list[Row] = [[Ink(f"{NO_ACCURACY}: " if random else f"perplexity over {REFERENCE}: ", "muted")]]
    held = [(n, run) for n, run in told if run.quantization != REFERENCE]
    for n, run in held or told:
        bits: Row = [Ink(f"{glyph(n)} ", role(n), bold=True), Ink(f"{quality.short(run, 20)}  ")]
        if cells([*rows[-1], *bits]) > width + 2:
            rows.append([])
        rows[-1] = [*rows[-1], *bits]
    return rows


def _told(scene: Scene) -> list[tuple[int, RunRow]]:
    """The arms of which anything was scored."""
    plan = scene.line.plan
    if plan is None or plan.quality is None or scene.line.header is None:
        return []
    return [(n, run) for n, run in sorted(scene.rated.items()) if quality.measured(run)]


def _led(rows: Sequence[Row]) -> list[Row]:
    """Rows behind the word that says what they are of."""
    return [[Ink(f"{'quality' if i == 0 else '':<{LEAD}}", "muted"), *row] for i, row in enumerate(rows)]


def _none(scene: Scene, rows: list[RunRow]) -> str:
    """Why there are no figures; empty where nobody asked for any and nothing is held against anything."""
    plan = scene.line.plan
    assert plan is not None
    if plan.quality is None:
        unlike = len({(arm.model, arm.quantization) for arm in plan.arms}) > 1
        return UNKNOWN if unlike and scene.pairs is not None else ""
    if scene.over:
        why = next((row.quality_remark for row in rows if row.quality_remark), "")
        return f"{UNKNOWN}{': ' if why else ''}{clean(why or '', 400)}"
    phase = scene.line.phase
    return (GOES_ON if phase is not None and phase.name == SCORING else TO_COME).removeprefix("quality ")


def _remarks(runs: list[RunRow], width: int) -> Iterator[Row]:
    """What a reader of the figures has to know, each once."""
    said = dict.fromkeys(part for run in runs for part in (run.quality_remark or "").split("; ") if part)
    if said:
        yield from wrap(clean("; ".join(said), 1000), width, "muted")


def _arm(scene: Scene, number_: int, run: RunRow, width: int, several: bool) -> Iterator[Row]:
    """One arm in one row, with as many figures as there is room for; alone it may take as many rows as it needs."""
    plan = scene.line.plan
    assert plan is not None
    if not several:
        whole = quality.line(run)
        if cell_len(whole) > width:  # a low pane may cut all but the first row
            yield [Ink(quality.told(run))]
        yield from wrap(whole, width)
        yield from wrap("; ".join(task.words for task in tasks(run)), width)
        return
    name = f" {arm_words(plan, number_)}  "
    head: Row = [Ink(glyph(number_), role(number_), bold=True), Ink(name)]
    room = width - 1 - cell_len(name)
    texts = [quality.line(run), quality.told(run), quality.short(run), quality.short(run, 20)]
    if quality.is_random(run) and quality.divergence(run) is not None:
        texts = [f"{NO_ACCURACY} · {text.removeprefix(f'{quality.RANDOM} · ')}" for text in texts]
    yield [*head, Ink(next((text for text in texts if cell_len(text) <= room), texts[-1]))]
