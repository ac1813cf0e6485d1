"""The worker's ends of the pipe: commands in, replies out, and an end of life when the recorder's end closes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from queue import SimpleQueue
from threading import Thread

from ecotui.core import messages, wire
from ecotui.core.messages import Command, Failed, Quit, Reply

_COMMANDS = wire.kinds(messages.Command)
_CHUNK = 65_536


class Pipe:
    """Takes stdin and stdout away from everything else in the process.

    After construction, whatever a library prints goes to stderr, and a child process of a library reads nothing.
    """

    def __init__(self) -> None:
        self._out = os.dup(1)
        os.dup2(2, 1)
        self._in = os.dup(0)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        self._commands: SimpleQueue[Command | wire.WireError] = SimpleQueue()
        self._exit_code = 0
        Thread(target=self._read, name="commands", daemon=True).start()

    def send(self, reply: Reply) -> None:
        """One reply, written as one line at once."""
        if isinstance(reply, Failed):
            self._exit_code = 1
        self.write(wire.encode(reply))

    def write(self, line: str) -> None:
        """A raw line; ends the process where nobody reads any more."""
        data = memoryview(line.encode() + b"\n")
        try:
            while data:
                data = data[os.write(self._out, data) :]
        except BrokenPipeError:
            os._exit(self._exit_code)

    def commands(self) -> Iterator[Command]:
        """Commands in their order, up to `Quit`.

        Raises:
            WireError: a line that is no command.
        """
        while not isinstance(command := self._commands.get(), Quit):
            if isinstance(command, wire.WireError):
                raise command
            yield command

    def _read(self) -> None:
        # os.read rather than sys.stdin: a thread that sleeps inside a buffered reader breaks the interpreter's end.
        rest = b""
        while chunk := os.read(self._in, _CHUNK):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                self._take(line)
        # The recorder is gone, perhaps in the middle of a generate(): nothing may go on holding the GPU.
        os._exit(self._exit_code)

    def _take(self, line: bytes) -> None:
        try:
            command = wire.decode(line.decode(errors="replace"), _COMMANDS)
        except wire.WireError as error:
            self._commands.put(error)
            return
        if command is not None:
            self._commands.put(command)
