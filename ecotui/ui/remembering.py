"""What the next start begins with: told once something has changed, and not at every key."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from ecotui.core.errors import EcotuiError
from ecotui.core.plan import Plan

if TYPE_CHECKING:
    from textual.timer import Timer

    from ecotui.ui.app import EcotuiApp

AFTER_S = 0.5
"""How long changes are gathered."""


class Remembering:
    """Keeps what was told last, so that nothing is written which is there."""

    def __init__(self, app: EcotuiApp) -> None:
        self._app = app
        self._plan = app.parts.plan
        self._told = (self._plan, app.parts.first, tuple(app.parts.marked))
        self._timer: Timer | None = None
        self._failed = False

    def changed(self, plan: Plan | None = None) -> None:
        """The plan in the form or the screen is another one; a plan of another sensor is no plan for the next start."""
        given = self._app.parts.plan
        if plan is not None and (plan.sensor, plan.device) == (given.sensor, given.device):
            self._plan = plan
        if self._timer is None and self._app.parts.remember is not None:
            self._timer = self._app.set_timer(AFTER_S, self._due)

    async def _due(self) -> None:
        try:
            await asyncio.to_thread(self._tell)
        except EcotuiError as error:
            if not self._failed:
                self._failed = True
                self._app.tell(error)
        finally:
            self._timer = None
        if not self._failed and self._now != self._told:  # another change while this one was written
            self.changed()

    @property
    def waiting(self) -> bool:
        """Whether a change has not been told."""
        return self._timer is not None

    def flush(self) -> None:
        """Before the application ends."""
        if self._timer is not None:
            self._timer.stop()
        with suppress(EcotuiError):
            self._tell()

    @property
    def _now(self) -> tuple[Plan, str, tuple[str, ...]]:
        return self._plan, self._app.current_mode, tuple(self._app.marked)

    def _tell(self) -> None:
        now = self._now
        if now != self._told and self._app.parts.remember is not None:
            self._app.parts.remember(*now)
            self._told = now
