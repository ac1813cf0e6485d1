"""The command loop: one command after another, and one plain sentence for whatever stops it."""

from __future__ import annotations

import signal
import time
import traceback
from collections.abc import Callable

from ecotui.core.arm import Arm
from ecotui.core.clock import NS
from ecotui.core.errors import WorkerError
from ecotui.core.events import Examined
from ecotui.core.messages import Began, Command, Examine, Failed, Load, Measure, Measured, Ready, WarmedUp, WarmUp
from ecotui.worker.engine import Engine
from ecotui.worker.failures import clean, translate
from ecotui.worker.pipe import Pipe
from ecotui.worker.stamps import Stamps


def run(make: Callable[[Pipe], Engine]) -> int:
    """Serve the recorder until it says `Quit`; returns the process's exit code."""
    # Ctrl-C in a terminal reaches the whole group of processes, but when to stop is the recorder's decision.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    pipe = Pipe()
    server = Server(pipe)
    try:
        server.start(make(pipe))
        for command in pipe.commands():
            server.obey(command)
    except Exception as error:
        traceback.print_exc()
        told = translate(error, server.doing)
        pipe.send(Failed(told.what, told.advice))
        return 1
    return 0


class Server:
    """The arm that is loaded, and the number of its next call."""

    def __init__(self, pipe: Pipe) -> None:
        self.doing = "starting"
        """What is being done, to follow "while"; for the message of a failure."""
        self._pipe = pipe
        self._engine: Engine | None = None
        self._arm: Arm | None = None
        self._number = 0
        self._call = 0

    def start(self, engine: Engine) -> None:
        """Say that the worker runs."""
        self._engine = engine
        self._pipe.send(Ready(engine.versions()))

    def obey(self, command: Command) -> None:
        """Carry out one command, replies included."""
        match command:
            case Load():
                self._load(command)
            case WarmUp():
                self._warm_up()
            case Measure():
                self._measure(command)
            case Examine():
                self._examine()

    def _load(self, command: Load) -> None:
        assert self._engine
        self.doing = f"loading {clean(command.arm.model, 80)} as {clean(command.arm.quantization, 20)}"
        self._arm = None
        resident = self._engine.load(command)
        self._arm, self._number, self._call = command.arm, command.number, 0
        self._pipe.send(resident)

    def _warm_up(self) -> None:
        engine, _ = self._loaded()
        self.doing = "warming up"
        engine.synchronize()
        began = time.monotonic_ns()
        self._pipe.send(Began(began, None))
        self._generate(engine)
        engine.synchronize()
        ended = time.monotonic_ns()
        self._pipe.send(WarmedUp(ended, (ended - began) / NS))

    def _measure(self, command: Measure) -> None:
        engine, arm = self._loaded()
        window, new_tokens = command.window, command.new_tokens
        self.doing = f"measuring window {window}"
        engine.forget_peak()
        engine.synchronize()
        first, tokens = self._call, 0
        t0 = time.monotonic_ns()
        self._pipe.send(Began(t0, window))
        until = t0 + round(command.seconds * NS)
        while True:
            tokens += self._generate(engine, new_tokens)
            if time.monotonic_ns() >= until:
                break
        engine.synchronize()
        t1 = time.monotonic_ns()
        calls = self._call - first
        expected = calls * arm.batch_size * (arm.new_tokens if new_tokens is None else new_tokens)
        self._pipe.send(Measured(window, t0, t1, first, calls, tokens, expected, engine.memory_peak_b()))

    def _examine(self) -> None:
        engine, _ = self._loaded()
        self.doing = "examining the decoding steps"
        found = engine.examine()
        figures = found.kernel_ms, found.kernels, found.waits
        self._pipe.send(Examined(time.monotonic_ns(), self._number, found.steps, *figures))

    def _generate(self, engine: Engine, new_tokens: int | None = None) -> int:
        stamps = Stamps(self._pipe.send, self._number, self._call)
        tokens = engine.generate(stamps, new_tokens)
        stamps.end()
        self._call += 1
        return tokens

    def _loaded(self) -> tuple[Engine, Arm]:
        if self._engine is None or self._arm is None:
            raise WorkerError("The worker was asked to generate before a model was loaded.", "Report this as a fault.")
        return self._engine, self._arm
