"""A session that was watched step by step ends with the figures that the whole log has."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ecotui.analysis.ladder import ladder
from ecotui.core.rows import RunRow, WindowRow
from ecotui.core.summary import summarize
from ecotui.core.timeline import Timeline
from ecotui.log.reader import read_events
from ecotui.ui.app import EcotuiApp
from ecotui.ui.player import Player
from ecotui.ui.screens.monitor_scene import Figures
from tests.ui.screen_text import screen_text

Make = Callable[..., EcotuiApp]
SAMPLE = Path(__file__).parents[2] / "sample_runs" / "sessions" / "20261122-075721-4063" / "log.jsonl.gz"
"""fp16 and int8-pure, eager and as graphs: its context idle is watched after its windows too, and differs."""


def looked_at(figures: Figures, line: Timeline) -> tuple[dict[int, RunRow], tuple[str, ...]]:
    """What the Monitor tells of the arms now."""
    figures.update(line, line.spans[-1].phase.arm if line.spans else 0)
    return dict(figures.runs), figures.pairs.sentences if figures.pairs else ()


def whole(line: Timeline) -> tuple[dict[int, RunRow], tuple[str, ...]]:
    """What `show` tells of them."""
    runs, windows = summarize(line)
    mine: dict[str, list[WindowRow]] = {run.run_id: [] for run in runs}
    for row in windows:
        mine[row.run_id].append(row)
    found = ladder(runs, mine)
    return dict(enumerate(runs)), tuple(found.sentences()) if found else ()


def test_a_session_that_was_watched_window_by_window_ends_as_it_is_stored() -> None:
    player, figures = Player(list(read_events(SAMPLE)), lambda: 0, SAMPLE), Figures()
    while not player.at_end:
        player.window(1)
        looked_at(figures, player.timeline)
    runs, sentences = looked_at(figures, player.timeline)
    assert sentences == whole(player.timeline)[1]
    assert runs == whole(player.timeline)[0]


def test_a_replay_that_is_moved_back_tells_what_was_known_then() -> None:
    player, figures = Player(list(read_events(SAMPLE)), lambda: 0, SAMPLE), Figures()
    player.seek(player.length_s)
    looked_at(figures, player.timeline)
    for _ in range(3):
        player.window(-1)
        assert looked_at(figures, player.timeline) == looked_at(Figures(), player.timeline)


async def read_at_the_end(app: EcotuiApp, windows: int) -> str:
    """The screen at the end of a replay, after so many keys to the next window."""
    async with app.run_test(size=(120, 60)) as pilot:
        player = app.monitor.sources.player
        assert player is not None
        player.toggle()
        await pilot.press(*["right_square_bracket"] * windows, "end")
        await pilot.pause()
        app.monitor.pull(True)
        await pilot.pause()
        return screen_text(app)


async def test_the_monitor_reads_alike_at_the_end_of_a_replay_however_it_came_there(app_of: Make) -> None:
    straight = await read_at_the_end(app_of(replay=SAMPLE), 0)
    assert "net of context idle" in straight and "y Copy" in straight
    assert await read_at_the_end(app_of(replay=SAMPLE), 61) == straight
