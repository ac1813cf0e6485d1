"""What a start leaves for later: a key finds styles read, and garbage is looked through while nobody types."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator

import pytest
from textual.css import stylesheet

from ecotui.ui.app import EcotuiApp
from ecotui.ui.settled import ENOUGH, GARBAGE, QUIET_S, _settle, tidy

Make = Callable[..., EcotuiApp]


async def test_a_dialog_reads_no_styles_but_its_own(app_of: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    app, read = app_of(), []
    parse = stylesheet.parse
    monkeypatch.setattr(stylesheet, "parse", lambda *said, **more: read.append(said[2]) or parse(*said, **more))
    async with app.run_test() as pilot:
        _settle(app)
        read.clear()
        await pilot.press("question_mark")
        await pilot.pause()
        names = {where[1] for where in read}
    assert len(read) == len(names) and names <= {"HelpScreen.DEFAULT_CSS", "ModalScreen.DEFAULT_CSS"}, names


@pytest.fixture
def thresholds() -> Iterator[None]:
    """Those of an application that stands; the test's own again after it."""
    before = gc.get_threshold()
    gc.set_threshold(*GARBAGE)
    yield
    gc.set_threshold(*before)


@pytest.mark.usefixtures("thresholds")
@pytest.mark.parametrize(
    ("quiet_s", "count", "collects"), [(QUIET_S, ENOUGH, True), (QUIET_S / 2, ENOUGH, False), (QUIET_S, 0, False)]
)
async def test_everything_is_looked_through_while_the_operator_reads(
    quiet_s: float, count: int, collects: bool, app_of: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, done = app_of(), []
    monkeypatch.setattr(gc, "get_count", lambda: (0, 0, count))
    monkeypatch.setattr(gc, "collect", lambda: done.append(True))
    app.painter.clock = lambda: 100.0
    app.painter.asked()
    app.painter.clock = lambda: 100.0 + quiet_s
    tidy(app)
    assert bool(done) is collects


async def test_another_programs_thresholds_are_left_alone(app_of: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    app, done = app_of(), []
    monkeypatch.setattr(gc, "get_count", lambda: (0, 0, ENOUGH))
    monkeypatch.setattr(gc, "collect", lambda: done.append(True))
    tidy(app)
    assert not done and gc.get_threshold() != GARBAGE
