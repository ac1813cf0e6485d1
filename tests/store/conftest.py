"""A home in a temporary folder, and sessions recorded into it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ecotui.log.reader import read_timeline
from ecotui.store.home import Home
from ecotui.store.store import Store
from tests.factory import events, write_log

SESSION = "20261121-120000-beef"
Record = Callable[..., Path]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("ECOTUI_HOME", str(tmp_path / "home"))
    return Home.open()


@pytest.fixture
def record(home: Home) -> Record:
    """Writes a session's log, and stores it unless told not to."""

    def go(session: str = SESSION, into: Home = home, store: bool = True, **facts: object) -> Path:
        log = write_log(into.session(session) / "log.jsonl", events(session, **facts))  # type: ignore[arg-type]
        if store:
            Store(into).append(read_timeline(log))
        return log

    return go
