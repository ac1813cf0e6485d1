"""What the next start begins with is told after a change, and only then."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from ecotui.core.errors import StoreError
from ecotui.core.plan import Plan
from ecotui.ui import remembering
from ecotui.ui.app import EcotuiApp
from tests import factory
from tests.ui.screen_text import screen_text
from tests.ui.stored_runs import press, settle

MakeApp = Callable[..., EcotuiApp]
Told = list[tuple[Plan, str, Sequence[str]]]


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembering, "AFTER_S", 0.01)


async def test_nothing_is_told_of_a_look_without_a_change(app_of: MakeApp) -> None:
    told: Told = []
    app = app_of(remember=lambda *it: told.append(it))
    async with app.run_test(size=(80, 24)) as pilot:
        await press(app, pilot, "up", "up", "question_mark", "escape")
        await press(app, pilot, "q")
    assert not told


async def test_the_plan_and_the_screen_are_told_when_they_change(app_of: MakeApp) -> None:
    told: Told = []
    app = app_of(remember=lambda *it: told.append(it))
    async with app.run_test(size=(120, 40)) as pilot:
        app.monitor.plan.pick("facebook/opt-125m")
        await press(app, pilot, "s", "q")
    plan, screen, marked = told[-1]
    assert (plan.arms[0].model, screen, list(marked)) == ("facebook/opt-125m", "sweep", [])


async def test_what_cannot_be_kept_is_said_once(app_of: MakeApp) -> None:
    def full(*_: object) -> None:
        raise StoreError("The disk is full.")

    app = app_of(remember=full)
    said: list[str] = []
    app.tell = lambda error: said.append(str(error))  # type: ignore[method-assign]
    async with app.run_test(size=(120, 40)) as pilot:
        for key in ("s", "m", "s"):
            await press(app, pilot, key)
            while app.remembering.waiting or not said:
                await pilot.pause(0.01)
        assert said == ["The disk is full."]


async def test_d_runs_the_default_and_not_the_plan_of_last_time(app_of: MakeApp, asked: object) -> None:
    last = replace(factory.plan(), arms=(replace(factory.plan().arms[0], batch_size=32),))
    app = app_of(plan=last, default=factory.plan(), board_problem="")
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(app, pilot)
        assert app.monitor.plan.form.text("batch") == "32"
        await press(app, pilot, "d")
        await settle(app, pilot)
        assert asked.started == [factory.plan()]  # type: ignore[attr-defined]


async def test_many_notices_of_the_start_are_one_and_all_of_them_are_listed(app_of: MakeApp) -> None:
    app = app_of(notices=tuple(f"config.toml, line {line}: it cannot be meant." for line in range(2, 14)))
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        assert len(app._notifications) == 1
        assert list(app.notices)[-1].text.startswith("12 warnings at the start: N lists them. The first: config.toml, ")
        await press(app, pilot, "N")
        listed = " ".join(screen_text(app).replace("│", " ").split())
        assert "line 12: it cannot be meant" in listed and "line 13: it cannot be meant" in listed


async def test_notices_of_the_start_are_said(app_of: MakeApp) -> None:
    app = app_of(notices=("config.toml, line 2: [red]x[/] is no key.",))
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        assert [n.text for n in app.notices] == ["config.toml, line 2: [red]x[/] is no key."]
