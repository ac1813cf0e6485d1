"""What a profiled decoding step was made of: launches, waits and gaps as facts, the largest kernels as a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap

from rich.cells import cell_len, chop_cells, set_cell_size
from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from ecotui.analysis.kernels import Evidence, Kernel
from ecotui.core import units
from ecotui.core.rows import RunRow
from ecotui.ui.theme import ink
from ecotui.ui.widgets.history_cells import fitted
from ecotui.ui.widgets.record_facts import Fact, lines

HEADS = ("ms a step", "calls", "share")
WIDTHS = (9, 7, 7)
GAP = 2
WHOLE = 120
"""From this width on a long name goes on in the next row; below it is cut in the middle, where names differ least."""
LONGEST = 4000
"""Letters of a name that are kept: templates of templates are long."""
NONE = "No kernels are in the log: the device has no profiler, the run was not examined, or it is of an older version."


def facts(row: RunRow, found: Evidence) -> list[Fact]:
    """The step's numbers; those of the row, so that they stand there also without a log."""
    it = found.examined
    waits = f"{units.number(row.waits_per_step, 0)} a step, of the host for the device"
    some = f"of {it.steps} steps" if it and it.steps > 1 else "of any step"
    longest = f"the longest {some} {units.number(row.gap_max_ms, 3)} ms"
    where = f", of {units.number(it.step_ms, 2)} ms under the profiler" if it and it.step_ms else ", under the profiler"
    return [
        ("launches", f"{units.number(row.launches_per_step, 0)} a step, {units.number(row.launch_us)} µs each"),
        ("launching", _launching(row)),
        ("waits", waits),
        ("gaps", f"{units.number(row.gap_ms, 2)} ms a step without a kernel on the mean{where}; {longest}"),
        ("kernels", f"{units.number(row.kernels_per_step, 0)} a step, {units.number(row.kernel_ms, 2)} ms in all"),
    ]


def _launching(row: RunRow) -> str:
    share = row.launch_share_pct
    took = None if row.launches_per_step is None or row.launch_us is None else row.launches_per_step * row.launch_us
    shown = units.number(None if took is None else took / 1000, 2)
    return f"{shown} of {units.number(row.tpot_ms, 2)} ms, {units.percent(share)} of a step"


def middle(text: str, width: int) -> str:
    """`text` in at most `width` cells, cut in its middle: both ends of a kernel's name tell what it is."""
    if cell_len(text) <= width:
        return text
    if width < 3:
        return fitted(text, max(width, 0))
    head = (width - 1) // 2
    tail = text[-(width - 1 - head) :]
    while cell_len(tail) > width - 1 - head:
        tail = tail[1:]
    return f"{set_cell_size(text, head)}…{tail}"


def table(kernels: Sequence[Kernel], width: int) -> Iterator[Content]:
    """The kernels, largest first; names are text from outside and never markup."""
    if not kernels:
        yield from (ink(part, "muted") for part in wrap(NONE, max(width, 10)))
        return
    left = sum(WIDTHS) + GAP * len(WIDTHS)
    room = max(width - left, 8)
    yield ink(_joined([*(fitted(h, w, right=True) for h, w in zip(HEADS, WIDTHS, strict=True)), "kernel"]), "muted")
    for kernel in kernels:
        name = units.clean(kernel.name, LONGEST)
        first, *rest = (chop_cells(name, room) if width >= WHOLE else [middle(name, room)]) or [""]
        figures = (units.number(kernel.ms, 3), units.number(kernel.calls), units.percent(kernel.share_pct))
        numbers = [fitted(text, w, right=True) for text, w in zip(figures, WIDTHS, strict=True)]
        yield ink(_joined([*numbers, first]))
        yield from (ink(" " * left + part) for part in rest)


def _joined(cells: Sequence[str]) -> str:
    return (" " * GAP).join(cells).rstrip()


class KernelsPane(Widget):
    """The facts of a step above the table of its kernels."""

    def __init__(self, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes="pane")
        self.border_title = "Kernels of a decoding step, profiled after the windows"
        self._shown: tuple[RunRow, Evidence] | None = None

    def show(self, row: RunRow, found: Evidence) -> None:
        """Another run's step."""
        self._shown = (row, found)
        self.border_subtitle = ink("SIMULATED", "warn") if row.simulated else ""
        self.refresh(layout=True)

    def _rows(self, width: int) -> list[Content]:
        if self._shown is None:
            return []
        row, found = self._shown
        known = found.examined is not None or row.kernels_per_step is not None
        above = [*lines(facts(row, found), width), Content("")] if known else []
        return [*above, *table(found.kernels, width)]

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return max(len(self._rows(width)), 1)

    def render(self) -> Content:
        return Content("\n").join(self._rows(self.content_size.width))
