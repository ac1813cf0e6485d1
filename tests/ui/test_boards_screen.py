"""What an operator reads of the boards of a host, and what the keys do there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from textual.pilot import Pilot

from ecotui.cli.boards import _lines, to_dict
from ecotui.core.errors import BoardError
from ecotui.recorder.holders import HeldError, Holder
from ecotui.recorder.host import BoardView
from ecotui.recorder.users import Process
from ecotui.sensors.details import Details, User
from ecotui.sensors.lookout import Opener
from ecotui.sensors.simulated import SimulatedBoard
from ecotui.ui.app import EcotuiApp
from ecotui.ui.screens.boards import BoardsScreen
from ecotui.ui.widgets.boards_detail import detail_title
from ecotui.ui.widgets.boards_processes import Order, age, in_order
from ecotui.ui.widgets.boards_rows import board_row, title_of, trouble_of
from ecotui.ui.widgets.boards_spark import blocks
from tests.recorder.under_way import under_way
from tests.sensors.host_boards import MadeBoard, info, opener
from tests.ui.screen_text import screen_text

Make = Callable[..., EcotuiApp]


def host(*boards: MadeBoard) -> Callable[[bool], list[Opener]]:
    return lambda simulated: [opener(board) for board in boards]


async def opened(app: EcotuiApp, pilot: Pilot[int]) -> BoardsScreen:
    """The screen, once every board has told something and that is drawn."""
    await pilot.press("g")
    screen = app.screen
    assert isinstance(screen, BoardsScreen)
    while screen.host is None and not screen.problem:
        await pilot.pause()
    while screen.host is not None and not all(v.info or v.trouble for v in screen.views):
        await pilot.pause(0.01)
        screen.host.turn()
    screen.pull(True)
    await pilot.pause()
    return screen


@pytest.mark.parametrize("size", [(60, 18), (80, 24), (200, 50)])
async def test_every_board_is_a_row_and_the_one_under_the_cursor_is_told_in_full(
    app_of: Make, size: tuple[int, int]
) -> None:
    boards = [MadeBoard(number) for number in range(8)]
    boards[5].errors = 2
    app = app_of(boards=host(*boards))
    async with app.run_test(size=size) as pilot:
        await opened(app, pilot)
        await pilot.press("j", "j", "j", "j", "j")
        await pilot.pause()
        shown = screen_text(app)
        assert "8 GPUs" in shown and "GPU 5 H100 80GB HBM3" in shown
        assert "350/600" in shown, "power and the limit in force"
        assert "GPU-5a3f1c2" in shown and "2 uncorrected errors" in shown and "power cap" in shown
        assert size[0] < 80 or all(f"{100 + 50 * n}/600" in shown for n in range(8))


async def test_a_board_that_is_lost_says_so_beside_one_that_is_not(app_of: Make) -> None:
    lost = MadeBoard(0)
    lost.lost = True
    app = app_of(boards=host(lost, MadeBoard(1)))
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(app, pilot)
        shown = screen_text(app)
        assert "is lost: it no longer answers" in shown and "150/600" in shown


async def test_a_host_without_a_board_says_why_and_what_to_do(app_of: Make) -> None:
    def none(simulated: bool) -> list[Opener]:
        raise BoardError("No [red]driver[/] was found.", "Install it.")

    app = app_of(boards=none)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(app, pilot)
        shown = " ".join(screen_text(app).split())
        assert "No [red]driver[/] was found. Install it." in shown and "`ecotui demo`" in shown
        await pilot.press("j", "tab", "o", "enter")


async def test_enter_watches_the_session_on_the_board_which_x_does_not_stop(app_of: Make) -> None:
    app = app_of(boards=host(MadeBoard(0)))
    with under_way(app.parts.home.root, info(0)) as log:
        async with app.run_test(size=(80, 24)) as pilot:
            screen = await opened(app, pilot)
            assert screen.host is not None
            screen.host.turn()
            screen.pull(True)
            await pilot.pause()
            assert "⏎ watches it" in screen_text(app)
            await pilot.press("enter")
            await pilot.pause()
            assert (app.monitor.sources.log, app.monitor.sources.visiting) == (log, True)
            await pilot.press("x", "y")
            await pilot.pause()
            assert app.parts.stop.__self__.stopped == []  # type: ignore[attr-defined]
            assert "Watching is read-only" in list(app.notices)[-1].text


async def test_processes_are_listed_and_sorted_and_cannot_be_ended(app_of: Make) -> None:
    board = MadeBoard(
        0, users=(User(999_999_998, "small", 1_000_000_000, 96.0), User(999_999_999, "lar\x1bge", 9_000_000_000))
    )
    app = app_of(boards=host(board))
    async with app.run_test(size=(120, 30)) as pilot:
        screen = await opened(app, pilot)
        while screen.host is not None and not screen.views[0].processes:  # they are asked about after the sensors
            await pilot.pause(0.01)
            screen.host.turn()
        screen.pull(True)
        await pilot.pause()
        shown = screen_text(app)
        assert shown.index("9.0 GB") < shown.index("1.0 GB") and "GPU mem▾" in shown
        await pilot.press("o")
        shown = screen_text(app)
        assert "SM %▾" in shown and "  96 " in shown and shown.index("1.0 GB") < shown.index("9.0 GB")
        await pilot.press("o", "o", "o", "o", "o")
        assert "PID▴" in screen_text(app)
        assert not {"kill", "end", "terminate"} & {a.binding.action for a in screen.active_bindings.values()}


async def test_nobody_asks_the_boards_while_another_screen_is_in_front(app_of: Make) -> None:
    board = MadeBoard(0)
    app = app_of(boards=host(board))
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(app, pilot)
        await pilot.press("m")
        await pilot.pause()
        assert screen.host is not None
        assert not screen.host.lookout._going.is_set()
        await pilot.press("g")
        await pilot.pause()
        assert screen.host.lookout._going.is_set()


def test_processes_are_in_order_by_any_column() -> None:
    some = [Process(3, "b", board_b=5), Process(1, "c", board_b=None), Process(2, "a", board_b=9)]
    assert [p.pid for p in in_order(some, Order())] == [2, 3, 1]
    assert [p.pid for p in in_order(some, Order(2, turned=True))] == [1, 3, 2]
    assert [p.pid for p in in_order(some, Order(0))] == [1, 2, 3]
    assert [p.command for p in in_order(some, Order(7))] == ["a", "b", "c"]


def test_times_are_short() -> None:
    assert [age(s) for s in (None, 42, 3_661, 90_000)] == ["–", "0:42", "1:01:01", "1d 01:00"]


def test_power_is_drawn_on_the_boards_own_scale() -> None:
    assert blocks([None, 0.0, 350.0, 700.0, 900.0], 6, 1, 700.0) == ["  ▁▄██"]
    assert blocks([350.0, 700.0], 2, 2, 700.0) == [" █", "██"]
    assert blocks([], 3, 1, 0.0) == ["   "]


@pytest.mark.parametrize(("width", "tabs"), [(80, "Findings"), (60, "Find")])
async def test_the_line_of_tabs_keeps_every_tab_and_the_state(app_of: Make, width: int, tabs: str) -> None:
    app = app_of(boards=host(MadeBoard(0)))
    async with app.run_test(size=(width, 24)) as pilot:
        await opened(app, pilot)
        line = screen_text(app).splitlines()[0]
        assert tabs in line and "GPUs" in line and "SIMULATED" in line
        await pilot.click(offset=(line.index(tabs) + 1, 0))
        await pilot.pause()
        assert app.current_mode == "findings"


def test_a_board_whose_first_answer_is_under_way_is_asked_and_one_that_is_lost_does_not_answer() -> None:
    asked = BoardView(0, None, None, Details(), "board", ())
    assert title_of(asked) == "asking…" and "asking the driver" in trouble_of(asked)
    assert (
        title_of(replace(asked, trouble="It is lost.")) == title_of(replace(asked, silent_s=9.0)) == "does not answer"
    )
    assert row_of(asked).startswith(" ◌ 0") and "✖" not in row_of(asked)
    assert row_of(replace(asked, trouble="It is lost.")).startswith(" ✖ 0")


def test_a_simulated_board_has_one_name_in_the_gpus_tab_in_boards_and_in_the_locks_message() -> None:
    board = SimulatedBoard()
    view = BoardView(3, board.info, None, Details(), "board", ())
    assert f"GPU {view.number} " in str(HeldError(board.info, Holder(1, "anna", "now")))
    assert row_of(view)[2:4].strip() == "0"
    assert "".join(ink.text for ink in detail_title(view)).startswith("GPU 0 ")
    assert _lines(view)[0].startswith("GPU 0  ") and to_dict(view)["gpu"] == 0


def row_of(view: BoardView) -> str:
    return "".join(ink.text for ink in board_row(view, 80, False, True))
