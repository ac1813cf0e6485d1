"""The terminal's driver: Textual's, with an ear for the terminal's answers, and bytes that never wait in a queue."""

from __future__ import annotations

import os
import re
import selectors
import time
from codecs import getincrementaldecoder
from collections.abc import Callable, Collection, Iterator
from enum import StrEnum
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any, cast

from textual import constants, events
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from ecotui.ui.link.painter import ANSWER, QUESTION
from ecotui.ui.link.terminal import keeps_escapes

if TYPE_CHECKING:
    from ecotui.ui.link.painter import Painter

FAREWELL_S = 1.0
"""At the end answers are waited for so long: one that comes later would be typed into the shell."""
LOOK_S = 0.1
ESCAPE_S = 0.03
"""So long an ESC waits for what would make it the beginning of an arrow: terminals send that in one piece."""


class Heard(StrEnum):
    """A key that no keyboard has: the terminal's answer, as Textual's parser names it."""

    ANSWER = "<terminal-answer>"


ESC = "\x1b"
LONE = re.compile(f"({ESC}[a-zA-MQ-WYZ?/])")
"""An ESC and a letter that begins no longer sequence: N to P and X do."""
KEYS_LIKE = (events.Key, events.Paste, events.MouseDown, events.MouseUp, events.MouseScrollDown, events.MouseScrollUp)


class Tally:
    """A file that counts what was written to it and what the kernel has not taken; Textual's thread writes to it."""

    def __init__(self, number: int) -> None:
        self._number, self._lock = number, Lock()
        self._kept: list[bytes] = []
        self.asked = 0
        """Bytes that were handed over."""
        self.taken = 0
        """Bytes that the kernel took."""

    def add(self, size: int) -> None:
        """So many bytes were put into the thread's queue."""
        with self._lock:
            self.asked += size

    def write(self, text: str) -> int:
        """Keep letters for the next flush."""
        self._kept.append(text.encode("utf-8", "replace"))
        return len(text)

    def flush(self) -> None:
        """Write everything; a terminal that is gone takes nothing more, and says so by its hang-up."""
        data, self._kept = memoryview(b"".join(self._kept)), []
        while data:
            try:
                count = os.write(self._number, data)
            except BlockingIOError:
                self._wait()
                continue
            except OSError:
                count = len(data)
            data = data[count:]
            with self._lock:
                self.taken += count

    def _wait(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._number, selectors.EVENT_WRITE)
            selector.select(1.0)

    def fileno(self) -> int:
        """The terminal's number."""
        return self._number


def give_up(parser: XTermParser) -> None:
    """What the parser waits for does not come: its next tick makes keys of what it has."""
    parser._timeout_time = 0.0


def keys_of(parser: XTermParser, text: str, bound: Collection[str] = ()) -> Iterator[Message]:
    """What was typed, where a slow link may have brought an ESC in one packet with the letter behind it.

    Terminals send Alt and a letter as the same two bytes: they are taken for that only where `bound` has the letter.
    """
    for part in filter(None, LONE.split(text)):
        apart = LONE.fullmatch(part) and part not in ANSI_SEQUENCES_KEYS and part[1] not in bound
        if apart:
            yield from parser.feed(ESC)
            give_up(parser)
            yield from parser.tick()
        yield from parser.feed(part[1] if apart else part)


class LinkDriver(LinuxDriver):
    """Hears answers and keys for a painter, which it finds at the application."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        assert self._file is not None
        self._mouse = self._mouse and not keeps_escapes(os.environ)
        self._tally = Tally(self._file.fileno())
        self._file = cast("Any", self._tally)
        self._questions = 0
        """Those that are not answered."""
        self._began_s = 0.0
        ANSI_SEQUENCES_KEYS[ANSWER] = (Heard.ANSWER,)  # type: ignore[index]
        self._decode: Callable[..., str] = getincrementaldecoder("utf-8")("replace").decode

    @property
    def _painter(self) -> Painter:
        return cast("Painter", self._app.painter)  # type: ignore[attr-defined]

    @property
    def blocked(self) -> bool:
        """Whether bytes wait that the kernel did not take."""
        return self._tally.asked - self._tally.taken > 0

    def write(self, data: str) -> None:
        """Send letters and escapes; returns at once unless the terminal is stuck."""
        self._questions += data.count(QUESTION)
        self._tally.add(len(data.encode("utf-8", "replace")))
        super().write(data)

    def start_application_mode(self) -> None:
        """Textual's, then the first question."""
        super().start_application_mode()  # type: ignore[no-untyped-call]
        self._questions, self._began_s = 0, time.monotonic()
        self._painter.begin(self)

    def disable_input(self) -> None:
        """No more questions, and no more keys once their answers have come."""
        self._painter.end()
        known = self._painter.gate.answers
        patience_s = FAREWELL_S if known else max(self._began_s + FAREWELL_S - time.monotonic(), 0.0)
        end_s = time.monotonic() + patience_s
        while self._questions > 0 and time.monotonic() < end_s and not self.exit_event.is_set():
            time.sleep(0.005)
        self._questions = 0
        super().disable_input()

    def stop_application_mode(self) -> None:
        """Letters as they were, then Textual's."""
        self.write("\x1b[0m")
        super().stop_application_mode()

    @cached_property
    def _alt_letters(self) -> frozenset[str]:
        """Letters that the operator gave an action to, with Alt."""
        parts = getattr(self._app, "parts", None)
        every = [key for keys in parts.keys.values() for key in keys] if parts is not None else []
        return frozenset(key.removeprefix("alt+") for key in every if key.startswith("alt+"))

    def process_message(self, message: Message) -> None:
        """The painter is told of an answer, which goes no further, and of a key."""
        if isinstance(message, events.Key) and message.key == Heard.ANSWER.value:
            self._questions -= 1
            self._loop.call_soon_threadsafe(self._painter.heard)
            return
        if isinstance(message, KEYS_LIKE):
            self._loop.call_soon_threadsafe(self._painter.asked)
        super().process_message(message)

    def send_message(self, message: Message) -> None:
        """Textual's, but that keys wait for each other."""
        if isinstance(message, events.Key | events.Paste):
            self._loop.call_soon_threadsafe(self._app.typed.put, message)  # type: ignore[attr-defined]
        else:
            super().send_message(message)

    def run_input_thread(self) -> None:
        """Textual's, but that a letter which is not UTF-8 ends nothing: keyboards of Latin-1 send such."""
        parser = XTermParser(self._debug)
        escape_s = constants.ESCAPE_DELAY if "ESCDELAY" in os.environ else ESCAPE_S
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                waits = parser._timeout_time is not None
                if selector.select(escape_s if waits else LOOK_S):
                    text = self._decode(os.read(self.fileno, 4096))
                    for event in keys_of(parser, text, self._alt_letters) if text else ():
                        self.process_message(event)
                elif waits:
                    give_up(parser)
                for event in parser.tick():
                    self.process_message(event)
