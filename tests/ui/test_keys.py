"""The operator's keys: in force, shown everywhere, and listed in a page that is up to date."""

from __future__ import annotations

import runpy
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from ecotui.core.keymap import TABLE
from ecotui.ui import actions as found
from ecotui.ui.app import EcotuiApp
from ecotui.ui.commands import commands
from ecotui.ui.keys import keyed
from ecotui.ui.screens.help import HelpScreen
from tests.ui.screen_text import screen_text
from tests.ui.stored_runs import press, settle

DOCS = Path(__file__).parents[2] / "docs"
MakeApp = Callable[..., EcotuiApp]
SIZES = [(60, 18), (80, 24), (200, 50)]


def test_the_page_of_keys_and_the_table_of_actions_are_up_to_date() -> None:
    made = runpy.run_path(str(DOCS / "make_keys.py"))
    actions = found.collected()
    assert (DOCS / "keys.md").read_text(encoding="utf-8") == made["render"](actions), "run: python docs/make_keys.py"
    assert TABLE.read_text(encoding="utf-8") == made["as_json"](actions), "run: python docs/make_keys.py"


def test_an_action_has_one_name_and_a_name_one_action() -> None:
    bindings = {(b.id, b.action) for cls in found._classes() for b in found._own(cls)}
    assert not [name for name, count in Counter(name for name, _ in bindings if name).items() if count > 1]
    assert not [action for name, action in bindings if not name]


async def test_keys_of_the_settings_work_and_are_shown(app_of: MakeApp) -> None:
    app = app_of(keys={"app.sweep": ("f2", "H"), "monitor.run": ("f5",)})
    async with app.run_test(size=(200, 50)) as pilot:
        await settle(app, pilot)
        line = screen_text(app).splitlines()[-1]
        assert line.startswith(" f5 Run") and "f2 Sweep" in line
        await press(app, pilot, "s")
        assert app.current_mode == "monitor"
        await press(app, pilot, "H")
        assert app.current_mode == "sweep"
        await press(app, pilot, "question_mark", *"many")
        assert "f2 H Sweep" in screen_text(app)


async def test_while_a_field_takes_letters_other_keys_work_and_letters_are_not_offered(app_of: MakeApp) -> None:
    app = app_of(first="history", keys={"app.sweep": ("f7",), "history.sort": ("f10",), "history.open": ("o",)})
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        assert " o Open" in screen_text(app).splitlines()[-1]
        await press(app, pilot, "slash", *"mis")
        line = screen_text(app).splitlines()[-1]
        assert "f10 Sort" in line and "f7 Sweep" in line and "o Open" not in line
        await press(app, pilot, "o", "f7")
        assert app.current_mode == "sweep"
        await press(app, pilot, "h")
        assert "miso" in screen_text(app)


async def test_sentences_name_the_keys_of_the_settings(app_of: MakeApp) -> None:
    app = app_of(keys={"monitor.default": ("f9",), "app.history": (), "history.filter": ("f3",), "plan.model": ("f4",)})
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(app, pilot)
        text = screen_text(app)
        assert "f9  run the embedded default" in text and "–  look at the recorded samples" in text
        assert "i config  f4 model" in text
        app.show_history()
        await settle(app, pilot)
        assert "Runs · f3 filters" in screen_text(app)
    assert keyed("{history.filter|/} filters") == "/ filters"


async def test_an_action_without_a_key_is_in_the_palette_and_not_in_the_line_of_keys(app_of: MakeApp) -> None:
    app = app_of(keys={"app.findings": ()})
    async with app.run_test(size=(200, 50)) as pilot:
        await settle(app, pilot)
        assert "Findings" not in screen_text(app).splitlines()[-1]
        await press(app, pilot, "f")
        assert app.current_mode == "monitor"
        assert "Findings" in {command.title for command in commands(app, app.screen)}


async def test_help_finds_as_one_types_tells_what_cannot_be_done_now_and_fits(app_of: MakeApp) -> None:
    app = app_of()
    async with app.run_test(size=(200, 50)) as pilot:
        await press(app, pilot, "question_mark", *"stop")
        for size in SIZES:
            await pilot.resize_terminal(*size)
            await settle(app, pilot)
            text = " ".join(screen_text(app).replace("│", " ").split())
            assert "Stop the session" in text and "(not now)" in text and "How it measures" not in text
            dialog = app.screen.query_one(".dialog").region
            assert dialog.right <= size[0] and dialog.bottom <= size[1]
        await press(app, pilot, "escape")
        assert isinstance(app.screen, HelpScreen) and app.screen.words.value == ""
        await press(app, pilot, "question_mark")
        assert not isinstance(app.screen, HelpScreen)


async def test_the_palette_has_what_can_be_done_now_and_the_other_screens(app_of: MakeApp) -> None:
    app = app_of()
    async with app.run_test(size=(80, 24)) as pilot:
        for mode in ("monitor", "sweep"):
            app._go(mode)
            await settle(app, pilot)
            below = app.screen
            await pilot.press("ctrl+p")
            await pilot.pause()
            assert app.screen is not below
            titles = {command.title for command in commands(app, below)}
            others = {"Monitor", "History", "Compare", "Findings", "Sweep", "GPUs"} - {mode.capitalize()}
            assert others <= titles and {"Help", "Quit", "Screenshot"} <= titles
            assert not {"Stop", "palette", mode.capitalize()} & titles
            await pilot.press("escape")


async def test_a_command_of_the_palette_is_carried_out(app_of: MakeApp) -> None:
    app = app_of()
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "ctrl+p")
        await pilot.press(*"sweep")
        await settle(app, pilot)
        await pilot.press("down", "enter")
        await settle(app, pilot)
        assert app.current_mode == "sweep"


async def test_other_colours_are_taken_while_the_application_runs(app_of: MakeApp) -> None:
    app = app_of()
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "s")
        before = app.screen
        other = next(command for command in commands(app, app.screen) if command.title.startswith("Theme: "))
        other.callback()
        while app.screen is before or app.current_mode != "sweep":
            await pilot.pause(0.01)
        assert app.theme.removeprefix("ecotui-") == other.title.removeprefix("Theme: ")
        assert other.title not in {command.title for command in commands(app, app.screen)}


async def test_a_plan_of_a_former_session_can_be_run_again(app_of: MakeApp, log: Path, asked: object) -> None:
    app = app_of()
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(app, pilot)
        again = [command for command in commands(app, app.screen) if command.title.startswith("Run again: ")]
        assert len(again) == 1
        again[0].callback()
        await settle(app, pilot)
        assert len(asked.started) == 1  # type: ignore[attr-defined]
