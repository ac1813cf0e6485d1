"""A home of its own for every test, and recorders that do not outlive theirs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ecotui.core.plan import Plan
from ecotui.recorder.launch import Recording, launch
from ecotui.store.home import Home
from tests.recorder.following import PLAN


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("ECOTUI_HOME", str(tmp_path / "home"))
    return Home.open()


@pytest.fixture
def started(home: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Recording]]:
    begun: list[Recording] = []

    def start(plan: Plan = PLAN, **script: object) -> Recording:
        monkeypatch.setenv("ECOTUI_SCRIPT", json.dumps({"step_s": 0.004, "load_s": 0.1} | script))
        begun.append(launch(home, plan, "scripted"))
        return begun[-1]

    yield start
    for recording in begun:
        if recording.process.poll() is None:
            recording.process.kill()
        recording.process.wait()
