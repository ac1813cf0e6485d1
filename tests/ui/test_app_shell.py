"""The shell around the screens."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from textual.widgets._toast import Toast

from ecotui.ui.app import GOES_ON, EcotuiApp
from tests import factory
from tests.sensors.host_boards import MadeBoard
from tests.ui.screen_text import screen_text

Make = Callable[..., EcotuiApp]


async def test_a_terminal_too_small_is_told_so_and_the_screen_comes_back(app_of: Make) -> None:
    app = app_of()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.resize_terminal(20, 10)
        await pilot.pause()
        await pilot.pause()
        assert "ecotui needs 60 × 18; this terminal is 20 × 10." in " ".join(screen_text(app).split())
        await pilot.press("h")
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        await pilot.pause()
        assert "Monitor" in screen_text(app) and "Enlarge" not in screen_text(app)


def test_keys_can_be_asked_for_before_the_first_screen_stands(app_of: Make) -> None:
    app = app_of()
    assert not app.screen_stack
    assert app.check_action("history", ())


async def test_a_terminal_too_small_at_the_start_is_told_so(app_of: Make) -> None:
    app = app_of()
    async with app.run_test(size=(20, 10)) as pilot:
        await pilot.pause()
        await pilot.pause()
        assert "Enlarge it." in " ".join(screen_text(app).split())


async def test_simulated_stands_in_the_first_line(app_of: Make) -> None:
    app = app_of()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert "SIMULATED" in screen_text(app).splitlines()[0]


async def test_help_is_made_from_the_bindings(app_of: Make) -> None:
    app = app_of()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("question_mark")
        await pilot.pause()
        assert "Every stored run" in screen_text(app) and "Run the plan" in screen_text(app)
        await pilot.press("escape")
        await pilot.pause()
        assert "Every stored run" not in screen_text(app)


async def test_ctrl_c_names_the_key_that_quits(app_of: Make) -> None:
    app = app_of()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("ctrl+c")
        await pilot.pause()
        (told,) = app._notifications
        assert told.message == "Press q to close ecotui; a recording goes on."


@pytest.mark.parametrize(("visiting", "command"), [(False, "ecotui"), (True, "ecotui watch")])
async def test_closing_says_that_a_recording_goes_on(
    app_of: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str], visiting: bool, command: str
) -> None:
    app = app_of(watch=tmp_path / "not-yet" / "log.jsonl", visiting=visiting)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("q")
    assert GOES_ON.format(command) in capsys.readouterr().err


@pytest.mark.parametrize(("size", "rows", "seconds"), [((80, 24), 1, 2.0), ((120, 40), 4, 5.0)])
async def test_a_short_notice_takes_a_row_of_a_small_screen_and_goes_soon(
    app_of: Make, size: tuple[int, int], rows: int, seconds: float
) -> None:
    app = app_of(first="history")
    async with app.run_test(size=size, notifications=True) as pilot:
        await pilot.pause()
        app.notify("tiny fp16 b1 back from the trash.", title="Restored", markup=False)
        await pilot.pause()
        (toast,), (told,) = app.screen.query(Toast), app._notifications
        assert (toast.outer_size.height <= rows, told.timeout) == (True, seconds)
        assert next(iter(app.notices)).text == "Restored: tiny fp16 b1 back from the trash."
        assert toast.region.bottom == size[1] - 1, "above the line of keys"
        app.notify("A sentence of several rows. " * 6, markup=False)
        app.notify("No board.", severity="error", markup=False)
        await pilot.pause()
        assert [one.timeout for one in app._notifications if one is not told] == [5.0, 5.0]


@pytest.mark.parametrize("board", [True, False])
@pytest.mark.parametrize("size", [(70, 30), (80, 24), (109, 28)])
async def test_notices_of_a_small_screen_lie_over_the_chart_and_not_over_how_to_begin(
    app_of: Make, size: tuple[int, int], board: bool
) -> None:
    app = app_of(open_board=lambda plan: MadeBoard(0)) if board else app_of()
    async with app.run_test(size=size, notifications=True) as pilot:
        app.monitor.pull(True)
        await pilot.pause()
        app.notify("5 warnings at the start, and the first of them is long. " * 4, severity="warning", markup=False)
        await pilot.pause()
        (toast,), begin = app.screen.query(Toast), app.screen.query_one("#result")
        assert toast.region.bottom == begin.region.y and app.monitor.has_class("-no-board") != board
        await pilot.press("p")
        await pilot.pause()
        assert toast.region.bottom == size[1] - 1, "the plan is where the chart was"


async def test_where_there_is_no_chart_notices_lie_above_the_line_of_keys(app_of: Make) -> None:
    app = app_of()
    async with app.run_test(size=(60, 18), notifications=True) as pilot:
        app.monitor.pull(True)
        app.notify("5 warnings at the start.", severity="warning", markup=False)
        await pilot.pause()
        (toast,) = app.screen.query(Toast)
        assert toast.region.bottom == 17


async def test_a_damaged_log_is_a_notice(app_of: Make, tmp_path: Path) -> None:
    bad = tmp_path / "bad.jsonl"
    bad.write_text("[red]no log[/]\n")
    app = app_of(replay=bad)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        assert [n.severity for n in app._notifications] == ["error"]


async def test_every_binding_has_an_id_and_a_tooltip(app_of: Make, log: Path) -> None:
    app = app_of(replay=log)
    async with app.run_test(size=(80, 24)):
        active = app.screen.active_bindings.values()
        textuals = {"screen.copy_text", "app.focus_previous", "command_palette", "quit"}
        bare = {a.binding.action for a in active if not (a.binding.id and a.binding.tooltip)}
        assert bare <= textuals


def test_the_first_frame_waits_for_neither_polars_nor_the_store() -> None:
    late = ("polars", "pynvml", "torch", "plotext", "ecotui.store.store")
    code = f"import sys, ecotui.ui.app; print([m for m in {late} if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_the_factory_is_simulated() -> None:
    assert factory.plan().simulated
