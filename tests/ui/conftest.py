"""The application with parts that record what is asked of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet

from ecotui.core.errors import BoardError
from ecotui.core.plan import Plan
from ecotui.core.sweep import SweepPlan
from ecotui.sensors.board import Board
from ecotui.store.home import Home
from ecotui.ui.app import EcotuiApp
from ecotui.ui.parts import Listing, ModelChoice, Parts
from tests import factory

CHOICES = (
    ModelChoice("synthetic:tiny", "synthetic", "5 M"),
    ModelChoice("facebook/opt-125m", "cache", "0.3 GB"),
    ModelChoice("synthetic:mistral-7b", "synthetic", "7.2 B"),
)


class Asked:
    """What the screens asked for, and the log that a start answers with."""

    def __init__(self, log: Path) -> None:
        self.log = log
        self.started: list[Plan] = []
        self.stopped: list[Path] = []
        self.swept: list[tuple[SweepPlan, str | None, bool]] = []
        self.halted: list[str] = []

    def start(self, plan: Plan) -> Path:
        self.started.append(plan)
        return self.log

    def stop(self, log: Path) -> None:
        self.stopped.append(log)

    def start_sweep(self, plan: SweepPlan, resume: str | None, retry: bool) -> Path:
        self.swept.append((plan, resume, retry))
        return self.log.parents[1] / "sweeps" / (resume or "20261121-120000-5eed") / "sweep.jsonl"

    def stop_sweep(self, sweep: str) -> None:
        self.halted.append(sweep)


def _no_board(plan: Plan) -> Board:
    raise BoardError("No board answers in tests.")


@pytest.fixture(scope="session", autouse=True)
def parsed_once() -> Iterator[None]:
    """Style sheets are parsed once a process, and not for each of a thousand applications."""
    parse, known = Stylesheet._parse_rules, dict[tuple[object, ...], list[RuleSet]]()

    def once(self: Stylesheet, css: str, *place: Any, **more: Any) -> list[RuleSet]:
        key = (css, *place, *sorted(more.items()), tuple(self._variables.items()))
        if key not in known:
            known[key] = parse(self, css, *place, **more)
        return known[key]

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Stylesheet, "_parse_rules", once)
        yield


@pytest.fixture
def asked(tmp_path: Path) -> Asked:
    return Asked(tmp_path / "20261121-120000-cafe" / "log.jsonl")


@pytest.fixture
def parts(tmp_path: Path, asked: Asked) -> Parts:
    return Parts(
        home=Home(tmp_path),
        samples=None,
        plan=factory.plan(),
        open_board=_no_board,
        start=asked.start,
        stop=asked.stop,
        start_sweep=asked.start_sweep,
        stop_sweep=asked.stop_sweep,
        models=lambda: Listing(CHOICES),
        board_problem="NVML did not answer.",
    )


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A completed session of the factory."""
    return factory.write_log(tmp_path / "sessions" / "20261121-120000-beef" / "log.jsonl")


@pytest.fixture
def still() -> Callable[[EcotuiApp], EcotuiApp]:
    """Stops an application's clock, so that a replay stands where it is put."""

    def hold(app: EcotuiApp) -> EcotuiApp:
        app.monitor.clock = lambda: factory.START
        return app

    return hold


@pytest.fixture
def app_of(parts: Parts, still: Callable[[EcotuiApp], EcotuiApp]) -> Callable[..., EcotuiApp]:
    """An application whose parts differ in what is named."""
    return lambda **changes: still(EcotuiApp(replace(parts, **changes)))
