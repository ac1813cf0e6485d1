"""What an operator reads on the Monitor, and what the keys do."""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ecotui.core.arm import Arm
from ecotui.core.errors import BoardError
from ecotui.core.events import End, Event, Fault
from ecotui.core.plan import Plan, Protocol
from ecotui.ui.app import EcotuiApp
from ecotui.ui.parts import Parts
from ecotui.ui.widgets.plan_form import FIELDS
from tests import factory
from tests.ui.conftest import Asked
from tests.ui.screen_text import assert_snapshot, screen_text

Make = Callable[..., EcotuiApp]
SIZES = [(80, 24), (120, 40)]


def failing() -> Iterator[Event]:
    """A session that breaks in its second window."""
    for event in factory.events(outcome=None):
        at = getattr(event, "at_ns", 0)
        if at > factory.START + 6_700_000_000:
            yield Fault(at, "The worker ran out of memory.", "Choose a smaller batch.", "worker.log")
            yield End(at, "failed", "out of memory")
            return
        yield event


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("name", "at_s"), [("mid", 6.7), ("end", 99.0)])
async def test_a_replay_reads_as_recorded(
    app_of: Make, log: Path, size: tuple[int, int], name: str, at_s: float
) -> None:
    app = app_of(replay=log)
    async with app.run_test(size=size) as pilot:
        player = app.monitor.sources.player
        assert player is not None
        player.seek(at_s)
        app.monitor.pull(True)
        await pilot.pause()
        assert_snapshot(app, f"monitor_replay_{name}_{size[0]}")


@pytest.mark.parametrize("size", SIZES)
async def test_a_failed_session_says_what_happened_and_what_to_do(
    app_of: Make, tmp_path: Path, size: tuple[int, int]
) -> None:
    log = factory.write_log(tmp_path / "20261121-120000-dead" / "log.jsonl", failing())
    app = app_of(watch=log)
    async with app.run_test(size=size) as pilot:
        app.monitor.pull(True)
        await pilot.pause()
        assert_snapshot(app, f"monitor_failed_{size[0]}")


@pytest.mark.parametrize("size", SIZES)
async def test_the_first_start_without_a_board_says_why_and_shows_three_ways_on(
    app_of: Make, size: tuple[int, int]
) -> None:

    app = app_of(plan=Plan((Arm("synthetic:mistral-7b", "int8", 8),), Protocol()))
    async with app.run_test(size=size) as pilot:
        app.monitor.pull(True)
        await pilot.pause()
        assert_snapshot(app, f"monitor_first_{size[0]}")


@pytest.mark.parametrize("size", [(60, 18), (60, 22), *SIZES, (109, 29), (110, 30), (169, 50), (170, 50), (200, 50)])
async def test_without_a_board_the_ways_on_are_seen_at_every_size(app_of: Make, size: tuple[int, int]) -> None:
    plan = Plan((Arm("synthetic:mistral-7b", "int8", 8),), Protocol())
    why = "The driver does not answer, and this sentence says at length why. " * 4
    app = app_of(plan=plan, board_problem=why)
    async with app.run_test(size=size) as pilot:
        app.monitor.pull(True)
        await pilot.pause()
        shown = screen_text(app)
        assert "The driver does not answer" in shown
        assert all(way in shown for way in ("d  run the embedded", "h  look at the recorded", "?  read how"))


async def test_enter_does_on_every_field_what_its_help_says(app_of: Make, asked: Asked) -> None:
    app = app_of()
    async with app.run_test(size=(120, 40)) as pilot:
        told = app.screen.active_bindings["enter"].binding.tooltip
        assert told == "Run; on the model: choose one; on a switch: turn it; on a number just typed: keep it, go on"
        await pilot.press(*["up"] * 12, "3", "2", "enter")
        form = app.monitor.plan.form
        assert (form.text("batch"), form.field, asked.started) == ("32", "prompt", [])
        await pilot.press("enter")
        assert [p.arms[0].batch_size for p in asked.started] == [32]


async def test_a_run_without_a_board_is_one_notice_the_reason_before_the_advice(app_of: Make) -> None:
    def refused(plan: Plan) -> Path:
        raise BoardError("No driver was found.", "Install the driver.")

    app = app_of(start=refused)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("r")
        await pilot.pause()
        assert [(n.title, n.message) for n in app._notifications] == [("", "No driver was found. Install the driver.")]


async def test_a_recorder_that_vanishes_is_told(app_of: Make, tmp_path: Path) -> None:
    log = factory.write_log(tmp_path / "x" / "log.jsonl", factory.events(outcome=None))
    app = app_of(watch=log)
    async with app.run_test(size=(120, 40)) as pilot:
        app.monitor.pull(True)
        await pilot.pause()
        said = screen_text(app)
        assert "The recorder ended without a word" in said, "a sentence may say more"
        assert "■ unfinished" in said.splitlines()[0] and "Unfinished" in said and "failed" not in said.lower()
        assert not app.monitor.recording


async def test_run_starts_the_edited_plan(app_of: Make, asked: Asked) -> None:
    app = app_of()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press(*["up"] * 12, "3", "2", "up", "up", "right", "r")
        await pilot.pause()
        assert [(p.arms[0].batch_size, p.arms[0].quantization) for p in asked.started] == [(32, "bf16")]
        assert app.monitor.recording


async def test_an_invalid_batch_size_is_a_sentence_and_starts_nothing(app_of: Make, asked: Asked) -> None:
    app = app_of()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press(*["up"] * 12, "0", "r")
        await pilot.pause()
        assert asked.started == []
        assert "--batch-size must be at least 1" in screen_text(app)


async def test_stop_asks_the_recorder_and_says_so(app_of: Make, tmp_path: Path, asked: Asked) -> None:
    log = factory.write_log(tmp_path / "x" / "log.jsonl", factory.events(outcome=None))
    with log.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        app = app_of(watch=log)
        async with app.run_test(size=(80, 24)) as pilot:
            app.monitor.pull(True)
            await pilot.press("x")
            await pilot.pause()
            assert asked.stopped == [log]
            assert "what was measured is kept" in screen_text(app)


async def test_d_runs_a_simulated_plan_where_no_board_answers(app_of: Make, asked: Asked) -> None:

    app = app_of(plan=Plan((Arm("synthetic:mistral-7b", "int8", 8),), Protocol()))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("d")
        await pilot.pause()
        (plan,) = asked.started
        assert (plan.arms[0].model, plan.sensor, plan.device) == ("synthetic:tiny", "simulated", "cpu")


@pytest.mark.parametrize("size", [(60, 18), (80, 24), (120, 40)])
async def test_text_from_outside_is_text(app_of: Make, tmp_path: Path, size: tuple[int, int]) -> None:
    model = "[red]x[/]\u202e" + "y" * 200
    log = factory.write_log(tmp_path / "x" / "log.jsonl", factory.events(the_plan=factory.plan(model=model)))
    app = app_of(watch=log)
    async with app.run_test(size=size) as pilot:
        app.monitor.pull(True)
        await pilot.press("5")
        await pilot.pause()
        assert "[red]x[/]" in screen_text(app)
        assert "\u202e" not in screen_text(app)


async def test_every_part_of_the_wide_screen_can_be_reached_on_the_narrow(app_of: Make, log: Path) -> None:
    app = app_of(watch=log)
    async with app.run_test(size=(60, 18)) as pilot:
        shown = {}
        for key in "12345p":
            await pilot.press(key)
            await pilot.pause()
            shown[key] = screen_text(app)
        words = {"1": "Power", "2": "Throughput", "3": "Temperature", "4": "counter/integral", "5": "TPOT", "p": "▸"}
        for key, word in words.items():
            assert word in shown[key], key


async def test_the_picker_filters_and_takes_what_is_typed(app_of: Make) -> None:
    app = app_of()
    async with app.run_test(size=(80, 24)) as pilot:
        app.monitor.action_model()
        await pilot.pause()
        await pilot.press(*"mistral")
        await pilot.pause()
        assert "synthetic:mistral-7b" in screen_text(app) and "opt-125m" not in screen_text(app)
        await pilot.press("enter")
        await pilot.pause()
        assert app.monitor.plan.form.text("model") == "synthetic:mistral-7b"
        app.monitor.action_model()
        await pilot.pause()
        await pilot.press(*"my/model", "enter")
        await pilot.pause()
        assert app.monitor.plan.form.text("model") == "my/model"


async def test_space_and_arrows_move_a_replay(app_of: Make, log: Path) -> None:
    app = app_of(replay=log)
    async with app.run_test(size=(80, 24)) as pilot:
        player = app.monitor.sources.player
        assert player is not None and player.playing
        await pilot.press("space", "right", "plus")
        assert (player.playing, player.at_s, player.speed) == (False, 5.0, 2.0)
        await pilot.press("home")
        assert player.at_s == 0.0


def test_parts_are_whole(parts: Parts) -> None:
    assert parts.plan.checked() == parts.plan


@pytest.mark.parametrize("size", [(100, 30), (80, 24)])
async def test_a_key_of_a_plan_that_is_out_of_sight_shows_it_and_changes_nothing(
    app_of: Make, asked: Asked, size: tuple[int, int]
) -> None:
    app = app_of()
    async with app.run_test(size=size) as pilot:
        before = app.monitor.plan.form
        await pilot.press("4")
        assert app.monitor.view == "session", "digits choose what is shown"
        await pilot.press("1", "right")
        await pilot.pause()
        assert app.monitor.plan.form == before and app.monitor.plan.is_on_screen
        await pilot.press("up", "up")
        await pilot.pause()
        assert app.monitor.plan.form.at != before.at, "from then on it takes its keys"


async def test_enter_runs_a_plan_that_is_out_of_sight_whatever_field_it_is_on(app_of: Make, asked: Asked) -> None:
    app = app_of()
    async with app.run_test(size=(100, 30)) as pilot:
        form = app.monitor.plan.form
        app.monitor.plan.form = form.move(FIELDS.index("model") - form.at)
        await pilot.press("enter")
        await pilot.pause()
        assert len(asked.started) == 1
