"""What the scripted worker answers to `Score`: figures made up from names and numbers, the same every time."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from ecotui.core.arm import Arm
from ecotui.core.messages import Score
from ecotui.core.quality import BLOCKS, DECODE, EMBEDDED, WIKITEXT
from ecotui.core.score_events import Decoded, Scores, Scoring, Task
from ecotui.worker.engine import Told
from ecotui.worker.windows import compared

ROWS = 4
"""Windows that are told of at once."""
VOCABULARY = 4096
NATS = 2.5
"""Of a token, in fp16."""
COSTS = {"fp16": 0.0, "bf16": 0.0006, "nf4": 0.031, "nf4-dq": 0.033, "int8": 0.004, "int8-pure": 0.068}
"""Nats a token that a quantization adds."""
SAMPLES = 200
"""Of a task, where no limit is set."""


class ScriptedScoring:
    """Carries out one `Score`."""

    def __init__(self, command: Score, arms: Mapping[int, Arm], windows: int, pause: Callable[[], None]) -> None:
        """`pause` passes the time that ROWS windows of an arm take, and may strike with the script's fault."""
        self._command, self._arms, self._pause = command, arms, pause
        self._windows = windows
        self._shelf = Path(command.shelf) if command.shelf else None

    def tell(self, tell: Callable[[Told], None]) -> int | None:
        """Everything that is told of the arms; returns the windows on the shelf, None where none was asked for."""
        for convention in self._command.conventions:
            self._score(convention, tell)
        for number in self._arms:
            for task in self._command.tasks:
                self._pause()
                tell(self._task(number, task))
        return None if self._shelf is None else len(list(self._shelf.glob("*.logits")))

    def _score(self, convention: str, tell: Callable[[Told], None]) -> None:
        # Random weights have no perplexity, so they are scored only where they are compared.
        numbers = [n for n, arm in self._arms.items() if convention == BLOCKS or not arm.synthetic]
        for number in numbers:
            tell(self._head(number, convention))
        for first in range(0, self._windows, ROWS):
            for number in numbers:
                if self._command.path == DECODE:
                    tell(self._half(number, convention, first))
                self._pause()
                tell(self._scores(number, convention, range(first, min(first + ROWS, self._windows))))
                self._leave(number, convention, first)

    def _against(self, number: int, convention: str) -> int | None:
        asked = self._command.reference
        left = self._shelf is not None and any(self._shelf.glob("*.logits"))
        there = asked in self._arms or left
        return asked if convention == BLOCKS and asked != number and there else None

    def _head(self, number: int, convention: str) -> Scoring:
        command, arm = self._command, self._arms[number]
        text = command.text if command.text in (EMBEDDED, WIKITEXT) else Path(command.text).name
        text = "random ids" if arm.synthetic else text
        against = self._against(number, convention)
        return Scoring(
            time.monotonic_ns(),
            number,
            convention,
            command.path,
            text,
            hashlib.sha256(text.encode()).hexdigest(),
            self._windows * command.window,
            command.window,
            command.stride,
            self._windows,
            arm.batch_size if command.path == DECODE else ROWS,
            False,
            VOCABULARY,
            against,
            None if against is None else self._windows,
        )

    def _scores(self, number: int, convention: str, windows: range) -> Scores:
        command, cost = self._command, COSTS[self._arms[number].quantization]
        scored = command.window - 1 if convention == BLOCKS else command.stride
        nll = [scored * (NATS + _wave(convention, w) + cost * (1 + _wave(str(number), w))) for w in windows]
        told = Scores(time.monotonic_ns(), number, convention, windows[0], nll, [scored] * len(windows))
        if self._against(number, convention) is None:
            return told
        tokens = compared(command.window)
        kl = [tokens * cost * 0.6 * (1 + _wave(f"kl {number}", w)) for w in windows]
        agreed = [round(tokens * (1 - 1.2 * cost * (1 + _wave(f"top {number}", w)))) for w in windows]
        return Scores(told.at_ns, number, convention, windows[0], nll, told.tokens, kl, agreed, [tokens] * len(windows))

    def _half(self, number: int, convention: str, first: int) -> Decoded:
        """Half of a batch's steps."""
        steps, windows = self._command.window - 1, min(ROWS, self._windows - first)
        return Decoded(time.monotonic_ns(), number, convention, first, windows, steps // 2, steps)

    def _leave(self, number: int, convention: str, first: int) -> None:
        """A file a window on the shelf, as the worker with torch leaves them."""
        if self._shelf is None or convention != BLOCKS or number != self._command.reference:
            return
        self._shelf.mkdir(parents=True, exist_ok=True)
        for window in range(first, min(first + ROWS, self._windows)):
            (self._shelf / f"{window:06}.logits").write_bytes(b"scripted")

    def _task(self, number: int, task: str) -> Task:
        samples = self._command.task_limit or SAMPLES
        value = 0.6 + _wave(task, 0) / 2 - 0.5 * COSTS[self._arms[number].quantization]
        stderr = (value * (1 - value) / samples) ** 0.5
        return Task(time.monotonic_ns(), number, task, "acc,none", value, stderr, samples, "scripted")


def _wave(name: str, window: int) -> float:
    """A number between -0.3 and 0.3 that goes with a name and a window."""
    drawn = hashlib.sha256(f"{name} {window}".encode()).digest()
    return 0.6 * (int.from_bytes(drawn[:4], "big") / 2**32 - 0.5)
