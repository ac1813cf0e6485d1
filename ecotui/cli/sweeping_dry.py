"""`ecotui sweep --dry-run`: the grid of a plan, what of it would not fit, and how long it will take."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.table import Table
from rich.text import Text

from ecotui.cli.memory import Seen, outlook
from ecotui.core.errors import BoardError
from ecotui.core.quality import EMBEDDED, WIKITEXT, Quality
from ecotui.core.sweep import Point, SweepPlan
from ecotui.core.sweep_events import SweepRecord
from ecotui.core.sweep_state import GroupState, SweepState, state_of
from ecotui.core.sweep_time import group_s, remaining_s
from ecotui.core.units import clean, duration, gigabytes

STOPPED = "A group that is stopped while it is scored is measured again as a whole."


@dataclass(frozen=True, slots=True)
class Row:
    """A point of the grid."""

    group: GroupState
    point: Point
    memory_b: int | None
    """That it will need; None where nobody knows."""
    refusal: str
    """Why it would not be loaded; empty where it fits or where nobody knows."""

    @property
    def skipped(self) -> str:
        """Why it is skipped; empty where it is not."""
        return self.point.reason or self.refusal


def dry_run(plan: SweepPlan, *, as_json: bool, host_b: int | None = None) -> int:
    """Print the grid with its forecasts; 0, for nothing is measured.

    host_b: bytes that the host has, where the arms would be loaded there.
    """
    seen, why = _seen(plan)
    state = state_of(SweepRecord("", plan, time.time()))
    rows = [Row(g, p.point, *_forecast(p.point, seen, plan, host_b)) for g in state.groups for p in g.points]
    total_s = remaining_s(state, time.time())
    if as_json:
        sys.stdout.write(json.dumps(_as_json(plan, state, rows, total_s)) + "\n")
    else:
        _print(plan, rows, total_s, why)
    return 0


def _as_json(plan: SweepPlan, state: SweepState, rows: Sequence[Row], total_s: float) -> dict[str, object]:
    points = [
        {
            "group": row.group.group.key,
            "arm": row.point.word,
            "memory_forecast_b": row.memory_b,
            "skipped": row.skipped or None,
        }
        for row in rows
    ]
    groups = [{"group": g.group.key, "seconds": group_s(plan, g)} for g in state.groups]
    return {"plan": plan.to_dict(), "points": points, "groups": groups, "seconds": total_s}


def _print(plan: SweepPlan, rows: Sequence[Row], total_s: float, why: str) -> None:
    from ecotui.cli.tables import console

    out, table, before = console(), Table(box=None, pad_edge=False, padding=(0, 2, 0, 0)), None
    for head in ("group", "time", "arm", "memory", ""):
        table.add_column(Text(head), no_wrap=head != "", justify="right" if head == "memory" else "left")
    for row in rows:
        if row.group.to_do():  # what the plan leaves out whole is counted below
            table.add_row(*(Text(clean(cell)) for cell in _cells(plan, row, row.group is not before)))
            before = row.group
    if table.row_count:
        out.print(table)
    left_out = [row for row in rows if not row.group.to_do()]
    for told in _left_out(left_out, beside=table.row_count > 0):
        out.print(Text(clean(told, 1000)))
    skipped = sum(bool(row.skipped) for row in rows)
    boards = f" on {len(plan.gpus)} boards" if len(plan.gpus) > 1 else ""
    told = f"{len(rows)} points, {skipped} skipped; about {duration(total_s)}{boards}, as far as the protocol tells."
    if skipped == len(rows):
        told = f"{len(rows)} points, all skipped: there is nothing to measure."
    out.print(Text(clean(f"{told} {why}".strip(), 1000)))
    out.print(Text(quality_words(plan.quality)))


def quality_words(quality: Quality | None) -> str:
    """Whether the arms are scored, and on what."""
    if quality is None:
        return "Quality is not measured: --quality scores every model and quantization once."
    text = quality.text if quality.text in (EMBEDDED, WIKITEXT) else Path(quality.text).name
    how = "by the decoding path" if quality.decode_path else "whole windows at once"
    tasks = f"; tasks {', '.join(quality.tasks)}" * bool(quality.tasks)
    return f"Quality of every model and quantization, once: text {clean(text, 80)}, {how}{clean(tasks, 200)}. {STOPPED}"


def _left_out(rows: Sequence[Row], *, beside: bool) -> Iterator[str]:
    """Each reason why points are left out whole: with their count beside a grid, with their names where there is none.

    Baselines come last, for they are left out with the others.
    """
    for reason in dict.fromkeys(row.point.reason for row in sorted(rows, key=lambda row: row.point.baseline)):
        these = [row.point.word for row in rows if row.point.reason == reason]
        names = f"{', '.join(dict.fromkeys(these))} {'is' if len(set(these)) == 1 else 'are'}"
        yield f"{_others(len(these)) if beside else names} skipped: {reason}."


def _others(count: int) -> str:
    return "1 other point is" if count == 1 else f"{count} other points are"


def _cells(plan: SweepPlan, row: Row, first: bool) -> tuple[str, ...]:
    took = duration(group_s(plan, row.group)) if first else ""
    said = f"skipped: {row.skipped}" if row.skipped else "baseline" * row.point.baseline
    memory = gigabytes(row.memory_b) if row.memory_b else ""
    return row.group.group.key if first else "", took, row.point.word, memory, said


def _seen(plan: SweepPlan) -> tuple[Seen | None, str]:
    """The first board, None and the reason where the boards do not answer.

    Raises:
        NoSuchBoardError: they answer, and one of the plan's is not among them.
    """
    from ecotui.recorder.sweep_boards import opened

    try:
        for gpu in plan.gpus[1:]:
            opened(plan.sensor, gpu).close()
        board = opened(plan.sensor, plan.gpus[0])
        try:
            return (board.info, board.read()), ""
        finally:
            board.close()
    except BoardError as error:
        return None, f"Whether it fits, and whether the boards are there, is not known: {error}"


def _forecast(point: Point, seen: Seen | None, plan: SweepPlan, host_b: int | None) -> tuple[int | None, str]:
    """Bytes that the arm will need, None where nobody knows, and why it would not be loaded."""
    found = None if point.reason else outlook(point.arm, seen, plan.simulated, plan.quality, host_b)
    if found is None:
        return None, ""
    return found.parts.total_b, f"{found.refusal.what} {found.refusal.advice}" if found.refusal else ""
