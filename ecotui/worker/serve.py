"""The command loop: one command after another, and one plain sentence for whatever stops it."""

from __future__ import annotations

import signal
import time
import traceback
from collections.abc import Callable
from dataclasses import replace

from ecotui.core.clock import NS
from ecotui.core.errors import EcotuiError, WorkerError
from ecotui.core.messages import (
    Began,
    Command,
    Examine,
    Failed,
    Load,
    Measure,
    Measured,
    Ready,
    Score,
    Scored,
    WarmedUp,
    WarmUp,
)
from ecotui.core.quality import UNFIT
from ecotui.worker.engine import Engine, Loaded
from ecotui.worker.failures import clean, translate
from ecotui.worker.lifeline import end_with_parent
from ecotui.worker.pipe import Pipe
from ecotui.worker.stamps import Stamps

_FAULT = "Report this as a fault."


def run(make: Callable[[Pipe], Engine]) -> int:
    """Serve the recorder until it says `Quit`; returns the process's exit code."""
    # Ctrl-C in a terminal reaches the whole group of processes, but when to stop is the recorder's decision.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_parent()
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
    """The arms that are loaded, and the number of each one's next call."""

    def __init__(self, pipe: Pipe) -> None:
        self.doing = "starting"
        """What is being done, to follow "while"; for the message of a failure."""
        self._pipe = pipe
        self._engine: Engine | None = None
        self._arms: dict[int, Loaded] = {}
        """By number, the newest last."""
        self._calls: dict[int, int] = {}

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
                self._warm_up(command)
            case Measure():
                self._measure(command)
            case Examine():
                self._examine(command)
            case Score():
                self._score(command)

    def _load(self, command: Load) -> None:
        assert self._engine
        self.doing = f"loading {clean(command.arm.model, 80)} as {clean(command.arm.quantization, 20)}"
        if not command.keep:
            self._arms.clear()
        # The arm that had the number goes first: both may not fit beside each other.
        self._arms.pop(command.number, None)
        loaded = self._engine.load(command)
        if command.score is not None:
            self._try_text(command.score, loaded)
        self._arms[command.number], self._calls[command.number] = loaded, 0
        self._pipe.send(loaded.resident)

    def _try_text(self, command: Score, loaded: Loaded) -> None:
        """Hours of windows would be lost on an arm that cannot be scored after them."""
        assert self._engine
        try:
            self._engine.try_text(command, loaded)
        except EcotuiError as error:
            raise WorkerError(f"{UNFIT}: {error.what}", error.advice) from error

    def _warm_up(self, command: WarmUp) -> None:
        engine, number = self._loaded(command.arm)
        self.doing = "warming up"
        self._arms[number].prepare(command.new_tokens)
        engine.synchronize()
        began = time.monotonic_ns()
        self._pipe.send(Began(began, None))
        self._generate(number, command.new_tokens)
        engine.synchronize()
        ended = time.monotonic_ns()
        self._pipe.send(WarmedUp(ended, (ended - began) / NS))

    def _measure(self, command: Measure) -> None:
        engine, number = self._loaded(command.arm)
        arm, window, new_tokens = self._arms[number].arm, command.window, command.new_tokens
        self.doing = f"measuring window {window}"
        self._arms[number].prepare(new_tokens)
        engine.forget_peak()
        engine.synchronize()
        first, tokens = self._calls[number], 0
        t0 = time.monotonic_ns()
        self._pipe.send(Began(t0, window))
        until = t0 + round(command.seconds * NS)
        while True:
            tokens += self._generate(number, new_tokens)
            if time.monotonic_ns() >= until:
                break
        engine.synchronize()
        t1 = time.monotonic_ns()
        calls = self._calls[number] - first
        expected = calls * arm.batch_size * (arm.new_tokens if new_tokens is None else new_tokens)
        self._pipe.send(Measured(window, t0, t1, first, calls, tokens, expected, engine.memory_peak_b()))

    def _examine(self, command: Examine) -> None:
        _, number = self._loaded(command.arm)
        self.doing = "examining the decoding steps"
        found = self._arms[number].examine()
        self._pipe.send(replace(found, at_ns=time.monotonic_ns(), arm=number))

    def _score(self, command: Score) -> None:
        numbers = [self._loaded(number)[1] for number in command.arms]
        engine, _ = self._loaded(None)
        arms = {number: self._arms[number] for number in numbers}
        self.doing = f"scoring {clean(', '.join(a.arm.quantization for a in arms.values()), 80)}"
        left = engine.score(command, arms, self._pipe.send)
        self._pipe.send(Scored(time.monotonic_ns(), left))

    def _generate(self, number: int, new_tokens: int | None = None) -> int:
        stamps = Stamps(self._pipe.send, number, self._calls[number])
        tokens = self._arms[number].generate(stamps, new_tokens)
        stamps.end()
        self._calls[number] += 1
        return tokens

    def _loaded(self, number: int | None) -> tuple[Engine, int]:
        """The engine, and the number of the arm that is meant: the newest where none is named."""
        if self._engine is None or not self._arms:
            raise WorkerError("The worker was asked to generate before a model was loaded.", _FAULT)
        if number is None:
            number = next(reversed(self._arms))
        if number not in self._arms:
            raise WorkerError(f"The worker was asked to generate with arm {number}, which is not loaded.", _FAULT)
        return self._engine, number
