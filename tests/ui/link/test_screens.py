"""Every screen at every size, in ASCII, in both themes; and the application on a terminal that knows Latin-1 alone."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.line import Line
from ecotui.ui.app import EcotuiApp
from ecotui.ui.link.terminal import Terminal
from tests import factory
from tests.ui.screen_text import screen_text

Make = Callable[..., EcotuiApp]
SIZES = ((60, 18), (80, 24), (200, 50), (300, 80))
MODES = ("monitor", "history", "compare", "findings", "sweep", "gpus")


@pytest.mark.parametrize("theme", ["dark", "light"])
async def test_every_screen_stands_at_every_size_in_ascii_alone(app_of: Make, log: Path, theme: str) -> None:
    app = app_of(terminal=Terminal(ascii=True, theme=theme), replay=log)
    async with app.run_test(size=SIZES[0]) as pilot:
        for mode in MODES:
            await app.run_action(f"app.{mode}")
            for size in SIZES if theme == "dark" else SIZES[1:2]:
                await pilot.resize_terminal(*size)
                await pilot.pause()
                shown = screen_text(app)
                assert shown.isascii(), set(re.findall(r"[^\x00-\x7f]", shown))
                rows = shown.splitlines()
                assert len(rows) == size[1] and max(map(len, rows)) <= size[0]
                assert "Help" in rows[-1] and mode[:4] in rows[0].lower(), (mode, size, rows[0], rows[-1])
        assert app.theme == f"ecotui-{theme}"


async def test_enter_has_one_word_in_ascii_and_no_sign_of_another_key(app_of: Make) -> None:
    app = app_of(terminal=Terminal(ascii=True))
    async with app.run_test(size=(120, 40)) as pilot:
        assert "enter Run" in screen_text(app) and "< Run" not in screen_text(app)
        await pilot.press("s")
        await pilot.pause()
        assert "enter takes a plan" in screen_text(app)
        await pilot.press("enter")
        await pilot.pause()
        assert "enter Run" in screen_text(app) and "< Run" not in screen_text(app)
        app.show_monitor()
        await pilot.pause()
        app.monitor.action_model()
        await pilot.pause()
        assert "enter choose  tab complete  < > quant" in screen_text(app)


async def test_the_palette_has_a_sign_of_ascii(app_of: Make) -> None:
    app = app_of(terminal=Terminal(ascii=True))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("ctrl+p")
        await pilot.pause()
        assert re.search(r"^ *[|] */ +Search for commands *[|]?$|^ */ +Search for commands *$", screen_text(app), re.M)
        assert "?" not in screen_text(app).partition("Search")[0]


def test_a_latin_1_terminal_gets_ascii_takes_its_keys_and_is_left_as_it_was(tmp_path: Path) -> None:
    log = factory.write_log(tmp_path / "log.jsonl")
    locale = {"LC_ALL": "en_US.ISO-8859-1", "ECOTUI_HOME": str(tmp_path), "TERM": "vt100", "NO_COLOR": "1"}
    with Line([sys.executable, "-m", "ecotui", "replay", str(log)], 80, 24, locale) as line:
        assert line.shown(lambda text: "REPLAY" in text) < 60
        os.write(line.main, "é".encode("latin-1"))  # broken UTF-8
        line.type("?")
        assert line.shown(lambda text: "- Help -" in text) < 60
        assert line.glass.text.isascii()
        assert not any(re.search(r"(?:^|;)(?:[349]\d)(?:;|$)", style) for row in line.glass.styles for style in row)
        line.type("\x1b")
        assert line.shown(lambda text: "- Help -" not in text) < 60
        line.type("q")
        line.until_ended()
        assert line.process.returncode == 0
        assert "\x1b[?1049l" in line.last and "Traceback" not in line.last
