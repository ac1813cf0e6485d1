"""What is in front as text in the clipboard, and notices that can be read again."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from ecotui.core.events import Notice, Window
from ecotui.core.timeline import Timeline
from ecotui.ui.app import EcotuiApp
from ecotui.ui.copying import of_session, plain, sequence
from ecotui.ui.notices import MOST, Notices
from ecotui.ui.screens.notices import NoticesScreen
from tests.ui.screen_text import screen_text
from tests.ui.stored_runs import compared, made_events, made_plan, press, settle

MakeApp = Callable[..., EcotuiApp]


@pytest.fixture(autouse=True)
def no_multiplexer(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TMUX", "STY"):
        monkeypatch.delenv(name, raising=False)


async def test_y_copies_a_run_with_its_interval_its_baselines_and_the_words_of_doubt(
    app_of: MakeApp, tmp_path: Path
) -> None:
    runs = compared(tmp_path)
    app = app_of(first="history")
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "y")
        text = app.clipboard
        assert f"run {runs[2]}" in text and "synthetic:mistral-7b int8-pure b8" in text
        assert "SIMULATED" in text and "random weights" in text
        assert "gross 245.5 J/1k tokens, 95 % interval of the mean over 5 windows" in text
        assert "net of context (120.0 W idle)" in text and "net of bare" in text and "valid" in text
        await press(app, pilot, "enter", "y")
        assert app.clipboard == text
        assert [told.text for told in app.notices][-1] == f"Copied the run {runs[2]}, {text.count(chr(10)) + 1} lines."


async def test_y_copies_a_comparison_as_markdown_with_its_runs_and_a_replay_at_its_end(
    app_of: MakeApp, tmp_path: Path
) -> None:
    runs = compared(tmp_path)
    app = app_of(first="compare", marked=tuple(runs[:2]))
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "y")
        text = app.clipboard
        assert text.startswith("| | ● ") and all(run in text for run in runs[:2]) and "SIMULATED" in text
        app.replay(tmp_path / "sessions" / runs[0].removesuffix(".0") / "log.jsonl")
        await press(app, pilot, "end", "y")
        assert f"run {runs[0]}" in app.clipboard and "95 % interval" in app.clipboard


def test_a_run_that_failed_is_copied_with_its_reason_and_without_figures() -> None:
    line = Timeline()
    for event in made_events(1, made_plan(), outcome="failed"):
        if not isinstance(event, Window):
            line.apply(event)
    made = of_session(line)
    assert made is not None and "no window was measured" in made.text and "\nfailed" in made.text
    assert "J/1k" not in made.text and "SIMULATED" in made.text


def test_what_is_copied_types_nothing_but_text() -> None:
    bad = "\N{REPLACEMENT CHARACTER}"
    assert plain("a\x1b]52;c;evil\x07 \n b\r\u202ec") == f"a{bad}]52;c;evil{bad}\n b{bad}{bad}c"


def test_gnu_screen_gets_the_request_in_pieces_that_it_passes_on() -> None:
    text = "å" * 500
    asked = sequence(text, {})
    assert base64.b64decode(asked.removeprefix("\x1b]52;c;").removesuffix("\x07")).decode() == text
    packed = sequence(text, {"STY": "1.pts"})
    pieces = re.findall(r"\x1bP(.*?)\x1b\\", packed, re.DOTALL)
    assert "".join(pieces) == asked and max(map(len, pieces)) <= 240


@pytest.mark.parametrize("size", [(60, 18), (80, 24)])
async def test_notices_of_this_start_and_of_the_session_in_front_are_listed_by_time(
    app_of: MakeApp, tmp_path: Path, size: tuple[int, int]
) -> None:
    app = app_of(first="monitor")
    async with app.run_test(size=size) as pilot:
        await settle(app, pilot)
        app.notify("[b]not markup[/b] \x1b[31m", title="Not started", severity="error", markup=False)
        line = app.monitor.sources.timeline
        for event in made_events(1, made_plan()):
            line.apply(event)
        line.apply(Notice(line.last_ns, "Another process came.", "warning"))
        await press(app, pilot, "N")
        assert isinstance(app.screen, NoticesScreen)
        said = " ".join(screen_text(app).replace("│", " ").split())
        assert "✖ error Not started: [b]not markup[/b]" in said and "\x1b" not in said
        assert "▲ warning session: Another process came." in said
        await press(app, pilot, "y", "escape")
        assert "session: Another process came." in app.clipboard


def test_only_the_newest_notices_are_kept() -> None:
    notices = Notices(clock=lambda: 1.0)
    for number in range(MOST + 7):
        notices.add(f"notice {number}", "information")
    kept = list(notices)
    assert len(kept) == MOST and kept[-1].text == f"notice {MOST + 6}" and notices.count == MOST + 7
