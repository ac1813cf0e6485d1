"""Published ranges as lines of the History: what a source tells without rows, as a sentence and with no figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from textual.content import Content

from ecotui.analysis import ranges
from ecotui.core import units
from ecotui.core.rows import RunRow
from ecotui.ui.theme import ink
from ecotui.ui.widgets.history_entry import PUBLISHED, Entry

if TYPE_CHECKING:
    from ecotui.store.published import Range

NO_ACCOUNTING = "no rows, no accounting, no verdict"


def range_entries(every: Sequence[Range]) -> list[Entry]:
    """One entry a range, in the order of the table."""
    return [
        Entry(_row(one), PUBLISHED, ranges.haystack(one), claim=one, head=f"published: {ranges.HEAD}") for one in every
    ]


def _row(it: Range) -> RunRow:
    """What the table's columns show of it beside its sentence."""
    return RunRow(
        run_id=it.row_id,
        session_id=PUBLISHED,
        simulated=False,
        quantization=ranges.label(it),
        gpu_name=ranges.board(it),
    )


def range_lines(it: Range, width: int) -> tuple[Content, Content]:
    """The range under the cursor, as `history_detail.detail` tells a run."""
    head = f"{units.clean(it.config, 24)}  {ranges.board(it)}  {ranges.claim(it)}"
    facts = f"{NO_ACCOUNTING} · {units.clean(it.source, 240)}"
    second = Content.assemble(ink("PUBLISHED as a range  ", "muted", bold=True), ink(facts, "muted"))
    return ink(head).truncate(width, ellipsis=True), second.truncate(width, ellipsis=True)


def range_facts(it: Range) -> Iterator[tuple[str, str]]:
    """All that is known of the range: labels and values."""
    from ecotui.store.published import ranges as every

    yield "board", ranges.board(it)
    yield "configuration", units.clean(it.config, 40)
    yield "says", ranges.claim(it)
    if told := ranges.sizes(it, every()):
        yield "", told
    yield "", ""
    yield "gross, net", "not told: the source has no accounting of it"
    yield "interval", "none: the ends of the range are no interval of a measurement"
    yield "verdict", ranges.NO_VERDICT
    yield "", ""
    yield "source", units.clean(it.source, 400)
    yield "range", units.clean(it.row_id, 80)
