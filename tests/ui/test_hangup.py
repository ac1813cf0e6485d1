"""An application whose terminal is gone ends, however early that was."""

from __future__ import annotations

import asyncio
import os
import pty
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from ecotui.ui import hangup
from ecotui.ui.app import EcotuiApp


@dataclass
class Begun:
    """What `end_with_terminal` asks of an application."""

    is_headless: bool = False
    is_web: bool = False
    looks: list[Callable[[], None]] = field(default_factory=list)

    def set_interval(self, _seconds: float, look: Callable[[], None]) -> None:
        self.looks.append(look)


async def test_a_terminal_that_went_before_the_application_stood_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    far, near = pty.openpty()
    left: list[int] = []
    monkeypatch.setattr(hangup, "_leave", lambda _app, code: left.append(code))
    with os.fdopen(near) as stdin:
        monkeypatch.setattr(sys, "__stdin__", stdin)
        app = Begun()
        os.close(far)
        hangup.end_with_terminal(cast(EcotuiApp, app))
        asyncio.get_running_loop().remove_signal_handler(signal.SIGTERM)
        for look in app.looks:
            look()
    assert left == [hangup.HUNG_UP]


@pytest.mark.parametrize("how", [{"is_headless": True}, {"is_web": True}])
async def test_an_application_that_never_had_a_terminal_goes_on(how: dict[str, Any]) -> None:
    app = Begun(**how)
    hangup.end_with_terminal(cast(EcotuiApp, app))
    assert app.looks == []
