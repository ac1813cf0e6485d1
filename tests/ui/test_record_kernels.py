"""Kernel evidence in the record: names cut in the middle where it is narrow, whole where it is wide, never markup."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from rich.cells import cell_len

from ecotui.analysis.kernels import Evidence, Kernel
from ecotui.core.rows import RunRow
from ecotui.core.summary import summarize
from ecotui.ui.app import EcotuiApp
from ecotui.ui.screens.record import RecordScreen
from ecotui.ui.widgets.record_facts import arm
from ecotui.ui.widgets.record_kernels import NONE, KernelsPane, facts, middle, table
from tests.analysis.profiled import CAPTURED, FACTS, LONG, MARKUP, PROFILED, SHORT, captured, session
from tests.factory import fold
from tests.ui.stored_runs import assert_body, body, keep, settle

MakeApp = Callable[..., EcotuiApp]
EMPTY = RunRow(run_id="x.0", session_id="x", simulated=False)


def shown(width: int, kernels: tuple[Kernel, ...] = Evidence(PROFILED).kernels) -> list[str]:
    return [line.plain for line in table(kernels, width)]


@pytest.mark.parametrize(
    ("text", "width", "said"),
    [
        ("short", 9, "short"),
        ("abcdefghij", 10, "abcdefghij"),
        ("abcdefghij", 7, "abc…hij"),
        ("abcdefghij", 6, "ab…hij"),
        ("核核核核核", 6, "核…核"),
        ("abc", 1, "…"),
        ("abc", 0, ""),
    ],
)
def test_a_long_name_is_cut_in_its_middle(text: str, width: int, said: str) -> None:
    assert middle(text, width) == said


def test_no_cut_is_wider_than_its_room() -> None:
    for name in (LONG, "核" * 40, "a核" * 20):
        assert all(cell_len(middle(name, width)) <= width for width in range(60))


def test_at_80_columns_both_ends_of_a_name_are_there_in_one_row() -> None:
    rows = shown(76)
    assert len(rows) == 4 and max(map(cell_len, rows)) <= 76
    assert "  void at::native::vec" in rows[2] and "…" in rows[2] and rows[2].endswith("3ul>)")
    assert rows[1].split() == ["2.000", "32.0", "50.0", "%", SHORT]


def test_at_200_columns_a_name_is_whole() -> None:
    rows = shown(196)
    assert "…" not in "".join(rows) and max(map(cell_len, rows)) <= 196
    left = rows[0].index("kernel")
    assert LONG in "".join(line[left:] for line in rows[2:4])


def test_names_from_outside_are_letters_and_never_markup() -> None:
    text = "\n".join(shown(196))
    assert "[bold red]hsh[/bold red]" in text and "\x1b" not in text
    assert MARKUP.split("\x1b", maxsplit=1)[0] in text


def test_without_kernels_there_is_a_sentence() -> None:
    assert " ".join(shown(76, ())) == NONE


def test_every_number_of_a_step_is_told_and_what_is_not_known_is_a_dash() -> None:
    (row,), _ = summarize(fold(session()))
    said = dict(facts(row, Evidence(PROFILED)))
    assert said["launches"] == "1,012 a step, 5.1 µs each"
    assert said["launching"] == "5.16 of 10.00 ms, 51.6 % of a step"
    assert said["waits"].startswith("29 a step")
    assert said["gaps"] == (
        "17.50 ms a step without a kernel on the mean, of 21.50 ms under the profiler; the longest of 8 steps 0.412 ms"
    )
    row = replace(row, gap_ms=0.3)  # eight steps with one gap of 0.412 ms and short ones: the mean may be less
    assert "0.30 ms a step without a kernel on the mean" in dict(facts(row, Evidence()))["gaps"]
    assert "the longest of any step 0.412 ms" in dict(facts(row, Evidence()))["gaps"]
    assert said["kernels"] == "310 a step, 4.00 ms in all"
    for _, value in facts(EMPTY, Evidence()):
        assert "None" not in value and "–" in value


def test_how_the_engine_ran_stands_with_the_arm() -> None:
    row = replace(EMPTY, engine="graph")
    said = dict(arm(row, FACTS))
    assert said["engine"] == "graph, captured, static cache of 36 slots" and said["graph's pool"] == "95.0 MB"
    assert dict(arm(row))["engine"] == "graph" and "graph's pool" not in dict(arm(row))
    assert dict(arm(row, FACTS | {"graph_pool_b": "much"}))["graph's pool"] == "much"


@pytest.mark.parametrize("size", [(80, 150), (120, 110), (200, 90)])
async def test_the_record_of_a_captured_arm(app_of: MakeApp, tmp_path: Path, size: tuple[int, int]) -> None:
    (run,) = keep(tmp_path, captured(model="synthetic:mistral-7b", quantization="int8-pure"))
    app = app_of(first="history")
    async with app.run_test(size=size) as pilot:
        await settle(app, pilot)
        app.push_screen(RecordScreen(run.run_id))
        await settle(app, pilot)
        text = body(app)
        assert "synthetic:mistral-7b int8-pure b4 graph" in text and "[bold red]hsh[/bold red]" in text
        assert "1 a step, 5.1 µs each" in text
        assert_body(app, f"record-kernels-{size[0]}")


async def test_without_its_log_a_run_keeps_the_numbers_and_says_that_the_kernels_are_gone(
    app_of: MakeApp, tmp_path: Path
) -> None:
    (run,) = keep(tmp_path, session(CAPTURED))
    (tmp_path / "sessions" / run.session_id / "log.jsonl").unlink()
    app = app_of(first="history")
    async with app.run_test(size=(120, 90)) as pilot:
        await settle(app, pilot)
        app.push_screen(RecordScreen(run.run_id))
        await settle(app, pilot)
        assert "1 a step, 5.1 µs each" in body(app) and NONE[:40] in body(app)
        assert app.screen.query_one(KernelsPane).display


async def test_a_damaged_log_is_a_sentence_and_the_rest_of_the_record_stands(app_of: MakeApp, tmp_path: Path) -> None:
    (run,) = keep(tmp_path, session())
    log = tmp_path / "sessions" / run.session_id / "log.jsonl"
    log.write_bytes(log.read_bytes().replace(b'"kernel_ms":', b'"kernel_ms":x', 1))
    app = app_of(first="history")
    async with app.run_test(size=(120, 90)) as pilot:
        await settle(app, pilot)
        app.push_screen(RecordScreen(run.run_id))
        await settle(app, pilot)
        said = " ".join(body(app).split())  # a long path breaks the sentence anywhere
        assert "is damaged" in said and "1,012 a step" in said
