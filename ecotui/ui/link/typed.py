"""Keys one at a time: what follows a key that leads to a field or a dialog is typed into that.

Textual hands a key to whatever has the focus when it arrives. On a slow link several arrive in one packet, and those
behind the first would be keys of the screen that it is about to leave.
"""

from __future__ import annotations

from asyncio import TimerHandle, get_running_loop
from collections import deque
from typing import TYPE_CHECKING

from textual.events import Key, Paste
from textual.message import Message

if TYPE_CHECKING:
    from ecotui.ui.link.app import LinkedApp

PATIENCE_S = 1.0
"""So long the next key waits for one of which nothing more is heard: a field may vanish with the key that it took."""


class Passed(Message):
    """Goes the way of a key, behind it; when it has come back to the application the key has been taken or refused."""

    def __init__(self, number: int, *, sent: bool = False) -> None:
        super().__init__()
        self.number, self.sent = number, sent
        """Which key it follows; whether it was sent to what has the focus."""


class Typed:
    """The keys of an application's terminal; every call comes from its event loop."""

    def __init__(self, app: LinkedApp) -> None:
        self._app = app
        self._waiting: deque[Key | Paste] = deque()
        self._number = 0
        self._turned = False
        """Whether the last key that was handed on led to another screen."""
        self._patience: TimerHandle | None = None
        """Ends the wait for that key, while it is on its way."""

    @property
    def busy(self) -> bool:
        """Whether the last key that was handed on is still on its way."""
        return self._patience is not None

    def put(self, event: Key | Paste) -> None:
        """A key was typed, or a text pasted."""
        self._waiting.append(event)
        if not self.busy:
            self._next()

    def turned(self) -> None:
        """Another screen is in front: keys are its own once it stands."""
        if self.busy and not self._turned:
            self._turned = True
            self._app.screen.call_after_refresh(self._over, self._number)

    def passed(self, marker: Passed) -> None:
        """The marker is at the application, on its way there or back; what the key asked for at once comes first."""
        if not marker.sent:
            (self._app.focused or self._app.screen).post_message(Passed(marker.number, sent=True))
        elif not self._turned:
            self._app.call_later(self._settled, marker.number)

    def _settled(self, number: int) -> None:
        if not self._turned:
            self._over(number)

    def _over(self, number: int) -> None:
        if number == self._number and self.busy:
            self._next()

    def _next(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
        self._number += 1
        self._turned, self._patience = False, None
        if self._waiting:
            self._app.post_message(self._waiting.popleft())
            self._app.post_message(Passed(self._number))
            self._patience = get_running_loop().call_later(PATIENCE_S, self._over, self._number)
