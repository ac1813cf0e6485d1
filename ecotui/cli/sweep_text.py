"""A sweep as text: its grid, its events, the list of sweeps, and a report's sections."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

from rich.console import Group as Stack
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from ecotui.cli.tables import console
from ecotui.core.document import Cell, Document, Sheet
from ecotui.core.sweep_events import Driven, GroupEnded, GroupStarted, PointSkipped, SweepEnded, SweepEvent
from ecotui.core.sweep_state import DONE, FAILED, GLYPHS, RUNNING, SKIPPED, STATES, GroupState, SweepState
from ecotui.core.units import ABSENT, clean, duration, significant

STYLES = {DONE: "green", RUNNING: "bold cyan", FAILED: "bold red", SKIPPED: "dim"}
STOPS = "ctrl+c stops and keeps the groups done"
LEAVES = "ctrl+c leaves it alone, it goes on"
STOPPING = "stopping; the groups done are kept"
BESIDE = 6
"""Lines of the terminal that the grid leaves for what stands around it."""
LONGEST = 4000
"""Letters of a cell that are kept; it is wrapped at words."""
METHOD = "Method"
"""A section of a report that a terminal leaves to the pages: it is the same for every sweep."""
ALIKE = ("prompt_tokens", "new_tokens", "gpu_name", "simulated", "sweep")
WIDE = 120
"""Columns from which on a report's tables have room for the runs' ids."""


def counts_line(state: SweepState) -> str:
    """ "12 done · 2 running · 0 failed · 4 skipped · 22 to come"."""
    return " · ".join(f"{state.counts[word]} {word}" for word in STATES)


def grid(
    state: SweepState, left_s: float, height: int = 10_000, running: Sequence[str] = (), *, tail: str = STOPS
) -> RenderableType:
    """Groups as rows, arms as columns; the rows around the running one where not all fit into `height` lines.

    left_s: until nothing is missing. running: what goes on, a line a board. tail: what ctrl+c does.
    """
    groups = state.groups
    words = list(dict.fromkeys(p.word for g in groups for p in g.group.points))
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in ("", *words, "GPU"):
        table.add_column(Text(column), no_wrap=True)
    shown, above, below = _around(groups, max(height - BESIDE - len(running), 4))
    for group in shown:
        known = {p.point.word: p.state for p in group.points}
        cells: list[Text] = [_glyph(known.get(name, "")) for name in words]
        table.add_row(Text(group_name(state, group)), *cells, Text(_gpu(group)))
    mark = " SIMULATED" if state.plan.simulated else ""
    head = Text(f"{clean(state.plan.name)}{mark}  {state.sweep}", "bold")
    left = f"about {duration(left_s)} left" if state.missing else "nothing is missing"
    more = (
        [Text(f"{above} {'group' if above == 1 else 'groups'} above, {below} below", "dim")] if above or below else []
    )
    below_it = (Text(counts_line(state)), Text(f"{left} · {tail}"))
    return Stack(head, table, *more, *(Text(line) for line in running), *below_it)


def group_name(state: SweepState, group: GroupState) -> str:
    """Model and batch size, and the lengths where the plan has several."""
    it, plan = group.group, state.plan
    varied = len(plan.prompt_tokens) > 1 or len(plan.new_tokens) > 1
    lengths = f" {it.prompt_tokens}+{it.new_tokens}" if varied else ""
    return clean(f"{it.model} b{it.batch_size}{lengths}{f' part {it.part}' if it.parts > 1 else ''}")


def _around(groups: Sequence[GroupState], most: int) -> tuple[Sequence[GroupState], int, int]:
    if len(groups) <= most:
        return groups, 0, 0
    at = next((n for n, g in enumerate(groups) if g.running), None)
    if at is None:
        at = next((n for n, g in enumerate(groups) if g.to_do()), len(groups))
    first = min(max(at - most // 2, 0), len(groups) - most)
    return groups[first : first + most], first, len(groups) - first - most


def _glyph(state: str) -> Text:
    return Text(f"{GLYPHS[state]} {state}", STYLES.get(state, "")) if state else Text("")


def _gpu(group: GroupState) -> str:
    return f"{group.gpu}" if group.running and group.gpu is not None else ""


def event_line(event: SweepEvent, state: SweepState) -> str:
    """A line for people; empty where there is nothing to say."""
    match event:
        case Driven():
            return ""
        case GroupStarted():
            line = f"{event.group}: {', '.join(event.arms)} on GPU {event.gpu}, session {event.session}"
        case GroupEnded():
            which = f", {event.failed}" if event.failed else ""
            line = f"{event.group}: {event.outcome}{which}{f' ({event.reason})' if event.reason else ''}"
        case PointSkipped():
            line = f"{event.group}: {event.arm} skipped ({event.reason})"
        case SweepEnded():
            line = f"sweep {event.outcome}: {counts_line(state)}{f' ({event.reason})' if event.reason else ''}"
    return clean(line, 600)


def print_list(
    found: Sequence[tuple[SweepState, bool]], left_s: Mapping[str, float], samples: Sequence[SweepState] = ()
) -> None:
    """Sweeps, newest first; whether each is driven. left_s: of each until nothing is missing, by its id.

    samples: those that came with ecotui, below the others.
    """
    if not found:
        sys.stdout.write("No sweeps yet. Begin one with `ecotui sweep quick`.\n")
    if not found and not samples:
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for head in ("sweep", "plan", "", *STATES, "left"):
        table.add_column(Text(head), justify="right" if head in STATES else "left", no_wrap=True)
    for state, driven in found:
        word = "goes on" if driven else "unfinished" if state.missing else "ended"
        table.add_row(*_row(state, word, f"about {duration(left_s[state.sweep])}" if state.missing else ""))
    for state in samples:
        table.add_row(*_row(state, "sample", ""))
    console().print(table)
    if (last := next((s.sweep for s, driven in found if s.missing and not driven), None)) is not None:
        sys.stdout.write(f"`ecotui sweep --resume {last}` goes on at its first missing point.\n")


def _row(state: SweepState, word: str, left: str) -> list[Text]:
    counts = [Text(str(state.counts[one])) for one in STATES]
    name = f"{clean(state.plan.name, 40)}{' SIMULATED' if state.plan.simulated else ''}"
    return [Text(state.sweep), Text(name), Text(word), *counts, Text(left)]


def print_document(document: Document) -> None:
    """A report on stdout."""
    out = console()
    out.print(Text(clean(document.title), "bold"))
    if document.warning:
        out.print(Text(document.warning, "bold yellow"))
    out.print(Text(clean(document.summary, 2000)))
    for section in (s for s in document.sections if s.heading != METHOD):
        out.print(Text(f"\n{clean(section.heading)}", "bold"))
        for paragraph in section.paragraphs:
            out.print(Text(clean(paragraph, 4000)))
        for sheet in section.sheets:
            out.print(_table(_without(sheet, [*_alike(sheet), *(["run_id"] if out.width < WIDE else [])])))
    if any(s.heading == METHOD for s in document.sections):
        export = f"ecotui export --report sweep {dict(document.facts).get('Sweep', 'last')} -o sweep.html"
        out.print(Text(f"\nFigures, environment and method: `{clean(export)}`."))


def _alike(sheet: Sheet) -> list[str]:
    """Columns whose only value a reader of the whole report knows already."""
    columns = {name: {row[n] for row in sheet.rows} for n, name in enumerate(sheet.columns)}
    return [name for name, values in columns.items() if name in ALIKE and len(values) < 2]


def _without(sheet: Sheet, names: Sequence[str]) -> Sheet:
    """The table without columns that a terminal has no room for."""
    kept = [n for n, column in enumerate(sheet.columns) if column not in names]
    rows = tuple(tuple(row[n] for n in kept) for row in sheet.rows)
    columns, titles = (tuple(texts[n] for n in kept) for texts in (sheet.columns, sheet.titles))
    return replace(sheet, columns=columns, titles=titles, rows=rows)


def _table(sheet: Sheet) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), caption=None)
    numeric = [any(isinstance(row[n], int | float) for row in sheet.rows) for n in range(len(sheet.titles))]
    for place, (title, right) in enumerate(zip(sheet.titles, numeric, strict=True)):
        justify: Literal["left", "right"] = "right" if right else "left"
        table.add_column(Text(title), justify=justify, overflow="fold", no_wrap=not place)
    for row in sheet.rows:
        table.add_row(*(Text(_cell(value)) for value in row))
    return table


def _cell(value: Cell) -> str:
    if value is None:
        return ABSENT
    if isinstance(value, float):
        return significant(value)
    return clean(value, LONGEST)
