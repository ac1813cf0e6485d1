"""What an operator reads of quality: in the plan, while it is scored, in the result, in the History and in a record."""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ecotui.core.arm import Arm
from ecotui.core.events import Event, Header, Phase, Steps, Window
from ecotui.core.quality import Quality
from ecotui.core.rows import RunRow
from ecotui.store.home import Home
from ecotui.store.store import default_samples
from ecotui.ui.app import EcotuiApp
from ecotui.ui.screens import monitor_text
from ecotui.ui.screens.monitor_scene import Figures, Scene
from ecotui.ui.screens.record import RecordScreen
from ecotui.ui.widgets.canvas import Row
from ecotui.ui.widgets.plan_form import FIELDS
from tests import factory
from tests.scored import trained, with_quality
from tests.ui import paired
from tests.ui.conftest import Asked
from tests.ui.paired import EAGER, paired_events, paired_plan
from tests.ui.screen_text import screen_text
from tests.ui.stored_runs import keep, press, settle

Make = Callable[..., EcotuiApp]
REAL = tuple(replace(EAGER, model="whale-1m", quantization=q) for q in ("fp16", "nf4", "int8-pure"))
RANDOM = tuple(replace(arm, model="synthetic:qwen2-7b") for arm in REAL)
SIZES = [(80, 24), (200, 50)]


EACH = {"fp16": (172.0, 0.025), "nf4": (150.0, 0.022), "int8-pure": (140.0, 0.027)}
"""Watts and seconds a step."""
paired.PACE.update({arm: EACH[arm.quantization] for arm in (*REAL, *RANDOM)})


def session(arms: tuple[Arm, ...] = REAL, blocks: int = 2, **how: float) -> Iterator[Event]:
    """Arms that take turns, and are scored after that."""
    return with_quality(paired_events(paired_plan(*arms, blocks=blocks)), **how)  # type: ignore[arg-type]


def alone(arms: tuple[Arm, ...] = REAL, upto: float = 1.0) -> Iterator[Event]:
    """The same without energy windows."""
    made = paired_events(paired_plan(*arms, blocks=2), session="20261122-120000-a10e")
    for event in with_quality(made, Quality(alone=True), upto=upto):
        match event:
            case Header():
                plan = dict(event.plan)
                yield replace(event, plan=plan | {"protocol": dict(plan["protocol"]) | {"blocks": 0}})
            case Window() | Steps():
                pass
            case Phase() if event.name not in ("loading", "scoring"):
                pass
            case _:
                yield event


def scene(made: Iterator[Event], *, over: bool = False) -> Scene:
    """What the Monitor knows at the end of these events."""
    line = factory.fold(made)
    figures, arm = Figures(), line.spans[-1].phase.arm
    figures.update(line, arm)
    return Scene(line, line.last_ns, "replay", figures.run, figures.of(arm), figures.pairs, figures.runs, cut=over)


def text(rows: list[Row]) -> str:
    return "\n".join("".join(bit.text for bit in row).rstrip() for row in rows)


async def test_the_plan_asks_for_quality_by_its_row(app_of: Make, asked: Asked) -> None:
    app = app_of()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press(*["up"] * (len(FIELDS) - 1 - FIELDS.index("quality")), "enter")
        await pilot.pause()
        assert "quality  ‹ embedded ›" in screen_text(app)
        await pilot.press("right", "right", "right", "r")
        await pilot.pause()
        (plan,) = asked.started
        assert plan.quality == Quality(text="embedded")


@pytest.mark.parametrize("width", [58, 78, 118])
def test_the_scoring_tells_its_windows_and_the_time_left(width: int) -> None:
    shown = scene(session(upto=0.4))
    row = text([monitor_text.progress_row(shown, width)])
    assert "scoring quality" in row and "51 of 126 windows" in row and "left" in row and len(row) <= width
    assert "scored    51 of 126 windows" in text(monitor_text.session_rows(shown, 36))


@pytest.mark.parametrize("width", [58, 78, 150])
def test_each_arm_of_a_paired_session_has_its_quality_below_its_ratio(width: int) -> None:
    shown = text(monitor_text.result_rows(scene(session()), width))
    assert all(len(line) <= width for line in shown.splitlines())
    assert "▲ int8-pure  " in shown and shown.count("×1.117 [1.105, 1.133]" if width > 58 else "×1.1") == 1
    random = text(monitor_text.result_rows(scene(session(RANDOM)), 150))
    assert "▲ int8-pure  not measured, random weights · KL 0.107 nats" in random


@pytest.mark.parametrize("width", [78, 150])
def test_the_quality_of_two_arms_stands_directly_below_their_ratios_and_above_all_else(width: int) -> None:
    lines = text(monitor_text.result_rows(scene(session(REAL[::2]), over=True), width)).splitlines()
    assert [line.split()[0] for line in lines[1:4]] == ["●", "◆", "quality"]
    assert "◆ int8-pure  " in lines[4] and "×1.1" in lines[4]
    assert next(i for i, line in enumerate(lines) if line.startswith("Share of the memory")) > 4


def test_the_ratios_of_many_arms_share_rows_and_the_last_one_is_among_them() -> None:
    many = tuple(
        replace(EAGER, model="whale-1m", quantization=q) for q in ("fp16", "bf16", "nf4", "nf4-dq", "int8-pure")
    )
    paired.PACE.update(dict.fromkeys(many[1::2], EACH["nf4"]))
    lines = text(monitor_text.result_rows(scene(session(many), over=True), 78)).splitlines()
    assert lines[6].startswith("quality  perplexity over fp16: ◆ ×1.00") and "▼ ×1.117" in lines[7]


def test_unlike_arms_that_nobody_scored_say_so_directly_below_their_ratios() -> None:
    lines = text(monitor_text.result_rows(scene(paired_events(paired_plan(*REAL, blocks=2))), 78)).splitlines()
    assert lines[3].startswith("▲ ") and lines[4] == "quality  not measured"


def test_quality_alone_shows_no_joules() -> None:
    shown = scene(alone())
    result = text(monitor_text.result_rows(shown, 150))
    assert "gross" not in result and "◆ nf4  perplexity" in result
    assert "126 of 126 windows scored" in text([monitor_text.progress_row(shown, 78)])


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the sessions below are kept."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def stored(home: Path) -> list[RunRow]:
    """A paired session that was scored, one alone, and one that was not."""
    rows = [*keep(home, session()), *keep(home, alone())]
    never = paired_events(paired_plan(*REAL, blocks=2), session="20261123-120000-0ff0")
    return [*rows, *keep(home, trained(never))]


def order(rows: list[RunRow]) -> list[RunRow]:
    """Newest first, as the History lists them; sessions that began at one moment by their names."""
    return [row for s in sorted({r.session_id for r in rows}, reverse=True) for row in rows if row.session_id == s]


@pytest.mark.parametrize("size", SIZES)
async def test_the_history_has_a_column_of_quality_and_calls_a_run_without_energy_by_its_name(
    app_of: Make, home: Path, stored: list[RunRow], size: tuple[int, int]
) -> None:
    app = app_of(home=Home(home), first="history")
    async with app.run_test(size=size) as pilot:
        await settle(app, pilot)
        shown = screen_text(app)
        assert "×fp16 KL ppl" in shown and "±0.0" in shown and "ppl 1" in shown
        assert ("quality only" if size[0] > 80 else "◇ quality") in shown
        await press(app, pilot, *["down"] * next(n for n, it in enumerate(order(stored)) if it is stored[4]))
        assert "no energy windows · perplexity ×1.0" in screen_text(app)


@pytest.mark.parametrize("place", [2, 8])
async def test_a_record_tells_its_own_quality_or_whose_it_is(
    app_of: Make, home: Path, stored: list[RunRow], place: int
) -> None:
    app = app_of(home=Home(home), first="history")
    async with app.run_test(size=(100, 90)) as pilot:
        app.push_screen(RecordScreen(stored[place].run_id))
        await settle(app, pilot)
        shown = " ".join(screen_text(app).split())
        assert "×1.117 [1.105, 1.133] of" in shown and "24,681 tokens" in shown
        assert ("not in this session" in shown) == (place == 8) and "net of context" in shown


async def test_the_record_of_quality_alone_has_no_panes_of_energy(
    app_of: Make, home: Path, stored: list[RunRow]
) -> None:
    app = app_of(home=Home(home), first="history")
    async with app.run_test(size=(80, 24)) as pilot:
        app.push_screen(RecordScreen(stored[4].run_id))
        await settle(app, pilot)
        shown = screen_text(app)
        assert "◇ quality only" in shown and "blocks of 2,048" in shown and "net of context" not in shown


@pytest.mark.parametrize("size", SIZES)
async def test_compare_has_the_quality_beside_the_saving(
    app_of: Make, home: Path, stored: list[RunRow], size: tuple[int, int]
) -> None:
    app = app_of(home=Home(home), first="compare", marked=(stored[6].run_id, stored[8].run_id))
    async with app.run_test(size=size) as pilot:
        await settle(app, pilot)
        row = next(line for line in screen_text(app).splitlines() if "perplexity  " in line)
        assert "×1.117 [1.105, 1.133]" in row


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_compare_says_of_random_weights_that_quality_was_not_measured_and_names_the_risk(
    app_of: Make, tmp_path: Path, size: tuple[int, int]
) -> None:
    fp16, _, pure = keep(tmp_path, session(RANDOM))
    app = app_of(home=Home(tmp_path), first="compare", marked=(fp16.run_id, pure.run_id))
    async with app.run_test(size=size) as pilot:
        await settle(app, pilot)
        shown = screen_text(app)
        assert "Quality not measured (int8-pure, random weights); of such arms EcoCompute" in shown
        lines = shown.splitlines()
        assert "quality not measured" in lines[next(i for i, it in enumerate(lines) if "KL from fp16" in it) + 1]


async def test_what_a_verdict_says_of_unmeasured_quality_is_not_said_again(app_of: Make, tmp_path: Path) -> None:
    marked = ("20261122-053358-ecfb.0", "20261122-053358-ecfb.1")
    app = app_of(home=Home(tmp_path), samples=default_samples(), first="compare", marked=marked)
    async with app.run_test(size=(200, 50)) as pilot:
        await settle(app, pilot)
        shown = screen_text(app)
        assert "DEPENDS ON ACCOUNTING" in shown
        assert shown.count("Quality not measured") == 1


async def test_a_replay_of_a_scoring_fits_the_smallest_screen(app_of: Make, tmp_path: Path) -> None:
    log = factory.write_log(tmp_path / "20261121-120000-abba" / "log.jsonl", session(upto=0.4))
    app = app_of(replay=log)
    with log.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)  # a moment of a session that goes on
        async with app.run_test(size=(80, 24)) as pilot:
            player = app.monitor.sources.player
            assert player is not None
            player.seek(player.length_s)
            app.monitor.pull(True)
            await pilot.pause()
            app.monitor.pull(True)  # at the height that the result has taken
            await pilot.pause()
            assert "51 of 126 windows" in screen_text(app) and "▲ int8-pure  perplexity" in screen_text(app)
