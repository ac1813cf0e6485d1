"""A sweep's grid and events as an operator reads them."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from ecotui.cli.sweep_text import event_line, grid, print_document
from ecotui.core.document import Document, Section, Sheet
from ecotui.core.sweep_events import Driven, GroupEnded, GroupStarted, PointSkipped, SweepRecord
from ecotui.core.sweep_file import read_plan, shipped_plans
from ecotui.core.sweep_state import SessionEnd, SweepState, state_of

PLAN = read_plan(shipped_plans()["ecocompute"])
GROUPS = [g for g in PLAN.groups() if not all(p.reason for p in g.points)]
WORDS = ["fp16", "nf4", "int8", "int8-pure"]


def made() -> SweepState:
    first, second = GROUPS[0].key, GROUPS[1].key
    events = (
        Driven(0.0, [0]),
        GroupStarted(1.0, first, "a", 0, WORDS),
        GroupEnded(901.0, first, "a", "completed"),
        PointSkipped(902.0, second, "fp16", "it does not fit"),
        GroupStarted(903.0, second, "b", 3, WORDS[1:]),
    )
    return state_of(SweepRecord("20261121-120000-beef", PLAN, 0.0, events), {"b": SessionEnd("running")})


def drawn(state: SweepState, width: int, height: int, *running: str) -> list[str]:
    console = Console(file=(out := io.StringIO()), width=width, height=height)
    console.print(grid(state, 60.0, height, running))
    return [line.rstrip() for line in out.getvalue().splitlines()]


def test_the_grid_says_every_state_in_a_word_within_80_columns_with_what_the_plan_leaves_out() -> None:
    lines = drawn(made(), 80, 24, "GPU 3: measuring 2/60")
    assert lines[2].split() == ["synthetic:tinyllama-1.1b", "b1", *["●", "done"] * 4]
    assert lines[3].split() == ["synthetic:tinyllama-1.1b", "b4", *["–", "skipped"] * 4]
    (going,) = (line for line in lines if "▶" in line)
    assert going.split() == ["synthetic:qwen2-1.5b", "b1", "–", "skipped", *["▶", "running"] * 3, "3"]
    assert lines[-3] == "GPU 3: measuring 2/60"
    assert lines[-2] == "4 done · 3 running · 0 failed · 59 skipped · 30 to come"
    assert lines[-1].startswith("about 1 min 00 s left")
    assert len(lines) <= 24


def test_a_low_terminal_shows_the_rows_around_what_is_running() -> None:
    lines = drawn(made(), 80, 11)
    assert any("▶ running" in line for line in lines)
    assert any(line.startswith("1 group above, 18 below") for line in lines)
    assert len(lines) <= 11


def test_events_are_a_line_each_and_text_from_outside_is_no_escape() -> None:
    state = made()
    failed = event_line(GroupEnded(1.0, "g", "s", "failed", "out of \x1b[31mmemory", "int8"), state)
    assert failed == "g: failed, int8 (out of \N{REPLACEMENT CHARACTER}[31mmemory)"
    assert event_line(Driven(1.0), state) == ""


def test_a_report_keeps_every_word_of_why(capsys: pytest.CaptureFixture[str]) -> None:
    why = " ".join(f"reason{n:03}" for n in range(60))
    sheet = Sheet("no-verdict", ("arm", "why"), ("arm", "why"), (("int8", why),))
    print_document(Document("t", "s", (Section("Against the baseline", sheets=(sheet,)),)))
    said = capsys.readouterr().out
    assert said.split()[-60:] == why.split() and "…" not in said
